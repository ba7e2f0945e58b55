//! Answers that come back (RFC 5546, METHOD:REPLY): who says what, to which state of which item, and when it was said. Only what
//! an answer is made of is read; the rest of the item is the organiser's.

use chrono_tz::Tz;
use domain::FieldError;
use domain::calendar::{Answer, Moment};

use super::clocks::{Clocks, year_of};
use super::parse::{self, Component, Line};
use super::read::{moment, people};

/// A letter holds one; a larger file is none.
pub const MAX_BYTES: usize = 256 * 1024;
const MAX_REPLIES: usize = 100;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    pub uid: String,
    /// In lower case; empty: nobody, or several people at once, who cannot have said it.
    pub address: String,
    pub answer: Answer,
    /// Of the invitation that was answered.
    pub sequence: Option<i64>,
    /// When it was said.
    pub stamp: Option<i64>,
    /// Of a series, the occurrence.
    pub slot: Option<Moment>,
}

/// # Errors
/// Names what the file is not.
pub fn read(bytes: &[u8], own: Tz, house: Tz, now: i64) -> Result<Vec<Reply>, FieldError> {
    if bytes.len() > MAX_BYTES {
        return Err(FieldError::new("file", "file_too_large").with("max", "256 kB"));
    }
    let parsed = parse::parse(bytes);
    if !parsed.is_calendar {
        return Err(FieldError::new("file", "file_no_calendar"));
    }
    if !parsed.method.eq_ignore_ascii_case("REPLY") {
        return Err(FieldError::new("method", "ics_no_reply").with("value", parsed.method.chars().take(40).collect::<String>()));
    }
    if parsed.events.is_empty() {
        return Err(FieldError::new("file", "ics_no_item"));
    }
    if parsed.events.len() > MAX_REPLIES {
        return Err(FieldError::new("file", "too_many").with("max", MAX_REPLIES));
    }
    let years = parsed.events.iter().filter_map(|e| e.line("RECURRENCE-ID")?.value.get(..4)?.parse().ok());
    let clocks = Clocks::of(&parsed.zones, own, house, year_of(years, now));
    parsed.events.iter().map(|c| reply(c, &clocks)).collect()
}

fn reply(c: &Component, clocks: &Clocks) -> Result<Reply, FieldError> {
    let uid = c.line("UID").map(|l| l.text().trim().to_owned()).unwrap_or_default();
    let slot = match c.line("RECURRENCE-ID") {
        None => None,
        Some(line) => Some(slot(line, clocks).ok_or_else(|| FieldError::new("slot", "moment").with("value", short(&line.value)))?),
    };
    let (_, mut guests) = people(c);
    let one = guests.pop().filter(|_| guests.is_empty()).unwrap_or_default();
    let number = |name: &str| c.line(name).and_then(|l| l.value.trim().parse().ok());
    Ok(Reply {
        uid,
        address: one.address,
        answer: one.answer,
        sequence: number("SEQUENCE"),
        stamp: c.line("DTSTAMP").and_then(stamp),
        slot,
    })
}

fn slot(line: &Line, clocks: &Clocks) -> Option<Moment> {
    let clock = match line.param("TZID").filter(|_| !line.value.trim().ends_with('Z')) {
        Some(id) => clocks.find(id)?,
        None => clocks.floating(),
    };
    moment(line.value.trim(), &clock)
}

/// "20261124T080000Z"; of a clock that nobody named it says nothing.
pub(super) fn stamp(line: &Line) -> Option<i64> {
    let text = line.value.trim().strip_suffix('Z')?;
    Some(chrono::NaiveDateTime::parse_from_str(text, "%Y%m%dT%H%M%S").ok()?.and_utc().timestamp_millis())
}

fn short(text: &str) -> String {
    text.chars().take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> Result<Vec<Reply>, FieldError> {
        read(text.replace('\n', "\r\n").as_bytes(), Tz::Europe__Kyiv, Tz::UTC, 1_795_317_850_000)
    }

    fn replies(lines: &str) -> Result<Vec<Reply>, FieldError> {
        read_text(&format!("BEGIN:VCALENDAR\nMETHOD:REPLY\nBEGIN:VEVENT\nUID:1\n{lines}\nEND:VEVENT\nEND:VCALENDAR\n"))
    }

    #[test]
    fn what_is_no_answer_is_refused_by_name() {
        let code = |text: &str| read_text(text).unwrap_err().code;
        assert_eq!(code("Yes, I come"), "file_no_calendar");
        assert_eq!(code("BEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VEVENT\nUID:1\nEND:VEVENT\nEND:VCALENDAR\n"), "ics_no_reply");
        assert_eq!(code("BEGIN:VCALENDAR\nMETHOD:REPLY\nEND:VCALENDAR\n"), "ics_no_item");
        assert_eq!(replies("RECURRENCE-ID:some day").unwrap_err().field, "slot");
        let large = format!("BEGIN:VCALENDAR\n{}", " ".repeat(MAX_BYTES));
        assert_eq!(code(&large), "file_too_large");
    }

    #[test]
    fn nobody_answers_for_several_at_once() {
        let two = replies("ATTENDEE;PARTSTAT=ACCEPTED:mailto:a@x.example\nATTENDEE;PARTSTAT=ACCEPTED:mailto:b@x.example").unwrap();
        assert_eq!(two[0].address, "");
    }

    /// As Outlook and Gmail write them: folded, with a zone of their own names, without a start.
    #[test]
    fn who_said_what_when_is_read() {
        let one = replies(
            "DTSTAMP:20261123T101500Z\nSEQUENCE:3\nRECURRENCE-ID;TZID=FLE Standard Time:20261124T100000\nATTENDEE;PARTSTAT=TENTATIVE;CN=\"Snel\n ling, Anna\":MAILTO:Anna@Far.example",
        )
        .unwrap()
        .remove(0);
        assert_eq!(
            (one.uid.as_str(), one.address.as_str(), one.answer, one.sequence),
            ("1", "anna@far.example", Answer::Tentative, Some(3))
        );
        assert_eq!(one.stamp.map(domain::time::instant).as_deref(), Some("2026-11-23T10:15:00.000Z"));
        assert_eq!(one.slot.map(|s| s.to_string()).as_deref(), Some("2026-11-24T08:00:00.000Z"));
    }
}
