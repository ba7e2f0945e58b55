//! What one was told: invitations, changes, answers, reminders. A part of its own; the frame shows only how many are unread.

use domain::calendar::series::Scope;
use domain::calendar::{Answer, ConflictKind, Moment};
use domain::notices::{Aspect, Daily, News, Notice, Notices, Preferences};
use leptos::task::spawn_local;

use crate::prelude::*;

pub mod api;
mod ring;

#[cfg(feature = "hydrate")]
pub use ring::ring;

/// Read at a time.
const PAGE: u32 = 50;

#[component]
pub fn NoticesPage() -> impl IntoView {
    let found = Resource::new_blocking(|| (), |()| api::list(None, PAGE));
    use_live().on(move |event| {
        if matches!(event, domain::live::LiveEvent::Notices | domain::live::LiveEvent::Reset) {
            found.refetch();
        }
    });
    // With the older pages that were opened: a change at the top takes nobody back there.
    let held = StoredValue::new(Notices::default());
    let toasts = use_toasts();
    let all = Callback::new(move |()| {
        spawn_local(async move {
            match api::mark_read(None).await {
                Ok(_) => found.refetch(),
                Err(Fault(error)) => toasts.fail(&error),
            }
        });
    });
    view! {
        <TopBar title=t("notices.title")/>
        <div class="page narrow told">
            {loaded(found, move |now| list(now, held, all))}
            <Wishes/>
        </div>
    }
    .into_any()
}

/// `held`: what was shown before; `all`: everything has been read.
fn list(found: Notices, held: StoredValue<Notices>, all: Callback<()>) -> AnyView {
    if found.items.is_empty() {
        return view! { <EmptyState icon="bell" title=t("notices.none") hint=t("notices.none_hint")/> }.into_any();
    }
    let unread = (found.unread > 0).then(|| {
        view! { <p class="toldhead"><button type="button" class="btn" on:click=move |_| all.run(())>{t("notices.read_all")}</button></p> }
    });
    let shown = found.joined(held.get_value());
    held.set_value(shown.clone());
    let more = RwSignal::new(shown.next);
    let older = RwSignal::new(Vec::<Notice>::new());
    let toasts = use_toasts();
    let read_on = move |_| {
        let after = more.get_untracked();
        spawn_local(async move {
            match api::list(after.clone(), PAGE).await {
                // Of two presses the second finds the list further on.
                Ok(page) if more.try_get_untracked() == Some(after) => {
                    held.update_value(|h| *h = std::mem::take(h).and_older(page.clone()));
                    more.set(page.next);
                    older.update(|o| o.extend(page.items));
                }
                Ok(_) => {}
                Err(Fault(error)) => toasts.fail(&error),
            }
        });
    };
    view! {
        {unread}
        <ul class="toldlist">
            {shown.items.into_iter().map(line).collect_view()}
            {move || older.get().into_iter().map(line).collect_view()}
        </ul>
        {move || more.get().is_some().then(|| view! { <button type="button" class="btn" on:click=read_on>{t("timeline.more")}</button> })}
    }
    .into_any()
}

const fn icon(news: News) -> &'static str {
    match news {
        News::Invited | News::Booked | News::Moved | News::Changed | News::Digest => "calendar",
        News::Cancelled | News::Uninvited => "x",
        News::Answered => "people",
        News::Reminder => "clock",
        News::Birthday => "star",
        News::ContractEnd => "note",
        News::Clash | News::Unsent => "warn",
    }
}

/// What happened, in a sentence.
fn sentence(notice: &Notice) -> String {
    let who = notice.actor_name.clone();
    let what = if notice.title.is_empty() { tk("cal.untitled") } else { notice.title.clone() };
    match (notice.news, notice.answer) {
        (News::Answered, Some(Answer::Accepted)) => t!("notices.accepted", who = who, what = what),
        (News::Answered, Some(Answer::Declined)) => t!("notices.declined", who = who, what = what),
        (News::Answered, _) => t!("notices.tentative", who = who, what = what),
        // One date of a series that had been called off.
        (News::Invited, _) if notice.slot.is_some() => t!("notices.back", who = who, what = what),
        (News::Invited, _) => t!("notices.invited", who = who, what = what),
        (News::Booked, _) => t!("notices.booked", who = who, what = what),
        (News::Moved, _) => t!("notices.moved", who = who, what = what),
        (News::Changed, _) => match notice.aspect {
            Some(Aspect::Title) => t!("notices.renamed", who = who, what = what),
            Some(Aspect::Rule) => t!("notices.rule", who = who, what = what),
            Some(Aspect::Place) | None => t!("notices.changed", who = who, what = what),
        },
        (News::Cancelled, _) => t!("notices.cancelled", who = who, what = what),
        (News::Uninvited, _) => t!("notices.uninvited", who = who, what = what),
        (News::Unsent, _) => t!("notices.unsent", who = who, what = what),
        (News::Reminder, _) => t!("notices.reminder", what = what),
        (News::Clash, _) => clash(notice, who, what),
        (News::Birthday, _) => t!("notices.birthday", who = who),
        (News::ContractEnd, _) => t!("notices.contract_end", who = who),
        (News::Digest, _) => {
            let (items, tasks) = notice.count.unwrap_or_default();
            format!("{} · {}", tn("notices.items", items), tn("notices.tasks", tasks))
        }
    }
}

/// Why it clashes by now; of many, how many.
fn clash(notice: &Notice, who: String, what: String) -> String {
    let Some(kind) = notice.clash else {
        return tn("notices.clashes", notice.count.map_or(1, |(n, _)| n));
    };
    match kind {
        ConflictKind::Own | ConflictKind::Attendee | ConflictKind::Resource => t!("notices.clash_twice", who = who, what = what),
        ConflictKind::Contact => t!("notices.clash_contact", what = what),
        ConflictKind::Company => t!("notices.clash_company", what = what),
        ConflictKind::Hours => t!("notices.clash_hours", who = who, what = what),
        ConflictKind::Holiday => t!("notices.clash_holiday", who = who, what = what),
        ConflictKind::Leave => t!("notices.clash_leave", who = who, what = what),
        ConflictKind::Travel => t!("notices.clash_travel", who = who, what = what),
    }
}

/// When it is, in the reader's words.
fn moment(at: Moment) -> AnyView {
    match at {
        Moment::Day(day) => fmt().date_weekday(&domain::time::date(day)).into_any(),
        Moment::At(ms) => view! { <When at=domain::time::instant(ms) hour=true/> }.into_any(),
    }
}

/// How much of a series it is about.
fn reach(notice: &Notice) -> Option<&'static str> {
    notice.reach.map(|reach| match reach {
        Scope::This => t("notices.this"),
        Scope::Following => t("notices.following"),
        Scope::All => t("notices.all"),
    })
}

fn address(notice: &Notice) -> Option<String> {
    if let Some(contact) = notice.contact {
        return Some(format!("/contacts/{contact}"));
    }
    if let Some(company) = notice.company {
        return Some(format!("/companies/{company}"));
    }
    if notice.news == News::Clash && notice.event.is_none() {
        return Some("/calendar/conflicts".to_owned());
    }
    // The day on this person's clock, once the page lives.
    let alive = use_shell().alive.get();
    let date = notice.start.map(|s| match s {
        Moment::Day(day) => domain::time::date(day),
        Moment::At(ms) if alive => crate::i18n::day(ms),
        Moment::At(ms) => domain::time::date(domain::time::utc_date(ms)),
    });
    match (notice.event, date) {
        (Some(id), Some(date)) if !matches!(notice.news, News::Cancelled | News::Uninvited) => {
            let slot = notice.slot.map_or_else(String::new, |s| format!("@{s}"));
            Some(format!("/calendar?view=day&date={date}&open={id}{slot}"))
        }
        (None, Some(date)) => Some(format!("/calendar?view=day&date={date}")),
        _ => None,
    }
}

fn line(notice: Notice) -> AnyView {
    let text = sentence(&notice);
    let reminds = notice.news == News::Reminder;
    let (id, key) = (notice.id.clone(), notice.id.clone());
    let read = move |_| {
        let id = id.clone();
        spawn_local(async move {
            let _ = api::mark_read(Some(vec![id])).await;
        });
    };
    let toasts = use_toasts();
    let later = move |minutes: i64| {
        let key = key.clone();
        spawn_local(async move {
            if let Err(Fault(error)) = api::snooze(key, minutes).await {
                toasts.fail(&error);
            }
        });
    };
    let of = notice.clone();
    let href = Memo::new(move |_| address(&of));
    let words = if href.with_untracked(Option::is_some) {
        view! { <a class="clip" href=move || href.get() on:click=read>{text}</a> }.into_any()
    } else {
        view! { <span class="clip">{text}</span> }.into_any()
    };
    let again = (reminds && !notice.read).then(|| {
        [(10, "notices.snooze10"), (60, "notices.snooze60")]
            .into_iter()
            .map(|(minutes, label)| {
                let later = later.clone();
                view! { <button type="button" class="btn small" on:click=move |_| later(minutes)>{t(label)}</button> }
            })
            .collect_view()
    });
    view! {
        <li class:unread=!notice.read>
            <Icon name=icon(notice.news)/>
            <span class="grow">
                {words}
                <small class="muted">
                    {notice.start.map(moment)}
                    {notice.was.map(|was| view! { <s>{moment(was)}</s> })}
                    {reach(&notice).map(|reach| view! { <span>{reach}</span> })}
                    {(!notice.place.is_empty()).then(|| view! { <span>{notice.place.clone()}</span> })}
                </small>
            </span>
            {again}
            <small class="muted"><When at=notice.at/></small>
        </li>
    }
    .into_any()
}

/// What one wants to be told.
#[component]
fn Wishes() -> impl IntoView {
    let found = Resource::new_blocking(|| (), |()| api::wishes());
    view! {
        <section class="wishes">
            <h2>{t("notices.wishes")}</h2>
            {loaded(found, wishes)}
        </section>
    }
    .into_any()
}

fn wishes(now: Preferences) -> AnyView {
    let now_days = (now.birthday_days, now.contract_days);
    let wish = RwSignal::new(now);
    let toasts = use_toasts();
    let keep = move || {
        let wanted = wish.get_untracked();
        spawn_local(async move {
            match api::keep_wishes(wanted).await {
                Ok(_) => toasts.say(t("notices.kept")),
                Err(Fault(error)) => toasts.fail(&error),
            }
        });
    };
    let daily = move |ev: leptos::ev::Event| {
        let chosen = match event_target_value(&ev).as_str() {
            "off" => Daily::Off,
            "email" => Daily::Email,
            _ => Daily::App,
        };
        wish.update(|w| w.digest = chosen);
        keep();
    };
    let option = move |daily: Daily, value: &'static str, key: &'static str| {
        view! { <option value=value selected=move || wish.with(|w| w.digest == daily)>{t(key)}</option> }
    };
    let at = move |ev: leptos::ev::Event| {
        wish.update(|w| w.digest_at = event_target_value(&ev));
        keep();
    };
    // What cannot be read stays in its field; what is kept stays as it was.
    let days = move |label: &'static str, most: u8, begun: u8, put: fn(&mut Preferences, u8)| {
        let changed = move |ev: leptos::ev::Event| {
            if let Some(n) = event_target_value(&ev).trim().parse::<u8>().ok().filter(|n| *n <= most) {
                wish.update(|w| put(w, n));
                keep();
            } else {
                toasts.fail(&Error::Invalid { fields: vec![FieldError::new("days", "days_most").with("max", most)] });
            }
        };
        view! {
            <label class="field">
                <span>{t(label)}</span>
                <input class="input" type="number" min="0" max=most.to_string() value=begun.to_string() on:change=changed/>
            </label>
        }
    };
    let mail = move |ev: leptos::ev::Event| {
        wish.update(|w| w.mail = event_target_checked(&ev));
        keep();
    };
    view! {
        <label class="check">
            <input type="checkbox" prop:checked=move || wish.with(|w| w.mail) checked=wish.with_untracked(|w| w.mail) on:change=mail/>
            {t("notices.by_mail")}
        </label>
        <label class="field">
            <span>{t("notices.digest")}</span>
            <select class="input" on:change=daily>
                {option(Daily::App, "app", "notices.digest_app")}
                {option(Daily::Email, "email", "notices.digest_email")}
                {option(Daily::Off, "off", "notices.digest_off")}
            </select>
        </label>
        <label class="field">
            <span>{t("notices.digest_at")}</span>
            <input class="input" type="time" required value=wish.with_untracked(|w| w.digest_at.clone()) on:change=at/>
        </label>
        {days("notices.birthday_days", 60, now_days.0, |w, n| w.birthday_days = n)}
        {days("notices.contract_days", 180, now_days.1, |w, n| w.contract_days = n)}
        {ring::ask()}
    }
    .into_any()
}
