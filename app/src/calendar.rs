//! The calendar: who has the time, and what stands against it. Nobody is booked twice without having been told.
//!
//! Pure arithmetic, tested without a browser: [`place`] (the address), [`clock`] (instants and the wall), [`lanes`] (who stands
//! beside whom), [`clash`] (shared minutes), [`manner`] (how the reader writes a week and an hour). [`desk`] is what the screens
//! know; `live` reads, `moves` changes, `drag` and `keys` are the hands that `deeds` names; `grid`, `bars`, `month`, `agenda`, `team` draw. What
//! opens above the grid (the form, an item) is a part of its own with the hands: `planner`.

use crate::prelude::*;

mod agenda;
pub mod api;
mod bars;
mod clash;
mod clock;
pub(crate) mod conflicts;
pub(crate) mod deeds;
pub(crate) mod desk;
mod drag;
pub(crate) mod feeds;
mod grid;
pub(crate) mod habits;
mod hand;
mod head;
mod hours;
mod keys;
mod lanes;
mod live;
mod manner;
mod month;
mod moves;
mod off;
mod place;
pub(crate) mod planner;
mod side;
mod sources;
#[cfg(feature = "hydrate")]
mod spots;
mod swap;
mod taken;
mod team;
mod words;
mod zones;

pub(crate) use desk::Desk;
use place::View;

#[component]
pub fn CalendarPage() -> impl IntoView {
    let place = desk::place_here();
    let manner = manner::here(fmt());
    // Only the first picture comes through here; from then on the calendar follows its address by itself.
    let opened = Resource::new_blocking(|| (), move |()| desk::first(place.get_untracked(), manner));
    view! {
        <TopBar title=t("kind.calendar") make=Kind::Event/>
        <Suspense fallback=bones>
            {move || Suspend::new(async move {
                let start = opened.await;
                if let Err(Fault(Error::Unauthenticated)) = &start {
                    crate::shell::sign_in_again();
                }
                // Untracked: what is read while it is built must not build all of it again.
                untrack(|| room(Desk::new(place, start.map_err(|f| f.0))))
            })}
        </Suspense>
    }
}

/// All that one may see as a file, for those who may take it along.
fn download(class: &'static str) -> Option<AnyView> {
    use_me().who().has(domain::rights::Power::Export).then(|| {
        view! {
            <a class=class href="/api/v1/events/export?format=ics" rel="external" download="calendar.ics">
                <Icon name="export" size="s"/>
                {t("cal.download")}
            </a>
        }
        .into_any()
    })
}

fn room(desk: Desk) -> AnyView {
    desk.follow();
    hand::listen(desk);
    planner::begin(desk);
    hand::fit_view(desk);
    let view = Memo::new(move |_| desk.place.with(|p| p.view));
    let shape = Memo::new(move |_| if view.get().has_hours() { View::Week } else { view.get() });
    // A page that is read again draws no new one: what has the keyboard keeps it.
    let failure = Memo::new(move |_| desk.failure.get());
    let body = move || match shape.get() {
        View::Month => month::month(desk),
        View::Agenda => agenda::agenda(desk),
        View::Team => team::team(desk),
        _ => grid::hours(desk),
    };
    view! {
        {head::bar(desk)}
        {move || {
            desk.page.with(|p| p.more).then(|| view! { <Banner tone="info">{t("cal.too_many")}</Banner> })
        }}
        <div class=move || format!("cal in-{}", view.get().name()) aria-busy=move || desk.loading.get().then_some("true")>
            {move || match failure.get() {
                Some(error) => view! { <ErrorState error=error retry=Callback::new(move |()| desk.load())/> }.into_any(),
                None => view! { {body} }.into_any(),
            }}
            {side::side(desk)}
            {head::thumb(desk)}
        </div>
        {planner::over(desk)}
        <p class="sr" id="cal-help">{t("cal.help")}</p>
        <div class="sr" role="status" aria-live="polite" aria-atomic="true" data-say="calendar">{move || desk.spoken.get()}</div>
    }
    .into_any()
}

/// The shape of what comes.
fn bones() -> AnyView {
    view! {
        <div class="pagebar"></div>
        <div class="cal" aria-busy="true"><div class="wk"><Skeleton rows=12/></div></div>
    }
    .into_any()
}
