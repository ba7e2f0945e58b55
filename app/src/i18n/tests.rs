//! No screen shows a key, in any language.
// A test may break: that is what it is for.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use domain::schema::{COMMON, FieldType};
use domain::{Kind, Locale};

use super::{fill, tables};

fn table(locale: Locale) -> BTreeMap<&'static str, &'static str> {
    tables::of(locale).0.iter().copied().collect()
}

/// The plural forms that a language has.
fn forms(locale: Locale) -> &'static [&'static str] {
    match locale {
        Locale::En => &["one", "other"],
        Locale::Uk => &["one", "few", "many"],
        Locale::ZhHans | Locale::ZhHant => &["other"],
    }
}

/// `deals.count.few` → `deals.count`, where the last part is a plural form and the key has forms in this table.
fn stem(key: &str) -> Option<&str> {
    let (stem, form) = key.rsplit_once('.')?;
    matches!(form, "one" | "few" | "many" | "other").then_some(stem)
}

fn is_plural(stem: &str) -> bool {
    table(Locale::Uk).contains_key(format!("{stem}.many").as_str())
}

fn sources(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, out);
        } else if path.extension().is_some_and(|e| e == "rs") {
            out.push(path);
        }
    }
}

fn code_in(folder: &str) -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut files);
    let code = |f: &PathBuf| {
        let text = std::fs::read_to_string(f).unwrap();
        text.lines().filter(|l| !l.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
    };
    files.into_iter().filter(|f| !f.ends_with("i18n/tests.rs")).map(|f| (f.clone(), code(&f))).collect()
}

/// The literals that stand first in the brackets of a call: `literals(code, "t(")`.
fn literals<'a>(code: &'a str, call: &str) -> Vec<&'a str> {
    let mut out = Vec::new();
    for (at, _) in code.match_indices(call) {
        let before = code[..at].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '.') {
            continue;
        }
        if let Some(rest) = code[at + call.len()..].trim_start().strip_prefix('"')
            && let Some((key, _)) = rest.split_once('"')
        {
            out.push(key);
        }
    }
    out
}

#[test]
fn all_languages_say_the_same_things() {
    let english: BTreeSet<String> = table(Locale::En).keys().map(|k| stem(k).filter(|s| is_plural(s)).unwrap_or(k).to_owned()).collect();
    for locale in Locale::ALL {
        let table = table(locale);
        for key in &english {
            if is_plural(key) {
                for form in forms(locale) {
                    assert!(table.contains_key(format!("{key}.{form}").as_str()), "{}: {key}.{form} is missing", locale.tag());
                }
            } else {
                assert!(table.contains_key(key.as_str()), "{}: {key} is missing", locale.tag());
            }
        }
        for key in table.keys() {
            let plain = stem(key).filter(|s| is_plural(s)).unwrap_or(key);
            assert!(english.contains(plain), "{}: {key} is not in English", locale.tag());
        }
    }
}

#[test]
fn gaps_are_the_same_in_every_language() {
    fn gaps(text: &str) -> BTreeSet<&str> {
        text.split('{').skip(1).filter_map(|p| p.split_once('}')).map(|(name, _)| name).collect()
    }
    for (key, english) in table(Locale::En) {
        if stem(key).is_some_and(is_plural) {
            continue;
        }
        for locale in Locale::ALL {
            let text = table(locale).get(key).copied().unwrap_or_default();
            assert_eq!(gaps(english), gaps(text), "{}: {key}", locale.tag());
        }
    }
}

#[test]
fn every_key_in_the_code_exists() {
    let english = table(Locale::En);
    for (file, code) in code_in("src") {
        for call in ["t(", "t!(", "tk("] {
            for key in literals(&code, call) {
                assert!(english.contains_key(key), "{}: {key}", file.display());
            }
        }
        for key in literals(&code, "tn(") {
            assert!(is_plural(key), "{}: {key} has no plural forms", file.display());
        }
    }
}

#[test]
fn every_kind_field_and_choice_has_a_label() {
    let english = table(Locale::En);
    for kind in Kind::ALL {
        for name in [kind.name(), kind.plural()] {
            assert!(english.contains_key(format!("kind.{name}").as_str()), "kind.{name}");
        }
        for field in kind.fields().iter().chain(COMMON) {
            let own = format!("field.{}.{}", kind.name(), field.name);
            let shared = format!("field.{}", field.name);
            assert!(english.contains_key(own.as_str()) || english.contains_key(shared.as_str()), "{own}");
            if let FieldType::Choice(options) = field.ty {
                for option in options {
                    let key = format!("choice.{}.{option}", field.name);
                    assert!(english.contains_key(key.as_str()), "{key}");
                }
            }
        }
    }
}

#[test]
fn every_refusal_has_a_sentence() {
    let english = table(Locale::En);
    let mut missing = BTreeSet::new();
    for folder in ["../domain/src", "../server/service/src", "../server/src"] {
        for (_, code) in code_in(folder) {
            for call in ["FieldError::new(", "Error::invalid("] {
                for (at, _) in code.match_indices(call) {
                    // The code is the second argument, where it is a literal.
                    let rest = code[at + call.len()..].split(')').next().unwrap_or_default();
                    let Some((_, second)) = rest.split_once(',') else { continue };
                    if let Some(name) = second.trim().strip_prefix('"').and_then(|s| s.split_once('"')).map(|(n, _)| n)
                        && !english.contains_key(format!("error.field.{name}").as_str())
                    {
                        missing.insert(name.to_owned());
                    }
                }
            }
        }
    }
    assert!(missing.is_empty(), "no sentence below error.field. for {missing:?}");
}

#[test]
fn gaps_are_filled_and_odd_brackets_left_alone() {
    assert_eq!(fill("“{name}” moved to {stage}", &[("name", "GTX"), ("stage", "Won")]), "“GTX” moved to Won");
    assert_eq!(fill("{unknown} { open", &[]), "{unknown} { open");
}
