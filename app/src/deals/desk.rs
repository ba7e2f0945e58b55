//! The board's state while it is open, shared by all its parts: what is loaded, what is on its way to the server, what is
//! focused, picked and carried. What changes other than by the server goes through the methods here.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use domain::activities::NextStep;
use domain::deals::{Board, BoardQuery, Card};
use domain::filter::Op as Compare;
use domain::live::Present;
use domain::pipelines::Pipeline;
use domain::record::Labels;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate, use_query_map};
use leptos_router::params::ParamsMap;

use super::api;
use super::keys::{By, Carry, Shape};
use super::live::Waiting;
use super::model::{Lane, Lanes, Op, Spot};
use super::moves::{Ask, Job};
use crate::i18n::Now;
use crate::prelude::*;
use crate::records::names::Names;

/// Cards a column begins with.
pub const CARDS: u32 = 30;

/// Which instant it is, and whether days are reckoned in the person's zone (once the page lives) or in UTC (before).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    pub now: i64,
    pub alive: bool,
}

impl Clock {
    /// The date of an instant, `2026-03-19`.
    pub fn day(&self, ms: i64) -> String {
        if self.alive { crate::i18n::day(ms) } else { domain::time::date(domain::time::utc_date(ms)) }
    }

    pub fn next_step(&self, card: &Card) -> NextStep {
        const DAY: i64 = 86_400_000;
        let at = card.next_step_at.as_deref().and_then(domain::time::parse_instant);
        // The end of today only has to tell today from later days.
        let today = at.is_some_and(|at| at >= self.now && at < self.now + DAY && self.day(at) == self.day(self.now));
        card.next(self.now, if today { self.now + DAY } else { self.now })
    }
}

/// The cards that a move is asked for in the "Move to…" sheet.
#[derive(Clone, Debug, PartialEq)]
pub struct Moving {
    pub ids: Vec<Id>,
}

#[derive(Clone, Copy)]
pub struct Desk {
    /// What the address asks for, and which columns it folds.
    pub query: Memo<BoardQuery>,
    pub folded: Memo<BTreeSet<String>>,
    /// The rest of the address, which stays when a part of it changes.
    pub address: Memo<ParamsMap>,
    /// Goes to an address; true: in place of this one.
    pub go: Callback<(String, bool)>,
    pub pipeline: RwSignal<Arc<Pipeline>>,
    pub pipelines: RwSignal<Vec<(Id, String)>>,
    /// What people see.
    pub seen: RwSignal<Arc<Lanes>>,
    pub labels: RwSignal<Arc<Labels>>,
    /// What the filter's chips and the dialogs' fields call things.
    pub names: Names,
    pub failure: RwSignal<Option<Error>>,
    pub loading: RwSignal<bool>,
    pub clock: Signal<Clock>,
    /// The card that has (or had last) the keyboard's focus.
    pub focus: RwSignal<Option<Id>>,
    pub picked: RwSignal<Arc<BTreeSet<Id>>>,
    anchor: StoredValue<Option<Id>>,
    pub carry: RwSignal<Option<Carry>>,
    /// On their way to their place: their copy flies, they wait unseen.
    pub flying: RwSignal<Arc<BTreeSet<Id>>>,
    /// Just arrived from elsewhere.
    pub fresh: RwSignal<Arc<BTreeSet<Id>>>,
    /// Others who type in a deal now: few, so no map.
    pub editors: RwSignal<Vec<(Id, Vec<Present>)>>,
    /// On a phone: the column one looks at.
    pub column: RwSignal<Option<String>>,
    pub moving: RwSignal<Option<Moving>>,
    pub ask: RwSignal<Option<Ask>>,
    /// Questions that came while another one is open.
    pub(super) asks: StoredValue<VecDeque<Ask>>,
    /// For screen readers.
    pub spoken: RwSignal<String>,
    pub toasts: Toasts,
    pub shell: crate::shell::Shell,
    pub(super) truth: StoredValue<Lanes>,
    pub(super) ops: StoredValue<Vec<Op>>,
    pub(super) jobs: StoredValue<VecDeque<Job>>,
    pub(super) sending: StoredValue<bool>,
    /// Counts moves that the server confirmed: totals read before the last of them are late.
    pub(super) commits: StoredValue<u32>,
    /// Counts questions: answers to an older one are not shown.
    pub(super) epoch: StoredValue<u32>,
    next_op: StoredValue<u32>,
    pub(super) waiting: Waiting,
}

impl Desk {
    pub fn new(start: Result<api::Opened, Error>) -> Self {
        let (location, params) = (use_location(), use_query_map());
        // On the way to another page the address is that page's already: the board stays what it was until it is gone.
        let address = Memo::new(move |before: Option<&ParamsMap>| {
            let ours =
                location.pathname.with(|p| p.trim_end_matches('/') == "/deals") && params.with(|p| p.get_str("layout") == Some("board"));
            match before {
                Some(before) if !ours => before.clone(),
                _ => params.get(),
            }
        });
        let query = Memo::new(move |_| address.with(question));
        let folded = Memo::new(move |_| {
            address.with(|a| a.get_str("fold").unwrap_or_default().split(',').filter(|s| !s.is_empty()).map(str::to_owned).collect())
        });
        let navigate = use_navigate();
        let go = Callback::new(move |(href, replace): (String, bool)| {
            navigate(&href, NavigateOptions { replace, scroll: false, ..NavigateOptions::default() });
        });
        let names = Names::new(Labels::new(), Vec::new());
        let (board, read_at, failure) = match start {
            Ok(opened) => {
                names.add(&opened.names);
                (Some(opened.board), opened.now, None)
            }
            Err(error) => (None, 0, Some(error)),
        };
        let now = use_context::<Now>().map(|n| n.0);
        let read_at = RwSignal::new(read_at);
        let clock = Signal::derive(move || match now.and_then(|n| n.get()) {
            Some(now) => Clock { now, alive: true },
            None => Clock { now: read_at.get(), alive: false },
        });
        let desk = Self {
            query,
            folded,
            address,
            go,
            pipeline: RwSignal::new(Arc::new(nothing())),
            pipelines: RwSignal::new(Vec::new()),
            seen: RwSignal::default(),
            labels: RwSignal::default(),
            names,
            failure: RwSignal::new(failure),
            loading: RwSignal::new(false),
            clock,
            focus: RwSignal::new(None),
            picked: RwSignal::default(),
            anchor: StoredValue::new(None),
            carry: RwSignal::new(None),
            flying: RwSignal::default(),
            fresh: RwSignal::default(),
            editors: RwSignal::default(),
            column: RwSignal::new(None),
            moving: RwSignal::new(None),
            ask: RwSignal::new(None),
            asks: StoredValue::default(),
            spoken: RwSignal::default(),
            toasts: use_toasts(),
            shell: use_shell(),
            truth: StoredValue::default(),
            ops: StoredValue::default(),
            jobs: StoredValue::default(),
            sending: StoredValue::new(false),
            commits: StoredValue::new(0),
            epoch: StoredValue::new(0),
            next_op: StoredValue::new(0),
            waiting: Waiting::new(),
        };
        if let Some(board) = board {
            desk.fill(board);
        }
        desk
    }

    /// Takes over a whole board.
    pub(super) fn fill(&self, board: Board) {
        self.pipelines.set(board.pipelines.clone());
        self.pipeline.set(Arc::new(board.pipeline.clone()));
        self.labels.set(Arc::new(board.labels.clone()));
        self.names.set_pipelines(vec![board.pipeline.clone()]);
        self.truth.set_value(Lanes::of(board));
        // Setting it draws the whole board anew, and a card that is carried by keyboard would lose the focus.
        if self.failure.with_untracked(Option::is_some) {
            self.failure.set(None);
        }
        self.shifting(&[], || {});
        let seen = self.seen.get_untracked();
        let kept: BTreeSet<Id> = self.picked.get_untracked().iter().copied().filter(|id| seen.find(*id).is_some()).collect();
        self.picked.set(Arc::new(kept));
    }

    /// Shows the truth with the moves under way.
    pub(super) fn redraw(&self) {
        let seen = self.truth.try_with_value(|truth| self.ops.try_with_value(|ops| truth.with(ops))).flatten();
        if let Some(seen) = seen {
            let _ = self.seen.try_set(Arc::new(seen));
        }
    }

    pub fn learn(&self, labels: Labels) {
        let new = self.labels.with_untracked(|known| labels.iter().any(|(id, l)| known.get(id) != Some(l)));
        if new {
            self.labels.update(|known| Arc::make_mut(known).extend(labels));
        }
    }

    pub fn name_of(&self, id: Option<Id>) -> Option<String> {
        id.and_then(|id| self.labels.with(|l| l.get(&id).map(|l| l.name.clone())))
    }

    pub fn card(&self, id: Id) -> Option<Arc<Card>> {
        self.seen.with_untracked(|s| s.card(id).cloned())
    }

    pub fn lane(&self, stage: &str) -> Option<Lane> {
        self.seen.try_with_untracked(|s| s.lane(stage).cloned()).flatten()
    }

    pub(super) fn next_op(&self) -> u32 {
        self.next_op.update_value(|n| *n += 1);
        self.next_op.get_value()
    }

    pub fn say(&self, text: impl Into<String>) {
        let _ = self.spoken.try_set(text.into());
    }

    // ── Picking ──────────────────────────────────────────────────────────────────────────────────────────────────

    pub fn toggle(&self, id: Id) {
        self.anchor.set_value(Some(id));
        self.picked.update(|p| {
            let p = Arc::make_mut(p);
            if !p.remove(&id) {
                p.insert(id);
            }
        });
        self.say_picked();
    }

    /// From the card picked last to this one.
    pub fn pick_to(&self, id: Id) {
        let from = self.anchor.get_value().or(self.focus.get_untracked()).unwrap_or(id);
        let ids = self.seen.with_untracked(|s| super::model::range(s, from, id));
        if self.anchor.get_value().is_none() {
            self.anchor.set_value(Some(from));
        }
        self.picked.update(|p| Arc::make_mut(p).extend(ids));
        self.say_picked();
    }

    pub fn pick_all(&self, ids: impl IntoIterator<Item = Id>) {
        self.picked.update(|p| Arc::make_mut(p).extend(ids));
        self.say_picked();
    }

    pub fn unpick(&self) {
        self.anchor.set_value(None);
        if !self.picked.with_untracked(|p| p.is_empty()) {
            self.picked.set(Arc::default());
            self.say(t("board.say.none_picked"));
        }
    }

    fn say_picked(&self) {
        let n = self.picked.with_untracked(|p| p.len());
        self.say(tn("board.picked", i64::try_from(n).unwrap_or(0)));
    }

    /// This card, or all that are picked when it is one of them, in the order of the board.
    pub fn hand(&self, id: Id) -> Vec<Id> {
        let picked = self.picked.get_untracked();
        if !picked.contains(&id) {
            return vec![id];
        }
        self.in_order(&picked)
    }

    pub fn in_order(&self, ids: &BTreeSet<Id>) -> Vec<Id> {
        self.seen.with_untracked(|s| s.0.iter().flat_map(|l| &l.cards).map(|c| c.id).filter(|id| ids.contains(id)).collect())
    }

    // ── Carrying ─────────────────────────────────────────────────────────────────────────────────────────────────

    /// Takes a card (or all that are picked) into the hand. False: it may not be moved.
    pub fn lift(&self, id: Id, by: By) -> bool {
        let ids: Vec<Id> = self.hand(id).into_iter().filter(|id| self.card(*id).is_some_and(|c| c.can_edit)).collect();
        let Some((lane, index)) = self.seen.with_untracked(|s| s.find(id)) else { return false };
        if !ids.contains(&id) {
            self.say(t("board.say.fixed"));
            return false;
        }
        let before =
            self.seen.with_untracked(|s| s.0.get(lane).map_or(0, |l| l.cards.iter().take(index).filter(|c| ids.contains(&c.id)).count()));
        let at = (lane, index.saturating_sub(before));
        self.carry.set(Some(Carry { by, held: id, ids, from: at, to: Some(at) }));
        true
    }

    /// The place where it would land now.
    pub fn aim(&self, to: Option<(usize, usize)>) {
        if self.carry.with_untracked(|c| c.as_ref().is_some_and(|c| c.to != to)) {
            self.carry.update(|c| {
                if let Some(c) = c {
                    c.to = to;
                }
            });
        }
    }

    pub fn put_back(&self) {
        self.carry.set(None);
    }

    /// Lets go. The stage and spot it landed at; none: it went back.
    pub fn drop_here(&self) -> Option<(Vec<Id>, String, Spot)> {
        let carry = self.carry.get_untracked()?;
        self.carry.set(None);
        let (lane, place) = carry.to?;
        if carry.is_back() && carry.ids.len() == 1 {
            return None;
        }
        let seen = self.seen.get_untracked();
        let lane = seen.0.get(lane)?;
        let spot = if lane.is_open() && !self.folded.with_untracked(|f| f.contains(&lane.stage.id)) {
            super::model::spot(lane, &carry.ids, place)
        } else {
            Spot::Top
        };
        Some((carry.ids, lane.stage.id.clone(), spot))
    }

    pub fn shapes(&self) -> Vec<Shape> {
        let carried = self.carry.with_untracked(|c| c.as_ref().map(|c| c.ids.clone()).unwrap_or_default());
        let folded = self.folded.get_untracked();
        self.seen.with_untracked(|s| {
            s.0.iter()
                .map(|lane| {
                    let open = lane.is_open() && !folded.contains(&lane.stage.id);
                    let cards = lane.cards.iter().filter(|c| !carried.contains(&c.id)).count();
                    Shape { walked: open, ordered: open, cards, complete: lane.complete() }
                })
                .collect()
        })
    }
}

/// What the address asks for.
pub fn question(address: &ParamsMap) -> BoardQuery {
    let text = |name: &str| address.get_str(name).unwrap_or_default().to_owned();
    let (named, filter) = apart(&text("filter"));
    BoardQuery { pipeline: address.get_str("pipeline").and_then(Id::parse).or(named), filter, q: text("q"), cards: CARDS }
}

/// A filter made for the list may name the pipeline: on the board that is which board it is, and no filter.
pub(super) fn apart(text: &str) -> (Option<Id>, String) {
    let is_pipeline = |f: &Filter| match f {
        Filter::Is(c) if c.field == "pipeline" && c.op == Compare::Eq => {
            c.values.first().filter(|_| c.values.len() == 1).and_then(|v| Id::parse(v))
        }
        _ => None,
    };
    let Ok(filter) = Filter::parse(Kind::Deal, text) else { return (None, text.to_owned()) };
    if let Some(id) = is_pipeline(&filter) {
        return (Some(id), String::new());
    }
    let Filter::All(mut parts) = filter else { return (None, text.to_owned()) };
    match parts.iter().position(|p| is_pipeline(p).is_some()) {
        Some(at) => {
            let id = is_pipeline(&parts.remove(at));
            let rest = if parts.len() == 1 { parts.pop().unwrap_or_default() } else { Filter::All(parts) };
            (id, rest.to_string())
        }
        None => (None, text.to_owned()),
    }
}

fn nothing() -> Pipeline {
    Pipeline { id: Id(Default::default()), name: String::new(), currency: String::new(), stages: Vec::new() }
}

/// Who of the others types in this deal.
pub(super) fn editors_of(editors: &[(Id, Vec<Present>)], deal: Id) -> &[Present] {
    editors.iter().find(|(id, _)| *id == deal).map_or(&[], |(_, people)| people)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lists_filter_may_name_the_pipeline() {
        let id = "01a2020b-c38e-750a-92bf-e2524f46ee49";
        let read = |text: &str| apart(text);
        assert_eq!(read(&format!("pipeline = {id}")), (Id::parse(id), String::new()));
        assert_eq!(read(&format!("amount > 5 and pipeline = {id}")), (Id::parse(id), "amount > 5".to_owned()));
        assert_eq!(read("amount > 5"), (None, "amount > 5".to_owned()));
        assert_eq!(read(""), (None, String::new()));
        assert_eq!(read("no filter ("), (None, "no filter (".to_owned()));
        let either = format!("pipeline = {id} or amount > 5");
        assert_eq!(read(&either), (None, either.clone()));
    }
}
