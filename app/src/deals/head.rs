//! Heads of columns (name, count, sums over all deals, mean age) and the strips for won and lost.

use std::sync::Arc;

use domain::Money;
use domain::deals::Totals;
use domain::pipelines::{Stage, StageKind};

use super::desk::Desk;
use super::{bar, motion};
use crate::prelude::*;
use crate::rooms::Tool;
use crate::shell::{Shell, use_shell};

/// Every currency for itself.
pub fn sums(all: &[Money]) -> String {
    let parts: Vec<String> = all.iter().filter(|m| m.minor != 0).map(|m| fmt().money_round(*m)).collect();
    match (parts.is_empty(), all.first()) {
        (true, Some(zero)) => fmt().money_round(*zero),
        _ => parts.join(" · "),
    }
}

pub fn exact(all: &[Money]) -> String {
    all.iter().map(|m| fmt().money(*m)).collect::<Vec<_>>().join(" · ")
}

/// Sums of a stage without deals still name its currency.
pub fn sums_or_zero(all: &[Money], currency: &str) -> String {
    match domain::money::Currency::parse(currency) {
        Some(c) if all.is_empty() => fmt().money_round(Money::new(0, c)),
        _ => sums(all),
    }
}

/// What the carried cards are worth.
pub fn in_hand(desk: Desk) -> Vec<Money> {
    let mut out = Vec::new();
    desk.carry.with(|c| {
        for id in c.iter().flat_map(|c| &c.ids) {
            if let Some(amount) = desk.card(*id).and_then(|c| c.amount) {
                super::model::add(&mut out, amount);
            }
        }
    });
    out
}

/// Does what is carried come from elsewhere?
fn gains(desk: Desk, key: StoredValue<String>) -> bool {
    desk.carry.with(|c| c.as_ref().is_some_and(|c| key.with_value(|k| desk.seen.with(|s| s.index(k)) != Some(c.from.0))))
}

pub fn head(desk: Desk, key: StoredValue<String>, stage: Memo<Option<Arc<Stage>>>, target: Memo<bool>) -> AnyView {
    let totals = Memo::new(move |_| desk.seen.with(|s| key.with_value(|k| s.lane(k).map(|l| l.totals.clone())).unwrap_or_default()));
    let age = Memo::new(move |_| {
        let now = desk.clock.get().now;
        desk.seen.with(|s| key.with_value(|k| s.lane(k).and_then(|l| l.age(now))))
    });
    let next = Memo::new(move |_| {
        desk.seen.with(|s| {
            let at = key.with_value(|k| s.index(k))?;
            s.0.get(at + 1).map(|l| (l.stage.id.clone(), l.stage.name.clone(), l.is_open()))
        })
    });
    let folded = Memo::new(move |_| desk.folded.with(|f| key.with_value(|k| f.contains(k))));
    let name = move || stage.get().map(|s| s.name.clone()).unwrap_or_default();
    let currency = move || desk.pipeline.with(|p| p.currency.clone());
    let shell = use_shell();
    let may_add = use_me().who().may_some(domain::rights::Act::Create, Kind::Deal);
    view! {
        <header>
            <div class="row">
                {move || folded.get().then(|| view! {
                    <button type="button" class="btn quiet icon small unfold" aria-label=t!("board.unfold", name = name()) title=t!("board.unfold", name = name()) on:click=move |_| bar::fold(desk, &key.get_value(), false)>
                        <Icon name="right" size="s"/>
                    </button>
                })}
                <h2 class="clip" title=name>{name}</h2>
                <span class="cnt num" title=move || tn("board.count", totals.get().count)>{move || fmt().number(totals.get().count)}</span>
                <span class="grow"></span>
                // Won and lost are no columns on a phone: the way to them leads to their list.
                {move || next.get().map(|(id, name, open)| view! {
                    <button
                        type="button"
                        class="btn quiet small nb phone-only"
                        aria-label=t!("board.next_stage", name = name)
                        on:click=move |_| if open { motion::show_column(&id) } else { desk.go.run((bar::table_of(desk, &id), false)) }
                    >
                        <span class="clip">{name.clone()}</span>
                        <Icon name="right" size="s"/>
                    </button>
                })}
                {may_add.then(|| view! {
                    <button
                        type="button"
                        class="btn quiet icon small add"
                        aria-label=move || t!("board.add_to", name = name())
                        title=t("board.add_deal")
                        on:click=move |_| add_deal(shell, desk, key)
                    >
                        <Icon name="plus" size="s"/>
                    </button>
                })}
                <Menu class="btn quiet icon small menu" align="end" label=Signal::derive(move || t!("board.stage_menu", name = name())) trigger=|| view! { <Icon name="more" size="s"/> }>
                    {crate::rooms::tool(Tool::StageMenu(desk, key))}
                </Menu>
            </div>
            <div class="fig" class:many=move || totals.with(|t| t.sum.len() > 1)>
                <b class="num" title=move || exact(&totals.get().sum)>{move || sums_or_zero(&totals.get().sum, &currency())}</b>
                {move || {
                    let gain = if target.get() && gains(desk, key) { sums(&in_hand(desk)) } else { String::new() };
                    (!gain.is_empty()).then(|| view! { <span class="plus num">"+"{gain}</span> })
                }}
                <span class="wt num" title=move || exact(&totals.get().weighted)>
                    {move || t!("board.weighted", sum = sums_or_zero(&totals.get().weighted, &currency()))}
                </span>
                {move || age.get().map(|n| view! {
                    <span class="age num" title=t("board.mean_age")>{t!("board.mean", n = fmt().number(n))}</span>
                })}
            </div>
            {move || stage.get().map(|s| {
                let p = i64::from(s.probability);
                view! { <div class="prob" style=format!("--p:{p}") role="img" aria-label=t!("board.probability", n = fmt().number(p))><i></i></div> }
            })}
        </header>
    }
    .into_any()
}

/// What can be done with a stage.
pub fn menu(desk: Desk, key: StoredValue<String>) -> AnyView {
    let shell = use_shell();
    let may_add = use_me().who().may_some(domain::rights::Act::Create, Kind::Deal);
    view! {
        {may_add.then(|| view! { <MenuItem label=t("board.add_deal") icon="plus" on_select=Callback::new(move |()| add_deal(shell, desk, key))/> })}
        <MenuItem
            label=t("board.pick_all")
            icon="check"
            on_select=Callback::new(move |()| {
                let ids = key.with_value(|k| desk.lane(k)).map(|l| l.cards.iter().map(|c| c.id).collect::<Vec<_>>()).unwrap_or_default();
                desk.pick_all(ids);
            })
        />
        <MenuItem label=t("board.as_table") icon="table" on_select=Callback::new(move |()| desk.go.run((bar::table_of(desk, &key.get_value()), false)))/>
        <MenuLine/>
        <MenuItem label=t("board.fold") icon="left" on_select=Callback::new(move |()| bar::fold(desk, &key.get_value(), true))/>
    }
    .into_any()
}

/// Below the cards: "+ Deal".
pub fn foot(desk: Desk, key: StoredValue<String>) -> AnyView {
    let shell = use_shell();
    let may_add = use_me().who().may_some(domain::rights::Act::Create, Kind::Deal);
    may_add
        .then(|| {
            view! {
                <footer>
                    <button type="button" class="btn quiet small" on:click=move |_| add_deal(shell, desk, key)>
                        <Icon name="plus" size="s"/>
                        {kind_name(Kind::Deal)}
                    </button>
                </footer>
            }
        })
        .into_any()
}

fn add_deal(shell: Shell, desk: Desk, key: StoredValue<String>) {
    let pipeline = desk.pipeline.with_untracked(|p| p.id);
    let fields = Fields::from_iter([("pipeline".to_owned(), pipeline.to_string().into()), ("stage".to_owned(), key.get_value().into())]);
    shell.make(Kind::Deal, fields);
}

/// Won or lost: a narrow strip that takes cards in and shows what lies there.
pub fn rail(desk: Desk, id: String) -> AnyView {
    let key = StoredValue::new(id.clone());
    let stage = Memo::new(move |_| desk.seen.with(|s| key.with_value(|k| s.lane(k).map(|l| Arc::clone(&l.stage)))));
    let totals =
        Memo::new(move |_| desk.seen.with(|s| key.with_value(|k| s.lane(k).map(|l| l.totals.clone())).unwrap_or_else(Totals::default)));
    let over = Memo::new(move |_| {
        let at = desk.seen.with(|s| key.with_value(|k| s.index(k)));
        desk.carry.with(|c| c.as_ref().and_then(|c| c.to).is_some_and(|(lane, _)| Some(lane) == at))
    });
    let won = stage.get_untracked().is_some_and(|s| s.kind == StageKind::Won);
    let name = move || stage.get().map(|s| s.name.clone()).unwrap_or_default();
    let figures = move || {
        let totals = totals.get();
        let sum = sums(&totals.sum);
        let count = fmt().number(totals.count);
        if sum.is_empty() { count } else { format!("{count} · {sum}") }
    };
    let href = move || bar::table_of(desk, &key.get_value());
    view! {
        <section
            class=if won { "rail won" } else { "rail lost" }
            class:over=over
            id=format!("col-{id}")
            data-stage=id
            aria-label=name
        >
            <Icon name=if won { "check" } else { "x" }/>
            <span><a href=href title=move || t!("board.show_all_in", name = name())><b>{name}</b>" "<span class="num">{figures}</span></a></span>
            <span class="drop" aria-hidden="true">{t(if won { "board.drop_won" } else { "board.drop_lost" })}</span>
        </section>
    }
    .into_any()
}
