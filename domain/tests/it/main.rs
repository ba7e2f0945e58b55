//! The rules held against what others know: the examples of RFC 5545, python-dateutil, and plain maps of minutes.
// A test may break: that is what it is for.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod conflicts;
mod minutes;
mod oracle;
mod rfc5545;
mod series;
mod support;
mod zones;
