//! What the list says: reasons, hours, addresses.

use domain::calendar::{ItemKind, Moment};
use domain::today::{Group, Line, Why};

use crate::prelude::*;
use crate::shell::icon_of;

pub fn group(group: Group) -> String {
    tk(&format!("today.group.{}", group.name()))
}

/// Tone of the tag, and what it says. A meeting that simply comes says its kind in its icon and its hour.
pub fn why(why: &Why, line: &Line) -> Option<(&'static str, String)> {
    let plain = |tone: &'static str| Some((tone, tk(&format!("today.why.{}", why.name()))));
    match why {
        Why::Running => plain("good"),
        Why::Begins { minutes } => Some(("info", tn("today.why.begins", *minutes))),
        Why::Clash => plain("warn"),
        Why::Unanswered => plain("info"),
        Why::Meeting => line.item.map(|kind| ("", item_kind(kind))),
        Why::TaskLate { days: 0 } => Some(("bad", t!("today.why.task_late_today", time = clock(&line.from)))),
        Why::TaskLate { days } => Some(("bad", tn("today.why.task_late", *days))),
        Why::TaskToday => plain(""),
        Why::TaskSoon { days: 1 } => Some(("", tk("today.why.task_tomorrow"))),
        Why::TaskSoon { days } => Some(("", tn("today.why.task_soon", *days))),
        // Its group says so.
        Why::TaskUndated => None,
        Why::Important => plain("warn"),
        Why::Rotting { days, limit, twice } => {
            let tone = if *twice { "bad" } else { "warn" };
            Some((tone, t!("today.why.rotting", n = fmt().number(*days), limit = fmt().number(*limit))))
        }
        Why::NoStep => plain("warn"),
        Why::CloseMissed { days } => Some(("bad", tn("today.why.close_missed", *days))),
        Why::CloseSoon { days: 0 } => Some(("warn", tk("today.why.close_today"))),
        Why::CloseSoon { days } => Some(("", tn("today.why.close_soon", *days))),
        Why::Large => plain("info"),
    }
}

fn item_kind(kind: ItemKind) -> String {
    tk(&format!("choice.type.{}", kind.name()))
}

pub fn name(line: &Line) -> String {
    match line.item {
        Some(kind) if line.name.trim().is_empty() => item_kind(kind),
        _ => line.name.clone(),
    }
}

/// A time of day as this person's clocks show it; as the server wrote it until the page lives.
fn clock(time: &str) -> String {
    if use_shell().alive.get() { crate::i18n::clock_text(time) } else { time.to_owned() }
}

/// The hour of what is today; the day of what is not.
pub fn when(line: &Line) -> AnyView {
    let day = || fmt().date_weekday(&line.day);
    let soon = matches!(line.group, Group::Soon | Group::Overdue);
    match (line.item, line.at) {
        (Some(_), Some(Moment::Day(_))) => view! { <span>{t("today.all_day")}</span> }.into_any(),
        (Some(_), _) => {
            let (from, to) = (clock(&line.from), clock(&line.to));
            // Both before noon, or both after it: said once.
            let half = |text: &str| text.split_once([' ', '\u{202f}']).map(|(_, half)| half.to_owned());
            let said = half(&to).filter(|end| half(&from).as_ref() == Some(end));
            let from = said.and_then(|end| Some(from.strip_suffix(end.as_str())?.trim_end().to_owned())).unwrap_or(from);
            let first = format!("{from}–{to}");
            view! { <span>{first}</span>{(line.group == Group::Soon).then(|| view! { <small>{day()}</small> })} }.into_any()
        }
        (None, Some(_)) => {
            let hour = clock(&line.from);
            view! { <span>{if soon { day() } else { hour.clone() }}</span>{soon.then(|| view! { <small>{hour}</small> })} }.into_any()
        }
        _ => ().into_any(),
    }
}

pub fn icon(line: &Line) -> &'static str {
    match line.item {
        Some(ItemKind::Call) => "phone",
        Some(ItemKind::Visit) => "pin",
        Some(ItemKind::Delivery) => "product",
        Some(ItemKind::Task) => "task",
        Some(_) => "calendar",
        None => icon_of(line.kind),
    }
}

pub fn href(line: &Line) -> String {
    format!("/{}/{}", line.kind.plural(), line.id)
}
