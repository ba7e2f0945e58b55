//! The database. The only crate that speaks SurrealQL or names surrealdb: rows go in and out as [`domain::Record`] and
//! [`domain::record::Change`]. Every write is one transaction; a record is written only at the version its writer saw.
#![recursion_limit = "256"]

mod changes;
mod db;
mod docs;
mod line;
mod many;
mod marks;
mod migrate;
mod records;
mod room;
mod shelf;
mod write;

pub use changes::Made;
pub use db::{Counters, DbError, OpenError, Store};
pub use docs::Table;
pub use marks::Mark;
pub use write::{Doc, HEAVIEST, Put, Vacant, Write, WriteError};
