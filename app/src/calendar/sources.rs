//! Calendars elsewhere that one follows, beside the addresses of one's own: added by their address, with how their last reading went.

use domain::calendar::outside::{SourceInfo, SourceState, SourceWish};
use leptos::task::spawn_local;

use super::api;
use crate::prelude::*;

type List = Resource<Result<Vec<SourceInfo>, Fault>>;

pub fn section() -> AnyView {
    let list = Resource::new(|| (), |()| api::sources());
    let adding = RwSignal::new(false);
    view! {
        <header class="sechead">
            <h2>{t("cal.sources")}</h2>
            <p>{t("cal.sources_text")}</p>
            <div class="acts">
                <button type="button" class="btn" on:click=move |_| adding.set(true)>
                    <Icon name="plus" size="s"/>
                    {t("cal.source_add")}
                </button>
            </div>
        </header>
        <section class="block">{loaded(list, move |found| table(found, list))}</section>
        <Dialog open=adding title=Signal::derive(|| t("cal.source_add").to_owned())>{add(list, adding)}</Dialog>
    }
    .into_any()
}

fn state(source: &SourceInfo) -> AnyView {
    let tag = match source.state {
        SourceState::Waiting => view! { <Tag text=t("cal.source_waiting")/> }.into_any(),
        SourceState::Well => view! { <Tag text=t("cal.source_well") tone="good"/> }.into_any(),
        SourceState::Failing => view! { <Tag text=t("cal.source_failing") tone="bad"/> }.into_any(),
    };
    let why = source.error.as_ref().map(|e| view! { <small>{field_error_text(e)}</small> });
    view! { <span class="two">{tag}{why}</span> }.into_any()
}

fn table(found: Vec<SourceInfo>, list: List) -> AnyView {
    if found.is_empty() {
        return view! { <EmptyState icon="link" title=t("cal.sources_none") hint=t("cal.sources_none_hint")/> }.into_any();
    }
    let toasts = use_toasts();
    let asked = RwSignal::new(None::<SourceInfo>);
    let refresh = move |id: Id| {
        spawn_local(async move {
            match api::refresh_source(id).await {
                Ok(_) => {
                    toasts.say(t("cal.source_asked"));
                    list.refetch();
                }
                Err(Fault(error)) => toasts.fail(&error),
            }
        });
    };
    let remove = move |id: Id| {
        spawn_local(async move {
            match api::remove_source(id).await {
                Ok(()) => list.refetch(),
                Err(Fault(error)) => toasts.fail(&error),
            }
        });
    };
    let rows = found
        .into_iter()
        .map(|source| {
            let (mine, id) = (source.clone(), source.id);
            view! {
                <tr>
                    <td><b>{source.name.clone()}</b><br/><small class="faint">{source.host.clone()}</small></td>
                    <td data-label=t("cal.source_state")>{state(&source)}</td>
                    <td data-label=t("cal.feed_read")>
                        {match source.read_at.clone() {
                            Some(at) => view! { <When at=at/> }.into_any(),
                            None => t("settings.token_never").into_any(),
                        }}
                    </td>
                    <td class="rowacts">
                        <button type="button" class="btn small" on:click=move |_| refresh(id)>{t("cal.source_refresh")}</button>
                        <button type="button" class="btn danger-quiet small" on:click=move |_| asked.set(Some(mine.clone()))>
                            {t("cal.source_remove")}
                        </button>
                    </td>
                </tr>
            }
        })
        .collect_view();
    view! {
        {cards(&[("field.name", ""), ("cal.source_state", ""), ("cal.feed_read", ""), ("state.actions", "sr")], rows.into_any())}
        <Confirm
            about=Signal::derive(move || asked.get().map(|source| t!("cal.source_remove_ask", name = source.name)))
            action=t("cal.source_remove")
            on_close=move |sure| {
                let source = asked.get_untracked();
                asked.set(None);
                if let (true, Some(source)) = (sure, source) {
                    remove(source.id);
                }
            }
        />
    }
    .into_any()
}

fn add(list: List, open: RwSignal<bool>) -> AnyView {
    let toasts = use_toasts();
    let (address, name) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let busy = RwSignal::new(false);
    let error = RwSignal::new(None::<Error>);
    let save = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        busy.set(true);
        error.set(None);
        spawn_local(async move {
            let answer = api::add_source(SourceWish { address: address.get_untracked(), name: name.get_untracked() }).await;
            busy.set(false);
            match answer {
                Ok(_) => {
                    open.set(false);
                    list.refetch();
                }
                Err(Fault(problem)) => toasts.refused(error, problem),
            }
        });
    };
    view! {
        <form novalidate on:submit=save>
            <div class="body">
                <Field label=t("cal.source_address") hint=t("cal.source_address_hint") error=error_in(error, "address")>
                    <TextInput value=address autofocus=true/>
                </Field>
                <Field label=t("field.name") error=error_in(error, "name")>
                    <TextInput value=name/>
                </Field>
            </div>
            <FormFoot busy=busy open=open action=t("cal.source_add")/>
        </form>
    }
    .into_any()
}
