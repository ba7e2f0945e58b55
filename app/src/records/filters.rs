//! The filters of a list: chips for what is set, an editor for one condition, and the text form for everything else.

mod advanced;
mod bar;
mod editor;
pub mod tree;
pub mod words;

pub use advanced::{advanced, learn};
pub use bar::{Bar, FilterBar, filterable};
pub use editor::editor;
pub use tree::Part;
