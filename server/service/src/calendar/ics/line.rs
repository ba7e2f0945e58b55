//! Content lines of iCalendar. Written: folded at 75 octets between characters, values and parameters escaped, nothing that could
//! begin a line of its own. Read: unfolded before they are decoded (some programs fold within a character), each with the number of
//! its first line.

/// Octets a line, its end not counted.
const WIDEST: usize = 75;

/// Lines of a file, one after the other.
#[derive(Default)]
pub struct Writer {
    out: String,
}

impl Writer {
    /// A line whose value needs no escapes: dates, numbers, addresses.
    pub fn line(&mut self, name: &str, params: &[(&str, &str)], value: &str) {
        let mut whole = name.to_owned();
        for (param, value) in params {
            whole.push(';');
            whole.push_str(param);
            whole.push('=');
            whole.push_str(&quoted(value));
        }
        whole.push(':');
        // Whatever it is, it is one line.
        whole.extend(value.chars().filter(|c| !c.is_control()));
        self.fold(&whole);
    }

    /// A line of text; nothing at all when there is none.
    pub fn text(&mut self, name: &str, value: &str) {
        if !value.is_empty() {
            self.line(name, &[], &escaped(value));
        }
    }

    pub fn begin(&mut self, component: &str) {
        self.line("BEGIN", &[], component);
    }

    pub fn end(&mut self, component: &str) {
        self.line("END", &[], component);
    }

    pub fn done(self) -> String {
        self.out
    }

    fn fold(&mut self, whole: &str) {
        let mut room = WIDEST;
        for c in whole.chars() {
            if c.len_utf8() > room {
                self.out.push_str("\r\n ");
                room = WIDEST - 1;
            }
            self.out.push(c);
            room -= c.len_utf8();
        }
        self.out.push_str("\r\n");
    }
}

/// TEXT of RFC 5545, 3.3.11. Control characters have no place in it.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | ';' | ',' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push(c),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    // A tab is the one control character that TEXT may hold; `Writer::line` keeps none.
    out.replace('\t', " ")
}

/// A parameter's value, in quotes where it needs them (RFC 6868 for what quotes cannot hold).
fn quoted(value: &str) -> String {
    let mut safe = String::with_capacity(value.len());
    for c in value.chars() {
        match c {
            '"' => safe.push_str("^'"),
            '^' => safe.push_str("^^"),
            '\n' => safe.push_str("^n"),
            c if c.is_control() => {}
            c => safe.push(c),
        }
    }
    if safe.contains([':', ';', ',']) { format!("\"{safe}\"") } else { safe }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(value: &str) -> String {
        let mut w = Writer::default();
        w.text("SUMMARY", value);
        w.done()
    }

    #[test]
    fn text_never_begins_a_line_of_its_own() {
        assert_eq!(text("a\r\nBEGIN:VEVENT"), "SUMMARY:a\\nBEGIN:VEVENT\r\n");
        assert_eq!(text("1; 2, 3 \\ 4"), "SUMMARY:1\\; 2\\, 3 \\\\ 4\r\n");
        let mut w = Writer::default();
        w.line("ATTENDEE", &[("CN", "Ann \"A\"; Lee\n")], "mailto:ann@x\r\nX:1");
        assert_eq!(w.done(), "ATTENDEE;CN=\"Ann ^'A^'; Lee^n\":mailto:ann@xX:1\r\n");
    }

    #[test]
    fn nothing_is_written_for_no_text() {
        assert_eq!(text(""), "");
    }

    proptest! {
        #[test]
        fn no_line_is_wider_than_75_octets_and_unfolding_gives_it_back(value in "\\PC{0,400}") {
            let folded = text(&value);
            prop_assert!(folded.split("\r\n").all(|line| line.len() <= WIDEST));
            let unfolded = folded.replace("\r\n ", "");
            let expected = if value.is_empty() { String::new() } else { format!("SUMMARY:{}\r\n", escaped(&value)) };
            prop_assert_eq!(unfolded, expected);
        }
    }
}
