//! A month: weeks below each other, in every day what lies there, and "+3 more" where a day is fuller than its cell.

use chrono::{Datelike, NaiveDate};

use super::bars::{self, Bar};
use super::clash::key;
use super::deeds::{Deed, deed};
use super::desk::Desk;
use super::place::View;
use super::{lanes, words};
use crate::prelude::*;

/// Rows of a cell, with the line that says how many more.
const ROWS: usize = 4;

/// The bars of a week that have room, and of each day how many have not.
fn week(bars: Vec<Bar>, days: usize) -> (Vec<Bar>, Vec<usize>) {
    let shown: Vec<(usize, usize)> = (0..days)
        .map(|day| {
            let here: Vec<usize> = bars.iter().filter(|b| b.first <= day && day <= b.last).map(|b| b.row).collect();
            lanes::fits(&here, ROWS)
        })
        .collect();
    let fits = |b: &Bar| (b.first..=b.last).all(|day| shown.get(day).is_some_and(|(rows, _)| b.row < *rows));
    let (kept, hidden): (Vec<Bar>, Vec<Bar>) = bars.into_iter().partition(fits);
    let more = (0..days).map(|day| hidden.iter().filter(|b| b.first <= day && day <= b.last).count()).collect();
    (kept, more)
}

pub fn month(desk: Desk) -> AnyView {
    let weeks = Memo::new(move |_| desk.columns.with(|c| c.chunks(7).map(<[NaiveDate]>::to_vec).collect::<Vec<_>>()));
    let heads = move || {
        weeks
            .with(|w| w.first().cloned().unwrap_or_default())
            .into_iter()
            .map(|d| view! { <span title=words::weekday(d)>{words::weekday_short(d)}</span> })
            .collect_view()
    };
    view! {
        <div
            class="month"
            style=move || format!("--n:{}", weeks.with(Vec::len))
            on:pointerdown=move |event| deed(desk, Deed::Press(event))
            on:click=move |event| deed(desk, Deed::Click(event))
            on:keydown=move |event| deed(desk, Deed::Key(event))
            on:focusin=move |event| deed(desk, Deed::Focus(event))
        >
            <div class="heads" aria-hidden="true">{heads}</div>
            <For each=move || weeks.get() key=|w| w.clone() let:days>
                {one_week(desk, days)}
            </For>
        </div>
    }
    .into_any()
}

fn one_week(desk: Desk, days: Vec<NaiveDate>) -> AnyView {
    let columns = days.clone();
    let all = Memo::new(move |_| {
        let clock = desk.clock.get();
        let bars = desk.items.with(|items| bars::rows_of(items, &columns, &clock, |_| true));
        week(bars, columns.len())
    });
    let keys_of = Memo::new(move |_| all.with(|(bars, _)| bars.iter().map(|b| key(&b.item)).collect::<Vec<_>>()));
    let here = days.clone();
    let draft = move || bars::drawn(desk, &here, true, |first, last| all.with(|(bars, _)| bars::free_row(bars, first, last)));
    let cells = days
        .iter()
        .copied()
        .enumerate()
        .map(|(n, day)| cell(desk, n, day, Signal::derive(move || all.with(|(_, more)| more.get(n).copied().unwrap_or(0)))))
        .collect_view();
    view! {
        <div class="wkrow">
            {cells}
            <For each=move || keys_of.get() key=|k| *k let:of>
                {
                    let mine = Memo::new(move |_| all.with(|(bars, _)| bars.iter().find(|b| key(&b.item) == of).cloned()));
                    bars::bar(desk, mine, of, || false)
                }
            </For>
            {draft}
        </div>
    }
    .into_any()
}

fn cell(desk: Desk, n: usize, day: NaiveDate, more: Signal<usize>) -> AnyView {
    let outside = move || desk.place.with(|p| p.day(desk.today.get()).month() != day.month());
    let long = move || words::day_long(day, desk.today.get());
    view! {
        <div
            class="cell"
            class:today=move || desk.today.get() == day
            class:out=outside
            class:off=move || super::off::is_off(desk, day)
            style=format!("--i:{n}")
            data-allday=domain::time::date(day)
        >
            <button type="button" class="no" title=t("cal.day_keys") aria-label=move || t!("cal.open_day", day = long()) on:click=move |_| desk.see_day(View::Day, day)>
                {move || if day.day() == 1 { fmt().date_short(&domain::time::date(day)) } else { day.day().to_string() }}
            </button>
            {move || super::off::named(super::off::day_off(desk, day, None))}
            <i class="dots phone-only">
                {move || super::grid::dots(desk, day).into_iter().map(|k| view! { <u class=k></u> }).collect_view()}
            </i>
            {move || {
                let count = i64::try_from(more.get()).unwrap_or(0);
                (count > 0)
                    .then(|| {
                        view! {
                            <button type="button" class="linkish more" on:click=move |_| desk.see_day(View::Day, day)>
                                {tn("cal.more", count)}
                            </button>
                        }
                    })
            }}
        </div>
    }
    .into_any()
}

#[cfg(test)]
pub(crate) mod tests {
    use domain::calendar::view::Shown;
    use domain::calendar::{ItemKind, Moment, Span, Status};
    use domain::time;

    use std::sync::Arc;

    use super::*;
    use crate::calendar::clock::Clock;

    pub fn day(text: &str) -> NaiveDate {
        time::parse_date(text).unwrap()
    }

    /// Everything at UTC.
    pub fn clock() -> Clock {
        Clock::of_days(&[], &[])
    }

    /// An item on these days.
    pub fn item(n: u128, from: &str, to: &str) -> Shown {
        let at = |text: &str| time::parse_instant(&format!("{text}T00:00:00Z")).unwrap();
        Shown {
            id: serde_json::from_value(serde_json::json!(format!("{n:08x}-0000-0000-0000-000000000000"))).unwrap(),
            slot: None,
            series: None,
            recurs: false,
            start: Moment::Day(day(from)),
            end: Moment::Day(day(to)),
            span: Span::new(at(from), at(to)),
            kind: ItemKind::Leave,
            status: Status::Confirmed,
            busy: true,
            masked: false,
            private: false,
            title: String::new(),
            place: String::new(),
            organiser: None,
            subjects: Vec::new(),
            attendees: Vec::new(),
            contacts: Vec::new(),
            resources: Vec::new(),
            company: None,
            deal: None,
            travel_before: 0,
            travel_after: 0,
            answer: None,
            clash: false,
            version: 1,
            foreign: false,
            task: false,
            can_edit: true,
        }
    }

    #[test]
    fn a_full_day_folds_its_last_and_days_beside_it_keep_theirs() {
        let days: Vec<NaiveDate> = day("2026-03-16").iter_days().take(7).collect();
        let mut items = vec![Arc::new(item(1, "2026-03-16", "2026-03-19"))];
        items.extend((2..=6).map(|n| Arc::new(item(n, "2026-03-17", "2026-03-18"))));
        items.push(Arc::new(item(7, "2026-03-20", "2026-03-21")));
        let (kept, more) = week(bars::rows_of(&items, &days, &clock(), |_| true), 7);
        assert_eq!(more, [0, 3, 0, 0, 0, 0, 0]);
        assert_eq!(kept.len(), 4, "the long one, two of its day, and Friday's");
    }
}
