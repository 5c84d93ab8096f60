//! Tests of the supervisor with real processes: `examples/fake_backend.rs` as backend, `examples/fake_shell.rs` as shell.
#![allow(missing_docs, clippy::unwrap_used)]

mod address;
mod backlog;
#[cfg(unix)]
mod data_dir_permissions;
mod debugger_pause;
mod handover;
mod harness;
mod health;
#[cfg(any(target_os = "linux", windows))] // the systems on which the test can list processes
mod parent_death;
mod process;
mod replace;
mod restarts;
mod runtime;
mod start;
mod stop;
mod suspend;
