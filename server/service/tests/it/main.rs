//! Use cases on an in-memory database: what a person may do, and what then is so.
// A test may break: that is what it is for.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod amounts;
mod booking;
mod calendar;
mod closing;
mod customers;
mod export;
mod filters;
mod forms;
mod history;
mod house;
mod import;
mod invitations;
mod mail;
mod notices;
mod phones;
mod pipeline;
mod races;
mod reminders;
mod restart;
mod rights;
mod sign_in;
mod time_report;
mod today;
