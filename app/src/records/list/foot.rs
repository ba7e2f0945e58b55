//! What the rows come to, below them: how many there are, and the sums of the columns that are worth adding up. Over all
//! that the list finds, not only over what is loaded; asked with the rows' own question, and as live as they are.

use leptos::task::spawn_local;

use super::super::{api, look};
use super::ListCx;
use super::rows::Total;
use crate::prelude::*;

/// Kinds whose changes change the sums of this one. None: there is nothing to add up.
fn told_by(kind: Kind) -> Option<&'static [Kind]> {
    match kind {
        // What a stage is worth weighs its deals.
        Kind::Deal => Some(&[Kind::Deal, Kind::Pipeline]),
        Kind::Company => Some(&[Kind::Company]),
        Kind::Call => Some(&[Kind::Call]),
        _ => None,
    }
}

/// Is there something to add up?
pub fn adds_up(kind: Kind) -> bool {
    told_by(kind).is_some()
}

/// Reads the sums again when the list asks something else, and when records change. `stale`: what is there is old.
pub fn follow(cx: ListCx, stale: bool) {
    let Some(kinds) = told_by(cx.kind) else {
        return;
    };
    let turn = StoredValue::new(0_u32);
    let read = move || read(cx, turn);
    Effect::new(move |before: Option<(String, String)>| {
        let now = cx.look.with(|l| (l.filter.clone(), l.q.clone()));
        if before.as_ref().is_some_and(|b| *b != now) {
            // Sums of other rows are worse than none.
            cx.sums.set(None);
            read();
        } else if before.is_none() && stale {
            read();
        }
        now
    });
    use_live().on_kinds(kinds, read);
}

fn read(cx: ListCx, turn: StoredValue<u32>) {
    let Some(mine) = turn.try_update_value(|t| {
        *t += 1;
        *t
    }) else {
        return;
    };
    let query = cx.look.with_untracked(look::question);
    spawn_local(async move {
        let answer = api::read_sums(cx.kind, query).await;
        // An older question's answer, or a list that is gone: nobody waits for it.
        if turn.try_get_value() != Some(mine) {
            return;
        }
        match answer {
            Ok(sums) => cx.sums.set(Some(sums)),
            // What stands there answers the same question: it stays until the server can be reached.
            Err(Fault(error)) if error.passes() => {
                let again = move || {
                    if turn.try_get_value() == Some(mine) {
                        read(cx, turn);
                    }
                };
                set_timeout(again, std::time::Duration::from_secs(2));
            }
            Err(_) => cx.sums.set(None),
        }
    });
}

pub fn foot(cx: ListCx) -> AnyView {
    let shown = move |name: &str| cx.columns.with(|columns| columns.iter().any(|c| c.def.name == name));
    let sums = move || {
        let sums = cx.sums.get().filter(|s| s.count > 0)?;
        let money = cx.kind.summed_money().filter(|def| shown(def.name) && !sums.money.is_empty()).map(|def| {
            let weighted = (!sums.weighted.is_empty() && sums.weighted != sums.money).then(|| {
                view! { <span class="faint">{t!("board.weighted", sum = all(&sums.weighted))}</span> }
            });
            view! { {sum(field_label(cx.kind, def.name), def.name, all(&sums.money))}{weighted} }
        });
        let number = cx.kind.summed_number().filter(|def| shown(def.name));
        let number = number.map(|def| sum(field_label(cx.kind, def.name), def.name, fmt().number(sums.number)));
        Some(view! { {money}{number} })
    };
    view! {
        <div class="listfoot" role="group" aria-label=t("list.sums")>
            <span class="count" role="status" aria-live="polite">{move || (!cx.rows.busy.get()).then(|| count(cx))}</span>
            {sums}
        </div>
    }
    .into_any()
}

fn sum(label: String, field: &'static str, text: String) -> AnyView {
    view! { <span data-sum=field>{label}" "<b>{text}</b></span> }.into_any()
}

/// One currency beside the other.
fn all(sums: &[Money]) -> String {
    sums.iter().map(|m| fmt().money(*m)).collect::<Vec<_>>().join(" · ")
}

/// "148", or "50+" until everything was counted.
fn count(cx: ListCx) -> String {
    let total = cx.rows.total.get();
    let n = i64::from(total.known());
    match total {
        Total::Exactly(_) => tn("list.count", n),
        Total::Some(_) => t!("list.count_more", n = fmt().number(n)),
    }
}

/// What a page begins with, where there is something to add up.
#[cfg(feature = "ssr")]
pub fn first(ctx: &service::Ctx, kind: Kind, query: &domain::list::ListQuery) -> Option<domain::list::Sums> {
    adds_up(kind).then(|| service::records::sums(ctx, kind, query).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_added_up_is_listened_for() {
        for kind in Kind::ALL {
            assert_eq!(adds_up(kind), kind.summed_money().is_some() || kind.summed_number().is_some(), "{kind:?}");
        }
    }
}
