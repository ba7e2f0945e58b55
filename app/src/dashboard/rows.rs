//! Lying bars: the pipeline by stage, and what is to come by month.

use std::collections::BTreeSet;

use domain::dashboard::{ForecastRow, StageRow};
use domain::deals::Totals;
use domain::money::Currency;
use domain::record::Labels;

use super::desk::{Desk, of};
use super::tile::{Cell, Line, Table, Tile, money_list};
use super::{address, csv};
use crate::prelude::*;
use crate::ui::chart::{Legend, Lying, LyingBars, Series};

pub fn stages(desk: Desk) -> AnyView {
    let data = desk.part(|d| {
        let names: Labels = d.labels.iter().filter(|(_, l)| l.kind == Kind::Pipeline).map(|(i, l)| (*i, l.clone())).collect();
        (d.stages.clone(), names)
    });
    let named = Memo::new(move |_| data.with(|d| d.as_ref().map(|(rows, names)| stage_names(rows, names)).unwrap_or_default()));
    let nothing = Signal::derive(move || named.with(|r| r.iter().all(|(_, row)| row.totals.count == 0)));
    let bars = Memo::new(move |_| {
        let currency = desk.currency.get();
        named.with(|rows| {
            let bar = |(pipeline, row): &(Option<String>, StageRow)| {
                let mut bar = lying(format!("{}/{}", row.pipeline, row.stage), &row.name, &row.totals, &row.filter, currency);
                if let Some(pipeline) = pipeline {
                    bar.note = format!("{pipeline} · {}", bar.note);
                }
                (bar, row.totals.clone())
            };
            drawn(rows.iter().map(bar).collect())
        })
    });
    let table = Signal::derive(move || {
        let rows = named.with(|rows| rows.iter().map(full_name).collect::<Vec<_>>());
        figures(t("field.stage"), rows.iter().map(|(n, r)| (n.as_str(), &r.totals, r.filter.as_str())))
    });
    let file = Callback::new(move |()| {
        let rows = named.with_untracked(|rows| rows.iter().map(full_name).collect::<Vec<_>>());
        lines(t("field.stage"), rows.iter().map(|(n, r)| (n.as_str(), &r.totals)))
    });
    Tile {
        title: t("dash.by_stage"),
        sub: Signal::derive(|| tk("dash.open_deals")),
        class: "w5",
        file: "pipeline-by-stage",
        nothing,
        nothing_text: t("dash.nothing_open"),
        csv: file,
        chart: chart(apart(bars)),
        table: Some(table),
    }
    .view()
}

/// With several pipelines a stage says whose it is; pipelines without deals stay away then.
fn stage_names(rows: &[StageRow], names: &Labels) -> Vec<(Option<String>, StageRow)> {
    let used: BTreeSet<Id> = rows.iter().filter(|r| r.totals.count > 0).map(|r| r.pipeline).collect();
    let several = used.len() > 1;
    rows.iter()
        .filter(|r| used.is_empty() || used.contains(&r.pipeline))
        .map(|r| (names.get(&r.pipeline).filter(|_| several).map(|p| p.name.clone()), r.clone()))
        .collect()
}

fn full_name((pipeline, row): &(Option<String>, StageRow)) -> (String, StageRow) {
    (pipeline.as_ref().map_or_else(|| row.name.clone(), |p| format!("{p} · {}", row.name)), row.clone())
}

pub fn forecast(desk: Desk) -> AnyView {
    let data = desk.part(|d| d.forecast.clone());
    let rows = move || data.with(|d| d.clone().unwrap_or_default());
    let nothing = Signal::derive(move || data.with(|d| d.as_ref().is_none_or(Vec::is_empty)));
    let bars = Memo::new(move |_| {
        let currency = desk.currency.get();
        let bar = |row: &ForecastRow| (lying(row.month.clone(), &month_name(row), &row.totals, &row.filter, currency), row.totals.clone());
        drawn(rows().iter().map(bar).collect())
    });
    let named = move || rows().into_iter().map(|r| (month_name(&r), r)).collect::<Vec<_>>();
    let table = Signal::derive(move || figures(t("dash.month"), named().iter().map(|(n, r)| (n.as_str(), &r.totals, r.filter.as_str()))));
    let file = Callback::new(move |()| {
        let rows = data.get_untracked().unwrap_or_default();
        let named: Vec<(String, ForecastRow)> = rows.into_iter().map(|r| (plain_month(&r), r)).collect();
        lines(t("dash.month"), named.iter().map(|(n, r)| (n.as_str(), &r.totals)))
    });
    Tile {
        title: t("dash.forecast"),
        sub: Signal::derive(|| tk("dash.forecast_sub")),
        class: "w4",
        file: "forecast-by-month",
        nothing,
        nothing_text: t("dash.nothing_open"),
        csv: file,
        chart: chart(apart(bars)),
        table: Some(table),
    }
    .view()
}

fn month_name(row: &ForecastRow) -> String {
    match row.month.as_str() {
        "" => tk("dash.overdue"),
        "none" => tk("dash.no_date"),
        "later" => tk("dash.later"),
        month => fmt().month(month),
    }
}

/// Months as programs read them.
fn plain_month(row: &ForecastRow) -> String {
    match row.month.as_str() {
        "" | "none" | "later" => month_name(row),
        month => month.to_owned(),
    }
}

fn chart((bars, counted): (Signal<Vec<Lying>>, Signal<bool>)) -> ViewFn {
    let series = move || match counted.get() {
        true => vec![Series { name: tk("dash.count"), class: "r4" }],
        false => vec![Series { name: tk("dash.weighted"), class: "s1" }, Series { name: tk("dash.total"), class: "r4" }],
    };
    (move || {
        view! {
            {move || view! { <Legend series=series()/> }}
            <LyingBars rows=bars/>
        }
    })
    .into()
}

fn apart(both: Memo<(Vec<Lying>, bool)>) -> (Signal<Vec<Lying>>, Signal<bool>) {
    (Signal::derive(move || both.with(|b| b.0.clone())), Signal::derive(move || both.with(|b| b.1)))
}

/// The bars, and whether they count deals: where none has an amount, amounts would draw nothing.
fn drawn(bars: Vec<(Lying, Totals)>) -> (Vec<Lying>, bool) {
    let counted = bars.iter().all(|(_, t)| t.sum.iter().all(|m| m.minor == 0));
    let by_count = |(bar, totals): (Lying, Totals)| {
        let (text, note) = (fmt().number(totals.count), bar.text.clone());
        Lying { value: totals.count, part: 0, text, note, ..bar }
    };
    let bars = bars.into_iter().map(|(bar, totals)| if counted { by_count((bar, totals)) } else { bar }).collect();
    (bars, counted)
}

fn lying(key: String, name: &str, totals: &Totals, filter: &str, currency: Currency) -> Lying {
    let (sum, weighted) = (of(&totals.sum, currency), of(&totals.weighted, currency));
    Lying {
        key,
        name: name.to_owned(),
        note: tn("dash.deals", totals.count),
        value: sum.minor,
        part: weighted.minor,
        text: fmt().money_round(sum),
        part_text: t!("dash.weighted_of", amount = fmt().money_round(weighted)),
        href: address::deals(filter),
    }
}

fn figures<'a>(first: &str, rows: impl Iterator<Item = (&'a str, &'a Totals, &'a str)>) -> Table {
    let head = [(first, false), (t("dash.count"), true), (t("dash.total"), true), (t("dash.weighted"), true)];
    let line = |(name, totals, filter): (&str, &Totals, &str)| Line {
        cells: vec![
            Cell::link(name, address::deals(filter)),
            Cell::plain(fmt().number(totals.count)),
            Cell::plain(money_list(&totals.sum)),
            Cell::plain(money_list(&totals.weighted)),
        ],
    };
    Table { head: head.map(|(text, n)| (text.to_owned(), n)).to_vec(), rows: rows.map(line).collect() }
}

fn lines<'a>(first: &str, rows: impl Iterator<Item = (&'a str, &'a Totals)>) -> Vec<Vec<String>> {
    let mut out = vec![[first, t("dash.count"), t("dash.total"), t("dash.weighted"), t("field.currency")].map(str::to_owned).to_vec()];
    for (name, totals) in rows {
        for [count, amount, code] in csv::amounts(totals.count, &totals.sum) {
            let weighted = totals.weighted.iter().find(|m| m.currency.code() == code).map_or("0".to_owned(), Money::amount);
            out.push(vec![name.to_owned(), count, amount, weighted, code]);
        }
    }
    out
}
