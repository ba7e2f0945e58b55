//! What the room knows: the question (from the address), the last answer, and whether a newer one is on its way.

use std::time::Duration;

use domain::dashboard::{Dashboard, DashboardQuery};
use domain::money::Currency;
use leptos::task::spawn_local;

use super::api;
use crate::prelude::*;

#[derive(Clone, Copy)]
pub struct Desk {
    pub query: Memo<DashboardQuery>,
    pub data: RwSignal<Option<Dashboard>>,
    pub error: RwSignal<Option<Error>>,
    pub busy: RwSignal<bool>,
    /// All currencies in the answer: the workspace's own first.
    pub currencies: Memo<Vec<Currency>>,
    /// The one that charts draw.
    pub currency: Memo<Currency>,
    turn: StoredValue<u32>,
    waiting: StoredValue<bool>,
}

/// A burst of changes is one reading.
const CALM: Duration = Duration::from_millis(300);

impl Desk {
    pub fn new(query: Memo<DashboardQuery>, wanted: Memo<String>, answer: Result<Dashboard, Error>) -> Self {
        let (data, error) = match answer {
            Ok(data) => (Some(data), None),
            Err(error) => (None, Some(error)),
        };
        let data = RwSignal::new(data);
        let own = Currency::parse(&use_me().currency).unwrap_or(Currency::USD);
        let currencies = Memo::new(move |_| data.with(|d| d.as_ref().map(|d| currencies(d, own)).unwrap_or_default()));
        let currency = Memo::new(move |_| {
            let wanted = wanted.with(|w| Currency::parse(w));
            currencies.with(|all| wanted.filter(|c| all.contains(c)).or_else(|| all.first().copied()).unwrap_or(own))
        });
        Self {
            query,
            data,
            error: RwSignal::new(error),
            busy: RwSignal::new(false),
            currencies,
            currency,
            turn: StoredValue::new(0),
            waiting: StoredValue::new(false),
        }
    }

    /// A part of the answer that changes only when its own figures do.
    pub fn part<T: PartialEq + Send + Sync + 'static>(&self, of: impl Fn(&Dashboard) -> T + Send + Sync + 'static) -> Memo<Option<T>> {
        let data = self.data;
        Memo::new(move |_| data.with(|d| d.as_ref().map(&of)))
    }

    /// Reads again when the address or the deals change.
    pub fn follow(self) {
        Effect::new(move |before: Option<DashboardQuery>| {
            let now = self.query.get();
            if before.is_some_and(|b| b != now) {
                self.load();
            }
            now
        });
        let kinds: &'static [Kind] = &[Kind::Deal, Kind::Task, Kind::Pipeline, Kind::User, Kind::Team, Kind::Product];
        use_live().on_kinds(kinds, move || {
            if self.waiting.try_get_value() != Some(false) {
                return;
            }
            self.waiting.set_value(true);
            set_timeout(
                move || {
                    if self.waiting.try_update_value(|w| *w = false).is_some() {
                        self.load();
                    }
                },
                CALM,
            );
        });
    }

    pub fn load(self) {
        let Some(turn) = self.turn.try_update_value(|t| {
            *t += 1;
            *t
        }) else {
            return;
        };
        self.busy.set(true);
        let query = self.query.get_untracked();
        spawn_local(async move {
            let answer = api::load(query).await;
            // Only the answer to the newest question counts, and only while the room is there.
            if self.turn.try_get_value() != Some(turn) {
                return;
            }
            self.busy.set(false);
            match answer {
                Ok(data) => {
                    self.error.set(None);
                    self.data.set(Some(data));
                }
                Err(Fault(Error::Unauthenticated)) => crate::shell::signed_out(crate::shell::Ask::Nothing),
                Err(Fault(error)) => self.error.set(Some(error)),
            }
        });
    }
}

/// The sum in this currency; nothing of it is nought.
pub fn of(sum: &[Money], currency: Currency) -> Money {
    sum.iter().find(|m| m.currency == currency).copied().unwrap_or(Money::new(0, currency))
}

fn currencies(d: &Dashboard, own: Currency) -> Vec<Currency> {
    let months = d.months.iter().flat_map(|m| m.won.sum.iter().chain(&m.lost.sum));
    let all = d.won.sum.iter().chain(&d.lost.sum).chain(&d.open.sum).chain(months).map(|m| m.currency);
    let mut out: Vec<Currency> = all.collect();
    out.sort_unstable();
    out.dedup();
    if let Some(at) = out.iter().position(|c| *c == own) {
        out.remove(at);
        out.insert(0, own);
    }
    out
}
