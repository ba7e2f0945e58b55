//! A line: when, what, why it is there, what it is worth, and what can be done with it at once. And the bar for several.

use std::sync::Arc;

use domain::rights::Act;
use domain::today::Line;

use super::desk::{Desk, Later};
use super::words;
use crate::prelude::*;

pub fn row(desk: Desk, key: String, line: Memo<Option<Arc<Line>>>) -> AnyView {
    let at = key.clone();
    let id = line.with_untracked(|l| l.as_ref().map(|l| l.id));
    let picked = Memo::new(move |_| id.is_some_and(|id| desk.picked.with(|p| p.contains(&id))));
    view! {
        <li class="dayrow" data-line=key aria-current=move || picked.get().then_some("true") on:focusin=move |_| desk.at.set(Some(at.clone()))>
            {move || line.get().map(|l| content(desk, &l, picked))}
        </li>
    }
    .into_any()
}

fn content(desk: Desk, line: &Arc<Line>, picked: Memo<bool>) -> AnyView {
    let (id, task) = (line.id, line.kind == Kind::Task && line.can_edit);
    let name = words::name(line);
    let tick = task.then(|| {
        view! {
            <input
                type="checkbox"
                class="box"
                aria-label=t!("today.pick", name = name)
                prop:checked=move || picked.get()
                on:change=move |_| desk.toggle(id)
            />
        }
    });
    let amount = line.amount.map(|m| view! { <span title=fmt().money(m)>{fmt().money_round(m)}</span> });
    let timed = Arc::clone(line);
    let when = move || words::when(&timed);
    let reasons = Arc::clone(line);
    let tag = |(tone, text): (&str, String)| view! { <span class=format!("tag {tone}")>{text}</span> };
    let why = move || reasons.why.iter().filter_map(|w| words::why(w, &reasons)).map(tag).collect_view();
    view! {
        <span class="tick">{tick}</span>
        <span class="when num">{when}</span>
        <Icon name=words::icon(line)/>
        <span class="what">
            <a class="t clip" href=words::href(line)>{name.clone()}</a>
            {about(desk, line)}
        </span>
        <span class="why">{why}</span>
        <span class="amt num strong">{amount}</span>
        <span class="acts">{acts(desk, line, task, &name)}</span>
    }
    .into_any()
}

/// What it is about: deal, company, contact, place.
fn about(desk: Desk, line: &Line) -> AnyView {
    let named = |id: Option<Id>, kind: Kind| {
        let id = id.filter(|id| *id != line.id)?;
        let name = desk.data.with_untracked(|d| d.as_ref().and_then(|d| d.labels.get(&id).map(|l| l.name.clone())))?;
        let href = crate::records::value::page_of(kind, id)?;
        Some(view! { <a class="clip" href=href>{name}</a> })
    };
    let place = (!line.place.is_empty()).then(|| view! { <span class="clip">{line.place.clone()}</span> });
    view! {
        <small>
            {named(line.company, Kind::Company)}
            {named(line.deal, Kind::Deal)}
            {named(line.contact, Kind::Contact)}
            {place}
        </small>
    }
    .into_any()
}

/// The first act by itself, and all of them in a menu.
fn acts(desk: Desk, line: &Arc<Line>, task: bool, name: &str) -> AnyView {
    let who = use_me().who();
    let (may_call, may_task) = (who.may_some(Act::Create, Kind::Call), who.may_some(Act::Create, Kind::Task));
    if !task && !may_call && !may_task {
        return ().into_any();
    }
    let id = line.id;
    let first = if task {
        let label = t!("today.do_done_named", name = name);
        let press = move |_| desk.finish(vec![id]);
        view! { <button type="button" class="btn quiet icon" aria-label=label title=t("today.do_done") on:click=press><Icon name="check"/></button> }
            .into_any()
    } else if line.kind == Kind::Deal && may_task {
        let (label, of) = (t!("today.do_step_named", name = name), line.clone());
        let press = move |_| desk.begin(Kind::Task, &of);
        view! { <button type="button" class="btn quiet icon" aria-label=label title=t("today.do_step") on:click=press><Icon name="plus"/></button> }
            .into_any()
    } else {
        ().into_any()
    };
    let of = StoredValue::new(line.clone());
    let begin = move |kind: Kind| of.with_value(|l| desk.begin(kind, l));
    let label = t!("today.acts_of", name = name);
    view! {
        {first}
        <Menu class="btn quiet icon" align="end" label=Signal::derive(move || label.clone()) trigger=|| view! { <Icon name="more"/> }>
            {task.then(|| view! {
                <MenuItem label=t("today.do_done").to_owned() icon="check" on_select=move |()| desk.finish(vec![id])/>
                <MenuItem label=t("today.do_tomorrow").to_owned() icon="clock" on_select=move |()| desk.put_off(vec![id], Later::Tomorrow)/>
                <MenuItem label=t("today.do_week").to_owned() icon="calendar" on_select=move |()| desk.put_off(vec![id], Later::NextWeek)/>
            })}
            {may_call.then(|| view! { <MenuItem label=t("today.do_call").to_owned() icon="phone" on_select=move |()| begin(Kind::Call)/> })}
            {may_task.then(|| view! { <MenuItem label=t("today.do_step").to_owned() icon="plus" on_select=move |()| begin(Kind::Task)/> })}
        </Menu>
    }
    .into_any()
}

pub fn selected(desk: Desk) -> String {
    let n = desk.picked.with(|p| i64::try_from(p.len()).unwrap_or(0));
    if n > 0 { tn("bulk.selected", n) } else { String::new() }
}

/// What can be done with all that is picked.
pub fn bar(desk: Desk) -> AnyView {
    let all = move || desk.picked_ids();
    view! {
        <div class="selbar" role="region" aria-label=t("bulk.title")>
            <b class="num">{move || selected(desk)}</b>
            {move || {
                let tasks = desk.tasks();
                let n = i64::try_from(tasks.len()).unwrap_or(0);
                (desk.picked.with(|p| !tasks.is_subset(p)))
                    .then(|| {
                        view! {
                            <button type="button" class="linkish" on:click=move |_| desk.picked.set(untrack(|| desk.tasks()))>
                                {tn("bulk.all_results", n)}
                            </button>
                        }
                    })
            }}
            <Button icon="check" on_click=Callback::new(move |_| desk.finish(all()))>{t("today.do_done")}</Button>
            <Button icon="clock" on_click=Callback::new(move |_| desk.put_off(all(), Later::Tomorrow))>{t("today.do_tomorrow")}</Button>
            <Button icon="calendar" on_click=Callback::new(move |_| desk.put_off(all(), Later::NextWeek))>{t("today.do_week")}</Button>
            <IconButton icon="x" label=t("bulk.clear") on_click=Callback::new(move |_| desk.picked.set(Default::default()))/>
        </div>
    }
    .into_any()
}
