//! What the board knows. The truth is what the server said; moves that it has not confirmed yet lie over it as `Op`s.
//! What people see is the truth with the ops applied, so a refused move slides back by leaving the list of ops, and no
//! late answer can bring back what is gone. Pure.

use std::cmp::Ordering;
use std::sync::Arc;

use domain::deals::{Board, Card, Column, ColumnPage, Totals, rank_between, weighted};
use domain::pipelines::{Stage, StageKind};
use domain::{Id, Money, time};

/// A column: its stage, its sums over all of its deals, and as many of its cards as are loaded, in order.
#[derive(Clone, Debug, PartialEq)]
pub struct Lane {
    pub stage: Arc<Stage>,
    pub totals: Totals,
    pub cards: Vec<Arc<Card>>,
    /// Cursor for more; none: these are all.
    pub next: Option<String>,
}

impl Lane {
    pub fn is_open(&self) -> bool {
        self.stage.kind == StageKind::Open
    }

    pub fn complete(&self) -> bool {
        self.next.is_none()
    }

    pub fn position(&self, id: Id) -> Option<usize> {
        self.cards.iter().position(|c| c.id == id)
    }

    /// Mean days in the stage, as far as it is known.
    pub fn age(&self, now: i64) -> Option<i64> {
        if self.totals.count == 0 {
            return None;
        }
        if let Some(since) = self.totals.since.as_deref().and_then(time::parse_instant) {
            return Some(time::days_between(since, now));
        }
        let n = i64::try_from(self.cards.len()).unwrap_or(0);
        (self.complete() && n > 0).then(|| self.cards.iter().map(|c| c.days_in_stage(now)).sum::<i64>() / n)
    }

    /// Does this card lie among the loaded ones?
    fn reaches(&self, card: &Card) -> bool {
        self.complete() || self.cards.last().is_some_and(|last| order(card, last) != Ordering::Greater)
    }

    fn insert(&mut self, card: Arc<Card>) {
        let at = self.cards.partition_point(|c| order(c, &card) == Ordering::Less);
        self.cards.insert(at, card);
    }
}

fn order(a: &Card, b: &Card) -> Ordering {
    a.rank.cmp(&b.rank).then(a.id.cmp(&b.id))
}

impl From<Column> for Lane {
    fn from(c: Column) -> Self {
        let closed = c.stage.kind != StageKind::Open;
        // Closed columns come without cards: there is nothing to load in them.
        Self {
            stage: Arc::new(c.stage),
            totals: c.totals,
            cards: if closed { Vec::new() } else { c.cards.into_iter().map(Arc::new).collect() },
            next: if closed { None } else { c.next },
        }
    }
}

/// Where in its column a moved card goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spot {
    Top,
    /// Between these two, as far as there are any.
    Between(Option<Id>, Option<Id>),
}

impl Spot {
    /// Alone in its column.
    pub const END: Self = Self::Between(None, None);
}

/// A move that the server has not confirmed yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Op {
    pub no: u32,
    pub ids: Vec<Id>,
    pub stage: String,
    pub spot: Spot,
    /// When it was made, for the days in the stage.
    pub at: i64,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lanes(pub Vec<Lane>);

impl Lanes {
    pub fn of(board: Board) -> Self {
        Self(board.columns.into_iter().map(Lane::from).collect())
    }

    pub fn lane(&self, stage: &str) -> Option<&Lane> {
        self.0.iter().find(|l| l.stage.id == stage)
    }

    pub fn index(&self, stage: &str) -> Option<usize> {
        self.0.iter().position(|l| l.stage.id == stage)
    }

    /// Column and place of a loaded card.
    pub fn find(&self, id: Id) -> Option<(usize, usize)> {
        self.0.iter().enumerate().find_map(|(l, lane)| lane.position(id).map(|i| (l, i)))
    }

    pub fn card(&self, id: Id) -> Option<&Arc<Card>> {
        let (l, i) = self.find(id)?;
        self.0.get(l)?.cards.get(i)
    }

    pub fn at(&self, lane: usize, index: usize) -> Option<&Arc<Card>> {
        self.0.get(lane)?.cards.get(index)
    }

    /// Of all open columns together.
    pub fn totals(&self) -> Totals {
        let mut all = Totals::default();
        for lane in self.0.iter().filter(|l| l.is_open()) {
            all.count += lane.totals.count;
            lane.totals.sum.iter().for_each(|m| add(&mut all.sum, *m));
            lane.totals.weighted.iter().for_each(|m| add(&mut all.weighted, *m));
        }
        all
    }

    /// More cards of a column. Cards that live changes brought already stay as they are.
    pub fn page(&mut self, stage: &str, page: ColumnPage) {
        let known: std::collections::HashSet<Id> = self.0.iter().flat_map(|l| &l.cards).map(|c| c.id).collect();
        let Some(lane) = self.0.iter_mut().find(|l| l.stage.id == stage) else { return };
        lane.cards.extend(page.cards.into_iter().filter(|c| !known.contains(&c.id)).map(Arc::new));
        // Already in order, unless a change came between two pages.
        lane.cards.sort_by(|a, b| order(a, b));
        lane.next = page.next;
    }

    /// A card as the server has it now. An older version than the known one changes nothing.
    pub fn put(&mut self, card: Card) -> bool {
        if let Some((l, i)) = self.find(card.id) {
            let Some(lane) = self.0.get_mut(l) else { return false };
            let Some(old) = lane.cards.get(i) else { return false };
            // The same version may still bring a new next step, which other records decide; and the card may lie in a
            // column where it is no longer.
            if card.version < old.version || (**old == card && lane.stage.id == card.stage) {
                return false;
            }
            if lane.stage.id == card.stage && old.rank == card.rank {
                lane.cards.splice(i..=i, [Arc::new(card)]);
                return true;
            }
            lane.cards.remove(i);
        }
        if let Some(lane) = self.0.iter_mut().find(|l| l.is_open() && l.stage.id == card.stage)
            && lane.reaches(&card)
        {
            lane.insert(Arc::new(card));
        }
        true
    }

    /// It left the board or this person's sight.
    pub fn remove(&mut self, id: Id) -> bool {
        let Some((l, i)) = self.find(id) else { return false };
        if let Some(lane) = self.0.get_mut(l) {
            lane.cards.remove(i);
        }
        true
    }

    pub fn set_totals(&mut self, fresh: Vec<(String, Totals)>) {
        for (stage, totals) in fresh {
            if let Some(lane) = self.0.iter_mut().find(|l| l.stage.id == stage) {
                lane.totals = totals;
            }
        }
    }

    /// The server's answer to a move: the card in its new place. The sums follow unless a refresh brought both already.
    pub fn settle(&mut self, card: Card) {
        let old = self.card(card.id).cloned();
        if let Some(old) = old.filter(|o| o.version < card.version) {
            self.shift(&old, &card);
        }
        self.put(card);
    }

    fn shift(&mut self, old: &Card, new: &Card) {
        if old.stage == new.stage {
            return;
        }
        for lane in &mut self.0 {
            let stage = Arc::clone(&lane.stage);
            if stage.id == old.stage {
                count(&mut lane.totals, old, &stage, -1);
            } else if stage.id == new.stage {
                count(&mut lane.totals, new, &stage, 1);
            }
        }
    }

    /// The truth with what is on its way laid over it.
    pub fn with(&self, ops: &[Op]) -> Self {
        let mut seen = self.clone();
        for op in ops {
            seen.carry_out(op);
        }
        seen
    }

    fn carry_out(&mut self, op: &Op) {
        let moved: Vec<Arc<Card>> = op.ids.iter().filter_map(|id| self.card(*id).cloned()).collect();
        let Some(target) = self.index(&op.stage) else { return };
        for card in &moved {
            self.remove(card.id);
        }
        let Some(lane) = self.0.get(target) else { return };
        let at = match op.spot {
            Spot::Top => 0,
            Spot::Between(above, below) => {
                let below = below.and_then(|id| lane.position(id));
                below.or_else(|| above.and_then(|id| lane.position(id)).map(|i| i + 1)).unwrap_or(if op.spot == Spot::END {
                    lane.cards.len()
                } else {
                    0
                })
            }
        };
        let mut low = at.checked_sub(1).and_then(|i| lane.cards.get(i)).map(|c| c.rank.clone()).unwrap_or_default();
        let high = lane.cards.get(at).map(|c| c.rank.clone()).unwrap_or_default();
        let (open, stage) = (lane.is_open(), Arc::clone(&lane.stage));
        for (n, old) in moved.iter().enumerate() {
            let mut card = Card::clone(old);
            if card.stage != stage.id {
                card.stage.clone_from(&stage.id);
                card.stage_since = time::instant(op.at);
            }
            card.rank = rank_between(&low, &high);
            low.clone_from(&card.rank);
            self.shift(old, &card);
            if open && let Some(lane) = self.0.get_mut(target) {
                lane.cards.insert((at + n).min(lane.cards.len()), Arc::new(card));
            }
        }
    }
}

/// One deal more (`by` 1) or less (-1) in these totals.
fn count(totals: &mut Totals, card: &Card, stage: &Stage, by: i64) {
    let before = totals.count;
    totals.count += by;
    if let Some(amount) = card.amount {
        let times = |m: Money| Money::new(m.minor.saturating_mul(by), m.currency);
        add(&mut totals.sum, times(amount));
        add(&mut totals.weighted, times(weighted(amount, stage, card.probability)));
    }
    totals.since = match (totals.since.as_deref().and_then(time::parse_instant), time::parse_instant(&card.stage_since)) {
        _ if totals.count <= 0 => None,
        (Some(mean), Some(one)) => {
            let sum = i128::from(mean) * i128::from(before) + i128::from(one) * i128::from(by);
            i64::try_from(sum / i128::from(totals.count)).ok().map(time::instant)
        }
        (None, Some(one)) if before == 0 => Some(time::instant(one)),
        _ => None,
    };
}

/// Into the entry of its currency; two currencies are never added.
pub fn add(sums: &mut Vec<Money>, m: Money) {
    match sums.iter().position(|s| s.currency == m.currency) {
        Some(i) => {
            let sum = sums.get(i).and_then(|s| s.plus(m)).unwrap_or(m);
            if let Some(s) = sums.get_mut(i) {
                *s = sum;
            }
        }
        None => sums.push(m),
    }
}

/// The cards from one to another of the same column, both included: what Shift selects.
pub fn range(lanes: &Lanes, from: Id, to: Id) -> Vec<Id> {
    match (lanes.find(from), lanes.find(to)) {
        (Some((a, i)), Some((b, j))) if a == b => {
            let lane = lanes.0.get(a).map(|l| l.cards.as_slice()).unwrap_or_default();
            lane.get(i.min(j)..=i.max(j)).unwrap_or_default().iter().map(|c| c.id).collect()
        }
        _ => vec![to],
    }
}

/// Between which cards the place `index` lies, once the carried ones have left.
pub fn spot(lane: &Lane, carried: &[Id], index: usize) -> Spot {
    let rest = || lane.cards.iter().filter(|c| !carried.contains(&c.id));
    let left = rest().count();
    // What lies behind the last loaded card is not known: just above it.
    let index = if lane.complete() { index.min(left) } else { index.min(left.saturating_sub(1)) };
    let at = |i: Option<usize>| i.and_then(|i| rest().nth(i)).map(|c| c.id);
    Spot::Between(at(index.checked_sub(1)), at(Some(index)))
}

#[cfg(test)]
mod tests;
