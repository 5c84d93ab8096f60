//! Kills what a backend leaves behind when the shell is gone, however the shell ended and whatever the backend is at.
//!
//! A backend notices the end of its launcher by a signal and by its stdin, and both need an interpreter that runs Python: one
//! long call into a C library keeps it from that. This process is no part of it. It is a shell script, for a second copy of
//! the app would cost its memory. (On Windows the job object does the same.)

use std::{
    io,
    os::unix::process::CommandExt,
    process::{Child, Command, Stdio},
};

/// Waits for the end of its stdin, which is the launcher's, gives the process group $1 time for a clean end, then kills it.
/// A group that is empty meanwhile ends the wait: its number could become another's.
const SCRIPT: &str = "\
trap '' HUP INT TERM
read -r _
for _ in 1 2; do
  kill -s 0 -- \"-$1\" 2>/dev/null || exit 0
  sleep 0.6 2>/dev/null || sleep 1
done
kill -s KILL -- \"-$1\" 2>/dev/null
";

/// Watches one process group until it is dropped.
#[derive(Debug)]
pub(super) struct Watchdog(Child);

impl Watchdog {
    /// # Errors
    /// When the system gives no process.
    pub(super) fn watch(group: u32) -> io::Result<Self> {
        let mut command = Command::new("/bin/sh");
        command
            .args(["-c", SCRIPT, "watchdog", &group.to_string()])
            .current_dir("/")
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .process_group(0) // a terminal's Ctrl-C is not for it
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command.spawn().map(Self)
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        // Fails only if it has ended, and then there is nothing to wait for.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
