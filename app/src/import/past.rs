//! Past imports, newest first.

use domain::import::{ImportReport, ImportState};

use crate::prelude::*;

pub fn table(reports: Vec<ImportReport>) -> AnyView {
    let rows = reports.into_iter().map(row).collect_view();
    let heads = [
        ("import.file", false),
        ("import.kind", false),
        ("import.state", false),
        ("import.created", true),
        ("import.updated", true),
        ("import.duplicate", true),
        ("import.rejected", true),
        ("import.by", false),
        ("import.when", false),
    ];
    let head =
        heads.map(|(key, number)| view! { <th scope="col" class=if number { "num" } else { "" }>{capital(key)}</th> }).collect_view();
    view! {
        <div class="tablewrap">
            <table class="table cards"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>
        </div>
    }
    .into_any()
}

/// The words below figures are small; heads of columns begin like the others.
fn capital(key: &str) -> String {
    let text = tk(key);
    let mut letters = text.chars();
    letters.next().map(|c| c.to_uppercase().chain(letters).collect()).unwrap_or_default()
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
