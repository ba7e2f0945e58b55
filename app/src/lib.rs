//! What people see: rooms (`deals`, `records`, …), controls that know no room (`ui`), and the frame around them (`shell`).
//! The same components run on the server (`ssr`) and in the browser (`hydrate`); the first picture is the same on both.
// The server renders; what answers clicks, drops and keys runs in browsers only.
#![cfg_attr(not(feature = "hydrate"), allow(dead_code, unused_imports, unused_variables))]
#![recursion_limit = "256"]

#[macro_use]
pub mod i18n;

pub mod api;
pub mod dom;
pub mod prelude;
pub mod shell;
pub mod ui;

pub mod auth;
pub mod bin;
pub mod booking;
pub mod calendar;
pub mod dashboard;
pub mod deals;
pub mod import;
pub mod notepad;
pub mod notices;
pub mod records;
pub mod search;
pub mod settings;
pub mod today;

#[cfg(feature = "ssr")]
mod document;
mod rooms;
mod routes;

#[cfg(feature = "ssr")]
pub use document::{Assets, document};
#[cfg(feature = "hydrate")]
pub use rooms::with_part_of_this_page;
pub use routes::App;
