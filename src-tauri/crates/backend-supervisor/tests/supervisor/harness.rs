use std::{
    ffi::OsString,
    fs,
    io::{Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    sync::mpsc::{Receiver, channel},
    thread,
    time::{Duration, Instant},
};

use backend_supervisor::{
    Backend, BackendError, Endpoints, LaunchConfig, Limits, State, Supervisor, VersionSelector,
    environment,
};
use tempfile::TempDir;

use crate::process::{Pid, is_alive, kill};

/// Timeout of every wait in the tests.
pub const TIMEOUT: Duration = Duration::from_secs(20);

/// A short start timeout that suffices for the fake backend, also under load. Windows takes longer to create a process.
pub const SHORT_START_TIMEOUT: Duration = Duration::from_secs(if cfg!(windows) { 3 } else { 2 });

/// A supervisor that runs a fake backend in a temporary folder.
pub struct Harness {
    pub supervisor: Supervisor,
    pub states: Receiver<State>,
    role: &'static str,
    pub dir: TempDir,
}

impl Harness {
    pub fn new(role: &'static str) -> Self {
        Self::with(role, |_| {})
    }

    pub fn with(role: &'static str, change: impl FnOnce(&mut LaunchConfig)) -> Self {
        Self::launch(role, change, None)
    }

    pub fn with_version_selector(
        role: &'static str,
        versions: Box<dyn VersionSelector>,
        change: impl FnOnce(&mut LaunchConfig),
    ) -> Self {
        Self::launch(role, change, Some(versions))
    }

    fn launch(
        role: &'static str,
        change: impl FnOnce(&mut LaunchConfig),
        versions: Option<Box<dyn VersionSelector>>,
    ) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut launch = LaunchConfig {
            program: example("fake_backend"),
            args: vec![role.into()],
            working_dir: dir.path().into(),
            env: required_env(),
            data_dir: dir.path().into(),
            manifest: dir.path().join("manifest.sha256"),
            endpoints: Endpoints::under("/api"),
            limits: Limits::default(),
        };
        change(&mut launch);
        let (sender, states) = channel();
        let on_state = move |state: &State| drop(sender.send(state.clone()));
        let supervisor = match versions {
            Some(versions) => Supervisor::with_version_selector(launch, versions, on_state),
            None => Supervisor::new(launch, on_state),
        }
        .unwrap();
        Self {
            supervisor,
            states,
            role,
            dir,
        }
    }

    pub fn expect_state(&self, state: &State) {
        assert_eq!(self.states.recv_timeout(TIMEOUT).as_ref(), Ok(state));
    }

    pub fn wait_for_state(&self, state: &State) {
        while self.states.recv_timeout(TIMEOUT).as_ref().unwrap() != state {}
    }

    /// Expects restart `number` of 3 and returns its reason.
    pub fn expect_restart(&self, number: u32) -> BackendError {
        match self.states.recv_timeout(TIMEOUT).unwrap() {
            State::Restarting { attempt, of, error } => {
                assert_eq!((attempt, of), (number, 3), "{error}");
                error
            }
            state => panic!("{state:?}"),
        }
    }

    pub fn expect_restart_failed(&self) -> BackendError {
        match self.states.recv_timeout(TIMEOUT).unwrap() {
            State::RestartFailed { error } => error,
            state => panic!("{state:?}"),
        }
    }

    /// Starts the backend and consumes all states up to `Ready`.
    pub fn start(&self) -> Backend {
        let backend = self.supervisor.start().unwrap();
        self.wait_for_state(&State::Ready);
        backend
    }

    /// Waits until a backend is ready, without consuming states.
    pub fn current_backend(&self) -> Backend {
        self.supervisor.start().unwrap()
    }

    pub fn wait_for(&self, name: &str) {
        let until = Instant::now() + TIMEOUT;
        while !self.path(name).exists() {
            assert!(Instant::now() < until, "no {name}");
            thread::sleep(Duration::from_millis(5));
        }
    }

    pub fn start_fails_with(&self, code: &str) -> BackendError {
        let error = self.supervisor.start().unwrap_err();
        assert_eq!(error.failure.code(), code, "{error}");
        error
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    pub fn touch(&self, name: &str) {
        self.write(name, "");
    }

    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    pub fn pid(&self) -> Pid {
        self.pid_of(self.role)
    }

    pub fn pid_of(&self, role: &str) -> Pid {
        read_pid(&self.path(&format!("{role}.pid")))
    }
}

pub fn read_pid(file: &Path) -> Pid {
    let until = Instant::now() + TIMEOUT;
    loop {
        match fs::read_to_string(file) {
            Ok(text) => return Pid(text.parse().unwrap()),
            Err(error) => assert!(Instant::now() < until, "{}: {error}", file.display()),
        }
        thread::sleep(Duration::from_millis(5));
    }
}

pub fn assert_exits(pid: Pid, within: Duration) {
    let until = Instant::now() + within;
    while is_alive(pid) {
        if Instant::now() >= until {
            kill(pid);
            panic!("process {pid} has not exited");
        }
        thread::sleep(Duration::from_millis(10));
    }
}

pub fn send_request(backend: &Backend, path: &str) -> TcpStream {
    let mut stream = TcpStream::connect(backend.base_url.trim_start_matches("http://")).unwrap();
    stream.set_read_timeout(Some(TIMEOUT)).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\n\r\n").unwrap();
    stream
}

/// The response body: the process id of the backend.
pub fn get(backend: &Backend, path: &str) -> String {
    let mut response = String::new();
    send_request(backend, path)
        .read_to_string(&mut response)
        .unwrap();
    response.split("\r\n\r\n").nth(1).unwrap().to_owned()
}

/// Path of an example program, which cargo builds together with the tests.
pub fn example(name: &str) -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let target = tests.ancestors().nth(2).unwrap();
    let program = target.join("examples").join(name);
    program.with_extension(std::env::consts::EXE_EXTENSION)
}

/// Environment of the fake backend: on Windows sockets require SYSTEMROOT, elsewhere it is empty.
pub fn required_env() -> Vec<(OsString, OsString)> {
    if cfg!(windows) {
        environment::build(std::env::vars_os(), [])
    } else {
        Vec::new()
    }
}
