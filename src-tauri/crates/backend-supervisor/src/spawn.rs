//! Spawns the backend's process tree on Linux, macOS and Windows.

use std::{
    ffi::OsString,
    fs,
    io::{self, ErrorKind},
    process::{Command, Stdio},
};

use process_wrap::std::{ChildWrapper, CommandWrap};

use super::{Failure, LaunchConfig, lock::Lock, runtime_check, socket::Socket};

/// The stdin line that hands `socket` and `lock` over to `child`; `None` on systems where the child inherits them.
///
/// # Errors
/// If the system can't duplicate the handles, for example because `child` has exited.
pub(super) fn handover_line(
    child: &dyn ChildWrapper,
    socket: &Socket,
    lock: &Lock,
) -> io::Result<Option<String>> {
    system::handover_line(child, socket, lock)
}

/// Spawns `launch` with `args` as the leader of a process group (on Windows: in a job object). The child inherits `socket` and
/// `lock`, except on Windows.
///
/// Must be called from a thread that outlives the child: on Linux the kernel sends the child SIGTERM when this thread exits.
pub(super) fn spawn(
    launch: &LaunchConfig,
    args: &[OsString],
    env: &[(&str, &str)],
    socket: &mut Socket,
    lock: &Lock,
) -> Result<Box<dyn ChildWrapper>, Failure> {
    if !launch.program.is_file() {
        return Err(Failure::RuntimeMissing {
            path: launch.program.clone(),
        });
    }
    if let Some(failure) = runtime_check::check_architecture(&launch.program) {
        return Err(failure);
    }
    // A data dir that was moved away while the app runs is created again. The backend reports any error.
    let _ = fs::create_dir_all(&launch.working_dir);
    socket.open()?;
    let mut command = Command::new(&launch.program);
    command
        .args(args)
        .current_dir(&launch.working_dir)
        .env_clear()
        .envs(launch.env.iter().map(|(name, value)| (name, value)))
        .env("LAUNCH_TOKEN", socket.token().expose())
        .envs(env.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    system::spawn(command, socket.listener(), lock).map_err(|error| spawn_failure(launch, &error))
}

/// Runs the interpreter with `args`, if any, and waits until it exits.
pub(super) fn run_prepare_command(
    launch: &LaunchConfig,
    args: Option<&[OsString]>,
) -> Result<(), Failure> {
    let Some(args) = args else { return Ok(()) };
    let output = Command::new(&launch.program)
        .args(args)
        .current_dir(&launch.working_dir)
        .env_clear()
        .envs(launch.env.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .output()
        .map_err(|error| spawn_failure(launch, &error))?;
    let stderr = String::from_utf8_lossy(&output.stderr);
    log::info!(
        "prepare command: {} {stderr}",
        String::from_utf8_lossy(&output.stdout)
    );
    if output.status.success() {
        return Ok(());
    }
    Err(Failure::SpawnFailed {
        reason: stderr.trim().into(),
    })
}

fn spawn_failure(launch: &LaunchConfig, error: &io::Error) -> Failure {
    let path = launch.program.clone();
    match error.raw_os_error() {
        Some(code) if system::WRONG_FORMAT.contains(&code) => Failure::WrongArchitecture { path },
        _ if error.kind() == ErrorKind::PermissionDenied && !system::is_executable(&path) => {
            Failure::RuntimeNotExecutable { path }
        }
        _ => Failure::SpawnFailed {
            reason: error.to_string(),
        },
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::{env, io, path::PathBuf};

    use super::{ErrorKind, spawn_failure};
    use crate::{Endpoints, LaunchConfig, Limits};

    #[test]
    fn denied_working_dir_is_not_reported_as_program_without_permission() {
        let mut launch = LaunchConfig {
            program: env::current_exe().unwrap(),
            args: Vec::new(),
            working_dir: PathBuf::new(),
            env: Vec::new(),
            data_dir: PathBuf::new(),
            manifest: PathBuf::new(),
            endpoints: Endpoints::under("/api"),
            limits: Limits::default(),
        };
        let denied = io::Error::from(ErrorKind::PermissionDenied);
        assert_eq!(spawn_failure(&launch, &denied).code(), "spawn_failed");
        launch.program = "/dev/null".into();
        assert_eq!(
            spawn_failure(&launch, &denied).code(),
            "runtime_not_executable"
        );
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
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
        path::Path,
        process::Command,
    };

    use command_fds::CommandFdExt;
    use nix::{
        errno::Errno,
        unistd::{AccessFlags, access},
    };
    use process_wrap::std::ProcessGroup;

    use super::{ChildWrapper, CommandWrap, Lock, Socket};

    /// `None`: the child inherits both descriptors.
    #[allow(clippy::unnecessary_wraps)] // as on Windows
    pub(super) fn handover_line(
        _: &dyn ChildWrapper,
        _: &Socket,
        _: &Lock,
    ) -> io::Result<Option<String>> {
        Ok(None)
    }

    #[cfg(not(target_os = "macos"))]
    pub(super) const WRONG_FORMAT: [i32; 1] = [Errno::ENOEXEC as i32];
    #[cfg(target_os = "macos")]
    pub(super) const WRONG_FORMAT: [i32; 1] = [Errno::EBADARCH as i32];

    /// Whether this user may execute the file. If so, the spawn was denied because of the working directory.
    pub(super) fn is_executable(program: &Path) -> bool {
        access(program, AccessFlags::X_OK).is_ok()
    }

    pub(super) fn spawn(
        mut command: Command,
        listener: Option<&TcpListener>,
        lock: &Lock,
    ) -> io::Result<Box<dyn ChildWrapper>> {
        let mut handed_over = Vec::new();
        if let Some(listener) = listener {
            let socket = OwnedFd::from(listener.try_clone()?);
            command.env("LISTEN_FD", socket.as_raw_fd().to_string());
            handed_over.push(socket);
        }
        if let Some(lock) = lock.file() {
            let lock = lock.try_clone()?;
            command.env("LOCK_FD", lock.as_raw_fd().to_string());
            handed_over.push(lock.into());
        }
        command.preserved_fds(handed_over);
        #[cfg(target_os = "linux")]
        super::parent_death::set_parent_death_signal(&mut command);
        CommandWrap::from(command)
            .wrap(ProcessGroup::leader())
            .spawn()
    }
}

#[cfg(windows)]
mod system {
    use std::{
        io::{self, ErrorKind},
        mem,
        net::TcpListener,
        os::windows::io::AsRawHandle,
        path::Path,
        process::Command,
    };

    use process_wrap::std::{CommandWrapper, CreationFlags, JobObject};
    use win32job::{ExtendedLimitInfo, Job, JobError};
    use windows::Win32::{
        Foundation::{ERROR_BAD_EXE_FORMAT, ERROR_EXE_MACHINE_TYPE_MISMATCH},
        System::Threading::CREATE_NO_WINDOW,
    };

    use super::{ChildWrapper, CommandWrap, Lock, Socket};
    use crate::windows_handover;

    pub(super) const WRONG_FORMAT: [i32; 2] = [
        ERROR_BAD_EXE_FORMAT.0.cast_signed(),
        ERROR_EXE_MACHINE_TYPE_MISMATCH.0.cast_signed(),
    ];

    /// Windows has no such permission: an access-control list or an antivirus program denied the spawn.
    pub(super) fn is_executable(_: &Path) -> bool {
        false
    }

    pub(super) fn handover_line(
        child: &dyn ChildWrapper,
        socket: &Socket,
        lock: &Lock,
    ) -> io::Result<Option<String>> {
        let listener = socket.listener().ok_or(ErrorKind::NotConnected)?;
        windows_handover::line(child, listener, lock.file()).map(Some)
    }

    /// The child waits for the handover line on stdin.
    pub(super) fn spawn(
        mut command: Command,
        _: Option<&TcpListener>,
        _: &Lock,
    ) -> io::Result<Box<dyn ChildWrapper>> {
        command.env("HANDOVER_ON_STDIN", "true");
        CommandWrap::from(command)
            .wrap(CreationFlags(CREATE_NO_WINDOW))
            .wrap(KillOnParentExit) // before `JobObject`, which resumes the suspended child
            .wrap(JobObject)
            .spawn()
    }

    /// Assigns the child to a job object that kills its process tree when this process exits for any reason.
    #[derive(Debug)]
    struct KillOnParentExit;

    impl CommandWrapper for KillOnParentExit {
        fn wrap_child(
            &mut self,
            child: Box<dyn ChildWrapper>,
            _: &CommandWrap,
        ) -> io::Result<Box<dyn ChildWrapper>> {
            let handle = child.process_handle().ok_or(ErrorKind::Unsupported)?;
            let job = kill_on_close_job().map_err(io::Error::other)?;
            job.assign_process(handle.as_raw_handle() as isize)
                .map_err(io::Error::other)?;
            // The system closes the handle when this process exits, which kills the processes in the job.
            mem::forget(job);
            Ok(child)
        }
    }

    fn kill_on_close_job() -> Result<Job, JobError> {
        let mut limits = ExtendedLimitInfo::new();
        limits.limit_kill_on_job_close();
        Job::create_with_limit_info(&limits)
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

    /// The kernel sends the child SIGTERM when the spawning thread exits, even if it was killed (`PR_SET_PDEATHSIG`).
    pub(super) fn set_parent_death_signal(command: &mut Command) {
        let parent = Pid::this();
        // SAFETY: between fork and exec the closure makes two system calls, allocates nothing and takes no lock.
        unsafe {
            command.pre_exec(move || {
                prctl::set_pdeathsig(Signal::SIGTERM)?;
                // If the parent exited before that call, the child gets no signal and has another parent.
                if getppid() != parent {
                    return Err(io::ErrorKind::NotFound.into());
                }
                Ok(())
            });
        }
    }
}
