//! Secret addresses of calendars, among the settings: made here, shown once, given another address, taken back.

use domain::calendar::feed::{Detail, FeedInfo, FeedOf, FeedWish, NewFeed};
use leptos::task::spawn_local;

use super::api;
use crate::prelude::*;

type List = Resource<Result<Vec<FeedInfo>, Fault>>;

const LOOK: mine::Look = mine::Look {
    heads: &["cal.feed_of", "cal.feed_shows", "cal.feed_read"],
    icon: "calendar",
    none: ("cal.feeds_none", "cal.feeds_none_hint"),
    sure: "settings.token_revoke",
};

pub fn page() -> AnyView {
    let list = Resource::new(|| (), |()| api::feeds());
    let making = RwSignal::new(false);
    let fresh = mine::Fresh::new(None);
    let made = Callback::new(move |feed: NewFeed| {
        making.set(false);
        show(fresh, list, feed);
    });
    let begin = mine::new_button("cal.feed_new", "primary", Callback::new(move |()| making.set(true)));
    let acts = view! { {super::download("btn")} {begin} }.into_any();
    view! {
        <div class="page narrow">
            {mine::section_head("cal.feeds", "cal.feeds_text", Some(acts))}
            {mine::secret(fresh, "calendar", "cal.feed_once")}
            <section class="block">{loaded(list, move |found| table(found, list, fresh))}</section>
            {super::sources::section()}
            <Dialog open=making title=Signal::derive(|| t("cal.feed_new").to_owned())>{make(made, making)}</Dialog>
        </div>
    }
    .into_any()
}

/// The one time that the address is on a screen.
fn show(fresh: mine::Fresh, list: List, feed: NewFeed) {
    let word = format!("{}{}", crate::dom::origin(), feed.path);
    fresh.set(Some(mine::Secret { of: feed.info.id, name: feed.info.name, word }));
    list.refetch();
}

fn detail(detail: Detail) -> &'static str {
    if detail == Detail::Full { t("cal.feed_full") } else { t("cal.feed_busy") }
}

fn table(found: Vec<FeedInfo>, list: List, fresh: mine::Fresh) -> AnyView {
    let toasts = use_toasts();
    let asked = mine::Asked::new(None);
    let thing = |feed: FeedInfo| {
        let id = feed.id;
        let question = t!("settings.token_revoke_ask", name = feed.name.clone());
        let gone = t!("settings.token_revoked", name = feed.name.clone());
        let name = if feed.name.is_empty() { t("cal.feed_gone").to_owned() } else { feed.name };
        let revoke = move || {
            let gone = gone.clone();
            mine::ask(toasts, api::revoke_feed(id), move |()| {
                mine::forget(fresh, id);
                toasts.say(gone);
                list.refetch();
            });
        };
        mine::Thing {
            cells: vec![
                view! { <b>{name}</b> }.into_any(),
                detail(feed.detail).into_any(),
                mine::moment(feed.last_read_at, "settings.token_never"),
            ],
            acts: vec![
                mine::Act::now("cal.feed_renew", move || mine::ask(toasts, api::renew_feed(id), move |feed| show(fresh, list, feed))),
                mine::Act::asking("settings.token_revoke", asked, question, revoke),
            ],
        }
    };
    mine::things(&LOOK, asked, found.into_iter().map(thing).collect())
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
