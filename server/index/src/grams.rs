//! Fragments of texts as terms: single letters, pairs, and triples with their positions. Any text of three letters or
//! more is found as a phrase of triples, which makes the answer exact: nothing is left to verify.

use tantivy::tokenizer::{Token, TokenStream, Tokenizer};

use crate::layout::Column;

/// Stands before every value, so that "begins with" is a fragment too.
pub const START: char = '\u{2}';

/// First letter of a term that stands for a class, a whole value, a fragment.
const CLASS: char = 'c';
const VALUE: char = 'e';
const FRAGMENT: char = 'g';

pub fn class_term(class: u8) -> String {
    format!("{CLASS}{class}")
}

pub fn value_term(column: &Column, value: &str) -> String {
    format!("{VALUE}{}{value}", column.mark)
}

/// Given to the tokenizer of `_terms`, which makes one and two letter fragments of it.
pub fn fragments_of(column: &Column, text: &str) -> String {
    format!("{FRAGMENT}{}{START}{text}", column.mark)
}

/// Given to the tokenizer of `_grams`.
pub fn triples_of(column: &Column, text: &str) -> String {
    format!("{}{START}{text}", column.mark)
}

/// How a fragment is looked up.
#[derive(Debug, PartialEq, Eq)]
pub enum Lookup {
    /// One term of `_terms`.
    Term(String),
    /// Terms of `_grams`, each so many letters after the first.
    Phrase(Vec<(usize, String)>),
}

/// `text` is not empty.
pub fn lookup(column: &Column, text: &str) -> Lookup {
    let letters: Vec<char> = text.chars().collect();
    if letters.len() < 3 {
        return Lookup::Term(format!("{FRAGMENT}{}{text}", column.mark));
    }
    let last = letters.len() - 3;
    // Every third triple covers the text; the last one closes it.
    let starts = (0..last).step_by(3).chain([last]);
    let triple = |at: usize| letters.iter().skip(at).take(3).fold(String::from(column.mark), |s, c| s + c.encode_utf8(&mut [0; 4]));
    Lookup::Phrase(starts.map(|at| (at, triple(at))).collect())
}

/// A list of terms made at once.
pub struct Terms {
    terms: Vec<(usize, String)>,
    at: usize,
    token: Token,
}

impl Terms {
    fn new(terms: Vec<(usize, String)>) -> Self {
        Self { terms, at: 0, token: Token::default() }
    }
}

impl TokenStream for Terms {
    fn advance(&mut self) -> bool {
        let Some((position, text)) = self.terms.get_mut(self.at) else { return false };
        self.at += 1;
        self.token.text = std::mem::take(text);
        self.token.position = *position;
        // Longer than the widest step of a phrase: no phrase reaches into the next value.
        self.token.position_length = 3;
        true
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}

#[derive(Clone)]
pub struct TermsTokenizer;

impl Tokenizer for TermsTokenizer {
    type TokenStream<'a> = Terms;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Terms {
        if !text.starts_with(FRAGMENT) {
            return Terms::new(vec![(0, text.to_owned())]);
        }
        let mut letters = text.chars().skip(1);
        let Some(mark) = letters.next() else { return Terms::new(Vec::new()) };
        let letters: Vec<char> = letters.collect();
        let mut out = std::collections::HashSet::new();
        for pair in letters.windows(2) {
            out.insert([FRAGMENT, mark].into_iter().chain(pair.iter().copied()).collect::<String>());
        }
        for letter in letters.iter().filter(|l| **l != START) {
            out.insert([FRAGMENT, mark, *letter].into_iter().collect::<String>());
        }
        Terms::new(out.into_iter().map(|t| (0, t)).collect())
    }
}

#[derive(Clone)]
pub struct GramsTokenizer;

impl Tokenizer for GramsTokenizer {
    type TokenStream<'a> = Terms;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Terms {
        let mut letters = text.chars();
        let Some(mark) = letters.next() else { return Terms::new(Vec::new()) };
        let letters: Vec<char> = letters.collect();
        let triples = letters.windows(3).enumerate();
        Terms::new(triples.map(|(at, triple)| (at, [mark].iter().chain(triple).collect())).collect())
    }
}

/// Words long enough that one wrong letter can be forgiven.
#[derive(Clone)]
pub struct WordsTokenizer;

impl Tokenizer for WordsTokenizer {
    type TokenStream<'a> = Terms;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Terms {
        let mut words: Vec<(usize, String)> = words_of(text).map(|w| (0, w.to_owned())).collect();
        words.sort_unstable();
        words.dedup();
        Terms::new(words)
    }
}

/// The words of a folded text that typing errors are looked for in.
pub fn words_of(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|w| (4..=40).contains(&w.chars().count()) && !w.chars().any(domain::text::is_cjk_char))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::layout;

    #[test]
    fn a_phrase_covers_its_text() {
        let column = &layout().columns[0];
        let m = column.mark;
        assert_eq!(lookup(column, "王"), Lookup::Term(format!("g{m}王")));
        assert_eq!(lookup(column, "ab"), Lookup::Term(format!("g{m}ab")));
        assert_eq!(lookup(column, "abc"), Lookup::Phrase(vec![(0, format!("{m}abc"))]));
        assert_eq!(lookup(column, "abcd"), Lookup::Phrase(vec![(0, format!("{m}abc")), (1, format!("{m}bcd"))]));
        assert_eq!(lookup(column, "abcdefg"), Lookup::Phrase(vec![(0, format!("{m}abc")), (3, format!("{m}def")), (4, format!("{m}efg"))]));
    }
}
