//! A running import, or what it did. The figures come anew twice a second while it runs.

use std::time::Duration;

use domain::import::{ImportReport, ImportState, Kept, KeptBecause};
use leptos::task::spawn_local;

use super::keep::{self, Turn};
use super::{Step, api, check, list_of, stepper};
use crate::prelude::*;

const BEAT: Duration = Duration::from_millis(500);

pub fn page(id: Id) -> AnyView {
    let first = Resource::new(|| (), move |()| api::report(id));
    view! {
        <Suspense fallback=move || view! { <TopBar title=t("nav.import")/><div class="page"><Skeleton rows=6/></div> }>
            {move || {
                first
                    .get()
                    .map(|answer| match answer {
                        Ok(report) => untrack(|| shown(report)),
                        Err(Fault(error)) => {
                            if error == Error::Unauthenticated {
                                crate::shell::sign_in_again();
                            }
                            view! {
                                <TopBar title=t("nav.import")/>
                                <ErrorState error=error retry=Callback::new(move |()| first.refetch())/>
                            }
                            .into_any()
                        }
                    })
            }}
        </Suspense>
    }
    .into_any()
}

#[derive(Clone, Copy)]
struct Desk {
    report: RwSignal<ImportReport>,
    error: RwSignal<Option<Error>>,
    busy: RwSignal<bool>,
}

fn moving(state: ImportState) -> bool {
    matches!(state, ImportState::Planned | ImportState::Running | ImportState::Undoing)
}

impl Desk {
    /// Asks again until it stands still; a server out of reach is asked on.
    fn follow(self) {
        Effect::new(move |_| self.beat());
    }

    fn beat(self) {
        if !self.report.try_with_untracked(|r| moving(r.state)).unwrap_or(false) {
            return;
        }
        set_timeout(
            move || {
                let Some(id) = self.report.try_with_untracked(|r| r.id) else { return };
                spawn_local(async move {
                    match api::report(id).await {
                        Ok(report) => {
                            self.error.try_set(None);
                            self.report.try_set(report);
                        }
                        Err(Fault(Error::Unauthenticated)) => crate::shell::signed_out(crate::shell::Ask::Nothing),
                        Err(Fault(error)) => {
                            self.error.try_set(Some(error));
                        }
                    }
                    self.beat();
                });
            },
            BEAT,
        );
    }

    fn undo(self) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        let id = self.report.with_untracked(|r| r.id);
        spawn_local(async move {
            let answer = api::undo(id).await;
            if self.busy.try_set(false).is_some() {
                return;
            }
            match answer {
                Ok(report) => {
                    self.error.set(None);
                    self.report.set(report);
                    self.beat();
                }
                Err(Fault(error)) => self.error.set(Some(error)),
            }
        });
    }
}

/// Of which no table can be made.
fn is_calendar(file_name: &str) -> bool {
    file_name.rsplit_once('.').is_some_and(|(_, end)| end.eq_ignore_ascii_case("ics"))
}

fn shown(report: ImportReport) -> AnyView {
    let kind = report.kind;
    let desk = Desk { report: RwSignal::new(report), error: RwSignal::new(None), busy: RwSignal::new(false) };
    desk.follow();
    let waiting = RwSignal::new(Vec::<Turn>::new());
    Effect::new(move |_| waiting.set(keep::others(None)));
    let title = desk.report.with_untracked(|r| r.file_name.clone());
    let state = Memo::new(move |_| desk.report.with(|r| r.state));
    let about = RwSignal::new(None::<String>);
    let body = move || if moving(state.get()) { running(desk) } else { result(desk, kind, waiting, about) };
    let rejected = Memo::new(move |_| desk.report.with(|r| if moving(r.state) { None } else { Some(r.clone()) }));
    let clashing = move || rejected.with(|r| r.as_ref().and_then(check::clashes));
    let rows = move || {
        rejected.get().and_then(|r| {
            // Lines of a calendar cannot be mended in a table.
            let file = (r.rejected > 0 && !is_calendar(&r.file_name)).then(|| format!("/api/v1/imports/{}/rejected.csv", r.id));
            check::rejects(kind, &r, file)
        })
    };
    let on_close = Callback::new(move |sure: bool| {
        about.set(None);
        if sure {
            desk.undo();
        }
    });
    view! {
        <TopBar title=title trail=vec![("/import".to_owned(), tk("nav.import"))]/>
        <div class="page">
            {stepper(Signal::derive(|| Step::Run), None)}
            {super::round(None)}
            {move || desk.error.get().map(|e| super::problem_banner(kind, &e, None))}
            {body}
            {clashing}
            {rows}
            <Confirm about=Signal::derive(move || about.get()) action=t("import.undo") on_close=on_close/>
        </div>
    }
    .into_any()
}

fn running(desk: Desk) -> AnyView {
    let undoing = desk.report.with_untracked(|r| r.state == ImportState::Undoing);
    let label = if undoing { t("import.undoing") } else { t("import.running") };
    let done = Signal::derive(move || desk.report.with(|r| r.progress));
    let of = Signal::derive(move || {
        desk.report.with(|r| if r.state == ImportState::Undoing { r.created + r.updated + r.side_created + r.side_updated } else { r.rows })
    });
    let line = move || {
        let (n, of) = (fmt().number(done.get().min(of.get())), fmt().number(of.get()));
        if undoing { t!("import.undoing_progress", n = n, of = of) } else { t!("import.progress", n = n, of = of) }
    };
    let figures = move || desk.report.with(|r| check::counts(r, false));
    view! {
        <div class="running">
            <b>{label}</b>
            <span class="num">{line}</span>
            <ProgressBar done=done of=of label=label/>
        </div>
        {figures}
        <p class="muted">{if undoing { t("import.undoing_hint") } else { t("import.running_hint") }}</p>
    }
    .into_any()
}

/// A failed import may have brought much; what it brought, and whether the file may be sent again.
fn how_far(kind: Kind, r: &ImportReport) -> String {
    if r.created + r.updated + r.side_created + r.side_updated == 0 {
        return String::new();
    }
    let far = t!("import.how_far", n = fmt().number(r.progress), of = fmt().number(r.rows));
    let again = if r.match_field.is_empty() {
        tk("import.again_doubled")
    } else {
        t!("import.again_found", field = field_label(kind, &r.match_field))
    };
    [far, again].join(" ")
}

fn result(desk: Desk, kind: Kind, waiting: RwSignal<Vec<Turn>>, about: RwSignal<Option<String>>) -> AnyView {
    let r = desk.report.get_untracked();
    let taken = r.created + r.updated;
    let (tone, icon, title, text) = match r.state {
        ImportState::Failed if r.failure.as_deref() == Some("import.undo_stopped") => {
            ("bad", "warn", tk("import.undo_failed"), tk("import.undo_stopped"))
        }
        ImportState::Failed => {
            let why = r.failure.as_deref().map(tk).unwrap_or_default();
            ("bad", "warn", tk("import.failed"), [why, how_far(kind, &r)].join(" "))
        }
        ImportState::Undone if r.kept_count > 0 => ("warn", "undo", tk("import.undone"), tn("import.undone_but", r.kept_count)),
        ImportState::Undone => ("", "undo", tk("import.undone"), tk("import.undone_text")),
        _ if r.rejected > 0 => ("warn", "warn", tn("import.done", taken), tn("import.some_rejected", r.rejected)),
        _ => ("good", "check", tn("import.done", taken), tk("import.all_taken")),
    };
    let question = t!("import.undo_sure", file = r.file_name);
    let undo = r.can_undo.then(|| {
        view! {
            <Button look="danger-quiet" icon="undo" busy=desk.busy on_click=Callback::new(move |_| about.set(Some(question.clone())))>
                {t("import.undo")}
            </Button>
        }
    });
    let list = (r.state == ImportState::Done && taken > 0)
        .then(|| view! { <a class="btn primary" href=list_of(kind)>{t!("import.show", kind = kind_plural(kind))}</a> });
    let next = move || match waiting.get().into_iter().next() {
        Some(w) => {
            view! { <a class="btn" href=format!("/import?upload={}", w.upload)>{t!("import.next_file", name = w.name)}</a> }.into_any()
        }
        None => view! { <a class="btn" href="/import">{t("import.another")}</a> }.into_any(),
    };
    let by = r.by.clone();
    let at = r.started_at.clone();
    view! {
        <div class=format!("result {tone}") role="status">
            <Icon name=icon/>
            <h2>{title}</h2>
            <p>{text}</p>
            <p class="faint">{kind_plural(kind)}" · "{tn("import.rows", r.rows)}" · "{by}" · "<When at=at/></p>
            {check::counts(&r, false)}
            <div class="row wrap">{list}{next}{undo}</div>
        </div>
        {check::short_rows(&r)}
        {kept(&r)}
    }
    .into_any()
}

/// What taking the import back left as it was, and why.
fn kept(r: &ImportReport) -> Option<AnyView> {
    if r.kept.is_empty() {
        return None;
    }
    let row = |k: &Kept| {
        // People, teams and pipelines have no pages.
        let name = if matches!(k.kind, Kind::User | Kind::Team | Kind::Pipeline) {
            k.name.clone().into_any()
        } else {
            view! { <a href=format!("/{}/{}", k.kind.plural(), k.id)>{k.name.clone()}</a> }.into_any()
        };
        let why = match k.why {
            KeptBecause::Edited => "import.kept_edited",
            KeptBecause::Used => "import.kept_used",
            KeptBecause::Needed => "import.kept_needed",
            KeptBecause::Refused => "import.kept_refused",
        };
        view! {
            <tr>
                <td data-label=t("import.kept")>{name}</td>
                <td data-label=t("import.reason")>{t(why)}</td>
            </tr>
        }
    };
    let rows = r.kept.iter().map(row).collect_view();
    let shown = i64::try_from(r.kept.len()).unwrap_or(i64::MAX);
    let more = (r.kept_count > shown)
        .then(|| view! { <p class="muted">{t!("import.first_rejects", n = fmt().number(shown), of = fmt().number(r.kept_count))}</p> });
    Some(
        view! {
            <h2>{t("import.kept")}</h2>
            {more}
            {cards(&[("import.kept", ""), ("import.reason", "")], rows.into_any())}
        }
        .into_any(),
    )
}
