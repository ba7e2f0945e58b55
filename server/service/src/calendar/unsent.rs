//! Letters about items that nobody would take: whoever invites hears of it, since they count on somebody who knows nothing.

use std::collections::BTreeSet;

use domain::calendar::stored;
use domain::notices::{News, Notice};
use domain::{Kind, Result, time};
use store::Table;

use crate::ctx::fault;
use crate::mail::Letter;
use crate::{App, notices};

/// `key`: the letter's name in the outbox, `at` when it was written; told once, however often it is tried again.
pub(crate) async fn tell_of_unsent(app: &App, key: &str, at: &str, letter: &Letter) -> Result<()> {
    let Some(id) = letter.about else { return Ok(()) };
    let Some(record) = app.0.store.get(Kind::Event, id).await.map_err(fault)? else { return Ok(()) };
    let Some(event) = stored::event(&record).filter(|_| record.deleted_at.is_none()) else { return Ok(()) };
    let directory = app.directory();
    let Some(user) = event.organiser.filter(|id| directory.users.get(id).is_some_and(|u| u.text("email") != letter.to)) else {
        return Ok(());
    };
    let who = if letter.name.is_empty() { letter.to.clone() } else { format!("{} ({})", letter.name, letter.to) };
    let notice = Notice {
        event: Some(id),
        title: record.name().to_owned(),
        start: Some(event.start),
        actor_name: who,
        ..Notice::plain(app.now_text(), News::Unsent)
    };
    // The same letter that fails again says nothing new.
    let key = notices::key(user, time::parse_instant(at).unwrap_or(0), &format!("unsent-{}", key.replace('/', "-")));
    app.0.store.make_docs(Table::Notice, vec![(key, notices::doc(&notice)?)]).await.map_err(fault)?;
    notices::hint(app, BTreeSet::from([user]));
    Ok(())
}
