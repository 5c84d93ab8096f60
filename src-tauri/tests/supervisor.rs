//! The supervisor against real processes: `examples/fake_backend.rs` plays the backend, `examples/fake_shell.rs` the shell.
#![allow(missing_docs, clippy::unwrap_used)]
#![cfg(unix)]

use std::{
    ffi::OsString,
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::{Duration, Instant},
};

use app_shell::supervisor::{
    Backend, BackendError, Launch, Limits, State, Supervisor, environment,
};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tempfile::TempDir;

/// Longer than anything here takes; reaching it is a failure.
const PATIENCE: Duration = Duration::from_secs(20);

#[test]
fn a_backend_that_serves_is_ready_at_the_address_handed_over() {
    let stage = Stage::new("serve");
    let backend = stage.supervisor.start().unwrap();
    stage.expect(&State::Starting);
    stage.expect(&State::Ready);
    assert_eq!(get(&backend, "/"), stage.pid().to_string());
}

#[test]
fn starting_twice_gives_the_same_backend() {
    let stage = Stage::new("serve");
    let first = stage.supervisor.start().unwrap();
    let pid = get(&first, "/");
    assert_eq!(stage.supervisor.start().unwrap(), first);
    assert_eq!(get(&first, "/"), pid);
}

#[test]
fn callers_that_ask_during_a_start_all_get_the_backend() {
    let stage = Stage::new("wait_for_go");
    thread::scope(|scope| {
        let callers: Vec<_> = (0..3)
            .map(|_| scope.spawn(|| stage.supervisor.start()))
            .collect();
        stage.pid();
        stage.put("go");
        let backends: Vec<_> = callers
            .into_iter()
            .map(|caller| caller.join().unwrap().unwrap())
            .collect();
        assert!(backends.iter().all(|backend| *backend == backends[0]));
        assert_eq!(stage.read("starts"), "wait_for_go\n");
    });
}

#[test]
fn a_backend_outlives_the_thread_that_asked_for_it() {
    let stage = Stage::new("serve");
    let backend = thread::scope(|scope| scope.spawn(|| stage.supervisor.start()).join())
        .unwrap()
        .unwrap();
    assert_eq!(get(&backend, "/"), stage.pid().to_string());
}

#[test]
fn nothing_but_the_allow_list_reaches_the_backend() {
    let strays = [
        "PORT",
        "HOST",
        "SECRET_KEY",
        "PYTHONPATH",
        "PYTHONHOME",
        "LD_LIBRARY_PATH",
        "LD_PRELOAD",
        "HTTP_PROXY",
        "LISTEN_FD",
        "LAUNCH_TOKEN",
        "APPDIR",
    ];
    let parent = strays
        .into_iter()
        .chain(["HOME", "XDG_DATA_HOME", "LC_ALL"])
        .map(|name| (name.into(), "from-parent".into()));
    let settings = [("DATA_DIR", OsString::from("from-shell"))];
    let stage = Stage::with("show_env", |launch| {
        launch.env = environment::build(parent, settings);
    });
    stage.supervisor.start().unwrap();

    // The tests' own environment has many more: cargo's, for one.
    let mut seen: Vec<_> = stage
        .read("env.txt")
        .lines()
        .map(str::to_owned)
        .filter(|line| !line.starts_with("LISTEN_FD="))
        .collect();
    seen.sort();
    assert_eq!(
        seen,
        [
            "DATA_DIR=from-shell",
            "HOME=from-parent",
            "LC_ALL=from-parent",
            "PYTHONNOUSERSITE=1",
            "XDG_DATA_HOME=from-parent",
        ]
    );
}

#[test]
fn a_backend_that_dies_before_it_is_ready_says_why() {
    let stage = Stage::new("die");
    let error = stage.supervisor.start().unwrap_err();
    assert_eq!(error.failure.code(), "died_early");
    assert!(error.to_string().contains("exit status: 3"), "{error}");
    assert_eq!(error.log_tail, ["Traceback: the reason is here"]);
    stage.expect(&State::Starting);
    stage.expect(&State::Failed { error });
}

#[test]
fn the_backends_own_reason_is_passed_through() {
    let stage = Stage::new("refuse");
    let error = stage.supervisor.start().unwrap_err();
    assert_eq!(
        serde_json::to_value(error).unwrap(),
        serde_json::json!({
            "code": "data_dir_unwritable",
            "message": "Can't write. Make room.",
            "log_tail": [],
        })
    );
}

#[test]
fn a_malformed_ready_line_is_not_believed() {
    Stage::new("mumble").fails_with("bad_ready_line");
}

#[test]
fn a_ready_line_of_another_process_is_not_believed() {
    let error = Stage::new("impostor").fails_with("bad_ready_line");
    assert!(
        error.to_string().contains("it comes from process"),
        "{error}"
    );
}

#[test]
fn a_ready_line_with_another_address_is_not_believed() {
    let error = Stage::new("elsewhere").fails_with("bad_ready_line");
    assert!(
        error.to_string().contains("instead of 127.0.0.1"),
        "{error}"
    );
}

#[test]
fn a_backend_that_answers_with_an_error_is_not_ready() {
    let error = Stage::new("unhealthy").fails_with("health_check_failed");
    assert!(error.to_string().contains("500"), "{error}");
}

#[test]
fn the_health_check_follows_no_redirect() {
    let error = Stage::new("redirecting").fails_with("health_check_failed");
    assert!(error.to_string().contains("302"), "{error}");
}

#[test]
fn a_flood_of_output_neither_hangs_nor_piles_up() {
    let stage = Stage::new("flood");
    let backend = stage.supervisor.start().unwrap();
    hit(&backend, "/die");
    stage.expect(&State::Starting);
    stage.expect_eventually(&State::Ready);
    let error = stage.next_failure();
    assert_eq!(error.log_tail.len(), 200);
    assert!(error.log_tail.iter().all(|line| line.len() <= 64 * 1024));
}

#[test]
fn a_slow_start_is_announced_and_may_still_succeed() {
    let stage = Stage::with("wait_for_go", |launch| {
        launch.limits.slow_after = Duration::from_millis(50);
    });
    thread::scope(|scope| {
        let caller = scope.spawn(|| stage.supervisor.start());
        stage.expect(&State::Starting);
        stage.expect(&State::Slow);
        stage.put("go");
        stage.expect(&State::Ready);
        caller.join().unwrap().unwrap();
    });
}

#[test]
fn a_start_that_takes_too_long_is_ended() {
    let stage = Stage::with("silent", |launch| {
        launch.limits.start_within = Duration::from_millis(500);
    });
    stage.fails_with("start_timeout");
    assert_gone(stage.pid(), Duration::ZERO);
}

#[test]
fn a_missing_interpreter_is_named() {
    let stage = Stage::with("serve", |launch| launch.program = "/nowhere/python3".into());
    let error = stage.fails_with("runtime_missing");
    assert!(error.to_string().contains("/nowhere/python3"), "{error}");
}

#[test]
fn a_program_the_system_refuses_is_reported() {
    let stage = Stage::with("serve", |launch| launch.program = "/etc/passwd".into());
    stage.fails_with("spawn_failed");
}

#[test]
fn a_death_after_ready_is_noticed_and_a_fresh_start_keeps_the_address() {
    let stage = Stage::new("serve");
    let first = stage.supervisor.start().unwrap();
    let pid = stage.pid();
    hit(&first, "/die");
    stage.expect_eventually(&State::Ready);
    let error = stage.next_failure();
    assert_eq!(error.failure.code(), "died");
    assert_eq!(error.log_tail, ["Traceback: asked to die"]);

    let second = stage.supervisor.start().unwrap();
    assert_eq!(first, second);
    assert_ne!(get(&second, "/"), pid.to_string());
}

#[test]
fn a_retry_after_a_failure_can_succeed() {
    let stage = Stage::new("broken_until_mended");
    stage.fails_with("died_early");
    stage.put("mended");
    stage.supervisor.start().unwrap();
}

#[test]
fn a_restart_replaces_the_process_and_keeps_the_address() {
    let stage = Stage::new("serve");
    let first = stage.supervisor.start().unwrap();
    let pid = stage.pid();
    let second = stage.supervisor.restart().unwrap();
    assert_eq!(first, second);
    assert!(stage.path("stopped_cleanly").exists());
    assert_gone(pid, Duration::ZERO);
    assert_ne!(get(&second, "/"), pid.to_string());
}

#[test]
fn stop_ends_the_backend_cleanly_and_for_good() {
    let stage = Stage::new("serve");
    stage.supervisor.start().unwrap();
    stage.supervisor.stop();
    assert_gone(stage.pid(), Duration::ZERO);
    assert!(stage.path("stopped_cleanly").exists());
    for state in [
        State::Starting,
        State::Ready,
        State::Stopping,
        State::Stopped,
    ] {
        stage.expect(&state);
    }
    stage.supervisor.stop();
    stage.fails_with("stopping");
}

#[test]
fn stop_before_any_start_returns() {
    Stage::new("serve").supervisor.stop();
}

#[test]
fn stop_during_a_start_answers_whoever_waits() {
    let stage = Stage::with("silent", |launch| {
        launch.limits.grace = Duration::from_millis(100);
    });
    thread::scope(|scope| {
        let caller = scope.spawn(|| stage.supervisor.start());
        stage.expect(&State::Starting);
        stage.supervisor.stop();
        let error = caller.join().unwrap().unwrap_err();
        assert_eq!(error.failure.code(), "stopping");
    });
    assert_gone(stage.pid(), Duration::ZERO);
}

#[test]
fn a_backend_that_won_t_stop_is_killed_with_all_it_started() {
    let grace = Duration::from_millis(300);
    let stage = Stage::with("stubborn", |launch| launch.limits.grace = grace);
    stage.supervisor.start().unwrap();
    let grandchild = stage.pid_of("stubborn_grandchild");

    let asked = Instant::now();
    stage.supervisor.stop();
    assert!(asked.elapsed() >= grace);
    assert_gone(stage.pid(), Duration::ZERO);
    assert_gone(grandchild, Duration::from_secs(1));
}

#[test]
fn what_a_dead_backend_left_behind_is_killed() {
    let stage = Stage::new("stubborn");
    let backend = stage.supervisor.start().unwrap();
    hit(&backend, "/die");
    stage.expect_eventually(&State::Ready);
    assert_eq!(stage.next_failure().failure.code(), "died");
    assert_gone(stage.pid_of("stubborn_grandchild"), Duration::from_secs(1));
}

#[test]
#[cfg(target_os = "linux")]
fn a_shell_killed_during_a_start_leaves_no_backend() {
    // This backend never looks at its stdin: only the kernel's signal can end it.
    kill_shell("silent", "Starting", |dir| {
        read_pid(&dir.join("silent.pid"));
    });
}

#[test]
#[cfg(target_os = "linux")]
fn a_shell_killed_around_the_moment_of_the_spawn_leaves_no_backend() {
    for moment in 0..20 {
        kill_shell("silent", "Starting", |_| {
            thread::sleep(Duration::from_micros(moment * 100));
        });
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_shell_killed_after_ready_leaves_no_backend() {
    kill_shell("serve", "Ready", |_| {});
}

#[cfg(target_os = "linux")]
fn kill_shell(role: &str, state: &str, before: impl FnOnce(&Path)) {
    let dir = tempfile::tempdir().unwrap();
    let mut shell = Command::new(example("fake_shell"))
        .args([example("fake_backend").as_path(), dir.path()])
        .arg(role)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(shell.stdout.take().unwrap()).lines();
    assert!(said.any(|line| line.unwrap() == state));
    before(dir.path());
    shell.kill().unwrap();
    shell.wait().unwrap();
    let until = Instant::now() + Duration::from_secs(2);
    loop {
        let left = processes_in(dir.path());
        if left.is_empty() {
            break;
        }
        if Instant::now() >= until {
            for pid in &left {
                let _ = kill(*pid, Signal::SIGKILL);
            }
            panic!("left behind: {left:?}");
        }
        thread::sleep(Duration::from_millis(10));
    }
}

/// The processes whose working directory is `dir`.
#[cfg(target_os = "linux")]
fn processes_in(dir: &Path) -> Vec<Pid> {
    fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .filter(|entry| fs::read_link(entry.path().join("cwd")).is_ok_and(|cwd| cwd == dir))
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .map(Pid::from_raw)
        .collect()
}

/// A supervisor of one fake backend, in a directory of their own.
struct Stage {
    supervisor: Supervisor,
    states: Receiver<State>,
    role: &'static str,
    dir: TempDir,
}

impl Stage {
    fn new(role: &'static str) -> Self {
        Self::with(role, |_| {})
    }

    fn with(role: &'static str, change: impl FnOnce(&mut Launch)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut launch = Launch {
            program: example("fake_backend"),
            args: vec![role.into()],
            working_dir: dir.path().into(),
            env: Vec::new(),
            limits: Limits::default(),
        };
        change(&mut launch);
        let (sender, states) = channel();
        let supervisor = Supervisor::new(launch, move |state| {
            let _ = sender.send(state.clone());
        })
        .unwrap();
        Self {
            supervisor,
            states,
            role,
            dir,
        }
    }

    fn expect(&self, state: &State) {
        assert_eq!(self.states.recv_timeout(PATIENCE).as_ref(), Ok(state));
    }

    fn expect_eventually(&self, state: &State) {
        while self.states.recv_timeout(PATIENCE).as_ref().unwrap() != state {}
    }

    fn next_failure(&self) -> BackendError {
        match self.states.recv_timeout(PATIENCE).unwrap() {
            State::Failed { error } => error,
            state => panic!("{state:?}"),
        }
    }

    fn fails_with(&self, code: &str) -> BackendError {
        let error = self.supervisor.start().unwrap_err();
        assert_eq!(error.failure.code(), code, "{error}");
        error
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    fn put(&self, name: &str) {
        fs::write(self.path(name), "").unwrap();
    }

    fn pid(&self) -> Pid {
        self.pid_of(self.role)
    }

    fn pid_of(&self, role: &str) -> Pid {
        read_pid(&self.path(&format!("{role}.pid")))
    }
}

fn read_pid(file: &Path) -> Pid {
    let until = Instant::now() + PATIENCE;
    loop {
        match fs::read_to_string(file) {
            Ok(text) => return Pid::from_raw(text.parse().unwrap()),
            Err(error) => assert!(Instant::now() < until, "{}: {error}", file.display()),
        }
        thread::sleep(Duration::from_millis(5));
    }
}

fn assert_gone(pid: Pid, within: Duration) {
    let until = Instant::now() + within;
    while is_alive(pid) {
        if Instant::now() >= until {
            let _ = kill(pid, Signal::SIGKILL);
            panic!("process {pid} is still there");
        }
        thread::sleep(Duration::from_millis(10));
    }
}

/// A zombie is dead: who collects an orphan is not up to us.
fn is_alive(pid: Pid) -> bool {
    kill(pid, None).is_ok()
        && fs::read_to_string(format!("/proc/{pid}/stat"))
            .map_or(cfg!(not(target_os = "linux")), |stat| {
                !stat.contains(") Z ")
            })
}

fn hit(backend: &Backend, path: &str) -> TcpStream {
    let mut stream = TcpStream::connect(backend.base_url.trim_start_matches("http://")).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\n\r\n").unwrap();
    stream
}

/// The answer's body: the process id of whoever gave it.
fn get(backend: &Backend, path: &str) -> String {
    let mut answer = String::new();
    hit(backend, path).read_to_string(&mut answer).unwrap();
    answer.split("\r\n\r\n").nth(1).unwrap().to_owned()
}

/// Examples are built along with the tests, next to them.
fn example(name: &str) -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let target = tests.ancestors().nth(2).unwrap();
    target.join("examples").join(name)
}
