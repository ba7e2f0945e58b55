//! The sample company's calendar: rooms, a van, a holiday, and some weeks around today that look like work. One person is booked
//! twice, so that a conflict can be seen.

use chrono::{Datelike, NaiveDate, NaiveTime, TimeDelta};
use domain::calendar::view::Habits;
use domain::calendar::{DayOff, zone};
use domain::{Id, Kind, Record, Result, time};
use serde_json::{Value, json};

use super::{Seed, pick};
use crate::records;

/// title, kind, length in minutes
const ITEMS: &[(&str, &str, i64)] = &[
    ("Offer review", "meeting", 60),
    ("Follow-up", "call", 30),
    ("Site visit", "visit", 60),
    ("Перемовини про умови", "meeting", 60),
    ("产品演示", "meeting", 60),
    ("Renewal", "call", 30),
    ("Дзвінок щодо договору", "call", 30),
    ("合約討論", "meeting", 60),
    ("Quarterly review", "visit", 90),
    ("Delivery and set-up", "delivery", 90),
];
/// Hours at which they begin, on the clock of whoever has them; the team meets before.
const HOURS: &[i64] = &[10, 12, 14, 16];

struct Around<'a> {
    companies: &'a [Record],
    contacts: &'a [Record],
    resources: &'a [Record],
}

impl Seed<'_> {
    /// Monday of this week and of those around it.
    fn monday(&self, week: i64) -> NaiveDate {
        let today = time::utc_date(self.now);
        time::shift(today, 7 * week - i64::from(today.weekday().num_days_from_monday()))
    }

    pub(super) async fn calendar(&mut self, companies: &[Record], contacts: &[Record], people: &[Record], owner: &Record) -> Result<()> {
        let rows = [
            ("Harbour room", "room", 12, "Kyiv office"),
            ("Lighthouse", "room", 4, "Kyiv office"),
            ("台北會議室", "room", 8, "Taipei office"),
            ("Van", "vehicle", 3, ""),
        ];
        let resource =
            |(name, of, seats, place): (&str, &str, i64, &str)| json!({"name": name, "type": of, "capacity": seats, "place": place});
        let resources = self.add(Kind::Resource, rows.into_iter().map(resource).collect()).await?;
        let holidays = vec![DayOff { date: time::shift(self.monday(2), 3), name: "Founders’ Day".to_owned() }];
        crate::calendar::save_habits(
            &self.ctx,
            domain::calendar::view::Whose::House,
            Habits { holidays: holidays.clone(), ..Habits::default() },
        )
        .await?;

        let sellers: Vec<&Record> = people.iter().filter(|u| u.text("role") == "sales").collect();
        let manager = people.iter().find(|u| u.text("role") == "manager");
        let around = Around { companies, contacts, resources: &resources };
        let mut rows = Vec::new();
        let mut nth = 0_u64;
        for week in -1..4 {
            for day in 0..5 {
                let date = time::shift(self.monday(week), day);
                if holidays.iter().any(|h| h.date == date) {
                    continue;
                }
                for seller in &sellers {
                    for hour in HOURS.iter().take(3) {
                        // About half of the hours are taken.
                        if self.roll(100) < 52 {
                            nth += 1;
                            rows.push(self.item(seller, (date, *hour), nth, &around));
                        }
                    }
                }
            }
        }
        let east: Vec<Id> = people.iter().filter(|u| u.id_of("team") == manager.and_then(|m| m.id_of("team"))).map(|u| u.id).collect();
        let first = self.monday(-4);
        let kyiv = "Europe/Kyiv";
        let chair = manager.map_or(owner.id, |m| m.id);
        rows.push(
            json!({"title": "Team meeting", "type": "meeting", "start": at(kyiv, first, 9, 15), "end": at(kyiv, first, 9, 45), "zone": kyiv,
            "organiser": chair, "attendees": east, "resources": resources.first().map(|r| [r.id]), "rrule": "FREQ=WEEKLY;BYDAY=MO"}),
        );
        let friday = time::shift(self.monday(1), 4);
        if let (Some(vicki), Some(kary)) = (sellers.first(), sellers.get(2)) {
            // Booked twice, for everybody to see.
            let tuesday = time::shift(self.monday(1), 1);
            for (title, hour, minute) in [("Contract review", 17, 0), ("Demo for the board", 17, 30)] {
                let end = at(kyiv, tuesday, 18, 0);
                rows.push(json!({"title": title, "type": "meeting", "start": at(kyiv, tuesday, hour, minute), "end": end, "zone": kyiv,
                    "organiser": vicki.id, "attendees": manager.map(|m| [m.id])}));
            }
            rows.push(json!({"title": "Dentist", "type": "meeting", "private": true, "start": at(kyiv, friday, 9, 0), "end": at(kyiv, friday, 10, 0),
                "zone": kyiv, "organiser": kary.id}));
            rows.push(json!({"title": "Відпустка", "type": "leave", "start": time::date(time::shift(self.monday(4), 1)), "end": time::date(time::shift(self.monday(4), 5)),
                "all_day": true, "organiser": kary.id}));
        }
        rows.push(
            json!({"title": "Board call", "type": "call", "start": at(kyiv, friday, 11, 0), "end": at(kyiv, friday, 12, 0), "zone": kyiv,
            "organiser": owner.id, "attendees": manager.map(|m| [m.id])}),
        );
        self.add(Kind::Event, rows).await?;
        Ok(())
    }

    fn item(&mut self, who: &Record, (date, hour): (NaiveDate, i64), nth: u64, around: &Around<'_>) -> Value {
        let Around { companies, contacts, resources } = around;
        let company = pick(companies, nth * 7);
        let Some((title, kind, minutes)) = pick(ITEMS, nth) else { return Value::Null };
        let zone = who.text("time_zone");
        let of_company = company.map(|c| c.id);
        let contact: Vec<Id> = contacts.iter().filter(|c| c.id_of("company") == of_company).map(|c| c.id).take(1).collect();
        // One room an hour and day: nobody else has it then.
        let room = if *kind == "meeting" && hour == 12 && nth.is_multiple_of(3) {
            resources.get(1).filter(|_| zone == "Europe/Kyiv")
        } else {
            None
        };
        let van = if *kind == "delivery" && hour == 14 { resources.last() } else { None };
        let travel = if matches!(*kind, "visit" | "delivery") { 15 } else { 0 };
        let status = if self.roll(9) == 0 { "tentative" } else { "confirmed" };
        let name = company.map(|c| c.name().to_owned()).unwrap_or_default();
        let start = at(zone, date, hour, 0);
        let end = at(zone, date, hour + minutes / 60, minutes % 60);
        json!({"title": format!("{title} · {name}"), "type": kind, "start": start, "end": end, "zone": zone, "organiser": who.id, "company": of_company,
            "contacts": (!contact.is_empty()).then_some(contact), "resources": van.or(room).map(|r| [r.id]), "status": status,
            "travel_before": travel, "travel_after": travel, "place": (travel > 0).then(|| company.map(|c| c.text("city").to_owned())).flatten()})
    }
}

/// The instant at which a zone's clock shows this.
fn at(zone_name: &str, date: NaiveDate, hour: i64, minute: i64) -> String {
    let local = date.and_time(NaiveTime::MIN) + TimeDelta::hours(hour) + TimeDelta::minutes(minute);
    time::instant(zone::to_instant(&records::zone(zone_name), local))
}
