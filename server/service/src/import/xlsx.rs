//! Reading XLSX: one sheet as rows of text. Dates become ISO text, numbers the digits that the spreadsheet shows.
//! An archive that unpacks to far more than it weighs is refused before anything reads it.

use std::io::{Cursor, Read};

use calamine::{Data, DataRef, Reader, Xlsx};
use domain::{Error, FieldError, Result};

use super::grid::{Grid, Limits, MAX_COLUMNS, too_many};

/// Most that the parts of the archive may unpack to.
struct Room {
    together: u64,
    /// The texts that cells share are held in memory while a sheet is read: so many bytes, and so many of them.
    shared: u64,
    texts: u64,
    /// Formats, names, relations.
    other: u64,
    /// A cell holds 32,767 letters: no program writes a piece of XML that is longer than this.
    piece: u64,
}

const ROOM: Room = Room { together: 1 << 30, shared: 300 << 20, texts: 8_000_000, other: 64 << 20, piece: 4 << 20 };

pub struct Book {
    pub sheets: Vec<String>,
    /// The one that was read.
    pub sheet: String,
    pub grid: Grid,
}

pub fn is_xlsx(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04")
}

/// Excel 97-2003, and files that a password protects, are containers of an older sort.
pub fn is_old_container(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1])
}

pub fn is_encrypted(bytes: &[u8]) -> bool {
    let name: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    is_old_container(bytes) && bytes.windows(name.len()).any(|w| w == name)
}

/// Reads the named sheet, else the first one that holds a table.
pub fn read(bytes: &[u8], sheet: Option<&str>) -> Result<Book> {
    read_within(bytes, sheet, Limits::default())
}

fn read_within(bytes: &[u8], sheet: Option<&str>, limits: Limits) -> Result<Book> {
    check_size(bytes, &ROOM)?;
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|e| damaged(&e))?;
    let sheets = book.sheet_names();
    let wanted: Vec<String> = match sheet.filter(|s| !s.is_empty()) {
        Some(name) if sheets.iter().any(|s| s == name) => vec![name.to_owned()],
        Some(_) => return Err(Error::invalid("sheet", "sheet_unknown")),
        None => sheets.clone(),
    };
    let mut first_error = None;
    for name in wanted {
        match read_sheet(&mut book, &name, limits) {
            Ok(grid) => return Ok(Book { sheets, sheet: name, grid }),
            Err(e) => first_error = first_error.or(Some(e)),
        }
    }
    Err(first_error.unwrap_or_else(|| Error::invalid("file", "file_empty")))
}

/// Counts what flows through it.
#[derive(Default)]
struct Gauge {
    bytes: u64,
    /// Items of the list of shared texts.
    items: u64,
    /// From one `<` to the next: the longest, and the one under way.
    longest: u64,
    piece: u64,
    /// How much of `<si` was just seen.
    matched: usize,
}

impl std::io::Write for Gauge {
    fn write(&mut self, buf: &[u8]) -> std::io::Result<usize> {
        self.bytes = self.bytes.saturating_add(u64::try_from(buf.len()).unwrap_or(u64::MAX));
        for byte in buf {
            if *byte == b'<' {
                self.longest = self.longest.max(self.piece);
                self.piece = 0;
            }
            self.piece += 1;
            self.matched = match (self.matched, byte) {
                (_, b'<') => 1,
                (1, b's') => 2,
                (2, b'i') => 3,
                (3, b'>' | b' ' | b'/') => {
                    self.items += 1;
                    0
                }
                _ => 0,
            };
        }
        Ok(buf.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.longest = self.longest.max(self.piece);
        Ok(())
    }
}

/// Unpacks everything once to nowhere: what the archive says about its own size is not to be believed. What the reader holds
/// in memory as a whole is bounded more tightly.
fn check_size(bytes: &[u8], room: &Room) -> Result<()> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|e| damaged(&e))?;
    let mut left = room.together;
    let mut long: Vec<String> = Vec::new();
    for i in 0..archive.len() {
        let part = archive.by_index(i).map_err(|e| damaged(&e))?;
        let name = part.name().map_err(|e| damaged(&e))?.to_ascii_lowercase();
        let mut gauge = Gauge::default();
        std::io::copy(&mut part.take(left + 1), &mut gauge).map_err(|e| damaged(&e))?;
        let _ = std::io::Write::flush(&mut gauge);
        left = left.checked_sub(gauge.bytes).ok_or_else(|| too_large(room.together))?;
        let (own, shared) = (name.starts_with("xl/worksheets/"), name.ends_with("sharedstrings.xml"));
        if shared && gauge.items > room.texts {
            return Err(too_many("file_too_many_texts", usize::try_from(room.texts).unwrap_or(usize::MAX)));
        }
        if gauge.longest > room.piece {
            long.push(name);
            continue;
        }
        let most = if shared { room.shared } else { room.other };
        if !own && gauge.bytes > most {
            return Err(too_large(most));
        }
    }
    // Pictures are one long piece, and nobody reads them here; unless the workbook calls one of them a sheet.
    let named = long.iter().filter_map(|name| name.rsplit('/').next());
    if long.iter().any(|n| n.ends_with(".xml") || n.ends_with(".rels")) || is_pointed_to(&mut archive, named)? {
        return Err(damaged(&"a piece of XML of millions of letters"));
    }
    Ok(())
}

fn is_pointed_to<'a>(archive: &mut zip::ZipArchive<Cursor<&[u8]>>, mut names: impl Iterator<Item = &'a str>) -> Result<bool> {
    let Ok(part) = archive.by_name("xl/_rels/workbook.xml.rels") else { return Ok(false) };
    let mut text = Vec::new();
    part.take(ROOM.other).read_to_end(&mut text).map_err(|e| damaged(&e))?;
    let text = String::from_utf8_lossy(&text).to_ascii_lowercase();
    Ok(names.any(|name| text.contains(name)))
}

fn too_large(most: u64) -> Error {
    let megabytes = most >> 20;
    let max = if megabytes >= 1024 { format!("{} GB", megabytes >> 10) } else { format!("{megabytes} MB") };
    Error::Invalid { fields: vec![FieldError::new("file", "file_too_large").with("max", max)] }
}

fn damaged(e: &dyn std::fmt::Display) -> Error {
    tracing::info!(reason = %e, "an uploaded spreadsheet cannot be read");
    Error::invalid("file", "file_damaged")
}

fn read_sheet<RS: Read + std::io::Seek>(book: &mut Xlsx<RS>, name: &str, limits: Limits) -> Result<Grid> {
    let mut cells = book.worksheet_cells_reader(name).map_err(|e| damaged(&e))?;
    let mut grid = Grid::within(limits);
    let (mut row, mut width) = (0_u32, 0_u32);
    loop {
        let cell = match cells.next_cell() {
            Ok(Some(cell)) => cell,
            Ok(None) => break,
            Err(e) => {
                tracing::info!(reason = %e, row = row + 1, "an uploaded spreadsheet is damaged");
                return Err(Error::Invalid { fields: vec![FieldError::new("file", "file_damaged_at").with("row", row + 1)] });
            }
        };
        let (r, c) = cell.get_position();
        if usize::try_from(c).is_ok_and(|c| c >= MAX_COLUMNS * 2) || r < row || (r == row && c < width) {
            continue;
        }
        if r > row {
            grid.end_row(row + 1, None)?;
            (row, width) = (r, 0);
        }
        let text = shown(cell.get_value());
        if text.is_empty() {
            continue;
        }
        while width < c {
            grid.push("")?;
            width += 1;
        }
        grid.push(&text)?;
        width += 1;
    }
    grid.end_row(row + 1, None)?;
    grid.finish(false, false)
}

fn shown(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Empty => String::new(),
        DataRef::SharedString(s) => (*s).to_owned(),
        other => match Data::from(other.clone()) {
            Data::String(s) | Data::DateTimeIso(s) | Data::DurationIso(s) => s,
            Data::Int(i) => i.to_string(),
            Data::Float(f) => number(f),
            Data::Bool(b) => b.to_string(),
            Data::DateTime(at) if at.is_datetime() => date_time(&at),
            Data::DateTime(at) => number(at.as_f64()),
            // #N/A and the like are no values.
            _ => String::new(),
        },
    }
}

/// Fifteen digits, as spreadsheets reckon: 0.1 + 0.2 is 0.3.
fn number(f: f64) -> String {
    if !f.is_finite() {
        return String::new();
    }
    let rounded: f64 = format!("{f:.14e}").parse().unwrap_or(f);
    format!("{rounded}")
}

fn date_time(at: &calamine::ExcelDateTime) -> String {
    let (y, mo, d, h, mi, s, ms) = at.to_ymd_hms_milli();
    let whole_day = at.as_f64().fract() == 0.0;
    let only_time = at.as_f64() < 1.0;
    match (only_time, whole_day) {
        (true, _) => format!("{h:02}:{mi:02}:{s:02}"),
        (_, true) => format!("{y:04}-{mo:02}-{d:02}"),
        _ => {
            // 12:59:59.999 is how floating point writes 13:00.
            let s = if ms >= 500 && s < 59 { s + 1 } else { s };
            format!("{y:04}-{mo:02}-{d:02} {h:02}:{mi:02}:{s:02}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};

    fn book() -> Vec<u8> {
        let mut w = Workbook::new();
        w.add_worksheet().set_name("Порожній").unwrap();
        let s = w.add_worksheet().set_name("客户").unwrap();
        let date = Format::new().set_num_format("yyyy-mm-dd");
        s.write(0, 0, "Report").unwrap();
        for (c, h) in ["Name", "Sum", "Since", "Ok"].into_iter().enumerate() {
            s.write(2, u16::try_from(c).unwrap(), h).unwrap();
        }
        s.write(3, 0, "北京华信").unwrap();
        s.write(3, 1, 0.1 + 0.2).unwrap();
        s.write_with_format(3, 2, ExcelDateTime::from_ymd(2017, 3, 1).unwrap(), &date).unwrap();
        s.write(3, 3, true).unwrap();
        s.write(5, 0, "Їжак").unwrap();
        s.write(5, 2, "5/6/2017").unwrap();
        s.write(5, 9, "a remark beside the table").unwrap();
        w.save_to_buffer().unwrap()
    }

    #[test]
    fn a_sheet_is_read_as_people_see_it() {
        let b = read(&book(), None).unwrap();
        assert_eq!((b.sheets.len(), b.sheet.as_str()), (2, "客户"));
        let g = b.grid;
        assert_eq!(g.head, ["Name", "Sum", "Since", "Ok"]);
        let row = |r| (0..4).map(|c| g.cell(r, c)).collect::<Vec<_>>();
        assert_eq!(row(0), ["北京华信", "0.3", "2017-03-01", "true"]);
        assert_eq!(row(1), ["Їжак", "", "5/6/2017", ""]);
        assert_eq!((g.number(0), g.number(1)), (4, 6));
        assert!(g.fault(1).is_none());
    }

    #[test]
    fn a_sheet_that_is_not_there_is_refused() {
        assert_eq!(read(&book(), Some("x")).err(), Some(Error::invalid("sheet", "sheet_unknown")));
        assert_eq!(read(&book(), Some("Порожній")).err(), Some(Error::invalid("file", "file_empty")));
    }

    #[test]
    fn damaged_files_are_refused() {
        let whole = book();
        for cut in [30, whole.len() / 2, whole.len() - 30] {
            assert!(read(&whole[..cut], None).is_err(), "{cut}");
        }
        let mut turned = whole.clone();
        let mid = turned.len() / 3;
        turned[mid..mid + 40].fill(0x55);
        assert!(read(&turned, None).is_err());
    }

    /// An archive with one part, of so many times the same piece.
    fn packed(name: &str, piece: &str, times: usize) -> Vec<u8> {
        use std::io::Write;
        let mut z = zip::ZipWriter::new(Cursor::new(Vec::new()));
        z.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        z.write_all(piece.repeat(times).as_bytes()).unwrap();
        z.finish().unwrap().into_inner()
    }

    #[test]
    fn an_archive_that_explodes_is_refused() {
        let bytes = packed("xl/worksheets/sheet1.xml", "<c/> ", 1 << 20);
        assert!(bytes.len() < 1 << 18);
        assert_eq!(check_size(&bytes, &Room { together: 4 << 20, ..ROOM }).err(), Some(too_large(4 << 20)));
        assert_eq!(check_size(&bytes, &ROOM), Ok(()));
    }

    #[test]
    fn what_would_be_held_in_memory_as_a_whole_is_bounded() {
        let room = Room { together: 8 << 20, shared: 1 << 20, texts: 1_000, other: 1 << 16, piece: 5_000 };
        let refused = |name: &str, piece: &str, times: usize| check_size(&packed(name, piece, times), &room).err();
        assert_eq!(refused("xl/sharedStrings.xml", "<si><t/></si>", 1_000), None);
        assert_eq!(refused("xl/sharedStrings.xml", "<si><t/></si>", 1_001), Some(too_many("file_too_many_texts", 1_000)));
        assert_eq!(refused("xl/sharedStrings.xml", "<t>some words</t>", 100_000), Some(too_large(1 << 20)));
        assert_eq!(refused("xl/styles.xml", "<numFmt formatCode=\"0.00\"/>", 9_000), Some(too_large(1 << 16)));
        assert_eq!(
            refused("xl/worksheets/sheet1.xml", "a very long text in one cell ", 1_000),
            Some(Error::invalid("file", "file_damaged"))
        );
        // A picture is one long piece of what may be anything.
        assert_eq!(refused("xl/media/image1.png", "picture", 10_000), None);
    }

    #[test]
    fn a_sheet_of_a_few_bytes_that_fills_the_memory_is_refused() {
        let mut w = Workbook::new();
        let sheet = w.add_worksheet();
        sheet.write(0, 0, "Name").unwrap();
        // The text lies in the file once; in the table it would stand two hundred times.
        let text = "x".repeat(30_000);
        for row in 1..200 {
            sheet.write(row, 0, &text).unwrap();
        }
        let bytes = w.save_to_buffer().unwrap();
        assert!(bytes.len() < 1 << 16, "{}", bytes.len());
        let limits = Limits { text: 3 << 20, ..Limits::default() };
        let Err(Error::Invalid { fields }) = read_within(&bytes, None, limits).map(|b| b.grid.len()) else { panic!("took it") };
        assert_eq!((fields[0].code.as_str(), fields[0].params[0].1.as_str()), ("file_too_much_text", "3"));
        assert!(read(&bytes, None).is_ok());
    }
}
