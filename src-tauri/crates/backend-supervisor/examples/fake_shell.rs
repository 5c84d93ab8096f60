//! A shell without a window, which the tests kill: supervises `<program> <role>` in a working directory and prints each state.
#![allow(clippy::unwrap_used)]

use std::{path::PathBuf, time::Duration};

use backend_supervisor::{Endpoints, LaunchConfig, Limits, Supervisor, environment};

fn main() {
    let mut args = std::env::args_os().skip(1);
    let program = args.next().unwrap().into();
    let working_dir: PathBuf = args.next().unwrap().into();
    let launch = LaunchConfig {
        program,
        data_dir: working_dir.clone(),
        manifest: working_dir.join("manifest.sha256"),
        working_dir,
        args: args.collect(),
        env: environment::build(std::env::vars_os(), []),
        endpoints: Endpoints::under("/api"),
        limits: Limits {
            start_timeout: Duration::from_secs(4),
            sleep_threshold: Duration::from_millis(300),
            ..Limits::default()
        },
    };
    let supervisor = Supervisor::new(launch, |state| println!("{state:?}")).unwrap();
    let _ = supervisor.start();
    loop {
        std::thread::park();
    }
}
