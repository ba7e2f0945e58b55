//! What the report's page knows: the question, the last answer, what things are called.

use domain::time_report::{By, NONE, PRIVATE, TimeQuery, TimeReport, TimeRows};
use leptos::task::spawn_local;

use super::api;
use crate::prelude::*;

type Answer = (TimeReport, Option<TimeRows>);

#[derive(Clone, Copy)]
pub struct Desk {
    pub query: Memo<TimeQuery>,
    /// The figure whose rows are shown.
    pub of: Memo<Option<String>>,
    pub data: RwSignal<Option<Answer>>,
    pub error: RwSignal<Option<Error>>,
    pub busy: RwSignal<bool>,
    turn: StoredValue<u32>,
}

impl Desk {
    pub fn new(query: Memo<TimeQuery>, of: Memo<Option<String>>, answer: Result<Answer, Error>) -> Self {
        let (data, error) = match answer {
            Ok(data) => (Some(data), None),
            Err(error) => (None, Some(error)),
        };
        let (data, error) = (RwSignal::new(data), RwSignal::new(error));
        Self { query, of, data, error, busy: RwSignal::new(false), turn: StoredValue::new(0) }
    }

    /// Reads again when the address, or what the hours are made of, changes.
    pub fn follow(self) {
        Effect::new(move |before: Option<(TimeQuery, Option<String>)>| {
            let now = (self.query.get(), self.of.get());
            if before.is_some_and(|b| b != now) {
                self.load();
            }
            now
        });
        use_live().on_kinds(&[Kind::Event, Kind::Call, Kind::User, Kind::Team, Kind::Company], move || self.load());
    }

    pub fn load(self) {
        let Some(turn) = self.turn.try_update_value(|t| {
            *t += 1;
            *t
        }) else {
            return;
        };
        self.busy.set(true);
        let (query, of) = (self.query.get_untracked(), self.of.get_untracked());
        spawn_local(async move {
            let answer = api::report(query, of).await;
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
                // What was asked for before says nothing about what is asked for now.
                Err(Fault(error)) => {
                    self.data.set(None);
                    self.error.set(Some(error));
                }
            }
        });
    }

    /// What an id is called, by whichever half of the answer knows it.
    pub fn name(self, id: Id) -> Option<String> {
        self.data.with(|d| {
            let (report, rows) = d.as_ref()?;
            let label = report.labels.get(&id).or_else(|| rows.as_ref()?.labels.get(&id))?;
            Some(label.name.clone())
        })
    }

    /// What a group is called.
    pub fn group(self, by: By, key: &str) -> String {
        match (by, key) {
            (_, PRIVATE) => tk("hours.private"),
            (By::Company, NONE) => tk("hours.no_company"),
            (By::Kind, kind) => tk(&format!("choice.type.{kind}")),
            (_, id) => Id::parse(id).and_then(|id| self.name(id)).unwrap_or_else(|| tk("value.unknown")),
        }
    }
}

/// "12 h 30 min", "45 min".
pub fn length(minutes: i64) -> String {
    let (hours, rest) = (minutes / 60, minutes % 60);
    let hours = (hours > 0).then(|| t!("cal.hours", n = fmt().number(hours)));
    let rest = (rest > 0 || hours.is_none()).then(|| t!("cal.minutes", n = rest));
    [hours, rest].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// Hours as a number with two digits, for files.
pub fn decimal(minutes: i64) -> String {
    let hundredths = (minutes * 100 + 30) / 60;
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}
