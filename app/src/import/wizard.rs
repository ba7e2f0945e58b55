//! From an uploaded file to the start of its import: map, check, run. The plan is kept at every change.

use domain::import::{ImportPlan, ImportReport, Inspection, Reading, Replace, Unknown};
use leptos::task::spawn_local;
use leptos_router::hooks::{use_navigate, use_query_map};

use super::{Step, api, check, keep, mapping, problem_banner, stepper};
use crate::prelude::*;

#[derive(Clone, Copy)]
pub struct Wizard {
    pub upload: Id,
    pub seen: RwSignal<Option<Inspection>>,
    pub plan: RwSignal<Option<ImportPlan>>,
    pub step: Memo<Step>,
    /// The dry run, and the unknown values of all dry runs: what was decided stays in sight.
    pub report: RwSignal<Option<ImportReport>>,
    pub unknown: RwSignal<Vec<Unknown>>,
    pub error: RwSignal<Option<Error>>,
    pub busy: RwSignal<bool>,
    pub pipelines: RwSignal<Vec<(Id, String)>>,
    /// The headings fit no kind well, and nobody has said yet what the rows are.
    pub unclear: RwSignal<bool>,
    turn: StoredValue<u32>,
    reading: StoredValue<u32>,
    wanted: StoredValue<Option<Wanted>>,
    go: Callback<String>,
}

/// How the file is to be read, while it is: a second wish builds on the first, and only the last answer counts.
#[derive(Clone)]
struct Wanted {
    /// The plan as it was when the first wish was uttered: what was chosen since then is not taken back.
    before: ImportPlan,
    plan: ImportPlan,
    /// What the rows are is to be guessed.
    unclear: bool,
}

pub fn wizard(upload: Id) -> AnyView {
    let map = use_query_map();
    let navigate = use_navigate();
    let seen = RwSignal::new(None::<Inspection>);
    // A calendar has no columns that could be mapped.
    let calendar = move || seen.with(|s| s.as_ref().is_some_and(|s| s.format == "ics"));
    let asked = move || map.with(|m| m.get("step").as_deref() == Some("check"));
    let step = Memo::new(move |_| if asked() || calendar() { Step::Check } else { Step::Map });
    let w = Wizard {
        upload,
        seen,
        plan: RwSignal::new(None),
        step,
        report: RwSignal::new(None),
        unknown: RwSignal::new(Vec::new()),
        error: RwSignal::new(None),
        busy: RwSignal::new(false),
        pipelines: RwSignal::new(Vec::new()),
        unclear: RwSignal::new(false),
        turn: StoredValue::new(0),
        reading: StoredValue::new(0),
        wanted: StoredValue::new(None),
        go: Callback::new(move |to: String| navigate(&to, Default::default())),
    };
    // The browser alone knows what was chosen before.
    Effect::new(move |_| w.open());
    Effect::new(move |_| {
        let unclear = w.unclear.get();
        w.plan.with(|p| {
            // A kind that nobody chose is not kept as if somebody had.
            if let Some(plan) = p.as_ref().filter(|_| !unclear) {
                keep::keep_plan(upload, plan);
            }
        });
    });
    Effect::new(move |_| {
        if w.step.get() == Step::Check
            && !w.unclear.get()
            && w.plan.with(Option::is_some)
            && w.report.with_untracked(Option::is_none)
            && w.error.with_untracked(Option::is_none)
        {
            w.try_out();
        }
    });
    let there = Memo::new(move |_| w.plan.with(Option::is_some) && w.seen.with(Option::is_some));
    let title = Signal::derive(move || w.seen.with(|s| s.as_ref().map_or_else(|| tk("nav.import"), |s| s.file_name.clone())));
    let missing = move || match w.error.get() {
        Some(error) if is_gone(&error) => view! {
            <EmptyState icon="clock" title=t("import.gone") hint=t("import.gone_hint")>
                <a class="btn primary" href="/import">{t("import.choose_again")}</a>
            </EmptyState>
        }
        .into_any(),
        Some(error) => view! { <ErrorState error=error retry=Callback::new(move |()| w.open())/> }.into_any(),
        None => view! { <Skeleton rows=8/> }.into_any(),
    };
    // Once the file is there, a later refusal stands above what was chosen and takes nothing away.
    let body = move || {
        if !there.get() {
            view! { {missing} }.into_any()
        } else if w.step.get() == Step::Check && !w.unclear.get() {
            check::step(w)
        } else {
            mapping::step(w)
        }
    };
    view! {
        <TopBar title=title trail=vec![("/import".to_owned(), tk("nav.import"))]/>
        <div class="page">
            {stepper(step.into(), Some(upload))}
            {super::round(Some(upload))}
            {body}
        </div>
    }
    .into_any()
}

impl Wizard {
    /// Reads the file as it was read last.
    fn open(self) {
        let kept = keep::plan(self.upload);
        let reading = kept.as_ref().map(reading_of).unwrap_or_default();
        self.error.set(None);
        spawn_local(async move {
            match api::inspect(self.upload, reading).await {
                Ok(seen) => {
                    self.unclear.try_set(kept.is_none() && !seen.certain);
                    let plan = kept.unwrap_or_else(|| seen.guess.clone());
                    if self.seen.try_set(Some(seen)).is_none() {
                        self.plan.set(Some(plan));
                    }
                }
                Err(Fault(error)) => self.fail(error),
            }
            if let Ok(list) = api::pipelines().await {
                self.pipelines.try_set(list);
            }
        });
    }

    /// The file as another kind of record, mapped afresh.
    pub fn take_as(self, kind: Kind) {
        self.read(|plan, unclear| {
            *unclear = false;
            plan.kind = kind;
            plan.map.clear();
            plan.replace.clear();
            plan.defaults.clear();
        });
    }

    /// Another sheet holds something else: kind and mapping are guessed anew.
    pub fn take_sheet(self, sheet: String) {
        self.read(|plan, unclear| {
            *unclear = true;
            plan.sheet = Some(sheet);
            plan.map.clear();
            plan.replace.clear();
            plan.defaults.clear();
        });
    }

    /// Reads the file in another way; what was chosen for columns of the same name stays.
    pub fn read_again(self, change: impl FnOnce(&mut ImportPlan)) {
        self.read(|plan, _| change(plan));
    }

    fn read(self, change: impl FnOnce(&mut ImportPlan, &mut bool)) {
        let Some(now) = self.plan.get_untracked() else { return };
        let begun = self.wanted.get_value();
        let mut wanted = begun.unwrap_or_else(|| Wanted { before: now.clone(), plan: now, unclear: self.unclear.get_untracked() });
        change(&mut wanted.plan, &mut wanted.unclear);
        self.wanted.set_value(Some(wanted.clone()));
        let Some(turn) = self.reading.try_update_value(|t| {
            *t += 1;
            *t
        }) else {
            return;
        };
        let Wanted { before, mut plan, unclear } = wanted;
        let mut reading = reading_of(&plan);
        if unclear {
            reading.kind = None;
        }
        self.busy.set(true);
        self.error.set(None);
        spawn_local(async move {
            let answer = api::inspect(self.upload, reading).await;
            if self.reading.try_get_value() != Some(turn) {
                return;
            }
            self.wanted.set_value(None);
            self.busy.set(false);
            match answer {
                Ok(seen) => {
                    let known: Vec<_> = plan.map.iter().filter(|m| seen.columns.iter().any(|c| c.name == m.column)).cloned().collect();
                    let rest = seen.guess.map.iter().filter(|g| !known.iter().any(|k| k.column == g.column)).cloned();
                    plan.map = known.iter().cloned().chain(rest).collect();
                    if unclear {
                        plan.kind = seen.guess.kind;
                        plan.map.clone_from(&seen.guess.map);
                    }
                    self.unclear.set(unclear && !seen.certain);
                    if known.is_empty() || unclear {
                        plan.match_field = seen.guess.match_field.clone();
                        plan.defaults = seen.guess.defaults.clone();
                        plan.date_order = seen.guess.date_order.clone();
                        plan.scale = seen.guess.scale;
                    }
                    self.seen.set(Some(seen));
                    // What was chosen while the file was read is not taken back.
                    self.change(move |now| {
                        plan.keep(&before, now);
                        *now = plan;
                    });
                }
                Err(Fault(error)) => {
                    self.fail(error);
                    // The fields say again how the file was read.
                    self.seen.update(|_| {});
                    self.unclear.update(|_| {});
                }
            }
        });
    }

    /// Every change of the plan makes the last dry run old.
    pub fn change(self, with: impl FnOnce(&mut ImportPlan)) {
        self.report.set(None);
        self.unknown.set(Vec::new());
        self.error.set(None);
        self.plan.update(|p| {
            if let Some(plan) = p {
                with(plan);
            }
        });
    }

    /// Decides about an unknown value and tries again.
    pub fn decide(self, replace: Replace) {
        self.plan.update(|p| {
            if let Some(plan) = p {
                plan.replace.retain(|r| r.field != replace.field || r.value != replace.value);
                plan.replace.push(replace);
            }
        });
        self.try_out();
    }

    pub fn try_out(self) {
        let Some(plan) = self.plan.get_untracked() else { return };
        let Some(turn) = self.turn.try_update_value(|t| {
            *t += 1;
            *t
        }) else {
            return;
        };
        self.busy.set(true);
        self.error.set(None);
        spawn_local(async move {
            let answer = api::dry_run(self.upload, plan).await;
            if self.turn.try_get_value() != Some(turn) {
                return;
            }
            self.busy.set(false);
            match answer {
                Ok(report) => {
                    self.unknown.update(|all| merge(all, &report.unknown));
                    self.report.set(Some(report));
                }
                Err(Fault(error)) => self.fail(error),
            }
        });
    }

    pub fn run(self) {
        let Some(plan) = self.plan.get_untracked() else { return };
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        self.error.set(None);
        spawn_local(async move {
            match api::start(self.upload, plan).await {
                Ok(report) => {
                    keep::over(self.upload);
                    self.go.run(format!("/import/{}", report.id));
                }
                Err(Fault(error)) => {
                    self.busy.try_set(false);
                    self.fail(error);
                }
            }
        });
    }

    /// Goes on with the next file; this one stays among those that wait.
    pub fn skip(self) {
        keep::over(self.upload);
        let next = keep::others(None).first().map_or_else(|| "/import".to_owned(), |t| format!("/import?upload={}", t.upload));
        self.go.run(next);
    }

    pub fn to(self, step: Step) {
        let tail = if step == Step::Check { "&step=check" } else { "" };
        self.error.set(None);
        self.go.run(format!("/import?upload={}{tail}", self.upload));
    }

    fn fail(self, error: Error) {
        if error == Error::Unauthenticated {
            return crate::shell::sign_in_again();
        }
        self.error.try_set(Some(error));
    }

    pub fn kind(self) -> Kind {
        self.plan.with(|p| p.as_ref().map_or(Kind::Company, |p| p.kind))
    }

    pub fn banner(self, retry: Option<Callback<()>>) -> AnyView {
        let shown = move || self.error.get().map(|e| problem_banner(self.kind(), &e, retry));
        view! { {shown} }.into_any()
    }
}

/// Uploads are kept for a day.
fn is_gone(error: &Error) -> bool {
    match error {
        Error::NotFound => true,
        Error::Invalid { fields } => fields.iter().any(|f| f.code == "upload_gone"),
        _ => false,
    }
}

fn reading_of(plan: &ImportPlan) -> Reading {
    Reading { sheet: plan.sheet.clone(), encoding: plan.encoding.clone(), delimiter: plan.delimiter.clone(), kind: Some(plan.kind) }
}

/// Adds what is new; what was known takes its newer figures.
fn merge(all: &mut Vec<Unknown>, new: &[Unknown]) {
    for u in new {
        match all.iter_mut().find(|k| k.field == u.field && k.value == u.value) {
            Some(known) => {
                let closest = known.closest.take().or_else(|| u.closest.clone());
                *known = Unknown { closest, ..u.clone() };
            }
            None => all.push(u.clone()),
        }
    }
}
