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

/// Terms made one after the other in the same memory: a load makes millions of them.
pub struct Terms<'a> {
    of: Of<'a>,
    at: usize,
    token: Token,
}

enum Of<'a> {
    /// One term as it is.
    Whole(&'a str),
    /// Letters and pairs of letters of a column; a letter alone has no second.
    Fragments(char, Vec<(char, Option<char>)>),
    /// Triples of neighbours.
    Triples(char, Vec<char>),
    Words(Vec<&'a str>),
    Nothing,
}

impl<'a> Terms<'a> {
    fn new(of: Of<'a>) -> Self {
        // Longer than the widest step of a phrase: no phrase reaches into the next value.
        Self { of, at: 0, token: Token { position_length: 3, ..Token::default() } }
    }
}

impl TokenStream for Terms<'_> {
    fn advance(&mut self) -> bool {
        let text = &mut self.token.text;
        text.clear();
        let mut position = 0;
        match &self.of {
            Of::Whole(whole) if self.at == 0 => text.push_str(whole),
            Of::Fragments(mark, list) => {
                let Some((first, second)) = list.get(self.at) else { return false };
                text.extend([FRAGMENT, *mark, *first].into_iter().chain(*second));
            }
            Of::Triples(mark, letters) => {
                let Some(triple) = letters.get(self.at..self.at + 3) else { return false };
                text.push(*mark);
                text.extend(triple);
                position = self.at;
            }
            Of::Words(words) => {
                let Some(word) = words.get(self.at) else { return false };
                text.push_str(word);
            }
            Of::Whole(_) | Of::Nothing => return false,
        }
        self.at += 1;
        self.token.position = position;
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
    type TokenStream<'a> = Terms<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Terms<'a> {
        if !text.starts_with(FRAGMENT) {
            return Terms::new(Of::Whole(text));
        }
        let mut letters = text.chars().skip(1).peekable();
        let Some(mark) = letters.next() else { return Terms::new(Of::Nothing) };
        let mut list = Vec::with_capacity(text.len() * 2);
        while let Some(letter) = letters.next() {
            if letter != START {
                list.push((letter, None));
            }
            list.extend(letters.peek().map(|next| (letter, Some(*next))));
        }
        // A record is listed once under each.
        list.sort_unstable();
        list.dedup();
        Terms::new(Of::Fragments(mark, list))
    }
}

#[derive(Clone)]
pub struct GramsTokenizer;

impl Tokenizer for GramsTokenizer {
    type TokenStream<'a> = Terms<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Terms<'a> {
        let mut letters = text.chars();
        match letters.next() {
            Some(mark) => Terms::new(Of::Triples(mark, letters.collect())),
            None => Terms::new(Of::Nothing),
        }
    }
}

/// Words long enough that one wrong letter can be forgiven.
#[derive(Clone)]
pub struct WordsTokenizer;

impl Tokenizer for WordsTokenizer {
    type TokenStream<'a> = Terms<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Terms<'a> {
        let mut words: Vec<&str> = words_of(text).collect();
        words.sort_unstable();
        words.dedup();
        Terms::new(Of::Words(words))
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
