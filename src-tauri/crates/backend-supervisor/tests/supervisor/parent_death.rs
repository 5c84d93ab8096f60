//! A shell that is killed, or stopped with SIGSTOP to simulate system sleep.

#[cfg(target_os = "linux")]
use std::thread;
use std::{
    fs,
    io::{BufRead, BufReader, Lines},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
    time::Duration,
};

#[cfg(target_os = "linux")]
use nix::{
    sys::signal::{self, Signal},
    unistd,
};

use crate::{
    harness::{assert_exits, example, read_pid},
    process::Pid,
};

#[test]
fn backend_exits_when_shell_is_killed_during_start() {
    // This backend does not read stdin: only the system can stop it.
    kill_shell("hang", "Starting", |dir| {
        read_pid(&dir.join("hang.pid"));
    });
}

#[test]
#[cfg(target_os = "linux")]
fn backend_exits_when_shell_is_killed_during_spawn() {
    for moment in 0..20 {
        kill_shell("hang", "Starting", |_| {
            thread::sleep(Duration::from_micros(moment * 100));
        });
    }
}

#[test]
fn backend_exits_when_shell_is_killed_after_ready() {
    kill_shell("serve", "Ready", |_| {});
}

fn kill_shell(role: &str, state: &str, before: impl FnOnce(&Path)) {
    let dir = tempfile::tempdir().unwrap();
    let (mut shell, mut output) = fake_shell(dir.path(), role);
    assert!(output.any(|line| line.unwrap() == state));
    before(dir.path());
    shell.kill().unwrap();
    shell.wait().unwrap();
    for pid in processes_in(dir.path()) {
        assert_exits(pid, Duration::from_secs(2));
    }
}

fn fake_shell(dir: &Path, role: &str) -> (Child, Lines<BufReader<ChildStdout>>) {
    let mut shell = Command::new(example("fake_shell"))
        .args([example("fake_backend").as_path(), dir])
        .arg(role)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let output = BufReader::new(shell.stdout.take().unwrap()).lines();
    (shell, output)
}

/// The processes whose working directory is `dir`.
#[cfg(target_os = "linux")]
fn processes_in(dir: &Path) -> Vec<Pid> {
    fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .filter(|entry| fs::read_link(entry.path().join("cwd")).is_ok_and(|cwd| cwd == dir))
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .map(Pid)
        .collect()
}

/// The processes that wrote a pid file in `dir`.
#[cfg(windows)]
fn processes_in(dir: &Path) -> Vec<Pid> {
    fs::read_dir(dir)
        .unwrap()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|it| it == "pid"))
        .map(|path| read_pid(&path))
        .collect()
}

#[test]
#[cfg(target_os = "linux")]
fn start_timeout_excludes_system_sleep() {
    let dir = tempfile::tempdir().unwrap();
    let (mut shell, mut output) = fake_shell(dir.path(), "wait_for_go");
    assert!(output.any(|line| line.unwrap() == "Starting"));
    let asleep = unistd::Pid::from_raw(shell.id().cast_signed());
    signal::kill(asleep, Signal::SIGSTOP).unwrap();
    // Longer than this shell's start timeout.
    thread::sleep(Duration::from_secs(5));
    signal::kill(asleep, Signal::SIGCONT).unwrap();
    fs::write(dir.path().join("go"), "").unwrap();
    let end = output.find_map(|line| {
        let line = line.unwrap();
        (line == "Ready" || line.starts_with("Failed")).then_some(line)
    });
    assert_eq!(end.as_deref(), Some("Ready"));
    shell.kill().unwrap();
    shell.wait().unwrap();
}
