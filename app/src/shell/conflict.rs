//! Two people changed the same fields. The second one sees what is stored now, their own value and what they started
//! from, and chooses for each field. Rooms say the values as people read them and hear back which of theirs to keep.

use domain::live::LiveEvent;
use serde_json::Value;

use super::use_shell;
use crate::i18n::fill;
use crate::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConflictRow {
    pub field: String,
    pub label: String,
    pub current: String,
    pub yours: String,
    pub original: String,
}

impl ConflictRow {
    /// Of this field; `say` puts a value as people read it.
    pub fn of(kind: Kind, field: &str, [current, yours, original]: [&Value; 3], say: &dyn Fn(&Value) -> String) -> Self {
        Self { field: field.to_owned(), label: field_label(kind, field), current: say(current), yours: say(yours), original: say(original) }
    }
}

/// How it came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occasion {
    /// Both edited at the same time.
    Edit,
    /// An older change shall be taken back, and later ones stand on it: "yours" is what was before that change, "original"
    /// what it had set.
    Undo,
}

impl Occasion {
    fn key(self, word: &str) -> String {
        match self {
            Self::Edit => format!("conflict.{word}"),
            Self::Undo => format!("conflict.undo_{word}"),
        }
    }
}

/// The record, and the current values as they are by now, row by row.
#[derive(Clone, Copy)]
pub struct Newest {
    pub record: Id,
    pub current: Signal<Vec<String>>,
}

#[derive(Clone)]
pub struct Conflict {
    /// Who wrote the current values, and when (RFC 3339).
    pub by: Option<String>,
    pub at: Option<String>,
    pub rows: Vec<ConflictRow>,
    pub occasion: Occasion,
    /// What is stored may change once more while somebody chooses.
    pub newest: Newest,
    /// Hears the fields whose own value shall be written; none: everything stays as it is now.
    pub on_choose: Callback<Vec<String>>,
    /// It was closed and nothing chosen: what was typed is still theirs to go on with.
    pub on_leave: Callback<()>,
}

fn leave(asked: RwSignal<Option<Conflict>>) {
    if let Some(conflict) = asked.get_untracked() {
        asked.set(None);
        // Its page may have been left.
        let _ = conflict.on_leave.try_run(());
    }
}

#[component]
pub fn ConflictDialog() -> impl IntoView {
    let asked = use_shell().conflict;
    let open = RwSignal::new(false);
    Effect::new(move |_| open.set(asked.with(Option::is_some)));
    let title = Signal::derive(move || tk(&asked.with(|a| a.as_ref().map_or(Occasion::Edit, |a| a.occasion)).key("title")));
    view! {
        <Dialog open=open look="wide" title=title on_close=move |()| leave(asked)>
            {move || asked.get().map(|conflict| view! { <Choices conflict=conflict/> })}
        </Dialog>
    }
    .into_any()
}

#[component]
fn Choices(conflict: Conflict) -> impl IntoView {
    let asked = use_shell().conflict;
    let mine = RwSignal::new(Vec::<String>::new());
    // Nothing is chosen beforehand: a hasty Enter loses nobody's words.
    let chosen = RwSignal::new(Vec::<String>::new());
    let rows_to_choose = conflict.rows.len();
    let set = move |field: String, own: bool| {
        chosen.update(|c| {
            if !c.contains(&field) {
                c.push(field.clone());
            }
        });
        mine.update(|m| {
            m.retain(|f| *f != field);
            if own {
                m.push(field);
            }
        });
    };
    let word = |word: &str| tk(&conflict.occasion.key(word));
    let lead = match &conflict.by {
        Some(name) => fill(&word("lead_named"), &[("name", name)]),
        None => word("lead"),
    };
    let (yours, original) = (word("yours"), word("original"));
    let at = conflict.at.clone();
    let newest = conflict.newest;
    let first = StoredValue::new(conflict.rows.iter().map(|r| r.current.clone()).collect::<Vec<_>>());
    let now = move |n: usize| {
        let known = newest.current.try_with(|all| all.get(n).cloned()).flatten();
        known.or_else(|| first.with_value(|all| all.get(n).cloned())).unwrap_or_default()
    };
    // Who did it is told by the event that brings it; the first writer stands in the lead already.
    let latest = RwSignal::new(String::new());
    use_live().on(move |event| {
        if let LiveEvent::Change(change) = event
            && change.record == newest.record
        {
            let _ = latest.try_set(change.actor_name.clone());
        }
    });
    let moved = Memo::new(move |_| newest.current.try_with(|all| first.with_value(|f| f != all)) == Some(true));
    let again = move || {
        moved.get().then(|| {
            let name = latest.get();
            let text = if name.is_empty() { tk("conflict.again") } else { t!("conflict.again_named", name = name) };
            view! { <Banner tone="warn">{text}</Banner> }
        })
    };
    let rows = conflict
        .rows
        .iter()
        .enumerate()
        .map(|(n, row)| {
            let group = uid();
            let shown = |text: String| if text.is_empty() { tk("field.none") } else { text };
            let pick = |text: Signal<String>, own: bool| {
                let field = row.field.clone();
                view! {
                    <label class="pick">
                        <input type="radio" name=group.clone() on:change=move |_| set(field.clone(), own)/>
                        <span>{text}</span>
                    </label>
                }
            };
            let current = Signal::derive(move || shown(now(n)));
            let mine = Signal::stored(shown(row.yours.clone()));
            view! {
                <tr>
                    <th scope="row">{row.label.clone()}</th>
                    <td data-label=t("conflict.current")>{pick(current, false)}</td>
                    <td data-label=yours.clone()>{pick(mine, true)}</td>
                    <td class="was" data-label=original.clone()>
                        {if row.original.is_empty() { t("field.none").to_owned() } else { row.original.clone() }}
                    </td>
                </tr>
            }
        })
        .collect_view();
    let choose = conflict.on_choose;
    view! {
        <div class="body">
            <p>{lead}</p>
            <div aria-live="polite">{again}</div>
            <table class="conflict">
                <thead>
                    <tr>
                        <th scope="col">{t("conflict.field")}</th>
                        <th scope="col">{t("conflict.current")}" "{at.map(|at| view! { <small><When at=at/></small> })}</th>
                        <th scope="col">{yours.clone()}</th>
                        <th scope="col">{original.clone()}</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
        <footer>
            <span class="grow"></span>
            <button type="button" class="btn large" on:click=move |_| leave(asked)>{t("action.cancel")}</button>
            <button
                type="button"
                class="btn primary large"
                disabled=move || chosen.with(|c| c.len() < rows_to_choose)
                on:click=move |_| {
                    let chosen = mine.get_untracked();
                    asked.set(None);
                    // Its page may have been left.
                    let _ = choose.try_run(chosen);
                }
            >
                {t("conflict.keep")}
            </button>
        </footer>
    }
    .into_any()
}
