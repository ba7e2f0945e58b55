//! Keys for the whole page, and the sheet that lists them. Single keys rest while somebody types or a dialog is open.
//! They go by the place on the keyboard, so that they work with a Cyrillic layout too.

use crate::prelude::*;
use crate::shell::use_shell;

/// After `g`: key, address, word.
const GO: [(&str, &str, &str); 13] = [
    ("M", "/today", "nav.today"),
    ("K", "/calendar", "kind.calendar"),
    ("D", "/deals?layout=board", "kind.deals"),
    ("C", "/companies", "kind.companies"),
    ("P", "/contacts", "kind.contacts"),
    ("R", "/products", "kind.products"),
    ("T", "/tasks", "kind.tasks"),
    ("L", "/calls", "kind.calls"),
    ("N", "/notes", "kind.notes"),
    ("H", "/dashboard", "nav.dashboard"),
    ("I", "/import", "nav.import"),
    ("B", "/bin", "nav.bin"),
    ("S", "/settings/profile", "nav.settings"),
];

/// What `g` is followed by to go there.
pub(crate) fn letter_of(href: &str) -> Option<&'static str> {
    GO.iter().find(|(_, to, _)| *to == href).map(|(letter, ..)| *letter)
}

/// Listens while the page lives.
pub(crate) fn listen() {
    #[cfg(feature = "hydrate")]
    {
        let navigate = leptos_router::hooks::use_navigate();
        let shell = use_shell();
        let toasts = use_toasts();
        let me = shell.me;
        // When `g` was pressed; it waits a second for its letter.
        let going = StoredValue::new(0.0_f64);
        let handle = window_event_listener(leptos::ev::keydown, move |event| {
            if me.with_untracked(Option::is_none) || event.is_composing() {
                return;
            }
            let command = event.ctrl_key() || event.meta_key();
            if command && event.code() == "KeyK" {
                event.prevent_default();
                // Not above a dialog: what is begun there comes to its end first.
                if document().query_selector("dialog[open]:not(.palette)").ok().flatten().is_none() {
                    shell.palette.update(|open| *open = !*open);
                }
                return;
            }
            if command || event.alt_key() || crate::dom::is_typing(&event) {
                return;
            }
            if event.key() == "?" {
                event.prevent_default();
                shell.keys.set(true);
                return;
            }
            if event.key() == "/" || event.code() == "Slash" && !event.shift_key() {
                event.prevent_default();
                if !crate::dom::focus_search() {
                    shell.palette.set(true);
                }
                return;
            }
            if event.shift_key() || event.default_prevented() {
                return;
            }
            let code = event.code();
            let Some(letter) = code.strip_prefix("Key") else {
                return;
            };
            let now = js_sys::Date::now();
            if now - going.get_value() < 1000.0 {
                going.set_value(0.0);
                if let Some((_, href, _)) = GO.iter().find(|(key, ..)| *key == letter) {
                    event.prevent_default();
                    navigate(href, Default::default());
                }
                return;
            }
            match letter {
                "G" => going.set_value(now),
                "C" | "N" => {
                    event.prevent_default();
                    shell.make(kind_here(), Fields::new());
                }
                "P" => {
                    event.prevent_default();
                    shell.notepad.set(true);
                    // It may lie open beside what had the keyboard.
                    let _ = crate::dom::focus(".notepad textarea");
                }
                "Z" => toasts.undo_last(),
                _ => {}
            }
        });
        on_cleanup(move || handle.remove());
    }
}

/// What "new" makes on this page.
#[cfg(feature = "hydrate")]
fn kind_here() -> Kind {
    let path = window().location().pathname().unwrap_or_default();
    let first = path.split('/').nth(1).unwrap_or_default();
    if first == "calendar" {
        return Kind::Event;
    }
    super::bar::MAKEABLE.into_iter().find(|k| k.plural() == first).unwrap_or(Kind::Deal)
}

#[component]
pub fn KeySheet() -> impl IntoView {
    let open = use_shell().keys;
    view! {
        <Dialog open=open title=Signal::derive(|| t("keys.title").to_owned()) look="wide">
            <div class="body keysheet">
                <section>
                    <h3>{t("keys.everywhere")}</h3>
                    <dl>
                        {row(t("keys.palette"), &["Ctrl", "K"])}
                        {row(t("keys.search"), &["/"])}
                        {row(t("keys.new"), &["C"])}
                        {row(t("pad.title"), &["P"])}
                        {row(t("keys.undo"), &["Z"])}
                        {row(t("keys.title"), &["?"])}
                        {row(t("action.close"), &["Esc"])}
                    </dl>
                </section>
                <section>
                    <h3>{t("keys.go")}</h3>
                    <dl>{GO.iter().map(|(key, _, word)| row(&tk(word), &["G", key])).collect_view()}</dl>
                </section>
                <section>
                    <h3>{t("keys.lists")}</h3>
                    <dl>
                        {row(t("keys.rows"), &["J", "K"])}
                        {row(t("keys.move"), &["↑", "↓"])}
                        {row(t("keys.open"), &["↵"])}
                        {row(t("keys.edit_cell"), &["→", "↵"])}
                        {row(t("keys.select"), &["X"])}
                        {row(t("keys.select_more"), &["Shift", "↓"])}
                        {row(t("keys.select_all"), &["Ctrl", "A"])}
                        {row(t("keys.delete"), &["Del"])}
                    </dl>
                </section>
                <section>
                    <h3>{t("keys.cards")}</h3>
                    <dl>
                        {row(t("keys.lift"), &["Space"])}
                        {row(t("keys.carry"), &["←", "↑", "↓", "→"])}
                        {row(t("keys.drop"), &["↵"])}
                        {row(t("keys.put_back"), &["Esc"])}
                        {row(t("keys.move_to"), &["M"])}
                    </dl>
                </section>
                <section>
                    <h3>{t("nav.today")}</h3>
                    <dl>
                        {row(t("today.do_done"), &["D"])}
                        {row(t("today.do_tomorrow"), &["S"])}
                        {row(t("today.do_week"), &["W"])}
                        {row(t("today.do_call"), &["L"])}
                        {row(t("today.do_step"), &["T"])}
                    </dl>
                </section>
                <section>
                    <h3>{t("kind.calendar")}</h3>
                    <dl>
                        {row(t("cal.today"), &["T"])}
                        {row(t("keys.cal_views"), &["D", "W", "M", "A"])}
                        {row(t("keys.cal_step"), &["J", "K"])}
                        {row(t("keys.cal_slot"), &["←", "↑", "↓", "→"])}
                        {row(t("keys.cal_longer"), &["Shift", "↓"])}
                        {row(t("keys.cal_lift"), &["Space"])}
                    </dl>
                </section>
                <section>
                    <h3>{t("keys.fields")}</h3>
                    <dl>
                        {row(t("action.save"), &["↵"])}
                        {row(t("action.cancel"), &["Esc"])}
                        {row(t("keys.send"), &["Ctrl", "↵"])}
                    </dl>
                </section>
            </div>
        </Dialog>
    }
    .into_any()
}

fn row(text: &str, keys: &[&'static str]) -> AnyView {
    let keys = keys.iter().map(|k| view! { <kbd>{*k}</kbd> }).collect_view();
    view! { <div><dt>{text.to_owned()}</dt><dd>{keys}</dd></div> }.into_any()
}
