//! Secret addresses of calendars, among the settings: made here, shown once, given another address, taken back.

use domain::calendar::feed::{Detail, FeedInfo, FeedOf, FeedWish, NewFeed};
use leptos::task::spawn_local;

use super::api;
use crate::prelude::*;

type List = Resource<Result<Vec<FeedInfo>, Fault>>;

pub fn page() -> AnyView {
    let list = Resource::new(|| (), |()| api::feeds());
    let making = RwSignal::new(false);
    let fresh = RwSignal::new(None::<NewFeed>);
    let made = Callback::new(move |feed: NewFeed| {
        making.set(false);
        fresh.set(Some(feed));
        list.refetch();
    });
    view! {
        <div class="page narrow">
            <header class="sechead">
                <h2>{t("cal.feeds")}</h2>
                <p>{t("cal.feeds_text")}</p>
                <div class="acts">
                    {super::download("btn")}
                    <button type="button" class="btn primary" on:click=move |_| making.set(true)>
                        <Icon name="plus" size="s"/>
                        {t("cal.feed_new")}
                    </button>
                </div>
            </header>
            {move || fresh.get().map(secret)}
            <section class="block">{loaded(list, move |found| table(found, list, fresh))}</section>
            {super::sources::section()}
            <Dialog open=making title=Signal::derive(|| t("cal.feed_new").to_owned())>{make(made, making)}</Dialog>
        </div>
    }
    .into_any()
}

fn detail(detail: Detail) -> &'static str {
    if detail == Detail::Full { t("cal.feed_full") } else { t("cal.feed_busy") }
}

/// The one time that the address is on a screen.
fn secret(feed: NewFeed) -> AnyView {
    let toasts = use_toasts();
    #[cfg(feature = "hydrate")]
    let origin = window().location().origin().unwrap_or_default();
    #[cfg(not(feature = "hydrate"))]
    let origin = String::new();
    let address = format!("{origin}{}", feed.path);
    let shown = address.clone();
    let copy = move |_| {
        let address = address.clone();
        spawn_local(async move {
            toasts.say(if crate::dom::copy(&address).await { t("state.copied") } else { t("state.copy_failed") });
        });
    };
    view! {
        <div class="note good" role="status">
            <Icon name="calendar"/>
            <b>{t!("settings.token_made", name = feed.info.name)}</b>
            <p>{t("cal.feed_once")}</p>
        </div>
        <div class="secret">
            <code>{shown}</code>
            <button type="button" class="btn" on:click=copy><Icon name="copy" size="s"/>{t("action.copy")}</button>
        </div>
    }
    .into_any()
}

fn table(found: Vec<FeedInfo>, list: List, fresh: RwSignal<Option<NewFeed>>) -> AnyView {
    if found.is_empty() {
        return view! { <EmptyState icon="calendar" title=t("cal.feeds_none") hint=t("cal.feeds_none_hint")/> }.into_any();
    }
    let toasts = use_toasts();
    let asked = RwSignal::new(None::<FeedInfo>);
    let revoke = move |feed: FeedInfo| {
        spawn_local(async move {
            match api::revoke_feed(feed.id).await {
                Ok(()) => {
                    if fresh.with_untracked(|f| f.as_ref().is_some_and(|f| f.info.id == feed.id)) {
                        fresh.set(None);
                    }
                    toasts.say(t!("settings.token_revoked", name = feed.name));
                    list.refetch();
                }
                Err(Fault(error)) => toasts.fail(&error),
            }
        });
    };
    let renew = move |id: Id| {
        spawn_local(async move {
            match api::renew_feed(id).await {
                Ok(feed) => {
                    fresh.set(Some(feed));
                    list.refetch();
                }
                Err(Fault(error)) => toasts.fail(&error),
            }
        });
    };
    let rows = found
        .into_iter()
        .map(|feed| {
            let (mine, id) = (feed.clone(), feed.id);
            let name = if feed.name.is_empty() { t("cal.feed_gone").to_owned() } else { feed.name.clone() };
            view! {
                <tr>
                    <td><b>{name}</b></td>
                    <td data-label=t("cal.feed_shows")>{detail(feed.detail)}</td>
                    <td data-label=t("cal.feed_read")>
                        {match feed.last_read_at.clone() {
                            Some(at) => view! { <When at=at/> }.into_any(),
                            None => t("settings.token_never").into_any(),
                        }}
                    </td>
                    <td class="rowacts">
                        <button type="button" class="btn small" on:click=move |_| renew(id)>{t("cal.feed_renew")}</button>
                        <button type="button" class="btn danger-quiet small" on:click=move |_| asked.set(Some(mine.clone()))>
                            {t("settings.token_revoke")}
                        </button>
                    </td>
                </tr>
            }
        })
        .collect_view();
    view! {
        {cards(&[("cal.feed_of", ""), ("cal.feed_shows", ""), ("cal.feed_read", ""), ("state.actions", "sr")], rows.into_any())}
        <Confirm
            about=Signal::derive(move || asked.get().map(|feed| t!("settings.token_revoke_ask", name = feed.name)))
            action=t("settings.token_revoke")
            on_close=move |sure| {
                let feed = asked.get_untracked();
                asked.set(None);
                if let (true, Some(feed)) = (sure, feed) {
                    revoke(feed);
                }
            }
        />
    }
    .into_any()
}

fn make(made: Callback<NewFeed>, open: RwSignal<bool>) -> AnyView {
    let toasts = use_toasts();
    let choices = Resource::new(|| (), |()| api::feed_choices());
    let of = RwSignal::new(String::from("0"));
    let full = RwSignal::new(false);
    let busy = RwSignal::new(false);
    let error = RwSignal::new(None::<Error>);
    let save = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let at = of.get_untracked().parse::<usize>().unwrap_or(0);
        let chosen: Option<FeedOf> = choices.get_untracked().and_then(Result::ok).and_then(|l| l.get(at).map(|(of, _)| *of));
        let Some(of) = chosen else { return };
        busy.set(true);
        error.set(None);
        spawn_local(async move {
            let detail = if full.get_untracked() { Detail::Full } else { Detail::Busy };
            let answer = api::create_feed(FeedWish { of, detail }).await;
            busy.set(false);
            match answer {
                Ok(feed) => made.run(feed),
                Err(Fault(problem)) => toasts.refused(error, problem),
            }
        });
    };
    let choice = move |value: bool, title: &'static str, text: &'static str| {
        view! {
            <label class="choice">
                <input type="radio" name="detail" checked=!value on:change=move |_| full.set(value)/>
                <span><b>{title}</b><small>{text}</small></span>
            </label>
        }
    };
    let whose = move |list: Vec<(FeedOf, String)>| {
        let options: Vec<(String, String)> = list.into_iter().enumerate().map(|(n, (_, name))| (n.to_string(), name)).collect();
        view! { <Select value=of options=options/> }.into_any()
    };
    view! {
        <form novalidate on:submit=save>
            <div class="body">
                <Field label=t("cal.feed_of") error=error_in(error, "of")>{loaded(choices, whose)}</Field>
                <fieldset class="choices">
                    <legend>{t("cal.feed_shows")}</legend>
                    {choice(false, t("cal.feed_busy"), t("cal.feed_busy_text"))}
                    {choice(true, t("cal.feed_full"), t("cal.feed_full_text"))}
                </fieldset>
            </div>
            <FormFoot busy=busy open=open action=t("cal.feed_create")/>
        </form>
    }
    .into_any()
}
