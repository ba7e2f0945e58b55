//! CSV: RFC 4180, UTF-8 with a byte order mark. Dates and instants as ISO text, money as a plain decimal with its currency
//! in the next column.

use domain::Result;
use domain::list::ListPage;

use super::cells::{Cell, cell, guarded};
use super::{Column, with_currencies};
use crate::Ctx;
use crate::ctx::internal;

pub(super) fn head(columns: &[Column], out: &mut Vec<u8>) -> Result<()> {
    out.extend_from_slice("\u{feff}".as_bytes());
    write(out, std::iter::once(with_currencies(columns).map(|c| c.name().to_owned()).collect()))
}

pub(super) fn rows(ctx: &Ctx, columns: &[Column], page: &ListPage, out: &mut Vec<u8>) -> Result<()> {
    let directory = ctx.app.directory();
    let row = |r| with_currencies(columns).map(|c| shown(cell(c, r, &page.labels, &directory))).collect();
    write(out, page.records.iter().map(row))
}

fn shown(cell: Cell) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(t) => guarded(&t).into_owned(),
        Cell::Number(t) | Cell::Date(t) | Cell::Instant(t) => t,
        Cell::Bool(b) => b.to_string(),
    }
}

/// Appends rows in the form that every reader understands.
fn write(out: &mut Vec<u8>, rows: impl Iterator<Item = Vec<String>>) -> Result<()> {
    let mut w = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out);
    for row in rows {
        w.write_record(row).map_err(|e| internal(&e))?;
    }
    w.flush().map_err(|e| internal(&e))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::read_back;

    proptest::proptest! {
        /// What we write, our own import reads as it was.
        #[test]
        fn what_is_written_is_read_back(rows in proptest::collection::vec(proptest::collection::vec("[-=+@'a-c\",;|\n 5é中]{0,8}", 3), 1..8)) {
            let rows: Vec<Vec<String>> = rows.into_iter().map(|r| r.into_iter().map(|c| c.trim().to_owned()).collect()).collect();
            let mut out = "\u{feff}".as_bytes().to_vec();
            let head = vec!["name".to_owned(), "city".to_owned(), "note".to_owned()];
            let guarded_rows = rows.iter().map(|r: &Vec<String>| r.iter().map(|c| guarded(c).into_owned()).collect());
            write(&mut out, std::iter::once(head).chain(guarded_rows)).unwrap();
            let want: Vec<Vec<String>> = rows.into_iter().filter(|r| r.iter().any(|c| !c.is_empty())).collect();
            proptest::prop_assume!(!want.is_empty());
            proptest::prop_assert_eq!(read_back(&out), want);
        }
    }
}
