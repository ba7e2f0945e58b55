//! The bar above the calendar: which stretch it is, the way through time, the views, the zone, and what there is to do.

use chrono::Datelike;

use super::desk::{Desk, Panel};
use super::place::{Place, View};
use super::{side, words};
use crate::prelude::*;
use crate::rooms::{self, Plan};

pub fn bar(desk: Desk) -> AnyView {
    let title = Memo::new(move |_| {
        let (view, day) = desk.place.with(|p| (p.view, p.day(desk.today.get())));
        desk.columns.with(|days| words::title_of(view, days, day))
    });
    let short = move || {
        let day = desk.place.with(|p| p.day(desk.today.get()));
        fmt().month(&format!("{:04}-{:02}", day.year(), day.month()))
    };
    let week = move || {
        let (view, day) = desk.place.with(|p| (p.view, p.day(desk.today.get())));
        // Weeks that begin on Sunday bear no number that all agree on.
        (view.has_hours() && !desk.manner.sunday_first)
            .then(|| view! { <span class="tag k8 opt">{t!("cal.week_no", n = day.iso_week().week())}</span> })
    };
    let views = View::ALL.iter().map(|v| (v.name().to_owned(), "", tk(&format!("cal.view.{}", v.name())))).collect::<Vec<_>>();
    let view = Signal::derive(move || desk.place.with(|p| p.view.name().to_owned()));
    let step_label = move |forward: bool| {
        let view = match desk.place.with(|p| p.view) {
            View::Day | View::Team => "day",
            View::Month => "month",
            _ => "week",
        };
        tk(&format!("cal.{}_{view}", if forward { "next" } else { "previous" }))
    };
    view! {
        <div class="pagebar calbar">
            <button type="button" class="btn" on:click=move |_| desk.see_today()>{t("cal.today")}</button>
            <span class="joined">
                <IconButton icon="left" label=Signal::derive(move || step_label(false)) on_click=Callback::new(move |_| desk.step(false))/>
                <IconButton icon="right" label=Signal::derive(move || step_label(true)) on_click=Callback::new(move |_| desk.step(true))/>
            </span>
            <h2 class="when num" aria-live="polite"><span class="wide">{title}</span><span class="narrow" aria-hidden="true">{short}</span></h2>
            {week}
            <span class="views">
                <Segmented
                    value=view
                    options=views
                    label=t("cal.views")
                    on_change=Callback::new(move |v: String| {
                        if let Some(view) = View::parse(&v) {
                            desk.see(view);
                        }
                    })
                />
            </span>
            <span class="grow"></span>
            {conflicts(desk)}
            <button type="button" class="btn quiet desk-only" on:click=move |_| desk.panel.set(Some(Panel::Find))>
                <Icon name="search" size="s"/>
                <span class="opt">{t("cal.find")}</span>
            </button>
            {zone(desk)}
            <span class="display">
                <Popover
                    align="end"
                    class="btn quiet"
                    label=Signal::derive(|| t("cal.display").to_owned())
                    trigger=|| view! { <Icon name="settings" size="s"/><span class="opt">{t("cal.display")}</span> }
                >
                    <div class="body calchoices">{side::choices(desk, true)}</div>
                </Popover>
            </span>
        </div>
    }
    .into_any()
}

/// What waits for somebody to decide.
fn conflicts(desk: Desk) -> AnyView {
    let count = move || desk.open_conflicts.get().filter(|n| *n > 0);
    let view = move || {
        count().map(|n| {
            let n = i64::try_from(n).unwrap_or(0);
            view! {
                <a class="btn quiet warned" href="/calendar/conflicts" aria-label=tn("cal.conflicts", n)>
                    <Icon name="alert" size="s"/>
                    <span class="opt">{t("cal.conflicts_short")}</span>
                    <span class="tag warn num">{fmt().number(n)}</span>
                </a>
            }
        })
    };
    view.into_any()
}

/// The zone that is shown, and a second one.
fn zone(desk: Desk) -> AnyView {
    let own = use_me().time_zone;
    let name = move || {
        let zone = desk.page.with(|p| p.zone.clone());
        // As clocks stand on the days that are shown.
        let mid = desk.page.with(|p| p.days.get(p.days.len() / 2).map_or(0, |d| d.span.start));
        let offset = desk.clock.with(|c| c.offset(mid));
        (words::zone_name(&zone), words::offset(offset))
    };
    view! {
        // A phone has no room for what goes without saying.
        <span class="zone" class:desk-only=move || own == desk.page.with(|p| p.zone.clone())>
            <Popover
                align="end"
                class="btn quiet"
                label=Signal::derive(move || t!("cal.zone_label", zone = name().0))
                trigger=move || {
                    view! {
                        <Icon name="globe" size="s"/>
                        <span>
                            <b>{move || name().0}</b>
                            " "
                            <span class="faint opt">{move || name().1}</span>
                        </span>
                        <Icon name="down" size="s"/>
                    }
                }
            >
                {rooms::planner(Plan::Zones(desk))}
            </Popover>
        </span>
    }
    .into_any()
}

/// On a phone: the way to a new item, under the thumb.
pub fn thumb(desk: Desk) -> AnyView {
    let may = move || desk.page.with(|p| p.can_create);
    let view = move || {
        may().then(|| {
            view! {
                <button type="button" class="fab phone-only" aria-label=t("cal.new") on:click=move |_| desk.new_at(None)>
                    <Icon name="plus" size="l"/>
                </button>
            }
        })
    };
    view.into_any()
}

/// Another set of kinds, none of them left meaning all.
pub fn with_kind(place: &Place, kind: domain::calendar::ItemKind, on: bool) -> Place {
    use domain::calendar::ItemKind;
    let mut kinds: Vec<ItemKind> = if place.kinds.is_empty() { ItemKind::ALL.to_vec() } else { place.kinds.clone() };
    kinds.retain(|k| *k != kind);
    if on {
        kinds.push(kind);
    }
    let all = ItemKind::ALL.iter().all(|k| kinds.contains(k));
    let kinds = if all { Vec::new() } else { ItemKind::ALL.into_iter().filter(|k| kinds.contains(k)).collect() };
    Place { kinds, ..place.clone() }
}

#[cfg(test)]
mod tests {
    use domain::calendar::ItemKind;

    use super::*;

    #[test]
    fn all_kinds_are_the_same_as_none_named() {
        let all = Place::default();
        let without = with_kind(&all, ItemKind::Leave, false);
        assert_eq!(without.kinds.len(), 5);
        assert_eq!(with_kind(&without, ItemKind::Leave, true), all);
        let last = Place { kinds: vec![ItemKind::Call], ..Place::default() };
        assert_eq!(with_kind(&last, ItemKind::Call, false), all, "nothing at all would be no calendar");
    }
}
