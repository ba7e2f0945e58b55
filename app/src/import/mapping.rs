//! The second step: how the file is read, what its rows are, which column feeds which field, and what holds for all rows.

use domain::import::{ColumnMap, ImportPlan, Inspection, KINDS, OnMatch, RECORD_ID, SourceColumn, targets};
use domain::rights::Act;
use domain::schema::FieldType;

use super::Step;
use super::wizard::Wizard;
use crate::prelude::*;

const ENCODINGS: [&str; 9] = ["UTF-8", "UTF-16LE", "UTF-16BE", "GB18030", "Big5", "windows-1251", "windows-1252", "KOI8-U", "Shift_JIS"];
const DELIMITERS: [&str; 4] = [",", ";", "tab", "|"];

pub fn step(w: Wizard) -> AnyView {
    let reason = Signal::derive(move || w.unclear.get().then(|| tk("import.kind_unclear")));
    view! {
        {w.banner(None)}
        {file(w)}
        <h2>{t("import.columns")}</h2>
        {columns(w)}
        <h2>{t("import.rules")}</h2>
        {rules(w)}
        <div class="pagefoot">
            <a class="btn large" href="/import">{t("import.back")}</a>
            <span class="grow"></span>
            <Button look="primary large" busy=w.busy reason=reason on_click=Callback::new(move |_| w.to(Step::Check))>{t("import.to_check")}</Button>
        </div>
    }
    .into_any()
}

fn delimiter_name(delimiter: &str) -> String {
    match delimiter {
        "," => tk("import.delimiter.comma"),
        ";" => tk("import.delimiter.semicolon"),
        "|" => tk("import.delimiter.bar"),
        _ => tk("import.delimiter.tab"),
    }
}

/// "UTF-8 · comma", "XLSX".
pub fn how_read(seen: &Inspection) -> String {
    if seen.format == "csv" {
        format!("{} · {}", seen.encoding, delimiter_name(&seen.delimiter))
    } else {
        domain::text::upper(&seen.format)
    }
}

/// One choice of several; tells the chosen value.
fn choice(label: String, value: Signal<String>, options: Vec<(String, String)>, hint: Option<String>, on: Callback<String>) -> AnyView {
    let id = crate::ui::uid();
    let about = hint.is_some().then(|| format!("{id}-h"));
    let items = options
        .into_iter()
        .map(|(key, text)| {
            let mine = key.clone();
            view! { <option value=key selected=move || value.with(|v| *v == mine)>{text}</option> }
        })
        .collect_view();
    view! {
        <div class="field">
            <label for=id.clone()>{label}</label>
            <select class="input select" id=id aria-describedby=about.clone() prop:value=move || value.get() on:change=move |event| on.run(event_target_value(&event))>{items}</select>
            {hint.map(|h| view! { <span class="hint" id=about>{h}</span> })}
        </div>
    }
    .into_any()
}

fn with_current(list: &[&str], current: &str, name: impl Fn(&str) -> String) -> Vec<(String, String)> {
    let extra = (!current.is_empty() && !list.contains(&current)).then(|| (current.to_owned(), name(current)));
    extra.into_iter().chain(list.iter().map(|v| ((*v).to_owned(), name(v)))).collect()
}

fn plan_text(w: Wizard, get: impl Fn(&ImportPlan) -> String + Send + Sync + 'static) -> Signal<String> {
    Signal::derive(move || w.plan.with(|p| p.as_ref().map(&get).unwrap_or_default()))
}

/// What was recognised; each of it can be set right.
fn file(w: Wizard) -> AnyView {
    let seen = move || w.seen.get();
    let head = move || {
        seen().map(|s| {
            view! {
                <ul class="filelist">
                    <li>
                        <Icon name="note"/>
                        <span class="two grow"><b class="clip">{s.file_name.clone()}</b><span>{how_read(&s)}" · "{tn("import.rows", s.rows)}</span></span>
                    </li>
                </ul>
            }
        })
    };
    let who = use_me().who();
    let kinds: Vec<(String, String)> =
        KINDS.into_iter().filter(|k| who.may_some(Act::Create, *k)).map(|k| (k.name().to_owned(), kind_plural(k))).collect();
    let named = plan_text(w, |p| p.kind.name().to_owned());
    let kind = move || {
        let unclear = w.unclear.get();
        let value = Signal::derive(move || if w.unclear.get() { String::new() } else { named.get() });
        let none = unclear.then(|| (String::new(), tk("import.choose_kind")));
        let set = Callback::new(move |name: String| {
            if let Some(kind) = Kind::parse(&name) {
                w.take_as(kind);
            }
        });
        choice(tk("import.what"), value, none.into_iter().chain(kinds.clone()).collect(), unclear.then(|| tk("import.kind_unclear")), set)
    };
    let read = move || {
        let s = seen()?;
        if s.format != "csv" {
            let sheets = s.sheets.iter().map(|n| (n.clone(), n.clone())).collect();
            let first = s.sheets.first().cloned().unwrap_or_default();
            let value = plan_text(w, move |p| p.sheet.clone().unwrap_or_else(|| first.clone()));
            let set = Callback::new(move |sheet: String| w.take_sheet(sheet));
            return (s.sheets.len() > 1).then(|| choice(tk("import.sheet"), value, sheets, None, set));
        }
        let (encoding, delimiter) = (s.encoding.clone(), s.delimiter.clone());
        let encodings = with_current(&ENCODINGS, &encoding, str::to_owned);
        let delimiter = if delimiter == "\t" { "tab".to_owned() } else { delimiter };
        let delimiters = with_current(&DELIMITERS, &delimiter, delimiter_name);
        let now = Signal::stored(encoding);
        let split = Signal::stored(delimiter);
        Some(
            view! {
                {choice(tk("import.encoding"), now, encodings, None, Callback::new(move |v: String| w.read_again(|p| p.encoding = Some(v))))}
                {choice(tk("import.delimiter"), split, delimiters, None, Callback::new(move |v: String| w.read_again(|p| p.delimiter = Some(v))))}
            }
            .into_any(),
        )
    };
    view! { {head} <div class="fields">{kind}{read}</div> }.into_any()
}

fn columns(w: Wizard) -> AnyView {
    let columns = Memo::new(move |_| w.seen.with(|s| s.as_ref().map(|s| s.columns.clone()).unwrap_or_default()));
    let kind = Memo::new(move |_| w.kind());
    let rows = move || {
        let kind = kind.get();
        columns.get().into_iter().map(|c| column(w, kind, c)).collect_view()
    };
    view! {
        <div class="tablewrap">
            <table class="table maptable">
                <thead>
                    <tr>
                        <th scope="col">{t("import.column")}</th>
                        <th scope="col">{t("import.samples")}</th>
                        <th scope="col">{t("import.field")}</th>
                        <th scope="col"><span class="sr">{t("import.state")}</span></th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn mapped(plan: &ImportPlan, column: &str) -> String {
    plan.map.iter().find(|m| m.column == column).map(|m| m.field.clone()).unwrap_or_default()
}

fn column(w: Wizard, kind: Kind, c: SourceColumn) -> AnyView {
    let name = c.name.clone();
    let field = Memo::new(move |_| w.plan.with(|p| p.as_ref().map(|p| mapped(p, &name)).unwrap_or_default()));
    let options = std::iter::once((String::new(), tk("import.leave_out")))
        .chain(targets(kind).into_iter().map(|f| (f.to_owned(), field_label(kind, f))))
        .map(|(key, text)| {
            let mine = key.clone();
            view! { <option value=key selected=move || field.with(|f| *f == mine)>{text}</option> }
        })
        .collect_view();
    let name = c.name.clone();
    let set = move |event| {
        let (column, field) = (name.clone(), event_target_value(&event));
        w.change(move |p| {
            p.map.retain(|m| m.column != column);
            p.map.push(ColumnMap { column, field });
            // Rows can only be matched by what the file has.
            if !match_options(p).contains(&p.match_field) {
                p.match_field = String::new();
            }
        });
    };
    let samples = if c.samples.is_empty() {
        view! { <span class="faint">{t("import.column_empty")}</span> }.into_any()
    } else {
        c.samples.iter().take(4).map(|s| view! { <span>{s.clone()}</span> }).collect_view().into_any()
    };
    let mark = move || {
        if field.with(String::is_empty) {
            view! { <Tag text=t("import.left_out")/> }.into_any()
        } else {
            view! { <Tag text=t("import.mapped") tone="good"/> }.into_any()
        }
    };
    view! {
        <tr class:skip=move || field.with(String::is_empty)>
            <td><b>{c.name.clone()}</b></td>
            <td class="samples">{samples}</td>
            <td class="to">
                <Icon name="move" size="s"/>
                <select
                    class="input select"
                    aria-label=t!("import.field_for", column = c.name)
                    prop:value=move || field.get()
                    on:change=set
                >
                    {options}
                </select>
            </td>
            <td>{mark}</td>
        </tr>
    }
    .into_any()
}

/// Fields by which a row can be known again: the record's id and texts that the file fills.
fn match_options(p: &ImportPlan) -> Vec<String> {
    let filled = |f: &str| p.map.iter().any(|m| m.field == f);
    let by_text = |f: &str| {
        p.kind
            .field(f)
            .is_some_and(|d| matches!(d.ty, FieldType::Text(_) | FieldType::Email | FieldType::Emails | FieldType::Phone | FieldType::Url))
    };
    let composed = matches!(p.kind, Kind::Contact | Kind::Deal);
    targets(p.kind)
        .into_iter()
        .filter(|f| (filled(f) && (by_text(f) || *f == RECORD_ID || *f == "name")) || (*f == "name" && composed))
        .map(str::to_owned)
        .collect()
}

fn rules(w: Wizard) -> AnyView {
    let kind = Memo::new(move |_| w.kind());
    let match_list = Memo::new(move |_| w.plan.with(|p| p.as_ref().map(match_options).unwrap_or_default()));
    let matching = move || {
        let kind = kind.get();
        let options = std::iter::once((String::new(), tk("import.match_none")))
            .chain(match_list.get().into_iter().map(|f| (f.clone(), field_label(kind, &f))))
            .collect();
        let set = Callback::new(move |f: String| w.change(|p| p.match_field = f));
        let hint = if kind == Kind::Event { tk("import.match_hint_event") } else { tk("import.match_hint") };
        choice(tk("import.match"), plan_text(w, |p| p.match_field.clone()), options, Some(hint), set)
    };
    let on_match = choice(
        tk("import.on_match"),
        plan_text(w, |p| if p.on_match == OnMatch::Update { "update" } else { "skip" }.to_owned()),
        vec![("update".to_owned(), tk("import.on_match_update")), ("skip".to_owned(), tk("import.on_match_skip"))],
        None,
        Callback::new(move |v: String| w.change(|p| p.on_match = if v == "skip" { OnMatch::Skip } else { OnMatch::Update })),
    );
    let orders = ["ymd", "dmy", "mdy"].map(|o| (o.to_owned(), tk(&format!("import.order.{o}")))).to_vec();
    let order = choice(
        tk("import.date_order"),
        plan_text(w, |p| p.date_order.clone()),
        orders,
        None,
        Callback::new(move |v: String| w.change(|p| p.date_order = v)),
    );
    view! { <div class="fields">{matching}{on_match}{order}{money_fields(w, kind)}{defaults(w, kind)}</div> }.into_any()
}

/// No company lives on so little a year: such a revenue is mostly written in millions, and its column need not say so.
fn looks_short(plan: &ImportPlan, columns: &[SourceColumn]) -> bool {
    const LEAST: f64 = 100_000.0;
    let short = |text: &String| crate::ui::plain_number(text).and_then(|n| n.parse::<f64>().ok()).is_some_and(|n| n < LEAST);
    plan.kind == Kind::Company
        && columns.iter().any(|c| mapped(plan, &c.name) == "revenue" && !c.samples.is_empty() && c.samples.iter().all(short))
}

/// Amounts: their currency where they name none, and what they count in.
fn money_fields(w: Wizard, kind: Memo<Kind>) -> AnyView {
    let small = Memo::new(move |_| {
        w.plan.with(|p| p.as_ref().is_some_and(|p| w.seen.with(|s| s.as_ref().is_some_and(|s| looks_short(p, &s.columns)))))
    });
    let has_amounts = Memo::new(move |_| kind.get().fields().iter().any(|f| f.ty == FieldType::Money));
    let shown = move || {
        has_amounts.get().then(|| {
            let current = w.plan.with_untracked(|p| p.as_ref().map(|p| p.currency.clone()).unwrap_or_default());
            let currency = choice(
                tk("import.currency"),
                plan_text(w, |p| p.currency.clone()),
                with_current(&crate::ui::CURRENCIES, &current, str::to_owned),
                Some(tk("import.currency_hint")),
                Callback::new(move |v: String| w.change(|p| p.currency = v)),
            );
            let scales = [("1", "import.scale.one"), ("1000", "import.scale.thousand"), ("1000000", "import.scale.million")];
            let scale = choice(
                tk("import.scale"),
                plan_text(w, |p| p.scale.unwrap_or(1).to_string()),
                scales.map(|(v, key)| (v.to_owned(), tk(key))).to_vec(),
                small.get().then(|| tk("import.scale_hint")),
                Callback::new(move |v: String| w.change(|p| p.scale = v.parse().ok().filter(|n| *n != 1))),
            );
            view! { {currency}{scale} }
        })
    };
    view! { {shown} }.into_any()
}

/// What rows get that say nothing themselves: choices of the kind, a deal's pipeline, an owner.
fn defaults(w: Wizard, kind: Memo<Kind>) -> AnyView {
    let shown = move || {
        let kind = kind.get();
        kind.fields().iter().filter(|f| !f.is(domain::schema::DERIVED)).filter_map(|f| default(w, kind, f)).collect_view()
    };
    view! { {shown} }.into_any()
}

fn default(w: Wizard, kind: Kind, def: &'static domain::schema::FieldDef) -> Option<AnyView> {
    let name = def.name;
    let label = t!("import.default_for", field = field_label(kind, name));
    let value = plan_text(w, move |p| p.defaults.get(name).and_then(|v| v.as_str()).unwrap_or_default().to_owned());
    let set = Callback::new(move |v: String| {
        w.change(|p| {
            if v.is_empty() {
                p.defaults.remove(name);
            } else {
                p.defaults.insert(name.to_owned(), v.into());
            }
        });
    });
    let none = std::iter::once((String::new(), tk("field.none")));
    match def.ty {
        FieldType::Choice(options) => {
            let options = none.chain(options.iter().map(|o| ((*o).to_owned(), choice_label(name, o)))).collect();
            Some(choice(label, value, options, None, set))
        }
        FieldType::Ref(Kind::Pipeline) => {
            let shown = move || {
                let options = std::iter::once((String::new(), tk("field.none")))
                    .chain(w.pipelines.get().into_iter().map(|(id, n)| (id.to_string(), n)));
                choice(label.clone(), value, options.collect(), None, set)
            };
            Some(view! { {shown} }.into_any())
        }
        FieldType::Ref(Kind::User) => Some(owner(w, name, label)),
        FieldType::Date if name == "opened_on" => Some(opening_day(label, value, set)),
        _ => None,
    }
}

/// Left empty, deals that are open begin today; the others have no such day.
fn opening_day(label: String, value: Signal<String>, set: Callback<String>) -> AnyView {
    let id = crate::ui::uid();
    let about = format!("{id}-h");
    view! {
        <div class="field">
            <label for=id.clone()>{label}</label>
            <input
                class="input"
                type="date"
                id=id
                aria-describedby=about.clone()
                prop:value=move || value.get()
                on:change=move |event| set.run(event_target_value(&event))
            />
            <span class="hint" id=about>{t("import.opened_hint")}</span>
        </div>
    }
    .into_any()
}

fn owner(w: Wizard, name: &'static str, label: String) -> AnyView {
    let kept = w.plan.with_untracked(|p| p.as_ref().and_then(|p| p.defaults.get(name)?.as_str().and_then(Id::parse)));
    let me = use_me();
    let value = RwSignal::new(kept);
    // Whoever was chosen before a reload is known by id; the picker shows the person's own name at once.
    let shown = RwSignal::new(kept.map(|id| if id == me.id { me.name.clone() } else { id.to_string() }).unwrap_or_default());
    let told = Callback::new(move |hit: Option<domain::list::Hit>| {
        w.change(|p| match hit {
            Some(hit) => {
                p.defaults.insert(name.to_owned(), hit.id.to_string().into());
            }
            None => {
                p.defaults.remove(name);
            }
        });
    });
    view! { <Field label=label><RefPicker kind=Kind::User value=value label=shown on_change=told/></Field> }.into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_revenue_in_millions_is_noticed() {
        let plan = |kind: Kind, field: &str| ImportPlan {
            kind,
            map: vec![ColumnMap { column: "revenue".to_owned(), field: field.to_owned() }],
            match_field: String::new(),
            sheet: None,
            encoding: None,
            delimiter: None,
            on_match: OnMatch::Skip,
            date_order: String::new(),
            currency: String::new(),
            scale: None,
            defaults: Fields::new(),
            replace: Vec::new(),
        };
        let columns = |samples: &[&str]| {
            [SourceColumn { name: "revenue".to_owned(), samples: samples.iter().map(|s| (*s).to_owned()).collect(), filled: 3 }]
        };
        let company = plan(Kind::Company, "revenue");
        assert!(looks_short(&company, &columns(&["1100.04", "251.41", "11 698.03"])));
        assert!(!looks_short(&company, &columns(&["251.41", "11698030000"])));
        assert!(!looks_short(&company, &columns(&["251.41", "much"])));
        assert!(!looks_short(&company, &columns(&[])));
        assert!(!looks_short(&plan(Kind::Company, "employees"), &columns(&["40"])));
        assert!(!looks_short(&plan(Kind::Deal, "amount"), &columns(&["1054"])));
    }
}
