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
    Backend, BackendError, Endpoints, Launch, Limits, State, Supervisor, Versions, environment,
};
use tempfile::TempDir;

use crate::process::{Pid, is_alive, kill};

/// Longer than anything here takes; reaching it is a failure.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A time in which the fake backend is surely started. Windows takes longer to make a process.
pub const LEAST_START: Duration = Duration::from_millis(if cfg!(windows) { 3_000 } else { 100 });

/// A supervisor of one fake backend, in a directory of their own.
pub struct Stage {
    pub supervisor: Supervisor,
    pub states: Receiver<State>,
    role: &'static str,
    pub dir: TempDir,
}

impl Stage {
    pub fn new(role: &'static str) -> Self {
        Self::with(role, |_| {})
    }

    pub fn with(role: &'static str, change: impl FnOnce(&mut Launch)) -> Self {
        Self::launch(role, change, None)
    }

    pub fn with_versions(
        role: &'static str,
        versions: Box<dyn Versions>,
        change: impl FnOnce(&mut Launch),
    ) -> Self {
        Self::launch(role, change, Some(versions))
    }

    fn launch(
        role: &'static str,
        change: impl FnOnce(&mut Launch),
        versions: Option<Box<dyn Versions>>,
    ) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut launch = Launch {
            program: example("fake_backend"),
            args: vec![role.into()],
            working_dir: dir.path().into(),
            env: needed_to_run(),
            data_dir: dir.path().into(),
            manifest: dir.path().join("manifest.sha256"),
            endpoints: Endpoints::under("/api"),
            limits: Limits::default(),
        };
        change(&mut launch);
        let (sender, states) = channel();
        let tell = move |state: &State| drop(sender.send(state.clone()));
        let supervisor = match versions {
            Some(versions) => Supervisor::with_versions(launch, versions, tell),
            None => Supervisor::new(launch, tell),
        }
        .unwrap();
        Self {
            supervisor,
            states,
            role,
            dir,
        }
    }

    pub fn expect(&self, state: &State) {
        assert_eq!(self.states.recv_timeout(PATIENCE).as_ref(), Ok(state));
    }

    pub fn expect_eventually(&self, state: &State) {
        while self.states.recv_timeout(PATIENCE).as_ref().unwrap() != state {}
    }

    /// The reason for the next restart, which has this number.
    pub fn expect_restart(&self, number: u32) -> BackendError {
        match self.states.recv_timeout(PATIENCE).unwrap() {
            State::Restarting { attempt, of, error } => {
                assert_eq!((attempt, of), (number, 3), "{error}");
                error
            }
            state => panic!("{state:?}"),
        }
    }

    pub fn expect_given_up(&self) -> BackendError {
        match self.states.recv_timeout(PATIENCE).unwrap() {
            State::GivenUp { error } => error,
            state => panic!("{state:?}"),
        }
    }

    /// Waits until it serves, and takes the states up to then for granted.
    pub fn ready(&self) -> Backend {
        let backend = self.supervisor.start().unwrap();
        self.expect_eventually(&State::Ready);
        backend
    }

    /// The backend that serves now.
    pub fn backend(&self) -> Backend {
        self.supervisor.start().unwrap()
    }

    pub fn wait_for(&self, name: &str) {
        let until = Instant::now() + PATIENCE;
        while !self.path(name).exists() {
            assert!(Instant::now() < until, "no {name}");
            thread::sleep(Duration::from_millis(5));
        }
    }

    pub fn fails_with(&self, code: &str) -> BackendError {
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

    pub fn put(&self, name: &str) {
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
    let until = Instant::now() + PATIENCE;
    loop {
        match fs::read_to_string(file) {
            Ok(text) => return Pid(text.parse().unwrap()),
            Err(error) => assert!(Instant::now() < until, "{}: {error}", file.display()),
        }
        thread::sleep(Duration::from_millis(5));
    }
}

pub fn assert_gone(pid: Pid, within: Duration) {
    let until = Instant::now() + within;
    while is_alive(pid) {
        if Instant::now() >= until {
            kill(pid);
            panic!("process {pid} is still there");
        }
        thread::sleep(Duration::from_millis(10));
    }
}

pub fn hit(backend: &Backend, path: &str) -> TcpStream {
    let mut stream = TcpStream::connect(backend.base_url.trim_start_matches("http://")).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\n\r\n").unwrap();
    stream
}

/// The answer's body: the process id of whoever gave it.
pub fn get(backend: &Backend, path: &str) -> String {
    let mut answer = String::new();
    hit(backend, path).read_to_string(&mut answer).unwrap();
    answer.split("\r\n\r\n").nth(1).unwrap().to_owned()
}

/// Examples are built along with the tests, next to them.
pub fn example(name: &str) -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let target = tests.ancestors().nth(2).unwrap();
    let program = target.join("examples").join(name);
    program.with_extension(std::env::consts::EXE_EXTENSION)
}

/// Windows has no sockets without SYSTEMROOT; elsewhere a backend needs nothing of the kind.
pub fn needed_to_run() -> Vec<(OsString, OsString)> {
    if cfg!(windows) {
        environment::build(std::env::vars_os(), [])
    } else {
        Vec::new()
    }
}
