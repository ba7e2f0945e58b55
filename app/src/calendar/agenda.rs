//! The agenda: what comes, day by day, as a list. The day that it is shows where now is.

use std::sync::Arc;

use chrono::NaiveDate;
use domain::calendar::view::Shown;
use domain::calendar::{Answer, ItemKind};

use super::clash::{Key, key, key_text};
use super::clock::Clock;
use super::deeds::{Deed, deed};
use super::desk::Desk;
use super::{grid, words};
use crate::prelude::*;

/// A day that has something, or today.
#[derive(Clone, Debug, PartialEq)]
pub struct Day {
    pub date: NaiveDate,
    pub items: Vec<Arc<Shown>>,
}

/// What lasts several days stands on each of them, whole days first.
pub fn days_of(items: &[Arc<Shown>], days: &[NaiveDate], today: NaiveDate, clock: &Clock) -> Vec<Day> {
    days.iter()
        .map(|date| {
            let mut here: Vec<Arc<Shown>> = items.iter().filter(|i| clock.in_day(i.span, *date).is_some()).cloned().collect();
            here.sort_by_key(|i| (grid::has_hours(i), i.span.start, i.span.end));
            Day { date: *date, items: here }
        })
        .filter(|d| !d.items.is_empty() || d.date == today)
        .collect()
}

pub fn agenda(desk: Desk) -> AnyView {
    let days = Memo::new(move |_| {
        let (clock, today) = (desk.clock.get(), desk.today.get());
        desk.columns.with(|days| desk.items.with(|items| days_of(items, days, today, &clock)))
    });
    let dates = Memo::new(move |_| days.with(|d| d.iter().map(|d| d.date).collect::<Vec<_>>()));
    let nothing = move || days.with(|d| d.iter().all(|d| d.items.is_empty()));
    view! {
        <div
            class="agenda"
            tabindex="-1"
            on:click=move |event| deed(desk, Deed::Click(event))
            on:keydown=move |event| deed(desk, Deed::Key(event))
            on:focusin=move |event| deed(desk, Deed::Focus(event))
        >
            {move || nothing().then(|| view! { <EmptyState icon="calendar" title=t("cal.none_title") hint=t("cal.none_hint")/> })}
            <For each=move || dates.get() key=|d| *d let:date>
                {
                    let mine = Memo::new(move |_| days.with(|d| d.iter().find(|d| d.date == date).cloned()));
                    one_day(desk, date, mine)
                }
            </For>
        </div>
    }
    .into_any()
}

fn one_day(desk: Desk, date: NaiveDate, mine: Memo<Option<Day>>) -> AnyView {
    let keys_of =
        Memo::new(move |_| mine.with(|m| m.as_ref().map(|m| m.items.iter().map(|i| key(i)).collect::<Vec<_>>()).unwrap_or_default()));
    let is_today = move || desk.today.get() == date;
    let relative = move || {
        let days = (date - desk.today.get()).num_days();
        match days {
            0 => Some(t("cal.today")),
            1 => Some(t("cal.tomorrow")),
            _ => None,
        }
    };
    let planned = move || {
        // What lies beside each other takes its time once.
        let minutes = grid::taken(desk, date);
        (minutes > 0).then(|| t!("cal.planned", time = words::load(minutes)))
    };
    // Now stands before the first that is not over.
    let now_before = Memo::new(move |_| {
        if !is_today() {
            return None;
        }
        let now = desk.now.get();
        mine.with(|m| m.as_ref().and_then(|m| m.items.iter().find(|i| grid::has_hours(i) && i.span.end > now).map(|i| key(i))))
    });
    view! {
        <section>
            <h2 class:t=is_today>
                {move || relative()}
                <span>{move || words::day_long(date, desk.today.get())}</span>
                <em>{planned}</em>
            </h2>
            <ul>
                <For each=move || keys_of.get() key=|k| *k let:of>
                    {
                        let item = Memo::new(move |_| mine.with(|m| m.as_ref().and_then(|m| m.items.iter().find(|i| key(i) == of).cloned())));
                        view! {
                            {move || (now_before.get() == Some(of)).then(|| now_row(desk))}
                            {row(desk, date, item, of)}
                        }
                    }
                </For>
                {move || (is_today() && now_before.get().is_none()).then(|| now_row(desk))}
            </ul>
        </section>
    }
    .into_any()
}

fn now_row(desk: Desk) -> AnyView {
    let time = move || {
        let (_, minute) = desk.clock.with(|c| c.wall(desk.now.get()));
        desk.manner.clock(minute)
    };
    view! { <li class="nowrow" aria-label=move || t!("cal.now", time = time())><b>{time}</b></li> }.into_any()
}

fn row(desk: Desk, date: NaiveDate, item: Memo<Option<Arc<Shown>>>, of: Key) -> AnyView {
    let inside = move || item.get().map(|item| content(desk, date, &item));
    let class = move || {
        item.with(|i| {
            i.as_ref()
                .map(|i| {
                    let mut class = grid::look(i, i.span.end <= desk.now.get());
                    class.push_str(" line");
                    class
                })
                .unwrap_or_default()
        })
    };
    view! {
        <li>
            <article
                class=class
                data-item=key_text(&of)
                tabindex="0"
                role="button"
                aria-haspopup="dialog"
                aria-label=move || item.with(|i| i.as_ref().map(|i| words::spoken(desk, i)).unwrap_or_default())
            >
                {inside}
            </article>
        </li>
    }
    .into_any()
}

fn content(desk: Desk, date: NaiveDate, item: &Shown) -> AnyView {
    let clock = desk.clock.get();
    let (first, second) = if item.start.is_day() {
        (tk("field.all_day"), String::new())
    } else {
        // How long it takes of this day, by a stopwatch.
        let here = desk.line(date).and_then(|l| item.span.shared(l.span)).unwrap_or(item.span);
        let from = clock.wall(here.start).1;
        if item.span.is_empty() {
            (desk.manner.clock(clock.wall(item.span.start).1), String::new())
        } else {
            (desk.manner.clock(from), words::length(words::minutes(here)))
        }
    };
    let labels = desk.labels.get();
    let name = |id: Id| labels.get(&id).map(|l| l.name.clone());
    let mut hints: Vec<String> = Vec::new();
    if item.answer == Some(Answer::Declined) {
        hints.push(tk("cal.declined"));
    } else if item.status == domain::calendar::Status::Tentative {
        hints.push(tk("cal.tentative"));
    }
    if item.kind == ItemKind::Task {
        hints.push(words::kind_name(item.kind));
    }
    hints.extend(item.company.and_then(name));
    hints.extend(item.deal.and_then(name));
    hints.extend((!item.place.is_empty()).then(|| item.place.clone()));
    let mut others: Vec<Id> = item.attendees.iter().copied().filter(|id| *id != desk.me).collect();
    // Where calendars of several lie over each other it is seen whose it is.
    others.splice(0..0, item.organiser.filter(|o| !others.contains(o) && *o != desk.me && !grid::owners(desk, item).is_empty()));
    let people = others.iter().take(3).filter_map(|id| name(*id)).map(|n| view! { <Avatar name=n/> }).collect_view();
    let rest = others.len().saturating_sub(3);
    let sign = grid::icon(item);
    let clash = item.clash.then(|| view! { <span class="tag warn"><Icon name="alert" size="s"/>{t("cal.clashes")}</span> });
    view! {
        <time>{first}<span>{second}</span></time>
        <i></i>
        <div>
            <b class="clip">{(!sign.is_empty()).then(|| view! { <Icon name=sign size="s"/> })}{words::title(item)}</b>
            <span class="clip">{hints.join(" · ")}</span>
        </div>
        {clash}
        <span class="stack">{people}{(rest > 0).then(|| view! { <span class="av more">"+"{rest}</span> })}</span>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::month::tests::{clock, day, item};

    #[test]
    fn what_lasts_days_stands_on_each_and_empty_days_are_left_out() {
        let days: Vec<NaiveDate> = day("2026-03-16").iter_days().take(7).collect();
        let items = [Arc::new(item(1, "2026-03-17", "2026-03-19"))];
        let found = days_of(&items, &days, day("2026-03-20"), &clock());
        let seen: Vec<_> = found.iter().map(|d| (d.date, d.items.len())).collect();
        assert_eq!(seen, [(day("2026-03-17"), 1), (day("2026-03-18"), 1), (day("2026-03-20"), 0)], "today is there even when it is empty");
    }
}
