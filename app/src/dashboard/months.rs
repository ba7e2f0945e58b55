//! Won and lost by month of closing.

use domain::dashboard::{Figure, MonthRow};
use domain::money::Currency;

use super::desk::{Desk, of};
use super::tile::{Cell, Line, Table, Tile, money_list};
use super::{address, csv};
use crate::prelude::*;
use crate::ui::chart::{Columns, Group, Legend, Mark, Series};

pub fn months(desk: Desk) -> AnyView {
    let data = desk.part(|d| d.months.clone());
    let rows = move || data.with(|d| d.clone().unwrap_or_default());
    let nothing = Signal::derive(move || data.with(|d| d.as_ref().is_none_or(Vec::is_empty)));
    let table = Signal::derive(move || Table {
        head: [
            (t("dash.month"), false),
            (t("dash.won"), true),
            (t("dash.won_count"), true),
            (t("dash.lost"), true),
            (t("dash.lost_count"), true),
        ]
        .map(|(text, n)| (text.to_owned(), n))
        .to_vec(),
        rows: rows().iter().rev().map(line).collect(),
    });
    // Lost deals often carry no amount: then only their number shows them.
    let by_number = RwSignal::new(false);
    let plan = Signal::derive(move || {
        let (currency, number) = (desk.currency.get(), by_number.get());
        (groups(&rows(), currency, number), if number { String::new() } else { currency.code().to_owned() })
    });
    let chart = move || {
        let series = vec![Series { name: tk("dash.won"), class: "s1" }, Series { name: tk("dash.lost"), class: "s5" }];
        view! {
            <div class="row">
                <Legend series=series.clone()/>
                <span class="grow"></span>
                <div class="seg small" role="group" aria-label=t("dash.measure")>
                    {measure(by_number, false, t("field.amount"))}{measure(by_number, true, t("dash.count"))}
                </div>
            </div>
            <Columns label=t("dash.by_month") series=series plan=plan axis=axis/>
        }
    };
    Tile {
        title: t("dash.by_month"),
        sub: Signal::derive(|| tk("dash.by_month_sub")),
        class: "w7",
        file: "won-and-lost-by-month",
        nothing,
        nothing_text: t("dash.nothing_closed"),
        csv: Callback::new(move |()| lines(&data.get_untracked().unwrap_or_default())),
        chart: chart.into(),
        table: Some(table),
    }
    .view()
}

fn measure(chosen: RwSignal<bool>, mine: bool, text: &'static str) -> AnyView {
    let pressed = move || if chosen.get() == mine { "true" } else { "false" };
    view! { <button type="button" aria-pressed=pressed on:click=move |_| chosen.set(mine)>{text}</button> }.into_any()
}

/// Without a currency it is a number.
fn axis(minor: i64, code: &str) -> String {
    if code.is_empty() {
        return fmt().short(minor);
    }
    fmt().money_short(Money::new(minor, Currency::parse(code).unwrap_or(Currency::USD)))
}

fn groups(rows: &[MonthRow], currency: Currency, number: bool) -> Vec<Group> {
    let mark = |f: &Figure| {
        let sum = of(&f.sum, currency);
        let value = if number { f.count } else { sum.minor };
        Mark { value, text: fmt().money_round(sum), note: tn("dash.deals", f.count), href: address::deals(&f.filter) }
    };
    rows.iter()
        .enumerate()
        .map(|(i, row)| {
            let (year, month) = row.month.split_once('-').unwrap_or((&row.month, "1"));
            let month: u32 = month.parse().unwrap_or(1);
            Group {
                label: fmt().month_short(month).to_owned(),
                sub: if month == 1 || i == 0 && rows.len() <= 26 { year.to_owned() } else { String::new() },
                title: fmt().month(&row.month),
                marks: vec![mark(&row.won), mark(&row.lost)],
            }
        })
        .collect()
}

fn line(row: &MonthRow) -> Line {
    let sum = |f: &Figure| if f.count > 0 { Cell::link(money_list(&f.sum), address::deals(&f.filter)) } else { Cell::plain("–") };
    Line {
        cells: vec![
            Cell::plain(fmt().month(&row.month)),
            sum(&row.won),
            Cell::plain(fmt().number(row.won.count)),
            sum(&row.lost),
            Cell::plain(fmt().number(row.lost.count)),
        ],
    }
}

fn lines(rows: &[MonthRow]) -> Vec<Vec<String>> {
    let mut out =
        vec![[t("dash.month"), t("field.status"), t("dash.count"), t("field.amount"), t("field.currency")].map(str::to_owned).to_vec()];
    for row in rows {
        for (word, f) in [(choice_label("status", "won"), &row.won), (choice_label("status", "lost"), &row.lost)] {
            for [count, amount, code] in csv::amounts(f.count, &f.sum) {
                out.push(vec![row.month.clone(), word.clone(), count, amount, code]);
            }
        }
    }
    out
}
