//! The records room: the list of any kind, the page of one record, and quick create. One set of screens for all kinds,
//! driven by `domain::schema`.

pub mod api;
pub(crate) mod draft;
mod edits;
pub mod filled;
pub mod filters;
pub mod keep;
pub mod list;
pub mod look;
pub mod names;
pub mod page;
pub mod quick;
mod refs;
pub mod value;
pub mod views;

pub use list::ListPage;
pub use page::RecordPage;
