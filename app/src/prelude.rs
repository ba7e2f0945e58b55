//! What every screen needs.

pub use domain::{Error, FieldError, Fields, Filter, Id, Kind, Locale, Money, Record};
pub use leptos::prelude::*;

pub use crate::api::{Call, Fault};
pub use crate::i18n::{
    When, choice_label, error_in, error_of, error_text, field_error_text, field_label, fmt, kind_name, kind_plural, t, tk, tn, use_i18n,
};
pub use crate::shell::{TopBar, open_new, use_live, use_me, use_shell};
pub use crate::t;
pub use crate::ui::*;
