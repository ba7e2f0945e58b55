//! Whose item it is, and who and what takes part: chips that turn amber as soon as somebody is busy then, and one field to add
//! people, contacts, rooms and equipment.

use domain::calendar::Conflict;
use domain::rights::Act;

use super::model::{Form, Person};
use crate::prelude::*;

/// Everybody else that can be booked besides users.
const ALSO: [Kind; 2] = [Kind::Contact, Kind::Resource];

fn is_hit(conflicts: &[Conflict], id: Id) -> bool {
    conflicts.iter().any(|c| c.who.id == id)
}

pub fn people(form: Form) -> AnyView {
    view! { <div class="who">{host(form)}{guests(form, true)}</div> }.into_any()
}

/// Whoever takes part, one of them like the other.
pub fn equals(form: Form) -> AnyView {
    view! { <div class="who">{guests(form, false)}</div> }.into_any()
}

fn guests(form: Form, hosted: bool) -> AnyView {
    let adding = RwSignal::new(false);
    let value = RwSignal::new(None::<Id>);
    let name = RwSignal::new(String::new());
    let chosen = Callback::new(move |hit: Option<domain::list::Hit>| {
        let Some(hit) = hit else { return };
        // The field stays, and the keyboard in it: one seldom adds one only.
        adding.set(true);
        value.set(None);
        name.set(String::new());
        form.people.update(|all| {
            let hosts = hosted && organiser(form).is_some_and(|o| o.id == hit.id);
            if !hosts && all.iter().all(|p| p.id != hit.id) {
                all.push(Person { id: hit.id, kind: hit.kind, name: hit.name });
            }
        });
    });
    // Whoever organises it stands there already, and does not stand there twice.
    let others = move || {
        let host = if hosted { organiser(form).map(|o| o.id) } else { None };
        form.people.get().into_iter().filter(move |p| Some(p.id) != host)
    };
    let chips = move || others().map(|p| chip(form, p)).collect_view();
    let nobody = move || others().next().is_none();
    view! {
        {chips}
        <Show
            when=move || adding.get() || nobody()
            fallback=move || {
                view! {
                    <button type="button" class="chip add" on:click=move |_| adding.set(true)>
                        <Icon name="plus"/>
                        {t("action.add")}
                    </button>
                }
            }
        >
            <RefPicker
                kind=Kind::User
                also=&ALSO
                value=value
                label=name
                aria=tk("cal.add_who")
                placeholder=tk("cal.add_who")
                on_change=chosen
                autofocus=adding.get_untracked()
            />
        </Show>
    }
    .into_any()
}

/// Whose item it is; None: nobody's here, it came from elsewhere.
fn organiser(form: Form) -> Option<Person> {
    form.organiser.get().or_else(|| form.origin.with_value(Option::is_none).then(|| form.own.get_value()))
}

/// The one whose item it is, and another instead for whoever may plan for others.
fn host(form: Form) -> AnyView {
    let choosing = RwSignal::new(false);
    let refused = RwSignal::new(None::<String>);
    let may = move |id: Id| form.desk.who.with_value(|w| w.may_own(Act::Create, Kind::Event, Some(id)));
    // Of nobody's items one may make some only who may make others'.
    let can = form.desk.who.with_value(|w| w.may_own(Act::Create, Kind::Event, None));
    let chosen = Callback::new(move |hit: Option<domain::list::Hit>| {
        let Some(hit) = hit else { return };
        choosing.set(false);
        if !may(hit.id) {
            return refused.set(Some(t!("cal.swap.rights", name = hit.name)));
        }
        refused.set(None);
        // Whoever organises it takes part already.
        form.people.update(|all| all.retain(|p| p.id != hit.id));
        form.organiser.set(Some(Person { id: hit.id, kind: Kind::User, name: hit.name }));
    });
    let shown = move || {
        if choosing.get() {
            // Who leaves it as it is leaves the one who organises it.
            let now = untrack(|| organiser(form));
            let (value, name) = (RwSignal::new(now.as_ref().map(|o| o.id)), RwSignal::new(now.map(|o| o.name).unwrap_or_default()));
            let word = tk("field.organiser");
            return view! { <RefPicker kind=Kind::User value=value label=name aria=word.clone() placeholder=word on_change=chosen autofocus=true/> }
                .into_any();
        }
        let change = move || {
            can.then(|| {
                view! {
                    <button type="button" aria-label=t("cal.change_organiser") on:click=move |_| choosing.set(true)>
                        <Icon name="edit"/>
                    </button>
                }
            })
        };
        organiser(form).map(|person| of_person(form, person, Some(t("field.organiser")), change().into_any())).into_any()
    };
    view! {
        {shown}
        {move || refused.get().map(|why| view! { <span class="err" role="alert">{why}</span> })}
    }
    .into_any()
}

fn chip(form: Form, person: Person) -> AnyView {
    let id = person.id;
    let label = t!("action.remove_named", name = person.name.clone());
    let remove = view! {
        <button type="button" aria-label=label on:click=move |_| form.people.update(|all| all.retain(|p| p.id != id))>
            <Icon name="x"/>
        </button>
    };
    of_person(form, person, None, remove.into_any())
}

/// `part`: what they are in it, where they are more than one of those who take part.
fn of_person(form: Form, person: Person, part: Option<&'static str>, deed: AnyView) -> AnyView {
    let id = person.id;
    let busy = Memo::new(move |_| form.checked.with(|c| is_hit(&c.conflicts, id)));
    let name = person.name;
    let own = id == form.desk.me;
    let picture = if person.kind == Kind::Resource {
        view! { <Mark name=name.clone()/> }.into_any()
    } else {
        view! { <Avatar name=name.clone() beside=true/> }.into_any()
    };
    view! {
        <span class="chip on person" class:hit=move || busy.get()>
            {picture}
            <span class="clip">{if own { tk("cal.you_named") } else { name }}</span>
            {part.map(|part| view! { <span class="faint">{part}</span> })}
            {move || busy.get().then(|| view! { <span>{t("cal.is_busy")}</span> })}
            {deed}
        </span>
    }
    .into_any()
}
