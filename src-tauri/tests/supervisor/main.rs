//! The supervisor against real processes: `examples/fake_backend.rs` plays the backend, `examples/fake_shell.rs` the shell.
#![allow(missing_docs, clippy::unwrap_used)]
#![cfg(unix)]

mod address;
mod life;
mod overlap;
mod rest;
mod restarts;
mod runtime;
mod stage;
mod start;
mod stop;
