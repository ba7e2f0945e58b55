//! Who and what takes part: chips that turn amber as soon as somebody is busy then, and one field to add people, contacts,
//! rooms and equipment.

use domain::calendar::Conflict;

use super::model::{Form, Person};
use crate::prelude::*;

/// Everybody else that can be booked besides users.
const ALSO: [Kind; 2] = [Kind::Contact, Kind::Resource];

fn is_hit(conflicts: &[Conflict], id: Id) -> bool {
    conflicts.iter().any(|c| c.who.id == id)
}

pub fn people(form: Form) -> AnyView {
    let adding = RwSignal::new(false);
    let value = RwSignal::new(None::<Id>);
    let name = RwSignal::new(String::new());
    let chosen = Callback::new(move |hit: Option<domain::list::Hit>| {
        let Some(hit) = hit else { return };
        value.set(None);
        name.set(String::new());
        form.people.update(|all| {
            if all.iter().all(|p| p.id != hit.id) {
                all.push(Person { id: hit.id, kind: hit.kind, name: hit.name });
            }
        });
    });
    let chips = move || form.people.get().into_iter().map(|p| chip(form, p)).collect_view();
    let nobody = move || form.people.with(Vec::is_empty);
    view! {
        <div class="who">
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
        </div>
    }
    .into_any()
}

fn chip(form: Form, person: Person) -> AnyView {
    let id = person.id;
    let busy = Memo::new(move |_| form.checked.with(|c| is_hit(&c.conflicts, id)));
    let name = person.name.clone();
    let own = id == form.desk.me;
    let picture = if person.kind == Kind::Resource {
        view! { <Mark name=name.clone()/> }.into_any()
    } else {
        view! { <Avatar name=name.clone() beside=true/> }.into_any()
    };
    let label = t!("action.remove_named", name = name);
    view! {
        <span class="chip on person" class:hit=move || busy.get()>
            {picture}
            <span class="clip">{if own { tk("cal.you_named") } else { name }}</span>
            {move || busy.get().then(|| view! { <span>{t("cal.is_busy")}</span> })}
            <button type="button" aria-label=label on:click=move |_| form.people.update(|all| all.retain(|p| p.id != id))>
                <Icon name="x"/>
            </button>
        </span>
    }
    .into_any()
}
