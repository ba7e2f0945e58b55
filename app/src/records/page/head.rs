//! The head of a record's page: what it is, what can be done with it, whose it is; and the strip of figures below.

use domain::contacts::Channel;
use domain::record::{Fact, FactValue};
use domain::rights::Act;
use leptos::task::spawn_local;

use super::super::list::title_of;
use super::super::refs::RefField;
use super::super::value;
use super::presets::presets;
use super::{PageCx, delete, fields, path, restore};
use crate::prelude::*;
use crate::rooms::Tool;
use crate::shell::{icon_of, use_shell};

pub fn head(cx: PageCx) -> AnyView {
    view! {
        <section class="rhead" aria-label=kind_name(cx.kind)>
            {move || cx.record.with(|r| big_picture(cx.kind, &title_of(r)))}
            <div class="rtitle">
                <div class="row">
                    <h2>{move || cx.record.with(title_of)}</h2>
                    {move || cx.record.with(tags)}
                </div>
                <div class="row sub">{move || { cx.names.track(); facts_in_words(cx) }}</div>
            </div>
            <div class="acts">{acts(cx)}</div>
            {(cx.kind == Kind::Deal).then(|| path::path(cx))}
            {cx.kind.field("owner").is_some().then(|| owner(cx))}
        </section>
    }
    .into_any()
}

fn big_picture(kind: Kind, name: &str) -> AnyView {
    match kind {
        Kind::Contact | Kind::User => view! { <Avatar name=name size="xl" beside=true/> }.into_any(),
        Kind::Company | Kind::Deal | Kind::Product => {
            let letter = domain::text::first_letter(name);
            view! { <span class=format!("mark xl {}", kind_class(name)) aria-hidden="true">{letter}</span> }.into_any()
        }
        _ => view! { <span class="mark xl k8" aria-hidden="true"><Icon name=icon_of(kind) size="l"/></span> }.into_any(),
    }
}

fn tags(record: &Record) -> AnyView {
    let tags = record.fields.get("tags").and_then(|v| v.as_array()).cloned().unwrap_or_default();
    tags.iter().filter_map(|t| t.as_str()).take(4).map(|t| view! { <Tag text=t tone=kind_class(t)/> }).collect_view().into_any()
}

/// The few fields that say what it is, in one line.
fn facts_in_words(cx: PageCx) -> AnyView {
    let names: &[&str] = match cx.kind {
        Kind::Company => &["industry", "domain", "city", "country"],
        Kind::Contact => &["job_title", "company", "city"],
        Kind::Deal => &["company", "amount", "expected_close", "probability"],
        Kind::Product => &["code", "series", "price"],
        Kind::Task => &["due_at", "priority", "deal", "contact", "company"],
        Kind::Call => &["direction", "outcome", "at", "contact", "company", "deal"],
        Kind::Note => &["deal", "contact", "company", "created_at"],
        _ => &[],
    };
    let mut out: Vec<AnyView> = Vec::new();
    cx.record.with(|record| {
        for name in names {
            let Some(def) = cx.kind.any_field(name) else {
                continue;
            };
            let common = match *name {
                "created_at" => Some(serde_json::Value::String(record.created_at.clone())),
                _ => None,
            };
            if let Some(found) = common.as_ref().or_else(|| record.fields.get(*name)).filter(|v| !v.is_null()) {
                if !out.is_empty() {
                    out.push(view! { <span class="dotsep" aria-hidden="true"></span> }.into_any());
                }
                out.push(value::show(def, found, record, cx.names, false));
            }
        }
    });
    out.into_any()
}

/// The day it begins on, with the item open. A page that does not live yet knows no zone: there it is the day of UTC.
fn in_calendar(cx: PageCx) -> String {
    let alive = cx.alive().get();
    cx.record.with(|r| {
        let start = r.text("start");
        let day = match domain::time::parse_instant(start) {
            Some(ms) if alive => crate::i18n::day(ms),
            _ => start.get(..10).unwrap_or_default().to_owned(),
        };
        format!("/calendar?view=day&date={day}&open={}", r.id)
    })
}

fn acts(cx: PageCx) -> AnyView {
    let shell = use_shell();
    let who = use_me().who();
    let may = move |kind: Kind| who.may_some(Act::Create, kind);
    // Only what can hang on this kind.
    let new: Vec<Kind> = [Kind::Deal, Kind::Task, Kind::Note, Kind::Call]
        .into_iter()
        .filter(|k| may(*k) && *k != cx.kind && presets(cx, *k).is_some())
        .collect();
    let alive = cx.alive();
    let main = new.first().copied();
    // One button leads: how somebody wants to be reached, else what is made next.
    let leads = Memo::new(move |_| cx.record.with(|r| ways(r).iter().any(|(_, leads, _)| *leads)));
    let rest: Vec<Kind> = new.into_iter().skip(1).collect();
    view! {
        {move || reach(cx)}
        {(cx.kind == Kind::Event).then(|| view! {
            <a class="btn" href=move || in_calendar(cx)><Icon name="calendar" size="s"/><span class="opt">{t("record.in_calendar")}</span></a>
        })}
        {move || main.filter(|_| alive.get()).map(|kind| view! {
            <Button look=if leads.get() { "" } else { "primary" } icon="plus" on_click=Callback::new(move |_| shell.make(kind, untrack(|| presets(cx, kind)).unwrap_or_default()))>
                {kind_name(kind)}
            </Button>
        })}
        <Menu class="btn quiet icon" align="end" label=Signal::derive(|| t("record.more").to_owned()) trigger=|| view! { <Icon name="more"/> }>
            {rest.iter().filter(|_| alive.get()).map(|kind| {
                let kind = *kind;
                let make = Callback::new(move |()| shell.make(kind, untrack(|| presets(cx, kind)).unwrap_or_default()));
                view! { <MenuItem icon=icon_of(kind) label=tk(&format!("quick.new.{}", kind.name())) on_select=make/> }
            }).collect_view()}
            <MenuItem icon="link" label=t("record.copy_link") on_select=Callback::new(move |()| copy_link(cx))/>
            {move || {
                let (deleted, rights) = (cx.record.with(|r| r.deleted_at.is_some()), cx.rights.get());
                if !rights.delete {
                    return ().into_any();
                }
                if deleted {
                    view! { <MenuItem icon="undo" label=t("action.restore") on_select=Callback::new(move |()| restore(cx))/> }.into_any()
                } else {
                    view! { <MenuItem icon="bin" label=t("action.delete") danger=true on_select=Callback::new(move |()| delete(cx))/> }.into_any()
                }
            }}
        </Menu>
    }
    .into_any()
}

/// How this one can be reached: the first address of each channel, the preferred channel first.
fn ways(record: &Record) -> Vec<(Channel, bool, String)> {
    let first = |field: &str| record.fields.get(field).and_then(|v| v.as_array()?.first()?.as_str().map(str::to_owned));
    let way = |(channel, leads): (Channel, bool)| {
        let address = first(if channel == Channel::Phone { "phones" } else { "emails" })?;
        Some((channel, leads, address))
    };
    domain::contacts::channels(&record.fields).into_iter().filter_map(way).collect()
}

fn reach(cx: PageCx) -> AnyView {
    let (ways, name, welcome) = cx.record.with(|r| {
        let welcome = |channel: Channel| domain::contacts::is_welcome(&r.fields, channel);
        (ways(r), title_of(r), (welcome(Channel::Phone), welcome(Channel::Email)))
    });
    let way = |(channel, leads, address): (Channel, bool, String)| {
        let (icon, word, href, title, welcome) = match channel {
            Channel::Phone => ("phone", t("record.call"), domain::text::dialled(&address), cx.names.phone(&address), welcome.0),
            Channel::Email => ("mail", t("record.mail"), format!("mailto:{address}"), address, welcome.1),
        };
        let class = if leads { "btn primary" } else { "btn" };
        if welcome {
            return view! { <a class=class href=href title=title><Icon name=icon size="s"/><span class="opt">{word}</span></a> }.into_any();
        }
        let (said, anyway) = match channel {
            Channel::Phone => (t!("record.no_phone", name = name), t("record.call_anyway")),
            Channel::Email => (t!("record.no_contact", name = name), t("record.mail_anyway")),
        };
        view! {
            <Popover class="btn warn" label=Signal::derive(move || word.to_owned()) trigger=move || view! { <Icon name="warn" size="s"/><span class="opt">{word}</span> }>
                <div class="unwelcome">
                    <p>{said.clone()}</p>
                    <a class="btn" href=href.clone() title=title.clone()><Icon name=icon size="s"/>{anyway}</a>
                </div>
            </Popover>
        }
        .into_any()
    };
    ways.into_iter().map(way).collect_view().into_any()
}

fn copy_link(cx: PageCx) {
    let Some(path) = value::page_of(cx.kind, cx.id) else {
        return;
    };
    let _ = &path;
    #[cfg(feature = "hydrate")]
    {
        let origin = window().location().origin().unwrap_or_default();
        let done = window().navigator().clipboard().write_text(&format!("{origin}{path}"));
        spawn_local(async move {
            if wasm_bindgen_futures::JsFuture::from(done).await.is_ok() {
                cx.toasts.say(t("toast.link_copied"));
            }
        });
    }
    #[cfg(not(feature = "hydrate"))]
    spawn_local(async {});
}

/// Whose it is; another one is chosen in place.
fn owner(cx: PageCx) -> AnyView {
    let name = move || {
        cx.names.track();
        cx.record.with(|r| r.owner()).map(|id| cx.names.name(id))
    };
    let words = move || {
        view! {
            {name().filter(|n| !n.is_empty()).map(|n| view! { <Avatar name=n size="m" beside=true/> })}
            <span class="faint">{field_label(cx.kind, "owner")}</span>
            <b>{name().unwrap_or_else(|| t("field.none").to_owned())}</b>
        }
    };
    // The popover must outlive a change of the record: somebody may be choosing in it.
    let may_edit = Memo::new(move |_| cx.rights.get().edit);
    view! {
        {move || {
            if may_edit.get() {
                view! {
                    <Popover class="btn quiet own" align="end" trigger=move || view! { {words}<Icon name="down" size="s"/> }>{crate::rooms::tool(Tool::Owner(cx))}</Popover>
                }
                .into_any()
            } else {
                view! { <div class="own">{words}</div> }.into_any()
            }
        }}
    }
    .into_any()
}

pub fn choose_owner(cx: PageCx) -> AnyView {
    let now = cx.record.with_untracked(Record::owner);
    let value = RwSignal::new(now);
    let label = RwSignal::new(now.map(|id| cx.names.name(id)).unwrap_or_default());
    let close = use_context::<crate::ui::Close>();
    let save = Callback::new(move |()| {
        if let Some(close) = close {
            close.0.run(());
        }
        let new = value.get_untracked().map_or(serde_json::Value::Null, |id| id.to_string().into());
        if let Some(def) = cx.kind.field("owner") {
            fields::save_plainly(cx, def, new);
        }
    });
    view! {
        <div class="body">
            <Field label=field_label(cx.kind, "owner")>
                <RefField kind=Kind::User value=value label=label names=cx.names on_change=save/>
            </Field>
        </div>
    }
    .into_any()
}

/// The strip of figures.
pub fn facts(cx: PageCx) -> AnyView {
    view! {
        {move || cx.facts.with(|facts| {
            (!facts.is_empty()).then(|| view! { <dl class="facts" tabindex="0">{facts.iter().map(fact).collect_view()}</dl> })
        })}
    }
    .into_any()
}

fn fact(fact: &Fact) -> AnyView {
    let small = fact.count.map(|n| tn("record.fact_deals", n));
    let value = match &fact.value {
        FactValue::Money(sums) if sums.is_empty() => {
            let nothing =
                domain::money::Currency::parse(&use_me().currency).map_or_else(|| fmt().number(0), |c| fmt().money_round(Money::new(0, c)));
            view! { <span class="num">{nothing}</span> }.into_any()
        }
        // Two currencies stand side by side; they are never added.
        FactValue::Money(sums) => {
            let text: Vec<String> = sums.iter().map(|m| fmt().money_round(*m)).collect();
            let exact: Vec<String> = sums.iter().map(|m| fmt().money(*m)).collect();
            view! { <span class="num" title=exact.join(" + ")>{text.join(" + ")}</span> }.into_any()
        }
        FactValue::Count(n) => view! { <span class="num">{fmt().number(*n)}</span> }.into_any(),
        FactValue::Instant(Some(at)) => view! { <When at=at.clone()/> }.into_any(),
        FactValue::Instant(None) => view! { <span class="faint">{t("fact.never")}</span> }.into_any(),
    };
    view! { <div><dt>{tk(&format!("fact.{}", fact.label))}</dt><dd>{value}" "{small.map(|s| view! { <small>{s}</small> })}</dd></div> }
        .into_any()
}
