//! The outbox: letters that wait, that went, and that nobody would take. What waits is tried again with growing pauses; what a
//! mail server refuses for good, or nobody took for days, is kept as dead until somebody sends it again.

use domain::rights::Power;
use domain::{Error, Fields, Id, Result, time};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::{Doc, Table};

use super::Letter;
use crate::ctx::{fault, internal};
use crate::{App, Ctx};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    #[default]
    Waiting,
    Sent,
    Dead,
}

impl State {
    pub const fn name(self) -> &'static str {
        match self {
            State::Waiting => "waiting",
            State::Sent => "sent",
            State::Dead => "dead",
        }
    }
}

/// A letter in the outbox.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Posted {
    #[serde(default)]
    pub id: String,
    pub state: State,
    /// When it was written.
    pub at: String,
    /// When it is tried (again).
    pub due: String,
    #[serde(default)]
    pub tries: u32,
    /// What the mail server said last.
    #[serde(default)]
    pub problem: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub sent_at: String,
    pub letter: Letter,
}

/// Letters that wait are looked through up to here; when a mail server was away for so long, some go twice.
const LOOKED_AT: u32 = 1_000;

/// A minute, then longer; after the last one nobody tries any more. Two days together.
pub(super) const PAUSES: [i64; 9] = [60, 300, 900, 3_600, 3 * 3_600, 6 * 3_600, 12 * 3_600, 12 * 3_600, 12 * 3_600];

pub(super) fn fields(of: &impl Serialize) -> Result<Fields> {
    match serde_json::to_value(of) {
        Ok(Value::Object(fields)) => Ok(fields),
        other => Err(internal(&format!("{other:?}"))),
    }
}

/// A letter to be put into the outbox, under its key. The same key again is the same letter.
pub(crate) fn waiting(now: i64, letter: Letter) -> Result<Fields> {
    let at = time::instant(now);
    let posted = Posted {
        id: String::new(),
        state: State::Waiting,
        due: at.clone(),
        at,
        tries: 0,
        problem: String::new(),
        sent_at: String::new(),
        letter,
    };
    let mut doc = fields(&posted)?;
    doc.remove("id");
    Ok(doc)
}

/// Something that becomes letters later, written with what it is about.
pub(crate) fn doc(key: String, state: &str, (now, due): (i64, i64), task: &impl Serialize) -> Result<Doc> {
    let mut doc = Fields::new();
    doc.insert("state".to_owned(), state.into());
    doc.insert("due".to_owned(), time::instant(due).into());
    doc.insert("at".to_owned(), time::instant(now).into());
    doc.insert("task".to_owned(), Value::Object(fields(task)?));
    Ok(Doc { table: Table::Outbox, key, doc: Some(doc), claim: None })
}

pub(super) fn read(key: String, doc: Fields) -> Option<Posted> {
    let posted: Posted = serde_json::from_value(Value::Object(doc)).ok()?;
    Some(Posted { id: key, ..posted })
}

/// Letters in this state, those due first come first.
pub async fn posted(ctx: &Ctx, state: State, limit: u32) -> Result<Vec<Posted>> {
    ctx.need(Power::ManageWorkspace)?;
    let rows = ctx.app.0.store.docs_due(Table::Outbox, state.name(), "9999", limit.clamp(1, 500)).await.map_err(fault)?;
    Ok(rows.into_iter().filter_map(|(key, doc)| read(key, doc)).collect())
}

/// A dead letter (or one that waits) is tried at once, as if for the first time.
pub async fn send_again(ctx: &Ctx, id: &str) -> Result<Posted> {
    ctx.may_write()?;
    ctx.need(Power::ManageWorkspace)?;
    let store = &ctx.app.0.store;
    let doc = store.get_doc(Table::Outbox, id).await.map_err(fault)?.ok_or(Error::NotFound)?;
    let posted = read(id.to_owned(), doc).ok_or(Error::NotFound)?;
    if posted.state == State::Sent {
        return Err(Error::invalid("id", "sent"));
    }
    let posted = Posted { state: State::Waiting, due: ctx.app.now_text(), tries: 0, ..posted };
    let mut doc = fields(&posted)?;
    doc.remove("id");
    store.put_doc(Table::Outbox, id, doc).await.map_err(fault)?;
    ctx.app.0.mailer.wake();
    Ok(posted)
}

/// A letter to oneself: whoever set the mail server up sees that it works.
pub async fn try_out(ctx: &Ctx) -> Result<()> {
    ctx.may_write()?;
    ctx.need(Power::ManageWorkspace)?;
    if !ctx.app.0.mailer.is_there() {
        return Err(Error::invalid("mail", "no_mail_server"));
    }
    let language = ctx.me.locale;
    let text = super::words::filled(language, "mail.test.text", &[("house", &ctx.me.workspace), ("address", &ctx.app.0.config.public)]);
    let letter = Letter {
        to: ctx.me.email.clone(),
        name: ctx.me.name.clone(),
        language: language.tag().to_owned(),
        subject: super::words::text(language, "mail.test.subject"),
        html: format!("<p>{}</p>", super::words::escaped(&text)),
        text,
        ..Letter::default()
    };
    post(&ctx.app, vec![(format!("test/{}", crate::ctx::new_id()), letter)]).await.map(|_| ())
}

/// An invitation (or change, or cancellation) that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unsent {
    pub key: String,
    pub about: Id,
    pub to: String,
}

/// Those that wait for the mail server, as far as they are looked at.
pub(crate) async fn unsent(app: &App) -> Result<Vec<Unsent>> {
    let rows = app.0.store.docs_due(Table::Outbox, State::Waiting.name(), "9999", LOOKED_AT).await.map_err(fault)?;
    let letters = rows.into_iter().filter_map(|(key, doc)| read(key, doc)).filter(|p| p.letter.invitation.is_some());
    Ok(letters.filter_map(|p| Some(Unsent { key: p.id, about: p.letter.about?, to: p.letter.to })).collect())
}

/// Letters that wait and say what is no longer so. Only whoever sends may do this: nothing is on its way meanwhile.
pub(crate) async fn throw_away(app: &App, keys: Vec<String>) -> Result<()> {
    if keys.is_empty() { Ok(()) } else { app.0.store.delete_docs(Table::Outbox, &keys).await.map_err(fault) }
}

/// Letters that are made already, or twice: those that are there stay as they are.
pub(crate) async fn post(app: &App, letters: Vec<(String, Letter)>) -> Result<usize> {
    let now = app.now();
    let docs = letters.into_iter().map(|(key, letter)| Ok((key, waiting(now, letter)?))).collect::<Result<Vec<_>>>()?;
    let made = app.0.store.make_docs(Table::Outbox, docs).await.map_err(fault)?;
    app.0.mailer.wake();
    Ok(made)
}
