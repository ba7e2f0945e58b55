//! Of what a file says more than once, what was written last; of what it says too often, what is latest. Whatever is left out for
//! being too much is named with its line.

use std::collections::BTreeMap;

use domain::FieldError;
use domain::calendar::Moment;
use domain::calendar::event::MAX_DATES;

use super::read::{File, Incoming, Trouble};

/// Occurrences of one series that are not like the others: as many as can be left out of it.
pub const MAX_PARTS: usize = MAX_DATES;

/// Of one item that comes twice, what was written last.
pub fn newest(file: &mut File) {
    let mut best: BTreeMap<(String, Option<Moment>), (i64, usize)> = BTreeMap::new();
    for (n, item) in file.items.iter().enumerate() {
        let kept = best.entry((item.uid.clone(), item.slot)).or_insert((item.sequence, n));
        if item.sequence >= kept.0 {
            *kept = (item.sequence, n);
        }
    }
    let mut n = 0;
    file.items.retain(|item| {
        n += 1;
        best.get(&(item.uid.clone(), item.slot)).is_some_and(|(_, at)| *at == n - 1)
    });
}

/// Of a series with too many such occurrences, the latest.
pub fn bounded(file: &mut File) {
    let mut slots: BTreeMap<&str, Vec<Moment>> = BTreeMap::new();
    for item in &file.items {
        slots.entry(&item.uid).or_default().extend(item.slot);
    }
    let mut first: BTreeMap<String, Moment> = BTreeMap::new();
    for (uid, mut slots) in slots {
        slots.sort_unstable();
        if let Some(slot) = slots.len().checked_sub(MAX_PARTS).filter(|n| *n > 0).and_then(|n| slots.get(n)) {
            first.insert(uid.to_owned(), *slot);
        }
    }
    if first.is_empty() {
        return;
    }
    let too_old = |i: &Incoming| i.slot.is_some_and(|slot| first.get(&i.uid).is_some_and(|f| slot < *f));
    let (left_out, kept) = std::mem::take(&mut file.items).into_iter().partition(too_old);
    file.items = kept;
    let left_out: Vec<Incoming> = left_out;
    file.rejected.extend(left_out.into_iter().map(|item| Trouble {
        line: item.line,
        text: item.event.title.chars().take(80).collect(),
        error: FieldError::new("slot", "ics_parts").with("max", MAX_PARTS),
    }));
}

#[cfg(test)]
mod tests {
    use chrono_tz::Tz;

    use super::super::read;
    use super::*;

    #[test]
    fn thousands_of_changed_occurrences_of_one_series_are_left_out_by_their_lines() {
        let part = |n: usize| {
            let day = domain::time::shift(chrono::NaiveDate::from_ymd_opt(2020, 1, 1).unwrap(), i64::try_from(n).unwrap()).format("%Y%m%d");
            format!("BEGIN:VEVENT\r\nUID:1\r\nRECURRENCE-ID:{day}T100000Z\r\nDTSTART:{day}T120000Z\r\nSUMMARY:Part {n}\r\nEND:VEVENT\r\n")
        };
        // The newest comes first in the file.
        let parts: String = (0..MAX_PARTS + 2).rev().map(part).collect();
        let text =
            format!("BEGIN:VCALENDAR\r\n{parts}BEGIN:VEVENT\r\nUID:2\r\nDTSTART:20200101T100000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n");
        let file = read::read(text.as_bytes(), Tz::UTC, Tz::UTC, 1_795_317_850_000).unwrap();
        assert_eq!(file.items.len(), MAX_PARTS + 1, "the other item is not concerned");
        let mut told: Vec<(usize, &str, &str)> = file.rejected.iter().map(|t| (t.line, t.text.as_str(), t.error.code.as_str())).collect();
        told.sort_unstable();
        assert_eq!(told, [(2 + 6 * MAX_PARTS, "Part 1", "ics_parts"), (8 + 6 * MAX_PARTS, "Part 0", "ics_parts")]);
    }
}
