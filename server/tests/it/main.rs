//! The doors, tried from outside: the whole router over a database in memory.
// A test may break: that is what it is for.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![recursion_limit = "256"]

mod bad_events;
mod bad_input;
mod calendar;
mod command_line;
mod database_server;
mod disk;
mod doors;
mod examples;
mod feeds;
mod forgery;
mod imports;
mod invitation;
mod live;
mod openapi;
mod program;
mod records;
mod rights;
mod sign_in;
mod support;
mod time_report;
mod today;
