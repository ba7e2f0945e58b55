//! Past imports, newest first.

use domain::import::{ImportReport, ImportState};

use crate::prelude::*;
use crate::ui::capital;

pub fn table(reports: Vec<ImportReport>) -> AnyView {
    let rows = reports.into_iter().map(row).collect_view();
    let heads = [
        ("import.file", ""),
        ("import.kind", ""),
        ("import.state", ""),
        ("import.created", "num"),
        ("import.updated", "num"),
        ("import.duplicate", "num"),
        ("import.rejected", "num"),
        ("import.by", ""),
        ("import.when", ""),
    ];
    cards(&heads, rows.into_any())
}

fn row(r: ImportReport) -> AnyView {
    let figure = |key: &'static str, n: i64| view! { <td class="num" data-label=capital(key)>{fmt().number(n)}</td> };
    view! {
        <tr class:dim=r.state == ImportState::Undone>
            <td data-label=t("import.file")><a href=format!("/import/{}", r.id)>{r.file_name.clone()}</a></td>
            <td data-label=t("import.kind")>{kind_plural(r.kind)}</td>
            <td data-label=t("import.state")>{state(r.state)}</td>
            {figure("import.created", r.created)}
            {figure("import.updated", r.updated)}
            {figure("import.duplicate", r.duplicate)}
            {figure("import.rejected", r.rejected)}
            <td data-label=t("import.by")>{r.by.clone()}</td>
            <td data-label=t("import.when")><When at=r.started_at.clone()/></td>
        </tr>
    }
    .into_any()
}

pub fn state(state: ImportState) -> AnyView {
    let (key, tone) = match state {
        ImportState::Planned => ("import.state.planned", ""),
        ImportState::Running => ("import.state.running", "info"),
        ImportState::Done => ("import.state.done", "good"),
        ImportState::Failed => ("import.state.failed", "bad"),
        ImportState::Undoing => ("import.state.undoing", "info"),
        ImportState::Undone => ("import.state.undone", ""),
    };
    view! { <Tag text=tk(key) tone=tone/> }.into_any()
}
