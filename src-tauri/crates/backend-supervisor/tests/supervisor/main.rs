//! The supervisor against real processes: `examples/fake_backend.rs` plays the backend, `examples/fake_shell.rs` the shell.
#![allow(missing_docs, clippy::unwrap_used)]

mod address;
// Other users and links are the business of Unix here.
#[cfg(unix)]
mod foreign;
mod handover;
#[cfg(any(target_os = "linux", windows))] // what is left is found on these two
mod killed_shell;
mod life;
mod paused;
mod process;
mod queue;
mod replace;
mod restarts;
mod runtime;
mod stage;
mod start;
mod stop;
mod suspend;
