//! A card of the board: title and amount, company and age, next step, close date and owner. What colour says, a word,
//! a shape or an icon says too.

use std::sync::Arc;

use domain::activities::NextStep;
use domain::deals::{Card, staleness};
use domain::pipelines::Stage;

use super::desk::{Clock, Desk, Moving, editors_of};
use crate::prelude::*;

/// A card in its row.
#[derive(Clone, Debug, PartialEq)]
pub struct Slot {
    pub row: usize,
    /// Place among all cards of the column, for screen readers.
    pub index: usize,
    pub card: Arc<Card>,
    pub state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Resting,
    /// Carried elsewhere: its shadow stays.
    Ghost,
    /// Carried by the keyboard, shown where it would land.
    Carried,
    /// Carried by the pointer within its column: the copy at the pointer stands for it.
    Away,
}

/// `of`: how many there are in the column.
pub fn card_view(
    desk: Desk,
    id: Id,
    slot: Signal<Option<Slot>>,
    stage: Signal<Option<Arc<Stage>>>,
    of: Signal<i64>,
    tabstop: Memo<Option<Id>>,
) -> AnyView {
    let row = move || slot.with(|s| s.as_ref().map_or(0, |s| s.row));
    let picked = Memo::new(move |_| desk.picked.with(|p| p.contains(&id)));
    let flying = Memo::new(move |_| desk.flying.with(|f| f.contains(&id)));
    let fresh = Memo::new(move |_| desk.fresh.with(|f| f.contains(&id)));
    let editor = Memo::new(move |_| desk.editors.with(|e| editors_of(e, id).first().cloned()));
    let stale = Memo::new(move |_| {
        slot.with(|s| s.as_ref().zip(stage.get()).map_or(0, |(s, stage)| staleness(&stage, s.card.days_in_stage(desk.clock.get().now))))
    });
    let class = move || {
        let mut class = String::from("card");
        let mut add = |on: bool, name: &str| {
            if on {
                class.push(' ');
                class.push_str(name);
            }
        };
        let (state, can_edit) = slot.with(|s| s.as_ref().map_or((State::Resting, true), |s| (s.state, s.card.can_edit)));
        add(stale.get() == 1, "stale1");
        add(stale.get() == 2, "stale2");
        add(picked.get(), "picked");
        add(state == State::Ghost, "ghost");
        add(state == State::Carried, "lifted");
        add(state == State::Away, "away");
        add(!can_edit, "fixed");
        add(flying.get(), "flying");
        add(fresh.get(), "new");
        if let Some(person) = editor.get() {
            add(true, "seen");
            add(true, kind_class(&person.name));
        }
        class
    };
    let label = move || {
        slot.with(|s| {
            s.as_ref().map(|s| {
                let clock = desk.clock.get();
                let mut parts = spoken(desk, &s.card, stale.get(), clock);
                if picked.get() {
                    parts.insert(0, t("board.say.is_picked").to_owned());
                }
                parts.join(", ")
            })
        })
    };
    let grip = move |_| desk.moving.set(Some(Moving { ids: desk.hand(id) }));
    view! {
        <li style=move || format!("--i:{}", row())>
            <article
                class=class
                data-card=id.to_string()
                tabindex=move || if tabstop.get() == Some(id) { "0" } else { "-1" }
                aria-label=label
                aria-describedby="board-help"
                aria-roledescription=t("board.role")
                aria-posinset=move || slot.with(|s| s.as_ref().map(|s| (s.index + 1).to_string()))
                aria-setsize=move || of.get().to_string()
            >
                {move || slot.with(|s| s.as_ref().map(|s| content(desk, &s.card, stale.get(), desk.clock.get())))}
                {move || slot.with(|s| s.as_ref().is_some_and(|s| s.card.can_edit)).then(|| view! {
                    <button type="button" class="btn quiet icon small grip" tabindex="-1" aria-label=t("board.move_to") title=t("board.move_to") on:click=grip>
                        <Icon name="more" size="s"/>
                    </button>
                })}
                {move || editor.get().map(|person| view! { <span class="by">{t!("board.editing", name = short_name(&person.name))}</span> })}
            </article>
        </li>
    }
    .into_any()
}

fn content(desk: Desk, card: &Card, stale: u8, clock: Clock) -> AnyView {
    let amount = card.amount.map(|m| view! { <span class="amt" title=fmt().money(m)>{fmt().money_round(m)}</span> });
    let company = desk.name_of(card.company);
    let owner = desk.name_of(card.owner);
    // Days that nobody can picture any more are years.
    let age = match card.days_in_stage(clock.now) {
        days @ ..1_000 => t!("board.days", n = fmt().number(days)),
        days => t!("board.years", n = days / 365),
    };
    let (state, step) = next_step(card, clock);
    let close = card.expected_close.clone().map(|d| {
        let shown = short_date(&d, clock);
        view! { <time datetime=d.clone() title=t!("board.closes", date = fmt().date(&d))>{shown}</time> }
    });
    view! {
        <div class="l">
            <h3 class="clip"><a href=format!("/deals/{}", card.id) tabindex="-1" draggable="false">{card.name.clone()}</a></h3>
            {amount}
        </div>
        <div class="l co">
            {company.map(|name| view! { <Mark name=name.clone()/><span class="clip">{name}</span> })}
            <span class="end days" title=t("board.days_here")>
                {(stale > 0).then(|| view! { <Icon name="clock" size="s"/> })}
                {age}
            </span>
        </div>
        <div class="l">
            <span class=format!("act {state}")><span class="clip">{step}</span></span>
            <span class="end">{close}{owner.map(|name| view! { <Avatar name=name/> })}</span>
        </div>
    }
    .into_any()
}

/// Class of the dot, and the words beside it.
fn next_step(card: &Card, clock: Clock) -> (&'static str, String) {
    let what = card.next_step.clone().unwrap_or_else(|| kind_name(Kind::Task));
    let at = card.next_step_at.as_deref().and_then(domain::time::parse_instant);
    match (clock.next_step(card), at) {
        (NextStep::None, _) => ("none", t("board.no_step").to_owned()),
        (NextStep::Late, Some(at)) => {
            let days = domain::time::days_between(at, clock.now);
            if days == 0 {
                ("late", t!("board.late_today", what = what))
            } else {
                ("late", t!("board.late", what = what, n = fmt().number(days)))
            }
        }
        (NextStep::Today, Some(at)) => ("today", t!("board.step_today", what = what, time = time_of_day(at, clock))),
        (NextStep::Planned, Some(at)) => ("", t!("board.step_on", what = what, date = short_date(&clock.day(at), clock))),
        _ => ("", what),
    }
}

fn time_of_day(at: i64, clock: Clock) -> String {
    let text = if clock.alive { crate::i18n::input(at) } else { domain::time::instant(at) };
    text.get(11..16).unwrap_or_default().to_owned()
}

/// Without the year where it goes without saying: this year's dates, and those within half a year.
fn short_date(date: &str, clock: Clock) -> String {
    let today = clock.day(clock.now);
    let number = |d: &str| domain::time::parse_date(d).map(domain::filter::days_since_epoch);
    let near = number(date).zip(number(&today)).is_some_and(|(a, b)| (a - b).abs() < 183);
    if near || date.get(..4) == today.get(..4) { fmt().date_short(date) } else { fmt().date(date) }
}

/// The card in words.
fn spoken(desk: Desk, card: &Card, stale: u8, clock: Clock) -> Vec<String> {
    let mut parts = vec![card.name.clone()];
    parts.extend(card.amount.map(|m| fmt().money_round(m)));
    parts.extend(desk.name_of(card.company));
    let days = card.days_in_stage(clock.now);
    parts.push(tn(if stale > 0 { "board.say.days_long" } else { "board.say.days" }, days));
    parts.push(next_step(card, clock).1);
    parts.extend(card.expected_close.as_deref().map(|d| t!("board.closes", date = short_date(d, clock))));
    parts.extend(desk.name_of(card.owner));
    parts
}

/// What a colleague is called in passing: the first name, or the whole of a Chinese one.
fn short_name(name: &str) -> String {
    if domain::text::is_cjk(name) { name.to_owned() } else { name.split_whitespace().next().unwrap_or(name).to_owned() }
}
