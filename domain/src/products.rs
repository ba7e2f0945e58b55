//! Products: what is sold, with its list price.

use crate::schema::{COLUMN, FieldDef, FieldType::*, QUICK, REQUIRED, SEARCH};

pub const FIELDS: &[FieldDef] = &[
    FieldDef::new("name", Text(200), REQUIRED | SEARCH | COLUMN | QUICK),
    FieldDef::new("code", Text(80), SEARCH | COLUMN | QUICK),
    FieldDef::new("series", Text(80), COLUMN | QUICK),
    FieldDef::new("price", Money, COLUMN | QUICK),
    FieldDef::new("discontinued", Bool, COLUMN),
    FieldDef::new("description", LongText, SEARCH),
    FieldDef::new("external_id", Text(120), 0),
];
