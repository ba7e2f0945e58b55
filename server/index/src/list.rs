//! Pages of a list. Each segment yields its matching records in order: by walking along the order of the sorted column
//! until enough have matched, or, where few match, by finding those first and sorting them. The yields are merged.

use std::cmp::Ordering;
use std::sync::Arc;

use domain::Id;
use domain::list::Sort;
use uuid::Uuid;

use crate::Result;
use crate::cond::Cond;
use crate::cursor::{Place, Rank};
use crate::eval::{Part, each_match, matching, resolve};
use crate::layout::{self, Col, layout};
use crate::question::{Page, Query};
use crate::segment::{At, Doc, Keys, Order, View, compare};
use crate::snapshot::Snapshot;

/// Skipping more rows than this jumps instead of stepping.
const STEP: usize = if cfg!(test) { 5 } else { 300 };

pub struct Ask<'a> {
    pub query: &'a Query,
    pub sort: &'a Sort,
    pub cursor: Option<&'a str>,
    pub skip: usize,
    pub limit: usize,
}

pub fn page(snapshot: &Snapshot, cond: &Cond, ask: &Ask<'_>) -> Result<Page> {
    let l = layout();
    let descending = ask.sort.descending;
    let col = ask.query.kind.any_field(&ask.sort.field).and_then(|f| l.col(f.name));
    let class = layout::class(ask.query.kind, ask.query.deleted);
    let after = ask.cursor.map(|c| Place::read(c, ask.sort)).transpose()?;
    let skip = if after.is_some() { 0 } else { ask.skip };
    let need = skip.saturating_add(ask.limit).saturating_add(1);

    let mut streams: Vec<Stream<'_>> = Vec::with_capacity(snapshot.views.len() + 1);
    for view in &snapshot.views {
        let part = resolve(&view.core, &snapshot.caches, class, cond)?;
        if part.driver.as_ref().is_some_and(|d| d.size == 0) || view.core.class_size(class) == 0 {
            continue;
        }
        streams.push(Stream::Written(Box::new(Written::new(view, part, class, col, descending, after.as_ref(), need)?)));
    }
    streams.push(Stream::fresh(snapshot, cond, class, col, descending, after.as_ref()));

    let mut merge = Merge::new(streams, descending);
    if skip > STEP {
        merge.jump(skip, need)?;
    } else {
        for _ in 0..skip {
            if merge.next()?.is_none() {
                break;
            }
        }
    }
    let mut ids = Vec::with_capacity(ask.limit.min(512));
    let mut last = None;
    while ids.len() < ask.limit {
        let Some(place) = merge.next()? else { break };
        ids.push(Id(Uuid::from_u128(place.id)));
        last = Some(place);
    }
    let next = match last {
        Some(mut place) if merge.next()?.is_some() => {
            merge.complete(&mut place)?;
            Some(place.place().write(ask.sort))
        }
        _ => None,
    };
    Ok(Page { ids, next, total: None })
}

/// A record on its way into the page. Its rank is looked up when it has to be compared.
#[derive(Clone)]
struct Head {
    from: usize,
    doc: Doc,
    id: u128,
    rank: Option<Option<Rank>>,
}

impl Head {
    fn place(self) -> Place {
        Place { rank: self.rank.flatten(), id: self.id }
    }
}

enum Stream<'a> {
    Written(Box<Written<'a>>),
    /// Records that are not written yet, in order.
    Fresh(std::vec::IntoIter<Place>),
}

impl Stream<'_> {
    fn fresh(snapshot: &Snapshot, cond: &Cond, class: u8, col: Option<Col>, descending: bool, after: Option<&Place>) -> Self {
        let mut places: Vec<Place> = snapshot
            .fresh
            .iter()
            .filter(|row| row.class == class && cond.holds(row))
            .map(|row| Place { rank: col.and_then(|c| Rank::of(row, c)), id: row.id.0.as_u128() })
            .filter(|p| after.is_none_or(|a| p.compare(a, descending).is_gt()))
            .collect();
        places.sort_unstable_by(|a, b| a.compare(b, descending));
        Self::Fresh(places.into_iter())
    }
}

struct Merge<'a> {
    streams: Vec<Stream<'a>>,
    heads: Vec<Head>,
    descending: bool,
    started: bool,
}

impl<'a> Merge<'a> {
    fn new(streams: Vec<Stream<'a>>, descending: bool) -> Self {
        Self { heads: Vec::with_capacity(streams.len()), streams, descending, started: false }
    }

    fn pull(&mut self, from: usize) -> Result<Option<Head>> {
        Ok(match self.streams.get_mut(from) {
            Some(Stream::Written(w)) => w.next()?.map(|doc| Head { from, doc, id: w.view.core.record(doc), rank: None }),
            Some(Stream::Fresh(places)) => places.next().map(|p| Head { from, doc: 0, id: p.id, rank: Some(p.rank) }),
            None => None,
        })
    }

    fn complete(&self, head: &mut Head) -> Result<()> {
        if head.rank.is_none()
            && let Some(Stream::Written(w)) = self.streams.get(head.from)
        {
            head.rank = Some(w.rank(head.doc)?);
        }
        Ok(())
    }

    fn next(&mut self) -> Result<Option<Head>> {
        if !self.started {
            self.started = true;
            for from in 0..self.streams.len() {
                let head = self.pull(from)?;
                self.heads.extend(head);
            }
        }
        if self.heads.len() > 1 {
            for i in 0..self.heads.len() {
                if let Some(mut head) = self.heads.get(i).filter(|h| h.rank.is_none()).cloned() {
                    self.complete(&mut head)?;
                    if let Some(slot) = self.heads.get_mut(i) {
                        *slot = head;
                    }
                }
            }
        }
        let descending = self.descending;
        let order = |a: &Head, b: &Head| {
            compare((a.rank.as_ref().and_then(Option::as_ref), a.id), (b.rank.as_ref().and_then(Option::as_ref), b.id), descending)
        };
        let Some(best) = self.heads.iter().enumerate().min_by(|a, b| order(a.1, b.1)).map(|(i, _)| i) else { return Ok(None) };
        let head = self.heads.swap_remove(best);
        let more = self.pull(head.from)?;
        self.heads.extend(more);
        Ok(Some(head))
    }

    /// Leaves out so many rows without looking at each: finds in every stream the place where the page starts.
    fn jump(&mut self, skip: usize, need: usize) -> Result<()> {
        let mut lists: Vec<Vec<Doc>> = Vec::with_capacity(self.streams.len());
        let mut fresh: Vec<Place> = Vec::new();
        for stream in &mut self.streams {
            let mut docs = Vec::new();
            match stream {
                Stream::Written(w) => {
                    while docs.len() < need {
                        let Some(doc) = w.next()? else { break };
                        docs.push(doc);
                    }
                }
                Stream::Fresh(places) => fresh = places.collect(),
            }
            lists.push(docs);
        }
        let written: Vec<&Written<'_>> = self
            .streams
            .iter()
            .filter_map(|s| match s {
                Stream::Written(w) => Some(w.as_ref()),
                Stream::Fresh(_) => None,
            })
            .collect();
        // The fresh ones come last in `streams`, so that list and stream have the same position.
        let size = |i: usize| if i < written.len() { lists.get(i).map_or(0, Vec::len) } else { fresh.len() };
        let place_at = |i: usize, at: usize| -> Result<Option<Place>> {
            match (written.get(i), lists.get(i).and_then(|l| l.get(at))) {
                (Some(w), Some(doc)) => Ok(Some(Place { rank: w.rank(*doc)?, id: w.view.core.record(*doc) })),
                (None, _) => Ok(fresh.get(at).cloned()),
                _ => Ok(None),
            }
        };
        let streams = written.len() + 1;
        let mut low = vec![0_usize; streams];
        let mut high: Vec<usize> = (0..streams).map(size).collect();
        loop {
            // The middle of the widest stretch still open splits all of them.
            let widest = (0..streams).max_by_key(|i| high.get(*i).copied().unwrap_or(0).saturating_sub(low.get(*i).copied().unwrap_or(0)));
            let Some(widest) = widest else { break };
            let (from, to) = (low.get(widest).copied().unwrap_or(0), high.get(widest).copied().unwrap_or(0));
            if from >= to {
                break;
            }
            let middle = from + (to - from) / 2;
            let Some(pivot) = place_at(widest, middle)? else { break };
            let mut before = Vec::with_capacity(streams);
            for i in 0..streams {
                let n = if i == widest {
                    middle
                } else if let (Some(w), Some(list)) = (written.get(i), lists.get(i)) {
                    let bound = w.bound(&pivot)?;
                    list.partition_point(|doc| w.against(*doc, &bound).is_lt())
                } else {
                    fresh.partition_point(|p| p.compare(&pivot, self.descending).is_lt())
                };
                before.push(n);
            }
            let total: usize = before.iter().sum();
            if total <= skip {
                for (l, n) in low.iter_mut().zip(&before) {
                    *l = (*l).max(*n);
                }
                if total == skip {
                    break;
                }
                // The pivot itself lies before the page too.
                if let Some(l) = low.get_mut(widest) {
                    *l = (*l).max(middle + 1);
                }
            } else {
                for (h, n) in high.iter_mut().zip(&before) {
                    *h = (*h).min(*n);
                }
            }
        }
        for ((stream, list), from) in self.streams.iter_mut().zip(lists).zip(&low) {
            match stream {
                Stream::Written(w) => w.state = State::Listed(list.get(*from..).unwrap_or_default().to_vec().into_iter()),
                Stream::Fresh(places) => *places = fresh.split_off((*from).min(fresh.len())).into_iter(),
            }
        }
        Ok(())
    }
}

/// The matching records of one segment, in order.
struct Written<'a> {
    view: &'a View,
    part: Part<'a>,
    class: u8,
    keys: Keys<'a>,
    descending: bool,
    /// Only what comes after this one.
    after: Option<Bound>,
    need: usize,
    state: State,
}

/// A place in terms of one segment's keys, doubled so that there is room between them.
#[derive(Clone, Copy)]
struct Bound {
    key: Option<i128>,
    id: u128,
    /// Which of several copies of one record: all but one of them are dead, and that one may be the last.
    doc: Option<Doc>,
}

enum State {
    /// Along an order from this position, for so many steps at most.
    Walk {
        order: Arc<Order>,
        at: usize,
        steps: usize,
    },
    Listed(std::vec::IntoIter<Doc>),
}

impl<'a> Written<'a> {
    fn new(
        view: &'a View,
        part: Part<'a>,
        class: u8,
        col: Option<Col>,
        descending: bool,
        after: Option<&Place>,
        need: usize,
    ) -> Result<Self> {
        let keys = col.map_or(Ok(Keys::None), |c| view.core.keys(c))?;
        let mut this = Self { view, part, class, keys, descending, after: None, need, state: State::Listed(Vec::new().into_iter()) };
        this.after = after.map(|p| this.bound(p)).transpose()?;
        let size = view.core.class_size(class) as usize;
        // Sorting those that match costs about as much as walking past so many others. A scan of everything reads the
        // columns in order, which a walk does not.
        let worth = match &this.part.driver {
            _ if this.part.is_everything() => usize::MAX,
            Some(d) => (d.size as usize).min(size / 4),
            None => size / 4,
        };
        let order = if worth > need { col.map_or(Ok(None), |c| view.core.order(class, c))? } else { None };
        match order {
            Some(order) => {
                let at = this.after.map_or(0, |after| this.start(&order, &after));
                this.state = State::Walk { order, at, steps: worth.max(if cfg!(test) { 3 } else { 256 }) };
            }
            None => this.list()?,
        }
        Ok(this)
    }

    fn rank(&self, doc: Doc) -> Result<Option<Rank>> {
        Ok(match (self.keys, self.keys.get(doc)) {
            (_, None) => None,
            (Keys::Texts(texts), Some(ord)) => Some(Rank::Text(texts.text(u64::try_from(ord).unwrap_or(0))?)),
            (_, Some(n)) => Some(Rank::Number(n)),
        })
    }

    fn bound(&self, place: &Place) -> Result<Bound> {
        let key = match (&place.rank, self.keys) {
            (None, _) => None,
            (Some(Rank::Number(n)), _) => Some(i128::from(*n) * 2),
            (Some(Rank::Text(t)), Keys::Texts(texts)) => Some(match texts.find(t)? {
                At::Here(ord) => i128::from(ord) * 2,
                At::Before(ord) => i128::from(ord) * 2 - 1,
            }),
            // No record here has a text: any place among texts lies before all of them.
            (Some(Rank::Text(_)), _) => Some(0),
        };
        Ok(Bound { key, id: place.id, doc: None })
    }

    fn against(&self, doc: Doc, bound: &Bound) -> Ordering {
        let key = self.keys.get(doc).map(|k| i128::from(k) * 2);
        if key != bound.key {
            return compare((key, 0), (bound.key, 0), self.descending);
        }
        let copies = |other: Doc| if self.descending { other.cmp(&doc) } else { doc.cmp(&other) };
        compare((key, self.view.core.record(doc)), (bound.key, bound.id), self.descending)
            .then_with(|| bound.doc.map_or(Ordering::Equal, copies))
    }

    fn at(&self, order: &Order, at: usize) -> Option<Doc> {
        let (with, without) = (order.with.len(), order.without.len());
        if self.descending {
            match at.checked_sub(with) {
                None => order.with.get(with - 1 - at).copied(),
                Some(rest) => without.checked_sub(rest + 1).and_then(|i| order.without.get(i)).copied(),
            }
        } else {
            order.with.get(at).or_else(|| order.without.get(at.checked_sub(with)?)).copied()
        }
    }

    /// The first position after a place.
    fn start(&self, order: &Order, after: &Bound) -> usize {
        let (mut low, mut high) = (0, order.with.len() + order.without.len());
        while low < high {
            let middle = low + (high - low) / 2;
            let behind = self.at(order, middle).is_some_and(|doc| self.against(doc, after).is_gt());
            if behind { high = middle } else { low = middle + 1 }
        }
        low
    }

    fn next(&mut self) -> Result<Option<Doc>> {
        loop {
            match &mut self.state {
                State::Listed(docs) => return Ok(docs.next()),
                State::Walk { order, at, steps } => {
                    let order = Arc::clone(order);
                    let (mut position, mut left) = (*at, *steps);
                    let mut last = None;
                    while left > 0 {
                        let Some(doc) = self.at(&order, position) else {
                            self.state = State::Listed(Vec::new().into_iter());
                            return Ok(None);
                        };
                        position += 1;
                        left -= 1;
                        last = Some(doc);
                        if self.view.is_alive(doc) && self.part.node.holds(doc) {
                            self.state = State::Walk { order, at: position, steps: left };
                            return Ok(Some(doc));
                        }
                    }
                    // Too few match for walking: find the rest the other way.
                    let last = last.or_else(|| position.checked_sub(1).and_then(|p| self.at(&order, p)));
                    if let Some(doc) = last {
                        let key = self.keys.get(doc).map(|k| i128::from(k) * 2);
                        self.after = Some(Bound { key, id: self.view.core.record(doc), doc: Some(doc) });
                    }
                    self.list()?;
                }
            }
        }
    }

    /// Finds all that match, and keeps the first of them in order.
    fn list(&mut self) -> Result<()> {
        let core = &self.view.core;
        let descending = self.descending;
        let need = self.need;
        let order = |a: &(Option<i64>, u128, Doc), b: &(Option<i64>, u128, Doc)| compare((a.0, a.1), (b.0, b.1), descending);
        let mut best: Vec<(Option<i64>, u128, Doc)> = Vec::new();
        let mut worst: Option<Option<i64>> = None;
        each_match(self.view, self.class, &self.part, |doc| {
            let key = self.keys.get(doc);
            if worst.is_some_and(|w| compare((key, 0), (w, 0), descending).is_gt()) {
                return;
            }
            if self.after.is_some_and(|a| self.against(doc, &a).is_le()) {
                return;
            }
            best.push((key, core.record(doc), doc));
            if best.len() >= need.saturating_mul(2).max(64) && need > 0 {
                best.select_nth_unstable_by(need - 1, order);
                best.truncate(need);
                worst = best.last().map(|w| w.0);
            }
        })?;
        best.sort_unstable_by(order);
        best.truncate(need);
        self.state = State::Listed(best.into_iter().map(|b| b.2).collect::<Vec<_>>().into_iter());
        Ok(())
    }
}

/// All that match.
pub fn count(snapshot: &Snapshot, query: &Query, cond: &Cond) -> Result<i64> {
    let class = layout::class(query.kind, query.deleted);
    let question = format!("{cond:?}{class}");
    let mut total = snapshot.fresh.iter().filter(|row| row.class == class && cond.holds(row)).count() as u64;
    for view in &snapshot.views {
        let part = resolve(&view.core, &snapshot.caches, class, cond)?;
        total += u64::from(matching(view, &snapshot.caches, class, &question, &part)?.len_alive(view.alive.as_deref()));
    }
    Ok(i64::try_from(total).unwrap_or(i64::MAX))
}
