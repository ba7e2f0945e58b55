//! What the calendar's screens know: where one is (from the address), the last page from the server, what is under way on
//! top of it, what is in the hand, and which panel is open.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;
use domain::calendar::view::{CalendarPage, CalendarQuery, DayLine, Shown};
use domain::calendar::{Conflict, ItemKind, Span, When};
use domain::record::Labels;
use domain::rights::Who;
use domain::time;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_query_map};

use super::api::{self, Opened};
use super::clash::{self, Key};
use super::clock::{Clock, End};
use super::manner::{self, Manner};
use super::place::{Place, View};
use crate::prelude::*;

/// A change that shows already and is not answered yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Op {
    pub no: u32,
    pub key: Key,
    /// As it will be; None: it goes.
    pub to: Option<Arc<Shown>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    Keys,
    Pointer,
}

/// What the hand does with what it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grip {
    Move,
    Pull(End),
    /// Draws a new one.
    Draw,
}

/// An item in the hand, or one that is being drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Carry {
    pub by: By,
    pub grip: Grip,
    /// None: it is new.
    pub item: Option<Arc<Shown>>,
    pub from: When,
    pub to: When,
    /// In the team's day: whose line it was taken from or is drawn in.
    pub line: Option<Id>,
    /// Whose line it is over.
    pub onto: Option<Id>,
    /// The item with the people that it would have there.
    pub then: Option<Arc<Shown>>,
    /// Why it cannot go there.
    pub no: Option<String>,
}

/// What lies over the grid.
#[derive(Clone, Debug, PartialEq)]
pub enum Panel {
    New(Start),
    /// Looked at.
    Item(Key),
    /// To be changed; `to`: it was let go here, where something stands against it.
    Edit {
        key: Key,
        to: Option<Arc<Shown>>,
        scope: Option<super::moves::Scope>,
    },
    /// Times that suit all are looked for.
    Find,
}

/// What a new item begins with.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Start {
    pub when: Option<When>,
    pub kind: ItemKind,
    pub fields: Fields,
    /// The whole form, not the short one.
    pub full: bool,
}

/// How what is in the hand is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    Free,
    Clashes,
    /// A rule or a right keeps it out of there.
    Refused,
}

/// The item of the open form as the grid shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawn {
    /// None: it is new.
    pub key: Option<Key>,
    pub when: When,
    pub title: String,
    pub kind: ItemKind,
    /// Minutes that others want too, and in which items.
    pub clashes: Vec<Span>,
    pub against: Vec<Id>,
    /// Times that are offered instead.
    pub free: Vec<Span>,
}

/// The slot that the keyboard stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    pub day: NaiveDate,
    pub minute: i32,
    pub length: i32,
}

#[derive(Clone, Copy)]
pub struct Desk {
    pub place: Memo<Place>,
    pub query: Memo<CalendarQuery>,
    pub manner: Manner,
    pub page: RwSignal<Arc<CalendarPage>>,
    pub items: RwSignal<Arc<Vec<Arc<Shown>>>>,
    pub labels: RwSignal<Arc<Labels>>,
    pub clock: Memo<Arc<Clock>>,
    pub columns: Memo<Vec<NaiveDate>>,
    /// Whose calendars are shown, by name, where they are several.
    pub several: Memo<Vec<(Id, String)>>,
    /// Minutes that two items on the screen want of the same person.
    pub stripes: Memo<Arc<BTreeMap<String, Vec<Span>>>>,
    pub now: Signal<i64>,
    pub today: Memo<NaiveDate>,
    pub carry: RwSignal<Option<Carry>>,
    /// What stands against what is carried.
    pub warned: RwSignal<Vec<Conflict>>,
    pub panel: RwSignal<Option<Panel>>,
    pub drawn: RwSignal<Option<Drawn>>,
    /// The time that the grid gives to the item of the open form.
    pub wanted: RwSignal<Option<When>>,
    pub ask: RwSignal<Option<super::moves::Ask>>,
    pub focus: RwSignal<Option<Key>>,
    pub cursor: RwSignal<Option<Cursor>>,
    pub spoken: RwSignal<String>,
    pub loading: RwSignal<bool>,
    pub failure: RwSignal<Option<Error>>,
    /// How many conflicts wait for somebody; None: not known yet.
    pub open_conflicts: RwSignal<Option<usize>>,
    pub toasts: Toasts,
    pub me: Id,
    /// What one may.
    pub who: StoredValue<Who>,
    /// One's own, if there is one.
    team: Option<Id>,
    /// The browser's knowledge of zones can be asked.
    pub alive: RwSignal<bool>,
    go: Callback<(String, bool)>,
    pub(super) ops: StoredValue<Vec<Op>>,
    next_op: StoredValue<u32>,
    pub(super) turn: StoredValue<u32>,
    pub(super) check_turn: StoredValue<u32>,
    pub(super) waiting: StoredValue<bool>,
}

/// The page that an address asks for.
pub async fn first(place: Place, manner: Manner) -> Result<Opened, Fault> {
    let today = match place.date {
        Some(day) => day,
        None => today_in(&place.zone).await?,
    };
    api::open_page(place.query(today, manner)).await
}

/// Which day it is there. The server knows zones; a browser knows the person's own, and learns the rest from the answer.
#[cfg(feature = "ssr")]
async fn today_in(zone: &str) -> Result<NaiveDate, Fault> {
    let now = crate::api::ctx()?.app.clock().now();
    let day = time::utc_date(now);
    let query = CalendarQuery { from: time::shift(day, -1), to: time::shift(day, 2), zone: zone.to_owned(), ..Default::default() };
    let opened = api::open_page(query).await?;
    Ok(Clock::of(&opened.page).wall(opened.now).0)
}

#[cfg(not(feature = "ssr"))]
async fn today_in(_zone: &str) -> Result<NaiveDate, Fault> {
    let now = crate::i18n::now();
    Ok(time::parse_date(&crate::i18n::day(now)).unwrap_or(time::utc_date(now)))
}

impl Desk {
    /// Of what is carried, where it is now.
    pub fn tone(&self) -> Tone {
        if self.carry.with(|c| c.as_ref().is_some_and(|c| c.no.is_some())) || self.warned.with(|w| w.iter().any(|c| c.strict)) {
            Tone::Refused
        } else if self.warned.with(Vec::is_empty) {
            Tone::Free
        } else {
            Tone::Clashes
        }
    }

    pub fn new(place: Memo<Place>, start: Result<Opened, Error>) -> Self {
        let manner = manner::here(fmt());
        let (page, read_at, failure) = match start {
            Ok(opened) => (opened.page, opened.now, None),
            Err(error) => (nothing(), 0, Some(error)),
        };
        let items = RwSignal::new(Arc::new(page.items.iter().cloned().map(Arc::new).collect::<Vec<_>>()));
        let labels = RwSignal::new(Arc::new(page.labels.clone()));
        let page = RwSignal::new(Arc::new(page));
        let clock = Memo::new(move |_| page.with(|p| Arc::new(Clock::of(p))));
        let ticking = use_context::<crate::i18n::Now>().map(|n| n.0);
        let now = Signal::derive(move || ticking.and_then(|n| n.get()).unwrap_or(read_at));
        let today = Memo::new(move |_| clock.with(|c| c.wall(now.get()).0));
        let query = Memo::new(move |_| place.with(|p| p.query(today.get(), manner)));
        let columns = Memo::new(move |_| place.with(|p| p.columns(today.get(), manner)));
        let stripes = Memo::new(move |_| {
            items.with(|all| {
                let all: Vec<&Shown> = all.iter().map(AsRef::as_ref).collect();
                Arc::new(clash::shared(&all))
            })
        });
        let several = Memo::new(move |_| {
            let all = page.with(|p| p.subjects.iter().map(|s| (s.who.id, s.who.name.clone())).collect::<Vec<_>>());
            if all.len() > 1 { all } else { Vec::new() }
        });
        let navigate = use_navigate();
        let go = Callback::new(move |(href, replace): (String, bool)| {
            navigate(&href, NavigateOptions { replace, scroll: false, ..NavigateOptions::default() });
        });
        Self {
            place,
            query,
            manner,
            page,
            items,
            labels,
            clock,
            columns,
            several,
            stripes,
            now,
            today,
            carry: RwSignal::new(None),
            warned: RwSignal::default(),
            panel: RwSignal::new(None),
            drawn: RwSignal::new(None),
            wanted: RwSignal::new(None),
            ask: RwSignal::new(None),
            focus: RwSignal::new(None),
            cursor: RwSignal::new(None),
            spoken: RwSignal::default(),
            loading: RwSignal::new(false),
            failure: RwSignal::new(failure),
            open_conflicts: RwSignal::new(None),
            toasts: use_toasts(),
            me: use_me().id,
            who: StoredValue::new(use_me().who()),
            team: use_me().team,
            alive: use_shell().alive,
            go,
            ops: StoredValue::default(),
            next_op: StoredValue::new(0),
            turn: StoredValue::new(0),
            check_turn: StoredValue::new(0),
            waiting: StoredValue::new(false),
        }
    }

    pub fn go(&self, place: &Place) {
        self.go.run((place.href(), false));
    }

    /// Without a step "back" to where one was.
    pub fn go_quietly(&self, place: &Place) {
        self.go.run((place.href(), true));
    }

    pub fn step(&self, forward: bool) {
        let to = self.place.with_untracked(|p| p.step(self.today.get_untracked(), forward));
        self.go(&to);
    }

    pub fn see_today(&self) {
        let to = Place { date: None, ..self.place.get_untracked() };
        self.go(&to);
    }

    pub fn see(&self, view: View) {
        let mut to = self.place.with_untracked(|p| p.seen(view));
        // Nobody was named: one's own team is what a view of a team is for.
        if view == View::Team && to.users.is_empty() && to.teams.is_empty() && to.resources.is_empty() {
            to.teams.extend(self.team);
        }
        self.go(&to);
    }

    pub fn see_day(&self, view: View, day: NaiveDate) {
        let to = self.place.with_untracked(|p| p.seen(view).on(day));
        self.go(&to);
    }

    /// Takes over a page.
    pub(super) fn fill(&self, page: CalendarPage) {
        self.failure.set(None);
        let new = self.labels.with_untracked(|known| page.labels.iter().any(|(id, l)| known.get(id) != Some(l)));
        if new {
            self.labels.update(|known| Arc::make_mut(known).extend(page.labels.clone()));
        }
        self.page.set(Arc::new(page));
        self.redraw();
    }

    pub fn learn(&self, labels: &Labels) {
        self.labels.update(|known| Arc::make_mut(known).extend(labels.clone()));
    }

    /// Shows the page with what is under way.
    pub(super) fn redraw(&self) {
        let Some(ops) = self.ops.try_get_value() else { return };
        let before = self.items.get_untracked();
        let items = self.page.with_untracked(|page| with_ops(&page.items, &ops, &before));
        if *before != items {
            super::hand::keeping_focus(*self, || {
                let _ = self.items.try_set(Arc::new(items));
            });
        }
    }

    pub(super) fn push_op(&self, key: Key, to: Option<Arc<Shown>>) -> u32 {
        self.next_op.update_value(|n| *n += 1);
        let no = self.next_op.get_value();
        self.ops.update_value(|ops| ops.push(Op { no, key, to }));
        self.redraw();
        no
    }

    pub(super) fn drop_op(&self, no: u32) {
        self.ops.try_update_value(|ops| ops.retain(|o| o.no != no));
    }

    pub fn item(&self, key: &Key) -> Option<Arc<Shown>> {
        self.items.with_untracked(|all| all.iter().find(|i| clash::key(i) == *key).cloned())
    }

    /// The second zone beside the hours, once the browser can say what its clocks show.
    pub fn second(&self) -> Option<String> {
        Some(self.place.with(|p| p.second.clone())).filter(|s| !s.is_empty() && self.alive.get())
    }

    pub fn say(&self, text: impl Into<String>) {
        let _ = self.spoken.try_set(text.into());
    }

    pub fn line(&self, day: NaiveDate) -> Option<DayLine> {
        self.page.with(|p| p.days.iter().find(|d| d.date == day).cloned())
    }

    pub fn new_at(&self, when: Option<When>) {
        self.open_new(Start { when, ..Start::default() });
    }

    pub fn open_new(&self, start: Start) {
        if self.page.with_untracked(|p| p.can_create) {
            self.panel.set(Some(Panel::New(start)));
        } else {
            self.toasts.say(t("cal.read_only"));
        }
    }

    /// What stands against an item that lies there, of what is on the screen.
    pub fn seen_against(&self, item: Option<&Shown>, at: Span) -> bool {
        let people = item.map_or_else(|| vec![self.me], clash::whose);
        let key = item.map(clash::key);
        if item.is_some_and(|i| !clash::takes_time(i) || i.start.is_day()) {
            return false;
        }
        self.items.with_untracked(|all| {
            let plain = all.iter().map(AsRef::as_ref).filter(|i: &&Shown| !i.start.is_day());
            !clash::against(plain, at, &people, key.as_ref()).is_empty()
        })
    }
}

/// The items of a page as they will be; those that did not change keep their identity.
fn with_ops(items: &[Shown], ops: &[Op], before: &[Arc<Shown>]) -> Vec<Arc<Shown>> {
    let mut out = Vec::with_capacity(items.len());
    for item in items {
        let key = clash::key(item);
        let op = ops.iter().rev().find(|o| o.key == key);
        let seen = match op {
            Some(Op { to: None, .. }) => continue,
            Some(Op { to: Some(then), .. }) => Shown::clone(then),
            None => item.clone(),
        };
        out.push(before.iter().find(|b| ***b == seen).cloned().unwrap_or_else(|| Arc::new(seen)));
    }
    out.sort_by_key(|i| (i.span.start, -i.span.end));
    out
}

/// When it is, as it was stored.
pub fn when_of(item: &Shown) -> When {
    use domain::calendar::Moment;
    match (item.start, item.end) {
        (Moment::Day(a), Moment::Day(b)) => When::Days(a, b.max(time::shift(a, 1))),
        _ => When::At(item.span),
    }
}

fn nothing() -> CalendarPage {
    CalendarPage {
        from: NaiveDate::default(),
        to: NaiveDate::default(),
        zone: String::new(),
        days: Vec::new(),
        turns: Vec::new(),
        subjects: Vec::new(),
        items: Vec::new(),
        more: false,
        labels: Labels::new(),
        can_create: false,
    }
}

/// The address, as long as it is one of the calendar's: on the way out it says nothing any more.
pub fn place_here() -> Memo<Place> {
    let map = use_query_map();
    Memo::new(move |_| map.with(Place::read))
}
