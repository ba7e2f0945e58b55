//! What an item has to satisfy when it is written, through whatever door.

use chrono_tz::Tz;
use domain::calendar::{Answer, Event, Moment, stored};
use domain::rights::Act;
use domain::{Error, FieldError, Fields, Id, Kind, Record, Result};
use serde_json::Value;

use super::news::GUEST;
use crate::{Ctx, Via};

fn text<'a>(fields: &'a Fields, name: &str) -> &'a str {
    fields.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// Completes the fields of an item (all of them, as they will be) and names every problem. `by_hand`: whoever sends it means
/// each field; a file tells what was agreed elsewhere.
pub(crate) fn prepare(ctx: &Ctx, before: Option<&Record>, fields: &mut Fields, by_hand: bool) -> Result<()> {
    all_day(before, fields);
    let days = fields.get("all_day").and_then(Value::as_bool).unwrap_or(false);
    if text(fields, "zone").is_empty() && !days {
        let mine = Some(ctx.me.time_zone.as_str()).filter(|z| !z.is_empty());
        fields.insert("zone".to_owned(), mine.unwrap_or("UTC").into());
    }
    let mut errors = Vec::new();
    for name in ["travel_before", "travel_after"] {
        match fields.get(name).and_then(Value::as_i64) {
            Some(n) if n < 0 => {
                let max = domain::calendar::event::MAX_TRAVEL;
                errors.push(FieldError::new(name, "minutes_from").with("min", 0).with("max", max));
            }
            Some(n) if u16::try_from(n).is_err() => {
                errors.push(FieldError::new(name, "minutes").with("max", domain::calendar::event::MAX_TRAVEL))
            }
            _ => {}
        }
    }
    let zone = text(fields, "zone");
    let known = zone.parse::<Tz>();
    if !zone.is_empty() && known.is_err() {
        errors.push(FieldError::new("zone", "zone"));
    }
    let event = if errors.is_empty() { stored::event_of(fields) } else { None };
    let Some(mut event) = event else {
        if errors.is_empty() {
            errors.push(FieldError::new("start", "moment"));
        }
        return Err(Error::Invalid { fields: errors });
    };
    event.check()?;
    if by_hand {
        own_answers(ctx, before, &event)?;
        drop_answers(&mut event);
        if let Some(before) = before.and_then(stored::event) {
            ask_again(ctx, &before, &mut event);
        }
    }
    if event.private && event.organiser.is_none() && event.attendees.is_empty() {
        // Nobody could ever see it again.
        return Err(Error::invalid("organiser", "required"));
    }
    organised(ctx, before, &event)?;
    if let Some(series) = event.occurrences_but(&[]) {
        series.check(&known.unwrap_or(Tz::UTC)).map_err(|e| Error::Invalid { fields: vec![e] })?;
    }
    bookable(ctx, before, &event.resources)?;
    stored::lay_into(fields, &event)?;
    match event.title.as_str() {
        "" => _ = fields.remove("name"),
        title => _ = fields.insert("name".to_owned(), title.into()),
    }
    Ok(())
}

/// Colleagues answer for themselves: whoever could decline for them could take their time without an alert. What customers say
/// may be noted down.
fn own_answers(ctx: &Ctx, before: Option<&Record>, event: &Event) -> Result<()> {
    let Some(me) = ctx.actor() else { return Ok(()) };
    // Of somebody who did not take part nothing was said: it cannot have been they.
    let was = before.and_then(stored::event).map(|mut e| {
        drop_answers(&mut e);
        e.answers
    });
    let was = was.unwrap_or_default();
    let theirs = |id: &Id| *id != me && (event.attendees.contains(id) || event.organiser == Some(*id));
    let said = |(id, answer): (&Id, &Answer)| *answer != Answer::Pending && was.get(id) != Some(answer) && theirs(id);
    if event.answers.iter().any(said) { Err(Error::invalid("answers", "answer_own")) } else { Ok(()) }
}

/// An item goes into somebody else's hands only where one may make items for them: else a change would put into a colleague's
/// calendar what a new item may not.
fn organised(ctx: &Ctx, before: Option<&Record>, event: &Event) -> Result<()> {
    let changes = before.is_some_and(|b| b.id_of("organiser") != event.organiser);
    if changes && !ctx.who().may_own(Act::Create, Kind::Event, event.organiser) { Err(Error::Forbidden) } else { Ok(()) }
}

/// Only who takes part answers. Who no longer does takes their answer along: asked again one day, they begin unanswered.
fn drop_answers(event: &mut Event) {
    let Event { organiser, attendees, contacts, answers, .. } = event;
    answers.retain(|id, _| *organiser == Some(*id) || attendees.contains(id) || contacts.contains(id));
}

/// Who answered to another time is asked anew (RFC 5546, 3.2.2.1): all but the organiser, who moves it, and the customer who moves
/// their own booking. What is said along with the move stands.
fn ask_again(ctx: &Ctx, before: &Event, event: &mut Event) {
    if before.holds_for(event) {
        return;
    }
    let (mover, organiser) = (ctx.actor(), event.organiser);
    let visitor = if ctx.via == Via::System(GUEST) { event.contacts.clone() } else { Vec::new() };
    let stays = |id: &Id| Some(*id) == mover || Some(*id) == organiser || visitor.contains(id);
    event.answers.retain(|id, answer| stays(id) || before.answers.get(id) != Some(answer));
}

/// The same of an old organiser that an undo brings back.
pub(crate) fn organised_again(ctx: &Ctx, before: &Record, fields: &Fields) -> Result<()> {
    stored::event_of(fields).map_or(Ok(()), |event| organised(ctx, Some(before), &event))
}

/// Whoever sends days means a whole day, without saying so.
fn all_day(before: Option<&Record>, fields: &mut Fields) {
    let Some(start) = Moment::parse(text(fields, "start")) else { return };
    let said = match before {
        None => fields.contains_key("all_day"),
        Some(before) => fields.get("all_day") != before.fields.get("all_day"),
    };
    if !said {
        fields.insert("all_day".to_owned(), start.is_day().into());
    }
}

/// What was taken out of use stays in the items that have it.
fn bookable(ctx: &Ctx, before: Option<&Record>, resources: &[Id]) -> Result<()> {
    let directory = ctx.app.directory();
    let had = before.map(|b| b.ids_of("resources")).unwrap_or_default();
    let off = |id: &&Id| !had.contains(id) && directory.resources.get(id).is_some_and(|r| r.flag("disabled"));
    match resources.iter().find(off) {
        Some(id) => Err(Error::Invalid { fields: vec![FieldError::new("resources", "not_bookable").with("value", id)] }),
        None => Ok(()),
    }
}
