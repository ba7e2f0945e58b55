//! Pipelines and their stages: added, renamed, reordered, removed. A stage that still holds deals goes only after its
//! deals have another one.

use leptos::task::spawn_local;

use super::{Head, api};
use crate::prelude::*;

mod editor;
mod stage;

use editor::Editor;

#[component]
pub fn Pipelines() -> impl IntoView {
    let pipelines = Resource::new(|| (), |()| api::pipelines());
    let query = leptos_router::hooks::use_query_map();
    let navigate = leptos_router::hooks::use_navigate();
    let making = RwSignal::new(false);
    let open = Callback::new(move |id: Id| {
        making.set(false);
        navigate(&format!("/settings/pipelines?id={id}"), Default::default());
    });
    let chosen = Memo::new(move |_| query.read().get("id").as_deref().and_then(Id::parse));
    view! {
        <div class="page">
            <Head title=t("kind.pipelines") text=t("settings.pipelines_text")>
                <button type="button" class="btn primary" on:click=move |_| making.set(true)>
                    <Icon name="plus" size="s"/>
                    {t("settings.pipeline_new")}
                </button>
            </Head>
            {loaded(pipelines, move |list| shown(list, chosen, open, pipelines))}
            <Dialog open=making title=Signal::derive(|| t("settings.pipeline_new").to_owned())>
                <Make
                    open=making
                    made=Callback::new(move |id: Id| {
                        pipelines.refetch();
                        open.run(id);
                    })
                />
            </Dialog>
        </div>
    }
    .into_any()
}

fn shown(list: Vec<Record>, chosen: Memo<Option<Id>>, open: Callback<Id>, pipelines: Resource<Result<Vec<Record>, Fault>>) -> AnyView {
    if list.is_empty() {
        return view! { <EmptyState icon="board" title=t("settings.pipelines_none")/> }.into_any();
    }
    let first = list.first().map(|r| r.id);
    let options: Vec<(String, String, Option<i64>)> = list.iter().map(|r| (r.id.to_string(), r.name().to_owned(), None)).collect();
    let only = list.len() == 1;
    let current = move || chosen.get().filter(|id| list.iter().any(|r| r.id == *id)).or(first);
    let list_now = {
        let current = current.clone();
        Signal::derive(current)
    };
    let tabs = view! {
        <Tabs
            value=Signal::derive(move || list_now.get().map(|id| id.to_string()).unwrap_or_default())
            options=options
            label=t("kind.pipelines")
            on_change=move |id: String| {
                if let Some(id) = Id::parse(&id) {
                    open.run(id);
                }
            }
        />
    };
    let changed = Callback::new(move |()| pipelines.refetch());
    let body = move || {
        let id = list_now.get()?;
        let record = pipelines.with(|answer| match answer {
            Some(Ok(list)) => list.iter().find(|r| r.id == id).cloned(),
            _ => None,
        })?;
        Some(view! { <Editor record=record only=only changed=changed/> })
    };
    view! {
        {tabs}
        {body}
    }
    .into_any()
}

/// A name is enough: the stages everybody knows are a start to change.
#[component]
fn Make(open: RwSignal<bool>, made: Callback<Id>) -> impl IntoView {
    let toasts = use_toasts();
    let currency = use_me().currency;
    let name = RwSignal::new(String::new());
    let busy = RwSignal::new(false);
    let error = RwSignal::new(None::<Error>);
    let save = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let stages = domain::pipelines::template([
            t("stage.prospecting"),
            t("stage.engaging"),
            t("stage.proposal"),
            t("stage.negotiation"),
            t("stage.won"),
            t("stage.lost"),
        ]);
        let fields: Fields = [
            ("name".to_owned(), super::text_or_null(&name.get_untracked())),
            ("currency".to_owned(), currency.clone().into()),
            ("stages".to_owned(), serde_json::to_value(stages).unwrap_or_default()),
        ]
        .into_iter()
        .collect();
        busy.set(true);
        error.set(None);
        spawn_local(async move {
            let answer = api::create(Kind::Pipeline, super::filled(fields), None).await;
            busy.set(false);
            match answer {
                Ok(record) => {
                    toasts.say(t!("settings.pipeline_made", name = record.name()));
                    made.run(record.id);
                }
                Err(Fault(problem)) => toasts.refused(error, problem),
            }
        });
    };
    view! {
        <form novalidate on:submit=save>
            <div class="body">
                <Field label=t("field.name") hint=t("settings.pipeline_name_hint") error=error_in(error, "name")>
                    <TextInput value=name autofocus=true/>
                </Field>
            </div>
            <FormFoot busy=busy open=open action=t("settings.pipeline_create")/>
        </form>
    }
    .into_any()
}
