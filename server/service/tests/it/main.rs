//! Use cases on an in-memory database: what a person may do, and what then is so.

mod history;
mod house;
mod pipeline;
mod rights;
mod sign_in;
