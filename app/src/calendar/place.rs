//! Which stretch of the calendar is shown, and whose: all of it stands in the address, so that a link, a reload and the
//! browser's own "back" lead to the same picture.

use chrono::{Datelike, Months, NaiveDate};
use domain::calendar::view::CalendarQuery;
use domain::calendar::{ItemKind, Moment};
use domain::time;
use leptos_router::params::ParamsMap;

use super::manner::Manner;
use crate::prelude::Id;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum View {
    Day,
    Workweek,
    #[default]
    Week,
    Month,
    Agenda,
    /// A line for each person, room and piece of equipment.
    Team,
}

impl View {
    pub const ALL: [View; 6] = [View::Day, View::Workweek, View::Week, View::Month, View::Agenda, View::Team];

    pub const fn name(self) -> &'static str {
        match self {
            View::Day => "day",
            View::Workweek => "workweek",
            View::Week => "week",
            View::Month => "month",
            View::Agenda => "agenda",
            View::Team => "team",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|v| v.name() == text)
    }

    /// Days with hours below each other.
    pub const fn has_hours(self) -> bool {
        matches!(self, View::Day | View::Workweek | View::Week)
    }
}

/// How many days an agenda goes on.
const AGENDA_DAYS: i64 = 28;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    pub view: View,
    /// None: the day that it is.
    pub date: Option<NaiveDate>,
    pub users: Vec<Id>,
    pub teams: Vec<Id>,
    pub resources: Vec<Id>,
    /// None named: all.
    pub kinds: Vec<ItemKind>,
    /// "": the person's own.
    pub zone: String,
    /// A second zone beside the hours.
    pub second: String,
    /// An item that a link leads to, and which occurrence of it. Not kept on the way on.
    pub open: Option<(Id, Option<Moment>)>,
}

impl Place {
    /// What cannot be read is left out: an old or cut address still shows a calendar.
    pub fn read(map: &ParamsMap) -> Self {
        let text = |name: &str| map.get_str(name).unwrap_or_default();
        let ids = |name: &str| text(name).split(',').filter_map(Id::parse).collect();
        Self {
            view: View::parse(text("view")).unwrap_or_default(),
            date: time::parse_date(text("date")),
            users: ids("people"),
            teams: ids("teams"),
            resources: ids("resources"),
            kinds: text("kinds").split(',').filter_map(|k| ItemKind::ALL.into_iter().find(|i| i.name() == k)).collect(),
            zone: zone_name(text("zone")),
            second: zone_name(text("second")),
            open: item_named(text("open")),
        }
    }

    pub fn href(&self) -> String {
        let ids = |ids: &[Id]| ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
        let parts = [
            ("view", self.view.name().to_owned()),
            ("date", self.date.map(time::date).unwrap_or_default()),
            ("people", ids(&self.users)),
            ("teams", ids(&self.teams)),
            ("resources", ids(&self.resources)),
            ("kinds", self.kinds.iter().map(|k| k.name()).collect::<Vec<_>>().join(",")),
            ("zone", self.zone.clone()),
            ("second", self.second.clone()),
        ];
        let mut out = String::from("/calendar");
        for (name, value) in parts.iter().filter(|(_, v)| !v.is_empty()) {
            out.push(if out.len() == "/calendar".len() { '?' } else { '&' });
            out.push_str(name);
            out.push('=');
            out.push_str(&value.replace('+', "%2B"));
        }
        out
    }

    pub fn on(&self, date: NaiveDate) -> Self {
        Self { date: Some(date), ..self.clone() }
    }

    pub fn seen(&self, view: View) -> Self {
        Self { view, ..self.clone() }
    }

    /// The day looked at, while it is `today`.
    pub fn day(&self, today: NaiveDate) -> NaiveDate {
        self.date.unwrap_or(today)
    }

    /// The next stretch of the same length, or the one before.
    pub fn step(&self, today: NaiveDate, forward: bool) -> Self {
        let day = self.day(today);
        let sign = if forward { 1 } else { -1 };
        let to = match self.view {
            View::Day | View::Team => time::shift(day, sign),
            View::Workweek | View::Week | View::Agenda => time::shift(day, 7 * sign),
            View::Month => {
                let first = time::month_start(day);
                let next = if forward { first.checked_add_months(Months::new(1)) } else { first.checked_sub_months(Months::new(1)) };
                next.unwrap_or(first)
            }
        };
        self.on(to)
    }

    /// `[from, to)`: the days that are read. A day brings its week, so that the days beside it are there at once.
    pub fn range(&self, today: NaiveDate, manner: Manner) -> (NaiveDate, NaiveDate) {
        let day = self.day(today);
        match self.view {
            View::Day | View::Workweek | View::Week => {
                let from = manner.week_of(day);
                (from, time::shift(from, 7))
            }
            View::Month => {
                let first = time::month_start(day);
                let last = time::shift(first.checked_add_months(Months::new(1)).unwrap_or(first), -1);
                (manner.week_of(first), time::shift(manner.week_of(last), 7))
            }
            View::Agenda => (day, time::shift(day, AGENDA_DAYS)),
            View::Team => (day, time::shift(day, 1)),
        }
    }

    /// The columns: of the days that were read, those that show.
    pub fn columns(&self, today: NaiveDate, manner: Manner) -> Vec<NaiveDate> {
        let day = self.day(today);
        let (from, to) = self.range(today, manner);
        let days = from.iter_days().take_while(|d| *d < to);
        match self.view {
            View::Day => vec![day],
            View::Workweek => days.filter(|d| d.weekday().num_days_from_monday() < 5).collect(),
            _ => days.collect(),
        }
    }

    pub fn query(&self, today: NaiveDate, manner: Manner) -> CalendarQuery {
        let (from, to) = self.range(today, manner);
        CalendarQuery {
            from,
            to,
            zone: self.zone.clone(),
            users: self.users.clone(),
            teams: self.teams.clone(),
            resources: self.resources.clone(),
            kinds: self.kinds.clone(),
            cancelled: false,
            tasks: true,
        }
    }
}

/// "ID" or "ID@start of the occurrence".
fn item_named(text: &str) -> Option<(Id, Option<Moment>)> {
    let (id, slot) = text.split_once('@').map_or((text, None), |(id, slot)| (id, Moment::parse(slot)));
    Some((Id::parse(id)?, slot))
}

/// Names of zones consist of these; anything else is no name.
fn zone_name(text: &str) -> String {
    let fits = text.len() <= 60 && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '/' | '_' | '-' | '+'));
    if fits { text.to_owned() } else { String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        time::parse_date(text).unwrap()
    }

    fn read(query: &str) -> Place {
        let mut map = ParamsMap::new();
        for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
            map.insert(name.to_owned(), value.replace("%2B", "+"));
        }
        Place::read(&map)
    }

    #[test]
    fn an_address_leads_to_its_picture_and_back() {
        let id = "01a2020b-c38e-750a-92bf-e2524f46ee49";
        let query = format!("view=month&date=2026-03-16&people={id}&kinds=meeting,leave&zone=Etc/GMT%2B3&second=Asia/Shanghai");
        let place = read(&query);
        assert_eq!(place.view, View::Month);
        assert_eq!(place.users, vec![Id::parse(id).unwrap()]);
        assert_eq!(place.kinds, vec![ItemKind::Meeting, ItemKind::Leave]);
        assert_eq!(place.zone, "Etc/GMT+3");
        assert_eq!(place.href(), format!("/calendar?{query}"));
    }

    #[test]
    fn what_cannot_be_read_is_left_out() {
        let place = read("view=century&date=soon&people=me,x&kinds=party&zone=<b>");
        assert_eq!(place, Place::default());
    }

    #[test]
    fn each_view_reads_its_days() {
        let monday = Manner { sunday_first: false, h12: false };
        let sunday = Manner { sunday_first: true, h12: true };
        let range = |view: &str, manner: Manner| {
            let (from, to) = read(&format!("view={view}&date=2026-03-18")).range(day("2026-01-01"), manner);
            (time::date(from), time::date(to))
        };
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(range("week", monday), pair("2026-03-16", "2026-03-23"));
        assert_eq!(range("week", sunday), pair("2026-03-15", "2026-03-22"));
        assert_eq!(range("day", monday), pair("2026-03-16", "2026-03-23"));
        assert_eq!(range("month", monday), pair("2026-02-23", "2026-04-06"));
        assert_eq!(range("month", sunday), pair("2026-03-01", "2026-04-05"));
        assert_eq!(range("team", monday), pair("2026-03-18", "2026-03-19"));
        let work = read("view=workweek&date=2026-03-18").columns(day("2026-01-01"), sunday);
        assert_eq!(work.first().copied(), Some(day("2026-03-16")));
        assert_eq!(work.len(), 5);
        assert_eq!(read("view=day").columns(day("2026-01-01"), monday), vec![day("2026-01-01")]);
    }

    #[test]
    fn steps_go_as_far_as_the_view_is_long() {
        let step = |view: &str, from: &str, forward: bool| {
            read(&format!("view={view}&date={from}")).step(day("2026-01-01"), forward).date.map(time::date).unwrap_or_default()
        };
        assert_eq!(step("day", "2026-02-28", true), "2026-03-01");
        assert_eq!(step("week", "2026-03-18", false), "2026-03-11");
        assert_eq!(step("month", "2026-01-31", true), "2026-02-01");
        assert_eq!(step("month", "2026-03-31", false), "2026-02-01");
    }
}
