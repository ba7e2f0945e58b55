//! My day: one list of what asks for somebody's time, ordered by value and urgency, and why each line is there.
//!
//! The rule: lines stand in four groups, [`Group::Now`] first. Within a group what has an hour comes first, by the hour,
//! since an hour cannot be moved. The rest follows by points, the most first: urgency (how late, how stale, how important) and
//! value (how its deal compares with the other deals of the list in the same currency; currencies are never compared).
//! Lines of equal points stand by time, then the larger amount of a currency first, then by name and id, so that the same things
//! always stand in the same order.
//! A deal whose next step is in the list stands there only once: the step carries the deal's reasons. A step that nobody has
//! given a day stands last, and its deal by itself: what presses must not sink with it.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::calendar::view::Shown;
use crate::calendar::{Answer, ItemKind, Moment, Span, Status};
use crate::deals::{Card, staleness};
use crate::money::Currency;
use crate::pipelines::Stage;
use crate::record::Labels;
use crate::{Id, Kind, Money, Record, time};

const MINUTE: i64 = 60_000;

/// What begins within so many minutes belongs to "now": time to get ready.
pub const READY: i64 = 30;
/// Days ahead that "soon" means.
pub const SOON_DAYS: i64 = 7;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Group {
    Now,
    Overdue,
    Today,
    Soon,
    /// Tasks that nobody has given a day.
    Undated,
}

impl Group {
    pub const ALL: [Group; 5] = [Group::Now, Group::Overdue, Group::Today, Group::Soon, Group::Undated];

    pub const fn name(self) -> &'static str {
        match self {
            Group::Now => "now",
            Group::Overdue => "overdue",
            Group::Today => "today",
            Group::Soon => "soon",
            Group::Undated => "undated",
        }
    }
}

/// Why a line is there. In JSON `{"reason": "task_late", "days": 3}`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "Flat", into = "Flat")]
pub enum Why {
    /// It runs.
    Running,
    /// It begins in so many minutes.
    Begins {
        minutes: i64,
    },
    /// Something else wants the same time.
    Clash,
    /// Nobody has heard yet whether the person comes.
    Unanswered,
    Meeting,
    /// Since so many whole days; 0: since today.
    TaskLate {
        days: i64,
    },
    TaskToday,
    /// In so many days.
    TaskSoon {
        days: i64,
    },
    /// Some day.
    TaskUndated,
    Important,
    /// The deal stands in its stage for `days`, where `limit` are the rule; `twice` as long and more.
    Rotting {
        days: i64,
        limit: i64,
        twice: bool,
    },
    /// Nothing is planned with this deal.
    NoStep,
    /// The deal should have been closed so many days ago.
    CloseMissed {
        days: i64,
    },
    /// The deal is to be closed in so many days.
    CloseSoon {
        days: i64,
    },
    /// Among the largest quarter of the deals here, of those in its currency.
    Large,
}

/// How a reason travels: flat, without a tag inside, which the browser would read by way of a copy.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Flat {
    reason: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    days: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    minutes: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    limit: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    twice: Option<bool>,
}

impl From<Why> for Flat {
    fn from(why: Why) -> Self {
        let mut flat = Self { reason: why.name().to_owned(), ..Self::default() };
        match why {
            Why::Begins { minutes } => flat.minutes = Some(minutes),
            Why::TaskLate { days } | Why::TaskSoon { days } | Why::CloseMissed { days } | Why::CloseSoon { days } => flat.days = Some(days),
            Why::Rotting { days, limit, twice } => (flat.days, flat.limit, flat.twice) = (Some(days), Some(limit), Some(twice)),
            _ => {}
        }
        flat
    }
}

impl TryFrom<Flat> for Why {
    type Error = &'static str;

    fn try_from(flat: Flat) -> Result<Self, Self::Error> {
        let days = flat.days.unwrap_or(0);
        Ok(match flat.reason.as_str() {
            "running" => Why::Running,
            "begins" => Why::Begins { minutes: flat.minutes.unwrap_or(0) },
            "clash" => Why::Clash,
            "unanswered" => Why::Unanswered,
            "meeting" => Why::Meeting,
            "task_late" => Why::TaskLate { days },
            "task_today" => Why::TaskToday,
            "task_soon" => Why::TaskSoon { days },
            "task_undated" => Why::TaskUndated,
            "important" => Why::Important,
            "rotting" => Why::Rotting { days, limit: flat.limit.unwrap_or(0), twice: flat.twice.unwrap_or(false) },
            "no_step" => Why::NoStep,
            "close_missed" => Why::CloseMissed { days },
            "close_soon" => Why::CloseSoon { days },
            "large" => Why::Large,
            _ => return Err("no reason of this name"),
        })
    }
}

impl Why {
    /// Points for urgency.
    const fn points(&self) -> i64 {
        match self {
            Why::TaskLate { days } => 40 + 2 * most(*days, 15),
            Why::Rotting { twice: true, .. } => 40,
            Why::CloseMissed { days } => 30 + most(*days, 15),
            Why::TaskToday => 30,
            Why::Rotting { .. } => 25,
            Why::NoStep => 20,
            Why::TaskSoon { days } | Why::CloseSoon { days } => 20 - most(*days, 15),
            Why::Important => 15,
            _ => 0,
        }
    }

    pub const fn name(&self) -> &'static str {
        match self {
            Why::Running => "running",
            Why::Begins { .. } => "begins",
            Why::Clash => "clash",
            Why::Unanswered => "unanswered",
            Why::Meeting => "meeting",
            Why::TaskLate { .. } => "task_late",
            Why::TaskToday => "task_today",
            Why::TaskSoon { .. } => "task_soon",
            Why::TaskUndated => "task_undated",
            Why::Important => "important",
            Why::Rotting { .. } => "rotting",
            Why::NoStep => "no_step",
            Why::CloseMissed { .. } => "close_missed",
            Why::CloseSoon { .. } => "close_soon",
            Why::Large => "large",
        }
    }
}

const fn most(days: i64, limit: i64) -> i64 {
    if days > limit { limit } else { days }
}

/// A line of the list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// One of its own in the list: of two occurrences of a series too.
    pub key: String,
    pub kind: Kind,
    pub id: Id,
    /// The occurrence of a series.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slot: Option<Moment>,
    /// Of an item of the calendar.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<ItemKind>,
    pub group: Group,
    pub name: String,
    /// When it is, or by when it has to be done: an instant, or a plain day.
    pub at: Option<Moment>,
    /// When an item of the calendar ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<Moment>,
    /// The same on the person's own clock: "2026-11-24", "15:00", "16:00"; empty where there is none.
    pub day: String,
    pub from: String,
    pub to: String,
    pub place: String,
    /// What the deal is worth that it is about.
    pub amount: Option<Money>,
    pub deal: Option<Id>,
    pub company: Option<Id>,
    pub contact: Option<Id>,
    /// The strongest reason first; never empty.
    pub why: Vec<Why>,
    /// Urgency and value together; what the order goes by.
    pub points: i64,
    pub can_edit: bool,
    /// From when on it belongs elsewhere, or looks different.
    #[serde(skip)]
    turns: Vec<i64>,
}

/// The whole list.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Today {
    /// The person's day, `2026-11-22`.
    pub date: String,
    pub zone: String,
    pub items: Vec<Line>,
    /// Names of what the lines point to.
    pub labels: Labels,
    /// Deals that belong here and have no room, with the filter that lists all of them.
    pub more: i64,
    pub filter: String,
    /// From this instant on the list is another one, even when nobody changes anything.
    pub until: Option<String>,
}

/// The day that the list is for, and the instant from which it looks.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    pub now: i64,
    /// The person's day.
    pub today: Span,
    /// The same as a date.
    pub date: NaiveDate,
}

/// An occurrence of today or tomorrow; `None` when it asks for nothing: over, cancelled, declined, or leave.
pub fn meeting(item: &Shown, clock: &Clock) -> Option<Line> {
    let declined = item.answer == Some(Answer::Declined);
    if item.masked || declined || item.status == Status::Cancelled || item.kind == ItemKind::Leave || item.span.end <= clock.now {
        return None;
    }
    let minutes = (item.span.start - clock.now).max(0).div_euclid(MINUTE);
    let whole_day = item.start.is_day();
    let mut why = Vec::new();
    let ready = item.span.start - READY * MINUTE;
    let group = if whole_day {
        why.push(Why::Meeting);
        if item.span.start < clock.today.end { Group::Today } else { Group::Soon }
    } else if item.span.start <= clock.now {
        why.push(Why::Running);
        Group::Now
    } else if ready <= clock.now {
        why.push(Why::Begins { minutes });
        Group::Now
    } else {
        why.push(Why::Meeting);
        if item.span.start < clock.today.end { Group::Today } else { Group::Soon }
    };
    if item.clash {
        why.push(Why::Clash);
    }
    if item.answer == Some(Answer::Pending) {
        why.push(Why::Unanswered);
    }
    let key = match item.slot {
        Some(slot) => format!("event:{}:{slot}", item.id),
        None => format!("event:{}", item.id),
    };
    Some(Line {
        key,
        kind: Kind::Event,
        id: item.id,
        slot: item.slot,
        item: Some(item.kind),
        group,
        name: item.title.clone(),
        at: Some(item.start),
        end: Some(item.end),
        day: String::new(),
        from: String::new(),
        to: String::new(),
        place: item.place.clone(),
        amount: None,
        deal: item.deal,
        company: item.company,
        contact: item.contacts.first().copied(),
        why,
        points: 0,
        can_edit: item.can_edit,
        turns: if whole_day { vec![item.span.end] } else { vec![ready, item.span.start, item.span.end] },
    })
}

/// A task that is due at an instant, which is on this day of the person's; `None`: it has no date. No line: it is done, or
/// further away than [`SOON_DAYS`].
pub fn task(task: &Record, due: Option<(i64, NaiveDate)>, can_edit: bool, clock: &Clock) -> Option<Line> {
    let ahead = due.map_or(0, |(_, day)| (day - clock.date).num_days());
    if task.flag("done") || ahead > SOON_DAYS {
        return None;
    }
    let (group, first) = match due {
        None => (Group::Undated, Why::TaskUndated),
        // Of yesterday evening it is a day late this morning.
        Some((at, _)) if at <= clock.now => (Group::Overdue, Why::TaskLate { days: (-ahead).max(0) }),
        Some(_) if ahead <= 0 => (Group::Today, Why::TaskToday),
        Some(_) => (Group::Soon, Why::TaskSoon { days: ahead }),
    };
    let mut why = vec![first];
    if task.text("priority") == "high" {
        why.push(Why::Important);
    }
    Some(Line {
        key: format!("task:{}", task.id),
        kind: Kind::Task,
        id: task.id,
        slot: None,
        item: None,
        group,
        name: task.name().to_owned(),
        at: due.map(|(at, _)| Moment::At(at)),
        end: None,
        day: String::new(),
        from: String::new(),
        to: String::new(),
        place: String::new(),
        amount: None,
        deal: task.id_of("deal"),
        company: task.id_of("company"),
        contact: task.id_of("contact"),
        why,
        points: if task.text("priority") == "low" { -15 } else { 0 },
        can_edit,
        turns: due.map(|(at, _)| at).into_iter().collect(),
    })
}

/// An open deal that nothing is planned with, that goes stale, or that is to be closed; `None`: it goes its way.
pub fn deal(card: &Card, stage: &Stage, clock: &Clock) -> Option<Line> {
    let mut why = Vec::new();
    let days = card.days_in_stage(clock.now);
    let stale = staleness(stage, days);
    if stale > 0 {
        why.push(Why::Rotting { days, limit: stage.rotting_days.map_or(0, i64::from), twice: stale > 1 });
    }
    if card.next_step.is_none() && card.next_step_at.is_none() {
        why.push(Why::NoStep);
    }
    let close = card.expected_close.as_deref().and_then(time::parse_date);
    let until = close.map(|day| (day - clock.date).num_days());
    match until {
        Some(n) if n < 0 => why.push(Why::CloseMissed { days: -n }),
        Some(n) if n <= SOON_DAYS => why.push(Why::CloseSoon { days: n }),
        _ => {}
    }
    why.sort_by_key(|w| (-w.points(), w.clone()));
    let first = why.first()?;
    let group = match first {
        Why::Rotting { twice: true, .. } | Why::CloseMissed { .. } => Group::Overdue,
        Why::CloseSoon { days } if *days > 0 => Group::Soon,
        _ => Group::Today,
    };
    Some(Line {
        key: format!("deal:{}", card.id),
        kind: Kind::Deal,
        id: card.id,
        slot: None,
        item: None,
        group,
        name: card.name.clone(),
        at: None,
        end: None,
        day: String::new(),
        from: String::new(),
        to: String::new(),
        place: String::new(),
        amount: card.amount,
        deal: Some(card.id),
        company: card.company,
        contact: None,
        why,
        points: 0,
        can_edit: card.can_edit,
        turns: Vec::new(),
    })
}

/// All lines in their order, deals folded into the steps that stand for them. `amounts`: what the deals are worth that lines
/// are about, as far as the person sees them.
pub fn arrange(lines: Vec<Line>, amounts: &BTreeMap<Id, Money>) -> Vec<Line> {
    let (deals, mut lines): (Vec<Line>, Vec<Line>) = lines.into_iter().partition(|l| l.kind == Kind::Deal);
    for mut deal in deals {
        // Of several the first that is due.
        let steps = lines.iter_mut().filter(|l| l.kind == Kind::Task && l.group != Group::Undated && l.deal == Some(deal.id));
        match steps.min_by_key(|l| (l.at, l.key.clone())) {
            Some(step) => step.why.append(&mut deal.why),
            None => lines.push(deal),
        }
    }
    for line in &mut lines {
        line.amount = line.amount.or_else(|| line.deal.and_then(|d| amounts.get(&d)).copied());
    }
    let values = values(&lines);
    for line in &mut lines {
        let value = line.amount.map_or(0, |m| values.get(&(m.currency, m.minor)).copied().unwrap_or(0));
        if value == TOP {
            line.why.push(Why::Large);
        }
        // The strongest counts in full, each further one says a little more.
        let mut urgency: Vec<i64> = line.why.iter().map(Why::points).collect();
        urgency.sort_unstable_by(|a, b| b.cmp(a));
        let more: i64 = urgency.iter().skip(1).map(|p| p / 4).sum();
        line.points += urgency.first().copied().unwrap_or(0) + more + value;
    }
    lines.sort_by(|a, b| order(a).cmp(&order(b)));
    lines
}

/// Points of the largest quarter.
const TOP: i64 = 30;

/// Each amount's points by its place among those of its currency: 30, 20, 10, 5 by quarters from above; nothing for nothing.
fn values(lines: &[Line]) -> BTreeMap<(Currency, i64), i64> {
    let mut by_currency: BTreeMap<Currency, Vec<i64>> = BTreeMap::new();
    for m in lines.iter().filter_map(|l| l.amount).filter(|m| m.minor > 0) {
        by_currency.entry(m.currency).or_default().push(m.minor);
    }
    let mut out = BTreeMap::new();
    for (currency, mut all) in by_currency {
        all.sort_unstable_by(|a, b| b.cmp(a));
        all.dedup();
        let count = all.len();
        for (i, minor) in all.into_iter().enumerate() {
            // One alone is large among nothing.
            let points = match (i * 4).checked_div(count) {
                _ if count == 1 => 10,
                Some(0) => TOP,
                Some(1) => 20,
                Some(2) => 10,
                _ => 5,
            };
            out.insert((currency, minor), points);
        }
    }
    out
}

/// Group; by the hour or by points; time; amount, those of a currency together; name and key.
type Order<'a> = (Group, (bool, i64), i64, (bool, Option<Currency>, i64), &'a str, &'a str);

/// What the order goes by, the smallest first.
fn order(line: &Line) -> Order<'_> {
    let fixed = line.kind == Kind::Event;
    let at = line.at.map_or(i64::MAX, |m| m.instant(&chrono::Utc));
    // By the hour what has one, by points what has none.
    let first = if fixed { at } else { -line.points };
    let later = if fixed { 0 } else { at };
    let worth = (line.amount.is_none(), line.amount.map(|m| m.currency), line.amount.map_or(0, |m| -m.minor));
    (line.group, (!fixed, first), later, worth, &line.name, &line.key)
}

/// The first instant after now from which the list is another one: an item begins or ends, something falls due, the day ends.
pub fn until(lines: &[Line], clock: &Clock) -> i64 {
    let turns = lines.iter().flat_map(|l| &l.turns).copied().filter(|at| *at > clock.now);
    turns.chain([clock.today.end]).min().unwrap_or(clock.today.end)
}

#[cfg(test)]
mod tests;
