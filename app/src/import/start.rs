//! The room's first page: choose files, see what waits, see what was imported before.

use domain::import::WaitingFile;
use leptos::task::spawn_local;

use super::{Step, api, keep, past, stepper};
use crate::prelude::*;

/// A file on its way.
#[derive(Clone, Debug, PartialEq)]
struct Item {
    number: u32,
    name: String,
    size: i64,
    state: State,
}

#[derive(Clone, Debug, PartialEq)]
enum State {
    Waiting,
    /// Per cent.
    Sending(i64),
    Ready {
        upload: Id,
        /// As far as the headings tell.
        kind: Option<Kind>,
        rows: i64,
        how: String,
    },
    Refused(String),
}

pub fn start() -> AnyView {
    let past = Resource::new(|| (), |()| api::list());
    let items = RwSignal::new(Vec::<Item>::new());
    let waiting = Resource::new(|| (), |()| api::waiting());
    view! {
        <TopBar title=t("nav.import")/>
        <div class="page">
            {stepper(Signal::derive(|| Step::Upload), None)}
            {drop_zone(items)}
            {move || sending(items)}
            <Transition>{move || waiting.get().and_then(Result::ok).map(queue)}</Transition>
            <h2>{t("import.past")}</h2>
            <Transition fallback=|| view! { <Skeleton rows=4/> }>
                {move || {
                    past.get()
                        .map(|answer| match answer {
                            Ok(list) if list.is_empty() => view! { <p class="muted">{t("import.none_yet")}</p> }.into_any(),
                            Ok(list) => past::table(list),
                            Err(Fault(error)) => {
                                view! { <ErrorState error=error retry=Callback::new(move |()| past.refetch())/> }.into_any()
                            }
                        })
                }}
            </Transition>
        </div>
    }
    .into_any()
}

fn drop_zone(items: RwSignal<Vec<Item>>) -> AnyView {
    let over = RwSignal::new(false);
    let input = NodeRef::<leptos::html::Input>::new();
    let alive = use_shell().alive;
    let records = use_me().who().has(domain::rights::Power::Import);
    let line = sender(items);
    let dropped = {
        let line = line.clone();
        move |event: leptos::ev::DragEvent| {
            event.prevent_default();
            over.set(false);
            if let Some(files) = event.data_transfer().and_then(|d| d.files()) {
                line(files);
            }
        }
    };
    let chosen = move |_| {
        if let Some(input) = input.get_untracked() {
            if let Some(files) = input.files() {
                line(files);
            }
            // So that the same file can be chosen again after it was mended.
            input.set_value("");
        }
    };
    view! {
        <label
            class="dropzone"
            class:over=move || over.get()
            on:dragover=move |event: leptos::ev::DragEvent| {
                event.prevent_default();
                over.set(true);
            }
            on:dragleave=move |_| over.set(false)
            on:drop=dropped
        >
            <Icon name="import" size="l"/>
            <b>{t("import.drop")}</b>
            <span>{t("import.drop_or")}" "<span class="linkish">{t("import.choose")}</span></span>
            <span class="faint">{t(if records { "import.formats" } else { "import.formats_calendar" })}</span>
            <input
                type="file"
                class="sr"
                multiple
                accept=if records { ".csv,.tsv,.txt,.xlsx,.ics" } else { ".ics" }
                disabled=move || !alive.get()
                node_ref=input
                on:change=chosen
            />
        </label>
    }
    .into_any()
}

/// Takes files and sends them one after another; when all are there it goes on to the first.
fn sender(items: RwSignal<Vec<Item>>) -> impl Fn(web_sys::FileList) + Clone + 'static {
    let navigate = leptos_router::hooks::use_navigate();
    move |files: web_sys::FileList| {
        #[cfg(feature = "hydrate")]
        {
            let chosen: Vec<web_sys::File> = (0..files.length()).filter_map(|i| files.item(i)).collect();
            let first = items.with_untracked(|l| l.last().map_or(0, |i| i.number + 1));
            let numbered: Vec<(u32, web_sys::File)> = (first..).zip(chosen).collect();
            items.update(|list| {
                for (number, file) in &numbered {
                    // Bytes, far below what a float counts exactly.
                    list.push(Item { number: *number, name: file.name(), size: file.size() as i64, state: State::Waiting });
                }
            });
            next(items, numbered.into(), navigate.clone());
        }
        let _ = (&files, &navigate, items);
    }
}

#[cfg(feature = "hydrate")]
fn next(
    items: RwSignal<Vec<Item>>,
    mut files: std::collections::VecDeque<(u32, web_sys::File)>,
    navigate: impl Fn(&str, leptos_router::NavigateOptions) + Clone + 'static,
) {
    let Some((number, file)) = files.pop_front() else {
        // All is well: on with the first. A refused file stays in sight instead.
        let all_well = items.try_with_untracked(|l| l.iter().all(|i| matches!(i.state, State::Ready { .. }))).unwrap_or(false);
        // Of these, not of what was left lying about before.
        let first = items.try_with_untracked(|l| {
            let ready =
                l.iter().filter_map(|i| if let State::Ready { upload, kind, .. } = &i.state { Some((*kind, *upload)) } else { None });
            ready.min_by_key(|(kind, _)| kind.map_or(usize::MAX, domain::import::turn)).map(|(_, upload)| upload)
        });
        if let (true, Some(upload)) = (all_well, first.flatten()) {
            navigate(&format!("/import?upload={upload}"), Default::default());
        }
        return;
    };
    let set = move |state: State| {
        let _ = items.try_update(|l| {
            if let Some(item) = l.iter_mut().find(|i| i.number == number) {
                item.state = state;
            }
        });
    };
    set(State::Sending(0));
    super::send::send(
        &file,
        move |percent| set(State::Sending(percent)),
        move |answer| {
            match answer {
                Ok(seen) => {
                    keep::join([(seen.upload, seen.file_name.clone(), seen.certain.then_some(seen.guess.kind))]);
                    let how = super::mapping::how_read(&seen);
                    set(State::Ready { upload: seen.upload, kind: seen.certain.then_some(seen.guess.kind), rows: seen.rows, how });
                }
                Err(text) => set(State::Refused(text)),
            }
            next(items, files, navigate);
        },
    );
}

fn sending(items: RwSignal<Vec<Item>>) -> Option<AnyView> {
    let list = items.get();
    if list.is_empty() {
        return None;
    }
    let rows = list
        .iter()
        .map(|item| {
            let size = file_size(item.size);
            let (line, end) = match &item.state {
                State::Waiting => (t!("import.waits", size = size), ().into_any()),
                State::Sending(100) => (tk("import.reading"), view! { <div class="progress unknown"><i></i></div> }.into_any()),
                State::Sending(percent) => {
                    let done = *percent;
                    let label = t!("import.sending", name = item.name);
                    (
                        t!("import.sent", percent = done, size = size),
                        view! { <ProgressBar done=Signal::derive(move || done) of=Signal::derive(|| 100) label=label/> }.into_any(),
                    )
                }
                State::Ready { upload, kind, rows, how } => {
                    let line = [tn("import.rows", *rows), how.clone()].join(" · ");
                    let href = format!("/import?upload={upload}");
                    (
                        line,
                        view! { {kind.map(|k| view! { <Tag text=kind_plural(k)/> })}<a class="btn" href=href>{t("import.go_on")}</a> }
                            .into_any(),
                    )
                }
                State::Refused(why) => (why.clone(), view! { <Tag text=t("import.refused") tone="bad"/> }.into_any()),
            };
            let bad = matches!(item.state, State::Refused(_));
            view! {
                <li>
                    <Icon name=if bad { "warn" } else { "note" }/>
                    <span class="two grow"><b class="clip">{item.name.clone()}</b><span class:bad-t=bad>{line}</span></span>
                    {end}
                </li>
            }
        })
        .collect_view();
    Some(view! { <ul class="filelist" role="status">{rows}</ul> }.into_any())
}

/// Files that were sent before and not imported yet, by whichever browser of theirs.
fn queue(found: Vec<WaitingFile>) -> AnyView {
    let waiting = RwSignal::new(found);
    let toasts = use_toasts();
    let discard = move |upload: Id| {
        let before = waiting.with_untracked(|list| list.iter().position(|w| w.upload == upload).map(|at| (at, list.get(at).cloned())));
        waiting.update(|list| list.retain(|w| w.upload != upload));
        keep::over(upload);
        spawn_local(async move {
            if let Err(Fault(error)) = api::discard(upload).await {
                let _ = waiting.try_update(|list| {
                    if let Some((at, Some(kept))) = before {
                        list.insert(at.min(list.len()), kept);
                    }
                });
                toasts.fail(&error);
            }
        });
    };
    let row = move |w: WaitingFile| {
        let (upload, label) = (w.upload, t!("action.remove_named", name = w.name));
        // Whoever goes on with one goes on with all of them, one after the other.
        let go_on = move |_| waiting.with_untracked(|all| keep::join(all.iter().map(|w| (w.upload, w.name.clone(), w.kind))));
        view! {
            <li>
                <Icon name="note"/>
                <span class="two grow"><b class="clip">{w.name}</b><span>{tn("import.rows", w.rows)}</span></span>
                {w.kind.map(|k| view! { <Tag text=kind_plural(k)/> })}
                <a class="btn" href=format!("/import?upload={upload}") on:click=go_on>{t("import.go_on")}</a>
                <IconButton icon="x" label=label on_click=Callback::new(move |_| discard(upload))/>
            </li>
        }
    };
    let some = Memo::new(move |_| waiting.with(|w| !w.is_empty()));
    let list = move || {
        some.get().then(|| {
            view! {
                <h2>{t("import.unfinished")}</h2>
                <ul class="filelist"><For each=move || waiting.get() key=|w| w.upload children=row/></ul>
            }
        })
    };
    view! { {list} }.into_any()
}

fn file_size(bytes: i64) -> String {
    match bytes {
        0..1_000 => t!("import.bytes", n = bytes),
        1_000..1_000_000 => t!("import.kilobytes", n = fmt().number((bytes + 500) / 1_000)),
        _ => t!("import.megabytes", n = fmt().tenths((bytes + 50_000) / 100_000)),
    }
}
