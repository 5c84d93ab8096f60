//! A shell without a window, for the tests to kill: supervises `<program> <role>` in a directory, and says how it goes.
#![allow(clippy::unwrap_used)]

use app_shell::supervisor::{Launch, Limits, Supervisor};

fn main() {
    let mut args = std::env::args_os().skip(1);
    let launch = Launch {
        program: args.next().unwrap().into(),
        working_dir: args.next().unwrap().into(),
        args: args.collect(),
        env: Vec::new(),
        limits: Limits::default(),
    };
    let supervisor = Supervisor::new(launch, |state| println!("{state:?}")).unwrap();
    let _ = supervisor.start();
    loop {
        std::thread::park();
    }
}
