//! Where a page ended: the value sorted by and the id of the last record, as opaque text. It carries the sort it belongs to.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::list::Sort;

use crate::layout::{Col, Shape, layout};
use crate::row::Row;
use crate::segment::compare;
use crate::{Error, Result};

/// What a record is sorted by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    Number(i64),
    Text(String),
}

impl Rank {
    pub fn of(row: &Row, col: Col) -> Option<Self> {
        match layout().column(col)?.shape {
            Shape::Number | Shape::Mark => row.number(col).map(Self::Number),
            Shape::Text => row.texts(col).next().map(|t| Self::Text(t.to_owned())),
            Shape::Texts | Shape::Long => None,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub rank: Option<Rank>,
    pub id: u128,
}

impl Place {
    pub fn compare(&self, other: &Self, descending: bool) -> std::cmp::Ordering {
        compare((self.rank.as_ref(), self.id), (other.rank.as_ref(), other.id), descending)
    }

    pub fn write(&self, sort: &Sort) -> String {
        let mut bytes = vec![mark(sort)];
        bytes.extend(self.id.to_be_bytes());
        match &self.rank {
            None => bytes.push(0),
            Some(Rank::Number(n)) => {
                bytes.push(1);
                bytes.extend(n.to_be_bytes());
            }
            Some(Rank::Text(t)) => {
                bytes.push(2);
                bytes.extend(t.as_bytes());
            }
        }
        URL_SAFE_NO_PAD.encode(bytes)
    }

    pub fn read(cursor: &str, sort: &Sort) -> Result<Self> {
        Self::parse(cursor, sort).ok_or(Error::Cursor)
    }

    fn parse(cursor: &str, sort: &Sort) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let (head, rest) = bytes.split_first()?;
        let (id, rest) = rest.split_first_chunk::<16>()?;
        let (tag, value) = rest.split_first()?;
        let rank = match tag {
            0 if value.is_empty() => None,
            1 => Some(Rank::Number(i64::from_be_bytes(value.try_into().ok()?))),
            2 => Some(Rank::Text(String::from_utf8(value.to_vec()).ok()?)),
            _ => return None,
        };
        (*head == mark(sort)).then(|| Self { rank, id: u128::from_be_bytes(*id) })
    }
}

/// One byte that tells sorts apart.
fn mark(sort: &Sort) -> u8 {
    sort.field.bytes().fold(u8::from(sort.descending), |h, b| h.wrapping_mul(31).wrapping_add(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_round_trip_and_belong_to_one_sort() {
        let sort = |field: &str, descending| Sort { field: field.to_owned(), descending };
        for rank in [None, Some(Rank::Number(-5)), Some(Rank::Text("київ 北京".to_owned()))] {
            let place = Place { rank, id: 7 << 100 };
            let text = place.write(&sort("name", true));
            assert_eq!(Place::read(&text, &sort("name", true)), Ok(place));
            assert_eq!(Place::read(&text, &sort("name", false)), Err(Error::Cursor));
        }
        for bad in ["", "x", "AAAA", "🦀"] {
            assert_eq!(Place::read(bad, &sort("name", false)), Err(Error::Cursor));
        }
    }
}
