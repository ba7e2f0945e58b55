//! Reading CSV as it comes in life: any of four delimiters, any line end, quotes that somebody forgot to close. RFC 4180
//! where the file keeps to it; where it does not, one row is marked and reading goes on at the next line, so that a
//! broken quote never swallows the rows behind it in silence.

use domain::Result;

use super::grid::{Fault, Grid, MAX_CELL};

const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// How a CSV is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dialect {
    pub delimiter: u8,
    /// Cells that most rows have; None: they vary.
    pub width: Option<usize>,
    /// Bytes before the table: Excel's `sep=;` line.
    pub skip: usize,
}

/// Recognises the delimiter by how evenly it divides the first rows. `forced`: the person's own choice.
pub fn dialect(text: &str, forced: Option<u8>) -> Dialect {
    let (skip, told) = excel_directive(text);
    let body = text.get(skip..).unwrap_or_default();
    let sample = first_lines(body, 256 * 1024);
    let candidates: Vec<u8> = match forced.or(told) {
        Some(d) => vec![d],
        None => DELIMITERS.to_vec(),
    };
    let mut best = (f64::MIN, Dialect { delimiter: candidates.first().copied().unwrap_or(b','), width: None, skip });
    for delimiter in candidates {
        let (score, width) = evenness(sample, delimiter);
        if score > best.0 {
            best = (score, Dialect { delimiter, width, skip });
        }
    }
    best.1
}

fn excel_directive(text: &str) -> (usize, Option<u8>) {
    let line = text.lines().next().unwrap_or_default();
    match line.strip_prefix("sep=").map(str::as_bytes) {
        Some([d]) => {
            let rest = text.get(line.len()..).unwrap_or_default();
            let end = line.len() + rest.len() - rest.trim_start_matches(['\r', '\n']).len();
            (end, Some(*d))
        }
        _ => (0, None),
    }
}

fn first_lines(text: &str, most: usize) -> &str {
    if text.len() <= most {
        return text;
    }
    let cut = (0..=most).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0);
    let head = text.get(..cut).unwrap_or_default();
    head.rfind('\n').and_then(|i| head.get(..=i)).unwrap_or(head)
}

fn evenness(sample: &str, delimiter: u8) -> (f64, Option<usize>) {
    let Ok(grid) = read(sample, Dialect { delimiter, width: None, skip: 0 }, 60) else {
        return (0.0, None);
    };
    let counts: Vec<usize> = (0..grid.len()).filter(|r| grid.fault(*r).is_none()).map(|r| grid.cells(r).count()).collect();
    let share = |n: usize| counts.iter().filter(|c| **c == n).count();
    let Some(mode) = counts.iter().copied().max_by_key(|n| (share(*n), *n)) else {
        return (0.0, None);
    };
    if mode < 2 {
        return (0.0, None);
    }
    let even = ratio(share(mode), grid.len());
    let head = if counts.first() == Some(&1) { 0.5 } else { 1.0 };
    (even * head * (1.0 + ratio(mode.min(64), 1).log2()), (even >= 0.5).then_some(mode))
}

fn ratio(a: usize, b: usize) -> f64 {
    let f = |n: usize| f64::from(u32::try_from(n).unwrap_or(u32::MAX));
    f(a) / f(b.max(1))
}

/// The rows as they stand, at most so many. The head is not told apart yet.
pub fn read(text: &str, dialect: Dialect, most: usize) -> Result<Grid> {
    let mut grid = Grid::default();
    let mut reader = Reader { text, bytes: text.as_bytes(), delimiter: dialect.delimiter, at: dialect.skip, scratch: String::new() };
    let mut number = 0_u32;
    // After a broken quote, what looks like a row may be the rest of a torn one.
    let mut shaky = false;
    while reader.at < reader.bytes.len() && grid.len() < most {
        number += 1;
        let start = reader.at;
        let mut fault = None;
        match reader.record(&mut grid)? {
            Record::Whole { cells, odd: true } if dialect.width.is_some_and(|w| cells != w) => {
                fault = reader.torn(&mut grid, start, None)?;
                shaky = true;
            }
            Record::Whole { cells, .. } => {
                let odd = dialect.width.filter(|w| *w != cells);
                match odd {
                    Some(width) if shaky && cells > 0 => {
                        let mut f = Fault::new(cells.saturating_sub(1), reader.line(start), "csv_columns");
                        f.params = vec![("expected", width.to_string()), ("found", cells.to_string())];
                        fault = Some(f);
                    }
                    _ => shaky = false,
                }
            }
            Record::Broken { column, quote } => {
                fault = reader.torn(&mut grid, start, Some((column, quote)))?;
                shaky = true;
            }
        }
        grid.end_row(number, fault)?;
    }
    Ok(grid)
}

struct Reader<'a> {
    text: &'a str,
    bytes: &'a [u8],
    delimiter: u8,
    at: usize,
    scratch: String,
}

enum Record {
    /// `odd`: a field spans lines or has quotes within, so that a wrong number of cells means a broken quote.
    Whole { cells: usize, odd: bool },
    /// The quote at this place is never closed properly.
    Broken { column: usize, quote: usize },
}

enum Quoted {
    Closed {
        odd: bool,
    },
    /// Quotes stand in it, but it is not quoted: `5" pipe`.
    Plain,
    Broken,
}

impl Reader<'_> {
    fn byte(&self, i: usize) -> Option<u8> {
        self.bytes.get(i).copied()
    }

    fn is_line_end(&self, i: usize) -> bool {
        matches!(self.byte(i), Some(b'\n' | b'\r'))
    }

    /// The place behind the line end at `i`: `\n`, `\r\n`, or the lone `\r` of old Macs.
    fn past_line_end(&self, i: usize) -> usize {
        if self.byte(i) == Some(b'\r') && self.byte(i + 1) == Some(b'\n') { i + 2 } else { i + 1 }
    }

    fn slice(&self, from: usize, to: usize) -> &str {
        self.text.get(from..to).unwrap_or_default()
    }

    /// The physical line that begins at `start`.
    fn line(&self, start: usize) -> &str {
        let mut end = start;
        while end < self.bytes.len() && !self.is_line_end(end) {
            end += 1;
        }
        self.slice(start, end)
    }

    fn record(&mut self, grid: &mut Grid) -> Result<Record> {
        let (mut cells, mut odd) = (0, false);
        loop {
            let field = self.at;
            let mut open = field;
            while self.byte(open) == Some(b' ') {
                open += 1;
            }
            let mut plain = true;
            if self.byte(open) == Some(b'"') {
                match self.quoted(open) {
                    Quoted::Closed { odd: also } => {
                        grid.push(&self.scratch)?;
                        odd |= also;
                        plain = false;
                    }
                    Quoted::Plain => {}
                    Quoted::Broken => return Ok(Record::Broken { column: cells, quote: open }),
                }
            }
            if plain {
                let mut end = field;
                while end < self.bytes.len() && self.byte(end) != Some(self.delimiter) && !self.is_line_end(end) {
                    end += 1;
                }
                grid.push(self.slice(field, end))?;
                self.at = end;
            }
            cells += 1;
            if self.byte(self.at) == Some(self.delimiter) {
                self.at += 1;
                continue;
            }
            if self.at < self.bytes.len() {
                self.at = self.past_line_end(self.at);
            }
            return Ok(Record::Whole { cells, odd });
        }
    }

    /// Reads the quoted field that opens at `open` into `scratch`, and goes behind it.
    fn quoted(&mut self, open: usize) -> Quoted {
        self.scratch.clear();
        let (mut from, mut i, mut lines, mut inner) = (open + 1, open + 1, 0_usize, false);
        loop {
            match self.byte(i) {
                None => return if inner && lines == 0 { Quoted::Plain } else { Quoted::Broken },
                Some(b'"') if self.byte(i + 1) == Some(b'"') => {
                    let part = self.text.get(from..=i).unwrap_or_default();
                    self.scratch.push_str(part);
                    i += 2;
                    from = i;
                }
                Some(b'"') => {
                    let mut end = i + 1;
                    while self.byte(end) == Some(b' ') {
                        end += 1;
                    }
                    if end >= self.bytes.len() || self.byte(end) == Some(self.delimiter) || self.is_line_end(end) {
                        let part = self.text.get(from..i).unwrap_or_default();
                        self.scratch.push_str(part);
                        self.at = end;
                        return Quoted::Closed { odd: inner || lines > 0 };
                    }
                    // A quote within the text. In a field of several lines it is the opening quote of a later field.
                    if lines > 0 {
                        return Quoted::Broken;
                    }
                    inner = true;
                    i += 1;
                }
                Some(b'\n' | b'\r') => {
                    if inner {
                        return Quoted::Plain;
                    }
                    lines += 1;
                    i = self.past_line_end(i);
                }
                Some(_) => i += 1,
            }
            if i - open > MAX_CELL {
                return Quoted::Broken;
            }
        }
    }

    /// Takes the first line of a torn record as it stands, marks it, and goes on with the next line.
    fn torn(&mut self, grid: &mut Grid, start: usize, at: Option<(usize, usize)>) -> Result<Option<Fault>> {
        grid.drop_row();
        let line = self.line(start).to_owned();
        let end = start + line.len();
        let delimiter = char::from(self.delimiter);
        for cell in line.split(delimiter) {
            grid.push(cell)?;
        }
        self.at = if end < self.bytes.len() { self.past_line_end(end) } else { end };
        let (column, quote) = at
            .or_else(|| line.find('"').map(|q| (line.get(..q).unwrap_or_default().matches(delimiter).count(), start + q)))
            .unwrap_or((0, start));
        Ok(Some(Fault::new(column, self.slice(quote, end.max(quote)), "csv_quote")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> Grid {
        read(text, dialect(text, None), usize::MAX).and_then(|g| g.finish(false, true)).unwrap()
    }

    fn rows(g: &Grid) -> Vec<Vec<String>> {
        (0..g.len()).filter(|r| g.fault(*r).is_none()).map(|r| (0..g.head.len()).map(|c| g.cell(r, c).to_owned()).collect()).collect()
    }

    #[test]
    fn delimiters_are_told_apart() {
        for (d, name) in [(",", b','), (";", b';'), ("\t", b'\t'), ("|", b'|')] {
            let text = format!("name{d}city{d}sum\nAcme{d}Kyiv{d}5\nBee{d}{d}6\n");
            assert_eq!(dialect(&text, None), Dialect { delimiter: name, width: Some(3), skip: 0 }, "{d:?}");
        }
        // Decimal commas and commas in text do not win.
        let text = "Назва;Сума;Опис\nА;1054,00;так, добре\nБ;3,20;ні, дякую\nВ;7,50;мабуть\n";
        assert_eq!(dialect(text, None).delimiter, b';');
        assert_eq!(dialect("sep=|\r\na|b\r\n1|2\r\n", None), Dialect { delimiter: b'|', width: Some(2), skip: 7 });
        assert_eq!(dialect("name\nAcme\nBee\n", None).delimiter, b',');
    }

    #[test]
    fn quotes_lines_and_spaces() {
        let g = table("a,b,c\r\n\"x, y\",\"he said \"\"no\"\"\",\"two\nlines\"\r\n 5\" pipe , \"q\" ,\"5\" pipe\"\r\n");
        assert_eq!(g.head, ["a", "b", "c"]);
        assert_eq!(rows(&g), [["x, y", "he said \"no\"", "two\nlines"], ["5\" pipe", "q", "5\" pipe"]]);
        assert_eq!((g.number(0), g.number(1)), (2, 3));
        // Old Macs, and no line end at the end.
        assert_eq!(rows(&table("a,b\r1,2\r3,4")), [["1", "2"], ["3", "4"]]);
    }

    #[test]
    fn a_broken_quote_costs_one_row_only() {
        let mut text = "name,city,note\n".to_owned();
        for i in 0..2_000 {
            let name = if i == 700 { "\"Acme".to_owned() } else { format!("C{i}") };
            text.push_str(&format!("{name},\"Kyiv\",n{i}\n"));
        }
        let g = table(&text);
        assert_eq!((g.len(), rows(&g).len()), (2_000, 1_999));
        let bad: Vec<_> = (0..g.len()).filter_map(|r| g.fault(r).map(|f| (g.number(r), f.column, f.code))).collect();
        assert_eq!(bad, [(702, 0, "csv_quote")]);
        assert_eq!(rows(&g).last().unwrap(), &["C1999", "Kyiv", "n1999"]);
    }

    #[test]
    fn a_quote_that_is_open_to_the_end_is_found_in_its_row() {
        let g = table("name,city\nA,x\nB,\"y\nC,z\nD,z\n");
        let bad: Vec<_> = (0..g.len()).filter_map(|r| g.fault(r).map(|f| (g.number(r), f.column, f.value.clone()))).collect();
        assert_eq!(bad, [(3, 1, "\"y".to_owned())]);
        assert_eq!(rows(&g), [["A", "x"], ["C", "z"], ["D", "z"]]);
    }

    #[test]
    fn what_is_left_of_a_torn_row_is_no_row() {
        let g = table("id,note,x\n1,\"one\nand \"two\" here\",5\n2,b,6\n3,c,7\n");
        assert_eq!(rows(&g), [["2", "b", "6"], ["3", "c", "7"]]);
        assert_eq!((0..g.len()).filter(|r| g.fault(*r).is_some()).count(), 2);
        // Closed by chance, but then the number of cells is wrong.
        let g = table("id,name,x\n1,\"Acme,5\n2,Bee\",6,7\n3,c,8\n4,d,9\n5,e,9\n");
        assert_eq!(g.fault(0).map(|f| f.code), Some("csv_quote"));
        assert_eq!(rows(&g), [["3", "c", "8"], ["4", "d", "9"], ["5", "e", "9"]]);
    }

    #[test]
    fn short_rows_are_taken_and_shifted_ones_are_not() {
        let g = table("a,b,c\n1,2\n1,2,3\n1,2,3,4\n1,2,3,\n");
        assert_eq!(rows(&g), [["1", "2", ""], ["1", "2", "3"], ["1", "2", "3"]]);
        assert_eq!(g.fault(2).map(|f| (f.code, f.value.as_str())), Some(("csv_columns", "4")));
    }

    #[test]
    fn a_million_rows_are_taken() {
        let mut text = "name,city\n".to_owned();
        (0..1_000_000).for_each(|_| text.push_str("Acme,Kyiv\n"));
        assert_eq!(table(&text).len(), 1_000_000);
    }

    proptest::proptest! {
        /// Nothing that is thrown at it makes it fall over or lose its place.
        #[test]
        fn any_text_is_read(text in "[a\",;\n\r |é]{0,200}") {
            let d = dialect(&text, None);
            let g = read(&text, d, usize::MAX).unwrap();
            let numbers: Vec<i64> = (0..g.len()).map(|r| g.number(r)).collect();
            proptest::prop_assert!(numbers.windows(2).all(|w| w[0] < w[1]));
        }

        /// What the csv crate writes comes back as it was.
        #[test]
        fn proper_csv_is_read_exactly(rows in proptest::collection::vec(proptest::collection::vec("[a-c\",;\n |é]{0,6}", 3), 1..8)) {
            let mut w = csv::WriterBuilder::new().quote_style(csv::QuoteStyle::Always).from_writer(Vec::new());
            w.write_record(["h1", "h2", "h3"]).unwrap();
            for r in &rows { w.write_record(r).unwrap(); }
            let text = String::from_utf8(w.into_inner().unwrap()).unwrap();
            let g = read(&text, Dialect { delimiter: b',', width: Some(3), skip: 0 }, usize::MAX).unwrap();
            let want: Vec<Vec<String>> = rows.iter().filter(|r| r.iter().any(|c| !c.trim().is_empty())).map(|r| r.iter().map(|c| c.trim().to_owned()).collect()).collect();
            let got: Vec<Vec<String>> = (1..g.len()).map(|r| (0..3).map(|c| g.cell(r, c).to_owned()).collect()).collect();
            proptest::prop_assert_eq!(got, want);
        }
    }
}
