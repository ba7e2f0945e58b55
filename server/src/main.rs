//! `rapport`: one binary for the server and for everything an operator does.
#![recursion_limit = "256"]

use std::process::ExitCode;

/// Many small allocations in many threads, and the memory given back after a peak.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    server::cli::main()
}
