//! The zone that the calendar is shown in, and a second one beside the hours.

use super::super::desk::Desk;
use super::super::place::Place;
use super::super::words;
use crate::prelude::*;

pub fn choose(desk: Desk) -> AnyView {
    let own = use_me().time_zone;
    let shown = RwSignal::new(desk.page.with_untracked(|p| p.zone.clone()));
    let second = RwSignal::new(desk.place.with_untracked(|p| p.second.clone()));
    let mine = own.clone();
    let go = move || {
        let zone = shown.get_untracked();
        let zone = if zone == mine { String::new() } else { zone };
        let to = Place { zone, second: second.get_untracked(), ..desk.place.get_untracked() };
        desk.go_quietly(&to);
    };
    Effect::new(move |before: Option<(String, String)>| {
        let now = (shown.get(), second.get());
        if before.is_some_and(|b| b != now) {
            go();
        }
        now
    });
    let browser = crate::i18n::browser_zone().filter(|z| *z != own);
    let quick = [Some(own), browser].into_iter().flatten().map(|zone| {
        let to = zone.clone();
        view! { <button type="button" class="chip round" aria-pressed=move || if shown.with(|s| *s == zone) { "true" } else { "false" } on:click=move |_| shown.set(to.clone())>{words::zone_name(&to.clone())}</button> }
    }).collect_view();
    view! {
        <div class="body">
            <div class="who">{quick}</div>
            <Field label=t("cal.zone_shown")><ZoneSelect value=shown/></Field>
            <Field label=t("cal.zone_second")><ZoneSelect value=second/></Field>
            <Show when=move || !second.with(String::is_empty)>
                <button type="button" class="linkish" on:click=move |_| second.set(String::new())>{t("cal.zone_none")}</button>
            </Show>
        </div>
    }
    .into_any()
}
