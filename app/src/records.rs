//! Records of every kind: lists, pages, quick create. All of it is generic over the kind's schema.

pub mod list;
pub mod page;
pub mod quick;

pub use list::ListPage;
pub use page::RecordPage;
