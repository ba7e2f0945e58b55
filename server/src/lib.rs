//! The doors of the house: HTTP (pages, REST, live stream) and the command line. They read what comes in, call one use
//! case of `service`, and say its answer in the door's own words. No rule of the business lives here.
#![recursion_limit = "256"]

pub mod app_router;
pub mod assets;
pub mod cli;
pub mod edge;
pub mod fault;
pub mod feeds;
mod invitation;
pub mod live;
pub mod meters;
pub mod pages;
pub mod rest;
pub mod security;
pub mod settings;
pub mod visits;
pub mod words;

pub use app_router::{Options, router};
