//! What lasts whole days: bars above the hours, each over the columns that it takes. Also the bars of a month's weeks.

use std::sync::Arc;

use chrono::NaiveDate;
use domain::calendar::view::Shown;

use super::clash::{self, key, key_text};
use super::clock::Clock;
use super::deeds::{Deed, deed};
use super::desk::{Desk, Panel};
use super::{grid, lanes, words};
use crate::prelude::*;

/// An item over columns, first and last of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    pub item: Arc<Shown>,
    pub first: usize,
    pub last: usize,
    pub row: usize,
    /// It began before the first column, or goes on behind the last.
    pub cut: (bool, bool),
}

/// The items that touch these days, in rows.
pub fn rows_of(items: &[Arc<Shown>], days: &[NaiveDate], clock: &Clock, wanted: impl Fn(&Shown) -> bool) -> Vec<Bar> {
    let mut bars: Vec<Bar> = items
        .iter()
        .filter(|i| wanted(i))
        .filter_map(|item| {
            let (a, b) = (clock.wall(item.span.start).0, clock.wall((item.span.end - 1).max(item.span.start)).0);
            let first = days.iter().position(|d| *d >= a && *d <= b)?;
            let last = days.iter().rposition(|d| *d >= a && *d <= b)?;
            let cut = (days.get(first).is_some_and(|d| a < *d), days.get(last).is_some_and(|d| b > *d));
            Some(Bar { item: item.clone(), first, last, row: 0, cut })
        })
        .collect();
    let rows = lanes::rows(&bars.iter().map(|b| (b.first, b.last)).collect::<Vec<_>>());
    for (bar, row) in bars.iter_mut().zip(rows) {
        bar.row = row;
    }
    bars
}

/// More rows than these are folded away.
const ROWS: usize = 4;

pub fn all_day(desk: Desk) -> AnyView {
    let unfolded = RwSignal::new(false);
    let bars = Memo::new(move |_| {
        let clock = desk.clock.get();
        desk.columns.with(|days| desk.items.with(|items| rows_of(items, days, &clock, |i| !grid::has_hours(i))))
    });
    let keys_of = Memo::new(move |_| bars.with(|b| b.iter().map(|b| key(&b.item)).collect::<Vec<_>>()));
    let hidden = move || if unfolded.get() { 0 } else { bars.with(|b| b.iter().filter(|b| b.row >= ROWS).count()) };
    let rows = move || bars.with(|b| b.iter().map(|b| b.row + 1).max().unwrap_or(0));
    view! {
        <div
            class="allday cols"
            role="group"
            aria-label=t("field.all_day")
            on:pointerdown=move |event| deed(desk, Deed::Press(event))
            on:click=move |event| deed(desk, Deed::Click(event))
            on:keydown=move |event| deed(desk, Deed::Key(event))
            on:focusin=move |event| deed(desk, Deed::Focus(event))
        >
            <span class="label">{t("field.all_day")}</span>
            <For each=move || desk.columns.get().into_iter().enumerate() key=|d| *d let:day>
                <div class="spot" data-allday=domain::time::date(day.1) style=format!("--i:{}", day.0)></div>
            </For>
            <For each=move || keys_of.get() key=|k| *k let:of>
                {
                    let mine = Memo::new(move |_| bars.with(|b| b.iter().find(|b| key(&b.item) == of).cloned()));
                    let gone = move || mine.with(|m| m.as_ref().is_none_or(|m| m.row >= ROWS)) && !unfolded.get();
                    bar(desk, mine, of, gone)
                }
            </For>
            {move || drawn(desk, &desk.columns.get(), false, |first, last| free_row(&bars.get(), first, last))}
            {move || {
                let n = i64::try_from(hidden()).unwrap_or(0);
                (n > 0 || (unfolded.get() && rows() > ROWS))
                    .then(|| {
                        view! {
                            <button
                                type="button"
                                class="linkish unfold"
                                aria-expanded=move || if unfolded.get() { "true" } else { "false" }
                                on:click=move |_| unfolded.update(|u| *u = !*u)
                            >
                                {if n > 0 { tn("cal.more", n) } else { tk("cal.fewer") }}
                            </button>
                        }
                    })
            }}
        </div>
    }
    .into_any()
}

/// One bar; `gone`: no room for it.
pub fn bar(desk: Desk, mine: Memo<Option<Bar>>, of: clash::Key, gone: impl Fn() -> bool + Send + Sync + 'static) -> AnyView {
    let class = move || {
        mine.with(|m| {
            let Some(m) = m else { return String::new() };
            let mut class = grid::look(&m.item, m.item.span.end <= desk.now.get());
            class.push_str(" daybar");
            if m.cut.0 {
                class.push_str(" before");
            }
            if m.cut.1 {
                class.push_str(" after");
            }
            if desk.panel.with(|p| matches!(p, Some(Panel::Item(k)) if *k == of)) {
                class.push_str(" on");
            }
            if desk.carry.with(|c| c.as_ref().is_some_and(|c| c.item.as_ref().is_some_and(|i| key(i) == of))) {
                class.push_str(" ghost");
            }
            class
        })
    };
    let place = move || {
        mine.with(|m| m.as_ref().map(|m| format!("--i:{};--n:{};--r:{}", m.first, m.last + 1 - m.first, m.row)).unwrap_or_default())
    };
    let inside = move || {
        mine.get().map(|m| {
            let sign = grid::icon(&m.item);
            let time = (!m.item.start.is_day() && m.first == m.last).then(|| {
                let (_, minute) = desk.clock.with(|c| c.wall(m.item.span.start));
                view! { <time>{desk.manner.clock(minute)}</time> }
            });
            let clash = (m.item.clash && !m.item.masked).then(|| view! { <Icon name="alert" size="s"/> });
            let pull = (m.item.can_edit && !m.item.task)
                .then(|| view! { <i class="pull a" data-pull="start"></i><i class="pull z" data-pull="end"></i> });
            view! {
                {(!sign.is_empty()).then(|| view! { <Icon name=sign size="s"/> })}
                {time}
                <span class="clip grow">{words::title(&m.item)}</span>
                {clash}
                {desk.place.with(|p| p.view != super::place::View::Team).then(|| grid::whose(desk, &m.item))}
                {pull}
            }
        })
    };
    view! {
        <article
            class=class
            style=place
            hidden=gone
            data-item=key_text(&of)
            tabindex="0"
            role="button"
            aria-haspopup="dialog"
            aria-label=move || mine.with(|m| m.as_ref().map(|m| words::spoken(desk, &m.item)).unwrap_or_default())
        >
            {inside}
        </article>
    }
    .into_any()
}

/// The first row in which nothing lies over these columns.
pub fn free_row(bars: &[Bar], first: usize, last: usize) -> usize {
    let taken = |row: usize| bars.iter().any(|b| b.row == row && b.first <= last && first <= b.last);
    (0..ROWS - 1).find(|row| !taken(*row)).unwrap_or(ROWS - 1)
}

/// What is carried or typed and lasts whole days; `any`: hours as well, where days are all that is seen.
pub fn drawn(desk: Desk, days: &[NaiveDate], any: bool, row: impl Fn(usize, usize) -> usize) -> Option<AnyView> {
    let (when, title, clash) = match desk.carry.get() {
        Some(carry) => {
            (carry.to, carry.item.as_ref().map_or_else(|| tk("cal.new"), |i| words::title(i)), desk.warned.with(|w| !w.is_empty()))
        }
        None => {
            let drawn = desk.drawn.get()?;
            let title = if drawn.title.trim().is_empty() { words::kind_name(drawn.kind) } else { drawn.title.clone() };
            (drawn.when, title, !drawn.clashes.is_empty())
        }
    };
    let clock = desk.clock.get();
    let span = clock.span(when);
    if !any && !matches!(when, domain::calendar::When::Days(..)) && span.len() < 86_400_000 {
        return None;
    }
    let (a, b) = (clock.wall(span.start).0, clock.wall((span.end - 1).max(span.start)).0);
    let first = days.iter().position(|d| *d >= a && *d <= b)?;
    let last = days.iter().rposition(|d| *d >= a && *d <= b)?;
    let row = row(first, last);
    Some(
        view! {
            <div class="appt daybar draft" class:bad=clash style=format!("--i:{first};--n:{};--r:{row}", last + 1 - first)>
                {clash.then(|| view! { <Icon name="alert" size="s"/> })}
                <span class="clip">{title}</span>
            </div>
        }
        .into_any(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::month::tests::{clock, day, item};

    #[test]
    fn a_bar_is_cut_where_the_days_end() {
        let days: Vec<NaiveDate> = day("2026-03-16").iter_days().take(5).collect();
        let items =
            [item(1, "2026-03-14", "2026-03-18"), item(2, "2026-03-18", "2026-03-25"), item(3, "2026-03-21", "2026-03-22")].map(Arc::new);
        let bars = rows_of(&items, &days, &clock(), |_| true);
        let seen: Vec<_> = bars.iter().map(|b| (b.first, b.last, b.row, b.cut)).collect();
        assert_eq!(seen, [(0, 1, 0, (true, false)), (2, 4, 0, (false, true))]);
    }
}
