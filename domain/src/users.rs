//! Users and teams. A user without an e-mail address or password is a person records belong to who cannot sign in.

use crate::Kind;
use crate::schema::{COLUMN, FieldDef, FieldType::*, HIDDEN, QUICK, REQUIRED, SEARCH, Special as S};

pub const ROLES: &[&str] = &["owner", "admin", "manager", "sales", "marketing", "service", "analyst", "read_only"];

pub const USER_FIELDS: &[FieldDef] = &[
    FieldDef::new("name", Text(200), REQUIRED | SEARCH | COLUMN | QUICK),
    FieldDef::new("email", Email, SEARCH | COLUMN | QUICK),
    FieldDef::new("role", Choice(ROLES), REQUIRED | COLUMN | QUICK),
    FieldDef::new("team", Ref(Kind::Team), COLUMN | QUICK),
    FieldDef::new("locale", Choice(&["en", "zh-Hans", "zh-Hant", "uk"]), 0),
    FieldDef::new("time_zone", Text(60), 0),
    FieldDef::new("disabled", Bool, COLUMN),
    FieldDef::new("external_id", Text(120), HIDDEN),
    FieldDef::new("working_hours", Special(S::Hours), HIDDEN),
    // When others should rather ask for this person's time; nothing is wrong outside of it.
    FieldDef::new("preferred_hours", Special(S::Hours), HIDDEN),
];

pub const TEAM_FIELDS: &[FieldDef] = &[
    FieldDef::new("name", Text(120), REQUIRED | SEARCH | COLUMN | QUICK),
    FieldDef::new("manager", Ref(Kind::User), COLUMN | QUICK),
    FieldDef::new("region", Text(120), COLUMN | QUICK),
    // Of members who say none of their own.
    FieldDef::new("working_hours", Special(S::Hours), HIDDEN),
    FieldDef::new("holidays", Special(S::DaysOff), HIDDEN),
    FieldDef::new("conflict_rules", Special(S::Policy), HIDDEN),
];
