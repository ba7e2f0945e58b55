//! Companies: the customers and their groups. A company may have a parent; a company is never its own ancestor.

use crate::Kind;
use crate::schema::{COLUMN, DERIVED, FieldDef, FieldType::*, QUICK, REQUIRED, SEARCH, SUM};

/// How far somebody has come as a customer, and what became of them.
pub const LIFECYCLE: &[&str] = &["lead", "prospect", "opportunity", "customer", "loyal", "former"];

pub const FIELDS: &[FieldDef] = &[
    FieldDef::new("name", Text(200), REQUIRED | SEARCH | COLUMN | QUICK),
    FieldDef::new("domain", Text(200), SEARCH | COLUMN | QUICK),
    FieldDef::new("industry", Text(80), COLUMN | QUICK),
    FieldDef::new("lifecycle", Choice(LIFECYCLE), 0),
    FieldDef::new("lifecycle_since", Instant, DERIVED),
    FieldDef::new("owner", Ref(Kind::User), COLUMN | QUICK),
    FieldDef::new("parent", Ref(Kind::Company), 0),
    FieldDef::new("phones", Phones, SEARCH | QUICK),
    FieldDef::new("emails", Emails, SEARCH),
    FieldDef::new("street", Text(200), 0),
    FieldDef::new("city", Text(120), COLUMN),
    FieldDef::new("region", Text(120), 0),
    FieldDef::new("postal_code", Text(20), 0),
    FieldDef::new("country", Text(80), COLUMN),
    FieldDef::new("employees", Int, COLUMN | SUM),
    FieldDef::new("revenue", Money, COLUMN | SUM),
    FieldDef::new("founded", Int, 0),
    // Whoever looks after the company hears of it some days before.
    FieldDef::new("contract_end", Date, 0),
    FieldDef::new("tags", Tags, COLUMN),
    FieldDef::new("description", LongText, SEARCH),
    FieldDef::new("verified_at", Instant, 0),
    FieldDef::new("external_id", Text(120), 0),
];
