//! Texts for people who do not stand before a screen of the app: problems of the REST interface, the page shown while the
//! database is away. The same tables as the app's.

use std::collections::HashMap;
use std::sync::LazyLock;

use domain::{FieldError, Locale};

type Table = HashMap<String, String>;

static TABLES: LazyLock<[Table; 4]> = LazyLock::new(|| Locale::ALL.map(|l| serde_json::from_str(app::i18n::json(l)).unwrap_or_default()));

fn lookup(locale: Locale, key: &str) -> Option<&'static str> {
    let at = Locale::ALL.iter().position(|l| *l == locale)?;
    TABLES.get(at)?.get(key).map(String::as_str)
}

/// Text of a key; the key itself when nobody wrote one.
pub fn text(locale: Locale, key: &str) -> String {
    lookup(locale, key).or_else(|| lookup(Locale::En, key)).unwrap_or(key).to_owned()
}

/// The first of two keys that somebody wrote a text for.
pub fn either(locale: Locale, first: &str, second: &str) -> String {
    lookup(locale, first).map_or_else(|| text(locale, second), str::to_owned)
}

pub fn filled(locale: Locale, key: &str, gaps: &[(&str, &str)]) -> String {
    app::i18n::fill(&text(locale, key), gaps)
}

/// In the plural form that `n` asks for.
pub fn counted(locale: Locale, key: &str, n: i64) -> String {
    filled(locale, &format!("{key}.{}", locale.plural(n).name()), &[("n", &locale.number(n))])
}

pub fn field_error(locale: Locale, error: &FieldError) -> String {
    let gaps: Vec<(&str, &str)> = error.params.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    match lookup(locale, &format!("error.field.{}", error.code)) {
        Some(text) => app::i18n::fill(text, &gaps),
        None => text(locale, "error.field.other"),
    }
}

/// What a field is called: its own label for this kind, else the one that all kinds share.
pub fn field(locale: Locale, kind: domain::Kind, name: &str) -> String {
    lookup(locale, &format!("field.{}.{name}", kind.name())).map_or_else(|| text(locale, &format!("field.{name}")), str::to_owned)
}
