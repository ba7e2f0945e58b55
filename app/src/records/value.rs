//! How the value of a field is written and shown: as plain text (tooltips, history, chips) and as a picture (cells, the
//! fields of a page). Empty stays empty.

use domain::schema::{FieldDef, FieldType};
use serde_json::Value;

use super::names::Names;
use crate::prelude::*;

/// Plain text, as this reader writes it.
pub fn text(def: &FieldDef, value: &Value, names: Names) -> String {
    let string = || value.as_str().unwrap_or_default().to_owned();
    let many = |f: &dyn Fn(&str) -> String| {
        let parts: Vec<String> = value.as_array().map(|l| l.iter().filter_map(|v| v.as_str()).map(f).collect()).unwrap_or_default();
        parts.join(", ")
    };
    match def.ty {
        _ if value.is_null() => String::new(),
        FieldType::Int if def.name == "founded" => value.as_i64().map(|n| n.to_string()).unwrap_or_default(),
        FieldType::Int => value.as_i64().map(|n| fmt().number(n)).unwrap_or_default(),
        FieldType::Percent => value.as_i64().map(percent).unwrap_or_default(),
        FieldType::Money => Money::from_json(value).map(|m| fmt().money(m)).unwrap_or_default(),
        FieldType::Date => fmt().date(&string()),
        FieldType::Moment if string().len() == 10 => fmt().date(&string()),
        FieldType::Instant | FieldType::Moment => {
            crate::i18n::when_text(&string(), use_context::<crate::i18n::Now>().and_then(|n| n.0.get_untracked()))
        }
        FieldType::Bool => t(if value.as_bool().unwrap_or(false) { "value.yes" } else { "value.no" }).to_owned(),
        FieldType::Choice(_) => choice_label(def.name, &string()),
        FieldType::Ref(_) => named(&string(), names),
        FieldType::Refs(_) => many(&|id| named(id, names)),
        FieldType::Stage => names.stage_name(None, &string()),
        FieldType::Phones => many(&|number| names.phone(number)),
        FieldType::Emails | FieldType::Tags => many(&str::to_owned),
        FieldType::Stages => value.as_array().map(|l| fmt().number(i64::try_from(l.len()).unwrap_or(0))).unwrap_or_default(),
        // What is written as text (a rule) is shown as such; the rest has screens of its own.
        FieldType::Text(_) | FieldType::LongText | FieldType::Email | FieldType::Phone | FieldType::Url | FieldType::Special(_) => string(),
    }
}

/// What a reference says when its name is not known: nothing that people cannot read.
fn named(id: &str, names: Names) -> String {
    match Id::parse(id).and_then(|id| names.get(id)) {
        Some(label) => label.name,
        None => t("value.unknown").to_owned(),
    }
}

pub fn percent(n: i64) -> String {
    let locale = fmt();
    let sign = if locale == Locale::Uk { "\u{a0}%" } else { "%" };
    format!("{}{sign}", locale.number(n))
}

/// The address of a record's page; None: its kind has no pages.
pub fn page_of(kind: Kind, id: Id) -> Option<String> {
    (!matches!(kind, Kind::Pipeline | Kind::User | Kind::Team)).then(|| format!("/{}/{id}", kind.plural()))
}

/// A record as a link with its picture; people of the house are no links.
pub fn link(kind: Kind, id: Id, name: &str) -> AnyView {
    let name = if name.is_empty() { t("value.unknown").to_owned() } else { name.to_owned() };
    match page_of(kind, id) {
        Some(href) => view! { <a class="person" href=href>{picture(kind, &name)}<span class="clip">{name}</span></a> }.into_any(),
        None => view! { <span class="person">{picture(kind, &name)}<span class="clip">{name}</span></span> }.into_any(),
    }
}

/// People have faces, companies have marks; everything else goes without.
pub fn picture(kind: Kind, name: &str) -> AnyView {
    match kind {
        Kind::Contact | Kind::User => view! { <Avatar name=name beside=true/> }.into_any(),
        Kind::Company => view! { <Mark name=name/> }.into_any(),
        _ => ().into_any(),
    }
}

/// The picture of a value. `roomy`: on a page, where everything is shown; else one line of a table.
pub fn show(def: &'static FieldDef, value: &Value, record: &Record, names: Names, roomy: bool) -> AnyView {
    let string = value.as_str().unwrap_or_default().to_owned();
    match def.ty {
        _ if value.is_null() => ().into_any(),
        FieldType::Money | FieldType::Int | FieldType::Percent => {
            let text = text(def, value, names);
            view! { <span class="num">{text}</span> }.into_any()
        }
        FieldType::Moment if string.len() == 10 => {
            view! { <time class="num" datetime=string.clone()>{fmt().date(&string)}</time> }.into_any()
        }
        FieldType::Instant | FieldType::Moment => view! { <When at=string/> }.into_any(),
        FieldType::Date if roomy && def.name == "birth_date" => born(&string),
        FieldType::Date => view! { <time class="num" datetime=string.clone()>{fmt().date(&string)}</time> }.into_any(),
        FieldType::Bool if roomy => text(def, value, names).into_any(),
        FieldType::Bool if value.as_bool() == Some(true) => {
            view! { <span><Icon name="check"/><span class="sr">{t("value.yes")}</span></span> }.into_any()
        }
        FieldType::Bool => ().into_any(),
        FieldType::Choice(_) if roomy && def.name == "lifecycle" => {
            let since = record.text("lifecycle_since").to_owned();
            view! { {choice_label(def.name, &string)} <span class="faint">" · "{t("value.since")}" "<When at=since/></span> }.into_any()
        }
        FieldType::Choice(_) => {
            let label = choice_label(def.name, &string);
            match tone(def.name, &string) {
                "" => label.into_any(),
                tone => view! { <Tag text=label tone=tone/> }.into_any(),
            }
        }
        FieldType::Stage => stage(record, names),
        FieldType::Ref(kind) => Id::parse(&string).map(|id| link(kind, id, &names.name(id))).into_any(),
        FieldType::Refs(kind) => {
            let ids: Vec<Id> = value.as_array().map(|l| l.iter().filter_map(|v| Id::parse(v.as_str()?)).collect()).unwrap_or_default();
            some(ids, roomy, |id| link(kind, id, &names.name(id)))
        }
        FieldType::Tags => some(strings(value), roomy, |tag| view! { <Tag tone=kind_class(&tag) text=tag/> }.into_any()),
        FieldType::Emails => some(strings(value), roomy, |s| mail(&s)),
        FieldType::Phones => some(strings(value), roomy, |s| phone(&s, names)),
        FieldType::Email => mail(&string),
        FieldType::Phone => phone(&string, names),
        FieldType::Url => outside(&string, &string),
        FieldType::Text(_) if def.name == "domain" => outside(&format!("https://{}", string.trim_start_matches("https://")), &string),
        FieldType::LongText if roomy => view! { <span class="prose">{string}</span> }.into_any(),
        FieldType::LongText => string.lines().next().unwrap_or_default().to_owned().into_any(),
        FieldType::Text(_) | FieldType::Stages | FieldType::Special(_) => text(def, value, names).into_any(),
    }
}

/// A day of birth, and how old that makes somebody today.
fn born(date: &str) -> AnyView {
    let day = domain::time::parse_date(date);
    let now = use_context::<crate::i18n::Now>();
    let age = move || {
        let today = domain::time::parse_date(&crate::i18n::day(now?.0.get()?))?;
        let years = domain::time::age(day?, today)?;
        Some(view! { <span class="faint">" · "{tn("value.age", i64::from(years))}</span> })
    };
    view! { <time class="num" datetime=date.to_owned()>{fmt().date(date)}</time>{age} }.into_any()
}

fn strings(value: &Value) -> Vec<String> {
    value.as_array().map(|l| l.iter().filter_map(|v| v.as_str()).map(str::to_owned).collect()).unwrap_or_default()
}

/// All of them on a page, the first two and how many more in a table.
fn some<T>(all: Vec<T>, roomy: bool, one: impl Fn(T) -> AnyView) -> AnyView {
    let shown = if roomy { usize::MAX } else { 2 };
    let more = i64::try_from(all.len().saturating_sub(shown)).unwrap_or(0);
    let views: Vec<AnyView> = all.into_iter().take(shown).map(one).collect();
    view! {
        <span class="row clip">
            {views}
            {(more > 0).then(|| view! { <span class="faint num">{format!("+{}", fmt().number(more))}</span> })}
        </span>
    }
    .into_any()
}

fn mail(address: &str) -> AnyView {
    view! { <a href=format!("mailto:{address}") class="clip">{address.to_owned()}</a> }.into_any()
}

fn phone(number: &str, names: Names) -> AnyView {
    view! { <a href=domain::text::dialled(number) class="num">{names.phone(number)}</a> }.into_any()
}

fn outside(href: &str, text: &str) -> AnyView {
    // Only what can never run a script.
    match domain::text::normal_url(href) {
        Some(href) => view! { <a href=href target="_blank" rel="noopener noreferrer" class="clip">{text.to_owned()}</a> }.into_any(),
        None => text.to_owned().into_any(),
    }
}

/// Colour of a choice; only good, careful and wrong have one.
fn tone(field: &str, value: &str) -> &'static str {
    match (field, value) {
        ("priority", "high") => "warn",
        ("status", "won") | ("outcome", "reached") => "good",
        ("status", "lost") | ("outcome", "wrong_number") => "bad",
        _ => "",
    }
}

/// The stage with how far it is: one bar for every open stage.
pub fn stage(deal: &Record, names: Names) -> AnyView {
    use domain::pipelines::StageKind;
    let Some(pipeline) = names.pipeline(deal.id_of("pipeline")) else {
        return deal.text("stage").to_owned().into_any();
    };
    let Some(stage) = pipeline.stage(deal.text("stage")).cloned() else {
        return deal.text("stage").to_owned().into_any();
    };
    match stage.kind {
        StageKind::Won => view! { <Tag text=stage.name tone="good"/> }.into_any(),
        StageKind::Lost => view! { <Tag text=stage.name tone="bad"/> }.into_any(),
        StageKind::Open => {
            let at = pipeline.position(&stage.id).unwrap_or(0);
            let steps: Vec<AnyView> = pipeline
                .stages
                .iter()
                .enumerate()
                .filter(|(_, s)| s.kind == StageKind::Open)
                .map(|(i, _)| view! { <i class:on=i <= at></i> }.into_any())
                .collect();
            view! { <span class="person"><span class="steps" aria-hidden="true">{steps}</span><span class="clip">{stage.name}</span></span> }
                .into_any()
        }
    }
}
