//! Users and teams. A user without an e-mail address or password is a person records belong to who cannot sign in.

use crate::Kind;
use crate::schema::{COLUMN, FieldDef, FieldType::*, HIDDEN, QUICK, REQUIRED, SEARCH};

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
];

pub const TEAM_FIELDS: &[FieldDef] = &[
    FieldDef::new("name", Text(120), REQUIRED | SEARCH | COLUMN | QUICK),
    FieldDef::new("manager", Ref(Kind::User), COLUMN | QUICK),
    FieldDef::new("region", Text(120), COLUMN | QUICK),
];
