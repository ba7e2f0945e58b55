//! Of a series: this one, this one and those that follow, or all of them.

use super::super::desk::Desk;
use super::super::moves::{Ask, Scope, What};
use super::super::words;
use crate::prelude::*;

pub fn question(desk: Desk) -> AnyView {
    let Some(ask) = desk.ask.get_untracked() else { return ().into_any() };
    let open = RwSignal::new(true);
    let answered = StoredValue::new(None::<Scope>);
    let kept = StoredValue::new(ask.clone());
    let closed = Callback::new(move |()| desk.answered(&kept.get_value(), answered.get_value()));
    let title = match ask.what {
        What::Move(_) => "cal.series.move",
        What::Edit => "cal.series.edit",
        What::Delete => "cal.series.delete",
        What::Answer(..) => "cal.series.answer",
    };
    let scopes = scopes(&ask);
    view! {
        <Dialog open=open title=Signal::derive(move || tk(title)) look="small center-sheet" on_close=closed>
            <div class="body scopes">
                <p class="muted">{words::title(&ask.item)}</p>
                {scopes
                    .iter()
                    .map(|scope| {
                        let scope = *scope;
                        let key = match scope {
                            Scope::This => "cal.series.this",
                            Scope::Following => "cal.series.following",
                            Scope::All => "cal.series.all",
                        };
                        view! {
                            <button
                                type="button"
                                class="btn large block"
                                on:click=move |_| {
                                    answered.set_value(Some(scope));
                                    open.set(false);
                                }
                            >
                                {t(key)}
                            </button>
                        }
                    })
                    .collect_view()}
            </div>
        </Dialog>
    }
    .into_any()
}

fn scopes(ask: &Ask) -> Vec<Scope> {
    match (&ask.what, ask.item.slot) {
        // One comes to all of it, or this time.
        (What::Answer(..), Some(_)) => vec![Scope::All, Scope::This],
        (_, Some(_)) => vec![Scope::This, Scope::Following, Scope::All],
        (_, None) => vec![Scope::All],
    }
}
