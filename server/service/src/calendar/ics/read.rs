//! From the components of a file to items: times on the clocks of their zones, rules, answers, reminders. Who the people are, the
//! caller finds out. What cannot be read of an item is said with the number of its line.

use chrono::{Datelike, NaiveDate, NaiveDateTime, TimeDelta};
use chrono_tz::Tz;
use domain::calendar::event::{MAX_LEAD, MAX_REMINDERS, MAX_TRAVEL, Reminder, ReminderWay};
use domain::calendar::{Answer, Event, ItemKind, Moment, Rule, Span, Status, When};
use domain::{FieldError, fields, time};
use sha2::{Digest, Sha256};

use super::clocks::{Clock, Clocks, year_of};
use super::parse::{self, Component, Line};
use super::reply::stamp;
use super::{sift, todo};

/// More items than these are no calendar of a person.
pub const MAX_ITEMS: usize = 50_000;
/// A larger file is refused before it is read.
pub const MAX_BYTES: usize = 25 * 1024 * 1024;
const MAX_UID: usize = 300;

/// An item of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Incoming {
    /// Of its BEGIN.
    pub line: usize,
    pub uid: String,
    pub sequence: i64,
    /// When it was last changed there, as far as it says so.
    pub changed: Option<i64>,
    /// Without its people.
    pub event: Event,
    /// The occurrence of the series that it stands for.
    pub slot: Option<Moment>,
    pub organiser: Option<Guest>,
    pub guests: Vec<Guest>,
    /// Fields that the file says nothing about keep what they have.
    pub says_kind: bool,
    pub is_todo: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Guest {
    /// In lower case; or the `urn:uuid:` of our own files.
    pub address: String,
    pub name: String,
    pub answer: Answer,
}

/// What is wrong, where.
#[derive(Clone, Debug, PartialEq)]
pub struct Trouble {
    pub line: usize,
    /// The line's own words, or what the item is called.
    pub text: String,
    pub error: FieldError,
}

#[derive(Debug, Default)]
pub struct File {
    pub items: Vec<Incoming>,
    /// Items that cannot be taken.
    pub rejected: Vec<Trouble>,
    /// Lines that were passed over; their items are there.
    pub passed_over: Vec<Trouble>,
    pub method: String,
}

impl File {
    /// Items, and lines that are none.
    pub fn len(&self) -> usize {
        self.items.len() + self.rejected.len() + self.passed_over.len()
    }
}

/// `own`: the zone of times that name none.
pub fn read(bytes: &[u8], own: Tz, house: Tz, now: i64) -> Result<File, FieldError> {
    if bytes.len() > MAX_BYTES {
        return Err(FieldError::new("file", "file_too_large").with("max", "25 MB"));
    }
    let parsed = parse::parse(bytes);
    if !parsed.is_calendar {
        return Err(FieldError::new("file", "file_no_calendar"));
    }
    if parsed.events.len() + parsed.todos.len() > MAX_ITEMS {
        return Err(FieldError::new("file", "too_many").with("max", MAX_ITEMS));
    }
    let years = parsed.events.iter().filter_map(|e| e.line("DTSTART")?.value.get(..4)?.parse().ok());
    let clocks = Clocks::of(&parsed.zones, own, house, year_of(years, now));
    let mut file = File { method: parsed.method, ..File::default() };
    for broken in parsed.broken {
        file.passed_over.push(Trouble { line: broken.number, text: broken.text, error: FieldError::new("file", "ics_line") });
    }
    let mut todos = Vec::new();
    for due in parsed.todos.iter().map(todo::as_item) {
        match due {
            Ok(component) => todos.push(component),
            Err(trouble) => file.passed_over.push(trouble),
        }
    }
    let events = parsed.events.iter().map(|c| (c, false));
    for (component, is_todo) in events.chain(todos.iter().map(|c| (c, true))) {
        let mut reader = Reader { clocks: &clocks, passed_over: &mut file.passed_over };
        match reader.item(component) {
            Ok(item) => file.items.push(if is_todo { todo::as_task(item) } else { item }),
            Err((line, error)) => {
                let text = component.line("SUMMARY").map(Line::text).unwrap_or_default().chars().take(80).collect();
                file.rejected.push(Trouble { line, text, error });
            }
        }
    }
    if file.method == "CANCEL" {
        file.items.iter_mut().for_each(|i| i.event.status = Status::Cancelled);
    }
    sift::newest(&mut file);
    sift::bounded(&mut file);
    file.passed_over.sort_by_key(|t| t.line);
    Ok(file)
}

struct Reader<'a> {
    clocks: &'a Clocks,
    passed_over: &'a mut Vec<Trouble>,
}

type At<T> = Result<T, (usize, FieldError)>;

impl Reader<'_> {
    fn pass_over(&mut self, line: &Line, error: FieldError) {
        let text = format!("{}:{}", line.name, line.value).chars().take(80).collect();
        self.passed_over.push(Trouble { line: line.number, text, error });
    }

    fn item(&mut self, c: &Component) -> At<Incoming> {
        let start = c.line("DTSTART").ok_or_else(|| (c.number, FieldError::new("start", "required")))?;
        let (first, clock) = self.moment(start)?.ok_or_else(|| (start.number, moment_error("start", start)))?;
        let end = self.end(c, first)?;
        let when = match (first, end) {
            (Moment::At(a), Moment::At(b)) if a <= b => When::At(Span::new(a, b)),
            (Moment::Day(a), Moment::Day(b)) if a <= b => When::Days(a, b.max(time::shift(a, 1))),
            _ => return Err((c.line("DTEND").unwrap_or(start).number, FieldError::new("end", "end_before_start"))),
        };
        let mut event = Event::new(when);
        event.zone = clock.as_ref().map(|c| c.zone.name().to_owned()).unwrap_or_default();
        let says_kind = self.about(c, &mut event);
        if when.start() == when.end() {
            // It takes no time.
            event.kind = ItemKind::Task;
        }
        self.repeats(c, &mut event)?;
        self.reminders(c, &mut event);
        let slot = match c.line("RECURRENCE-ID") {
            None => None,
            Some(line) => Some(self.moment(line)?.ok_or_else(|| (line.number, moment_error("slot", line)))?.0),
        };
        if slot.is_some() {
            (event.rrule, event.rdate, event.exdate) = (None, Vec::new(), Vec::new());
        }
        event.check().map_err(|e| (self.line_of(c, &e), first_of(e)))?;
        let uid = c.line("UID").map(|l| l.text().trim().to_owned()).filter(|u| !u.is_empty());
        let (organiser, guests) = people(c);
        Ok(Incoming {
            line: c.number,
            uid: short(uid.unwrap_or_else(|| made_up(c))),
            sequence: c.line("SEQUENCE").and_then(|l| l.value.trim().parse().ok()).unwrap_or(0),
            changed: c.line("LAST-MODIFIED").or_else(|| c.line("DTSTAMP")).and_then(stamp),
            slot,
            organiser,
            guests,
            says_kind,
            is_todo: false,
            event,
        })
    }

    /// The line that a problem of the item comes from.
    fn line_of(&self, c: &Component, error: &domain::Error) -> usize {
        let field = if let domain::Error::Invalid { fields } = error { fields.first().map(|f| f.field.as_str()) } else { None };
        let name = match field {
            Some("start") => "DTSTART",
            Some("end") => "DTEND",
            Some("rrule") => "RRULE",
            Some("rdate") => "RDATE",
            Some("exdate") => "EXDATE",
            _ => "",
        };
        c.line(name).map_or(c.number, |l| l.number)
    }

    /// A date, or a time on the clock of its zone with that clock.
    fn moment(&mut self, line: &Line) -> At<Option<(Moment, Option<Clock>)>> {
        let clock = self.clock(line);
        Ok(moment(line.value.trim(), &clock).map(|m| (m, (!m.is_day()).then_some(clock))))
    }

    fn clock(&mut self, line: &Line) -> Clock {
        let Some(id) = line.param("TZID").filter(|_| !line.value.trim().ends_with('Z')) else {
            // UTC is a clock too, but nobody's: what recurs follows one's own.
            return self.clocks.floating();
        };
        self.clocks.find(id).unwrap_or_else(|| {
            let error = FieldError::new("zone", "ics_zone").with("value", id.chars().take(60).collect::<String>());
            self.pass_over(line, error);
            self.clocks.floating()
        })
    }

    fn end(&mut self, c: &Component, start: Moment) -> At<Moment> {
        if let Some(line) = c.line("DTEND") {
            return self.moment(line)?.map(|(m, _)| m).ok_or_else(|| (line.number, moment_error("end", line)));
        }
        let Some(line) = c.line("DURATION") else {
            return Ok(match start {
                Moment::Day(d) => Moment::Day(time::shift(d, 1)),
                at => at,
            });
        };
        let length = duration(&line.value).ok_or_else(|| (line.number, moment_error("end", line)))?;
        Ok(match start {
            Moment::At(ms) => Moment::At(ms.saturating_add(length)),
            Moment::Day(d) => Moment::Day(time::shift(d, (length / 86_400_000).max(1))),
        })
    }

    fn about(&mut self, c: &Component, event: &mut Event) -> bool {
        let text =
            |name: &str, most: usize| c.line(name).map(|l| l.text().trim().chars().take(most).collect::<String>()).unwrap_or_default();
        event.title = text("SUMMARY", 300).replace('\n', " ");
        event.place = text("LOCATION", 300).replace('\n', ", ");
        event.body = text("DESCRIPTION", fields::LONG_TEXT);
        let word = |name: &str| c.line(name).map(|l| l.value.trim().to_ascii_uppercase()).unwrap_or_default();
        event.status = match word("STATUS").as_str() {
            "CANCELLED" => Status::Cancelled,
            "TENTATIVE" => Status::Tentative,
            _ if word("X-MICROSOFT-CDO-BUSYSTATUS") == "TENTATIVE" => Status::Tentative,
            _ => Status::Confirmed,
        };
        event.busy = word("TRANSP") != "TRANSPARENT" && word("X-MICROSOFT-CDO-BUSYSTATUS") != "FREE";
        event.private = matches!(word("CLASS").as_str(), "PRIVATE" | "CONFIDENTIAL");
        let minutes = |name: &str| word(name).parse::<u16>().ok().filter(|m| *m <= MAX_TRAVEL).unwrap_or(0);
        (event.travel_before, event.travel_after) = (minutes("X-RAPPORT-TRAVEL-BEFORE"), minutes("X-RAPPORT-TRAVEL-AFTER"));
        let words = c.all("CATEGORIES").flat_map(|l| l.value.split(',')).map(|w| w.trim().to_ascii_lowercase()).collect::<Vec<_>>();
        let kind = ItemKind::ALL.into_iter().find(|k| words.iter().any(|w| w == k.name()));
        event.kind = kind.unwrap_or_default();
        kind.is_some()
    }

    fn repeats(&mut self, c: &Component, event: &mut Event) -> At<()> {
        if let Some(line) = c.line("RRULE") {
            event.rrule = Some(Rule::parse(line.value.trim()).map_err(|e| (line.number, e))?);
        }
        if let Some(line) = c.line("EXRULE") {
            self.pass_over(line, FieldError::new("rrule", "ics_line"));
        }
        for (name, of) in [("RDATE", 0), ("EXDATE", 1)] {
            let mut moments = Vec::new();
            for line in c.all(name) {
                let clock = self.clock(line);
                for text in line.value.split(',').map(str::trim).filter(|t| !t.is_empty()) {
                    // A period: its start.
                    let text = text.split('/').next().unwrap_or(text);
                    match moment(text, &clock) {
                        Some(m) if m.is_day() == event.all_day || of == 1 && m.is_day() => moments.push(m),
                        // A time of day among the dates of days.
                        Some(Moment::At(ms)) => moments.push(Moment::Day(domain::calendar::zone::to_local(&clock.zone, ms).date())),
                        _ => self.pass_over(line, moment_error(if of == 0 { "rdate" } else { "exdate" }, line)),
                    }
                }
            }
            moments.sort_unstable();
            moments.dedup();
            if of == 0 { event.rdate = moments } else { event.exdate = moments }
        }
        Ok(())
    }

    fn reminders(&mut self, c: &Component, event: &mut Event) {
        for alarm in c.parts.iter().filter(|p| p.name == "VALARM") {
            let Some(trigger) = alarm.line("TRIGGER") else { continue };
            let by_mail = alarm.line("ACTION").is_some_and(|l| l.value.eq_ignore_ascii_case("EMAIL"));
            let in_browser = alarm.line("X-RAPPORT-WAY").is_some_and(|l| l.value.eq_ignore_ascii_case("browser"));
            let way = match (by_mail, in_browser) {
                (true, _) => ReminderWay::Email,
                (_, true) => ReminderWay::Browser,
                _ => ReminderWay::App,
            };
            let start = event.start.instant(&self.clocks.own);
            let at = match duration(&trigger.value) {
                Some(d) if trigger.param("RELATED").is_some_and(|r| r.eq_ignore_ascii_case("END")) => {
                    Some(event.end.instant(&self.clocks.own).saturating_add(d))
                }
                Some(d) => Some(start.saturating_add(d)),
                None => moment(trigger.value.trim(), &self.clocks.floating()).map(|m| m.instant(&self.clocks.own)),
            };
            let lead = at.map(|at| start.saturating_sub(at) / 60_000).and_then(|m| u32::try_from(m).ok()).filter(|m| *m <= MAX_LEAD);
            if let Some(minutes) = lead.filter(|_| event.reminders.len() < MAX_REMINDERS) {
                let reminder = Reminder { minutes, way };
                if !event.reminders.contains(&reminder) {
                    event.reminders.push(reminder);
                }
            }
        }
    }
}

fn moment_error(field: &str, line: &Line) -> FieldError {
    FieldError::new(field, "moment").with("value", line.value.chars().take(60).collect::<String>())
}

fn first_of(e: domain::Error) -> FieldError {
    match e {
        domain::Error::Invalid { fields } => fields.into_iter().next().unwrap_or_else(|| FieldError::new("", "unreadable")),
        _ => FieldError::new("", "unreadable"),
    }
}

fn short(uid: String) -> String {
    if uid.chars().count() <= MAX_UID { uid } else { format!("{:x}", Sha256::digest(uid.as_bytes())) }
}

/// The name of an item that has none: the same for the same item of the same file.
fn made_up(c: &Component) -> String {
    let mut hash = Sha256::new();
    for line in c.lines.iter().filter(|l| matches!(l.name.as_str(), "DTSTART" | "DTEND" | "SUMMARY" | "RRULE")) {
        hash.update(line.value.as_bytes());
        hash.update([0]);
    }
    format!("unnamed-{:x}", hash.finalize())
}

/// "20261124", "20261124T100000", "20261124T080000Z"
pub(super) fn moment(text: &str, clock: &Clock) -> Option<Moment> {
    let day = |t: &str| {
        let digits = t.len() == 8 && t.bytes().all(|b| b.is_ascii_digit());
        digits.then(|| NaiveDate::from_ymd_opt(t.get(..4)?.parse().ok()?, t.get(4..6)?.parse().ok()?, t.get(6..)?.parse().ok()?)).flatten()
    };
    let (date, rest) = (text.get(..8)?, text.get(8..)?);
    let date = day(date)?;
    if rest.is_empty() {
        return Some(Moment::Day(date));
    }
    let (digits, utc) = rest.strip_prefix('T')?.strip_suffix('Z').map_or((rest.get(1..)?, false), |d| (d, true));
    let part = |at: usize| digits.get(at..at + 2)?.parse::<u32>().ok();
    let local: NaiveDateTime = date.and_hms_opt(part(0)?, part(2)?, part(4).unwrap_or(0).min(59))?;
    // The clocks of the year 1 are nobody's; out of range they are refused later.
    let far = !(1800..=2400).contains(&local.year());
    Some(Moment::At(if utc || far { local.and_utc().timestamp_millis() } else { clock.instant(local) }))
}

/// "-PT15M", "P1DT2H", "P2W": milliseconds.
fn duration(text: &str) -> Option<i64> {
    let text = text.trim().to_ascii_uppercase();
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(&text)),
    };
    let mut seconds: i64 = 0;
    let mut number = String::new();
    let mut any = false;
    for c in rest.strip_prefix('P')?.chars() {
        let unit = match c {
            '0'..='9' => {
                number.push(c);
                continue;
            }
            'T' if number.is_empty() => continue,
            'W' => 7 * 86_400,
            'D' => 86_400,
            'H' => 3_600,
            'M' => 60,
            'S' => 1,
            _ => return None,
        };
        let n: i64 = number.parse().ok().filter(|n| *n <= 1_000_000_000)?;
        seconds = seconds.checked_add(n.checked_mul(unit)?)?;
        number.clear();
        any = true;
    }
    let whole = TimeDelta::try_seconds(sign * seconds)?;
    (any && number.is_empty()).then(|| whole.num_milliseconds())
}

pub(super) fn people(c: &Component) -> (Option<Guest>, Vec<Guest>) {
    let guest = |l: &Line| {
        let value = l.value.trim().to_ascii_lowercase();
        let mail = value.strip_prefix("mailto:").map(str::to_owned).or_else(|| l.param("EMAIL").map(str::to_ascii_lowercase));
        let address = mail.filter(|m| m.contains('@')).or_else(|| value.starts_with("urn:uuid:").then_some(value))?;
        let answer = match l.param("PARTSTAT").unwrap_or_default().to_ascii_uppercase().as_str() {
            "ACCEPTED" | "COMPLETED" => Answer::Accepted,
            "TENTATIVE" => Answer::Tentative,
            "DECLINED" => Answer::Declined,
            _ => Answer::Pending,
        };
        let name = l.param("CN").unwrap_or_default().chars().take(200).collect();
        Some(Guest { address: address.trim().chars().take(320).collect(), name, answer })
    };
    let mut guests: Vec<Guest> = Vec::new();
    for found in c.all("ATTENDEE").filter_map(guest) {
        if !guests.iter().any(|g| g.address == found.address) {
            guests.push(found);
        }
    }
    (c.line("ORGANIZER").and_then(guest), guests)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(items: &str) -> File {
        let text = format!("BEGIN:VCALENDAR\r\n{}END:VCALENDAR\r\n", items.replace('\n', "\r\n"));
        read(text.as_bytes(), Tz::Europe__Kyiv, Tz::UTC, 1_795_317_850_000).unwrap()
    }

    fn item(lines: &str) -> File {
        file(&format!("BEGIN:VEVENT\nUID:1\n{lines}\nEND:VEVENT\n"))
    }

    fn codes(file: &File) -> Vec<(usize, &str, &str)> {
        file.rejected.iter().map(|t| (t.line, t.error.field.as_str(), t.error.code.as_str())).collect()
    }

    #[test]
    fn what_cannot_be_is_refused_with_its_line() {
        for (lines, line, field, code) in [
            ("SUMMARY:x", 2, "start", "required"),
            ("DTSTART:soon", 4, "start", "moment"),
            ("DTSTART:00010101T090000Z", 4, "start", "date_range"),
            ("DTSTART:99991231T090000Z\nDTEND:99991231T100000Z", 4, "start", "date_range"),
            ("DTSTART;VALUE=DATE:99990101", 4, "start", "date_range"),
            ("DTSTART:20261124T090000Z\nDTEND:20261124T080000Z", 5, "end", "end_before_start"),
            ("DTSTART:20261124T090000Z\nDTEND;VALUE=DATE:20261125", 5, "end", "end_before_start"),
            ("DTSTART:20261124T090000Z\nDURATION:PT1H\nRRULE:FREQ=SOMETIMES", 6, "rrule", "rule_syntax"),
            ("DTSTART:20261124T090000Z\nDTEND:20361124T090000Z", 5, "end", "event_too_long"),
        ] {
            let file = item(lines);
            assert_eq!(codes(&file), [(line, field, code)], "{lines}");
        }
        let many: String = (0..600)
            .map(|n| format!("RDATE:2027{:02}{:02}T{:02}0000Z,20280101T{:02}0000Z\n", n % 12 + 1, n % 28 + 1, n % 24, n % 24))
            .collect();
        assert!(item(&format!("DTSTART:20261124T090000Z\nDURATION:PT1H\n{}", many.trim_end())).rejected.len() <= 1);
        let no_calendar = read(b"name,email\n", Tz::UTC, Tz::UTC, 0).unwrap_err();
        assert_eq!(no_calendar.code, "file_no_calendar");
    }

    #[test]
    fn an_item_is_read_with_all_that_it_says() {
        let file = item(
            "DTSTART;TZID=FLE Standard Time:20261124T100000\nDURATION:PT1H30M\nSUMMARY:<b>Review</b>\\, twice\nLOCATION:Room\\n2\nCLASS:CONFIDENTIAL\nTRANSP:TRANSPARENT\nSTATUS:TENTATIVE\nRRULE:FREQ=WEEKLY;COUNT=4\nEXDATE;TZID=FLE Standard Time:20261201T100000,20261208T100000\nORGANIZER;CN=Ann:MAILTO:Ann@X.example\nATTENDEE;PARTSTAT=DECLINED:mailto:bob@x.example\nATTENDEE:urn:uuid:0\nBEGIN:VALARM\nTRIGGER:-PT15M\nACTION:EMAIL\nEND:VALARM\nBEGIN:VALARM\nTRIGGER;RELATED=END:-PT1H45M\nACTION:AUDIO\nEND:VALARM",
        );
        let [one] = file.items.as_slice() else { panic!("{:?}", file.rejected) };
        let e = &one.event;
        assert_eq!((e.start.to_string().as_str(), e.end.to_string().as_str()), ("2026-11-24T08:00:00.000Z", "2026-11-24T09:30:00.000Z"));
        assert_eq!((e.zone.as_str(), e.title.as_str(), e.place.as_str()), ("Europe/Kyiv", "<b>Review</b>, twice", "Room, 2"));
        assert!(e.private && !e.busy && e.status == Status::Tentative && e.exdate.len() == 2);
        assert_eq!(one.organiser.as_ref().map(|o| o.address.as_str()), Some("ann@x.example"));
        assert_eq!(one.guests.iter().map(|g| g.answer).collect::<Vec<_>>(), [Answer::Declined, Answer::Pending]);
        let minutes: Vec<_> = e.reminders.iter().map(|r| (r.minutes, r.way)).collect();
        assert_eq!(minutes, [(15, ReminderWay::Email), (15, ReminderWay::App)]);
    }

    #[test]
    fn days_stay_days_and_times_without_a_zone_are_ones_own() {
        let file = file(
            "BEGIN:VEVENT\nUID:1\nDTSTART;VALUE=DATE:20261124\nEND:VEVENT\nBEGIN:VEVENT\nUID:2\nDTSTART:20260701T100000\nDURATION:PT1H\nEND:VEVENT\n",
        );
        let times: Vec<_> = file.items.iter().map(|i| (i.event.start.to_string(), i.event.end.to_string())).collect();
        assert_eq!(times[0], ("2026-11-24".to_owned(), "2026-11-25".to_owned()));
        assert_eq!(times[1].0, "2026-07-01T07:00:00.000Z");
    }

    #[test]
    fn an_unknown_zone_is_said_and_the_item_is_there() {
        let file = item("DTSTART;TZID=Middle-earth/Shire:20261124T100000\nDURATION:PT1H");
        assert_eq!(file.items.len(), 1);
        assert_eq!(file.passed_over.iter().map(|t| (t.line, t.error.code.as_str())).collect::<Vec<_>>(), [(4, "ics_zone")]);
    }

    #[test]
    fn of_an_item_that_comes_twice_the_newer_counts() {
        let one = |sequence: i64, title: &str| {
            format!("BEGIN:VEVENT\nUID:1\nSEQUENCE:{sequence}\nSUMMARY:{title}\nDTSTART:20261124T100000Z\nDURATION:PT1H\nEND:VEVENT\n")
        };
        let file = file(&format!("{}{}{}", one(1, "a"), one(3, "b"), one(2, "c")));
        assert_eq!(file.items.iter().map(|i| i.event.title.as_str()).collect::<Vec<_>>(), ["b"]);
    }
}
