//! Booking pages among the settings: those there are with their links, and the form that makes and changes one.

use domain::booking::{MeetingKind, NewPage, Page, slug_of};
use leptos::task::spawn_local;

use super::api::{self, Pages};
use crate::prelude::*;

type Found = Resource<Result<Pages, Fault>>;

/// What the form is open for.
#[derive(Clone)]
enum Editing {
    New,
    Old(Page),
}

const LOOK: mine::Look = mine::Look {
    heads: &["booking.name", "booking.owner", "booking.state"],
    icon: "link",
    none: ("booking.none", "booking.none_hint"),
    sure: "booking.delete",
};

#[component]
pub fn PagesSettings() -> impl IntoView {
    let found = Resource::new(|| (), |()| api::list_pages());
    let editing = RwSignal::new(None::<Editing>);
    let may_add = Signal::derive(move || found.get().and_then(Result::ok).is_some_and(|all| adding(&all)) && editing.with(Option::is_none));
    let begin =
        move || may_add.get().then(|| mine::new_button("booking.new", "primary", Callback::new(move |()| editing.set(Some(Editing::New)))));
    view! {
        <div class="page narrow">
            {mine::section_head("booking.title", "booking.text", Some(view! { <Transition>{begin}</Transition> }.into_any()))}
            {loaded(found, move |all| inside(all, found, editing))}
        </div>
    }
    .into_any()
}

fn inside(all: Pages, found: Found, editing: RwSignal<Option<Editing>>) -> AnyView {
    let all = StoredValue::new(all);
    let shown = move || match editing.get() {
        Some(what) => edit(what, all.get_value(), found, editing),
        None => list(all.get_value().pages, found, editing),
    };
    view! { <section class="block">{shown}</section> }.into_any()
}

fn adding(all: &Pages) -> bool {
    all.own || !all.teams.is_empty()
}

fn list(pages: Vec<Page>, found: Found, editing: RwSignal<Option<Editing>>) -> AnyView {
    let asked = mine::Asked::new(None);
    let toasts = use_toasts();
    mine::things(&LOOK, asked, pages.into_iter().map(|page| thing(page, found, editing, asked, toasts)).collect())
}

fn thing(page: Page, found: Found, editing: RwSignal<Option<Editing>>, asked: mine::Asked, toasts: Toasts) -> mine::Thing {
    let path = format!("/book/{}", page.slug);
    let (tone, state) = if page.active { ("good", "booking.on") } else { ("", "booking.off") };
    let kinds = tn("booking.count", i64::try_from(page.kinds.len()).unwrap_or(0));
    let cells = vec![
        mine::named(page.name.clone(), view! { <code>{path.clone()}</code> }),
        mine::named(page.owner_name.clone(), kinds),
        view! { <Tag text=t(state) tone=tone/> }.into_any(),
    ];
    let mut acts = vec![mine::Act::copy("booking.copy", path.clone())];
    if page.active {
        acts.push(mine::Act::open("booking.open", path));
    }
    if page.can_edit {
        let (id, old) = (page.id, page.clone());
        let question = t!("booking.delete_ask", name = page.name.clone());
        let gone = t!("booking.deleted", name = page.name);
        let delete = move || {
            let gone = gone.clone();
            mine::ask(toasts, api::delete(id), move |()| {
                toasts.say(gone);
                found.refetch();
            });
        };
        acts.push(mine::Act::now("booking.edit", move || editing.set(Some(Editing::Old(old.clone())))));
        acts.push(mine::Act::asking("booking.delete", asked, question, delete));
    }
    mine::Thing { cells, acts }
}

/// A kind of meeting while it is typed: numbers as texts, notice in hours as people say it.
#[derive(Clone, Copy)]
struct KindDraft {
    key: u32,
    id: Option<Id>,
    name: RwSignal<String>,
    about: RwSignal<String>,
    place: RwSignal<String>,
    minutes: RwSignal<String>,
    before: RwSignal<String>,
    after: RwSignal<String>,
    notice: RwSignal<String>,
    ahead: RwSignal<String>,
    per_day: RwSignal<String>,
    active: RwSignal<bool>,
}

/// What is no number becomes one that is refused with the bounds.
fn number<T: TryFrom<u32>>(text: RwSignal<String>, otherwise: T) -> T {
    text.with_untracked(|t| t.trim().parse::<u32>().ok()).and_then(|n| T::try_from(n).ok()).unwrap_or(otherwise)
}

impl KindDraft {
    fn of(key: u32, kind: MeetingKind) -> Self {
        let hours = if kind.notice_minutes.is_multiple_of(60) {
            (kind.notice_minutes / 60).to_string()
        } else {
            format!("{:.2}", f64::from(kind.notice_minutes) / 60.0)
        };
        let text = |n: &dyn ToString| RwSignal::new(n.to_string());
        Self {
            key,
            id: kind.id,
            name: RwSignal::new(kind.name),
            about: RwSignal::new(kind.about),
            place: RwSignal::new(kind.place),
            minutes: text(&kind.minutes),
            before: text(&kind.buffer_before),
            after: text(&kind.buffer_after),
            notice: RwSignal::new(hours),
            ahead: text(&kind.ahead_days),
            per_day: text(&kind.per_day),
            active: RwSignal::new(kind.active),
        }
    }

    fn read(self) -> MeetingKind {
        let hours =
            self.notice.with_untracked(|t| t.trim().replace(',', ".").parse::<f64>().ok()).filter(|h| (0.0..=100_000.0).contains(h));
        // Whole minutes in bounds: no digit is lost.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let notice = hours.map_or(u32::MAX, |h| (h * 60.0).round() as u32);
        MeetingKind {
            id: self.id,
            name: self.name.get_untracked(),
            about: self.about.get_untracked(),
            minutes: number(self.minutes, 0),
            buffer_before: number(self.before, u16::MAX),
            buffer_after: number(self.after, u16::MAX),
            notice_minutes: notice,
            ahead_days: number(self.ahead, 0),
            per_day: number(self.per_day, u16::MAX),
            place: self.place.get_untracked(),
            active: self.active.get_untracked(),
        }
    }
}

const TEAM: &str = "team:";

fn edit(what: Editing, all: Pages, found: Found, editing: RwSignal<Option<Editing>>) -> AnyView {
    let toasts = use_toasts();
    let me = use_me();
    let (over, page) = match what {
        Editing::Old(page) => (Some((page.id, page.version)), page.as_new()),
        Editing::New => {
            let kind = MeetingKind { name: tk("booking.kind_new"), ..MeetingKind::default() };
            let slug = slug_of(&me.name);
            (None, NewPage { slug, name: me.name.clone(), kinds: vec![kind], ..NewPage::default() })
        }
    };
    let first_owner = match (page.user, page.team) {
        (_, Some(team)) => format!("{TEAM}{team}"),
        (Some(user), _) => user.to_string(),
        _ if all.own => me.id.to_string(),
        _ => all.teams.first().map(|(id, _)| format!("{TEAM}{id}")).unwrap_or_default(),
    };
    let mut owners: Vec<(String, String)> = Vec::new();
    if all.own {
        owners.push((me.id.to_string(), me.name.clone()));
    }
    owners.extend(all.teams.iter().map(|(id, name)| (format!("{TEAM}{id}"), name.clone())));
    if !owners.iter().any(|(key, _)| *key == first_owner) {
        let name = over.and_then(|(id, _)| all.pages.iter().find(|p| p.id == id)).map(|p| p.owner_name.clone());
        owners.insert(0, (first_owner.clone(), name.unwrap_or_default()));
    }
    let owner = RwSignal::new(first_owner);
    let (name, slug, about) = (RwSignal::new(page.name), RwSignal::new(page.slug), RwSignal::new(page.about));
    let active = RwSignal::new(page.active);
    let next = StoredValue::new(0_u32);
    let draft = move |kind: MeetingKind| {
        let key = next.try_update_value(|n| {
            *n += 1;
            *n
        });
        KindDraft::of(key.unwrap_or_default(), kind)
    };
    let kinds = RwSignal::new(page.kinds.into_iter().map(draft).collect::<Vec<_>>());
    let (busy, error) = (RwSignal::new(false), RwSignal::new(None::<Error>));
    let submit = Callback::new(move |()| {
        if busy.get_untracked() {
            return;
        }
        let owner = owner.get_untracked();
        let team = owner.strip_prefix(TEAM).and_then(Id::parse);
        let user = if team.is_some() { None } else { Id::parse(&owner) };
        let new = NewPage {
            slug: slug.get_untracked(),
            user,
            team,
            name: name.get_untracked(),
            about: about.get_untracked(),
            active: active.get_untracked(),
            kinds: kinds.with_untracked(|all| all.iter().map(|k| k.read()).collect()),
        };
        error.set(None);
        if let Err(problem) = new.clone().checked() {
            return error.set(Some(problem));
        }
        busy.set(true);
        spawn_local(async move {
            let answer = api::save(over, new).await;
            busy.set(false);
            match answer {
                Ok(page) => {
                    toasts.say(t!("booking.saved", name = page.name));
                    editing.set(None);
                    found.refetch();
                }
                Err(Fault(problem)) => error.set(Some(problem)),
            }
        });
    });
    let of = move |field: &'static str| error_in(error, field);
    let whole = move || error.get().filter(|e| !matches!(e, Error::Invalid { .. }));
    let one = move |kind: KindDraft| {
        let at = move || kinds.with(|all| all.iter().position(|k| k.key == kind.key)).unwrap_or_default();
        meeting(kind, Callback::new(move |()| kinds.update(|all| all.retain(|k| k.key != kind.key))), move |field| {
            Signal::derive(move || error.with(|e| error_of(e.as_ref(), &format!("kinds.{}.{field}", at()))))
        })
    };
    let fields = view! {
        {move || whole().map(|e| view! { <div class="banner bad" role="alert"><Icon name="warn"/><span class="grow">{error_text(&e)}</span></div> })}
        <Field label=t("booking.name") error=of("name") required=true><TextInput value=name name="page_name"/></Field>
        <Field label=t("booking.link") hint=format!("{}/book/…", crate::dom::origin()) error=of("slug") required=true>
            <TextInput value=slug name="slug"/>
        </Field>
        <Field label=t("booking.owner") hint=t("booking.team_hint") error=of("user")>
            <Select value=owner options=owners/>
        </Field>
        <Field label=t("booking.about") error=of("about")><TextArea value=about rows=2/></Field>
        <Checkbox value=active label=t("booking.active")/>
        <h3>{t("booking.kinds")}</h3>
        <For each=move || kinds.get() key=|kind| kind.key let:kind>{one(kind)}</For>
        <div>
            <button type="button" class="btn" on:click=move |_| kinds.update(|all| all.push(draft(MeetingKind::default())))>
                <Icon name="plus" size="s"/>
                {t("booking.kind_add")}
            </button>
        </div>
        <div class="acts">
            <button type="button" class="btn large" on:click=move |_| editing.set(None)>{t("action.cancel")}</button>
            <Button look="primary large" busy=busy>{t("action.save")}</Button>
        </div>
    };
    form("bookform", submit, fields.into_any())
}

fn meeting(kind: KindDraft, remove: Callback<()>, error: impl Fn(&'static str) -> Signal<Option<String>>) -> AnyView {
    let unit = |key: &'static str| t(key).to_owned();
    let title = move || kind.name.with(|n| if n.is_empty() { tk("booking.kind") } else { n.clone() });
    view! {
        <fieldset class="meetkind">
            <legend>{title}</legend>
            <Field label=t("booking.kind_name") error=error("name") required=true><TextInput value=kind.name name="kind_name"/></Field>
            <div class="nums">
                <Field label=t("booking.minutes") error=error("minutes")><NumberInput value=kind.minutes unit=unit("booking.unit.minutes")/></Field>
                <Field label=t("booking.before") error=error("buffer_before")><NumberInput value=kind.before unit=unit("booking.unit.minutes")/></Field>
                <Field label=t("booking.after") error=error("buffer_after")><NumberInput value=kind.after unit=unit("booking.unit.minutes")/></Field>
                <Field label=t("booking.notice") error=error("notice_minutes")><NumberInput value=kind.notice unit=unit("booking.unit.hours")/></Field>
                <Field label=t("booking.ahead") error=error("ahead_days")><NumberInput value=kind.ahead unit=unit("booking.unit.days")/></Field>
                <Field label=t("booking.per_day") error=error("per_day")><NumberInput value=kind.per_day/></Field>
            </div>
            <Field label=t("booking.place") error=error("place")><TextInput value=kind.place name="place"/></Field>
            <Field label=t("booking.about") error=error("about")><TextInput value=kind.about name="kind_about"/></Field>
            <div class="foot">
                <Checkbox value=kind.active label=t("booking.kind_on")/>
                <button type="button" class="btn danger-quiet small" on:click=move |_| remove.run(())>{t("booking.kind_remove")}</button>
            </div>
        </fieldset>
    }
    .into_any()
}
