//! What a person is told: the bell's list, and what they want to be told, and how.

use serde::{Deserialize, Serialize};

use crate::calendar::series::Scope;
use crate::calendar::{Answer, ConflictKind, Moment};
use crate::{Error, FieldError, Id, Result};

/// Why somebody is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum News {
    Invited,
    /// A visitor took a time at one's booking page.
    Booked,
    /// Another time.
    Moved,
    /// Another place, title or rule: see [`Aspect`].
    Changed,
    Cancelled,
    /// No longer on the list.
    Uninvited,
    /// Somebody answered one's invitation.
    Answered,
    Reminder,
    /// What the day brings.
    Digest,
    Birthday,
    /// A customer's contract.
    ContractEnd,
    /// Something stands against an item that stood against nothing before.
    Clash,
    /// A letter about one's item that nobody would take.
    Unsent,
}

impl News {
    pub const ALL: [News; 13] = [
        News::Invited,
        News::Booked,
        News::Moved,
        News::Changed,
        News::Cancelled,
        News::Uninvited,
        News::Answered,
        News::Reminder,
        News::Digest,
        News::Birthday,
        News::ContractEnd,
        News::Clash,
        News::Unsent,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            News::Invited => "invited",
            News::Booked => "booked",
            News::Moved => "moved",
            News::Changed => "changed",
            News::Cancelled => "cancelled",
            News::Uninvited => "uninvited",
            News::Answered => "answered",
            News::Reminder => "reminder",
            News::Digest => "digest",
            News::Birthday => "birthday",
            News::ContractEnd => "contract_end",
            News::Clash => "clash",
            News::Unsent => "unsent",
        }
    }
}

/// What of an item is another, where that is not its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Aspect {
    Place,
    Title,
    /// How it recurs.
    Rule,
}

impl Aspect {
    pub const ALL: [Aspect; 3] = [Aspect::Place, Aspect::Title, Aspect::Rule];

    pub const fn name(self) -> &'static str {
        match self {
            Aspect::Place => "place",
            Aspect::Title => "title",
            Aspect::Rule => "rule",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Notice {
    #[serde(default)]
    pub id: String,
    /// RFC 3339
    pub at: String,
    pub news: News,
    #[serde(default)]
    pub read: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<Id>,
    /// Of a series, which occurrence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slot: Option<Moment>,
    /// How much of a series it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reach: Option<Scope>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aspect: Option<Aspect>,
    /// Empty where it has none, or this person may not see it (any more).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub place: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<Moment>,
    /// Where it was before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub was: Option<Moment>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub actor_name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Answer>,
    /// Whom it is about: the contact whose birthday it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<Id>,
    /// The company whose contract it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub company: Option<Id>,
    /// Items of the day, tasks that are due; of conflicts that arose together, how many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<(i64, i64)>,
    /// Of a conflict, what it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clash: Option<ConflictKind>,
    /// To be shown by the browser itself, where it may.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub browser: bool,
}

impl Notice {
    /// Nothing but when (RFC 3339) and why.
    pub fn plain(at: impl Into<String>, news: News) -> Self {
        Self {
            id: String::new(),
            at: at.into(),
            news,
            read: false,
            event: None,
            slot: None,
            reach: None,
            aspect: None,
            title: String::new(),
            place: String::new(),
            start: None,
            was: None,
            actor_name: String::new(),
            answer: None,
            contact: None,
            company: None,
            count: None,
            clash: None,
            browser: false,
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Notices {
    /// The newest first.
    pub items: Vec<Notice>,
    /// Up to [`MANY`].
    pub unread: u32,
    pub next: Option<String>,
}

impl Notices {
    /// The newest page as it is now, and behind it what was read of older ones: somebody who has gone far back stays there.
    /// Where more has come than a page holds, nothing joins, and the newest page stands alone.
    #[must_use]
    pub fn joined(self, held: Notices) -> Notices {
        let last = self.items.last().map(|n| n.id.clone());
        let meets = held.items.iter().any(|h| self.items.iter().any(|n| n.id == h.id));
        let (Some(last), true, true) = (last, meets, self.next.is_some()) else { return self };
        // Keys go from the newest to the oldest.
        let mut older: Vec<Notice> = held.items.into_iter().filter(|n| n.id > last).collect();
        if older.is_empty() {
            return self;
        }
        if self.unread == 0 {
            older.iter_mut().for_each(|n| n.read = true);
        }
        let items = self.items.into_iter().chain(older).collect();
        Notices { items, unread: self.unread, next: held.next }
    }

    /// Goes on with an older page.
    #[must_use]
    pub fn and_older(mut self, page: Notices) -> Notices {
        self.items.extend(page.items);
        Notices { next: page.next, unread: page.unread, ..self }
    }
}

/// More unread ones are not counted.
pub const MANY: u32 = 99;
/// A week.
pub const LONGEST_SNOOZE: i64 = 7 * 24 * 60;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Daily {
    Off,
    #[default]
    App,
    Email,
}

/// What a person wants to be told, and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Preferences {
    /// Invitations, changes and cancellations by mail as well.
    pub mail: bool,
    pub digest: Daily,
    /// `08:00` of the person's own clock.
    pub digest_at: String,
    /// So many days before a customer's birthday; 0: not at all.
    pub birthday_days: u8,
    /// So many days before a company's contract ends; 0: not at all.
    pub contract_days: u8,
}

impl Default for Preferences {
    fn default() -> Self {
        Self { mail: true, digest: Daily::App, digest_at: "08:00".to_owned(), birthday_days: 7, contract_days: 30 }
    }
}

impl Preferences {
    /// # Errors
    /// Names the field.
    pub fn check(&self) -> Result<()> {
        let mut fields = Vec::new();
        if self.digest_minute().is_none() {
            fields.push(FieldError::new("digest_at", "clock"));
        }
        for (field, days, max) in [("birthday_days", self.birthday_days, 60), ("contract_days", self.contract_days, 180)] {
            if days > max {
                fields.push(FieldError::new(field, "days_most").with("max", max));
            }
        }
        if fields.is_empty() { Ok(()) } else { Err(Error::Invalid { fields }) }
    }

    /// Of the day.
    pub fn digest_minute(&self) -> Option<u32> {
        let (hour, minute) = self.digest_at.split_once(':')?;
        let two = |s: &str, most: u32| {
            if s.len() == 2 && s.bytes().all(|b| b.is_ascii_digit()) { s.parse::<u32>().ok().filter(|n| *n < most) } else { None }
        };
        Some(two(hour, 24)? * 60 + two(minute, 60)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hour_of_the_digest_is_one_of_a_clock() {
        let at = |text: &str| Preferences { digest_at: text.to_owned(), ..Preferences::default() }.digest_minute();
        assert_eq!([at("00:00"), at("08:30"), at("23:59")], [Some(0), Some(510), Some(1439)]);
        for bad in ["", "8:30", "24:00", "08:60", "08:3", "+8:00", "noon"] {
            assert_eq!(at(bad), None, "{bad}");
        }
    }

    fn page(ids: &[&str], next: Option<&str>, unread: u32) -> Notices {
        let notice = |id: &&str| Notice { id: (*id).to_owned(), ..Notice::plain("2026-11-22T05:24:00Z", News::Invited) };
        Notices { items: ids.iter().map(notice).collect(), unread, next: next.map(str::to_owned) }
    }

    #[test]
    fn a_change_at_the_top_keeps_the_older_pages_that_were_opened() {
        let ids = |n: &Notices| n.items.iter().map(|n| n.id.clone()).collect::<Vec<_>>();
        let held = page(&["c", "d"], Some("d"), 2).and_older(page(&["e", "f"], Some("f"), 2));
        let now = page(&["b", "c"], Some("c"), 3).joined(held.clone());
        assert_eq!(
            (ids(&now), now.next.as_deref(), now.unread),
            (vec!["b".into(), "c".into(), "d".into(), "e".into(), "f".into()], Some("f"), 3)
        );
        // What is gone from the newest page is gone; all read is read on every page.
        let now = page(&["b", "d"], Some("d"), 0).joined(now);
        assert_eq!(ids(&now), ["b", "d", "e", "f"]);
        assert!(now.items.iter().skip(2).all(|n| n.read));
        // More has come than a page holds: between the two something would be missing.
        assert_eq!(ids(&page(&["0", "1"], Some("1"), 9).joined(held.clone())), ["0", "1"]);
        assert_eq!(ids(&page(&["b", "c"], None, 0).joined(held)), ["b", "c"], "this is all there is");
        assert_eq!(ids(&page(&["b"], None, 0).joined(Notices::default())), ["b"]);
    }
}
