//! Contacts: the people. `name` is derived from given and family name in the order of the name's own script.

use crate::Kind;
use crate::schema::{COLUMN, DERIVED, FieldDef, FieldType::*, HIDDEN, QUICK, SEARCH};
use crate::text;

pub const FIELDS: &[FieldDef] = &[
    FieldDef::new("name", Text(240), DERIVED | SEARCH | COLUMN | HIDDEN),
    FieldDef::new("given_name", Text(120), QUICK),
    FieldDef::new("family_name", Text(120), QUICK),
    FieldDef::new("job_title", Text(120), COLUMN | QUICK),
    FieldDef::new("company", Ref(Kind::Company), COLUMN | QUICK),
    FieldDef::new("emails", Emails, SEARCH | COLUMN | QUICK),
    FieldDef::new("phones", Phones, SEARCH | COLUMN | QUICK),
    FieldDef::new("owner", Ref(Kind::User), COLUMN | QUICK),
    FieldDef::new("birth_date", Date, 0),
    FieldDef::new("language", Choice(&["en", "zh-Hans", "zh-Hant", "uk", "other"]), 0),
    FieldDef::new("preferred_channel", Choice(&["email", "phone", "message", "meeting", "none"]), 0),
    FieldDef::new("city", Text(120), 0),
    FieldDef::new("country", Text(80), 0),
    FieldDef::new("tags", Tags, COLUMN),
    FieldDef::new("description", LongText, SEARCH),
    FieldDef::new("external_id", Text(120), 0),
];

/// 王小明, but Anna Snelling and Олена Коваленко.
pub fn full_name(given: &str, family: &str) -> String {
    let (given, family) = (given.trim(), family.trim());
    if given.is_empty() || family.is_empty() {
        return format!("{given}{family}");
    }
    if text::is_cjk(given) && text::is_cjk(family) { format!("{family}{given}") } else { format!("{given} {family}") }
}

#[cfg(test)]
mod tests {
    use super::full_name;

    #[test]
    fn names_keep_the_order_of_their_script() {
        assert_eq!(full_name("小明", "王"), "王小明");
        assert_eq!(full_name("Anna", "Snelling"), "Anna Snelling");
        assert_eq!(full_name("Олена", "Коваленко"), "Олена Коваленко");
        assert_eq!(full_name("", "Cher"), "Cher");
    }
}
