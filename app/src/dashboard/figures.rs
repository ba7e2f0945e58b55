//! The row of single figures.

use domain::dashboard::{Dashboard, Figure};
use domain::filter::{Cond, Op};
use domain::money::Currency;

use super::address;
use super::desk::{Desk, of};
use crate::prelude::*;

#[derive(Clone, Debug, PartialEq)]
struct One {
    value: String,
    note: String,
    href: String,
}

/// A tile's title and what it reads from the answer.
type Tile = (&'static str, fn(&Dashboard, Currency) -> One);

pub fn figures(desk: Desk) -> AnyView {
    let all: [Tile; 6] = [
        (t("dash.won"), |d, c| money(&d.won.sum, &d.won, c)),
        (t("dash.open"), |d, c| money(&d.open.sum, &d.open, c)),
        (t("dash.weighted"), |d, c| money(&d.weighted, &d.open, c)),
        (t("dash.win_rate"), |d, _| win_rate(d)),
        (t("dash.cycle"), |d, _| cycle(d)),
        (t("dash.lost"), |d, c| money(&d.lost.sum, &d.lost, c)),
    ];
    all.into_iter().map(|(title, of)| one(desk, title, of)).collect_view().into_any()
}

fn one(desk: Desk, title: &'static str, figure: fn(&Dashboard, Currency) -> One) -> AnyView {
    let shown = Memo::new(move |_| {
        let currency = desk.currency.get();
        desk.data.with(|d| d.as_ref().map(|d| figure(d, currency)))
    });
    let part = move |get: fn(&One) -> &String| shown.with(|s| s.as_ref().map(get).cloned().unwrap_or_default());
    view! {
        <section class="tile kpi">
            <h2>{title}</h2>
            <a
                class="v"
                href=move || part(|o| &o.href)
                aria-label=move || format!("{title}: {}, {}", part(|o| &o.value), part(|o| &o.note))
            >
                {move || part(|o| &o.value)}
            </a>
            <div class="d"><span class="clip" title=move || part(|o| &o.note)>{move || part(|o| &o.note)}</span></div>
        </section>
    }
    .into_any()
}

fn money(sum: &[Money], figure: &Figure, currency: Currency) -> One {
    // Other currencies stand beside, never added.
    let others = sum.iter().filter(|m| m.currency != currency).map(|m| fmt().money_short(*m));
    let note = others.chain([tn("dash.deals", figure.count)]).collect::<Vec<_>>().join(" · ");
    One { value: fmt().money_round(of(sum, currency)), note, href: address::deals(&figure.filter) }
}

fn win_rate(d: &Dashboard) -> One {
    let closed = d.won.count + d.lost.count;
    One {
        value: d.win_rate.map_or_else(|| "–".to_owned(), |r| fmt().percent(r)),
        note: t!("dash.of_closed", won = fmt().number(d.won.count), closed = fmt().number(closed)),
        href: address::deals(&either(&d.won.filter)),
    }
}

fn cycle(d: &Dashboard) -> One {
    One {
        value: d.cycle.map_or_else(|| "–".to_owned(), |c| t!("dash.days", n = fmt().tenths(c))),
        note: tk("dash.cycle_note"),
        href: address::deals(&d.won.filter),
    }
}

/// The filter of won deals, widened to all closed ones.
fn either(won: &str) -> String {
    let Ok(filter) = Filter::parse(Kind::Deal, won) else { return won.to_owned() };
    let widen = |f: Filter| match f {
        Filter::Is(Cond { field, op: Op::Eq, .. }) if field == "status" => Filter::any_of("status", ["won".to_owned(), "lost".to_owned()]),
        other => other,
    };
    match filter {
        Filter::All(parts) => Filter::All(parts.into_iter().map(widen).collect()),
        one => widen(one),
    }
    .to_string()
}

/// All figures as a table, for the file.
pub fn rows(d: &Dashboard) -> Vec<Vec<String>> {
    let mut out = vec![[t("dash.figure"), t("dash.value"), t("field.currency"), t("dash.count")].map(str::to_owned).to_vec()];
    let mut sums = |title: &str, sum: &[Money], count: i64| {
        for m in sum {
            out.push(vec![title.to_owned(), m.amount(), m.currency.code().to_owned(), count.to_string()]);
        }
        if sum.is_empty() {
            out.push(vec![title.to_owned(), "0".to_owned(), String::new(), count.to_string()]);
        }
    };
    sums(t("dash.won"), &d.won.sum, d.won.count);
    sums(t("dash.open"), &d.open.sum, d.open.count);
    sums(t("dash.weighted"), &d.weighted, d.open.count);
    sums(t("dash.lost"), &d.lost.sum, d.lost.count);
    let tenth = |v: Option<i64>| v.map(|v| format!("{}.{}", v / 10, v % 10)).unwrap_or_default();
    out.push(vec![format!("{} %", t("dash.win_rate")), tenth(d.win_rate), String::new(), (d.won.count + d.lost.count).to_string()]);
    out.push(vec![t!("dash.in_days", name = t("dash.cycle")), tenth(d.cycle), String::new(), d.won.count.to_string()]);
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_rate_leads_to_all_closed_deals() {
        assert_eq!(super::either("closed_at >= 2017-01-01 and status = won"), "closed_at >= 2017-01-01 and status = won,lost");
    }
}
