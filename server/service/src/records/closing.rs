//! What only closed deals have: the day on which they were closed, and why. An open deal takes neither, and no deal was closed
//! before it was opened.
//!
//! Both days are days of the company's calendar. Who sits west of it and closes on their own today a deal that was opened on
//! the company's today means the same day.

use chrono::NaiveDate;
use domain::pipelines::{Stage, StageKind};
use domain::{Error, FieldError, Fields, Record, Result, time};
use serde_json::Value;

use super::hooks::put;
use crate::Ctx;

fn text<'a>(fields: &'a Fields, name: &str) -> &'a str {
    fields.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn day(fields: &Fields, name: &str) -> Option<NaiveDate> {
    time::parse_date(text(fields, name))
}

/// Is there a value that was not there before?
fn is_new(before: Option<&Record>, fields: &Fields, name: &str) -> bool {
    !text(fields, name).is_empty() && before.is_none_or(|b| b.text(name) != text(fields, name))
}

/// What was sent for the other outcome, or for a deal that goes on, is refused rather than dropped.
pub(super) fn belongs(before: Option<&Record>, stage: &Stage, fields: &Fields) -> Result<()> {
    let rules = [
        ("closed_at", "only_closed", stage.kind != StageKind::Open),
        ("won_reason", "only_won", stage.kind == StageKind::Won),
        ("lost_reason", "only_lost", stage.kind == StageKind::Lost),
    ];
    let wrong = rules.into_iter().filter(|(name, _, fits)| !fits && is_new(before, fields, name));
    let errors: Vec<FieldError> = wrong.map(|(name, code, _)| FieldError::new(name, code).with("stage", &stage.name)).collect();
    if errors.is_empty() { Ok(()) } else { Err(Error::Invalid { fields: errors }) }
}

/// The company's today, and the person's own.
fn todays(ctx: &Ctx) -> (NaiveDate, NaiveDate) {
    let of = |zone: &str| super::today(super::zone(zone), ctx.app.now());
    (of(ctx.app.directory().time_zone()), of(&ctx.me.time_zone))
}

/// Closed, and nobody says when: today, for everybody's reports.
pub(super) fn closing_day(ctx: &Ctx, fields: &mut Fields) {
    if !fields.contains_key("closed_at") {
        let (today, mine) = todays(ctx);
        // Somebody east of the company opened it on a day that has not come here yet.
        let ahead = day(fields, "opened_on").filter(|d| *d > today && *d <= mine.max(today.succ_opt().unwrap_or(today)));
        put(fields, "closed_at", time::date(ahead.unwrap_or(today)));
    }
}

/// The day of opening that nobody names, and the other day of who sits west of the company.
pub(super) fn days(ctx: &Ctx, before: Option<&Record>, fields: &mut Fields) {
    let (today, mine) = todays(ctx);
    let (opened, closed) = (day(fields, "opened_on"), day(fields, "closed_at"));
    if mine < today && opened == Some(today) && closed == Some(mine) && is_new(before, fields, "closed_at") {
        put(fields, "closed_at", time::date(today));
    }
    // Nobody said when a deal was opened that was closed before today: better no day than a wrong one.
    if before.is_none() && opened.is_none() && closed.is_none_or(|c| c >= today) {
        put(fields, "opened_on", time::date(today));
    }
}

/// The record as it will be, and as it was: old contradictions do not stop other changes.
pub(crate) fn in_order(before: Option<&Fields>, fields: &Fields) -> Result<(), FieldError> {
    let (Some(opened), Some(closed)) = (day(fields, "opened_on"), day(fields, "closed_at")) else { return Ok(()) };
    let same = |name: &str| before.is_some_and(|b| b.get(name) == fields.get(name));
    match (closed < opened, same("closed_at"), same("opened_on")) {
        (false, ..) | (true, true, true) => Ok(()),
        (true, false, _) => Err(FieldError::new("closed_at", "closed_before_opened").with("opened", time::date(opened))),
        (true, true, false) => Err(FieldError::new("opened_on", "opened_after_closed").with("closed", time::date(closed))),
    }
}
