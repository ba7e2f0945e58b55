//! The third step: what the import would do. Unknown values are decided here, each with the closest known one at hand.

use domain::import::{Assumed, ImportReport, Rejected, Replace, Replacement, Unknown};
use domain::list::Hit;
use domain::schema::FieldType;

use super::wizard::Wizard;
use super::{Step, keep};
use crate::prelude::*;

pub fn step(w: Wizard) -> AnyView {
    let kind = w.kind();
    let unknown = Memo::new(move |_| w.unknown.with(|u| u.iter().map(|u| (u.field.clone(), u.value.clone())).collect::<Vec<_>>()));
    let result = move || {
        w.report.get().map(|r| {
            view! {
                {counts(&r, true)}
                {clashes(&r)}
                {short_rows(&r)}
                {rejects(kind, &r, None)}
            }
        })
    };
    let waiting = move || {
        (w.busy.get() && w.report.with(Option::is_none)).then(|| {
            let rows = w.seen.with_untracked(|s| s.as_ref().map_or(0, |s| s.rows));
            let label = tk("import.trying");
            view! {
                <div class="running" role="status">
                    <b>{label.clone()}</b>
                    <span class="num">{tn("import.rows", rows)}</span>
                    <ProgressBar done=Signal::derive(|| 0) of=Signal::derive(|| 0) label=label/>
                </div>
            }
        })
    };
    let decisions = move || {
        let list = unknown.get();
        (!list.is_empty()).then(|| {
            let rows = list.into_iter().map(|(field, value)| one_unknown(w, kind, field, value)).collect_view();
            view! {
                <h2>{t("import.unknown")}</h2>
                <p class="muted">{t("import.unknown_hint")}</p>
                <ul class="unknowns">{rows}</ul>
            }
        })
    };
    let taken = move || w.report.with(|r| r.as_ref().map_or(0, |r| r.created + r.updated));
    let reason = Signal::derive(move || match w.report.with(Option::is_some) {
        false => Some(tk("import.not_checked")),
        true => (taken() == 0).then(|| tk("import.nothing_to_do")),
    });
    // With more files waiting, one that brings nothing must not hold them up.
    let others = RwSignal::new(false);
    Effect::new(move |_| others.set(!keep::others(Some(w.upload)).is_empty()));
    let verb = move || if taken() > 0 { tn("import.run", taken()) } else { tk("nav.import") };
    view! {
        {w.banner(Some(Callback::new(move |()| w.try_out())))}
        {waiting}
        <div aria-live="polite" class:muted=move || w.busy.get()>{result}</div>
        {decisions}
        <div class="pagefoot">
            <button type="button" class="btn large" on:click=move |_| w.to(Step::Map)>{t("import.back")}</button>
            {move || others.get().then(|| view! { <button type="button" class="btn quiet large" on:click=move |_| w.skip()>{t("import.skip_file")}</button> })}
            <span class="grow"></span>
            <Button look="primary large" busy=w.busy reason=reason on_click=Callback::new(move |_| w.run())>{verb}</Button>
        </div>
    }
    .into_any()
}

/// Its figures. `ahead`: of what will be.
pub fn counts(r: &ImportReport, ahead: bool) -> AnyView {
    let figure = |tone: &'static str, n: i64, key: &'static str| {
        let class = if n == 0 { "nil" } else { tone };
        view! { <div class=class><b class="num">{fmt().number(n)}</b><span>{tk(key)}</span></div> }
    };
    let side = (r.side_created > 0).then(|| figure("info", r.side_created, "import.side_created"));
    let changed = (r.side_updated > 0).then(|| figure("info", r.side_updated, "import.side_updated"));
    let label = if ahead { t("import.would") } else { t("import.did") };
    let pipeline = r.first_pipeline.clone().map(|name| {
        let text = if ahead { t!("import.pipeline_ahead", name = name) } else { t!("import.pipeline_made", name = name) };
        view! { <p class="muted">{text}</p> }
    });
    view! {
        <div class="counts" role="group" aria-label=label>
            {figure("good", r.created, "import.created")}
            {figure("info", r.updated, "import.updated")}
            {figure("", r.duplicate, "import.duplicate")}
            {figure("bad", r.rejected, "import.rejected")}
            {side}
            {changed}
        </div>
        {pipeline}
        {assumed(r)}
    }
    .into_any()
}

/// What rows get, or got, that they do not say.
fn assumed(r: &ImportReport) -> Option<AnyView> {
    let line = |a: &Assumed| {
        let (field, rows) = (field_label(r.kind, &a.field), tn("import.rows", a.rows));
        let is_day = r.kind.field(&a.field).is_some_and(|f| f.ty == FieldType::Date);
        let value = if is_day { fmt().date(&a.value) } else { a.value.clone() };
        view! { <li>{t!("import.assumed", field = field, rows = rows, value = value)}</li> }
    };
    let lines = r.assumed.iter().map(line).collect_view();
    (!r.assumed.is_empty()).then(|| view! { <ul class="assumed muted">{lines}</ul> }.into_any())
}

/// Items of a calendar that stand against something.
pub fn clashes(r: &ImportReport) -> Option<AnyView> {
    if r.clashing.is_empty() {
        return None;
    }
    let rows = r
        .clashing
        .iter()
        .map(|c| {
            let with = c.conflict.with.as_ref().and_then(|w| w.title.clone()).filter(|t| !t.is_empty());
            // Nothing lies there: it is the hour that is wrong.
            let what = with.unwrap_or_else(|| tk(if c.conflict.with.is_none() { "cal.why.hours" } else { "cal.busy" }));
            let against = [c.conflict.who.name.clone(), what].join(": ");
            let title = if c.title.is_empty() { tk("cal.untitled") } else { c.title.clone() };
            view! {
                <tr>
                    <td class="num" data-label=t("import.row")>{fmt().number(c.row)}</td>
                    <td data-label=t("import.item")>{title}</td>
                    <td data-label=t("import.against")>{against}</td>
                    <td data-label=t("import.when")><When at=domain::time::instant(c.conflict.span.start)/></td>
                </tr>
            }
        })
        .collect_view();
    Some(
        view! {
            <h2>{tn("import.clashes", r.clashes)}</h2>
            <p class="muted">{t("import.clashes_text")}</p>
            {cards(&[("import.row", "num"), ("import.item", ""), ("import.against", ""), ("import.when", "")], rows.into_any())}
        }
        .into_any(),
    )
}

/// Rows that lack their last cells: they are taken, and somebody should look at them.
pub fn short_rows(r: &ImportReport) -> Option<AnyView> {
    let first = r.short.first()?;
    let numbers: Vec<String> = r.short.iter().take(10).map(|s| fmt().number(s.row)).collect();
    let more = if r.short_rows > 10 { "…" } else { "" };
    let rows = format!("{}{more}", numbers.join(", "));
    let text = tn("import.short_rows", r.short_rows);
    let where_ = t!("import.short_where", rows = rows, cells = fmt().number(first.cells), of = fmt().number(first.expected));
    Some(view! { <Banner tone="warn">{text}" "{where_}</Banner> }.into_any())
}

/// Rejected rows with every reason; `file`: where all of them are.
pub fn rejects(kind: Kind, r: &ImportReport, file: Option<String>) -> Option<AnyView> {
    if r.rejects.is_empty() {
        return None;
    }
    let rows = r.rejects.iter().flat_map(|row| reject(kind, row)).collect_view();
    let shown = i64::try_from(r.rejects.len()).unwrap_or(i64::MAX);
    let more = (r.rejected > shown)
        .then(|| view! { <p class="muted">{t!("import.first_rejects", n = fmt().number(shown), of = fmt().number(r.rejected))}</p> });
    let file = file.map(|href| {
        view! { <a class="btn" href=href download="rejected.csv"><Icon name="export" size="s"/>{t("import.download_rejected")}</a> }
    });
    Some(
        view! {
            <h2 class="row">{t("import.rejected_rows")}<span class="grow"></span>{file}</h2>
            {more}
            {cards(&[("import.row", "num"), ("import.column", ""), ("import.value", ""), ("import.reason", "")], rows.into_any())}
        }
        .into_any(),
    )
}

fn reject(kind: Kind, row: &Rejected) -> Vec<AnyView> {
    let number = row.row;
    row.errors
        .iter()
        .map(|e| {
            // A field that no column feeds is named as people know it.
            let column = if e.column.is_empty() {
                "–".to_owned()
            } else if kind.field(&e.column).is_some() {
                field_label(kind, &e.column)
            } else {
                e.column.clone()
            };
            let value = if e.value.is_empty() { "–".to_owned() } else { e.value.clone() };
            view! {
                <tr>
                    <td class="num" data-label=t("import.row")>{fmt().number(number)}</td>
                    <td data-label=t("import.column")>{column}</td>
                    <td data-label=t("import.value")>{value}</td>
                    <td data-label=t("import.reason")>{field_error_text(&e.error)}</td>
                </tr>
            }
            .into_any()
        })
        .collect()
}

/// The kind whose records a field names.
fn points_to(kind: Kind, field: &str) -> Option<Kind> {
    match kind.field(field).map(|f| f.ty) {
        Some(FieldType::Ref(k) | FieldType::Refs(k)) => Some(k),
        _ => (field == domain::import::TEAM_MANAGER).then_some(Kind::User),
    }
}

const CREATE: &str = "create";
const LEAVE: &str = "leave";
const REJECT: &str = "reject";
const OTHER: &str = "other";

fn word_of(action: &Replacement) -> String {
    match action {
        Replacement::Use(value) => format!("use:{value}"),
        Replacement::Create => CREATE.to_owned(),
        Replacement::Leave => LEAVE.to_owned(),
        Replacement::Reject => REJECT.to_owned(),
    }
}

fn one_unknown(w: Wizard, kind: Kind, field: String, value: String) -> AnyView {
    let found = {
        let (field, value) = (field.clone(), value.clone());
        Memo::new(move |_| w.unknown.with(|all| all.iter().find(|u| u.field == field && u.value == value).cloned()))
    };
    let action = {
        let (field, value) = (field.clone(), value.clone());
        Memo::new(move |_| {
            let told = w
                .plan
                .with(|p| p.as_ref().and_then(|p| p.replace.iter().find(|r| r.field == field && r.value == value).map(|r| r.by.clone())));
            told.or_else(|| found.with(|u| u.as_ref().map(|u| u.action.clone()))).unwrap_or(Replacement::Leave)
        })
    };
    let picking = RwSignal::new(false);
    let decide = {
        let (field, value) = (field.clone(), value.clone());
        Callback::new(move |by: Replacement| w.decide(Replace { field: field.clone(), value: value.clone(), by }))
    };
    let changed = move |event| {
        let chosen = event_target_value(&event);
        picking.set(chosen == OTHER);
        match chosen.as_str() {
            OTHER => {}
            CREATE => decide.run(Replacement::Create),
            LEAVE => decide.run(Replacement::Leave),
            REJECT => decide.run(Replacement::Reject),
            other => decide.run(Replacement::Use(other.strip_prefix("use:").unwrap_or(other).to_owned())),
        }
    };
    let of = points_to(kind, &field);
    let name = field_label(kind, &field);
    let field_name = field.clone();
    let options = move || {
        let now = action.get();
        let unknown = found.get();
        let list = choices(kind, &field_name, of, unknown.as_ref(), &now);
        let at = if picking.get() { OTHER.to_owned() } else { word_of(&now) };
        list.into_iter()
            .map(|(key, text)| {
                let on = key == at;
                view! { <option value=key selected=on>{text}</option> }
            })
            .collect_view()
    };
    let (picked, picked_name) = (RwSignal::new(None::<Id>), RwSignal::new(String::new()));
    let picker = move || {
        let of = of.filter(|_| picking.get())?;
        let told = Callback::new(move |hit: Option<Hit>| {
            if let Some(hit) = hit {
                picking.set(false);
                decide.run(Replacement::Use(hit.name));
            }
        });
        Some(view! { <RefPicker kind=of value=picked label=picked_name aria=tk("import.use_other") on_change=told autofocus=true/> })
    };
    let rows = move || found.with(|u| u.as_ref().map(|u| tn("import.rows", u.rows)));
    let decided = {
        let (field, value) = (field.clone(), value.clone());
        Memo::new(move |_| w.plan.with(|p| p.as_ref().is_some_and(|p| p.replace.iter().any(|r| r.field == field && r.value == value))))
    };
    let tag = move || {
        match action.get() {
            // Nobody has said so yet.
            Replacement::Use(_) if !decided.get() => view! { <Tag text=t("import.guess") tone="warn"/> }.into_any(),
            Replacement::Use(_) => view! { <Tag text=t("import.replaced") tone="good"/> }.into_any(),
            Replacement::Create => view! { <Tag text=t("import.new") tone="good"/> }.into_any(),
            Replacement::Leave => view! { <Tag text=t("import.stays_empty") tone="warn"/> }.into_any(),
            Replacement::Reject => view! { <Tag text=t("import.rejected_tag") tone="bad"/> }.into_any(),
        }
    };
    let label = t!("import.decide", field = name, value = value);
    view! {
        <li>
            <span class="was"><b class="clip">{value}</b><small>{name}" · "{rows}</small></span>
            <Icon name="move" size="s"/>
            <span class="stackv">
                <select class="input select" aria-label=label on:change=changed>{options}</select>
                {picker}
            </span>
            {tag}
        </li>
    }
    .into_any()
}

/// What may be done with an unknown value; what is chosen is always among it.
fn choices(kind: Kind, field: &str, of: Option<Kind>, unknown: Option<&Unknown>, now: &Replacement) -> Vec<(String, String)> {
    let mut out: Vec<(String, String)> = Vec::new();
    let add = |value: &str, out: &mut Vec<(String, String)>| {
        let key = format!("use:{value}");
        if !out.iter().any(|(k, _)| *k == key) {
            let text = choice_label(field, value);
            out.push((key, t!("import.use", name = text)));
        }
    };
    if let Some(closest) = unknown.and_then(|u| u.closest.as_deref()) {
        add(closest, &mut out);
    }
    if let Replacement::Use(value) = now {
        add(value, &mut out);
    }
    for option in unknown.into_iter().flat_map(|u| &u.options) {
        add(option, &mut out);
    }
    if let Some(FieldType::Choice(options)) = kind.field(field).map(|f| f.ty) {
        for option in options {
            add(option, &mut out);
        }
    }
    if of.is_some() {
        out.push((OTHER.to_owned(), tk("import.use_other")));
    }
    // Choices and stages are fixed; words and records may be new.
    let fixed = matches!(kind.field(field).map(|f| f.ty), Some(FieldType::Choice(_) | FieldType::Stage))
        || of.is_some_and(|k| !domain::import::made_by_name(k));
    if !fixed {
        let text = of.map_or_else(|| tk("import.keep_word"), |k| t!("import.create", kind = kind_name(k)));
        out.push((CREATE.to_owned(), text));
    }
    out.push((LEAVE.to_owned(), tk("import.leave")));
    out.push((REJECT.to_owned(), tk("import.reject")));
    out
}
