//! The bin: what was deleted, by whom and when, and the way back.

use domain::calendar::Moment;
use domain::live::LiveEvent;
use domain::record::ChangeOp;
use domain::rights::Act;
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_query_map};

use crate::prelude::*;
use crate::records::api::{self, Bin, BinTally};
use crate::records::list::title_of;
use crate::records::value;
use crate::shell::{calm, icon_of};

/// In the order people look for things.
const KINDS: [Kind; 12] = [
    Kind::Company,
    Kind::Contact,
    Kind::Deal,
    Kind::Product,
    Kind::Task,
    Kind::Note,
    Kind::Call,
    Kind::Event,
    Kind::Resource,
    Kind::Pipeline,
    Kind::User,
    Kind::Team,
];

/// Opens on the kind of what was deleted last: that is what people come for.
#[component]
pub fn BinPage() -> impl IntoView {
    view! {
        <TopBar title=t("nav.bin")/>
        {renewable(counted)}
    }
    .into_any()
}

fn counted(retry: Callback<()>) -> AnyView {
    let who = use_me().who();
    let kinds: Vec<Kind> = KINDS.into_iter().filter(|k| who.may_some(Act::Delete, *k)).collect();
    let counts = Resource::new_blocking(|| (), move |()| api::bin_counts(kinds.clone()));
    view! {
        <Transition fallback=|| view! { <div class="page"><Skeleton rows=8/></div> }>
            {move || Suspend::new(async move {
                match counts.await {
                    Ok(found) => untrack(|| kinds_of(found)),
                    Err(Fault(error)) => untrack(|| view! { <ErrorState error=error retry=retry/> }.into_any()),
                }
            })}
        </Transition>
    }
    .into_any()
}

fn kinds_of(found: BinTally) -> AnyView {
    let query = use_query_map();
    let known: Vec<Kind> = found.counts.iter().map(|(kind, _)| *kind).collect();
    let first = found.newest.or_else(|| known.first().copied()).unwrap_or(Kind::Company);
    let asking = known.clone();
    let kind = Memo::new(move |_| {
        let asked = query.read().get_str("kind").and_then(Kind::parse);
        asked.filter(|k| known.contains(k)).unwrap_or(first)
    });
    let navigate = use_navigate();
    let change = Callback::new(move |plural: String| {
        navigate(&format!("/bin?kind={plural}"), NavigateOptions { scroll: false, ..NavigateOptions::default() });
    });
    let counts = RwSignal::new(found.counts);
    let hear = calm(move || {
        let asking = asking.clone();
        spawn_local(async move {
            if let Ok(found) = api::bin_counts(asking).await {
                let _ = counts.try_set(found.counts);
            }
        });
    });
    use_live().on(move |event| {
        if told(event, None) {
            hear();
        }
    });
    // Nothing of a kind needs no figure.
    let tab = |(kind, n): &(Kind, i64)| (kind.plural().to_owned(), kind_plural(*kind), (*n > 0).then_some(*n));
    let tabs = Signal::derive(move || counts.with(|all| all.iter().map(tab).collect::<Vec<_>>()));
    view! {
        <Tabs value=Signal::derive(move || kind.get().plural().to_owned()) options=tabs label=t("bin.kinds") on_change=change/>
        <div class="page">
            {renewable(move |retry| opened(kind, retry))}
        </div>
    }
    .into_any()
}

/// Does this change what lies in the bin, of one kind or of any?
fn told(event: &LiveEvent, of: Option<Kind>) -> bool {
    let ours = |kind: Kind| of.is_none_or(|of| of == kind);
    match event {
        LiveEvent::Change(change) => ours(change.kind) && matches!(change.op, ChangeOp::Delete | ChangeOp::Restore),
        LiveEvent::Bulk { kind, .. } => ours(*kind),
        LiveEvent::Reset => true,
        LiveEvent::Presence(_) | LiveEvent::Clash { .. } | LiveEvent::Notices => false,
    }
}

fn opened(kind: Memo<Kind>, retry: Callback<()>) -> AnyView {
    let start = Resource::new_blocking(move || kind.get(), |kind| api::read_bin(kind, 0));
    view! {
        <Transition fallback=|| view! { <Skeleton rows=8/> }>
            {move || Suspend::new(async move {
                match start.await {
                    Ok(found) => untrack(|| view! { <Rows kind=kind.get_untracked() first=found/> }.into_any()),
                    Err(Fault(error)) => untrack(|| view! { <ErrorState error=error retry=retry/> }.into_any()),
                }
            })}
        </Transition>
    }
    .into_any()
}

#[component]
fn Rows(kind: Kind, first: Bin) -> impl IntoView {
    let rows = RwSignal::new(first.rows);
    let more = RwSignal::new(first.more);
    let busy = RwSignal::new(false);
    let empty = Memo::new(move |_| rows.with(Vec::is_empty));
    let toasts = use_toasts();
    // An answer counts only while nothing was asked, or put back, after it.
    let turn = StoredValue::new(0_u32);
    let next = move || {
        turn.try_update_value(|t| {
            *t += 1;
            *t
        })
    };
    // Reads again as many as are shown, so that what came meanwhile stands at the top.
    let again = move || {
        let Some(mine) = next() else { return };
        spawn_local(async move {
            if let Ok(found) = api::read_bin(kind, 0).await
                && turn.try_get_value() == Some(mine)
                && rows.with_untracked(|r| r.len() <= found.rows.len() + 1 && *r != found.rows)
            {
                more.set(found.more);
                rows.set(found.rows);
            }
        });
    };
    let hear = calm(again);
    use_live().on(move |event| {
        if told(event, Some(kind)) {
            hear();
        }
    });
    let older = move |_| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        let skip = u32::try_from(rows.with_untracked(Vec::len)).unwrap_or(0);
        let mine = next();
        spawn_local(async move {
            let answer = api::read_bin(kind, skip).await;
            if busy.try_set(false).is_some() {
                return;
            }
            match answer {
                // What is shown changed meanwhile: the older ones begin elsewhere now.
                Ok(_) if turn.try_get_value() != mine => {}
                Ok(found) => {
                    more.set(found.more);
                    rows.update(|rows| {
                        for row in found.rows {
                            if rows.iter().all(|(r, _)| r.id != row.0.id) {
                                rows.push(row);
                            }
                        }
                    });
                }
                Err(Fault(error)) => toasts.fail(&error),
            }
        });
    };
    let restore = move |record: Record| {
        let name = title_of(&record);
        let at = rows.with_untracked(|rows| rows.iter().position(|(r, _)| r.id == record.id)).unwrap_or(0);
        rows.update(|rows| rows.retain(|(r, _)| r.id != record.id));
        // Its button is gone: the keyboard goes on at the next one.
        request_animation_frame(move || {
            let _ = crate::dom::focus(&format!("tbody tr:nth-child({}) .btn", at + 1)) || crate::dom::focus("tbody tr:last-child .btn");
        });
        let _ = next();
        spawn_local(async move {
            match api::restore(kind, record.id).await {
                Ok(back) => {
                    let id = back.id;
                    toasts.done(t!("toast.restored", name = name), move || {
                        spawn_local(async move {
                            match api::remove(kind, id).await {
                                Ok(_) => again(),
                                Err(Fault(error)) => toasts.fail(&error),
                            }
                        });
                    });
                }
                Err(Fault(error)) => {
                    toasts.fail(&error);
                    again();
                }
            }
        });
    };
    view! {
        {move || {
            if empty.get() {
                return view! { <EmptyState icon="bin" title=t("bin.empty") hint=t("bin.empty_hint")/> }.into_any();
            }
            view! {
                <Banner>{t("bin.explained")}</Banner>
                <div class="tablewrap">
                    <table class="table cards">
                        <thead>
                            <tr>
                                <th scope="col">{field_label(kind, "name")}</th>
                                <th scope="col">{t("bin.deleted_at")}</th>
                                <th scope="col">{t("bin.deleted_by")}</th>
                                <th scope="col"><span class="sr">{t("action.restore")}</span></th>
                            </tr>
                        </thead>
                        <tbody>
                            <For each=move || rows.get() key=|(r, _)| (r.id, r.version) children=move |(record, change)| row(record, change, restore)/>
                        </tbody>
                    </table>
                </div>
            }
            .into_any()
        }}
        {move || more.get().then(|| view! {
            <button type="button" class="btn quiet block" aria-busy=move || busy.get().then_some("true") on:click=older>{t("timeline.older")}</button>
        })}
    }
    .into_any()
}

fn row(record: Record, change: Option<domain::record::Change>, restore: impl Fn(Record) + Copy + Send + Sync + 'static) -> AnyView {
    let may = use_me().who().may(Act::Delete, &record);
    let name = title_of(&record);
    let at = record.deleted_at.clone().unwrap_or_default();
    // What was made by mistake and taken back lies here like what was deleted: that it is not needed has to be seen.
    let undone = change.as_ref().is_some_and(|c| c.undoes.is_some());
    let by = change.map(|c| crate::records::page::who(&c)).unwrap_or_default();
    let of_calendar = (record.kind == Kind::Event).then(|| domain::calendar::stored::event(&record)).flatten().map(|event| {
        let start = match event.start {
            Moment::Day(day) => fmt().date_weekday(&domain::time::date(day)).into_any(),
            Moment::At(ms) => view! { <When at=domain::time::instant(ms) hour=true/> }.into_any(),
        };
        let part = if event.series.is_some() { Some(t("notices.this")) } else { event.recurs().then(|| t("notices.all")) };
        view! { <small class="muted">{start}{part.map(|p| view! { <span>" · "{p}</span> })}</small> }
    });
    let label = t!("bin.restore_named", name = name);
    let picture = match record.kind {
        Kind::Company | Kind::Contact | Kind::User => value::picture(record.kind, &name),
        kind => view! { <Icon name=icon_of(kind)/> }.into_any(),
    };
    let link = match value::page_of(record.kind, record.id) {
        Some(href) => view! { <a class="clip" href=href>{name.clone()}</a> }.into_any(),
        None => view! { <span class="clip">{name.clone()}</span> }.into_any(),
    };
    view! {
        <tr>
            <td>
                <span class="row">{picture}{link}{of_calendar}</span>
                {undone.then(|| view! { <small class="muted">{t("bin.undone")}</small> })}
            </td>
            <td data-label=t("bin.deleted_at")><When at=at/></td>
            <td data-label=t("bin.deleted_by")>{(!by.is_empty()).then(|| view! { <span class="person"><Avatar name=by.clone() beside=true/><span class="clip">{by.clone()}</span></span> })}</td>
            <td class="num">
                {may.then(|| view! {
                    <button type="button" class="btn small" aria-label=label on:click=move |_| restore(record.clone())>
                        <Icon name="undo" size="s"/>
                        {t("action.restore")}
                    </button>
                })}
            </td>
        </tr>
    }
    .into_any()
}
