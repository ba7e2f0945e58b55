//! One stage while it is edited: everything as typed, until it is saved.

use domain::pipelines::{Stage, StageKind};
use domain::schema::{DERIVED, HIDDEN};

use crate::prelude::*;

#[derive(Clone, Copy, PartialEq)]
pub struct Draft {
    /// Names the row on the screen; a stage may have no id yet.
    pub key: u32,
    /// "" for a new one.
    pub id: RwSignal<String>,
    pub name: RwSignal<String>,
    pub kind: RwSignal<StageKind>,
    pub probability: RwSignal<String>,
    pub days: RwSignal<String>,
    pub required: RwSignal<Vec<String>>,
}

impl Draft {
    pub fn of(key: u32, stage: &Stage) -> Self {
        Self {
            key,
            id: RwSignal::new(stage.id.clone()),
            name: RwSignal::new(stage.name.clone()),
            kind: RwSignal::new(stage.kind),
            probability: RwSignal::new(stage.probability.to_string()),
            days: RwSignal::new(stage.rotting_days.map(|d| d.to_string()).unwrap_or_default()),
            required: RwSignal::new(stage.required_fields.clone()),
        }
    }

    pub fn new(key: u32) -> Self {
        Self {
            key,
            id: RwSignal::new(String::new()),
            name: RwSignal::new(String::new()),
            kind: RwSignal::new(StageKind::Open),
            probability: RwSignal::new("50".to_owned()),
            days: RwSignal::new("14".to_owned()),
            required: RwSignal::new(Vec::new()),
        }
    }

    /// As it will be stored; what cannot be read is an error that names the stage. `taken`: ids of the other stages.
    pub fn read(&self, taken: &mut Vec<String>) -> Result<Stage, FieldError> {
        let name = self.name.get_untracked().trim().to_owned();
        let kind = self.kind.get_untracked();
        let bad = || FieldError::new("stages", "stage_probability").with("stage", &name);
        let probability = match kind {
            StageKind::Won => 100,
            StageKind::Lost => 0,
            StageKind::Open => self
                .probability
                .get_untracked()
                .trim()
                .trim_end_matches('%')
                .trim()
                .parse::<u8>()
                .ok()
                .filter(|p| *p <= 100)
                .ok_or_else(bad)?,
        };
        let days = self.days.get_untracked();
        let rotting_days = match days.trim() {
            "" => None,
            text => Some(text.parse::<u16>().map_err(|_| FieldError::new("stages", "stage_days").with("stage", &name))?),
        };
        let mut id = self.id.get_untracked();
        if id.is_empty() {
            id = fresh_id(&name, taken);
        }
        taken.push(id.clone());
        Ok(Stage {
            id,
            name,
            kind,
            probability,
            rotting_days: rotting_days.filter(|_| kind == StageKind::Open),
            required_fields: self.required.get_untracked(),
        })
    }
}

/// From the name where it has Latin letters; ids stay when a stage is renamed.
fn fresh_id(name: &str, taken: &[String]) -> String {
    let plain: String = domain::text::fold(name).chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let base = plain.split('-').filter(|p| !p.is_empty()).collect::<Vec<_>>().join("-");
    let base: String = if base.is_empty() { "stage".to_owned() } else { base.chars().take(32).collect() };
    let free = |id: &String| !taken.contains(id);
    Some(base.clone()).filter(free).or_else(|| (2..1000).map(|n| format!("{base}-{n}")).find(free)).unwrap_or(base)
}

/// Deal fields that a stage may ask for.
fn askable() -> impl Iterator<Item = &'static str> {
    Kind::Deal
        .fields()
        .iter()
        .filter(|f| !f.is(DERIVED) && !f.is(HIDDEN) && !matches!(f.name, "name" | "pipeline" | "stage" | "external_id" | "probability"))
        .map(|f| f.name)
}

/// Which fields a deal needs before it may enter.
#[component]
pub fn Required(draft: Draft) -> impl IntoView {
    let list = draft.required;
    let label = Signal::derive(move || {
        let count = list.with(Vec::len);
        if count == 0 { t("settings.stage_asks_none").to_owned() } else { tn("settings.stage_asks", i64::try_from(count).unwrap_or(0)) }
    });
    view! {
        <Popover class="btn quiet small" align="end" trigger=move || view! {
            // Where no head of a column says so.
            <span class="phone-only muted">{t("settings.stage_required")}</span>
            <span>{move || label.get()}</span>
        }>
            <header><h2>{t("settings.stage_required")}</h2></header>
            <div class="body stackv">
                {askable()
                    .map(|name| {
                        let on = RwSignal::new(list.with_untracked(|l| l.iter().any(|n| n == name)));
                        let change = move |yes: bool| {
                            list.update(|l| {
                                l.retain(|n| n != name);
                                if yes {
                                    l.push(name.to_owned());
                                }
                            });
                        };
                        view! { <Checkbox value=on label=field_label(Kind::Deal, name) on_change=change/> }
                    })
                    .collect_view()}
            </div>
        </Popover>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::fresh_id;

    #[test]
    fn ids_come_from_names_and_never_meet() {
        assert_eq!(fresh_id("Signed & sealed", &[]), "signed-sealed");
        assert_eq!(fresh_id("谈判", &[]), "stage");
        assert_eq!(fresh_id("Won", &["won".to_owned()]), "won-2");
    }
}
