//! Relations whose name several records have. The record that the row is about may point to one of them already; else the row's
//! company may tell them apart, or what it points to tells the company. What stays unclear is refused with the name: a guess
//! would hang a task on somebody else's deal, and nobody would see it.

use domain::import::RowError;
use domain::{FieldError, Id, Record};
use serde_json::Value;

use super::Walk;
use crate::import::read::{Read, put};

impl Walk {
    /// `current`: the record that the row changes.
    pub(super) fn tell_apart(&self, read: &mut Read, current: Option<&Record>) -> Result<(), Vec<RowError>> {
        let mut errors = Vec::new();
        for (field, candidates, name) in std::mem::take(&mut read.several) {
            match self.one_of(read, current, field.name, &candidates) {
                Some(id) if field.ty.is_many() => put(read, field, Value::Array(vec![id.to_string().into()])),
                Some(id) => put(read, field, id.to_string().into()),
                None => {
                    let error = FieldError::new(field.name, "import_several").with("n", candidates.len()).with("name", &name);
                    errors.push(RowError { column: self.facts.mapping.column_of(field.name), value: name, error });
                }
            }
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }

    fn one_of(&self, read: &Read, current: Option<&Record>, field: &str, candidates: &[Id]) -> Option<Id> {
        let now = |name: &str| current.and_then(|r| r.id_of(name));
        let held = current.map(|r| r.ids_of(field)).unwrap_or_default();
        if let Some(kept) = candidates.iter().find(|id| now(field) == Some(**id) || held.contains(id)) {
            return Some(*kept);
        }
        let said = |name: &str| read.fields.get(name).and_then(Value::as_str).and_then(Id::parse);
        let known = &self.facts.known;
        let only = |fits: &dyn Fn(Id) -> bool| {
            let mut fitting = candidates.iter().copied().filter(|id| fits(*id));
            let one = fitting.next()?;
            fitting.next().is_none().then_some(one)
        };
        if field == "company" {
            let through = [said("deal"), said("contact"), now("deal"), now("contact")];
            let company = through.into_iter().flatten().find_map(|id| known.company_of(id));
            return only(&|id| Some(id) == company);
        }
        let company = said("company").or_else(|| now("company"));
        only(&|id| company.is_some() && known.company_of(id) == company)
    }
}
