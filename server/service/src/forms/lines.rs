//! Texts: letters with their marks in one piece (NFC), and nothing in between that nobody sees but a comparison does.

use domain::text::is_unseen;
use unicode_normalization::UnicodeNormalization;

/// Joiners are letters' affair in scripts that join, and within emoji. Anywhere else they only make two names of one.
const fn joins(before: char) -> bool {
    matches!(before,
        '\u{590}'..='\u{8ff}' | '\u{900}'..='\u{dff}' | '\u{f00}'..='\u{109f}' | '\u{1780}'..='\u{18af}' | '\u{fe0f}' | '\u{2190}'..='\u{2bff}'
        | '\u{1f000}'..='\u{1faff}')
}

/// One line: its words with one space between them.
pub(crate) fn line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut space = false;
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        if c.is_whitespace() {
            space = !out.is_empty();
            continue;
        }
        if is_unseen(c) && !(is_joiner(c) && joined(&out, rest.peek().copied()) && !space) {
            continue;
        }
        if space {
            out.push(' ');
            space = false;
        }
        out.push(c);
    }
    // Last: what was taken out may have stood between a letter and its mark.
    out.nfc().collect()
}

/// Several lines, as they stand; without signs that turn the direction of what follows, by which a text reads as another one.
pub(super) fn prose(text: &str) -> String {
    text.chars().filter(|c| !matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{200b}')).nfc().collect()
}

const fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}' | '\u{180b}'..='\u{180e}')
}

fn joined(before: &str, after: Option<char>) -> bool {
    before.chars().next_back().is_some_and(joins) && after.is_some_and(|c| !c.is_whitespace() && !is_unseen(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_name_is_written_in_one_way() {
        assert_eq!(line("Andre\u{301}"), "André");
        assert_eq!(line("Кир\u{438}\u{306}"), "Кирй", "й is one letter");
        assert_eq!(line("  Anna\u{a0}\u{3000} Snelling \u{200b}"), "Anna Snelling");
        assert_eq!(line("A\u{200b}cme\u{202e}\u{2066}\u{ad} Ltd"), "Acme Ltd");
        assert_eq!(line("Ac\u{200d}me"), "Acme", "a joiner among Latin letters joins nothing");
    }

    #[test]
    fn what_letters_need_stays() {
        for text in ["می\u{200c}خواهم", "👨\u{200d}👩\u{200d}👧", "❤\u{fe0f}\u{200d}🔥", "क्\u{200d}ष", "王小明", "O’Neill"]
        {
            assert_eq!(line(text), text);
        }
    }

    #[test]
    fn a_text_reads_as_it_stands() {
        assert_eq!(prose("pay \u{202e}evil\u{202c}\n  two  spaces\t"), "pay evil\n  two  spaces\t");
    }

    #[test]
    fn normal_is_normal_again() {
        for text in ["Cafe\u{301} ", "a\u{200b}\u{301}", "\u{1100}\u{1161}\u{11a8}", "ﬁ Å"] {
            assert_eq!(line(&line(text)), line(text));
        }
    }
}
