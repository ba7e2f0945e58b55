//! Countries as people write them: their codes, and their names in many languages.

use std::collections::HashMap;
use std::sync::LazyLock;

use domain::{Locale, text};

struct Country {
    code: &'static str,
    /// English, Ukrainian, simplified and traditional Chinese.
    names: [&'static str; 4],
    zones: Vec<&'static str>,
}

struct Countries {
    all: Vec<Country>,
    by_name: HashMap<String, &'static str>,
}

static COUNTRIES: LazyLock<Countries> = LazyLock::new(|| {
    let (mut all, mut by_name) = (Vec::new(), HashMap::new());
    for line in include_str!("countries.tsv").lines().filter(|l| !l.starts_with('#')) {
        let mut cells = line.split('\t');
        let mut cell = || cells.next().unwrap_or_default();
        let (code, three) = (cell(), cell());
        let names = [cell(), cell(), cell(), cell()];
        for name in names.into_iter().chain([code, three]).chain(cell().split('|')).filter(|n| !n.is_empty()) {
            by_name.entry(key(name)).or_insert(code);
        }
        all.push(Country { code, names, zones: cell().split('|').filter(|z| !z.is_empty()).collect() });
    }
    Countries { all, by_name }
});

/// What is compared of a name: neither dots nor "the".
fn key(name: &str) -> String {
    let folded: String = text::fold(text::trimmed(name)).chars().filter(|c| *c != '.').collect();
    folded.strip_prefix("the ").map(str::to_owned).unwrap_or(folded)
}

/// The two letters of the country that is called so. None: nobody knows which one is meant.
pub fn named(name: &str) -> Option<&'static str> {
    COUNTRIES.by_name.get(&key(name)).copied()
}

/// The country whose clocks show this zone's time.
pub fn of_zone(zone: &str) -> Option<&'static str> {
    COUNTRIES.all.iter().find(|c| c.zones.contains(&zone)).map(|c| c.code)
}

/// Code and name of all, in the order of the names.
pub fn all(locale: Locale) -> Vec<(String, String)> {
    let at = match locale {
        Locale::En => 0,
        Locale::Uk => 1,
        Locale::ZhHans => 2,
        Locale::ZhHant => 3,
    };
    let mut out: Vec<(String, String)> =
        COUNTRIES.all.iter().map(|c| (c.code.to_owned(), c.names.get(at).copied().unwrap_or(c.code).to_owned())).collect();
    // Ukrainian letters are not in the order of their codes: ґ, є, і, ї stand behind all others there.
    let place = |name: &str| -> Vec<u32> {
        let letter = |c: char| match c {
            'ґ' => u32::from('г') * 2 + 1,
            'є' => u32::from('е') * 2 + 1,
            'і' => u32::from('и') * 2 + 1,
            'ї' => u32::from('и') * 2 + 1,
            c => u32::from(c) * 2,
        };
        text::fold(name).chars().map(letter).collect()
    };
    out.sort_by_cached_key(|(_, name)| place(name));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_country_is_known_by_what_people_call_it() {
        for (written, code) in [
            ("Ukraine", "UA"),
            ("україна", "UA"),
            ("乌克兰", "UA"),
            ("烏克蘭", "UA"),
            ("UKR", "UA"),
            (" ua ", "UA"),
            ("Украина", "UA"),
            ("U.S.A.", "US"),
            ("USA", "US"),
            ("the United States", "US"),
            ("США", "US"),
            ("美国", "US"),
            ("UK", "GB"),
            ("England", "GB"),
            ("Deutschland", "DE"),
            ("Türkiye", "TR"),
            ("中国", "CN"),
            ("台灣", "TW"),
            ("臺灣", "TW"),
        ] {
            assert_eq!(named(written), Some(code), "{written}");
        }
        for nowhere in ["", "Narnia", "u", "Kyiv", "Europe"] {
            assert_eq!(named(nowhere), None, "{nowhere}");
        }
    }

    #[test]
    fn every_language_has_every_country() {
        for locale in Locale::ALL {
            let all = all(locale);
            assert!(all.len() > 240);
            assert!(all.iter().all(|(code, name)| code.len() == 2 && !name.is_empty()));
        }
        let uk: Vec<String> = all(Locale::Uk).into_iter().map(|(_, name)| name).collect();
        let at = |name: &str| uk.iter().position(|n| n == name).unwrap_or_else(|| panic!("{name}"));
        assert!(at("Грузія") < at("Данія") && at("Індія") < at("Канада") && at("Ефіопія") < at("Йорданія"));
    }

    #[test]
    fn a_zone_says_in_which_country_people_are() {
        assert_eq!(of_zone("Europe/Kyiv"), Some("UA"));
        assert_eq!(of_zone("America/New_York"), Some("US"));
        assert_eq!(of_zone("Asia/Shanghai"), Some("CN"));
        assert_eq!(of_zone("UTC"), None);
    }
}
