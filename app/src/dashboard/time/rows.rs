//! The rows behind a figure: what, when, whose, for whom, how long; their sum is the figure.

use domain::time_report::{Entry, TimeRows};

use super::super::csv;
use super::address;
use super::desk::{Desk, decimal, length};
use crate::prelude::*;
use crate::records::value;

/// Nothing until a figure is followed.
pub fn rows(desk: Desk) -> AnyView {
    (move || {
        let key = desk.of.get()?;
        let (by, rows) = desk.data.with(|d| d.as_ref().and_then(|(report, rows)| Some((report.by, rows.clone()?))))?;
        let name = if key.is_empty() { tk("hours.all_rows") } else { desk.group(by, &key) };
        Some(shown(desk, name, rows))
    })
    .into_any()
}

fn shown(desk: Desk, name: String, rows: TimeRows) -> AnyView {
    let close = desk.query.with(|q| address::write(q, None));
    let lines = rows.items.iter().map(|e| line(desk, e)).collect_view();
    let more = rows
        .more
        .then(|| view! { <p class="muted">{t!("hours.more", n = fmt().number(count(&rows)), all = fmt().number(rows.count))}</p> });
    let label = name.clone();
    let (sum, number) = (length(rows.minutes), rows.count);
    let file = StoredValue::new(rows);
    view! {
        <section class="tile w12" id="rows" aria-label=label>
            <header>
                <h2 class="clip">{name}</h2>
                <span class="sub clip">{tn("hours.entries", number)}" · "<b>{sum.clone()}</b></span>
                <span class="grow"></span>
                <button
                    type="button"
                    class="btn quiet icon small"
                    aria-label=t("hours.csv_rows")
                    title=t("hours.csv_rows")
                    on:click=move |_| csv::download("hours-rows.csv", &untrack(|| file.with_value(|rows| plain(desk, rows))))
                >
                    <Icon name="export" size="s"/>
                </button>
                <a class="btn quiet icon small" href=close aria-label=t("action.close") title=t("action.close")><Icon name="x" size="s"/></a>
            </header>
            <div class="body">
                {more}
                <div class="tablewrap" tabindex="0" role="group" aria-label=t("hours.rows")>
                    <table class="table cards">
                        <thead>
                            <tr>
                                <th scope="col">{t("hours.day")}</th>
                                <th scope="col">{t("hours.what")}</th>
                                <th scope="col">{t("hours.by.kind")}</th>
                                <th scope="col">{t("hours.person")}</th>
                                <th scope="col">{t("kind.company")}</th>
                                <th scope="col" class="num">{t("hours.hours")}</th>
                            </tr>
                        </thead>
                        <tbody>{lines}</tbody>
                        <tfoot>
                            <tr><th scope="row" colspan="5">{t("hours.total")}</th><td class="num strong">{sum}</td></tr>
                        </tfoot>
                    </table>
                </div>
            </div>
        </section>
    }
    .into_any()
}

fn count(rows: &TimeRows) -> i64 {
    i64::try_from(rows.items.len()).unwrap_or(0)
}

fn name_of(entry: &Entry) -> String {
    match (entry.masked, entry.name.trim()) {
        (true, _) => tk("hours.private"),
        (false, "") => activity(entry),
        (false, name) => name.to_owned(),
    }
}

fn activity(entry: &Entry) -> String {
    if entry.masked { tk("hours.private") } else { tk(&format!("choice.type.{}", entry.activity.name())) }
}

fn line(desk: Desk, entry: &Entry) -> AnyView {
    let name = name_of(entry);
    let what = match value::page_of(entry.kind, entry.id).filter(|_| !entry.masked) {
        Some(href) => view! { <a href=href>{name}</a> }.into_any(),
        None => view! { <span class="muted">{name}</span> }.into_any(),
    };
    let company = entry.company.and_then(|id| {
        let (name, href) = (desk.name(id)?, value::page_of(Kind::Company, id)?);
        Some(view! { <a href=href>{name}</a> })
    });
    view! {
        <tr>
            <td class="nowrap">{fmt().date_weekday(&entry.day)}</td>
            <td data-label=t("hours.what")>{what}</td>
            <td data-label=t("hours.by.kind")>{activity(entry)}</td>
            <td data-label=t("hours.person")>{desk.name(entry.person)}</td>
            <td data-label=t("kind.company")>{company}</td>
            <td class="num" data-label=t("hours.hours")>{length(entry.minutes)}</td>
        </tr>
    }
    .into_any()
}

fn plain(desk: Desk, rows: &TimeRows) -> csv::Rows {
    let head = ["hours.day", "hours.what", "hours.by.kind", "hours.person", "kind.company", "hours.minutes", "hours.hours"].map(tk);
    let mut out = vec![head.to_vec()];
    for e in &rows.items {
        let company = e.company.and_then(|id| desk.name(id)).unwrap_or_default();
        let person = desk.name(e.person).unwrap_or_default();
        out.push(vec![e.day.clone(), name_of(e), activity(e), person, company, e.minutes.to_string(), decimal(e.minutes)]);
    }
    out
}
