//! Content lines read back: unfolded before they are decoded (some programs fold within a character), each with the number of its
//! first line as an editor shows it. What is broken is named and passed over; the rest of the file is read.

use std::borrow::Cow;

/// The most of one line that is kept: pictures that lie in a file as text are of no use here.
const LONGEST: usize = 64 * 1024;
/// Components within components; three are all that the RFC knows.
const DEEPEST: usize = 6;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub number: usize,
    /// In capitals, as names of parameters are.
    pub name: String,
    pub params: Vec<(String, String)>,
    pub value: String,
}

impl Line {
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// Its value as TEXT.
    pub fn text(&self) -> String {
        let mut out = String::with_capacity(self.value.len());
        let mut chars = self.value.chars();
        while let Some(c) = chars.next() {
            match c {
                '\\' => match chars.next() {
                    Some('n' | 'N') => out.push('\n'),
                    Some(other) => out.push(other),
                    None => {}
                },
                c if c.is_control() && c != '\t' => {}
                c => out.push(c),
            }
        }
        out
    }
}

/// BEGIN … END
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Component {
    pub name: String,
    pub number: usize,
    pub lines: Vec<Line>,
    pub parts: Vec<Component>,
}

impl Component {
    pub fn line(&self, name: &str) -> Option<&Line> {
        self.lines.iter().find(|l| l.name == name)
    }

    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Line> {
        self.lines.iter().filter(move |l| l.name == name)
    }
}

/// What a line is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    pub number: usize,
    pub text: String,
}

#[derive(Debug, Default)]
pub struct Parsed {
    pub events: Vec<Component>,
    pub todos: Vec<Component>,
    pub zones: Vec<Component>,
    pub broken: Vec<Broken>,
    /// METHOD of the calendar (the last one that says it).
    pub method: String,
    /// Was there a calendar at all?
    pub is_calendar: bool,
}

/// Does it look like iCalendar?
pub fn is_calendar(bytes: &[u8]) -> bool {
    let head = bytes.get(..bytes.len().min(256)).unwrap_or_default();
    let bytes = &*in_utf_8(head);
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let start = bytes.iter().position(|b| !b.is_ascii_whitespace()).unwrap_or(bytes.len());
    bytes.get(start..start + 15).is_some_and(|b| b.eq_ignore_ascii_case(b"BEGIN:VCALENDAR"))
}

/// The RFC wants UTF-8; what is in UTF-16, with a mark or without, is meant all the same.
fn in_utf_8(bytes: &[u8]) -> Cow<'_, [u8]> {
    let (utf_16, rest) = match bytes {
        [0xff, 0xfe, rest @ ..] => (encoding_rs::UTF_16LE, rest),
        [0xfe, 0xff, rest @ ..] => (encoding_rs::UTF_16BE, rest),
        [first, 0, _, 0, ..] if *first != 0 => (encoding_rs::UTF_16LE, bytes),
        [0, first, 0, _, ..] if *first != 0 => (encoding_rs::UTF_16BE, bytes),
        _ => return Cow::Borrowed(bytes),
    };
    Cow::Owned(utf_16.decode_without_bom_handling(rest).0.into_owned().into_bytes())
}

/// Unfolded lines with the number of their first.
fn unfolded(bytes: &[u8]) -> Vec<(usize, Vec<u8>)> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut out: Vec<(usize, Vec<u8>)> = Vec::new();
    // "\r\n", "\n", and the lone "\r" of old Macs.
    let newline = if bytes.contains(&b'\n') { b'\n' } else { b'\r' };
    for (n, raw) in bytes.split(|b| *b == newline).enumerate() {
        let raw = raw.strip_suffix(b"\r").unwrap_or(raw);
        match (raw.first(), out.last_mut()) {
            (Some(b' ' | b'\t'), Some((_, line))) => {
                let room = LONGEST.saturating_sub(line.len());
                line.extend(raw.iter().skip(1).take(room));
            }
            (None, _) => {}
            _ => out.push((n + 1, raw.iter().copied().take(LONGEST).collect())),
        }
    }
    out
}

fn decoded(bytes: Vec<u8>) -> String {
    match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(e) => encoding_rs::WINDOWS_1252.decode_without_bom_handling(e.as_bytes()).0.into_owned(),
    }
}

fn line(number: usize, text: &str) -> Option<Line> {
    let end = text.find([';', ':'])?;
    let (name, mut rest) = text.split_at(end);
    // Apple puts a group before it: "a.SUMMARY".
    let name = name.rsplit('.').next().unwrap_or(name).trim().to_ascii_uppercase();
    if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_') {
        return None;
    }
    let mut params = Vec::new();
    while let Some(tail) = rest.strip_prefix(';') {
        let (param, tail) = tail.split_once('=')?;
        if param.contains([':', ';']) {
            return None;
        }
        let (value, tail) = param_value(tail)?;
        params.push((param.trim().to_ascii_uppercase(), value));
        rest = tail;
    }
    Some(Line { number, name, params, value: rest.strip_prefix(':')?.to_owned() })
}

/// The value up to the next `;` or `:` outside of quotes.
fn param_value(text: &str) -> Option<(String, &str)> {
    let mut quoted = false;
    let mut value = String::new();
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => quoted = !quoted,
            ';' | ':' if !quoted => return Some((value, text.get(at..)?)),
            // RFC 6868
            '^' => match chars.peek().map(|(_, c)| *c) {
                Some('n') => {
                    chars.next();
                    value.push('\n');
                }
                Some('\'') => {
                    chars.next();
                    value.push('"');
                }
                Some('^') => {
                    chars.next();
                    value.push('^');
                }
                _ => value.push('^'),
            },
            c if c.is_control() => {}
            c => value.push(c),
        }
    }
    None
}

pub fn parse(bytes: &[u8]) -> Parsed {
    let mut out = Parsed::default();
    let mut open: Vec<Component> = Vec::new();
    for (number, raw) in unfolded(&in_utf_8(bytes)) {
        let text = decoded(raw);
        let broken = || Broken { number, text: text.chars().take(60).collect() };
        let Some(line) = line(number, &text) else {
            if !text.trim().is_empty() {
                out.broken.push(broken());
            }
            continue;
        };
        let name = line.value.trim().to_ascii_uppercase();
        match line.name.as_str() {
            "BEGIN" if open.len() >= DEEPEST => out.broken.push(broken()),
            // An item within an item: the first one was not ended.
            "BEGIN" => {
                if matches!(name.as_str(), "VEVENT" | "VTODO" | "VTIMEZONE" | "VCALENDAR") {
                    while open.last().is_some_and(|c| c.name != "VCALENDAR") {
                        close(&mut open, &mut out);
                        if out.broken.last().is_none_or(|b| b.number != number) {
                            out.broken.push(broken());
                        }
                    }
                }
                out.is_calendar |= name == "VCALENDAR";
                open.push(Component { name, number, ..Component::default() });
            }
            "END" => {
                if open.iter().any(|c| c.name == name) {
                    while open.last().is_some_and(|c| c.name != name) {
                        close(&mut open, &mut out);
                    }
                    close(&mut open, &mut out);
                } else {
                    out.broken.push(broken());
                }
            }
            "METHOD" if open.len() == 1 => out.method = name,
            _ => match open.last_mut() {
                Some(component) => component.lines.push(line),
                None => out.broken.push(broken()),
            },
        }
    }
    while !open.is_empty() {
        // The file breaks off.
        if let Some(c) = open.last().filter(|c| c.name != "VCALENDAR") {
            out.broken.push(Broken { number: c.number, text: format!("BEGIN:{}", c.name) });
        }
        close(&mut open, &mut out);
    }
    out
}

fn close(open: &mut Vec<Component>, out: &mut Parsed) {
    let Some(done) = open.pop() else { return };
    match (done.name.as_str(), open.last_mut()) {
        ("VEVENT", _) => out.events.push(done),
        ("VTIMEZONE", _) => out.zones.push(done),
        ("VTODO", _) => out.todos.push(done),
        // Journals and the like are other programs' affair.
        ("VALARM" | "STANDARD" | "DAYLIGHT", Some(parent)) => parent.parts.push(done),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn broken_lines_are_named_by_number_and_the_rest_is_read() {
        let file = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nthis is no line\r\nSUMMARY:one\r\n  and more\r\nEND:VEVENT\r\nEND:VTODO\r\nBEGIN:VEVENT\r\nUID:2\r\nEND:VEVENT\r\n";
        let parsed = parse(file.as_bytes());
        assert_eq!(parsed.broken.iter().map(|b| b.number).collect::<Vec<_>>(), [4, 8]);
        let uids: Vec<_> = parsed.events.iter().map(|e| e.line("UID").unwrap().value.clone()).collect();
        assert_eq!(uids, ["1", "2"]);
        assert_eq!(parsed.events[0].line("SUMMARY").unwrap().text(), "one and more");
        assert_eq!(parsed.events[1].number, 9);
    }

    #[test]
    fn a_calendar_in_utf_16_is_one() {
        let text = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Зустріч 会议\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
        let little = |mark: &[u8]| [mark, &text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>()].concat();
        let big = |mark: &[u8]| [mark, &text.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<_>>()].concat();
        for bytes in [text.as_bytes().to_vec(), little(b"\xff\xfe"), little(b""), big(b"\xfe\xff"), big(b"")] {
            assert!(is_calendar(&bytes));
            let parsed = parse(&bytes);
            assert_eq!(parsed.events[0].line("SUMMARY").unwrap().text(), "Зустріч 会议");
            assert_eq!(parsed.events[0].number, 2);
        }
        assert!(!is_calendar(&[0xff, 0xfe]) && !is_calendar(b"") && !is_calendar(&[0, 0, 0, 0]));
    }

    #[test]
    fn an_item_that_is_not_ended_does_not_swallow_the_next() {
        let parsed = parse(b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nBEGIN:VEVENT\nUID:2\nEND:VEVENT\nEND:VCALENDAR\n");
        assert_eq!(parsed.events.len(), 2);
        assert_eq!(parsed.broken.iter().map(|b| b.number).collect::<Vec<_>>(), [4]);
        // A file that breaks off in the middle.
        let parsed = parse(b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nSUMM");
        assert_eq!((parsed.events.len(), parsed.broken.len()), (1, 2));
    }

    #[test]
    fn quotes_keep_what_would_end_a_parameter() {
        let l = line(1, "ATTENDEE;CN=\"Lee; Ann: ^'A^'\";PARTSTAT=ACCEPTED:mailto:ann@x.example").unwrap();
        assert_eq!((l.param("CN"), l.param("PARTSTAT")), (Some("Lee; Ann: \"A\""), Some("ACCEPTED")));
        assert_eq!(l.value, "mailto:ann@x.example");
        let l = line(1, "DESCRIPTION:1\\, 2\\; 3\\n4 \\\\ 5").unwrap();
        assert_eq!(l.text(), "1, 2; 3\n4 \\ 5");
        assert_eq!(line(1, ";X=1:2"), None);
        assert_eq!(line(1, "SUMMARY;CN=\"open:x"), None);
    }

    #[test]
    fn a_fold_within_a_character_does_not_break_it() {
        let mut file = b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:".to_vec();
        let word = "Київ".as_bytes();
        file.extend(&word[..1]);
        file.extend(b"\r\n ");
        file.extend(&word[1..]);
        file.extend(b"\r\nEND:VEVENT\r\n");
        assert_eq!(parse(&file).events[0].line("SUMMARY").unwrap().text(), "Київ");
        assert_eq!(decoded(b"caf\xe9".to_vec()), "café");
    }

    proptest! {
        #[test]
        fn nothing_makes_it_fall(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            parse(&bytes);
        }

        #[test]
        fn what_was_written_is_read(summary in "\\PC{0,200}", name in "[^\\p{C}]{0,30}") {
            let mut w = super::super::line::Writer::default();
            w.begin("VCALENDAR");
            w.begin("VEVENT");
            w.line("ORGANIZER", &[("CN", name.as_str())], "mailto:a@b.example");
            w.text("SUMMARY", &format!("x{summary}"));
            w.end("VEVENT");
            w.end("VCALENDAR");
            let parsed = parse(w.done().as_bytes());
            prop_assert_eq!(parsed.events[0].line("SUMMARY").unwrap().text(), format!("x{summary}"));
            prop_assert_eq!(parsed.events[0].line("ORGANIZER").unwrap().param("CN"), Some(name.as_str()));
        }
    }
}
