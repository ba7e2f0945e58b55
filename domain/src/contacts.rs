//! Contacts: the people. `name` is derived from given and family name in the order of the name's own script.

use crate::Kind;
use crate::companies::LIFECYCLE;
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
    FieldDef::new("lifecycle", Choice(LIFECYCLE), 0),
    FieldDef::new("lifecycle_since", Instant, DERIVED),
    FieldDef::new("gender", Choice(&["female", "male", "other"]), 0),
    FieldDef::new("birth_date", Date, 0),
    FieldDef::new("language", Choice(&["en", "zh-Hans", "zh-Hant", "uk", "other"]), 0),
    FieldDef::new("preferred_channel", Choice(&["email", "phone", "message", "meeting", "none"]), 0),
    // Whoever presses "call" is told first.
    FieldDef::new("no_phone", Bool, 0),
    FieldDef::new("best_time", Text(120), 0),
    FieldDef::new("prefers_product", Tags, 0),
    FieldDef::new("prefers_brand", Tags, 0),
    FieldDef::new("prefers_colour", Tags, 0),
    FieldDef::new("prefers_style", Tags, 0),
    FieldDef::new("city", Text(120), 0),
    FieldDef::new("country", Text(80), 0),
    FieldDef::new("tags", Tags, COLUMN),
    FieldDef::new("description", LongText, SEARCH),
    FieldDef::new("verified_at", Instant, 0),
    FieldDef::new("external_id", Text(120), 0),
];

/// Does this person want to be reached in this way?
pub fn is_welcome(fields: &crate::Fields, channel: Channel) -> bool {
    let no_phone = fields.get("no_phone").and_then(serde_json::Value::as_bool) == Some(true);
    let nothing = fields.get("preferred_channel").and_then(serde_json::Value::as_str) == Some("none");
    !(nothing || channel == Channel::Phone && no_phone)
}

/// A way to reach somebody that has a button.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    Phone,
    Email,
}

impl Channel {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Email => "email",
        }
    }
}

/// The ways to reach somebody, the preferred one first. It leads where they said so and welcome it.
pub fn channels(fields: &crate::Fields) -> [(Channel, bool); 2] {
    let preferred = fields.get("preferred_channel").and_then(serde_json::Value::as_str).unwrap_or_default();
    let of = |channel: Channel| (channel, preferred == channel.name() && is_welcome(fields, channel));
    if preferred == Channel::Email.name() { [of(Channel::Email), of(Channel::Phone)] } else { [of(Channel::Phone), of(Channel::Email)] }
}

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
    use super::{Channel, channels, full_name, is_welcome};

    #[test]
    fn the_preferred_channel_leads_unless_it_is_unwelcome() {
        let of = |value: serde_json::Value| value.as_object().cloned().unwrap_or_default();
        let mail = of(serde_json::json!({"preferred_channel": "email", "no_phone": true}));
        assert_eq!(channels(&mail), [(Channel::Email, true), (Channel::Phone, false)]);
        assert!(is_welcome(&mail, Channel::Email) && !is_welcome(&mail, Channel::Phone));
        let odd = of(serde_json::json!({"preferred_channel": "phone", "no_phone": true}));
        assert_eq!(channels(&odd), [(Channel::Phone, false), (Channel::Email, false)], "what they said against it weighs more");
        let nothing = of(serde_json::json!({"preferred_channel": "none"}));
        assert!(!is_welcome(&nothing, Channel::Email) && !is_welcome(&nothing, Channel::Phone));
        assert_eq!(channels(&of(serde_json::json!({}))), [(Channel::Phone, false), (Channel::Email, false)]);
    }

    #[test]
    fn names_keep_the_order_of_their_script() {
        assert_eq!(full_name("小明", "王"), "王小明");
        assert_eq!(full_name("Anna", "Snelling"), "Anna Snelling");
        assert_eq!(full_name("Олена", "Коваленко"), "Олена Коваленко");
        assert_eq!(full_name("", "Cher"), "Cher");
    }
}
