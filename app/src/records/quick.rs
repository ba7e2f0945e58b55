//! Quick create: a dialog with the fields that a kind asks for first, and the rest on demand. The shell's opens when
//! `use_shell().new_record` is set; fields that point at other records open one of their own above it.

use domain::schema::{QUICK, REQUIRED};
use leptos::ev::KeyboardEvent;
use leptos::task::spawn_local;
use leptos_router::hooks::use_navigate;

use super::names::Names;
use super::{api, keep, value};
use crate::prelude::*;
use crate::shell::{NewRecord, sign_in_button, use_shell};

mod form;
mod same;

use form::Form;

/// The dialog behind every "New".
#[component]
pub fn QuickCreate() -> impl IntoView {
    let wanted = use_shell().new_record;
    let navigate = use_navigate();
    // Begun from a page or a column, people stay there; begun from nowhere, they go on with what they made.
    let bare = StoredValue::new(false);
    Effect::new(move |_| {
        if let Some(new) = wanted.get() {
            bare.set_value(new.fields.is_empty());
        }
    });
    let made = Callback::new(move |record: Record| {
        if bare.get_value()
            && !record.kind.is_activity()
            && let Some(href) = value::page_of(record.kind, record.id)
        {
            navigate(&href, Default::default());
        }
    });
    provide_context(Names::new(Default::default(), Vec::new()));
    view! { <CreateDialog wanted=wanted on_created=made again=true/> }
}

/// Open while `wanted` is set. `again`: offers to go on with another one.
#[component]
pub fn CreateDialog(wanted: RwSignal<Option<NewRecord>>, on_created: Callback<Record>, #[prop(optional)] again: bool) -> impl IntoView {
    let open = RwSignal::new(false);
    let title = RwSignal::new(String::new());
    Effect::new(move |_| {
        if let Some(new) = wanted.get() {
            title.set(tk(&format!("quick.new.{}", new.kind.name())));
            open.set(true);
        } else {
            open.set(false);
        }
    });
    let closed = Callback::new(move |()| wanted.set(None));
    view! {
        <Dialog open=open title=title on_close=closed look="quick">
            {move || wanted.get_untracked().map(|new| crate::rooms::new_record_form(new, open, on_created, again))}
        </Dialog>
    }
    .into_any()
}

pub(crate) fn form(new: NewRecord, open: RwSignal<bool>, on_created: Callback<Record>, again: bool) -> AnyView {
    let names = Names::here();
    let form = Form::begin(new, names);
    let kind = form.kind;
    let another = RwSignal::new(false);
    let more = RwSignal::new(false);
    let toasts = use_toasts();

    let save = move || {
        if form.busy.get_untracked() {
            return;
        }
        let fields = match form.checked() {
            Ok(fields) => fields,
            Err(error) => {
                show_hidden_errors(&error, kind, more);
                form.error.set(Some(error));
                return form.focus_first_error();
            }
        };
        form.busy.set(true);
        form.error.set(None);
        spawn_local(async move {
            let made = api::create(kind, fields, form.attempt.get_value()).await;
            // The dialog may be closed by now; what was made stays made.
            let _ = form.busy.try_set(false);
            match made {
                Ok(record) => {
                    keep::keep_draft(&form.draft_name(), "");
                    names.learn(kind, record.id, record.name());
                    let (id, name) = (record.id, record.name().to_owned());
                    toasts.done(t!("toast.created", name = name), move || undo_create(kind, id, toasts));
                    if another.try_get_untracked() == Some(true) {
                        form.reset();
                    } else {
                        open.set(false);
                        on_created.run(record);
                    }
                }
                Err(Fault(error)) => {
                    show_hidden_errors(&error, kind, more);
                    if error == Error::Unauthenticated {
                        crate::shell::sign_in_again();
                    }
                    let _ = form.error.try_set(Some(error));
                    form.focus_first_error();
                }
            }
        });
    };
    let keydown = move |event: KeyboardEvent| {
        let enter = event.key() == "Enter" && !event.is_composing();
        if enter && (event.ctrl_key() || event.meta_key()) {
            event.prevent_default();
            event.stop_propagation();
            save();
        }
    };
    let status = crate::shell::use_live().status();
    let general = move || {
        let error = form.error.get().filter(|e| !form.shows(e))?;
        // Whoever has signed in again goes on from here.
        let over = error == Error::Unauthenticated;
        (!over || status.get() == crate::shell::Status::SignedOut).then(|| (error_text(&error), over))
    };
    let rows = move || {
        let more = more.get();
        form.drafts.with_value(|all| all.iter().filter(|d| more || form.is_first(d.def)).copied().collect::<Vec<_>>())
    };
    let has_more = form.drafts.with_value(|all| all.iter().any(|d| !form.is_first(d.def)));
    view! {
        <form
            class="quick"
            novalidate
            on:keydown=keydown
            on:submit=move |event| {
                event.prevent_default();
                event.stop_propagation();
                save();
            }
        >
            <div class="body">
                {move || form.found.get().then(|| view! {
                    <p class="hint row">
                        <span class="grow">{t("quick.draft_found")}</span>
                        <button type="button" class="btn quiet" on:click=move |_| form.reset()>{t("quick.draft_discard")}</button>
                    </p>
                })}
                <div role="alert">{move || general().map(|(text, over)| view! { <Banner tone="bad">{text}{over.then(sign_in_button)}</Banner> })}</div>
                <For each=rows key=|d| d.def.name let:draft>{form.field(draft)}</For>
                {same::duplicates(form, open)}
                {has_more.then(|| view! {
                    <button type="button" class="btn quiet more" aria-expanded=move || if more.get() { "true" } else { "false" } on:click=move |_| more.update(|m| *m = !*m)>
                        <Icon name="down" size="s"/>
                        {move || t(if more.get() { "quick.fewer_fields" } else { "quick.more_fields" })}
                    </button>
                })}
            </div>
            <footer>
                {again.then(|| view! { <Checkbox value=another label=t("quick.another")/> })}
                <span class="grow"></span>
                <Button look="quiet" on_click=Callback::new(move |_| open.set(false))>{t("action.cancel")}</Button>
                <Button look="primary" busy=form.busy>{t("action.create")}<kbd>{enter_key()}</kbd></Button>
            </footer>
        </form>
    }
    .into_any()
}

/// The keys that save, as this machine names them.
pub fn enter_key() -> &'static str {
    #[cfg(feature = "hydrate")]
    if crate::dom::on_mac() {
        return "⌘↵";
    }
    "Ctrl ↵"
}

fn undo_create(kind: Kind, id: Id, toasts: Toasts) {
    spawn_local(async move {
        if let Err(Fault(error)) = api::remove(kind, id).await {
            toasts.fail(&error);
        }
    });
}

/// An error in a field that is folded away unfolds it.
fn show_hidden_errors(error: &Error, kind: Kind, more: RwSignal<bool>) {
    if let Error::Invalid { fields } = error
        && fields.iter().any(|e| kind.field(&e.field).is_some_and(|d| !d.is(QUICK) && !d.is(REQUIRED)))
    {
        let _ = more.try_set(true);
    }
}
