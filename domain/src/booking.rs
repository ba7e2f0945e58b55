//! Booking pages: what a stranger may book with a person or a team, and at which times. Pure, like the calendar's rules, and made of
//! them: a time is offered only when the conflict engine has nothing at all against it, whatever the house would merely warn of.
//!
//! What of all this a stranger sees is in [`open`]: names of kinds of meeting and free times, never by what a time is taken.

use std::collections::BTreeSet;

use chrono::{NaiveDate, TimeZone};
use serde::{Deserialize, Serialize};

use crate::calendar::conflict::{Except, Proposal};
use crate::calendar::{DAY, Diary, Level, MINUTE, Policy, Span, slots, zone};
use crate::{Error, FieldError, Id, Result, time};

pub mod open;

pub const MAX_KINDS: usize = 20;
pub const MAX_NAME: usize = 80;
pub const MAX_ABOUT: usize = 500;
pub const MAX_PLACE: usize = 200;
pub const SLUG: std::ops::RangeInclusive<usize> = 3..=60;
pub const MINUTES: std::ops::RangeInclusive<u32> = 5..=480;
pub const MAX_BUFFER: u16 = 240;
/// A month.
pub const MAX_NOTICE: u32 = 30 * 24 * 60;
pub const MAX_AHEAD: u16 = 180;
pub const MAX_PER_DAY: u16 = 50;

/// A kind of meeting that can be booked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MeetingKind {
    /// None: a new one; it gets its id when it is saved.
    pub id: Option<Id>,
    pub name: String,
    /// A sentence for the visitor.
    pub about: String,
    pub minutes: u32,
    /// Kept free around it.
    pub buffer_before: u16,
    pub buffer_after: u16,
    /// No time nearer than this is offered.
    pub notice_minutes: u32,
    pub ahead_days: u16,
    /// So many on one day of the host; 0: as many as fit.
    pub per_day: u16,
    /// Where, or by what means.
    pub place: String,
    pub active: bool,
}

impl Default for MeetingKind {
    fn default() -> Self {
        Self {
            id: None,
            name: String::new(),
            about: String::new(),
            minutes: 30,
            buffer_before: 0,
            buffer_after: 0,
            notice_minutes: 4 * 60,
            ahead_days: 60,
            per_day: 0,
            place: String::new(),
            active: true,
        }
    }
}

/// What is said about a page when it is made or changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NewPage {
    /// The last part of its address.
    pub slug: String,
    /// Whose time is booked: either a person, or whoever of a team is free.
    pub user: Option<Id>,
    pub team: Option<Id>,
    pub name: String,
    pub about: String,
    pub active: bool,
    pub kinds: Vec<MeetingKind>,
}

impl Default for NewPage {
    fn default() -> Self {
        let (slug, name, about) = Default::default();
        Self { slug, user: None, team: None, name, about, active: true, kinds: Vec::new() }
    }
}

/// A booking page as those who work here see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    pub id: Id,
    pub version: i64,
    pub slug: String,
    #[serde(default)]
    pub user: Option<Id>,
    #[serde(default)]
    pub team: Option<Id>,
    pub name: String,
    #[serde(default)]
    pub about: String,
    pub active: bool,
    pub kinds: Vec<MeetingKind>,
    /// May whoever asks change it?
    #[serde(default)]
    pub can_edit: bool,
    /// Of the person or team.
    #[serde(default)]
    pub owner_name: String,
}

impl Page {
    pub fn kind(&self, id: Id) -> Option<&MeetingKind> {
        self.kinds.iter().find(|k| k.id == Some(id))
    }

    pub fn as_new(&self) -> NewPage {
        let Self { slug, user, team, name, about, active, kinds, .. } = self.clone();
        NewPage { slug, user, team, name, about, active, kinds }
    }
}

/// Letters, digits and hyphens: nothing that an address would have to escape.
pub fn is_slug(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    SLUG.contains(&text.len()) && text.chars().all(plain) && !text.starts_with('-') && !text.ends_with('-')
}

/// What a page's address could be, made of a name; may be empty (a name in Chinese).
pub fn slug_of(name: &str) -> String {
    let mut out = String::new();
    for c in crate::text::fold(name).chars() {
        match c {
            'a'..='z' | '0'..='9' => out.push(c),
            _ if !out.is_empty() && !out.ends_with('-') => out.push('-'),
            _ => {}
        }
    }
    let out: String = out.chars().take(*SLUG.end()).collect();
    out.trim_end_matches('-').to_owned()
}

fn trimmed(text: &mut String) {
    *text = crate::text::trimmed(text).to_owned();
}

impl NewPage {
    /// Without what stands around the words, and with every problem named.
    pub fn checked(mut self) -> Result<Self> {
        for text in [&mut self.slug, &mut self.name, &mut self.about] {
            trimmed(text);
        }
        let mut errors = Vec::new();
        if !is_slug(&self.slug) {
            errors.push(FieldError::new("slug", "slug").with("min", SLUG.start()).with("max", SLUG.end()));
        }
        if self.user.is_some() == self.team.is_some() {
            errors.push(FieldError::new("user", "user_or_team"));
        }
        text_of(&mut errors, "name", &self.name, MAX_NAME, true);
        text_of(&mut errors, "about", &self.about, MAX_ABOUT, false);
        if self.kinds.len() > MAX_KINDS {
            errors.push(FieldError::new("kinds", "too_many").with("max", MAX_KINDS));
        }
        let mut seen = BTreeSet::new();
        for (n, kind) in self.kinds.iter_mut().enumerate() {
            kind.trim();
            kind.problems(n, &mut errors);
            if kind.id.is_some_and(|id| !seen.insert(id)) {
                errors.push(FieldError::new(format!("kinds.{n}.id"), "taken"));
            }
        }
        if errors.is_empty() { Ok(self) } else { Err(Error::Invalid { fields: errors }) }
    }
}

fn text_of(errors: &mut Vec<FieldError>, field: &str, text: &str, max: usize, required: bool) {
    if required && text.is_empty() {
        errors.push(FieldError::new(field, "required"));
    } else if text.chars().count() > max {
        errors.push(FieldError::new(field, "too_long").with("max", max));
    }
}

impl MeetingKind {
    fn trim(&mut self) {
        for text in [&mut self.name, &mut self.about, &mut self.place] {
            trimmed(text);
        }
    }

    /// `n`: which of its page, for the names of its fields.
    fn problems(&self, n: usize, errors: &mut Vec<FieldError>) {
        let at = |field: &str| format!("kinds.{n}.{field}");
        text_of(errors, &at("name"), &self.name, MAX_NAME, true);
        text_of(errors, &at("about"), &self.about, MAX_ABOUT, false);
        text_of(errors, &at("place"), &self.place, MAX_PLACE, false);
        let numbers = [
            ("minutes", self.minutes, *MINUTES.start(), *MINUTES.end()),
            ("buffer_before", self.buffer_before.into(), 0, MAX_BUFFER.into()),
            ("buffer_after", self.buffer_after.into(), 0, MAX_BUFFER.into()),
            ("notice_minutes", self.notice_minutes, 0, MAX_NOTICE),
            ("ahead_days", self.ahead_days.into(), 1, MAX_AHEAD.into()),
            ("per_day", self.per_day.into(), 0, MAX_PER_DAY.into()),
        ];
        for (field, value, min, max) in numbers {
            if !(min..=max).contains(&value) {
                errors.push(FieldError::new(at(field), "between").with("min", min).with("max", max));
            }
        }
    }

    pub fn length(&self) -> i64 {
        i64::from(self.minutes) * MINUTE
    }

    /// Times begin at full and half hours; short meetings at every quarter.
    const fn grid(&self) -> u16 {
        if self.minutes < 30 { 15 } else { 30 }
    }

    /// What could be booked at all at this moment: not at once, and not in a far future. The last day is a whole one of the host.
    pub fn reach<Z: TimeZone>(&self, host: &Z, now: i64) -> Span {
        let today = zone::to_local(host, now).date();
        let last = zone::day_start(host, time::shift(today, i64::from(self.ahead_days) + 1));
        Span::new(now + i64::from(self.notice_minutes) * MINUTE, last)
    }

    /// The buffers are time that the meeting takes before and after, like a way there and back: so they also hold against what is put
    /// into the calendar later.
    fn proposal(&self, except: &[Except]) -> Proposal {
        Proposal {
            occurrences: Vec::new(),
            kind: crate::calendar::ItemKind::Meeting,
            // Two calls under one link are not at one place.
            place: String::new(),
            travel_before: self.buffer_before,
            travel_after: self.buffer_after,
            organiser: None,
            except: except.to_vec(),
        }
    }

    /// The starts that a host can offer. `full`: days of the host that have as many of these meetings as may be.
    pub fn times<Z: TimeZone>(&self, diary: &Diary<Z>, window: Span, now: i64, except: &[Except], full: &BTreeSet<NaiveDate>) -> Vec<i64> {
        // What the house merely warns of, or does not look at, is no time for strangers.
        let diary = Diary { policy: Policy::all(Level::Warn), ..diary.clone() };
        let reach = self.reach(&diary.zone, now);
        let Some(window) = window.shared(reach) else { return Vec::new() };
        let free = slots::free(&self.proposal(except), self.length(), &diary, window);
        let starts = slots::starts(&free, self.length(), self.grid(), &diary.zone);
        starts.filter(|start| !full.contains(&zone::to_local(&diary.zone, *start).date())).take(MAX_TIMES).collect()
    }
}

/// More than all quarters of an hour of a stretch that can be asked for.
const MAX_TIMES: usize = 6_000;
/// The longest stretch whose times can be asked for at once: six weeks, which is what a sheet of a month shows.
pub const MAX_WINDOW: i64 = 43 * DAY;

#[cfg(test)]
mod tests;
