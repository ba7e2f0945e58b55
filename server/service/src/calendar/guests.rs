//! Answers of whoever has a letter and no account at hand: a link that is good for one thing, to answer one invitation of one
//! person. It is signed with a key that only this database has; it stops when the item is over or the person is off the list.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::auth::Me;
use domain::calendar::view::{OnConflict, Saved};
use domain::calendar::{Answer, Event, Status, SubjectKind, stored};
use domain::{Error, Fields, Id, Kind, Locale, Record, Result};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use store::Table;

use super::item::Item;
use super::news::GUEST;
use super::{along, edit, letters, replies};
use crate::ctx::{fault, internal};
use crate::mail::words;
use crate::{App, Ctx, Via, records};

const KEY: &str = "answers";
/// What these links are for: a key used for something else signs other words.
const PURPOSE: &[u8] = b"answer an invitation";
/// Of the signature, as much as nobody guesses.
const SIGNED: usize = 16;

/// Signs and reads links.
pub(crate) struct Signet(Vec<u8>);

/// Who answers what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pass {
    pub event: Id,
    pub guest: Id,
    pub kind: SubjectKind,
}

impl Signet {
    pub async fn of(app: &App) -> Result<Self> {
        let store = &app.0.store;
        for _ in 0..2 {
            let doc = store.get_doc(Table::Workspace, KEY).await.map_err(fault)?;
            let secret = doc.as_ref().and_then(|d| d.get("secret")).and_then(|s| s.as_str());
            if let Some(secret) = secret.and_then(|s| URL_SAFE_NO_PAD.decode(s).ok()) {
                return Ok(Self(secret));
            }
            let bytes: [u8; 32] = rand::random();
            let made = [("secret", URL_SAFE_NO_PAD.encode(bytes)), ("at", app.now_text())];
            let made: Fields = made.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
            // Of several servers one makes it; what is read back counts.
            store.claim_doc(Table::Workspace, KEY, made, "0").await.map_err(fault)?;
        }
        Err(internal(&"the key for answers is not kept"))
    }

    /// A link for another purpose.
    pub fn seal(&self, purpose: &[u8], body: &[u8]) -> Result<String> {
        Ok(URL_SAFE_NO_PAD.encode([body, &self.sign(purpose, body)?].concat()))
    }

    /// What was sealed for this purpose.
    pub fn opened(&self, purpose: &[u8], token: &str) -> Option<Vec<u8>> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (body, signed) = bytes.split_at_checked(bytes.len().checked_sub(SIGNED)?)?;
        let expected = self.sign(purpose, body).ok()?;
        // All of it is compared, whatever differs first.
        let differs = expected.iter().zip(signed).fold(0_u8, |all, (a, b)| all | (a ^ b));
        (differs == 0 && expected.len() == signed.len()).then(|| body.to_vec())
    }

    fn sign(&self, purpose: &[u8], body: &[u8]) -> Result<Vec<u8>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).map_err(|e| internal(&e))?;
        mac.update(purpose);
        mac.update(body);
        Ok(mac.finalize().into_bytes().into_iter().take(SIGNED).collect())
    }

    pub(super) fn token(&self, pass: Pass) -> Result<String> {
        let mut body = Vec::with_capacity(33);
        body.extend_from_slice(pass.event.0.as_bytes());
        body.extend_from_slice(pass.guest.0.as_bytes());
        body.push(u8::from(pass.kind == SubjectKind::Contact));
        self.seal(PURPOSE, &body)
    }

    pub(super) fn read(&self, token: &str) -> Option<Pass> {
        let body = self.opened(PURPOSE, token).filter(|b| b.len() == 33)?;
        let id = |bytes: &[u8]| uuid::Uuid::from_slice(bytes).ok().map(Id);
        let kind = if body.last() == Some(&1) { SubjectKind::Contact } else { SubjectKind::User };
        Some(Pass { event: id(body.get(..16)?)?, guest: id(body.get(16..32)?)?, kind })
    }
}

/// What the page shows that a link leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    pub locale: Locale,
    pub house: String,
    pub name: String,
    pub title: String,
    pub when: String,
    /// Of a series its rule and next dates, of one of its occurrences which it is: each with its name.
    pub series: Vec<(String, String)>,
    pub place: String,
    pub organiser: String,
    pub answer: Answer,
    /// A colleague has something else at this time (what it is, a link is not told).
    pub busy: bool,
}

struct Found {
    record: Record,
    event: Event,
    pass: Pass,
    person: letters::Person,
}

/// # Errors
/// `NotFound`: nobody made this link. `over`: nothing can be answered any more.
async fn found(app: &App, token: &str) -> Result<Found> {
    let pass = Signet::of(app).await?.read(token).ok_or(Error::NotFound)?;
    let over = || Error::invalid("token", "over");
    let record = app.0.store.get(Kind::Event, pass.event).await.map_err(fault)?.ok_or_else(over)?;
    let event = stored::event(&record).filter(|_| record.deleted_at.is_none()).ok_or_else(over)?;
    let asked = match pass.kind {
        SubjectKind::Contact => event.contacts.contains(&pass.guest),
        _ => event.attendees.contains(&pass.guest) || event.organiser == Some(pass.guest),
    };
    let ended = Item::of_event(record.id, record.version, false, event.clone()).whole().end < app.now();
    if !asked || ended || event.status == Status::Cancelled {
        return Err(over());
    }
    let person = letters::person(app, &event, pass.kind, pass.guest).await?.ok_or_else(over)?;
    Ok(Found { record, event, pass, person })
}

/// What a link asks. Looking answers nothing: programs that check mail for harm open links as well.
pub async fn asked(app: &App, token: &str) -> Result<Asked> {
    let Found { record, event, pass, person } = found(app, token).await?;
    let busy = pass.kind == SubjectKind::User && is_busy(app, &record, event.clone(), pass.guest).await?;
    let title = if event.title.is_empty() { words::text(person.locale, "mail.untitled") } else { event.title.clone() };
    let directory = app.directory();
    let organiser = event.organiser.and_then(|id| directory.users.get(&id)).map(|u| u.name().to_owned());
    let mut series: Vec<(String, String)> = letters::which(&event, person.locale, person.zone).into_iter().collect();
    series.extend(letters::lines(app, record.id, &event, pass.guest, person.locale, person.zone).await?);
    Ok(Asked {
        series,
        locale: person.locale,
        house: directory.workspace.as_ref().map(|w| w.name.clone()).unwrap_or_default(),
        name: person.name,
        title,
        when: event.when().map(|w| words::when(person.locale, w, person.zone)).unwrap_or_default(),
        place: event.place.clone(),
        organiser: organiser.unwrap_or_default(),
        answer: event.answers.get(&pass.guest).copied().unwrap_or_default(),
        busy,
    })
}

/// Would a yes stand against something else of theirs?
async fn is_busy(app: &App, record: &Record, mut event: Event, user: Id) -> Result<bool> {
    app.0.book.ready().await?;
    event.answers.insert(user, Answer::Accepted);
    let item = Item::of_event(record.id, record.version, false, event);
    let found = super::clash::against(app, user, &item, &super::book::Together::default());
    Ok(found.conflicts.iter().any(|c| c.who.id == user && c.with.is_some()))
}

/// The answer of whoever has the link.
pub async fn answer_by_link(app: &App, token: &str, answer: Answer) -> Result<Saved> {
    if answer == Answer::Pending {
        return Err(Error::invalid("answer", "choice"));
    }
    for _ in 0..=records::ROUNDS {
        let Found { record, mut event, pass, person } = found(app, token).await?;
        event.answers.insert(pass.guest, answer);
        let ctx = as_guest(app, &person);
        let heard = replies::answered_here(app, &record, None, pass.guest);
        let drafts = along::answered(&ctx, record, &event, (pass.guest, app.now())).await?;
        if let Some(saved) = edit::write_with(&ctx, drafts, vec![heard], OnConflict::Warn).await? {
            return Ok(saved);
        }
    }
    Err(Error::Unavailable)
}

/// In the person's name, for this one thing.
pub(super) fn as_guest(app: &App, person: &letters::Person) -> Ctx {
    let system = app.system(GUEST);
    let me = Me { name: person.name.clone(), time_zone: person.zone.name().to_owned(), ..(*system.me).clone() };
    Ctx { me: me.into(), via: Via::System(GUEST), ..system }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_good_for_what_it_was_made_for_and_nothing_else() {
        let id = |n: u128| Id(uuid::Uuid::from_u128(n));
        let signet = Signet(vec![7; 32]);
        let pass = Pass { event: id(1), guest: id(2), kind: SubjectKind::Contact };
        let token = signet.token(pass).unwrap();
        assert_eq!(signet.read(&token), Some(pass));
        assert_eq!(Signet(vec![8; 32]).read(&token), None, "another house's key");
        let mut bytes = URL_SAFE_NO_PAD.decode(&token).unwrap();
        for at in 0..bytes.len() {
            bytes[at] ^= 1;
            assert_eq!(signet.read(&URL_SAFE_NO_PAD.encode(&bytes)), None, "byte {at}");
            bytes[at] ^= 1;
        }
        for bad in ["", "x", &token[..token.len() - 2], &format!("{token}AA"), "../../etc/passwd"] {
            assert_eq!(signet.read(bad), None, "{bad}");
        }
    }
}
