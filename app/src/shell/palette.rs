//! Ctrl/Cmd+K: one field that finds records as you type, goes to pages and runs actions. `>` looks among actions only,
//! `/` among pages. An answer that a newer question has overtaken is dropped.

use std::time::Duration;

use domain::list::Hit;
use domain::rights::Act;
use domain::text::fold;
use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::task::spawn_local;
use leptos_router::hooks::use_navigate;

use super::user::{choose_language, set_theme, sign_out};
use super::{icon_of, layout, use_shell};
use crate::prelude::*;

#[derive(Clone)]
struct Entry {
    group: &'static str,
    label: String,
    hint: String,
    picture: Picture,
    does: Does,
}

#[derive(Clone, Copy)]
enum Picture {
    Icon(&'static str),
    Person,
    Mark,
}

#[derive(Clone)]
enum Does {
    Go(String),
    Run(Callback<()>),
}

#[component]
pub fn Palette() -> impl IntoView {
    let shell = use_shell();
    let node = NodeRef::<html::Dialog>::new();
    let open = shell.palette;
    Effect::new(move |_| {
        let Some(dialog) = node.get() else {
            return;
        };
        if open.get() && !dialog.open() {
            let _ = dialog.show_modal();
        } else if !open.get() && dialog.open() {
            dialog.close();
        }
    });
    let pressed = move |event: leptos::ev::MouseEvent| {
        if let Some(dialog) = node.get_untracked()
            && event.target().is_some_and(|t| t == ****dialog)
        {
            open.set(false);
        }
    };
    view! {
        <dialog class="palette" aria-label=t("search.open") node_ref=node on:close=move |_| open.set(false) on:mousedown=pressed>
            {move || open.get().then(|| view! { <Inside/> })}
        </dialog>
    }
    .into_any()
}

#[component]
fn Inside() -> impl IntoView {
    let shell = use_shell();
    let words = RwSignal::new(String::new());
    let hits = RwSignal::new(Vec::<Hit>::new());
    let busy = RwSignal::new(false);
    let failed = RwSignal::new(None::<Error>);
    let at = RwSignal::new(0_usize);
    let turn = StoredValue::new(0_u32);
    let fixed = StoredValue::new(fixed_entries());
    let navigate = use_navigate();

    let ask = move |text: String| {
        at.set(0);
        let mine = turn.get_value() + 1;
        turn.set_value(mine);
        let text = text.trim().to_owned();
        if text.is_empty() || text.starts_with(['>', '/']) {
            hits.set(Vec::new());
            busy.set(false);
            return;
        }
        busy.set(true);
        set_timeout(
            move || {
                if turn.try_get_value() != Some(mine) {
                    return;
                }
                spawn_local(async move {
                    let answer = crate::search::find(text, Vec::new(), 20).await;
                    if turn.try_get_value() == Some(mine) {
                        busy.set(false);
                        failed.set(answer.as_ref().err().map(|f| f.0.clone()));
                        hits.set(answer.unwrap_or_default());
                        at.set(0);
                    }
                });
            },
            Duration::from_millis(90),
        );
    };

    let entries = Signal::derive(move || {
        let typed = words.get();
        let typed = typed.trim();
        let (scope, rest) = match typed.chars().next() {
            Some('>') => ("search.actions", typed.get(1..).unwrap_or_default()),
            Some('/') => ("search.pages", typed.get(1..).unwrap_or_default()),
            _ => ("", typed),
        };
        let rest = fold(rest);
        let mut all: Vec<Entry> = Vec::new();
        if scope.is_empty() {
            // The kind of the best hit first, each kind once.
            let found: Vec<Entry> = hits.get().into_iter().map(from_hit).collect();
            let mut groups: Vec<&str> = Vec::new();
            for entry in &found {
                if !groups.contains(&entry.group) {
                    groups.push(entry.group);
                }
            }
            for group in groups {
                all.extend(found.iter().filter(|e| e.group == group).cloned());
            }
        }
        fixed.with_value(|f| {
            // Each word somewhere: "new deal" is "New: Deal".
            let said = |label: &str| rest.split(' ').all(|word| label.contains(word));
            let fits = |e: &&Entry| (scope.is_empty() || e.group == scope) && said(&fold(&e.label));
            all.extend(f.iter().filter(fits).cloned());
        });
        all
    });
    let run = move |entry: Entry| {
        shell.palette.set(false);
        match entry.does {
            Does::Go(href) => navigate(&href, Default::default()),
            Does::Run(act) => act.run(()),
        }
    };
    let run = StoredValue::new(run);
    let choose = move |i: usize| {
        if let Some(entry) = entries.with_untracked(|e| e.get(i).cloned()) {
            run.with_value(|run| run(entry));
        }
    };
    let keydown = move |event: KeyboardEvent| {
        if event.is_composing() {
            return;
        }
        let count = entries.with_untracked(Vec::len);
        let next = match event.key().as_str() {
            "ArrowDown" => (at.get_untracked() + 1) % count.max(1),
            "ArrowUp" => at.get_untracked().checked_sub(1).unwrap_or(count.saturating_sub(1)),
            "Enter" => {
                event.prevent_default();
                return choose(at.get_untracked());
            }
            _ => return,
        };
        event.prevent_default();
        at.set(next);
        #[cfg(feature = "hydrate")]
        if let Some(row) = crate::dom::by_id(&format!("hit-{next}")) {
            crate::dom::show(&row);
        }
    };
    let list = move || {
        let words = words.get();
        let typed = words.trim_start_matches(['>', '/']).trim().to_owned();
        let all = entries.get();
        if all.is_empty() && !busy.get() {
            let text = failed.get().map_or_else(|| t("state.no_match").to_owned(), |e| error_text(&e));
            return view! { <div class="empty small"><p>{text}</p></div> }.into_any();
        }
        let mut group = "";
        all.into_iter()
            .enumerate()
            .map(|(i, entry)| {
                let head = (entry.group != group).then(|| view! { <h3 role="presentation">{tk(entry.group)}</h3> });
                group = entry.group;
                view! { {head}{row(i, entry, &typed, at, choose)} }
            })
            .collect_view()
            .into_any()
    };
    view! {
        <div class="box">
            <div class="q">
                <Icon name="search"/>
                <input
                    type="text"
                    role="combobox"
                    autofocus
                    autocomplete="off"
                    spellcheck="false"
                    aria-label=t("search.open")
                    aria-expanded="true"
                    aria-controls="palette-hits"
                    aria-autocomplete="list"
                    aria-activedescendant=move || entries.with(|e| !e.is_empty()).then(|| format!("hit-{}", at.get()))
                    placeholder=t("search.placeholder")
                    prop:value=move || words.get()
                    on:input=move |event| {
                        let text = event_target_value(&event);
                        words.set(text.clone());
                        ask(text);
                    }
                    on:keydown=keydown
                />
                <kbd>"Esc"</kbd>
                <button type="button" class="btn quiet icon phone-only" aria-label=t("action.close") on:click=move |_| shell.palette.set(false)>
                    <Icon name="x"/>
                </button>
            </div>
            <div class="hits" role="listbox" id="palette-hits" aria-label=t("search.found") aria-busy=move || busy.get().then_some("true")>
                {list}
            </div>
            <footer>
                <span><kbd>"↑"</kbd><kbd>"↓"</kbd>" "{t("keys.move")}</span>
                <span><kbd>"↵"</kbd>" "{t("keys.open")}</span>
                <span><kbd>">"</kbd>" "{t("search.actions")}</span>
                <span><kbd>"/"</kbd>" "{t("search.pages")}</span>
            </footer>
        </div>
    }
    .into_any()
}

fn row(i: usize, entry: Entry, typed: &str, at: RwSignal<usize>, choose: impl Fn(usize) + Copy + Send + 'static) -> AnyView {
    let picture = match entry.picture {
        Picture::Icon(name) => view! { <Icon name=name/> }.into_any(),
        Picture::Person => view! { <Avatar name=entry.label.clone() beside=true/> }.into_any(),
        Picture::Mark => view! { <Mark name=entry.label.clone()/> }.into_any(),
    };
    let (before, hit, after) = split_match(&entry.label, typed);
    let hint = (!entry.hint.is_empty()).then(|| view! { <span class="clip">{entry.hint.clone()}</span> });
    let keys = match &entry.does {
        Does::Go(href) => {
            super::keys::letter_of(href).map(|letter| view! { <span class="kind"><kbd>"G"</kbd>" "<kbd>{letter}</kbd></span> })
        }
        Does::Run(_) => None,
    };
    view! {
        <div
            class="hit"
            role="option"
            id=format!("hit-{i}")
            aria-selected=move || if at.get() == i { "true" } else { "false" }
            on:mousemove=move |_| {
                if at.get_untracked() != i {
                    at.set(i);
                }
            }
            on:click=move |_| choose(i)
        >
            {picture}
            <span class="two"><span class="clip">{before}<mark>{hit}</mark>{after}</span>{hint}</span>
            {keys}
        </div>
    }
    .into_any()
}

/// The name in three parts, the middle one what was typed, whatever its letter case.
fn split_match(name: &str, typed: &str) -> (String, String, String) {
    let want: Vec<char> = fold(typed).chars().collect();
    let have: Vec<(usize, char)> = name.char_indices().collect();
    let same = |a: char, b: char| a == b || fold(a.encode_utf8(&mut [0; 4])).chars().eq([b]);
    let found = (!want.is_empty())
        .then(|| (0..have.len()).find(|start| want.iter().enumerate().all(|(k, w)| have.get(start + k).is_some_and(|(_, c)| same(*c, *w)))))
        .flatten();
    let Some(start) = found else {
        return (name.to_owned(), String::new(), String::new());
    };
    let byte = |i: usize| have.get(i).map_or(name.len(), |(b, _)| *b);
    let (from, to) = (byte(start), byte(start + want.len()));
    let part = |a: usize, b: usize| name.get(a..b).unwrap_or_default().to_owned();
    (part(0, from), part(from, to), part(to, name.len()))
}

fn from_hit(hit: Hit) -> Entry {
    let picture = match hit.kind {
        Kind::Contact | Kind::User => Picture::Person,
        Kind::Company => Picture::Mark,
        other => Picture::Icon(icon_of(other)),
    };
    let href = match hit.kind {
        Kind::Pipeline => "/settings/pipelines".to_owned(),
        Kind::User => "/settings/users".to_owned(),
        Kind::Team => "/settings/teams".to_owned(),
        kind => format!("/{}/{}", kind.plural(), hit.id),
    };
    Entry { group: group_of(hit.kind), label: hit.name, hint: hit.hint, picture, does: Does::Go(href) }
}

const fn group_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Company => "kind.companies",
        Kind::Contact => "kind.contacts",
        Kind::Deal => "kind.deals",
        Kind::Product => "kind.products",
        Kind::Pipeline => "kind.pipelines",
        Kind::Task => "kind.tasks",
        Kind::Note => "kind.notes",
        Kind::Call => "kind.calls",
        Kind::User => "kind.users",
        Kind::Team => "kind.teams",
        Kind::Event => "kind.events",
        Kind::Resource => "kind.resources",
    }
}

/// Pages and actions; made once when the palette opens.
fn fixed_entries() -> Vec<Entry> {
    let shell = use_shell();
    let i18n = use_i18n();
    let who = use_me().who();
    let mut all: Vec<Entry> = layout::places()
        .into_iter()
        .map(|(href, icon, key)| Entry {
            group: "search.pages",
            label: tk(key),
            hint: String::new(),
            picture: Picture::Icon(icon),
            does: Does::Go(href.to_owned()),
        })
        .collect();
    let mut act = |label: String, icon: &'static str, run: Callback<()>| {
        all.push(Entry { group: "search.actions", label, hint: String::new(), picture: Picture::Icon(icon), does: Does::Run(run) });
    };
    for kind in super::bar::MAKEABLE.into_iter().filter(|k| who.may_some(Act::Create, *k)) {
        act(t!("action.new_named", name = kind_name(kind)), "plus", Callback::new(move |()| shell.make(kind, Fields::new())));
    }
    for (value, key, icon) in [("light", "user.theme_light", "sun"), ("dark", "user.theme_dark", "moon"), ("", "user.theme_system", "tv")] {
        act(format!("{}: {}", t("user.theme"), tk(key)), icon, Callback::new(move |()| set_theme(shell, value)));
    }
    for locale in Locale::ALL {
        act(
            format!("{}: {}", t("field.language"), locale.own_name()),
            "globe",
            Callback::new(move |()| choose_language(shell, i18n, locale)),
        );
    }
    act(t("keys.title").to_owned(), "keyboard", Callback::new(move |()| shell.keys.set(true)));
    let toasts = use_toasts();
    act(t("auth.sign_out").to_owned(), "signout", Callback::new(move |()| sign_out(toasts)));
    all
}

#[cfg(test)]
mod tests {
    use super::split_match;

    #[test]
    fn what_was_typed_is_marked_in_any_script() {
        let parts = |n, t| split_match(n, t);
        assert_eq!(parts("GTX Plus Pro", "plus"), ("GTX ".into(), "Plus".into(), " Pro".into()));
        assert_eq!(parts("Олена Коваленко", "ков"), ("Олена ".into(), "Ков".into(), "аленко".into()));
        assert_eq!(parts("北京云帆科技", "云帆"), ("北京".into(), "云帆".into(), "科技".into()));
        assert_eq!(parts("Globex", "zz"), ("Globex".into(), String::new(), String::new()));
    }
}
