//! A file as rows of cells, whatever it came as. All text lies in one piece, so that a hundred thousand rows cost little
//! more than the file itself. Rows that could not be read stay in their place, with the reason.

use domain::import::RowError;
use domain::{Error, FieldError, Result};

/// More than this is no table that a person made.
pub const MAX_COLUMNS: usize = 500;
/// The longest field takes 20,000 letters.
pub const MAX_CELL: usize = 200_000;

/// Most that a table may hold, so that no file fills the memory: what lies beyond is refused as soon as it is met.
#[derive(Clone, Copy)]
pub struct Limits {
    pub rows: usize,
    pub cells: usize,
    /// Bytes of all cells together.
    pub text: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { rows: 2_000_000, cells: 40_000_000, text: 300 << 20 }
    }
}

/// As people read it: 2 000 000.
pub fn spaced(n: usize) -> String {
    let digits = n.to_string();
    let places = digits.len();
    let space = |i: usize| if i > 0 && (places - i).is_multiple_of(3) { "\u{a0}" } else { "" };
    digits.char_indices().map(|(i, d)| format!("{}{d}", space(i))).collect()
}

pub fn too_many(code: &str, most: usize) -> Error {
    Error::Invalid { fields: vec![FieldError::new("file", code).with("max", spaced(most))] }
}

#[derive(Default)]
pub struct Grid {
    limits: Limits,
    text: String,
    /// Where each cell ends in `text`.
    ends: Vec<u32>,
    lines: Vec<Line>,
    /// Unique names of the columns; "" for a column without name and content.
    pub head: Vec<String>,
    open: usize,
    /// A row with too few cells is worth a word (CSV); a spreadsheet simply ends its rows early.
    even: bool,
}

struct Line {
    /// As a spreadsheet counts: the first row of the sheet is 1.
    number: u32,
    first: u32,
    cells: u32,
    fault: Option<Box<Fault>>,
}

/// Why a row cannot be taken as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub column: usize,
    pub value: String,
    pub code: &'static str,
    pub params: Vec<(&'static str, String)>,
}

impl Fault {
    pub fn new(column: usize, value: &str, code: &'static str) -> Self {
        Self { column, value: value.chars().take(80).collect(), code, params: Vec::new() }
    }
}

impl Grid {
    pub fn within(limits: Limits) -> Self {
        Self { limits, ..Self::default() }
    }

    pub fn push(&mut self, cell: &str) -> Result<()> {
        if self.ends.len() >= self.limits.cells {
            return Err(too_many("file_too_many_cells", self.limits.cells));
        }
        let too_long =
            || Error::Invalid { fields: vec![FieldError::new("file", "file_too_much_text").with("max", self.limits.text >> 20)] };
        if cell.len() > self.limits.text.saturating_sub(self.text.len()) {
            return Err(too_long());
        }
        let end = u32::try_from(self.text.len() + cell.len()).map_err(|_| too_long())?;
        self.text.push_str(cell);
        self.ends.push(end);
        self.open += 1;
        Ok(())
    }

    /// Ends the row that was pushed. Rows without any text are left out, but they count.
    pub fn end_row(&mut self, number: u32, fault: Option<Fault>) -> Result<()> {
        let first = self.ends.len() - self.open;
        let start = first.checked_sub(1).and_then(|i| self.ends.get(i)).map_or(0, |e| *e as usize);
        let blank = self.text.get(start..).is_none_or(|t| t.trim().is_empty());
        if blank && fault.is_none() {
            self.text.truncate(start);
            self.ends.truncate(first);
        } else {
            // One of them is the head.
            if self.lines.len() > self.limits.rows {
                return Err(too_many("file_too_many_rows", self.limits.rows));
            }
            let (first, cells) = (u32::try_from(first).unwrap_or(u32::MAX), u32::try_from(self.open).unwrap_or(0));
            self.lines.push(Line { number, first, cells, fault: fault.map(Box::new) });
        }
        self.open = 0;
        Ok(())
    }

    /// Throws away what was pushed of the row.
    pub fn drop_row(&mut self) {
        let first = self.ends.len() - self.open;
        let start = first.checked_sub(1).and_then(|i| self.ends.get(i)).map_or(0, |e| *e as usize);
        self.text.truncate(start);
        self.ends.truncate(first);
        self.open = 0;
    }

    pub fn len(&self) -> usize {
        self.lines.len()
    }

    pub fn number(&self, row: usize) -> i64 {
        self.lines.get(row).map_or(0, |l| i64::from(l.number))
    }

    pub fn fault(&self, row: usize) -> Option<&Fault> {
        self.lines.get(row).and_then(|l| l.fault.as_deref())
    }

    /// The cell without the spaces around it; "" where the row is shorter.
    pub fn cell(&self, row: usize, column: usize) -> &str {
        let at = || {
            let line = self.lines.get(row)?;
            if column >= line.cells as usize {
                return None;
            }
            let i = line.first as usize + column;
            let end = *self.ends.get(i)? as usize;
            let start = i.checked_sub(1).and_then(|i| self.ends.get(i)).map_or(0, |e| *e as usize);
            self.text.get(start..end)
        };
        at().unwrap_or_default().trim()
    }

    pub fn cells(&self, row: usize) -> impl Iterator<Item = &str> {
        let n = self.lines.get(row).map_or(0, |l| l.cells as usize);
        (0..n).map(move |c| self.cell(row, c))
    }

    pub fn column(&self, name: &str) -> Option<usize> {
        self.head.iter().position(|h| h == name)
    }

    /// Takes the head off, names the columns, and marks rows that do not fit it. `broken`: the text was read with
    /// replacement letters, and the rows that hold one are not to be trusted. `strict`: a cell beside the table means that
    /// the row is shifted (CSV); otherwise it is a remark beside the table.
    pub fn finish(mut self, broken: bool, strict: bool) -> Result<Self> {
        let at = self.head_row().ok_or_else(|| Error::invalid("file", "file_empty"))?;
        let widest = self.lines.iter().map(|l| l.cells as usize).max().unwrap_or(0);
        let mut names: Vec<String> = self.cells(at).map(|c| c.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
        if !strict {
            while names.last().is_some_and(String::is_empty) {
                names.pop();
            }
        }
        if names.len() > MAX_COLUMNS {
            let e = FieldError::new("file", "file_too_many_columns").with("max", MAX_COLUMNS);
            return Err(Error::Invalid { fields: vec![e] });
        }
        self.lines.drain(..=at);
        self.even = strict;
        if self.lines.is_empty() {
            return Err(Error::invalid("file", "file_no_rows"));
        }
        self.head = unique(names);
        // A column without a name counts when something stands in it (in rows that are otherwise whole).
        let width = self.head.len();
        for column in 0..width {
            let nameless = self.head.get(column).is_some_and(String::is_empty);
            if nameless && (0..self.len()).any(|r| !self.cell(r, column).is_empty()) {
                let letter = self.free_name(&letters(column));
                if let Some(name) = self.head.get_mut(column) {
                    *name = letter;
                }
            }
        }
        while self.head.last().is_some_and(String::is_empty) {
            self.head.pop();
        }
        for row in 0..self.len() {
            if self.fault(row).is_some() {
                continue;
            }
            let mut fault = None;
            if strict
                && widest > width
                && let Some((c, v)) = self.cells(row).enumerate().skip(width).find(|(_, v)| !v.is_empty())
            {
                let mut f = Fault::new(c, v, "csv_columns");
                f.params = vec![("expected", width.to_string()), ("found", self.cells(row).count().to_string())];
                fault = Some(f);
            } else if broken && let Some((c, v)) = self.cells(row).enumerate().find(|(_, v)| v.contains('\u{fffd}')) {
                fault = Some(Fault::new(c, v, "encoding"));
            } else if let Some((c, v)) = self.cells(row).enumerate().find(|(_, v)| v.len() > MAX_CELL) {
                fault = Some(Fault::new(c, v, "too_long"));
            }
            if let (Some(f), Some(line)) = (fault, self.lines.get_mut(row)) {
                line.fault = Some(Box::new(f));
            }
        }
        Ok(self)
    }

    /// Rows that are whole but have fewer cells than there are columns: their number, and how many cells they have.
    pub fn short_rows(&self) -> impl Iterator<Item = (i64, usize)> {
        let width = self.head.len();
        let lines = self.lines.iter().filter(move |l| self.even && l.fault.is_none() && (l.cells as usize) < width);
        lines.map(|l| (i64::from(l.number), l.cells as usize))
    }

    /// The first row, unless it is a title above a wider table of which the next row names the columns.
    fn head_row(&self) -> Option<usize> {
        let filled = |row: usize| self.cells(row).filter(|c| !c.is_empty()).count();
        let first = (0..self.len()).find(|r| self.fault(*r).is_none())?;
        let look = first..self.len().min(first + 12);
        let most = look.clone().map(filled).max()?;
        let names = |row: &usize| {
            let n = filled(*row);
            n >= 2 && n * 10 >= most * 6 && self.cells(*row).filter(|c| !c.is_empty()).all(is_name)
        };
        Some(look.clone().find(names).filter(|found| filled(first) <= 2 || *found == first).unwrap_or(first))
    }

    fn free_name(&self, wish: &str) -> String {
        let taken = |n: &str| self.head.iter().any(|h| h == n);
        if !taken(wish) {
            return wish.to_owned();
        }
        (2..).map(|i| format!("{wish} ({i})")).find(|n| !taken(n)).unwrap_or_default()
    }

    /// The reason for a fault as the report tells it.
    pub fn row_error(&self, fault: &Fault) -> RowError {
        let column = match self.head.get(fault.column) {
            Some(name) if !name.is_empty() => name.clone(),
            _ => letters(fault.column),
        };
        let mut error = FieldError::new("", fault.code);
        for (name, value) in &fault.params {
            error = error.with(name, value);
        }
        RowError { column, value: fault.value.clone(), error }
    }
}

/// Could this be the name of a column? Numbers and dates are content.
fn is_name(cell: &str) -> bool {
    let digits = cell.chars().filter(char::is_ascii_digit).count();
    cell.chars().any(char::is_alphabetic) && digits * 2 <= cell.chars().count() && cell.chars().count() <= 80
}

/// Two columns of the same name become "Phone" and "Phone (2)".
fn unique(names: Vec<String>) -> Vec<String> {
    let mut out: Vec<String> = Vec::with_capacity(names.len());
    for name in names {
        let taken = |n: &str| out.iter().any(|o| o == n);
        if name.is_empty() || !taken(&name) {
            out.push(name);
        } else {
            let free = (2..).map(|i| format!("{name} ({i})")).find(|n| !taken(n));
            out.push(free.unwrap_or(name));
        }
    }
    out
}

/// 0 → A, 26 → AA: what spreadsheets call a column.
pub fn letters(column: usize) -> String {
    let mut n = column + 1;
    let mut out = Vec::new();
    while n > 0 {
        let digit = u8::try_from((n - 1) % 26).unwrap_or(0);
        out.push(char::from(b'A' + digit));
        n = (n - 1) / 26;
    }
    out.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(rows: &[&[&str]]) -> Result<Grid> {
        let mut g = Grid::default();
        for (i, row) in rows.iter().enumerate() {
            for c in *row {
                g.push(c)?;
            }
            g.end_row(u32::try_from(i + 1).unwrap(), None)?;
        }
        g.finish(false, true)
    }

    #[test]
    fn a_title_above_the_table_is_not_its_head() {
        let g = grid(&[&["Customers 2017", "", ""], &[""], &["Name", "City", "Phone"], &["Acme", "Kyiv", "1"], &["B", "", ""]]).unwrap();
        assert_eq!(g.head, ["Name", "City", "Phone"]);
        assert_eq!((g.len(), g.number(0), g.cell(0, 1), g.cell(1, 2)), (2, 4, "Kyiv", ""));
    }

    #[test]
    fn the_head_is_the_first_row_of_a_plain_table() {
        let g = grid(&[&["a", "b", "c"], &["x", "y", "z"]]).unwrap();
        assert_eq!(g.head, ["a", "b", "c"]);
        let one = grid(&[&["name"], &["Acme"], &["Bee"]]).unwrap();
        assert_eq!((one.head.as_slice(), one.len()), (&["name".to_owned()][..], 2));
    }

    #[test]
    fn columns_have_names_of_their_own() {
        let g = grid(&[&["Phone", "Phone", "", ""], &["1", "2", "3", "", "5"]]).unwrap();
        assert_eq!(g.head, ["Phone", "Phone (2)", "C"]);
        assert_eq!(g.fault(0).map(|f| (f.code, f.column)), Some(("csv_columns", 4)));
        let g = grid(&[&["Phone", "", "x"], &["1", "2", "3"]]).unwrap();
        assert_eq!(g.head, ["Phone", "B", "x"]);
        assert_eq!([0, 25, 26, 701, 702].map(letters), ["A", "Z", "AA", "ZZ", "AAA"]);
    }

    #[test]
    fn a_table_that_would_fill_the_memory_is_refused_with_its_limit() {
        let limits = Limits { rows: 3, cells: 12, text: 3 << 20 };
        let fill = |rows: u32, row: &[&str]| {
            let mut g = Grid::within(limits);
            for n in 1..=rows {
                for c in row {
                    g.push(c)?;
                }
                g.end_row(n, None)?;
            }
            Ok(g.len())
        };
        let refused = |what: Result<usize>| match what {
            Err(Error::Invalid { fields }) => fields[0].params[0].1.clone() + " " + &fields[0].code,
            other => panic!("{other:?}"),
        };
        assert_eq!(fill(4, &["a", "b", "c"]), Ok(4), "three and the head");
        assert_eq!(refused(fill(5, &["a"])), "3 file_too_many_rows");
        assert_eq!(refused(fill(4, &["a", "b", "c", ""])), "12 file_too_many_cells");
        assert_eq!(refused(fill(4, &["x".repeat(1 << 20).as_str()])), "3 file_too_much_text");
        assert_eq!([7, 1_000, 2_000_000].map(spaced), ["7", "1\u{a0}000", "2\u{a0}000\u{a0}000"]);
    }

    #[test]
    fn nothing_to_import_is_said() {
        assert_eq!(grid(&[]).err(), Some(Error::invalid("file", "file_empty")));
        assert_eq!(grid(&[&["name", "x"]]).err(), Some(Error::invalid("file", "file_no_rows")));
    }
}
