//! Use cases on an in-memory database: what a person may do, and what then is so.

mod export;
mod history;
mod house;
mod import;
mod pipeline;
mod rights;
mod sign_in;
