//! The closest known name to an unknown one, and whether it is close enough to be taken without asking.
//!
//! Names of records are taken only when they are the same but for spaces and signs (`GTXPro`, `GTX Pro`), or differ by one
//! slip of the keyboard in a long name; never when their figures differ (Store 12 and Store 13 are two stores), and never
//! for people (Anna Kim is not Anna Lim). Words from a list (stages, choices, industries) may be further apart.

use std::collections::HashMap;

use domain::text::fold;

/// Only letters and digits, folded: what is left when spelling habits are taken away.
pub fn squash(text: &str) -> String {
    fold(text).chars().filter(|c| c.is_alphanumeric()).collect()
}

/// 1.0 is equal, 0.0 has nothing in common. Transposed letters count as one slip.
pub fn likeness(a: &str, b: &str) -> f64 {
    let (a, b) = (fold(a), fold(b));
    if squash(&a) == squash(&b) { 1.0 } else { strsim::normalized_damerau_levenshtein(&a, &b) }
}

fn slips(a: &str, b: &str) -> usize {
    strsim::damerau_levenshtein(&fold(a), &fold(b))
}

fn same_figures(a: &str, b: &str) -> bool {
    let figures = |t: &str| fold(t).chars().filter(char::is_ascii_digit).collect::<String>();
    figures(a) == figures(b)
}

/// What kind of name it is decides how close is close enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nature {
    /// Companies, products, teams: slips are taken, other names are not.
    Record,
    Person,
    /// One of a short list.
    Word,
}

/// May `known` be taken for `text` without asking?
pub fn is_same(text: &str, known: &str, nature: Nature) -> bool {
    if squash(text).is_empty() || squash(known).is_empty() {
        return false;
    }
    if squash(text) == squash(known) {
        return true;
    }
    if !same_figures(text, known) {
        return false;
    }
    match nature {
        Nature::Person => false,
        Nature::Word => likeness(text, known) >= 0.85,
        Nature::Record => {
            let (a, b) = (fold(text), fold(known));
            let words = |t: &str| t.split(' ').count();
            a.chars().count().min(b.chars().count()) >= 8
                && words(&a) == words(&b)
                && a.chars().next() == b.chars().next()
                && slips(text, known) <= 1
        }
    }
}

/// One slip away in a word of five letters and more: what is meant, most likely. A person should look at it.
pub fn is_guess(text: &str, known: &str, nature: Nature) -> bool {
    if nature == Nature::Person || !same_figures(text, known) {
        return false;
    }
    let (a, b) = (fold(text), fold(known));
    let words = |t: &str| t.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let (ours, theirs) = (words(&a), words(&b));
    let mut differing = ours.iter().zip(&theirs).filter(|(x, y)| x != y);
    let long = |w: &String| w.chars().count() >= 5;
    let one =
        matches!((differing.next(), differing.next()), (Some((x, y)), None) if long(x) && long(y) && x.chars().next() == y.chars().next());
    ours.len() == theirs.len() && one && slips(text, known) == 1
}

/// Worth offering at all?
fn is_near(text: &str, known: &str) -> bool {
    let likeness = likeness(text, known);
    likeness >= 0.6 || (likeness >= 0.5 && text.chars().count() <= 6)
}

/// Names that can be looked up exactly (folded), by spelling (squashed) and by nearness.
pub struct Names<T> {
    entries: Vec<(String, T)>,
    folded: HashMap<String, u32>,
    squashed: HashMap<String, u32>,
    /// Pairs of letters → entries that have them. Built when nearness is first asked for.
    pairs: HashMap<[char; 2], Vec<u32>>,
    paired: usize,
}

impl<T> Default for Names<T> {
    fn default() -> Self {
        Self { entries: Vec::new(), folded: HashMap::new(), squashed: HashMap::new(), pairs: HashMap::new(), paired: 0 }
    }
}

impl<T: Clone> Names<T> {
    /// The first of several with the same name counts.
    pub fn add(&mut self, name: &str, what: T) {
        let folded = fold(name);
        if folded.is_empty() {
            return;
        }
        let at = u32::try_from(self.entries.len()).unwrap_or(u32::MAX);
        self.squashed.entry(squash(name)).or_insert(at);
        if let std::collections::hash_map::Entry::Vacant(slot) = self.folded.entry(folded) {
            slot.insert(at);
            self.entries.push((name.trim().to_owned(), what));
        }
    }

    pub fn find(&self, name: &str) -> Option<&T> {
        let at = self.folded.get(&fold(name))?;
        self.entry(*at).map(|(_, t)| t)
    }

    fn entry(&self, at: u32) -> Option<&(String, T)> {
        self.entries.get(at as usize)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &T)> {
        self.entries.iter().map(|(n, t)| (n.as_str(), t))
    }

    /// The nearest name with what it stands for, when there is one worth offering.
    pub fn closest(&mut self, name: &str) -> Option<(String, T)> {
        let squashed = squash(name);
        if squashed.is_empty() {
            return None;
        }
        if let Some((n, t)) = self.squashed.get(&squashed).and_then(|at| self.entry(*at)) {
            return Some((n.clone(), t.clone()));
        }
        self.pair_up();
        let mut shared: HashMap<u32, u32> = HashMap::new();
        // Rare pairs say most and cost least; those that thousands of names have are looked at only when there is nothing else.
        let mut lists: Vec<&Vec<u32>> = pairs(&squashed).iter().filter_map(|p| self.pairs.get(p)).collect();
        lists.sort_unstable_by_key(|l| l.len());
        let mut looked_at = 0;
        for list in lists {
            if looked_at > 20_000 {
                break;
            }
            looked_at += list.len();
            for at in list {
                *shared.entry(*at).or_default() += 1;
            }
        }
        let mut best: Vec<(u32, u32)> = shared.into_iter().map(|(at, n)| (n, at)).collect();
        best.sort_unstable_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        let mut found: Option<(f64, &(String, T))> = None;
        for (_, at) in best.into_iter().take(24) {
            let Some(entry) = self.entry(at) else { continue };
            let near = likeness(name, &entry.0);
            if is_near(name, &entry.0) && found.is_none_or(|(best, _)| near > best) {
                found = Some((near, entry));
            }
        }
        found.map(|(_, (n, t))| (n.clone(), t.clone()))
    }

    fn pair_up(&mut self) {
        for (at, (name, _)) in self.entries.iter().enumerate().skip(self.paired) {
            let at = u32::try_from(at).unwrap_or(u32::MAX);
            for pair in pairs(&squash(name)) {
                self.pairs.entry(pair).or_default().push(at);
            }
        }
        self.paired = self.entries.len();
    }
}

/// Neighbouring letters, each pair once; both ends count as letters, so that short words have pairs too.
fn pairs(squashed: &str) -> Vec<[char; 2]> {
    let letters: Vec<char> = std::iter::once('^').chain(squashed.chars()).chain(std::iter::once('$')).collect();
    let mut out: Vec<[char; 2]> = letters.windows(2).filter_map(|w| <[char; 2]>::try_from(w).ok()).collect();
    out.sort_unstable();
    out.dedup();
    out
}

/// Words of a free text that are spelled in two ways: each rare one with the one that is meant.
///
/// `counts`: the values of the file with their rows. `known`: what stands in the records already, and common words.
pub fn slips_in(counts: &[(String, i64)], known: &mut Names<()>) -> Vec<(String, i64, String)> {
    // A column with so many values is no list of words.
    if counts.len() > 2_000 {
        return Vec::new();
    }
    let mut own: Names<i64> = Names::default();
    let mut sorted: Vec<&(String, i64)> = counts.iter().collect();
    sorted.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    for (value, rows) in &sorted {
        own.add(value, *rows);
    }
    let mut out = Vec::new();
    for (value, rows) in sorted {
        if known.find(value).is_some() {
            continue;
        }
        let letters = value.chars().count();
        let few = |other: &str| slips(value, other) <= if letters >= 8 { 2 } else { 1 };
        let fits = |other: &str| letters >= 4 && same_figures(value, other) && (squash(value) == squash(other) || few(other));
        if let Some((word, ())) = known.closest(value).filter(|(w, ())| fits(w)) {
            out.push((value.clone(), *rows, word));
            continue;
        }
        // Within the file only when the other spelling is far more frequent.
        let mut others = own.iter().filter(|(w, n)| **n >= rows * 5 && **n >= 5 && fold(w) != fold(value) && fits(w));
        if let Some((word, _)) = others.next() {
            out.push((value.clone(), *rows, word.to_owned()));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(list: &[&str]) -> Names<()> {
        let mut n = Names::default();
        list.iter().for_each(|x| n.add(x, ()));
        n
    }

    fn near(list: &[&str], name: &str) -> Option<String> {
        names(list).closest(name).map(|(n, ())| n)
    }

    #[test]
    fn the_closest_name_is_offered() {
        let products = ["GTX Basic", "GTX Pro", "MG Special", "MG Advanced", "GTX Plus Pro", "GTX Plus Basic", "GTK 500"];
        assert_eq!(near(&products, "GTXPro").as_deref(), Some("GTX Pro"));
        assert_eq!(near(&products, "MG Advance").as_deref(), Some("MG Advanced"));
        assert_eq!(near(&products, "Something else"), None);
        assert_eq!(near(&["北京华信科技", "上海东方贸易"], "北京华信").as_deref(), Some("北京华信科技"));
        assert_eq!(near(&["Київбуд", "Львівбуд"], "Киевбуд").as_deref(), Some("Київбуд"));
    }

    #[test]
    fn what_is_taken_without_asking() {
        for (a, b) in [("GTXPro", "GTX Pro"), ("acme, inc", "Acme Inc."), ("Genco Pura Olive Oil Compny", "Genco Pura Olive Oil Company")] {
            assert!(is_same(a, b, Nature::Record), "{a} {b}");
        }
        for (a, b) in [
            ("Store 12 Kyiv", "Store 13 Kyiv"),
            ("Betatech", "Betasoft"),
            ("Inity", "Unity"),
            ("GTX Basic", "GTX Plus Basic"),
            ("GTX Pro", "GTX Plus Pro"),
        ] {
            assert!(!is_same(a, b, Nature::Record), "{a} {b}");
        }
        assert!(!is_same("Anna Kim", "Anna Lim", Nature::Person));
        assert!(is_same("anna  KIM", "Anna Kim", Nature::Person));
        assert!(is_same("technolgy", "technology", Nature::Word) && is_same("Engagin", "Engaging", Nature::Word));
        assert!(!is_same("Won", "Lost", Nature::Word) && !is_same("", "", Nature::Word));
    }

    #[test]
    fn a_name_one_slip_away_is_a_guess() {
        for (a, b) in [("Cheerz", "Cheers"), ("Betasoft", "Betasofd"), ("Acme Globl", "Acme Global")] {
            assert!(is_guess(a, b, Nature::Record), "{a} {b}");
        }
        for (a, b) in [
            ("Acme", "Acne"),
            ("Inity", "Unity"),
            ("Store 12", "Store 13"),
            ("Series A", "Series B"),
            ("Cheers", "Cheers"),
            ("Betatech", "Betasoft"),
        ] {
            assert!(!is_guess(a, b, Nature::Record), "{a} {b}");
        }
        assert!(!is_guess("Marina", "Marine", Nature::Person));
    }

    #[test]
    fn slips_of_the_keyboard_in_free_text() {
        let counts = |list: &[(&str, i64)]| list.iter().map(|(v, n)| ((*v).to_owned(), *n)).collect::<Vec<_>>();
        let found = slips_in(&counts(&[("technolgy", 12), ("retail", 17), ("medical", 12)]), &mut names(&["technology", "retail"]));
        assert_eq!(found, [("technolgy".to_owned(), 12, "technology".to_owned())]);
        // Without a list of words the frequent spelling of the file itself counts …
        let found = slips_in(&counts(&[("softwear", 1), ("software", 20)]), &mut names(&[]));
        assert_eq!(found, [("softwear".to_owned(), 1, "software".to_owned())]);
        // … but two words that are both common are two words, and figures are not letters.
        assert!(slips_in(&counts(&[("Marketing A", 10), ("Marketing B", 12)]), &mut names(&[])).is_empty());
        assert!(slips_in(&counts(&[("Series 1", 1), ("Series 2", 50)]), &mut names(&[])).is_empty());
        // What is known already stands.
        assert!(slips_in(&counts(&[("technolgy", 12)]), &mut names(&["technology", "technolgy"])).is_empty());
    }

    #[test]
    fn a_hundred_thousand_names_do_not_take_long() {
        let mut n: Names<u32> = Names::default();
        for i in 0..20_000_u32 {
            n.add(&format!("{} {} Holding {i}", ["Nord", "Süd", "Ost", "West"][(i % 4) as usize], i * 7919 % 10_007), i);
        }
        let start = std::time::Instant::now();
        for i in 0..50 {
            assert!(n.closest(&format!("Norde {} Holding", i * 31)).is_some());
        }
        assert!(start.elapsed().as_secs() < 20);
    }
}
