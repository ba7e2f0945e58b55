//! What the business does: use cases. Every door (screens, REST, command line, imports, jobs) enters here, and here only
//! are rights checked. The first parameter of a use case says who acts: [`Ctx`] (signed in) or [`Visit`] (anybody).

pub mod auth;
pub mod booking;
pub mod calendar;
pub mod ctx;
pub mod dashboard;
pub mod deals;
mod directory;
pub mod export;
mod feed;
mod forms;
pub mod generate;
pub mod history;
pub mod import;
pub mod live;
pub mod mail;
pub mod notices;
pub mod phones;
pub mod records;
pub mod reminders;
pub mod repeat;
pub mod search;
pub mod seed;
pub mod time_report;
pub mod today;
pub mod upkeep;
pub mod users;
pub mod views;
pub mod workspace;

pub use ctx::{App, Clock, Config, Ctx, Heard, Via, Visit};
