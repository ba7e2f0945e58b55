//! What is being typed into a field, valid or not, and the control for it. The same for inline editing, quick create and
//! bulk edits, so that a field is edited one way everywhere.

use std::sync::OnceLock;

use domain::schema::{FieldDef, FieldType};
use serde_json::{Value, json};

use super::names::Names;
use super::refs::{RefField, RefsField};
use crate::prelude::*;

type Check = fn(&FieldDef, &Value) -> Result<Value, FieldError>;

/// What knows the rules of fields comes with their controls, so that no page waits for it.
static CHECK: OnceLock<Check> = OnceLock::new();

#[derive(Clone, Copy)]
pub struct Draft {
    pub kind: Kind,
    pub def: &'static FieldDef,
    text: RwSignal<String>,
    currency: RwSignal<String>,
    list: RwSignal<Vec<String>>,
    flag: RwSignal<bool>,
    one: RwSignal<Option<Id>>,
    label: RwSignal<String>,
}

impl Draft {
    /// `value` is canonical JSON, or what [`Draft::value`] once gave.
    pub fn new(kind: Kind, def: &'static FieldDef, value: &Value, names: Names) -> Self {
        let draft = Self {
            kind,
            def,
            text: RwSignal::new(String::new()),
            currency: RwSignal::new(use_me().currency),
            list: RwSignal::new(Vec::new()),
            flag: RwSignal::new(false),
            one: RwSignal::new(None),
            label: RwSignal::new(String::new()),
        };
        draft.set(value, names);
        draft
    }

    pub fn set(&self, value: &Value, names: Names) {
        let string = value.as_str().map(str::to_owned).or_else(|| value.as_i64().map(|n| n.to_string())).unwrap_or_default();
        match self.def.ty {
            FieldType::Bool => self.flag.set(value.as_bool().unwrap_or(false)),
            FieldType::Money => {
                let part = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
                self.text.set(typed_amount(&part("amount")));
                let code = part("currency");
                // Without one, that of the house stays.
                if !code.is_empty() {
                    self.currency.set(code);
                }
            }
            FieldType::Ref(_) => {
                let id = Id::parse(&string);
                self.one.set(id);
                self.label.set(id.map(|id| names.name(id)).unwrap_or_default());
                self.text.set(string);
            }
            ty if ty.is_many() => {
                self.list
                    .set(value.as_array().map(|l| l.iter().filter_map(|v| v.as_str()).map(str::to_owned).collect()).unwrap_or_default());
            }
            _ => self.text.set(string),
        }
    }

    /// As JSON; not yet checked. Tracks what is typed.
    pub fn value(&self) -> Value {
        let text = || self.text.get();
        match self.def.ty {
            FieldType::Bool => self.flag.get().into(),
            FieldType::Int | FieldType::Percent => {
                let typed = text();
                match typed.trim() {
                    "" => Value::Null,
                    t => match plain_number(t).and_then(|n| n.parse::<i64>().ok()) {
                        Some(n) => n.into(),
                        None => t.into(),
                    },
                }
            }
            FieldType::Money => {
                let (typed, currency) = (text(), self.currency.get());
                match typed.trim() {
                    "" => Value::Null,
                    t => json!({"amount": plain_number(t).unwrap_or_else(|| t.to_owned()), "currency": currency}),
                }
            }
            FieldType::Ref(Kind::Pipeline) => or_null(text()),
            FieldType::Ref(_) => self.one.get().map_or(Value::Null, |id| id.to_string().into()),
            ty if ty.is_many() => {
                let list = self.list.get();
                if list.is_empty() { Value::Null } else { list.into() }
            }
            _ => or_null(text()),
        }
    }

    /// In canonical form, or what is wrong with it. Before any control was drawn nothing can have been typed: as it is then,
    /// and the server looks at it in any case.
    pub fn checked(&self) -> Result<Value, FieldError> {
        let value = self.value();
        CHECK.get().map_or_else(|| Ok(value.clone()), |check| check(self.def, &value))
    }

    /// The name of the chosen record.
    pub fn label(&self) -> String {
        self.label.get_untracked()
    }

    pub fn picked(&self) -> RwSignal<Option<Id>> {
        self.one
    }

    pub fn typed(&self) -> RwSignal<String> {
        self.text
    }
}

fn or_null(text: String) -> Value {
    if text.trim().is_empty() { Value::Null } else { text.into() }
}

/// The amount as this reader types it: with a comma where cents follow a comma.
fn typed_amount(amount: &str) -> String {
    let comma = fmt().tenths(11).contains(',');
    let amount = amount.strip_suffix(".00").unwrap_or(amount);
    if comma { amount.replace('.', ",") } else { amount.to_owned() }
}

/// What a control needs to know beside its draft.
#[derive(Clone, Copy)]
pub struct Beside {
    pub names: Names,
    /// Of a deal: whose stages are offered.
    pub pipeline: Signal<Option<Id>>,
    /// Hears when the value was chosen (lists, pickers, boxes), not while text is typed.
    pub chosen: Option<Callback<()>>,
}

/// The control for this draft; stands in a [`Field`].
pub fn control(draft: Draft, beside: Beside) -> AnyView {
    crate::rooms::field_control(draft, beside)
}

pub fn control_here(draft: Draft, beside: Beside) -> AnyView {
    let _ = CHECK.set(domain::fields::canonical);
    let Beside { names, pipeline, chosen } = beside;
    let tell = move || {
        if let Some(chosen) = chosen {
            chosen.run(());
        }
    };
    let told = Callback::new(move |_: String| tell());
    match draft.def.ty {
        FieldType::LongText => view! { <TextArea value=draft.text rows=5/> }.into_any(),
        FieldType::Int => view! { <NumberInput value=draft.text/> }.into_any(),
        FieldType::Percent => view! { <NumberInput value=draft.text unit="%"/> }.into_any(),
        FieldType::Money => view! { <MoneyInput amount=draft.text currency=draft.currency/> }.into_any(),
        FieldType::Date => view! { <DateInput value=draft.text/> }.into_any(),
        FieldType::Instant | FieldType::Moment => view! { <InstantInput value=draft.text/> }.into_any(),
        FieldType::Bool => {
            let label = field_label(draft.kind, draft.def.name);
            view! { <Checkbox value=draft.flag label=label on_change=Callback::new(move |_| tell())/> }.into_any()
        }
        FieldType::Choice(options) => {
            let options: Vec<(String, String)> = options.iter().map(|o| ((*o).to_owned(), choice_label(draft.def.name, o))).collect();
            view! { <Select value=draft.text options=options blank=true on_commit=told/> }.into_any()
        }
        FieldType::Stage => {
            let options = Signal::derive(move || {
                let stages = names.pipeline(pipeline.get()).map(|p| p.stages).unwrap_or_default();
                stages.into_iter().map(|s| (s.id, s.name)).collect::<Vec<_>>()
            });
            view! { <Select value=draft.text options=options on_commit=told/> }.into_any()
        }
        FieldType::Ref(Kind::Pipeline) => {
            let options = Signal::derive(move || {
                names.track();
                names.pipelines().into_iter().map(|p| (p.id.to_string(), p.name)).collect::<Vec<_>>()
            });
            view! { <Select value=draft.text options=options on_commit=told/> }.into_any()
        }
        FieldType::Ref(kind) => {
            view! { <RefField kind=kind value=draft.one label=draft.label names=names on_change=Callback::new(move |()| tell())/> }
                .into_any()
        }
        FieldType::Refs(kind) => view! { <RefsField kind=kind value=draft.list names=names/> }.into_any(),
        FieldType::Emails => view! { <TagsInput value=draft.list kind="email"/> }.into_any(),
        FieldType::Phones => view! { <TagsInput value=draft.list kind="tel"/> }.into_any(),
        FieldType::Tags => view! { <TagsInput value=draft.list/> }.into_any(),
        FieldType::Email => view! { <TextInput value=draft.text kind="email"/> }.into_any(),
        FieldType::Phone => view! { <TextInput value=draft.text kind="tel"/> }.into_any(),
        FieldType::Url => view! { <TextInput value=draft.text kind="url"/> }.into_any(),
        FieldType::Text(_) | FieldType::Stages | FieldType::Special(_) => view! { <TextInput value=draft.text/> }.into_any(),
    }
}
