//! Why a row was rejected, in the person's language, for the file of rejected rows. The sentences are those of the screens.

use std::collections::HashMap;
use std::sync::OnceLock;

use domain::Locale;
use domain::import::RowError;

type Table = HashMap<String, String>;

fn table(locale: Locale) -> &'static Table {
    static TABLES: OnceLock<[Table; 4]> = OnceLock::new();
    let [en, hans, hant, uk] = TABLES.get_or_init(|| {
        [
            include_str!("../../../../app/locales/en/errors.json"),
            include_str!("../../../../app/locales/zh-Hans/errors.json"),
            include_str!("../../../../app/locales/zh-Hant/errors.json"),
            include_str!("../../../../app/locales/uk/errors.json"),
        ]
        .map(|json| serde_json::from_str(json).unwrap_or_default())
    });
    match locale {
        Locale::En => en,
        Locale::ZhHans => hans,
        Locale::ZhHant => hant,
        Locale::Uk => uk,
    }
}

/// Head of the column with the reasons.
pub const fn column(locale: Locale) -> &'static str {
    match locale {
        Locale::En => "Why rejected",
        Locale::ZhHans => "拒绝原因",
        Locale::ZhHant => "拒絕原因",
        Locale::Uk => "Чому відхилено",
    }
}

/// `close_date "13/45/2016": This is no date. …`
pub fn sentence(locale: Locale, e: &RowError) -> String {
    let table = table(locale);
    let found = table.get(&format!("error.field.{}", e.error.code)).or_else(|| table.get("error.field.other"));
    let mut text = found.cloned().unwrap_or_else(|| e.error.code.clone());
    for (name, value) in &e.error.params {
        text = text.replace(&format!("{{{name}}}"), value);
    }
    match (e.column.is_empty(), e.value.is_empty()) {
        (true, _) => text,
        (false, true) => format!("{}: {text}", e.column),
        (false, false) => format!("{} \"{}\": {text}", e.column, e.value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::FieldError;

    #[test]
    fn reasons_are_sentences_in_every_language() {
        let unknown = "no such code";
        for locale in Locale::ALL {
            let error = FieldError::new("name", "csv_columns").with("expected", 3).with("found", 4);
            let text = sentence(locale, &RowError { column: "name".into(), value: "x".into(), error });
            assert!(text.starts_with("name \"x\": ") && !text.contains('{') && text.contains('4'), "{text}");
            let text = sentence(locale, &RowError { column: String::new(), value: String::new(), error: FieldError::new("", unknown) });
            assert!(!text.contains("no such code"), "{text}");
        }
    }
}
