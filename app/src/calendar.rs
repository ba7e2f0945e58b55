//! The calendar: who has the time, and what stands against it. `api` is its way to the use cases.

pub mod api;
