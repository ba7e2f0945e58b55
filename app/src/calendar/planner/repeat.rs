//! Recurrence in the words of this page.

use domain::calendar::repeat::Words;
pub use domain::calendar::repeat::{Each, Ends, Monthly, Repeat};

use crate::prelude::*;

struct Page;

impl Words for Page {
    fn locale(&self) -> domain::Locale {
        fmt()
    }

    fn text(&self, key: &str, gaps: &[(&str, &str)]) -> String {
        crate::i18n::fill(&tk(key), gaps)
    }

    fn wrong(&self, error: &FieldError) -> String {
        crate::i18n::field_error_text(error)
    }
}

/// "Every 2 weeks on Monday and Thursday, until 30 Jun 2026". "": it does not recur.
pub fn sentence(repeat: &Repeat, first: chrono::NaiveDate) -> String {
    repeat.sentence(first, &Page)
}
