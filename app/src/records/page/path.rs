//! The stages of a deal in its head: where it is, and moving it. What a stage asks for, and why a deal was won or lost, is
//! asked before it moves.

use domain::deals::{MoveDeal, missing_for};
use domain::pipelines::{Stage, StageKind};
use domain::schema::FieldDef;
use leptos::task::spawn_local;
use serde_json::Value;

use super::super::api;
use super::super::draft::{Beside, Draft, control};
use super::super::filled::{self, Given};
use super::PageCx;
use crate::i18n::Now;
use crate::prelude::*;
use crate::rooms::Tool;

pub fn path(cx: PageCx) -> AnyView {
    let asked = RwSignal::new(None::<Stage>);
    let now = use_context::<Now>().map(|n| n.0);
    let steps = move || {
        cx.names.track();
        let can = cx.rights.get().edit;
        cx.record.with(|record| {
            let Some(pipeline) = cx.names.pipeline(record.id_of("pipeline")) else {
                return Vec::new();
            };
            let current = record.text("stage").to_owned();
            let at = pipeline.position(&current).unwrap_or(0);
            let end = pipeline.stage(&current).map(|s| s.kind).filter(|kind| *kind != StageKind::Open);
            let since = record.text("stage_since").to_owned();
            pipeline
                .stages
                .iter()
                .cloned()
                .enumerate()
                .map(|(i, stage)| {
                    let here = stage.id == current;
                    // What was won went all the way; how far a lost one had come is not known. The end that it did not come to
                    // is no more than a way there.
                    let (class, icon) = match (stage.kind, end) {
                        (StageKind::Open, None) if i < at => ("done", Some("check")),
                        (StageKind::Open, Some(StageKind::Won)) => ("done", Some("check")),
                        (StageKind::Open, _) => ("", None),
                        (_, Some(_)) if !here => ("", None),
                        (StageKind::Won, _) => ("won", Some("check")),
                        (StageKind::Lost, _) => ("lost", Some("x")),
                    };
                    let since = domain::time::parse_instant(&since).filter(|_| here);
                    let days = move || since.zip(now.and_then(|n| n.get())).map(|(s, n)| tn("path.days", domain::time::days_between(s, n)));
                    let name = stage.name.clone();
                    view! {
                        <li class=class aria-current=here.then_some("step")>
                            <button type="button" disabled=!can || here on:click=move |_| begin(cx, asked, stage.clone())>
                                {icon.map(|icon| view! { <Icon name=icon/> })}
                                {name}
                                {move || days().map(|d| view! { <span class="days num">{d}</span> })}
                            </button>
                        </li>
                    }
                    .into_any()
                })
                .collect::<Vec<AnyView>>()
        })
    };
    view! {
        <ol class="path" aria-label=field_label(Kind::Deal, "stage")>{steps}</ol>
        {ask(cx, asked)}
    }
    .into_any()
}

/// Moves at once where nothing is to be asked.
fn begin(cx: PageCx, asked: RwSignal<Option<Stage>>, stage: Stage) {
    let missing = cx.record.with_untracked(|r| missing_for(&stage, &r.fields));
    if stage.kind == StageKind::Open && missing.is_empty() {
        go(cx, stage, Given::default(), None);
    } else {
        asked.set(Some(stage));
    }
}

/// The fields that the dialog asks for.
fn wanted(cx: PageCx, stage: &Stage) -> Vec<&'static FieldDef> {
    let mut out: Vec<&'static FieldDef> =
        cx.record.with_untracked(|r| missing_for(stage, &r.fields)).iter().filter_map(|e| Kind::Deal.field(&e.field)).collect();
    let reason = match stage.kind {
        StageKind::Won => Kind::Deal.field("won_reason"),
        StageKind::Lost => Kind::Deal.field("lost_reason"),
        StageKind::Open => None,
    };
    let closing = reason.and(Kind::Deal.field("closed_at"));
    for def in reason.into_iter().chain(closing) {
        if out.iter().all(|d| d.name != def.name) {
            out.push(def);
        }
    }
    out
}

fn ask(cx: PageCx, asked: RwSignal<Option<Stage>>) -> AnyView {
    let open = RwSignal::new(false);
    Effect::new(move |_| open.set(asked.with(Option::is_some)));
    let title = Signal::derive(move || asked.with(|s| s.as_ref().map(|s| t!("path.move_to", stage = s.name)).unwrap_or_default()));
    view! {
        <Dialog open=open title=title look="small" on_close=Callback::new(move |()| asked.set(None))>
            {move || asked.get_untracked().map(|stage| crate::rooms::tool(Tool::Stage(cx, stage, open)))}
        </Dialog>
    }
    .into_any()
}

pub fn questions(cx: PageCx, stage: Stage, open: RwSignal<bool>) -> AnyView {
    let error = RwSignal::new(None::<Error>);
    let busy = RwSignal::new(false);
    let drafts: Vec<Draft> = wanted(cx, &stage)
        .into_iter()
        .map(|def| {
            let known = cx.record.with_untracked(|r| r.fields.get(def.name).cloned().unwrap_or_default());
            let now = if def.name == "closed_at" && known.is_null() { Value::String(crate::i18n::day(crate::i18n::now())) } else { known };
            Draft::new(Kind::Deal, def, &now, cx.names)
        })
        .collect();
    // Whoever loses a deal says why, as on the board.
    let lost = (stage.kind == StageKind::Lost).then(|| "lost_reason".to_owned());
    let required = StoredValue::new(stage.required_fields.iter().cloned().chain(lost).collect::<Vec<_>>());
    let reason = drafts.iter().find(|d| matches!(d.def.name, "won_reason" | "lost_reason")).copied();
    let usual = reason.map(|draft| crate::deals::usual_reasons(stage.kind, draft));
    let beside = Beside { names: cx.names, pipeline: Signal::derive(|| None), chosen: None };
    let all = StoredValue::new(drafts.clone());
    // What stood there when it was asked: somebody else may fill it in meanwhile.
    let seen = StoredValue::new(cx.record.with_untracked(|r| r.fields.clone()));
    let stage = StoredValue::new(stage);
    let submit = move || {
        if busy.get_untracked() {
            return;
        }
        let (mut fields, mut errors) = (Fields::new(), Vec::new());
        for draft in all.get_value() {
            match untrack(|| draft.checked()) {
                Ok(Value::Null) if required.with_value(|r| r.iter().any(|f| f == draft.def.name)) => {
                    errors.push(FieldError::new(draft.def.name, "required_by_stage").with("stage", stage.with_value(|s| s.name.clone())));
                }
                Ok(Value::Null) => {}
                Ok(value) => {
                    fields.insert(draft.def.name.to_owned(), value);
                }
                Err(e) => errors.push(e),
            }
        }
        if errors.is_empty() {
            busy.set(true);
            let base = fields.keys().map(|name| (name.clone(), seen.with_value(|s| s.get(name).cloned().unwrap_or_default()))).collect();
            go(cx, stage.get_value(), Given { fields, base }, Some((open, busy, error)));
        } else {
            error.set(Some(Error::Invalid { fields: errors }));
        }
    };
    let fields = drafts
        .into_iter()
        .map(|draft| {
            let name = draft.def.name;
            let wrong = error_in(error, name);
            let needed = required.with_value(|r| r.iter().any(|f| f == name));
            view! { <Field label=field_label(Kind::Deal, name) error=wrong required=needed>{control(draft, beside)}</Field> }
        })
        .collect_view();
    let general = move || error.get().filter(|e| !matches!(e, Error::Invalid { .. })).map(|e| error_text(&e));
    let inside = view! {
        <div class="body">
            <div role="alert">{move || general().map(|text| view! { <Banner tone="bad">{text}</Banner> })}</div>
            {usual}
            {fields}
        </div>
        <footer>
            <span class="grow"></span>
            <Button look="large" on_click=Callback::new(move |_| open.set(false))>{t("action.cancel")}</Button>
            <Button look="primary large" busy=busy>{t("path.move")}</Button>
        </footer>
    };
    form("", Callback::new(move |()| submit()), inside.into_any())
}

type Asked = (RwSignal<bool>, RwSignal<bool>, RwSignal<Option<Error>>);

/// At once on the screen; back where the server says no.
fn go(cx: PageCx, stage: Stage, given: Given, asked: Option<Asked>) {
    let before = cx.record.get_untracked();
    cx.record.update(|r| {
        r.fields.insert("stage".to_owned(), stage.id.clone().into());
    });
    let Given { fields, base } = given.clone();
    let to = MoveDeal { stage: stage.id.clone(), before: None, after: None, to_top: true, version: before.version, fields, base };
    cx.toasts.acting(async move {
        let answer = api::put_in_stage(cx.id, to).await;
        if cx.record.try_get_untracked().is_none() {
            return;
        }
        if let Some((_, busy, _)) = asked {
            let _ = busy.try_set(false);
        }
        match answer {
            Ok(change) => {
                if let Some((open, ..)) = asked {
                    let _ = open.try_set(false);
                }
                let toasts = cx.toasts;
                toasts.done(t!("toast.moved", name = before.name(), stage = stage.name), move || {
                    spawn_local(async move {
                        match api::undo(vec![change]).await {
                            Ok(_) => cx.again(),
                            Err(Fault(error)) => toasts.fail(&error),
                        }
                    });
                });
            }
            Err(Fault(Error::Conflict(clash))) if given.concerns(&clash) => {
                cx.take(clash.current.clone());
                let again = Callback::new(move |next: Given| go(cx, stage.clone(), next, asked));
                filled::choose(cx.shell, cx.names, *clash, given, again, Callback::new(|()| ()));
            }
            Err(Fault(error)) => {
                cx.record.set(before);
                match asked {
                    Some((.., shown)) => {
                        let _ = shown.try_set(Some(error));
                    }
                    None => cx.toasts.fail(&error),
                }
            }
        }
        cx.again();
    });
}
