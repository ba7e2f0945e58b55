//! What comes once a day, at the hour that each person chose: what the day brings, which customers have their birthday soon
//! and whose contract comes to its end.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};
use chrono_tz::Tz;
use domain::calendar::{Moment, Status, Window, zone};
use domain::list::ListQuery;
use domain::notices::{Daily, News, Notice, Preferences};
use domain::{Fields, Id, Kind, Locale, Record, Result, time};
use store::Table;

use super::{DAY, Docs, Letters, zone_of};
use crate::ctx::fault;
use crate::mail::{Letter, words};
use crate::{App, Ctx, Via, auth, notices, records};

/// Contacts by the day of the year on which they were born, companies by the day on which their contract ends; read once a
/// day, and joined by what is written after that. Who is here is only asked: the record itself says whether it is so.
#[derive(Default)]
pub(super) struct Customers {
    read_on: Option<NaiveDate>,
    /// What was written while all are read.
    meanwhile: Option<Vec<(Kind, NaiveDate, Customer)>>,
    /// Month and day.
    born: BTreeMap<(u32, u32), Vec<Customer>>,
    ending: BTreeMap<NaiveDate, Vec<Customer>>,
}

#[derive(Clone, PartialEq)]
struct Customer {
    id: Id,
    owner: Id,
}

impl Customers {
    fn put(&mut self, kind: Kind, date: NaiveDate, customer: Customer) {
        let list = match kind {
            Kind::Contact => self.born.entry((date.month(), date.day())).or_default(),
            _ => self.ending.entry(date).or_default(),
        };
        if !list.contains(&customer) {
            list.push(customer);
        }
    }
}

/// The day that counts of a customer, and whose it is.
fn customer(record: &Record) -> Option<(NaiveDate, Customer)> {
    let field = match record.kind {
        Kind::Contact => "birth_date",
        Kind::Company => "contract_end",
        _ => return None,
    };
    let stands = record.deleted_at.is_none();
    let (date, owner) = time::parse_date(record.text(field)).zip(record.id_of("owner")).filter(|_| stands)?;
    Some((date, Customer { id: record.id, owner }))
}

/// Was written, here or at another server.
pub(crate) fn hear<'r>(app: &App, records: impl Iterator<Item = &'r Record>) {
    let mut known = None;
    for (kind, (date, customer)) in records.filter_map(|r| Some((r.kind, customer(r)?))) {
        let known = known.get_or_insert_with(|| app.0.reminders.customers.lock());
        if let Some(meanwhile) = &mut known.meanwhile {
            meanwhile.push((kind, date, customer.clone()));
        }
        if known.read_on.is_some() {
            known.put(kind, date, customer);
        }
    }
}

/// What comes after `from`, up to `to`.
/// Third: what is remembered as told once the notices are written, and no sooner.
pub(super) async fn due(app: &App, from: i64, to: i64) -> Result<(Docs, Letters, Told)> {
    let (mut docs, mut letters, mut told): (Docs, Letters, Told) = Default::default();
    let directory = app.directory();
    let wishes = app.0.store.docs(Table::Preference, None).await.map_err(fault)?;
    let wishes: BTreeMap<Id, Preferences> = wishes
        .into_iter()
        .filter_map(|(key, doc)| Some((Id::parse(&key)?, serde_json::from_value(serde_json::Value::Object(doc)).ok()?)))
        .collect();
    let usual = Preferences::default();
    for user in directory.users.values().filter(|u| u.deleted_at.is_none() && !u.flag("disabled") && !u.text("email").is_empty()) {
        let wish = wishes.get(&user.id).unwrap_or(&usual);
        let clock = zone_of(user, directory.time_zone());
        for (day, at) in mornings(wish, clock, from, to) {
            customers(app, user, wish, (day, at), &mut docs, &mut told).await?;
            if wish.digest != Daily::Off {
                digest(app, user, wish, (day, at, clock), &mut docs, &mut letters).await?;
            }
        }
    }
    Ok((docs, letters, told))
}

/// Keys of what somebody has been told by then, with the day after which that may be forgotten.
pub(super) type Told = Vec<(String, NaiveDate)>;

/// Of an end of a contract, and of a birthday, one hears once. What was told is kept until after that day.
pub(super) async fn remember(app: &App, told: Told) -> Result<()> {
    for (key, end) in told {
        let kept = zone::to_instant(&Tz::UTC, end.and_time(chrono::NaiveTime::MIN));
        let doc = Fields::from_iter([("at".to_owned(), time::instant(kept).into())]);
        app.0.store.put_doc(Table::Clash, &key, doc).await.map_err(fault)?;
    }
    Ok(())
}

/// The days whose chosen hour lies after `from`, up to `to`.
fn mornings(wish: &Preferences, clock: Tz, from: i64, to: i64) -> Vec<(NaiveDate, i64)> {
    let minute = wish.digest_minute().unwrap_or(480);
    let first = zone::to_local(&clock, from).date();
    let days = (0..=2).map(|n| time::shift(first, n));
    let at = |day: NaiveDate| {
        let clock_time = chrono::NaiveTime::from_num_seconds_from_midnight_opt(minute * 60, 0).unwrap_or_default();
        zone::to_instant(&clock, day.and_time(clock_time))
    };
    days.map(|day| (day, at(day))).filter(|(_, at)| *at > from && *at <= to).collect()
}

fn plain(news: News, at: i64) -> Notice {
    Notice::plain(time::instant(at), news)
}

/// Whoever looks after a customer hears of the birthday, and of the end of the contract, some days before.
async fn customers(
    app: &App,
    user: &Record,
    wish: &Preferences,
    (day, at): (NaiveDate, i64),
    docs: &mut Docs,
    told: &mut Told,
) -> Result<()> {
    if wish.birthday_days == 0 && wish.contract_days == 0 {
        return Ok(());
    }
    read_customers(app).await?;
    let ahead = |days: u8| (days > 0).then(|| time::shift(day, i64::from(days)));
    let mut found: Vec<(String, Notice)> = Vec::new();
    // Also those that were entered, or moved, when the wished number of days was over already.
    let mut ending: Vec<(Id, NaiveDate)> = Vec::new();
    let mut born: Vec<(Id, NaiveDate)> = Vec::new();
    {
        let known = app.0.reminders.customers.lock();
        let mine = |list: Option<&'_ Vec<Customer>>| -> Vec<Id> {
            list.into_iter().flatten().filter(|c| c.owner == user.id).map(|c| c.id).collect()
        };
        for date in ahead(wish.birthday_days).into_iter().flat_map(|last| day.iter_days().take_while(move |d| *d <= last)) {
            for key in birthdays(date) {
                born.extend(mine(known.born.get(&key)).into_iter().map(|contact| (contact, date)));
            }
        }
        if let Some(last) = ahead(wish.contract_days) {
            ending.extend(
                known.ending.range(day..=last).flat_map(|(date, _)| mine(known.ending.get(date)).into_iter().map(|id| (id, *date))),
            );
        }
    }
    for (contact, date) in born {
        let record = app.0.store.get(Kind::Contact, contact).await.map_err(fault)?;
        let Some(record) = record.filter(|r| r.deleted_at.is_none() && r.owner() == Some(user.id)) else { continue };
        let key = format!("birthday/{}/{contact}/{date}", user.id);
        let is = time::parse_date(record.text("birth_date")).is_some_and(|b| birthdays(date).any(|key| key == (b.month(), b.day())));
        if !is || is_told(app, told, &key).await? {
            continue;
        }
        told.push((key, date));
        let (actor_name, start) = (record.name().to_owned(), Some(Moment::Day(date)));
        found.push((format!("birthday-{contact}"), Notice { contact: Some(contact), actor_name, start, ..plain(News::Birthday, at) }));
    }
    for (company, date) in ending {
        // Read by the day: it may be another's by now, gone, or have another end.
        let record = app.0.store.get(Kind::Company, company).await.map_err(fault)?;
        let Some(record) = record.filter(|r| r.deleted_at.is_none() && r.owner() == Some(user.id)) else { continue };
        let key = format!("contract/{}/{company}/{date}", user.id);
        if time::parse_date(record.text("contract_end")) != Some(date) || is_told(app, told, &key).await? {
            continue;
        }
        told.push((key, date));
        let (actor_name, start) = (record.name().to_owned(), Some(Moment::Day(date)));
        found.push((format!("contract-{company}"), Notice { company: Some(company), actor_name, start, ..plain(News::ContractEnd, at) }));
    }
    for (key, notice) in found {
        docs.push((user.id, notices::key(user.id, at, &key), notices::doc(&notice)?));
    }
    Ok(())
}

/// Month and day of those who celebrate on this day: who was born on a 29 February does so on the 28th in other years.
fn birthdays(date: NaiveDate) -> impl Iterator<Item = (u32, u32)> {
    let leap = (date.month(), date.day()) == (2, 28) && time::shift(date, 1).day() == 1;
    [Some((date.month(), date.day())), leap.then_some((2, 29))].into_iter().flatten()
}

async fn is_told(app: &App, told: &Told, key: &str) -> Result<bool> {
    Ok(told.iter().any(|(known, _)| known == key) || app.0.store.get_doc(Table::Clash, key).await.map_err(fault)?.is_some())
}

async fn read_customers(app: &App) -> Result<()> {
    let today = time::utc_date(app.now());
    {
        let mut known = app.0.reminders.customers.lock();
        if known.read_on == Some(today) {
            return Ok(());
        }
        known.meanwhile = Some(Vec::new());
    }
    let mut all = Customers { read_on: Some(today), ..Customers::default() };
    for kind in [Kind::Contact, Kind::Company] {
        let mut after: Option<Id> = None;
        loop {
            let page = app.0.store.scan(kind, after, 1_000).await.map_err(fault)?;
            after = page.last().map(|r| r.id);
            let end = page.len() < 1_000;
            // Each is met once: nothing to look for.
            for (date, customer) in page.iter().filter_map(customer) {
                match kind {
                    Kind::Contact => all.born.entry((date.month(), date.day())).or_default().push(customer),
                    _ => all.ending.entry(date).or_default().push(customer),
                }
            }
            if end {
                break;
            }
        }
    }
    let mut known = app.0.reminders.customers.lock();
    for (kind, date, customer) in known.meanwhile.take().into_iter().flatten() {
        all.put(kind, date, customer);
    }
    *known = all;
    Ok(())
}

/// Items and tasks of the day, when there are any.
async fn digest(
    app: &App,
    user: &Record,
    wish: &Preferences,
    (day, at, clock): (NaiveDate, i64, Tz),
    docs: &mut Docs,
    letters: &mut Letters,
) -> Result<()> {
    let Some(ctx) = auth::ctx_of(app, user, Via::Session(Id(uuid::Uuid::nil()))) else { return Ok(()) };
    let items = items_of(app, user.id, clock, day);
    let (overdue, today) = tasks_of(&ctx, clock, day, at).await?;
    if items.is_empty() && overdue.is_empty() && today.is_empty() {
        return Ok(());
    }
    let by_mail = wish.digest == Daily::Email && app.0.mailer.is_there();
    if by_mail {
        letters.push(letter(app, user, clock, day, (&items, &overdue, &today)));
        return Ok(());
    }
    let count = |n: usize| i64::try_from(n).unwrap_or(0);
    let notice = Notice {
        start: Some(Moment::Day(day)),
        count: Some((count(items.len()), count(overdue.len() + today.len()))),
        ..plain(News::Digest, at)
    };
    docs.push((user.id, notices::key(user.id, at, "digest"), notices::doc(&notice)?));
    Ok(())
}

/// When, and what.
type Lines = Vec<(String, String)>;

fn items_of(app: &App, user: Id, clock: Tz, day: NaiveDate) -> Lines {
    let window = Window::of_days(&clock, day, time::shift(day, 1));
    let mut out = Vec::new();
    for near in app.0.book.near(user, window.span) {
        let item = &near.item;
        if item.status == Status::Cancelled || item.answer_of(user) == Some(domain::calendar::Answer::Declined) {
            continue;
        }
        for (_, when) in item.occurrences(&window, &near.replaced, 100) {
            out.push((when.span(&clock).start, when, item.title.to_string()));
        }
    }
    out.sort_by_key(|(start, ..)| *start);
    out.into_iter().map(|(_, when, title)| (words::hours(when, clock), title)).collect()
}

/// Overdue ones, and those of today.
async fn tasks_of(ctx: &Ctx, clock: Tz, day: NaiveDate, now: i64) -> Result<(Lines, Lines)> {
    let end = zone::day_start(&clock, time::shift(day, 1));
    let query = ListQuery { filter: "owner = me and done = false".to_owned(), limit: 200, ..ListQuery::default() };
    let page = records::list(ctx, Kind::Task, &query).await?;
    let (mut overdue, mut today) = (Vec::new(), Vec::new());
    for task in page.records {
        let Some(due) = time::parse_instant(task.text("due_at")) else { continue };
        let line = (words::short(ctx.me.locale, due, clock), task.name().to_owned());
        match due {
            due if due < now => overdue.push(line),
            due if due < end => today.push(line),
            _ => {}
        }
    }
    Ok((overdue, today))
}

fn letter(app: &App, user: &Record, clock: Tz, day: NaiveDate, (items, overdue, today): (&Lines, &Lines, &Lines)) -> (String, Letter) {
    let locale = Locale::parse(user.text("locale")).unwrap_or_default();
    let mut lines: Lines = Vec::new();
    for (key, part) in [("mail.digest.items", items), ("mail.digest.overdue", overdue), ("mail.digest.due", today)] {
        for (n, (when, what)) in part.iter().enumerate() {
            let head = if n == 0 { words::text(locale, key) } else { String::new() };
            lines.push((head, format!("{when}  {what}").trim().to_owned()));
        }
    }
    let subject = words::filled(locale, "mail.digest.subject", &[("day", &words::day(locale, day))]);
    let link = (words::text(locale, "mail.open"), format!("{}/calendar?view=day&date={}", app.0.config.public, time::date(day)));
    let hello = words::filled(locale, "mail.hello", &[("name", user.name())]);
    let letter = Letter {
        to: user.text("email").to_owned(),
        name: user.name().to_owned(),
        language: locale.tag().to_owned(),
        subject,
        ..words::page(locale, &hello, &lines, &[link], "")
    };
    let at = zone::day_start(&clock, day).div_euclid(DAY);
    (format!("digest-{}-{at}", user.id), letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_begins_at_the_persons_own_hour() {
        let wish = Preferences::default();
        let at = |text: &str| time::parse_instant(text).unwrap();
        let kyiv = mornings(&wish, Tz::Europe__Kyiv, at("2026-11-23T05:59:00Z"), at("2026-11-23T06:00:00Z"));
        assert_eq!(kyiv, [(time::parse_date("2026-11-23").unwrap(), at("2026-11-23T06:00:00Z"))]);
        // Kiritimati is 14 hours ahead: there it is Monday already.
        let far = mornings(&wish, Tz::Pacific__Kiritimati, at("2026-11-22T17:59:59Z"), at("2026-11-22T18:00:00Z"));
        assert_eq!(far.len(), 1);
        assert_eq!(time::date(far[0].0), "2026-11-23");
        assert!(mornings(&wish, Tz::UTC, at("2026-11-23T08:00:00Z"), at("2026-11-23T09:00:00Z")).is_empty(), "once");
    }
}
