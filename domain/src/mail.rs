//! Letters that nobody would take, as those who run the house see them: to whom, what about, why, and how often tried. The
//! words of a letter stay out of the list: they are between who wrote it and who was to read it.

use serde::{Deserialize, Serialize};

/// A letter that was given up.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadLetter {
    pub id: String,
    /// The address, and the name where there is one.
    pub to: String,
    pub name: String,
    pub subject: String,
    /// When it was written, and when it was tried last.
    pub at: String,
    pub tried_at: String,
    pub tries: u32,
    /// What the mail server said last.
    pub problem: String,
}

/// What became of the house's mail.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outbox {
    /// Is there a mail server at all?
    pub server: bool,
    /// Those tried last come first.
    pub dead: Vec<DeadLetter>,
    /// There are more than are listed.
    pub more: bool,
    pub waiting: Waiting,
}

/// Letters that should have gone and will be tried again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// At most a few hundred are counted.
    pub count: i64,
    /// When the first of them was written.
    pub since: String,
    /// What was said when one was tried last.
    pub problem: String,
}
