//! Modal dialogs on the native element: focus goes in and comes back, Escape and a press beside it close. On a phone
//! they are sheets from below.

use leptos::ev::MouseEvent;
use leptos::html;
use leptos::prelude::*;

use super::{Icon, uid};
use crate::i18n::t;

/// Open while `open` is true; its content is made when it opens and dropped when it closes. `look`: "", "wide", "sheet"
/// (at the side on a wide screen).
#[component]
pub fn Dialog(
    open: RwSignal<bool>,
    #[prop(into)] title: Signal<String>,
    #[prop(optional, into)] look: String,
    #[prop(optional, into)] on_close: Option<Callback<()>>,
    children: ChildrenFn,
) -> impl IntoView {
    let node = NodeRef::<html::Dialog>::new();
    let id = uid();
    let heading = id.clone();
    Effect::new(move |_| {
        let Some(dialog) = node.get() else {
            return;
        };
        if open.get() {
            if !dialog.open() {
                let _ = dialog.show_modal();
            }
        } else if dialog.open() {
            dialog.close();
        }
    });
    let closed = move |_| {
        if open.get_untracked() {
            open.set(false);
        }
        if let Some(told) = on_close {
            told.run(());
        }
    };
    let pressed = move |event: MouseEvent| {
        // Only the backdrop is the dialog itself; everything else lies in the form inside.
        if let Some(dialog) = node.get_untracked()
            && event.target().is_some_and(|t| t == ****dialog)
        {
            open.set(false);
        }
    };
    view! {
        <dialog class=format!("dialog {look}") aria-labelledby=id node_ref=node on:close=closed on:mousedown=pressed>
            {move || {
                open.get().then(|| {
                    view! {
                        <div class="box">
                            <header>
                                <h2 id=heading.clone()>{title}</h2>
                                <button type="button" class="btn quiet icon" aria-label=t("action.close") on:click=move |_| open.set(false)>
                                    <Icon name="x"/>
                                </button>
                            </header>
                            {children()}
                        </div>
                    }
                })
            }}
        </dialog>
    }
    .into_any()
}
