//! When people work, which days are free, and how seriously conflicts are taken: of a person, else of their team, else of the
//! house. Resources have hours and rules of their own.

use chrono_tz::Tz;
use domain::calendar::view::{Habits, Whose};
use domain::calendar::{DayOff, Policy, SubjectKind, WorkingHours, stored};
use domain::record::Patch;
use domain::rights::{Act, Power};
use domain::{Error, Fields, Id, Kind, Record, Result};
use serde::de::DeserializeOwned;
use store::Table;

use crate::Ctx;
use crate::ctx::{fault, internal};
use crate::directory::Directory;
use crate::records;

/// What holds for one subject's time.
pub(crate) struct Rules {
    pub zone: Tz,
    pub hours: Option<WorkingHours>,
    pub preferred: Option<WorkingHours>,
    pub days_off: Vec<DayOff>,
    pub policy: Policy,
    /// Does it go along, so that the way takes its time as well?
    pub travels: bool,
}

fn read<T: DeserializeOwned>(record: &Record, field: &str) -> Option<T> {
    record.fields.get(field).and_then(|v| serde_json::from_value(v.clone()).ok())
}

/// `fallback`: the zone of those of whom none is known.
pub(crate) fn rules(directory: &Directory, kind: SubjectKind, id: Id, fallback: Tz) -> Rules {
    let house = &directory.habits;
    let none =
        || Rules { zone: fallback, hours: None, preferred: None, days_off: Vec::new(), policy: house_policy(directory), travels: false };
    match kind {
        SubjectKind::Contact | SubjectKind::Company => none(),
        SubjectKind::User => {
            let Some(user) = directory.users.get(&id) else { return none() };
            let team = user.id_of("team").and_then(|t| directory.teams.get(&t));
            let zone = Some(user.text("time_zone")).filter(|z| !z.is_empty()).unwrap_or(directory.time_zone());
            let hours = read(user, "working_hours").or_else(|| read(team?, "working_hours")).or_else(|| house.working_hours.clone());
            let mut days_off = house.holidays.clone();
            days_off.extend(team.and_then(|t| read::<Vec<DayOff>>(t, "holidays")).unwrap_or_default());
            days_off.sort_by_key(|d| d.date);
            days_off.dedup_by_key(|d| d.date);
            Rules {
                zone: records::zone(zone),
                hours: Some(hours.unwrap_or_default()),
                preferred: read(user, "preferred_hours"),
                days_off,
                policy: team.and_then(|t| read(t, "conflict_rules")).unwrap_or_else(|| house_policy(directory)),
                travels: true,
            }
        }
        SubjectKind::Resource => {
            let Some(resource) = directory.resources.get(&id) else { return none() };
            Rules {
                zone: records::zone(directory.time_zone()),
                // A room that says nothing is always open.
                hours: read(resource, "working_hours"),
                policy: read(resource, "conflict_rules").unwrap_or_else(|| house_policy(directory)),
                travels: resource.text("type") == "vehicle",
                ..none()
            }
        }
    }
}

fn house_policy(directory: &Directory) -> Policy {
    directory.habits.conflict_rules.unwrap_or_default()
}

pub async fn habits(ctx: &Ctx, whose: Whose) -> Result<Habits> {
    let record = match whose {
        Whose::User(id) => records::get(ctx, Kind::User, id).await?,
        Whose::Team(id) => records::get(ctx, Kind::Team, id).await?,
        Whose::Resource(id) => records::get(ctx, Kind::Resource, id).await?,
        Whose::House => return Ok(ctx.app.directory().habits.clone()),
    };
    Ok(of_record(&record))
}

fn of_record(record: &Record) -> Habits {
    Habits {
        version: record.version,
        working_hours: read(record, "working_hours"),
        holidays: read(record, "holidays").unwrap_or_default(),
        conflict_rules: read(record, "conflict_rules"),
    }
}

/// People say their own working hours; those of others, of a team, a resource and the house are for those who run it. What
/// does not apply (days off of a person or a resource) is not kept.
pub async fn save_habits(ctx: &Ctx, whose: Whose, habits: Habits) -> Result<Habits> {
    ctx.may_write()?;
    let mut fields = wanted(&habits)?;
    match whose {
        Whose::User(id) => {
            fields.retain(|name, _| name == "working_hours");
            stored::check_special(Kind::User, &mut fields)?;
            own_hours(ctx, id, habits.version, fields).await
        }
        Whose::Team(id) => of_kind(ctx, Kind::Team, id, habits.version, fields).await,
        Whose::Resource(id) => {
            fields.retain(|name, _| name != "holidays");
            of_kind(ctx, Kind::Resource, id, habits.version, fields).await
        }
        Whose::House => {
            ctx.need(Power::ManageWorkspace)?;
            stored::check_special(Kind::Team, &mut fields)?;
            of_house(ctx, habits.version, fields).await
        }
    }
}

async fn of_kind(ctx: &Ctx, kind: Kind, id: Id, version: i64, fields: Fields) -> Result<Habits> {
    let patch = Patch { base: Fields::new(), version, fields };
    Ok(of_record(&records::update(ctx, kind, id, patch).await?))
}

fn wanted(habits: &Habits) -> Result<Fields> {
    let json = |v: serde_json::Result<serde_json::Value>| v.map_err(|e| internal(&e));
    let holidays = if habits.holidays.is_empty() { Ok(serde_json::Value::Null) } else { serde_json::to_value(&habits.holidays) };
    Ok(Fields::from_iter([
        ("working_hours".to_owned(), json(serde_json::to_value(&habits.working_hours))?),
        ("holidays".to_owned(), json(holidays)?),
        ("conflict_rules".to_owned(), json(serde_json::to_value(habits.conflict_rules))?),
    ]))
}

async fn own_hours(ctx: &Ctx, id: Id, version: i64, fields: Fields) -> Result<Habits> {
    for _ in 0..records::ROUNDS {
        let current = records::get(ctx, Kind::User, id).await?;
        if id != ctx.me.id && !ctx.who().may(Act::Edit, &current) {
            return Err(Error::Forbidden);
        }
        if version != current.version {
            let base = current.fields.get("working_hours").cloned().unwrap_or_default();
            if fields.get("working_hours").cloned().unwrap_or_default() != base {
                let moved = ctx.app.0.store.history(id, None, 50).await.map_err(fault)?;
                if moved.iter().any(|c| c.record == id && c.version > version && c.after.contains_key("working_hours")) {
                    return Err(records::conflict(ctx, current, vec!["working_hours".to_owned()]).await);
                }
            }
        }
        let draft = records::changed(ctx, current, |f| *f = domain::fields::merged(f, &fields));
        if draft.is_idle() {
            return Ok(of_record(&draft.now));
        }
        let now = draft.now.clone();
        if records::commit(ctx, vec![draft], vec![]).await?.is_ok() {
            return Ok(of_record(&now));
        }
    }
    Err(Error::Unavailable)
}

async fn of_house(ctx: &Ctx, seen: i64, mut fields: Fields) -> Result<Habits> {
    fields.insert("version".to_owned(), seen.saturating_add(1).into());
    let old = ctx.app.directory().habits.clone();
    let is_new = ctx.app.0.store.get_doc(Table::Workspace, HOUSE).await.map_err(fault)?.is_none();
    let written = if is_new && seen == 0 {
        ctx.app.0.store.put_doc(Table::Workspace, HOUSE, fields).await.map_err(fault)?;
        true
    } else {
        ctx.app.0.store.replace_doc(Table::Workspace, HOUSE, fields, seen).await.map_err(fault)?
    };
    ctx.app.reload_directory().await?;
    let habits = ctx.app.directory().habits.clone();
    if written {
        let made = super::alerts::Made {
            hours: old.working_hours != habits.working_hours,
            // A day less makes no conflict.
            holidays: habits.holidays.iter().any(|day| !old.holidays.contains(day)),
            all: old.conflict_rules != habits.conflict_rules,
        };
        super::alerts::all_changed(&ctx.app, ctx.actor(), made);
        return Ok(habits);
    }
    Err(Error::Outdated { current: serde_json::to_value(habits).map_err(|e| internal(&e))? })
}

const HOUSE: &str = "calendar";
