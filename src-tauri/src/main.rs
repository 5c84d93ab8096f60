#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]
//! The desktop app's entry point.

use std::process::ExitCode;

fn main() -> ExitCode {
    match app_shell::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("The app could not start: {error}");
            ExitCode::FAILURE
        }
    }
}
