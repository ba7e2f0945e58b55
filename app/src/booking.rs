//! Booking pages. [`visit`]: what a stranger sees at `/book/SLUG`, and at `/booking/TOKEN` to move or cancel; a part of its own that
//! brings nothing along of the house's screens. [`pages`]: where those who work here make such pages, among the settings.

pub mod api;
pub mod pages;
mod picker;
pub mod visit;

pub use pages::PagesSettings;
pub use visit::{BookPage, BookedPage};
