//! What strangers see: a page where a free time is taken, and the page behind the link in the letter.

use domain::booking::open::{Booked, BookingState, OpenKind, OpenPage, Wanted};
use domain::time;
use leptos::task::spawn_local;
use leptos_router::hooks::{use_params_map, use_query_map};

use super::api::{self, Where};
use super::picker::{Picker, chosen_words, picker};
use crate::prelude::*;
use crate::shell::Languages;

/// What both pages stand on: a card in the middle, and the languages below it.
fn sheet(title: String, inside: AnyView) -> AnyView {
    view! {
        <leptos_meta::Title text=title/>
        <leptos_meta::Meta name="robots" content="noindex"/>
        <div class="book">
            <main id="main">{inside}</main>
            <footer><Languages/></footer>
        </div>
    }
    .into_any()
}

fn nothing(error: Error, key: &'static str) -> AnyView {
    let inside = match error {
        Error::NotFound => {
            view! { <div class="sheet"><EmptyState icon="calendar" title=t(key) hint=t("book.gone_hint")/></div> }.into_any()
        }
        error => view! { <div class="sheet"><ErrorState error=error/></div> }.into_any(),
    };
    sheet(t(key).to_owned(), inside)
}

#[component]
pub fn BookPage() -> impl IntoView {
    let slug = use_params_map().with_untracked(|p| p.get("slug")).unwrap_or_default();
    let start = Resource::new_blocking(move || slug.clone(), api::read_page);
    view! {
        <Transition fallback=|| ()>
            {move || Suspend::new(async move {
                match start.await {
                    Ok(page) => untrack(|| booking(page)),
                    Err(Fault(error)) => untrack(|| nothing(error, "book.gone")),
                }
            })}
        </Transition>
    }
    .into_any()
}

/// What the visitor has said so far. It stays when a time turns out to be taken.
#[derive(Clone, Copy)]
struct Said {
    name: RwSignal<String>,
    email: RwSignal<String>,
    phone: RwSignal<String>,
    note: RwSignal<String>,
    website: RwSignal<String>,
    error: RwSignal<Option<Error>>,
    busy: RwSignal<bool>,
    /// Somebody else was faster.
    late: RwSignal<bool>,
}

impl Said {
    fn new() -> Self {
        let text = || RwSignal::new(String::new());
        Self {
            name: text(),
            email: text(),
            phone: text(),
            note: text(),
            website: text(),
            error: RwSignal::new(None),
            busy: RwSignal::new(false),
            late: RwSignal::new(false),
        }
    }
}

/// What outlives this drawing of the page: all is drawn anew when the language changes, and nobody types twice.
#[derive(Clone)]
struct Kept {
    slug: String,
    /// Drawn in the same language again, the page was left and come back to: it begins anew.
    drawn_in: Locale,
    p: Picker,
    said: Said,
    done: RwSignal<Option<Booked>>,
}

/// It belongs to the whole document, above what is drawn anew.
fn kept(page: &OpenPage, only: Option<Id>) -> Kept {
    let locale = use_i18n().locale.get_untracked();
    let held = use_context::<Kept>().filter(|kept| kept.slug == page.slug && kept.drawn_in != locale);
    let make = || {
        let kept = match held {
            Some(held) => Kept { drawn_in: locale, ..held },
            None => Kept {
                slug: page.slug.clone(),
                drawn_in: locale,
                p: Picker::new(Where { slug: page.slug.clone(), token: String::new() }, only, page.zone.clone()),
                said: Said::new(),
                done: RwSignal::new(None),
            },
        };
        provide_context(kept.clone());
        kept
    };
    let mut top = Owner::current();
    while let Some(above) = top.as_ref().and_then(Owner::parent) {
        top = Some(above);
    }
    match top {
        Some(top) => top.with(make),
        None => make(),
    }
}

fn booking(page: OpenPage) -> AnyView {
    let title = page.name.clone();
    let kinds = page.kinds.clone();
    let only = if let [one] = kinds.as_slice() { Some(one.id) } else { None };
    let Kept { p, said, done, .. } = kept(&page, only);
    let all = StoredValue::new(kinds.clone());
    let kind = Memo::new(move |_| p.kind.get().and_then(|id| all.with_value(|all| all.iter().find(|k| k.id == id).cloned())));
    let slug = StoredValue::new(page.slug.clone());
    let inside = move || {
        if let Some(booked) = done.get() {
            return view! { <section class="step done" tabindex="-1">{booked_card(booked, true)}</section> }.into_any();
        }
        let Some(kind) = kind.get() else {
            return view! { <p class="lead">{t("book.choose_kind")}</p> }.into_any();
        };
        let minutes = kind.minutes;
        view! {
            <section class="step" hidden=move || p.chosen.with(Option::is_some)>
                {move || said.late.get().then(|| view! { <div class="banner warn" role="alert"><Icon name="warn"/><span class="grow">{t("book.taken")}</span></div> })}
                {picker(p)}
            </section>
            {move || p.chosen.with(Option::is_some).then(|| details(p, said, slug.get_value(), minutes, done))}
        }
        .into_any()
    };
    // Each step begins where the eyes (and the keyboard) have to go.
    Effect::new(move |was: Option<(bool, bool)>| {
        let now = (p.chosen.with(Option::is_some), done.with(Option::is_some));
        if was.is_some_and(|was| was != now) {
            let target = match now {
                (_, true) => ".book .done",
                (true, _) => ".book form input[name='name']",
                _ => ".book .day[aria-pressed='true']",
            };
            soon(target);
        }
        now
    });
    let card = view! {
        <div class="sheet">
            {about(&page)}
            <div class="take">
                {(kinds.len() > 1).then(|| view! { <div hidden=move || done.with(Option::is_some)>{choose(p, kinds)}</div> })}
                {inside}
            </div>
        </div>
    };
    sheet(title, card.into_any())
}

fn soon(target: &'static str) {
    #[cfg(feature = "hydrate")]
    request_animation_frame(move || {
        crate::dom::focus(target);
    });
    #[cfg(not(feature = "hydrate"))]
    let _ = target;
}

/// Who it is with, and what for.
fn about(page: &OpenPage) -> AnyView {
    let OpenPage { name, about, with, house, kinds, is_team, .. } = page.clone();
    let facts = if let [one] = kinds.as_slice() { kind_facts(one) } else { ().into_any() };
    let who = if is_team {
        view! { <Mark name=with.clone()/> }.into_any()
    } else {
        view! { <Avatar name=with.clone() size="xl" beside=true/> }.into_any()
    };
    view! {
        <header class="about">
            {who}
            <p class="with">{with}<span>{house}</span></p>
            <h1>{name}</h1>
            {(!about.is_empty()).then(|| view! { <p class="lead">{about}</p> })}
            {facts}
        </header>
    }
    .into_any()
}

fn kind_facts(kind: &OpenKind) -> AnyView {
    let OpenKind { name, about, minutes, place, .. } = kind.clone();
    view! {
        <div class="whatis">
            <h2>{name}</h2>
            {(!about.is_empty()).then(|| view! { <p>{about}</p> })}
            <p class="bit"><Icon name="clock" size="s"/>{tn("book.minutes", i64::from(minutes))}</p>
            {(!place.is_empty()).then(|| view! { <p class="bit"><Icon name="pin" size="s"/>{place}</p> })}
        </div>
    }
    .into_any()
}

fn choose(p: Picker, kinds: Vec<OpenKind>) -> AnyView {
    let card = move |kind: OpenKind| {
        let id = kind.id;
        view! {
            <label class="kind">
                <input type="radio" name="kind" prop:checked=move || p.kind.get() == Some(id) on:change=move |_| p.choose_kind(id)/>
                {kind_facts(&kind)}
            </label>
        }
    };
    view! {
        <fieldset class="kinds">
            <legend>{t("book.kinds")}</legend>
            {kinds.into_iter().map(card).collect_view()}
        </fieldset>
    }
    .into_any()
}

/// Name, address, words: the last step.
fn details(p: Picker, said: Said, slug: String, minutes: u32, done: RwSignal<Option<Booked>>) -> AnyView {
    let locale = use_i18n().locale;
    let submit = Callback::new(move |()| {
        let Some(time) = p.chosen.get_untracked().filter(|_| !said.busy.get_untracked()) else { return };
        let wanted = Wanted {
            kind: p.kind.get_untracked(),
            start: time.start,
            zone: p.zone.get_untracked(),
            locale: Some(locale.get_untracked()),
            name: said.name.get_untracked(),
            email: said.email.get_untracked(),
            phone: said.phone.get_untracked(),
            note: said.note.get_untracked(),
            website: said.website.get_untracked(),
        };
        said.error.set(None);
        if let Err(problem) = wanted.clone().checked() {
            said.error.set(Some(problem));
            return soon(".book form [aria-invalid='true']");
        }
        said.busy.set(true);
        let slug = slug.clone();
        spawn_local(async move {
            let answer = api::take(slug, wanted).await;
            said.busy.set(false);
            match answer {
                Ok(booked) => {
                    said.late.set(false);
                    done.set(Some(booked));
                }
                Err(Fault(Error::Clash { .. })) => {
                    said.late.set(true);
                    p.again();
                }
                Err(Fault(error)) => {
                    said.error.set(Some(error));
                    soon(".book form [aria-invalid='true']");
                }
            }
        });
    });
    let of = move |field: &'static str| error_in(said.error, field);
    let whole = move || said.error.get().filter(|e| !matches!(e, Error::Invalid { .. }));
    let fields = view! {
        <p class="chosen"><Icon name="calendar"/><b>{move || chosen_words(p, minutes)}</b></p>
        {move || whole().map(|e| view! { <div class="banner bad" role="alert"><Icon name="warn"/><span class="grow">{error_text(&e)}</span></div> })}
        <Field label=t("book.name") error=of("name") required=true>
            <TextInput value=said.name name="name" autocomplete="name"/>
        </Field>
        <Field label=t("field.email") hint=t("book.email_hint") error=of("email") required=true>
            <TextInput value=said.email kind="email" name="email" autocomplete="email" inputmode="email"/>
        </Field>
        <Field label=t("book.phone") error=of("phone")>
            <TextInput value=said.phone kind="tel" name="phone" autocomplete="tel" inputmode="tel"/>
        </Field>
        <Field label=t("book.note") error=of("note")>
            <TextArea value=said.note rows=3/>
        </Field>
        // For programs that fill in everything; people neither see nor reach it.
        <div class="trap" aria-hidden="true">
            <input type="text" name="website" tabindex="-1" autocomplete="off" prop:value=move || said.website.get() on:input=move |event| said.website.set(event_target_value(&event))/>
        </div>
        <div class="acts">
            <button type="button" class="btn large" on:click=move |_| p.chosen.set(None)>{t("book.back")}</button>
            <Button look="primary large" busy=said.busy>{t("book.book")}</Button>
        </div>
    };
    view! { <section class="step">{form("details", submit, fields.into_any())}</section> }.into_any()
}

/// What was booked. `fresh`: a moment ago, on the page where it was.
fn booked_card(booked: Booked, fresh: bool) -> AnyView {
    let Booked { state, name, with, place, when, email, token, by_mail, .. } = booked;
    let (icon, key) = match state {
        BookingState::Booked if fresh => ("check", "book.done"),
        BookingState::Booked => ("calendar", "book.yours"),
        BookingState::Cancelled => ("x", "book.cancelled"),
        BookingState::Over => ("clock", "book.over"),
    };
    let is_on = state == BookingState::Booked;
    let letter = if by_mail { t!("book.letter", email = email) } else { t("book.no_letter").to_owned() };
    let row = |key: &'static str, value: String| (!value.is_empty()).then(|| view! { <div><dt>{t(key)}</dt><dd>{value}</dd></div> });
    view! {
        <div class=format!("badge {}", if is_on { "good" } else { "" })><Icon name=icon size="l"/></div>
        <h2>{t(key)}</h2>
        <dl class=if is_on { "" } else { "gone" }>
            {row("book.what", name)}
            {row("book.when", when)}
            {row("book.where", place)}
            {row("book.with", with)}
        </dl>
        {(is_on && fresh).then(|| view! {
            <p class="lead">{letter}</p>
            <p><a href=format!("/booking/{token}")>{t("book.change")}</a></p>
        })}
    }
    .into_any()
}

#[component]
pub fn BookedPage() -> impl IntoView {
    let token = use_params_map().with_untracked(|p| p.get("token")).unwrap_or_default();
    let start = Resource::new_blocking(move || token.clone(), api::look_up);
    view! {
        <Transition fallback=|| ()>
            {move || Suspend::new(async move {
                match start.await {
                    Ok(booked) => untrack(|| mine(booked)),
                    Err(Fault(error)) => untrack(|| nothing(error, "book.no_booking")),
                }
            })}
        </Transition>
    }
    .into_any()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Doing {
    Looking,
    Moving,
    Cancelling,
}

fn mine(first: Booked) -> AnyView {
    let query = use_query_map();
    let asked = query.with_untracked(|q| (q.get("move").is_some(), q.get("cancel").is_some()));
    let open = first.state == BookingState::Booked;
    let doing = RwSignal::new(match asked {
        (true, _) if open && first.kind.is_some() => Doing::Moving,
        (_, true) if open => Doing::Cancelling,
        _ => Doing::Looking,
    });
    let title = first.name.clone();
    let p = Picker::new(Where { slug: String::new(), token: first.token.clone() }, first.kind, first.zone.clone());
    let booked = RwSignal::new(first);
    let (busy, late, error) = (RwSignal::new(false), RwSignal::new(false), RwSignal::new(None::<Error>));
    let act = move |cancels: bool| {
        if busy.get_untracked() {
            return;
        }
        let token = booked.with_untracked(|b| b.token.clone());
        let (to, zone) = (p.chosen.get_untracked().map(|c| c.start).unwrap_or_default(), p.zone.get_untracked());
        busy.set(true);
        error.set(None);
        spawn_local(async move {
            let answer = if cancels { api::cancel(token).await } else { api::move_to(token, to, zone).await };
            busy.set(false);
            late.set(false);
            match answer {
                Ok(now) => {
                    booked.set(now);
                    p.chosen.set(None);
                    doing.set(Doing::Looking);
                    soon(".book .step");
                }
                Err(Fault(Error::Clash { .. })) => {
                    late.set(true);
                    p.again();
                }
                Err(Fault(problem)) => error.set(Some(problem)),
            }
        });
    };
    let words = move || chosen_words(p, booked.with(|b| b.minutes));
    let inside = move || {
        match doing.get() {
        Doing::Looking => looking(booked.get(), doing),
        Doing::Cancelling => view! {
            <div class="ask">
                <p><b>{t("book.cancel_ask")}</b></p>
                <div class="acts">
                    <button type="button" class="btn large" on:click=move |_| doing.set(Doing::Looking)>{t("book.keep")}</button>
                    <Button look="danger large" busy=busy on_click=move |_| act(true)>{t("book.cancel")}</Button>
                </div>
            </div>
        }
        .into_any(),
        Doing::Moving => view! {
            {move || late.get().then(|| view! { <div class="banner warn" role="alert"><Icon name="warn"/><span class="grow">{t("book.taken")}</span></div> })}
            <div hidden=move || p.chosen.with(Option::is_some)>{picker(p)}</div>
            {move || p.chosen.with(Option::is_some).then(|| view! {
                <div class="ask">
                    <p class="chosen"><Icon name="calendar"/><b>{words}</b></p>
                    <div class="acts">
                        <button type="button" class="btn large" on:click=move |_| p.chosen.set(None)>{t("book.back")}</button>
                        <Button look="primary large" busy=busy on_click=move |_| act(false)>{t("book.move_here")}</Button>
                    </div>
                </div>
            })}
            <div class="acts" hidden=move || p.chosen.with(Option::is_some)>
                <button type="button" class="btn large" on:click=move |_| doing.set(Doing::Looking)>{t("book.keep")}</button>
            </div>
        }
        .into_any(),
    }
    };
    let card = view! {
        <div class="sheet own">
            <header class="about">
                <p class="with">{booked.with_untracked(|b| b.house.clone())}</p>
                <h1>{t("book.appointment")}</h1>
            </header>
            <div class="take">
                <section class="step" tabindex="-1" aria-live="polite">{move || booked_card(booked.get(), false)}</section>
                {move || error.get().map(|e| view! { <div class="banner bad" role="alert"><Icon name="warn"/><span class="grow">{error_text(&e)}</span></div> })}
                {inside}
            </div>
        </div>
    };
    sheet(title, card.into_any())
}

fn looking(booked: Booked, doing: RwSignal<Doing>) -> AnyView {
    let again =
        (!booked.slug.is_empty()).then(|| view! { <a class="btn large" href=format!("/book/{}", booked.slug)>{t("book.again")}</a> });
    if booked.state != BookingState::Booked {
        return view! { <div class="acts">{again}</div> }.into_any();
    }
    let movable = booked.kind.is_some() && time::parse_instant(&booked.start).is_some();
    view! {
        <div class="acts">
            <button type="button" class="btn large" on:click=move |_| doing.set(Doing::Cancelling)>{t("book.cancel")}</button>
            {movable.then(|| view! {
                <button type="button" class="btn primary large" on:click=move |_| doing.set(Doing::Moving)>{t("book.move")}</button>
            })}
        </div>
    }
    .into_any()
}
