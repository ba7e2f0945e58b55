//! The words and rules of the business. Pure: no I/O, no async, no clock; the same code runs in the
//! browser (WebAssembly) and on the server, so what the form says and what the service enforces agree.

pub mod activities;
pub mod auth;
pub mod booking;
pub mod calendar;
pub mod companies;
pub mod contacts;
pub mod dashboard;
pub mod deals;
pub mod error;
pub mod fields;
pub mod filter;
pub mod import;
pub mod list;
pub mod live;
pub mod locale;
pub mod mail;
pub mod money;
pub mod notices;
pub mod pipelines;
pub mod products;
pub mod record;
pub mod rights;
pub mod schema;
pub mod text;
pub mod time;
pub mod time_report;
pub mod today;
pub mod users;
pub mod workspace;

pub use error::{Error, FieldError, Result};
pub use fields::Fields;
pub use filter::Filter;
pub use locale::Locale;
pub use money::Money;
pub use record::{Id, Record};
pub use schema::Kind;
