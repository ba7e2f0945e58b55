//! The dialog that asks for what a move needs: fields that the stage asks for, the reason and the day of won or lost.
//! It asks for just these, and the move goes on by itself.

use domain::pipelines::StageKind;
use serde_json::Value;

use super::desk::Desk;
use super::hands::Act;
use super::moves::Ask;
use crate::prelude::*;
use crate::records::draft::{Beside, Draft, control};

pub fn ask_dialog(desk: Desk) -> AnyView {
    let open = RwSignal::new(false);
    let title = RwSignal::new(String::new());
    Effect::new(move |_| {
        let ask = desk.ask.get();
        if let Some(ask) = &ask {
            title.set(heading(ask));
        }
        open.set(ask.is_some());
    });
    let closed = Callback::new(move |()| {
        // Answered dialogs have emptied `ask` before they close.
        if desk.ask.try_with_untracked(Option::is_some) == Some(true) {
            crate::rooms::act(Act::Dismiss(desk));
        }
    });
    view! {
        <Dialog open=open title=title look="small" on_close=closed>
            {move || desk.ask.get_untracked().map(|ask| crate::rooms::stage_form(desk, ask))}
        </Dialog>
    }
    .into_any()
}

fn heading(ask: &Ask) -> String {
    let stage = &ask.stage.name;
    let what = match ask.names.as_slice() {
        [only] => t!("board.quoted", name = only),
        all => tn("board.count", i64::try_from(all.len()).unwrap_or(0)),
    };
    match ask.stage.kind {
        StageKind::Won => t!("board.ask_won", what = what),
        StageKind::Lost => t!("board.ask_lost", what = what),
        StageKind::Open => t!("board.ask_stage", stage = stage),
    }
}

/// The reason's field of a closed stage.
fn reason_of(kind: StageKind) -> Option<&'static str> {
    match kind {
        StageKind::Won => Some("won_reason"),
        StageKind::Lost => Some("lost_reason"),
        StageKind::Open => None,
    }
}

pub fn form(desk: Desk, ask: Ask) -> AnyView {
    let names = desk.names;
    let reason = reason_of(ask.stage.kind);
    let mut fields: Vec<&'static domain::schema::FieldDef> = Vec::new();
    let closing = if reason.is_some() { Some("closed_at") } else { None };
    for name in reason.into_iter().chain(closing).chain(ask.required.iter().map(String::as_str)) {
        if let Some(def) = Kind::Deal.field(name)
            && fields.iter().all(|d| d.name != def.name)
        {
            fields.push(def);
        }
    }
    let clock = desk.clock.get_untracked();
    let drafts: Vec<Draft> = fields
        .iter()
        .map(|def| {
            let given = ask.have.get(def.name).cloned();
            let start = if def.name == "closed_at" { Value::String(clock.day(clock.now)) } else { Value::Null };
            Draft::new(Kind::Deal, def, &given.unwrap_or(start), names)
        })
        .collect();
    let must = {
        let required = ask.required.clone();
        move |name: &str| required.iter().any(|r| r == name) || name == "lost_reason"
    };
    let error = RwSignal::new(ask.error.clone().filter(|_| ask.required.is_empty()));
    let reason_draft = drafts.iter().find(|d| Some(d.def.name) == reason).copied();
    let stage = ask.stage.clone();
    let drafts = StoredValue::new(drafts);
    let must_have = must.clone();
    let asked = StoredValue::new(ask.clone());
    let send = move || {
        let mut given = Fields::new();
        let mut wrong = Vec::new();
        for draft in drafts.get_value() {
            match untrack(|| draft.checked()) {
                Ok(Value::Null) if must_have(draft.def.name) => wrong.push(FieldError::new(draft.def.name, "required")),
                Ok(Value::Null) => {}
                Ok(value) => {
                    given.insert(draft.def.name.to_owned(), value);
                }
                Err(e) => wrong.push(e),
            }
        }
        if wrong.is_empty() {
            desk.answered(&asked.get_value(), given);
        } else {
            let first = wrong.first().map(|e| e.field.clone()).unwrap_or_default();
            error.set(Some(Error::Invalid { fields: wrong }));
            crate::dom::focus(&format!("dialog[open] [data-field='{first}'] :is(input, select, textarea)"));
        }
    };
    let pipeline = Signal::derive(move || Some(desk.pipeline.with(|p| p.id)));
    let controls = drafts
        .get_value()
        .into_iter()
        .map(|draft| {
            let name = draft.def.name;
            let problem = error_in(error, name);
            view! {
                <div data-field=name>
                    <Field label=field_label(Kind::Deal, name) required=must(name) error=problem>
                        {control(draft, Beside { names, pipeline, chosen: None })}
                    </Field>
                </div>
            }
        })
        .collect_view();
    let kind = stage.kind;
    let usual = reason_draft.map(|draft| usual_reasons(kind, draft));
    let (look, icon, verb) = match kind {
        StageKind::Open => ("primary large", "move", t!("board.move_to_named", stage = stage.name)),
        StageKind::Won => ("primary large", "check", t("board.close_won").to_owned()),
        StageKind::Lost => ("primary large", "check", t("board.close_lost").to_owned()),
    };
    let cancel = move |_| desk.dismiss();
    let intro = match kind {
        StageKind::Open => tn("board.stage_needs", i64::try_from(ask.required.len()).unwrap_or(1)),
        StageKind::Won => t("board.won_hint").to_owned(),
        StageKind::Lost => t("board.lost_hint").to_owned(),
    };
    let inside = view! {
        <div class="body">
            <p class="muted">{intro}</p>
            {usual}
            {controls}
        </div>
        <footer>
            <span class="grow"></span>
            <button type="button" class="btn large" on:click=cancel>{t("board.cancel")}</button>
            <Button look=look icon=icon>{verb}</Button>
        </footer>
    };
    crate::ui::form("", Callback::new(move |()| send()), inside.into_any())
}

/// One press instead of typing; what is typed stays free.
pub fn usual_reasons(kind: StageKind, draft: Draft) -> AnyView {
    let (group, names): (&str, &[&str]) = match kind {
        StageKind::Won => ("won", &["product", "price", "service", "relationship"]),
        _ => ("lost", &["price", "competitor", "no_budget", "no_decision", "timing"]),
    };
    let typed = draft.typed();
    let chips = names
        .iter()
        .map(|name| {
            let text = tk(&format!("board.reason.{group}.{name}"));
            let (mine, set) = (text.clone(), text.clone());
            view! {
                <button
                    type="button"
                    class="chip round"
                    aria-pressed=move || if typed.with(|t| *t == mine) { "true" } else { "false" }
                    on:click=move |_| typed.set(set.clone())
                >
                    {text}
                </button>
            }
        })
        .collect_view();
    view! { <div class="row wrap" role="group" aria-label=t("board.usual_reasons")>{chips}</div> }.into_any()
}
