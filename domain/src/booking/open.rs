//! What strangers see of a booking page, and what they send. Nothing here says more about anybody than that a time is free.

use serde::{Deserialize, Serialize};

use super::{MAX_NAME, MeetingKind};
use crate::{Error, FieldError, Id, Locale, Result, text, time};

pub const MAX_EMAIL: usize = 254;
pub const MAX_PHONE: usize = 40;
pub const MAX_NOTE: usize = 2_000;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenPage {
    pub slug: String,
    pub name: String,
    pub about: String,
    /// The person's or the team's.
    pub with: String,
    pub is_team: bool,
    /// Of the workspace.
    pub house: String,
    /// The host's own clock: what a page shows until the visitor's is known.
    pub zone: String,
    pub kinds: Vec<OpenKind>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenKind {
    pub id: Id,
    pub name: String,
    pub about: String,
    pub minutes: u32,
    pub place: String,
}

impl OpenKind {
    /// None: not to be booked just now.
    pub fn of(kind: &MeetingKind) -> Option<Self> {
        let MeetingKind { name, about, minutes, place, .. } = kind.clone();
        kind.id.filter(|_| kind.active).map(|id| Self { id, name, about, minutes, place })
    }
}

/// Which free times are wanted: `[from, to)` are days on the visitor's clock.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AskTimes {
    pub kind: Option<Id>,
    pub from: String,
    pub to: String,
    /// IANA; "": the host's.
    pub zone: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenTimes {
    /// The one whose clock the days and hours are on.
    pub zone: String,
    /// Days with free times, in order.
    pub days: Vec<OpenDay>,
    /// The first and the last day on which anything can be booked at all.
    pub first: String,
    pub last: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenDay {
    pub date: String,
    pub times: Vec<OpenTime>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenTime {
    /// The instant: what is sent back when it is chosen.
    pub start: String,
    /// On the wall, `HH:MM`.
    pub clock: String,
}

/// A visitor's wish.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Wanted {
    pub kind: Option<Id>,
    /// An instant that was offered.
    pub start: String,
    pub zone: String,
    /// In which letters are written; the door fills it in where it is not said.
    pub locale: Option<Locale>,
    pub name: String,
    pub email: String,
    pub phone: String,
    pub note: String,
    /// A field that people do not see and programs fill in.
    pub website: String,
}

impl Wanted {
    /// In canonical form, with every problem named.
    pub fn checked(mut self) -> Result<Self> {
        let mut errors = Vec::new();
        // One line each: they become parts of titles and letters.
        for text in [&mut self.name, &mut self.email, &mut self.phone] {
            *text = text::trimmed(text)
                .split(|c: char| c.is_whitespace() || c.is_control())
                .filter(|w| !w.is_empty())
                .collect::<Vec<_>>()
                .join(" ");
        }
        self.note = self.note.trim().chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
        if self.kind.is_none() {
            errors.push(FieldError::new("kind", "required"));
        }
        if time::parse_instant(&self.start).is_none() {
            errors.push(FieldError::new("start", "instant"));
        }
        let long = |text: &str, max: usize| text.chars().count() > max;
        let too_long = |field: &str, max: usize| FieldError::new(field, "too_long").with("max", max);
        if self.name.is_empty() {
            errors.push(FieldError::new("name", "required"));
        } else if long(&self.name, MAX_NAME) {
            errors.push(too_long("name", MAX_NAME));
        }
        match text::normal_email(&self.email) {
            _ if self.email.is_empty() => errors.push(FieldError::new("email", "required")),
            Some(email) => self.email = email,
            None => errors.push(FieldError::new("email", "email")),
        }
        if long(&self.phone, MAX_PHONE) {
            errors.push(too_long("phone", MAX_PHONE));
        } else if !self.phone.is_empty() {
            match text::typed_phone(&self.phone) {
                Some(phone) => self.phone = phone,
                None => errors.push(FieldError::new("phone", "phone")),
            }
        }
        if long(&self.note, MAX_NOTE) {
            errors.push(too_long("note", MAX_NOTE));
        }
        if !self.website.is_empty() {
            errors.push(FieldError::new("website", "leave_empty"));
        }
        if errors.is_empty() { Ok(self) } else { Err(Error::Invalid { fields: errors }) }
    }
}

/// A booking as its visitor sees it, by the link in the letter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Booked {
    /// The secret part of the link that moves or cancels it.
    pub token: String,
    /// None: the kind (or the page) is no longer there; it can still be cancelled.
    pub kind: Option<Id>,
    /// Of the kind of meeting, never the title that the host gave it.
    pub name: String,
    pub minutes: u32,
    pub with: String,
    pub house: String,
    pub place: String,
    pub start: String,
    pub end: String,
    /// The clock it was booked on.
    pub zone: String,
    /// In words, on that clock and in the reader's language.
    pub when: String,
    /// The visitor's own address: where the letter went.
    pub email: String,
    /// The page, to book again; "" when it is off.
    pub slug: String,
    pub state: BookingState,
    /// Is a letter sent about it?
    pub by_mail: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BookingState {
    Booked,
    Cancelled,
    /// It has begun or is past: nothing about it changes any more.
    Over,
}
