//! The numbering plans of all countries: which numbers there are, what is dialled before them, and how they are grouped. The
//! tables are libphonenumber's; of its rules these are the ones that recognise and spell a number.

use std::collections::BTreeMap;
use std::sync::{LazyLock, OnceLock};

use regex::{Regex, RegexBuilder};

/// A country (or a part of one that has a plan of its own).
pub(super) struct Territory {
    /// Calling code.
    code: &'static str,
    /// The one whose grouping those of the same calling code share.
    main: bool,
    /// What is dialled before numbers abroad.
    abroad: Pattern,
    /// What is dialled before numbers at home: "0", in some places with the choice of a carrier.
    trunk: Pattern,
    /// What takes the place of it, where it is not just left out.
    rule: String,
    general: Pattern,
    kinds: Pattern,
    forms: Vec<Form>,
}

/// One way to group the digits.
struct Form {
    whole: Pattern,
    begins: Pattern,
    spelled: String,
}

/// Compiled when it is first asked: of 250 countries a house knows a few.
struct Pattern {
    text: &'static str,
    ends: &'static str,
    made: OnceLock<Option<Regex>>,
}

impl Pattern {
    const fn whole(text: &'static str) -> Self {
        Self { text, ends: "$", made: OnceLock::new() }
    }

    const fn begin(text: &'static str) -> Self {
        Self { text, ends: "", made: OnceLock::new() }
    }

    /// None: the country has none.
    fn get(&self) -> Option<&Regex> {
        if self.text.is_empty() {
            return None;
        }
        let make = || RegexBuilder::new(&format!("^(?:{}){}", self.text, self.ends)).unicode(false).build().ok();
        self.made.get_or_init(make).as_ref()
    }

    fn fits(&self, digits: &str) -> bool {
        self.get().is_some_and(|p| p.is_match(digits))
    }
}

struct Plans {
    by_id: BTreeMap<&'static str, Territory>,
    by_code: BTreeMap<&'static str, Vec<&'static str>>,
}

static PLANS: LazyLock<Plans> = LazyLock::new(|| {
    let mut by_id: BTreeMap<&'static str, Territory> = BTreeMap::new();
    let mut by_code: BTreeMap<&'static str, Vec<&'static str>> = BTreeMap::new();
    let mut last = "";
    for line in include_str!("plan.tsv").lines() {
        let mut cells = line.split('\t');
        let kind = cells.next().unwrap_or_default();
        let mut cell = || cells.next().unwrap_or_default();
        match kind {
            "T" => {
                let (id, code) = (cell(), cell());
                // Worldwide numbers all go by the name 001.
                last = if id == "001" { code } else { id };
                let territory = Territory {
                    code,
                    main: cell() == "main",
                    abroad: Pattern::begin(cell()),
                    trunk: Pattern::begin(cell()),
                    rule: groups(cell()),
                    general: Pattern::whole(cell()),
                    kinds: Pattern::whole(cell()),
                    forms: Vec::new(),
                };
                let of_code = by_code.entry(code).or_default();
                if territory.main {
                    of_code.insert(0, last)
                } else {
                    of_code.push(last)
                }
                by_id.insert(last, territory);
            }
            "F" => {
                let form = Form { whole: Pattern::whole(cell()), begins: Pattern::begin(cell()), spelled: groups(cell()) };
                if let Some(territory) = by_id.get_mut(last) {
                    territory.forms.push(form);
                }
            }
            _ => {}
        }
    }
    Plans { by_id, by_code }
});

/// `$1` as the library reads it: it would take `$1555` for the name of a group.
fn groups(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match (c, rest.peek()) {
            ('$', Some(n)) if n.is_ascii_digit() => {
                out.push_str("${");
                out.extend(rest.next());
                out.push('}');
            }
            _ => out.push(c),
        }
    }
    out
}

/// The calling code at the beginning, what comes after it, and whose it is.
fn split(digits: &str) -> Option<(&str, &str, &'static [&'static str])> {
    let plans: &'static Plans = &PLANS;
    (1..=3).find_map(|n| {
        let (code, rest) = digits.split_at_checked(n)?;
        Some((code, rest, plans.by_code.get(code)?.as_slice()))
    })
}

fn territory(id: &str) -> Option<&'static Territory> {
    let plans: &'static Plans = &PLANS;
    plans.by_id.get(id)
}

impl Territory {
    fn has(&self, national: &str) -> bool {
        self.general.fits(national) && self.kinds.fits(national)
    }

    /// Without what is dialled before it at home.
    fn bare(&self, national: &str) -> Option<String> {
        let found = self.trunk.get()?.captures(national)?;
        let whole = found.get(0)?;
        let rest = national.get(whole.end()..)?;
        // The rule moves what a group has found; with nothing in the group there is nothing to move.
        let grouped = found.len() > 1 && found.get(found.len() - 1).is_some();
        if self.rule.is_empty() || !grouped {
            return (whole.end() > 0).then(|| rest.to_owned());
        }
        let mut out = String::new();
        found.expand(&self.rule, &mut out);
        Some(out + rest)
    }
}

/// A number as it is dialled from anywhere, after the plus.
pub(super) fn international(digits: &str) -> Option<String> {
    let (code, national, owners) = split(digits)?;
    let of = |national: &str| owners.iter().filter_map(|id| territory(id)).any(|t| t.has(national));
    if of(national) {
        return Some(format!("+{digits}"));
    }
    // "+44 020 …": the zero for calls at home does not belong there.
    let bare = owners.iter().filter_map(|id| territory(id)).find_map(|t| t.bare(national).filter(|b| of(b)))?;
    Some(format!("+{code}{bare}"))
}

/// A number as it is dialled in this country.
pub(super) fn national(digits: &str, country: &str) -> Option<String> {
    let home = territory(country)?;
    let plans: &'static Plans = &PLANS;
    let owners: Vec<&Territory> = plans.by_code.get(home.code)?.iter().filter_map(|id| territory(id)).collect();
    // Where countries share a calling code they call each other without it.
    let of = |national: &str| owners.iter().any(|t| t.has(national));
    if let Some(rest) = home.abroad.get().and_then(|p| p.find(digits)).and_then(|m| digits.get(m.end()..))
        && let Some(found) = international(rest)
    {
        return Some(found);
    }
    let here = |national: &str| format!("+{}{national}", home.code);
    if let Some(bare) = home.bare(digits).filter(|b| of(b)) {
        return Some(here(&bare));
    }
    if of(digits) {
        return Some(here(digits));
    }
    // The calling code of the own country, without a plus.
    digits.strip_prefix(home.code).and_then(|_| international(digits))
}

/// As people of all countries read it: `+380 44 123 4567`. None: no number that is given to anybody.
pub(super) fn spelled(digits: &str) -> Option<String> {
    let (code, national, owners) = split(digits)?;
    let owners: Vec<&Territory> = owners.iter().filter_map(|id| territory(id)).collect();
    if !owners.iter().any(|t| t.has(national)) {
        return None;
    }
    let form = owners.first()?.forms.iter().find(|f| (f.begins.text.is_empty() || f.begins.fits(national)) && f.whole.fits(national));
    let grouped = form.and_then(|f| Some(f.whole.get()?.replace(national, f.spelled.as_str()).into_owned()));
    Some(format!("+{code} {}", grouped.as_deref().unwrap_or(national)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_of_every_country_is_understood() {
        assert!(PLANS.by_id.len() > 240);
        for (id, t) in &PLANS.by_id {
            let patterns =
                [&t.abroad, &t.trunk, &t.general, &t.kinds].into_iter().chain(t.forms.iter().flat_map(|f| [&f.whole, &f.begins]));
            for p in patterns {
                assert!(p.text.is_empty() || p.get().is_some(), "{id}: {}", p.text);
            }
            assert!(t.general.get().is_some() && t.kinds.get().is_some(), "{id}");
        }
        for (code, owners) in &PLANS.by_code {
            assert!(owners.len() == 1 || PLANS.by_id[owners[0]].main, "{code}: {owners:?}");
            for other in PLANS.by_code.keys().filter(|o| *o != code) {
                assert!(!other.starts_with(code), "{code} begins {other}");
            }
        }
    }
}
