//! What people type to find something. Every word must occur somewhere in the searchable fields of a record: as a
//! fragment, in any script; of a phone number the digits count, however it is written: "+380 44 123" and "044 123". When nothing has all the words, words of five letters
//! and more may differ by one letter from a word (or its beginning) in the record.

use domain::schema::FieldType;
use domain::{Kind, text};

use crate::cond::{ALWAYS, Cond};
use crate::grams::words_of;
use crate::layout::{Col, layout};
use crate::row::Row;

/// Enough for a sentence; more would only cost time.
const MAX_WORDS: usize = 12;
const MAX_LETTERS: usize = 80;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words(pub Vec<Word>);

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    pub text: String,
    /// Its digits, when it is part of a phone number written with signs.
    digits: Option<String>,
}

impl Words {
    pub fn parse(input: &str) -> Self {
        let folded = text::fold(input);
        let words = folded.split(' ').filter(|w| !w.is_empty()).take(MAX_WORDS);
        Self(words.map(|w| Word { text: w.chars().take(MAX_LETTERS).collect(), digits: phone_digits(w) }).collect())
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Can a typing error be looked for at all?
    pub fn may_err(&self) -> bool {
        self.0.iter().any(Word::may_err)
    }

    pub fn cond(&self, kind: Kind, typos: bool) -> Cond {
        let one = |w: &Word| {
            let Cond::Any(mut any) = w.cond(kind) else { return ALWAYS };
            if typos && w.may_err() {
                any.push(Cond::Nearly(w.text.clone()));
            }
            Cond::Any(any)
        };
        let parts = self.0.chunk_by(|a, b| a.is_digits() == b.is_digits()).map(|run| {
            let each = Cond::All(run.iter().map(one).collect());
            // Words of digits that follow each other are one number.
            let whole = run.first().filter(|w| w.is_digits()).and_then(|_| {
                let joined: Vec<&str> = run.iter().map(|w| w.text.as_str()).collect();
                text::phone_parts(&joined.join(" "))
            });
            match whole {
                None => each,
                Some(parts) => {
                    let within = phones(kind).flat_map(|col| parts.iter().map(move |p| Cond::Contains(col, p.clone())));
                    Cond::Any(std::iter::once(each).chain(within).collect())
                }
            }
        });
        Cond::All(parts.collect())
    }
}

/// The searchable columns of a kind that hold phone numbers.
fn phones(kind: Kind) -> impl Iterator<Item = Col> {
    let l = layout();
    l.searchable(kind).filter(|col| l.column(*col).is_some_and(|c| matches!(c.ty, FieldType::Phone | FieldType::Phones)))
}

impl Word {
    /// Nothing but digits and what stands between them.
    fn is_digits(&self) -> bool {
        self.text.chars().all(|c| c.is_ascii_digit() || text::is_phone_sign(c))
    }

    fn cond(&self, kind: Kind) -> Cond {
        let l = layout();
        let mut any = Vec::new();
        for col in l.searchable(kind) {
            any.push(Cond::Contains(col, self.text.clone()));
            let phone = l.column(col).is_some_and(|c| matches!(c.ty, FieldType::Phone | FieldType::Phones));
            if let Some(digits) = self.digits.as_ref().filter(|_| phone) {
                any.push(Cond::Contains(col, digits.clone()));
            }
        }
        Cond::Any(any)
    }

    pub fn may_err(&self) -> bool {
        let letters = self.text.chars().count();
        (5..=40).contains(&letters) && self.text.chars().all(|c| c.is_alphanumeric() && !text::is_cjk_char(c))
    }
}

/// "(044)" → "044", "123-45-67" → "1234567"; None where there is nothing but digits, or something else.
fn phone_digits(word: &str) -> Option<String> {
    let sign = |c: char| matches!(c, '+' | '-' | '(' | ')' | '.' | '/' | '\u{2010}'..='\u{2015}');
    let digits: String = word.chars().filter(char::is_ascii_digit).collect();
    let signs = word.chars().filter(|c| sign(*c)).count();
    (digits.len() >= 2 && signs > 0 && digits.len() + signs == word.chars().count()).then_some(digits)
}

/// Is there a word in the searchable fields of a row that begins with `word`, one letter wrong, too many, missing or
/// swapped with its neighbour?
pub fn nearly_in(row: &Row, word: &str) -> bool {
    let l = layout();
    let Some(kind) = Kind::ALL.get(usize::from(row.class / 2)) else { return false };
    let wanted: Vec<char> = word.chars().collect();
    l.searchable(*kind).any(|col| row.texts(col).any(|t| words_of(t).any(|w| nearly(&wanted, w))))
}

fn nearly(wanted: &[char], word: &str) -> bool {
    let word: Vec<char> = word.chars().collect();
    let n = wanted.len();
    [n.saturating_sub(1), n, n + 1].into_iter().any(|cut| word.get(..cut).is_some_and(|w| one_edit(wanted, w)))
}

/// At most one letter replaced, added, left out, or two neighbours swapped.
fn one_edit(a: &[char], b: &[char]) -> bool {
    let same = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (a, b) = (a.get(same..).unwrap_or_default(), b.get(same..).unwrap_or_default());
    let rest = |s: &[char], from: usize| s.get(from..).map(<[char]>::to_vec);
    match (a, b) {
        ([], []) => true,
        _ if a.len() == b.len() => {
            rest(a, 1) == rest(b, 1) || matches!((a, b), ([x, y, ..], [p, q, ..]) if x == q && y == p) && rest(a, 2) == rest(b, 2)
        }
        _ if a.len() == b.len() + 1 => rest(a, 1).as_deref() == Some(b),
        _ if a.len() + 1 == b.len() => rest(b, 1).as_deref() == Some(a),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_edit_is_one_edit() {
        let near = |a: &str, b: &str| nearly(&a.chars().collect::<Vec<_>>(), b);
        for (a, b) in
            [("smith", "smith"), ("smiht", "smith"), ("smth", "smith"), ("smitth", "smith"), ("smoth", "smith"), ("globx", "globexcorp")]
        {
            assert!(near(a, b), "{a} {b}");
        }
        for (a, b) in [("smith", "smart"), ("smiht", "sm"), ("abcde", "badce")] {
            assert!(!near(a, b), "{a} {b}");
        }
    }

    #[test]
    fn phone_numbers_may_be_written_with_signs() {
        let w = Words::parse("(044) 123-45-67");
        assert_eq!(w.0.iter().map(|w| w.digits.as_deref()).collect::<Vec<_>>(), [Some("044"), Some("1234567")]);
        assert_eq!(Words::parse("a-1 12").0.iter().map(|w| w.digits.clone()).collect::<Vec<_>>(), [None, None]);
    }
}
