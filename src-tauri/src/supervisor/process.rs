//! Starting the process, on each of the three systems.

use std::{
    net::TcpListener,
    process::{Command, Stdio},
};

use process_wrap::std::{ChildWrapper, CommandWrap};

use super::{Failure, Launch};

/// Starts `launch` as the head of its own process tree, with `listener` handed over where the system can do that.
///
/// Must be called from a thread that lives as long as the child may.
pub(super) fn spawn(
    launch: &Launch,
    listener: &TcpListener,
) -> Result<Box<dyn ChildWrapper>, Failure> {
    if !launch.program.is_file() {
        return Err(Failure::RuntimeMissing {
            path: launch.program.clone(),
        });
    }
    let mut command = Command::new(&launch.program);
    command
        .args(&launch.args)
        .current_dir(&launch.working_dir)
        .env_clear()
        .envs(launch.env.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    system::spawn(command, listener).map_err(Failure::from)
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::SpawnFailed {
            reason: error.to_string(),
        }
    }
}

#[cfg(unix)]
mod system {
    use std::{
        io,
        net::TcpListener,
        os::fd::{AsRawFd, OwnedFd},
        process::Command,
    };

    use command_fds::CommandFdExt;
    use process_wrap::std::ProcessGroup;

    use super::{ChildWrapper, CommandWrap};

    pub(super) fn spawn(
        mut command: Command,
        listener: &TcpListener,
    ) -> io::Result<Box<dyn ChildWrapper>> {
        let socket = OwnedFd::from(listener.try_clone()?);
        command
            .env("LISTEN_FD", socket.as_raw_fd().to_string())
            .preserved_fds(vec![socket]);
        #[cfg(target_os = "linux")]
        super::parent_death::end_with_this_thread(&mut command);
        CommandWrap::from(command)
            .wrap(ProcessGroup::leader())
            .spawn()
    }
}

#[cfg(windows)]
mod system {
    use std::{io, net::TcpListener, process::Command};

    use process_wrap::std::{CreationFlags, JobObject};
    use windows::Win32::System::Threading::CREATE_NO_WINDOW;

    use super::{ChildWrapper, CommandWrap};

    /// A socket can't be inherited by its number here: the child binds one itself and the ready line tells which.
    pub(super) fn spawn(
        command: Command,
        _listener: &TcpListener,
    ) -> io::Result<Box<dyn ChildWrapper>> {
        CommandWrap::from(command)
            .wrap(CreationFlags(CREATE_NO_WINDOW))
            .wrap(JobObject)
            .spawn()
    }
}

#[cfg(target_os = "linux")]
#[allow(unsafe_code)]
mod parent_death {
    use std::{io, os::unix::process::CommandExt, process::Command};

    use nix::{
        sys::{prctl, signal::Signal},
        unistd::{Pid, getppid},
    };

    /// Has the kernel send the child SIGTERM once the thread that spawns it is gone, even by SIGKILL.
    pub(super) fn end_with_this_thread(command: &mut Command) {
        let parent = Pid::this();
        // SAFETY: between fork and exec only two system calls are made, nothing is allocated and no lock is taken.
        unsafe {
            command.pre_exec(move || {
                prctl::set_pdeathsig(Signal::SIGTERM)?;
                // A parent that died before that call leaves no signal behind, only another parent.
                if getppid() != parent {
                    return Err(io::ErrorKind::NotFound.into());
                }
                Ok(())
            });
        }
    }
}
