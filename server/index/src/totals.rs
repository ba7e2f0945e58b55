//! Counts and sums by groups. A segment's figures are kept; when records in it die, only those are taken off.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use domain::Kind;
use domain::money::Currency;
use domain::schema::FieldType;
use tantivy::columnar::Column;

use crate::caches::{Caches, Kept, WORTH_KEEPING};
use crate::cond::Cond;
use crate::eval::{Fast, Part, each_match, resolve};
use crate::layout::{self, Col, Shape, layout};
use crate::question::{Group, Key, Query, Sums, TotalsRow};
use crate::row::Row;
use crate::segment::{Doc, Texts, View};
use crate::snapshot::Snapshot;
use crate::{Error, Result};

/// Groups in one question.
const MOST: usize = 4;
/// Stands for "empty" among codes.
const NONE: i64 = i64::MIN;

/// Codes of the groups, then of the currency.
type Codes = [i64; MOST + 1];

/// One segment's figures, by codes that mean something only there.
pub type Sheet = HashMap<Codes, Wide, Fast>;

type Rows = BTreeMap<(Vec<Key>, Option<String>), Wide>;

/// [`Sums`] with room: no sum of amounts overflows it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wide {
    count: i64,
    sum: i128,
    number: i128,
    weighted: i128,
    days: i64,
    spans: i64,
    /// Milliseconds since 1970.
    since: i128,
    entered: i64,
}

/// The numbers that figures are made of, of one record.
#[derive(Clone, Copy)]
struct Numbers {
    amount: Option<i64>,
    number: Option<i64>,
    weighted: Option<i64>,
    opened: Option<i64>,
    closed: Option<i64>,
    entered: Option<i64>,
}

impl Wide {
    fn new(times: i64, n: Numbers) -> Self {
        let span = n.opened.zip(n.closed).map(|(a, b)| b.saturating_sub(a));
        let wide = |n: Option<i64>| i128::from(n.unwrap_or(0)) * i128::from(times);
        Self {
            count: times,
            sum: wide(n.amount),
            number: wide(n.number),
            weighted: wide(n.weighted),
            days: span.unwrap_or(0) * times,
            spans: i64::from(span.is_some()) * times,
            since: wide(n.entered),
            entered: i64::from(n.entered.is_some()) * times,
        }
    }

    fn add(&mut self, other: &Self) {
        self.count += other.count;
        self.sum += other.sum;
        self.number += other.number;
        self.weighted += other.weighted;
        self.days += other.days;
        self.spans += other.spans;
        self.since += other.since;
        self.entered += other.entered;
    }

    fn narrow(&self) -> Sums {
        let fit = |n: i128| i64::try_from(n).unwrap_or(if n < 0 { i64::MIN } else { i64::MAX });
        Sums {
            count: self.count,
            sum: fit(self.sum),
            number: fit(self.number),
            weighted: fit(self.weighted),
            days: self.days,
            spans: self.spans,
            since: fit(self.since.div_euclid(1000)),
            entered: self.entered,
        }
    }
}

pub fn totals(snapshot: &Snapshot, query: &Query, cond: &Cond, groups: &[Group]) -> Result<Vec<TotalsRow>> {
    if groups.len() > MOST {
        return Err(Error::Broken(format!("more than {MOST} groups")));
    }
    let class = layout::class(query.kind, query.deleted);
    let question = format!("{groups:?}{cond:?}{class}");
    let mut rows = Rows::new();
    for view in &snapshot.views {
        let part = resolve(&view.core, &snapshot.caches, class, cond)?;
        let columns = Columns::open(view, query.kind, groups)?;
        let sheet = sheet_of(view, &snapshot.caches, class, &part, &columns, &question)?;
        columns.decode(&sheet, &mut rows)?;
    }
    for row in snapshot.fresh.iter().filter(|r| r.class == class && cond.holds(r)) {
        add_fresh(row, query.kind, groups, &mut rows);
    }
    let rows = rows.into_iter().filter(|(_, sums)| sums.count != 0);
    Ok(rows
        .map(|((keys, currency), sums)| TotalsRow { keys, currency: currency.as_deref().and_then(Currency::parse), sums: sums.narrow() })
        .collect())
}

fn sheet_of(view: &View, caches: &Caches, class: u8, part: &Part<'_>, columns: &Columns<'_>, question: &str) -> Result<Arc<Sheet>> {
    let fresh = || -> Result<Arc<Sheet>> {
        let mut sheet = Sheet::default();
        each_match(view, class, part, |doc| columns.count(doc, 1, &mut sheet))?;
        Ok(Arc::new(sheet))
    };
    if view.core.docs < WORTH_KEEPING {
        return fresh();
    }
    let sheet = match caches.sheet(view.core.id, question) {
        Some(kept) => {
            let gone: Vec<Doc> = match (&kept.alive, &view.alive) {
                (_, None) => Vec::new(),
                (Some(then), Some(now)) if Arc::ptr_eq(then, now) => Vec::new(),
                (Some(then), Some(now)) => then.without(now).collect(),
                (None, Some(now)) => crate::set::Bits::full(view.core.docs).without(now).collect(),
            };
            if gone.is_empty() {
                return Ok(kept.sheet);
            }
            let mut sheet = Sheet::clone(&kept.sheet);
            for doc in gone {
                if view.core.class(doc) == class && part.node.holds(doc) {
                    columns.count(doc, -1, &mut sheet);
                }
            }
            Arc::new(sheet)
        }
        None => fresh()?,
    };
    caches.keep_sheet(view.core.id, question, Kept { alive: view.alive.clone(), sheet: Arc::clone(&sheet) });
    Ok(sheet)
}

/// The columns that figures are made of, in one segment.
struct Columns<'a> {
    groups: Vec<Coded<'a>>,
    currency: Option<&'a Arc<Texts>>,
    amount: Option<&'a Column<i64>>,
    number: Option<&'a Column<i64>>,
    weighted: Option<&'a Column<i64>>,
    opened: Option<&'a Column<i64>>,
    closed: Option<&'a Column<i64>>,
    entered: Option<&'a Column<i64>>,
}

enum Coded<'a> {
    Texts(Option<&'a Arc<Texts>>, Option<FieldType>),
    Number(Option<&'a Column<i64>>),
    /// Months since year 0; `true`: of milliseconds, else of days.
    Month(Option<&'a Column<i64>>, bool),
}

impl<'a> Columns<'a> {
    fn open(view: &'a View, kind: Kind, groups: &[Group]) -> Result<Self> {
        let l = layout();
        let core = &view.core;
        let number = |name: &str| l.col(name).map_or(Ok(None), |c| core.numbers(c));
        let coded = groups.iter().map(|g| {
            let (name, month) = match g {
                Group::Field(name) => (*name, false),
                Group::Month(name) => (*name, true),
            };
            let Some((col, column)) = group_column(name) else { return Ok(Coded::Number(None)) };
            Ok(match column.shape {
                Shape::Text | Shape::Texts => Coded::Texts(core.texts(col)?, Some(column.ty)),
                _ if month => Coded::Month(core.numbers(col)?, column.ty == FieldType::Instant),
                _ => Coded::Number(core.numbers(col)?),
            })
        });
        Ok(Self {
            groups: coded.collect::<Result<_>>()?,
            currency: core.texts(l.extra.currency)?,
            amount: core.numbers(l.extra.amount)?,
            number: kind.summed_number().map_or(Ok(None), |def| number(def.name))?,
            weighted: core.numbers(l.extra.weighted)?,
            opened: number("opened_on")?,
            closed: number("closed_at")?,
            entered: number("stage_since")?,
        })
    }

    fn count(&self, doc: Doc, times: i64, sheet: &mut Sheet) {
        let first = |c: Option<&Column<i64>>| c.and_then(|c| c.first(doc));
        let numbers = Numbers {
            amount: first(self.amount),
            number: first(self.number),
            weighted: first(self.weighted),
            opened: first(self.opened),
            closed: first(self.closed),
            entered: first(self.entered),
        };
        let one = Wide::new(times, numbers);
        let mut codes: Codes = [NONE; MOST + 1];
        if let Some(last) = codes.last_mut() {
            *last = self.currency.map_or(NONE, |t| code(t.column.ords().first(doc)));
        }
        self.spread(doc, 0, &mut codes, &one, sheet);
    }

    /// Fills in the code of group `at` and of those after it; a record with several values counts under each.
    fn spread(&self, doc: Doc, at: usize, codes: &mut Codes, one: &Wide, sheet: &mut Sheet) {
        let mut set = |codes: &mut Codes, value: i64| {
            if let Some(c) = codes.get_mut(at) {
                *c = value;
            }
            self.spread(doc, at + 1, codes, one, sheet);
        };
        match self.groups.get(at) {
            None => sheet.entry(*codes).or_default().add(one),
            Some(Coded::Number(column)) => set(codes, column.and_then(|c| c.first(doc)).unwrap_or(NONE)),
            Some(Coded::Month(column, instants)) => set(codes, column.and_then(|c| c.first(doc)).map_or(NONE, |n| month(n, *instants))),
            Some(Coded::Texts(texts, _)) => {
                let mut any = false;
                for ord in texts.iter().flat_map(|t| t.column.ords().values_for_doc(doc)) {
                    any = true;
                    set(codes, code(Some(ord)));
                }
                if !any {
                    set(codes, NONE);
                }
            }
        }
    }

    fn decode(&self, sheet: &Sheet, rows: &mut Rows) -> Result<()> {
        let mut known: HashMap<(usize, i64), Key> = HashMap::new();
        for (codes, sums) in sheet {
            let mut keys = Vec::with_capacity(self.groups.len());
            for (at, (group, code)) in self.groups.iter().zip(codes).enumerate() {
                let key = match known.get(&(at, *code)) {
                    Some(key) => key.clone(),
                    None => {
                        let key = group.key(*code)?;
                        known.insert((at, *code), key.clone());
                        key
                    }
                };
                keys.push(key);
            }
            let currency = match (codes.last().map(|c| u64::try_from(*c)), self.currency) {
                (Some(Ok(ord)), Some(texts)) => Some(texts.text(ord)?),
                _ => None,
            };
            rows.entry((keys, currency)).or_default().add(sums);
        }
        Ok(())
    }
}

impl Coded<'_> {
    fn key(&self, code: i64) -> Result<Key> {
        if code == NONE {
            return Ok(None);
        }
        Ok(Some(match self {
            Self::Number(_) => code.to_string(),
            Self::Month(..) => month_name(code),
            Self::Texts(Some(texts), ty) => as_written(texts.text(u64::try_from(code).unwrap_or(u64::MAX))?, *ty),
            Self::Texts(None, _) => return Ok(None),
        }))
    }
}

fn code(ord: Option<u64>) -> i64 {
    ord.and_then(|o| i64::try_from(o).ok()).unwrap_or(NONE)
}

/// Stages are grouped as they are written, everything else by its folded text.
fn group_column(name: &str) -> Option<(Col, &'static layout::Column)> {
    let l = layout();
    let col = if name == "stage" { l.extra.stage } else { l.col(name)? };
    Some((col, l.column(col)?))
}

/// A choice in its own letters: `zh-Hans`, not `zh-hans`.
fn as_written(folded: String, ty: Option<FieldType>) -> String {
    match ty {
        Some(FieldType::Choice(options)) => options.iter().find(|o| domain::text::fold(o) == folded).map_or(folded, ToString::to_string),
        _ => folded,
    }
}

/// Days or milliseconds since 1970 → months since year 0 (proleptic Gregorian, as `chrono` reckons).
fn month(n: i64, instants: bool) -> i64 {
    let days = if instants { n.div_euclid(86_400_000) } else { n };
    // Years from March on, so that the leap day comes last.
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let of_era = z.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march = (5 * of_year + 2) / 153;
    let (year, month) = (year_of_era + era * 400, if march < 10 { march + 2 } else { march - 10 });
    (year + i64::from(march >= 10)) * 12 + month
}

fn month_name(code: i64) -> String {
    format!("{:04}-{:02}", code.div_euclid(12), code.rem_euclid(12) + 1)
}

fn add_fresh(row: &Row, kind: Kind, groups: &[Group], rows: &mut Rows) {
    let l = layout();
    let number = |name: &str| l.col(name).and_then(|c| row.number(c));
    let numbers = Numbers {
        amount: row.number(l.extra.amount),
        number: kind.summed_number().and_then(|def| number(def.name)),
        weighted: row.number(l.extra.weighted),
        opened: number("opened_on"),
        closed: number("closed_at"),
        entered: number("stage_since"),
    };
    let one = Wide::new(1, numbers);
    let mut all: Vec<Vec<Key>> = vec![Vec::with_capacity(groups.len())];
    for group in groups {
        let values = fresh_keys(row, *group);
        all = all
            .into_iter()
            .flat_map(|keys| {
                values.iter().map(move |v| {
                    let mut keys = keys.clone();
                    keys.push(v.clone());
                    keys
                })
            })
            .collect();
    }
    let currency = row.texts(l.extra.currency).next();
    for keys in all {
        rows.entry((keys, currency.map(str::to_owned))).or_default().add(&one);
    }
}

fn fresh_keys(row: &Row, group: Group) -> Vec<Key> {
    let (name, by_month) = match group {
        Group::Field(name) => (name, false),
        Group::Month(name) => (name, true),
    };
    let Some((col, column)) = group_column(name) else { return vec![None] };
    let mut keys: Vec<Key> = match column.shape {
        Shape::Text | Shape::Texts => row.texts(col).map(|t| Some(as_written(t.to_owned(), Some(column.ty)))).collect(),
        _ if by_month => row.number(col).map(|n| Some(month_name(month(n, column.ty == FieldType::Instant)))).into_iter().collect(),
        _ => row.number(col).map(|n| Some(n.to_string())).into_iter().collect(),
    };
    if keys.is_empty() {
        keys.push(None);
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_are_those_of_the_calendar() {
        for text in ["1970-01-01", "2000-02-29", "2016-12-31", "2017-03-01", "1969-12-31", "0001-01-01", "2400-02-29"] {
            let days = domain::filter::days_since_epoch(domain::time::parse_date(text).unwrap());
            assert_eq!(month_name(month(days, false)), text[..7]);
            assert_eq!(month_name(month(days * 86_400_000 + 5, true)), text[..7]);
        }
    }
}
