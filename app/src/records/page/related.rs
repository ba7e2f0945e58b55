//! Records that belong to this one: the first few of each kind, a way to all of them, and a way to add one.

use domain::record::Related;
use domain::rights::Act;

use super::super::list::{due, finish, title_of};
use super::super::{look, value};
use super::PageCx;
use super::presets::presets;
use crate::prelude::*;

pub fn related(cx: PageCx) -> AnyView {
    view! {
        // Sections stay where they are, and with them the button that the keyboard comes back to.
        <For each=move || cx.related.get() key=|r| (r.kind, r.field.clone()) children=move |r| section(cx, r)/>
        {move || cx.related.with(Vec::is_empty).then(|| view! { <p class="faint">{t("record.nothing_related")}</p> })}
    }
    .into_any()
}

fn section(cx: PageCx, related: Related) -> AnyView {
    let kind = related.kind;
    let now = {
        let first = related.clone();
        Memo::new(move |_| {
            let found = cx.related.with(|all| all.iter().find(|r| r.kind == first.kind && r.field == first.field).cloned());
            found.unwrap_or_else(|| first.clone())
        })
    };
    let own = format!("related.{}.{}", kind.name(), related.field);
    let title = if crate::i18n::has(&own) { tk(&own) } else { kind_plural(kind) };
    let filter = match kind {
        // Only what is still to do is counted here.
        Kind::Task => format!("{} = {} and done = false", related.field, cx.id),
        _ => format!("{} = {}", related.field, cx.id),
    };
    let all = look::filtered(kind, &filter);
    let may_add = use_me().who().may_some(Act::Create, kind);
    let alive = cx.alive();
    let field = related.field.clone();
    let add = Callback::new(move |()| {
        let mut fields = untrack(|| presets(cx, kind)).unwrap_or_default();
        // Through the very field of this list (a company's daughter points at it as `parent`).
        if let Some(def) = kind.field(&field)
            && !fields.contains_key(&field)
        {
            let id: serde_json::Value = cx.id.to_string().into();
            fields.insert(field.clone(), if def.ty.is_many() { serde_json::Value::Array(vec![id]) } else { id });
        }
        if kind == Kind::Company {
            fields.remove("company");
        }
        cx.shell.make(kind, fields);
    });
    let rows = view! {
        <For
            each=move || now.with(|r| r.records.clone())
            // A task follows its record, so that whoever ticks it by keyboard is still there.
            key=|r| (r.id, if r.kind == Kind::Task { 0 } else { r.version })
            children=move |r| row(cx, now, &r)
        />
    };
    let list = match kind {
        Kind::Deal => rows.into_any(),
        Kind::Task => view! { <ul class="work">{rows}</ul> }.into_any(),
        _ => view! { <ul class="ppl">{rows}</ul> }.into_any(),
    };
    let total = move || now.with(|r| fmt().number(r.total));
    let every = move || t!("record.show_all", n = total());
    let more = Memo::new(move |_| now.with(|r| r.total > i64::try_from(r.records.len()).unwrap_or(0)));
    view! {
        <section class="sec" aria-label=title.clone()>
            <h3>
                {title.clone()}
                <a href=all.clone() title=every>
                    <span>{total}</span>
                </a>
                {move || (may_add && alive.get()).then(|| view! {
                    <button type="button" class="btn quiet icon small" aria-label=tk(&format!("quick.new.{}", kind.name())) title=tk(&format!("quick.new.{}", kind.name())) on:click=move |_| add.run(())>
                        <Icon name="plus" size="s"/>
                    </button>
                })}
            </h3>
            {list}
            {move || more.get().then(|| view! { <a class="linkish" href=all.clone()>{every}</a> })}
        </section>
    }
    .into_any()
}

fn row(cx: PageCx, all: Memo<Related>, record: &Record) -> AnyView {
    let href = value::page_of(record.kind, record.id).unwrap_or_default();
    let name = title_of(record);
    match record.kind {
        Kind::Deal => deal(cx, record, href, name),
        Kind::Task => {
            let (toasts, done, id) = (cx.toasts, record.flag("done"), record.id);
            let may = use_me().who().may(domain::rights::Act::Edit, record);
            let now = super::following(record, move || all.with(|all| all.records.iter().find(|r| r.id == id).cloned()));
            let when = move || {
                now.with(|task| {
                    let at = task.text("due_at");
                    (!at.is_empty()).then(|| view! { <span class="when">{due(at, task.flag("done"))}</span> })
                })
            };
            view! {
                <li>
                    <input
                        type="checkbox"
                        class="box"
                        aria-label=move || now.with(|task| t!("task.done_named", name = title_of(task)))
                        disabled=!may
                        prop:checked=move || now.with(|task| task.flag("done"))
                        checked=done
                        on:change=move |event| finish(toasts, now.into(), event_target_checked(&event), true)
                    />
                    <a class="clip" href=href>{move || now.with(title_of)}</a>
                    {when}
                </li>
            }
            .into_any()
        }
        _ => {
            let first = |field: &str| record.fields.get(field).and_then(|v| v.as_array()?.first()?.as_str().map(str::to_owned));
            let (phone, mail) = (first("phones"), first("emails"));
            let hint = ["job_title", "industry", "email", "city"]
                .into_iter()
                .map(|f| record.text(f))
                .find(|t| !t.is_empty())
                .unwrap_or_default()
                .to_owned();
            let call = t!("record.call_named", name = name);
            let write = t!("record.mail_named", name = name);
            view! {
                <li class="row">
                    {match record.kind {
                        Kind::Contact | Kind::User => view! { <Avatar name=name.clone() size="l" beside=true/> }.into_any(),
                        kind => value::picture(kind, &name),
                    }}
                    <span class="grow two"><a class="clip" href=href>{name.clone()}</a><span class="clip faint">{hint}</span></span>
                    {phone.map(|p| view! { <a class="btn quiet icon small" href=domain::text::dialled(&p) aria-label=call title=cx.names.phone(&p)><Icon name="phone" size="s"/></a> })}
                    {mail.map(|m| view! { <a class="btn quiet icon small" href=format!("mailto:{m}") aria-label=write title=m.clone()><Icon name="mail" size="s"/></a> })}
                </li>
            }
            .into_any()
        }
    }
}

fn deal(cx: PageCx, record: &Record, href: String, name: String) -> AnyView {
    use domain::pipelines::StageKind;
    let amount = record.money("amount").map(|m| fmt().money_round(m));
    let close = record.text("expected_close").to_owned();
    let record = StoredValue::new(record.clone());
    let stage = move || {
        cx.names.track();
        record.with_value(|r| cx.names.stage(r))
    };
    let steps = move || {
        cx.names.track();
        record.with_value(|r| {
            let pipeline = cx.names.pipeline(r.id_of("pipeline"))?;
            let at = pipeline.position(r.text("stage")).unwrap_or(0);
            let steps = pipeline.stages.iter().enumerate().filter(|(_, s)| s.kind == StageKind::Open);
            Some(steps.map(|(i, _)| view! { <i class:on=i <= at></i> }).collect_view())
        })
    };
    let class = move || match stage().map(|s| s.kind) {
        Some(StageKind::Won) => "deal won",
        Some(StageKind::Lost) => "deal lost",
        _ => "deal",
    };
    view! {
        <a class=class href=href>
            <span class="row"><b class="clip">{name}</b><span class="amt num">{amount}</span></span>
            <span class="row">
                <span class="steps" aria-hidden="true">{steps}</span>
                <span class="st">{move || stage().map(|s| s.name)}</span>
                {(!close.is_empty()).then(|| view! { <span class="faint num">{fmt().date(&close)}</span> })}
            </span>
        </a>
    }
    .into_any()
}
