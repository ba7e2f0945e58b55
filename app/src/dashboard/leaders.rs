//! Who won most, and with what.

use domain::dashboard::{Dashboard, TopRow};

use super::desk::{Desk, of};
use super::tile::Tile;
use super::{address, csv};
use crate::prelude::*;
use crate::ui::chart::share;

type Named = (String, TopRow);

pub fn owners(desk: Desk) -> AnyView {
    leaders(desk, t("dash.top_owners"), t("field.owner"), "w4", "top-owners", true, |d| named(d, &d.owners))
}

pub fn products(desk: Desk) -> AnyView {
    leaders(desk, t("dash.top_products"), t("kind.product"), "w4", "top-products", false, |d| named(d, &d.products))
}

fn named(d: &Dashboard, rows: &[TopRow]) -> Vec<Named> {
    let name = |r: &TopRow| r.id.and_then(|id| d.labels.get(&id)).map_or_else(|| tk("dash.nobody"), |l| l.name.clone());
    rows.iter().map(|r| (name(r), r.clone())).collect()
}

fn leaders(
    desk: Desk,
    title: &'static str,
    first: &'static str,
    class: &'static str,
    file: &'static str,
    people: bool,
    of_data: fn(&Dashboard) -> Vec<Named>,
) -> AnyView {
    let data = desk.part(of_data);
    let rows = move || data.with(|d| d.clone().unwrap_or_default());
    let me = use_me().id;
    let table = move || {
        let currency = desk.currency.get();
        let mut rows = rows();
        // Currencies are not compared with each other: the chosen one decides the order.
        rows.sort_by_key(|(_, r)| std::cmp::Reverse((of(&r.won.sum, currency).minor, r.won.count)));
        let highest = rows.iter().map(|(_, r)| of(&r.won.sum, currency).minor).max().unwrap_or(0);
        let lines = rows
            .into_iter()
            .enumerate()
            .map(|(i, (name, row))| {
                let sum = of(&row.won.sum, currency);
                let width = format!("width:{}%", share(sum.minor, highest, 100));
                let others: Vec<String> = row.won.sum.iter().filter(|m| m.currency != currency).map(|m| fmt().money(*m)).collect();
                let rate = row.win_rate.map(|r| fmt().percent(r)).unwrap_or_default();
                let hint = [vec![tn("dash.deals", row.won.count), t!("dash.rate", rate = rate)], others].concat().join(" · ");
                let mine = people && row.id == Some(me);
                let face = if people { view! { <Avatar name=name.clone() beside=true/> }.into_any() } else { ().into_any() };
                view! {
                    <tr class:me=mine>
                        <td class="rank">{i + 1}</td>
                        <td>
                            <a class="person" href=address::deals(&row.won.filter) title=hint>
                                {face}
                                <span class="clip">{name}</span>
                            </a>
                        </td>
                        <td class="of"><span class="meter"><i style=width></i></span></td>
                        <td class="num strong">{fmt().money_round(sum)}</td>
                    </tr>
                }
            })
            .collect_view();
        view! {
            <table class="table lead">
                <thead>
                    <tr>
                        <th scope="col" class="rank"><span class="sr">{t("dash.rank")}</span></th>
                        <th scope="col">{first}</th>
                        <th scope="col"><span class="sr">{t("dash.share")}</span></th>
                        <th scope="col" class="num">{t("dash.won")}</th>
                    </tr>
                </thead>
                <tbody>{lines}</tbody>
            </table>
        }
    };
    Tile {
        title,
        sub: Signal::derive(move || desk.query.with(|q| address_period(&q.period))),
        class,
        file,
        nothing: Signal::derive(move || data.with(|d| d.as_ref().is_none_or(Vec::is_empty))),
        nothing_text: t("dash.nothing_won"),
        csv: Callback::new(move |()| lines(first, &data.get_untracked().unwrap_or_default())),
        chart: (move || view! { {table} }).into(),
        table: None,
    }
    .view()
}

fn address_period(period: &str) -> String {
    address::period_name(period)
}

fn lines(first: &str, rows: &[Named]) -> Vec<Vec<String>> {
    let rate = format!("{} %", t("dash.win_rate"));
    let mut out = vec![[first, t("dash.count"), t("dash.won"), t("field.currency"), &rate].map(str::to_owned).to_vec()];
    for (name, row) in rows {
        let rate = row.win_rate.map(|r| format!("{}.{}", r / 10, r % 10)).unwrap_or_default();
        for [count, amount, code] in csv::amounts(row.won.count, &row.won.sum) {
            out.push(vec![name.clone(), count, amount, code, rate.clone()]);
        }
    }
    out
}
