//! The page of one record: head and figures, fields, timeline with composer, related records. Follows what others change
//! within a second and never touches a field that somebody is typing in.

use domain::live::Present;
use domain::record::{Fact, Related};
use leptos::task::spawn_local;
use leptos_router::hooks::use_navigate;

use super::api::{self, RecordStart};
use super::names::Names;
use crate::prelude::*;
use crate::shell::{NotFoundPage, Shell, look_at, use_shell};

mod back;
mod changes;
pub(crate) mod composer;
mod fields;
pub(crate) mod head;
pub(crate) mod path;
mod presets;
mod related;
pub(crate) mod timeline;
mod trail;

pub(crate) use changes::who;

/// What the parts of a page share.
#[derive(Clone, Copy)]
pub struct PageCx {
    pub kind: Kind,
    pub id: Id,
    pub names: Names,
    pub record: RwSignal<Record>,
    pub rights: RwSignal<Rights>,
    pub related: RwSignal<Vec<Related>>,
    pub facts: RwSignal<Vec<Fact>>,
    /// The field that is being edited here.
    pub editing: RwSignal<Option<&'static str>>,
    pub people: Signal<Vec<Present>>,
    pub timeline: timeline::Entries,
    pub toasts: Toasts,
    pub shell: Shell,
    turn: StoredValue<u32>,
    go: StoredValue<Go>,
}

type Go = std::sync::Arc<dyn Fn(&str) + Send + Sync>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rights {
    pub edit: bool,
    pub delete: bool,
    /// It is nowhere any more, or not for this person.
    pub gone: bool,
}

impl PageCx {
    /// Reads again what the page shows. An older answer never overwrites a newer one.
    pub fn again(&self) {
        let cx = *self;
        let Some(turn) = self.turn.try_update_value(|t| {
            *t += 1;
            *t
        }) else {
            return;
        };
        spawn_local(async move {
            let answer = api::page(cx.kind, cx.id).await;
            if cx.turn.try_get_value() != Some(turn) {
                return;
            }
            match answer {
                Ok(page) => {
                    cx.names.add(&page.labels);
                    cx.take(page.record);
                    set_changed(cx.rights, Rights { edit: page.can_edit, delete: page.can_delete, gone: false });
                    set_changed(cx.related, page.related);
                    set_changed(cx.facts, page.facts);
                }
                Err(Fault(Error::NotFound)) => cx.rights.update(|r| *r = Rights { edit: false, delete: false, gone: true }),
                // The line that shows the lost connection says enough to people.
                Err(Fault(error)) if error.passes() => {
                    let later = move || {
                        if cx.turn.try_get_value() == Some(turn) {
                            cx.again();
                        }
                    };
                    set_timeout(later, std::time::Duration::from_secs(2));
                }
                Err(_) => {}
            }
        });
        self.timeline.again();
    }

    /// The record as it is now, unless something newer is shown already.
    pub fn take(&self, record: Record) {
        if self.record.try_with_untracked(|old| old.version <= record.version && *old != record) == Some(true) {
            self.record.set(record);
        }
    }

    /// Not in the bin: nothing new is hung on what lies there.
    pub fn alive(&self) -> Memo<bool> {
        let record = self.record;
        Memo::new(move |_| record.with(|r| r.deleted_at.is_none()))
    }

    pub fn visit(&self, href: &str) {
        self.go.with_value(|go| go(href));
    }
}

/// A record among those of the page, as `newest` has it: what shows it stays in its place and changes its words.
fn following(first: &Record, newest: impl Fn() -> Option<Record> + Send + Sync + 'static) -> RwSignal<Record> {
    let now = RwSignal::new(first.clone());
    Effect::new(move |_| {
        if let Some(newer) = newest()
            && now.with_untracked(|old| old.version <= newer.version && *old != newer)
        {
            now.set(newer);
        }
    });
    now
}

fn set_changed<T: PartialEq + Send + Sync + 'static>(signal: RwSignal<T>, value: T) {
    if signal.try_with_untracked(|old| *old != value) == Some(true) {
        signal.set(value);
    }
}

#[component]
pub fn RecordPage(kind: Kind, id: Id) -> impl IntoView {
    renewable(move |retry| opened(kind, id, retry))
}

fn opened(kind: Kind, id: Id, retry: Callback<()>) -> AnyView {
    let start = Resource::new_blocking(move || (kind, id), |(kind, id)| api::open(kind, id));
    view! {
        <Suspense fallback=move || waiting(kind)>
            {move || Suspend::new(async move {
                match start.await {
                    // Untracked: what the page reads while it is built must not build the whole page again.
                    Ok(start) => untrack(|| page(kind, id, start)),
                    Err(Fault(Error::NotFound)) => untrack(|| view! { <NotFoundPage/> }.into_any()),
                    Err(Fault(error)) => untrack(|| view! {
                        <TopBar title=kind_name(kind)/>
                        <ErrorState error=error retry=retry/>
                    }
                    .into_any()),
                }
            })}
        </Suspense>
    }
    .into_any()
}

fn waiting(kind: Kind) -> AnyView {
    view! {
        <TopBar title=kind_name(kind)/>
        <div class="record" aria-busy="true">
            <div class="page"><Skeleton rows=8/></div>
        </div>
    }
    .into_any()
}

fn page(kind: Kind, id: Id, start: RecordStart) -> AnyView {
    let RecordStart { page, timeline: first, pipelines } = start;
    let names = Names::new(page.labels, pipelines);
    names.add(&first.labels);
    provide_context(names);
    let navigate = use_navigate();
    let go: Go = std::sync::Arc::new(move |href| navigate(href, Default::default()));
    let editing = RwSignal::new(None::<&'static str>);
    let people = look_at(Signal::stored(Some(id)), Signal::derive(move || editing.get().map(str::to_owned)));
    let cx = PageCx {
        kind,
        id,
        names,
        record: RwSignal::new(page.record),
        rights: RwSignal::new(Rights { edit: page.can_edit, delete: page.can_delete, gone: false }),
        related: RwSignal::new(page.related),
        facts: RwSignal::new(page.facts),
        editing,
        people,
        timeline: timeline::Entries::new(kind, id, names, first),
        toasts: use_toasts(),
        shell: use_shell(),
        turn: StoredValue::new(0),
        go: StoredValue::new(go),
    };
    use_live().on_record(id, move || cx.again());
    trail::keys(cx);

    let title = Signal::derive(move || cx.record.with(super::list::title_of));
    let tab = RwSignal::new("timeline".to_owned());
    let alive = cx.alive();
    view! {
        <TopBar title=title trail=vec![(format!("/{}", kind.plural()), kind_plural(kind))] people=people>{trail::steps(cx)}</TopBar>
        <div class="record" data-tab=move || tab.get()>
            {move || state(cx)}
            {head::head(cx)}
            {head::facts(cx)}
            {pane_tabs(cx, tab)}
            <div class="panes">
                <aside class="pane fields" aria-label=t("record.fields")>{fields::fields(cx)}</aside>
                <section class="pane timeline" aria-label=t("record.timeline")>
                    {move || alive.get().then(|| composer::composer(cx))}
                    {timeline::timeline(cx)}
                </section>
                <aside class="pane related" aria-label=t("record.related")>{related::related(cx)}</aside>
            </div>
        </div>
    }
    .into_any()
}

/// On narrow windows one pane at a time is shown (two on middle ones).
fn pane_tabs(cx: PageCx, tab: RwSignal<String>) -> AnyView {
    let count = move || cx.related.with(|r| r.iter().map(|r| r.total).sum::<i64>());
    let tabs = [("fields", "record.fields"), ("timeline", "record.timeline"), ("related", "record.related")].map(|(name, word)| {
        view! {
            <button
                type="button"
                role="tab"
                data-pane=name
                aria-selected=move || if tab.with(|t| t == name) { "true" } else { "false" }
                on:click=move |_| tab.set(name.to_owned())
            >
                {t(word)}
                {(name == "related").then(|| view! { <span class="n">{move || fmt().number(count())}</span> })}
            </button>
        }
    });
    view! { <div class="tabs panetabs" role="tablist" aria-label=t("record.parts")>{tabs}</div> }.into_any()
}

/// Deleted, or gone from sight: said at the top, with the way back.
fn state(cx: PageCx) -> Option<AnyView> {
    if cx.rights.get().gone {
        return Some(view! { <Banner tone="warn">{t("record.gone")}</Banner> }.into_any());
    }
    let deleted = cx.record.with(|r| r.deleted_at.clone())?;
    let can = cx.rights.get().delete;
    Some(
        view! {
            <Banner tone="warn">
                <span class="row">
                    <span class="grow">{t("record.in_bin")}" "<When at=deleted/></span>
                    {can.then(|| view! { <button type="button" class="btn" on:click=move |_| restore(cx)>{t("action.restore")}</button> })}
                </span>
            </Banner>
        }
        .into_any(),
    )
}

pub(super) fn restore(cx: PageCx) {
    spawn_local(async move {
        match api::restore(cx.kind, cx.id).await {
            Ok(record) => {
                cx.toasts.say(t!("toast.restored", name = super::list::title_of(&record)));
                cx.take(record);
                cx.again();
            }
            Err(Fault(error)) => cx.toasts.fail(&error),
        }
    });
}

/// To the bin, with the way back in the toast; the page goes back to where it was opened from.
pub(super) fn delete(cx: PageCx) {
    let back = trail::back(cx.kind);
    spawn_local(async move {
        match api::remove(cx.kind, cx.id).await {
            Ok(record) => {
                let (kind, id, toasts) = (cx.kind, cx.id, cx.toasts);
                toasts.done(t!("toast.deleted_one", name = super::list::title_of(&record)), move || {
                    spawn_local(async move {
                        if let Err(Fault(error)) = api::restore(kind, id).await {
                            toasts.fail(&error);
                        }
                    });
                });
                cx.visit(&back);
            }
            Err(Fault(error)) => cx.toasts.fail(&error),
        }
    });
}
