//! Calendars elsewhere that one follows, beside the addresses of one's own: added by their address, with how their last reading went.

use domain::calendar::outside::{SourceInfo, SourceState, SourceWish};
use leptos::task::spawn_local;

use super::api;
use crate::prelude::*;

type List = Resource<Result<Vec<SourceInfo>, Fault>>;

const LOOK: mine::Look = mine::Look {
    heads: &["field.name", "cal.source_state", "cal.feed_read"],
    icon: "link",
    none: ("cal.sources_none", "cal.sources_none_hint"),
    sure: "cal.source_remove",
};

pub fn section() -> AnyView {
    let list = Resource::new(|| (), |()| api::sources());
    let adding = RwSignal::new(false);
    let begin = mine::new_button("cal.source_add", "", Callback::new(move |()| adding.set(true)));
    view! {
        {mine::section_head("cal.sources", "cal.sources_text", Some(begin))}
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
    let toasts = use_toasts();
    let asked = mine::Asked::new(None);
    let thing = |source: SourceInfo| {
        let id = source.id;
        let question = t!("cal.source_remove_ask", name = source.name.clone());
        let gone = t!("cal.source_removed", name = source.name.clone());
        let state = state(&source);
        let refresh = move || {
            mine::ask(toasts, api::refresh_source(id), move |_| {
                toasts.say(t("cal.source_asked"));
                list.refetch();
            });
        };
        let remove = move || {
            let gone = gone.clone();
            mine::ask(toasts, api::remove_source(id), move |()| {
                toasts.say(gone);
                list.refetch();
            });
        };
        mine::Thing {
            cells: vec![mine::named(source.name, source.host), state, mine::moment(source.read_at, "settings.token_never")],
            acts: vec![mine::Act::now("cal.source_refresh", refresh), mine::Act::asking("cal.source_remove", asked, question, remove)],
        }
    };
    mine::things(&LOOK, asked, found.into_iter().map(thing).collect())
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
