//! Portable process queries by id.

use std::fmt;

/// A process id of the operating system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pid(pub u32);

impl fmt::Display for Pid {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

pub use system::{is_alive, kill};

#[cfg(unix)]
mod system {
    use std::{fs, path::PathBuf};

    use nix::{
        sys::signal::{self, Signal},
        unistd,
    };

    use super::Pid;

    /// Kills the process. Does nothing if it has exited.
    pub fn kill(pid: Pid) {
        let _ = signal::kill(number(pid), Signal::SIGKILL);
    }

    /// A zombie counts as exited, unless it has other threads: one of them may still accept connections.
    pub fn is_alive(pid: Pid) -> bool {
        let proc = PathBuf::from(format!("/proc/{pid}"));
        signal::kill(number(pid), None).is_ok()
            && fs::read_to_string(proc.join("stat")).map_or(
                cfg!(not(target_os = "linux")),
                |stat| {
                    !stat.contains(") Z ")
                        || fs::read_dir(proc.join("task")).is_ok_and(|tasks| tasks.count() > 1)
                },
            )
    }

    fn number(pid: Pid) -> unistd::Pid {
        unistd::Pid::from_raw(pid.0.cast_signed())
    }
}

#[cfg(windows)]
#[allow(unsafe_code)]
mod system {
    use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle};

    use windows::Win32::{
        Foundation::{HANDLE, WAIT_TIMEOUT},
        System::Threading::{
            OpenProcess, PROCESS_SYNCHRONIZE, PROCESS_TERMINATE, TerminateProcess,
            WaitForSingleObject,
        },
    };

    use super::Pid;

    /// Kills the process. Does nothing if it has exited.
    pub fn kill(pid: Pid) {
        if let Some(process) = open(pid) {
            // SAFETY: the handle is open and has the required access right.
            let _ = unsafe { TerminateProcess(HANDLE(process.as_raw_handle()), 1) };
        }
    }

    /// Whether the process has not exited.
    pub fn is_alive(pid: Pid) -> bool {
        open(pid).is_some_and(|process| {
            // SAFETY: the handle is open and has the required access right.
            unsafe { WaitForSingleObject(HANDLE(process.as_raw_handle()), 0) == WAIT_TIMEOUT }
        })
    }

    fn open(pid: Pid) -> Option<OwnedHandle> {
        // SAFETY: the new handle is owned by the returned `OwnedHandle` only.
        unsafe {
            let access = PROCESS_TERMINATE | PROCESS_SYNCHRONIZE;
            let process = OpenProcess(access, false, pid.0).ok()?;
            Some(OwnedHandle::from_raw_handle(process.0))
        }
    }
}
