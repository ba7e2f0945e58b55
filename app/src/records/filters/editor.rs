//! The editor of one chip: one condition, or several of which one is enough. Nothing changes until "Apply" or Enter.

use domain::filter::{Cond, Op};
use domain::schema::{FieldDef, FieldType};

use super::super::names::Names;
use super::super::refs::RefsField;
use super::tree::Part;
use super::words::{PERIODS, operator, period};
use crate::prelude::*;

const BETWEEN: &str = "between";

/// One condition while it is edited.
#[derive(Clone, Copy)]
struct Row {
    id: u32,
    field: RwSignal<String>,
    op: RwSignal<String>,
    /// Several values: words, choices, ids.
    list: RwSignal<Vec<String>>,
    /// One value, or the lower end.
    low: RwSignal<String>,
    high: RwSignal<String>,
}

impl Row {
    fn new(id: u32, kind: Kind, field: &str) -> Self {
        let row = Self {
            id,
            field: RwSignal::new(field.to_owned()),
            op: RwSignal::new(String::new()),
            list: RwSignal::new(Vec::new()),
            low: RwSignal::new(String::new()),
            high: RwSignal::new(String::new()),
        };
        row.clear(kind);
        row
    }

    fn clear(&self, kind: Kind) {
        let def = kind.any_field(&self.field.get_untracked());
        let first = def.and_then(|d| Op::for_type(d.ty).first()).map(|o| o.name()).unwrap_or_default();
        self.op.set(first.to_owned());
        self.list.set(Vec::new());
        self.high.set(String::new());
        let low = match def.map(|d| d.ty) {
            Some(FieldType::Date | FieldType::Instant) => "this-quarter",
            Some(FieldType::Bool) => "true",
            _ => "",
        };
        self.low.set(low.to_owned());
    }

    fn of(id: u32, kind: Kind, part: &Part) -> Option<Self> {
        let row = Self::new(id, kind, part.field()?);
        match part {
            Part::One(cond) => {
                row.op.set(cond.op.name().to_owned());
                row.list.set(cond.values.clone());
                row.low.set(cond.values.first().cloned().unwrap_or_default());
            }
            Part::Between { low, high, .. } => {
                row.op.set(BETWEEN.to_owned());
                row.low.set(low.clone());
                row.high.set(high.clone());
            }
            _ => return None,
        }
        Some(row)
    }

    /// None: something is missing yet.
    fn part(&self, kind: Kind) -> Option<Part> {
        let field = self.field.get_untracked();
        let def = kind.any_field(&field)?;
        let (low, high) = (self.low.get_untracked().trim().to_owned(), self.high.get_untracked().trim().to_owned());
        let name = self.op.get_untracked();
        if name == BETWEEN {
            let (low, high) = (number(def, &low), number(def, &high));
            return match (low.is_empty(), high.is_empty()) {
                (false, false) => Some(Part::Between { field, low, high }),
                (false, true) => Some(Part::One(Cond { field, op: Op::Gte, values: vec![low] })),
                (true, false) => Some(Part::One(Cond { field, op: Op::Lte, values: vec![high] })),
                _ => None,
            };
        }
        let op = Op::ALL.into_iter().find(|o| o.name() == name)?;
        let values = if !op.needs_value() {
            Vec::new()
        } else if takes_list(def.ty) {
            self.list.get_untracked()
        } else {
            vec![number(def, &low)].into_iter().filter(|v| !v.is_empty()).collect()
        };
        (!values.is_empty() || !op.needs_value()).then_some(Part::One(Cond { field, op, values }))
    }
}

/// Numbers as this reader types them become plain ones.
fn number(def: &FieldDef, text: &str) -> String {
    if def.ty.is_numeric() { plain_number(text).unwrap_or_else(|| text.to_owned()) } else { text.to_owned() }
}

const fn takes_list(ty: FieldType) -> bool {
    !matches!(ty, FieldType::Int | FieldType::Percent | FieldType::Money | FieldType::Date | FieldType::Instant | FieldType::Bool)
}

/// What a new chip begins with.
pub fn first_part(kind: Kind, field: &str) -> Option<Part> {
    let def = kind.any_field(field)?;
    let op = *Op::for_type(def.ty).first()?;
    Some(Part::One(Cond { field: field.to_owned(), op, values: Vec::new() }))
}

/// `under_any`: the chips are joined by "or", so what is joined in here is joined by "and". `done` hears the new part.
pub fn editor(kind: Kind, names: Names, part: &Part, under_any: bool, done: Callback<Part>) -> AnyView {
    let parts = match part {
        Part::Group(parts) => parts.clone(),
        one => vec![one.clone()],
    };
    let begun: Vec<Row> = parts.iter().zip(0..).filter_map(|(p, i)| Row::of(i, kind, p)).collect();
    let next = StoredValue::new(u32::try_from(begun.len()).unwrap_or(0));
    let rows = RwSignal::new(begun);
    let error = RwSignal::new(None::<String>);
    let close = use_context::<crate::ui::Close>();
    let apply = move || {
        let found: Vec<Part> = rows.with_untracked(|rows| rows.iter().filter_map(|r| r.part(kind)).collect());
        let whole = match found.as_slice() {
            [] => return error.set(Some(t("filter.needs_value").to_owned())),
            [one] => one.clone(),
            _ => Part::Group(found),
        };
        // The same check that the server makes, in the same words.
        let text = super::tree::Tree { any: false, parts: vec![whole.clone()] }.text();
        match Filter::parse(kind, &text) {
            Ok(_) => {
                if let Some(close) = close {
                    close.0.run(());
                }
                done.run(whole);
            }
            Err(e) => error.set(Some(error_text(&e))),
        }
    };
    let add = move |_| {
        let id = next.get_value();
        next.set_value(id + 1);
        rows.update(|rows| {
            let field = rows.last().map(|r| r.field.get_untracked()).unwrap_or_else(|| "name".to_owned());
            rows.push(Row::new(id, kind, &field));
        });
        focus_value();
    };
    let word = t(if under_any { "filter.and" } else { "filter.or" });
    // Whatever opened it: the value is what is asked for.
    focus_value();
    let inside = view! {
        <For
            each=move || rows.get()
            key=|r| r.id
            children=move |row| {
                let first = Signal::derive(move || rows.with(|rows| rows.first().is_some_and(|r| r.id == row.id)));
                let alone = Signal::derive(move || rows.with(|rows| rows.len() < 2));
                view! {
                    {move || (!first.get()).then(|| view! { <p class="faint">{word}</p> })}
                    <div class="row top">
                        {condition(kind, names, row)}
                        {move || (!alone.get()).then(|| view! {
                            <IconButton
                                icon="x"
                                label=t("filter.remove_condition")
                                on_click=Callback::new(move |_| rows.update(|rows| rows.retain(|r| r.id != row.id)))
                            />
                        })}
                    </div>
                }
            }
        />
        <p class="err" role="alert">{move || error.get()}</p>
        <div class="row foot">
            <button type="button" class="btn quiet" on:click=add>
                <Icon name="plus" size="s"/>
                {t(if under_any { "filter.add_and" } else { "filter.add_or" })}
            </button>
            <span class="grow"></span>
            <Button look="primary">{t("action.apply")}</Button>
        </div>
    };
    form("body filtered", Callback::new(move |()| apply()), inside.into_any())
}

/// Puts the keyboard where the value of the newest condition goes.
fn focus_value() {
    set_timeout(
        || {
            // A finger is not met by a keyboard that covers half of the sheet.
            if window().match_media("(pointer: coarse)").ok().flatten().is_some_and(|m| m.matches()) {
                return;
            }
            let newest = ":popover-open .filtered > .top:nth-last-child(1 of .top) .cond";
            for place in ["input", "> select", "select"] {
                if crate::dom::focus(&format!("{newest} {place}")) {
                    return;
                }
            }
        },
        std::time::Duration::from_millis(30),
    );
}

fn condition(kind: Kind, names: Names, row: Row) -> AnyView {
    let fields: Vec<(String, String)> = super::bar::filterable(kind).map(|d| (d.name.to_owned(), field_label(kind, d.name))).collect();
    let changed = Callback::new(move |_: String| row.clear(kind));
    let operators = Signal::derive(move || {
        let Some(def) = kind.any_field(&row.field.get()) else {
            return Vec::new();
        };
        let mut all: Vec<(String, String)> = Op::for_type(def.ty).iter().map(|op| (op.name().to_owned(), operator(def.ty, *op))).collect();
        if Op::for_type(def.ty).contains(&Op::Gte) {
            all.insert(1.min(all.len()), (BETWEEN.to_owned(), t("op.between").to_owned()));
        }
        all
    });
    view! {
        <div class="cond">
        <div class="row">
            <Select value=row.field options=fields label=t("filter.field") on_commit=changed/>
            <Select value=row.op options=operators label=t("filter.operator")/>
        </div>
        {move || {
            let op = row.op.get();
            let field = row.field.get();
            let needs = op == BETWEEN || Op::ALL.into_iter().find(|o| o.name() == op).is_none_or(Op::needs_value);
            kind.any_field(&field).filter(|_| needs).map(|def| values(def, names, row, op == BETWEEN))
        }}
        </div>
    }
    .into_any()
}

fn values(def: &'static FieldDef, names: Names, row: Row, between: bool) -> AnyView {
    match def.ty {
        FieldType::Int | FieldType::Percent | FieldType::Money => {
            let numbers = if between {
                view! {
                    <div class="row">
                        <NumberInput value=row.low label=t("filter.from")/>
                        <span>{t("filter.to_word")}</span>
                        <NumberInput value=row.high label=t("filter.to")/>
                    </div>
                }
                .into_any()
            } else {
                view! { <NumberInput value=row.low label=t("filter.value")/> }.into_any()
            };
            let hint = (def.ty == FieldType::Money).then(|| view! { <p class="hint">{t("filter.any_currency")}</p> });
            view! {
                {numbers}
                {hint}
            }
            .into_any()
        }
        FieldType::Date | FieldType::Instant if between => view! {
            <div class="row">
                <DateInput value=row.low label=t("filter.from")/>
                <span>{t("filter.to_word")}</span>
                <DateInput value=row.high label=t("filter.to")/>
            </div>
        }
        .into_any(),
        FieldType::Date | FieldType::Instant => dates(row),
        FieldType::Bool => {
            let options: Vec<(String, String)> =
                [("true", "value.yes"), ("false", "value.no")].map(|(v, key)| (v.to_owned(), t(key).to_owned())).into();
            view! { <Select value=row.low options=options label=t("filter.value")/> }.into_any()
        }
        FieldType::Choice(options) => {
            let options = options.iter().map(|o| ((*o).to_owned(), choice_label(def.name, o))).collect();
            boxes(row.list, options)
        }
        FieldType::Stage => boxes(row.list, names.stages()),
        FieldType::Ref(Kind::Pipeline) => boxes(row.list, names.pipelines().into_iter().map(|p| (p.id.to_string(), p.name)).collect()),
        FieldType::Ref(Kind::User) => people(row.list, names),
        FieldType::Ref(kind) | FieldType::Refs(kind) => view! { <RefsField kind=kind value=row.list names=names/> }.into_any(),
        _ => view! { <TagsInput value=row.list label=t("filter.value") placeholder=t("filter.words_hint")/> }.into_any(),
    }
}

/// Choices to tick.
fn boxes(list: RwSignal<Vec<String>>, options: Vec<(String, String)>) -> AnyView {
    let rows: Vec<AnyView> = options
        .into_iter()
        .map(|(key, label)| {
            let on = {
                let key = key.clone();
                move || list.with(|l| l.contains(&key))
            };
            view! {
                <label class="check">
                    <input
                        type="checkbox"
                        prop:checked=on
                        on:change=move |event| {
                            let checked = event_target_checked(&event);
                            list.update(|l| {
                                l.retain(|v| *v != key);
                                if checked {
                                    l.push(key.clone());
                                }
                            });
                        }
                    />
                    <span>{label}</span>
                </label>
            }
            .into_any()
        })
        .collect();
    view! { <div class="values" role="group" aria-label=t("filter.value")>{rows}</div> }.into_any()
}

/// Me, my team, and chosen people.
fn people(list: RwSignal<Vec<String>>, names: Names) -> AnyView {
    const WORDS: [&str; 2] = ["me", "my-team"];
    let chosen = RwSignal::new(list.with_untracked(|l| l.iter().filter(|v| !WORDS.contains(&v.as_str())).cloned().collect::<Vec<_>>()));
    // The words stay where they are; the chosen people follow the picker.
    Effect::new(move |first: Option<()>| {
        let ids = chosen.get();
        if first.is_some() {
            list.update(|l| {
                l.retain(|v| WORDS.contains(&v.as_str()));
                l.extend(ids);
            });
        }
    });
    let words = vec![("me".to_owned(), t("filter.me").to_owned()), ("my-team".to_owned(), t("filter.my_team").to_owned())];
    view! {
        {boxes(list, words)}
        <RefsField kind=Kind::User value=chosen names=names/>
    }
    .into_any()
}

/// A named stretch of days, a day, a month, or so many days.
fn dates(row: Row) -> AnyView {
    const DAY: &str = "day";
    const LAST: &str = "last";
    const NEXT: &str = "next";
    let begun = row.low.get_untracked();
    let count = |prefix: &str| begun.strip_prefix(prefix)?.strip_suffix("-days").map(str::to_owned);
    let which = match begun.as_str() {
        known if PERIODS.contains(&known) => known.to_owned(),
        _ if count("last-").is_some() => LAST.to_owned(),
        _ if count("next-").is_some() => NEXT.to_owned(),
        // A year, month or quarter that was written by hand keeps its own entry.
        other if !other.is_empty() && other.len() != 10 => other.to_owned(),
        _ => DAY.to_owned(),
    };
    let mut options: Vec<(String, String)> = PERIODS.iter().map(|p| ((*p).to_owned(), period(p))).collect();
    if !PERIODS.contains(&which.as_str()) && ![DAY, LAST, NEXT].contains(&which.as_str()) {
        options.insert(0, (which.clone(), period(&which)));
    }
    for (key, word) in [(DAY, "filter.on_day"), (LAST, "filter.last_n_days"), (NEXT, "filter.next_n_days")] {
        options.push((key.to_owned(), t(word).to_owned()));
    }
    let days = RwSignal::new(count("last-").or_else(|| count("next-")).unwrap_or_else(|| "14".to_owned()));
    let day = RwSignal::new(if begun.len() == 10 && domain::time::parse_date(&begun).is_some() { begun } else { String::new() });
    let which = RwSignal::new(which);
    Effect::new(move |first: Option<()>| {
        let which = which.get();
        let value = match which.as_str() {
            DAY => day.get(),
            LAST | NEXT => days.get().trim().parse::<u32>().map(|n| format!("{which}-{n}-days")).unwrap_or_default(),
            _ => which,
        };
        if first.is_some() {
            row.low.set(value);
        }
    });
    view! {
        <Select value=which options=options label=t("filter.value")/>
        {move || match which.get().as_str() {
            DAY => view! { <DateInput value=day label=t("filter.on_day")/> }.into_any(),
            LAST | NEXT => view! { <NumberInput value=days label=t("filter.days") unit=t("filter.days")/> }.into_any(),
            _ => ().into_any(),
        }}
    }
    .into_any()
}
