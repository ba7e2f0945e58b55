//! What was sent, in canonical form: the rules of `domain` that a browser applies too, and those whose tables only the server
//! brings along (the codes of ISO 4217, normal forms). Every door takes this way, so that none takes what another refuses.

use domain::fields::{Mode, check};
use domain::money::Currency;
use domain::schema::FieldType;
use domain::{Error, FieldError, Fields, Kind, Money, Result};

/// Every problem at once, as [`check`] does. What is stored is not looked at: an old amount stays readable.
pub(crate) fn checked(kind: Kind, sent: &Fields, mode: Mode) -> Result<Fields> {
    let done = check(kind, sent, mode).and_then(|mut fields| {
        let errors = crate::forms::settle(kind, &mut fields);
        if errors.is_empty() { Ok(fields) } else { Err(Error::Invalid { fields: errors }) }
    });
    let amounts = sent.iter().filter(|(name, _)| kind.field(name).is_some_and(|f| f.ty == FieldType::Money));
    let strange = amounts.filter_map(|(name, value)| {
        let money = Money::from_json(value)?;
        (!money.currency.is_known()).then(|| no_currency(name, money.currency.code()))
    });
    let mut errors: Vec<FieldError> = strange.collect();
    if errors.is_empty() {
        return done;
    }
    if let Err(Error::Invalid { fields }) = done {
        errors.retain(|e| fields.iter().all(|f| f.field != e.field));
        errors.extend(fields);
    }
    Err(Error::Invalid { fields: errors })
}

/// A currency of ISO 4217.
pub(crate) fn currency(field: &str, code: &str) -> Result<Currency, FieldError> {
    Currency::parse(code).filter(Currency::is_known).ok_or_else(|| no_currency(field, code))
}

fn no_currency(field: &str, code: &str) -> FieldError {
    FieldError::new(field, "currency").with("value", code.trim().chars().take(20).collect::<String>())
}
