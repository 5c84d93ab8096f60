//! Rolling replacement of the backend by another version.

use std::{
    ffi::OsString,
    fs,
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use backend_supervisor::{BackendError, State, Version, VersionSelector};

use crate::{
    harness::{Harness, SHORT_START_TIMEOUT, TIMEOUT, assert_exits, get, send_request},
    process::{Pid, kill},
    replace::version,
};

/// Falls back from a failed version to the previous one, and records the calls.
struct RecordingSelector {
    usable: Vec<Version>,
    standby: bool,
    events: Arc<Mutex<Vec<String>>>,
}

impl RecordingSelector {
    fn new(roles: &[&str]) -> (Box<Self>, Arc<Mutex<Vec<String>>>) {
        let events = Arc::default();
        let versions = Self {
            usable: roles.iter().map(|role| version(role)).collect(),
            standby: false,
            events: Arc::clone(&events),
        };
        (Box::new(versions), events)
    }

    fn record(&self, event: &str, version: &Version) {
        let line = format!("{event} {}", version.args[0].display());
        self.events.lock().unwrap().push(line);
    }
}

impl VersionSelector for RecordingSelector {
    fn select(&mut self) -> Version {
        self.usable.last().unwrap().clone()
    }

    fn standby_args(&mut self) -> Option<Vec<OsString>> {
        self.standby.then(|| vec!["standby".into()])
    }

    fn on_ready(&mut self, version: &Version) {
        self.record("ready", version);
        if !self.usable.contains(version) {
            self.usable.push(version.clone());
        }
    }

    fn on_slow(&mut self, version: &Version, _: Vec<String>) -> bool {
        self.record("slow", version);
        self.events.lock().unwrap().len() > 2
    }

    fn on_confirmed(&mut self, version: &Version) {
        self.record("confirmed", version);
    }

    fn on_stopped(&mut self, version: &Version) {
        self.record("stopped", version);
    }

    fn on_failure(&mut self, version: &Version, _: &BackendError) -> bool {
        self.record("failed", version);
        self.usable.retain(|it| it != version);
        !self.usable.is_empty()
    }
}

#[test]
fn rolling_replacement_changes_no_state() {
    let harness = Harness::new("serve");
    let backend = harness.start();
    let before = harness.pid();
    assert_eq!(
        harness.supervisor.replace(version("serve"), true).unwrap(),
        backend
    );
    assert_exits(before, TIMEOUT);
    assert_ne!(get(&backend, "/"), before.to_string());
    assert!(harness.path("drained").exists());
    assert!(harness.states.try_recv().is_err());
}

#[test]
fn replace_returns_after_drain_is_confirmed() {
    let harness = Harness::new("ignore_drain");
    harness.start();
    let (supervisor, drained) = (&harness.supervisor, harness.path("drained"));
    thread::scope(|scope| {
        let replaced = scope.spawn(move || {
            supervisor.replace(version("serve"), true).unwrap();
            assert!(drained.exists());
        });
        harness.pid_of("draining");
        fs::write(harness.path("go"), "").unwrap();
        replaced.join().unwrap();
    });
}

#[test]
fn replace_returns_without_drain_confirmation() {
    let harness = Harness::new("ignore_drain");
    let backend = harness.start();
    harness.supervisor.replace(version("serve"), true).unwrap();
    assert!(!harness.path("drained").exists());
    assert_eq!(harness.supervisor.start().unwrap(), backend);
}

#[test]
fn failed_candidate_does_not_affect_current_backend() {
    for (role, code) in [
        ("exit", "exited_before_ready"),
        ("fail_import", "import_failed"),
        ("malformed_ready", "invalid_ready_event"),
        ("wrong_pid", "invalid_ready_event"),
        ("wrong_digest", "code_digest_mismatch"),
        ("not_ready", "health_check_failed"),
        ("hang", "start_timeout"),
    ] {
        let harness = Harness::with("serve", |launch| {
            launch.limits.candidate_start_timeout = SHORT_START_TIMEOUT;
        });
        let backend = harness.start();
        let error = harness.supervisor.replace(version(role), true).unwrap_err();
        assert_eq!(error.failure.code(), code, "{role}: {error}");
        if role == "exit" {
            assert_eq!(error.log_tail, ["Traceback: the reason is here"]);
        }
        assert_exits(harness.pid_of(role), TIMEOUT);
        assert_eq!(get(&backend, "/"), harness.pid().to_string(), "{role}");
        assert!(harness.states.try_recv().is_err());
    }
}

#[test]
fn slow_candidate_is_reported_until_explained() {
    let (versions, events) = RecordingSelector::new(&["serve"]);
    let harness = Harness::with_version_selector("serve", versions, |launch| {
        launch.limits.candidate_slow_after = Duration::from_millis(100);
        launch.limits.candidate_start_timeout = SHORT_START_TIMEOUT;
    });
    harness.start();
    let error = harness.supervisor.replace(version("hang"), true);
    assert_eq!(error.unwrap_err().failure.code(), "start_timeout");
    let events = events.lock().unwrap();
    assert_eq!(*events, ["ready serve", "slow hang", "slow hang"]);
}

#[test]
fn newer_candidate_supersedes_older_candidate() {
    let harness = Harness::new("serve");
    let backend = harness.start();
    thread::scope(|scope| {
        let first = scope.spawn(|| harness.supervisor.replace(version("hang"), true));
        let candidate = harness.pid_of("hang");
        harness
            .supervisor
            .replace(version("serve_next"), true)
            .unwrap();
        let error = first.join().unwrap().unwrap_err();
        assert_eq!(error.failure.code(), "superseded");
        assert_exits(candidate, TIMEOUT);
    });
    assert_exits(harness.pid(), TIMEOUT);
    assert_eq!(get(&backend, "/"), harness.pid_of("serve_next").to_string());
}

#[test]
fn exit_on_probation_falls_back_immediately() {
    let (versions, events) = RecordingSelector::new(&["serve"]);
    let harness = Harness::with_version_selector("serve", versions, |launch| {
        launch.limits.restart_backoff = TIMEOUT * 10;
    });
    let backend = harness.start();
    harness
        .supervisor
        .replace(version("serve_next"), true)
        .unwrap();
    let serve_next = harness.pid_of("serve_next");
    assert_exits(harness.pid(), TIMEOUT);
    assert_eq!(get(&backend, "/"), serve_next.to_string());
    send_request(&backend, "/exit");
    assert_eq!(
        harness.expect_restart(1).failure.code(),
        "exited_unexpectedly"
    );
    harness.expect_state(&State::Ready);
    assert_eq!(get(&backend, "/"), harness.pid().to_string());
    let events = events.lock().unwrap();
    assert_eq!(
        *events,
        [
            "ready serve",
            "ready serve_next",
            "failed serve_next",
            "ready serve"
        ]
    );
}

#[test]
fn restart_and_stop_on_probation_are_no_failures() {
    let (versions, events) = RecordingSelector::new(&["serve"]);
    let harness = Harness::with_version_selector("serve", versions, |_| {});
    harness.start();
    harness.supervisor.restart().unwrap();
    harness.supervisor.stop();
    let events = events.lock().unwrap();
    assert_eq!(
        *events,
        [
            "ready serve",
            "stopped serve",
            "ready serve",
            "stopped serve"
        ]
    );
}

#[test]
fn confirmed_version_falls_back_after_restart_limit() {
    let (versions, events) = RecordingSelector::new(&["serve"]);
    let harness = Harness::with_version_selector("serve", versions, |launch| {
        launch.limits.restart_backoff = Duration::ZERO;
        launch.limits.probation = Duration::ZERO;
        launch.limits.check_interval = Duration::from_millis(10);
    });
    let backend = harness.start();
    let before = harness.pid();
    harness
        .supervisor
        .replace(version("serve_next"), true)
        .unwrap();
    assert_exits(before, TIMEOUT);
    for exits in 1..=4 {
        while events
            .lock()
            .unwrap()
            .iter()
            .filter(|it| *it == "confirmed serve_next")
            .count()
            < exits
        {
            thread::sleep(Duration::from_millis(5));
        }
        assert!(
            !events
                .lock()
                .unwrap()
                .contains(&"failed serve_next".to_owned())
        );
        send_request(&backend, "/exit");
        harness.expect_restart(if exits > 3 {
            1
        } else {
            u32::try_from(exits).unwrap()
        });
        harness.expect_state(&State::Ready);
    }
    assert_eq!(get(&backend, "/"), harness.pid().to_string());
}

#[test]
fn version_that_fails_to_start_falls_back_without_failed_state() {
    let (versions, _) = RecordingSelector::new(&["serve", "exit"]);
    let harness = Harness::with_version_selector("serve", versions, |_| {});
    let backend = harness.start();
    assert_eq!(get(&backend, "/"), harness.pid().to_string());
}

#[test]
fn candidate_replaces_backend_that_exited_during_its_start() {
    let harness = Harness::with("serve", |launch| {
        launch.limits.restart_backoff = TIMEOUT * 10;
    });
    let backend = harness.start();
    thread::scope(|scope| {
        let next = scope.spawn(|| harness.supervisor.replace(version("wait_for_go"), true));
        harness.pid_of("wait_for_go");
        kill(harness.pid());
        harness.expect_restart(1);
        harness.touch("go");
        assert_eq!(next.join().unwrap().unwrap(), backend);
    });
    harness.expect_state(&State::Ready);
    assert_eq!(
        get(&backend, "/"),
        harness.pid_of("wait_for_go").to_string()
    );
}

#[test]
fn candidate_replaces_backend_during_its_restart() {
    let harness = Harness::with("serve", |launch| {
        launch.limits.restart_backoff = Duration::ZERO;
    });
    let backend = harness.start();
    let lost = harness.pid();
    thread::scope(|scope| {
        let next = scope.spawn(|| harness.supervisor.replace(version("lock_and_wait"), true));
        let holder = harness.pid_of("lock_and_wait");
        harness.wait_for("locked");
        kill(lost);
        harness.expect_restart(1);
        while harness.pid() == lost {
            thread::sleep(Duration::from_millis(5));
        }
        let again = harness.pid();
        harness.touch("go");
        assert_eq!(next.join().unwrap().unwrap(), backend);
        assert_exits(again, TIMEOUT);
        assert_eq!(get(&backend, "/"), holder.to_string());
    });
    let holder = harness.pid_of("lock_and_wait");
    harness
        .supervisor
        .replace(version("serve_next"), true)
        .unwrap();
    assert_exits(holder, TIMEOUT);
    assert_eq!(get(&backend, "/"), harness.pid_of("serve_next").to_string());
}

fn harness_with_standby() -> Harness {
    let (mut versions, _) = RecordingSelector::new(&["serve"]);
    versions.standby = true;
    Harness::with_version_selector("serve", versions, |_| {})
}

/// Process id of the standby process that follows `previous`.
fn next_standby(harness: &Harness, previous: Pid) -> Pid {
    let until = Instant::now() + TIMEOUT;
    loop {
        let standby = harness.pid_of("standby");
        if standby != previous {
            return standby;
        }
        assert!(Instant::now() < until, "no new standby process");
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn standby_process_becomes_candidate_and_is_replenished() {
    let harness = harness_with_standby();
    let backend = harness.start();
    let (mut current, mut standby) = (harness.pid(), harness.pid_of("standby"));
    for _ in 0..3 {
        assert_eq!(
            harness.supervisor.replace(version("serve"), true).unwrap(),
            backend
        );
        assert_exits(current, TIMEOUT);
        assert_eq!(get(&backend, "/"), standby.to_string());
        current = standby;
        standby = next_standby(&harness, current);
    }
    kill(standby);
    assert_exits(standby, TIMEOUT);
    harness
        .supervisor
        .replace(version("serve_next"), true)
        .unwrap();
    assert_exits(current, TIMEOUT);
    assert_eq!(get(&backend, "/"), harness.pid_of("serve_next").to_string());
}

#[test]
fn killed_standby_process_is_spawned_again_on_request() {
    let harness = harness_with_standby();
    harness.start();
    let killed = harness.pid_of("standby");
    kill(killed);
    assert_exits(killed, TIMEOUT);
    let until = Instant::now() + TIMEOUT;
    while harness.pid_of("standby") == killed {
        assert!(Instant::now() < until, "no new standby process");
        harness.supervisor.prepare_standby(); // until the supervisor has noticed the exit
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn standby_process_is_replaced_after_failed_candidate() {
    let harness = harness_with_standby();
    harness.start();
    for role in ["exit", "wrong_digest"] {
        let failed = harness.pid_of("standby");
        harness.supervisor.replace(version(role), true).unwrap_err();
        assert_exits(failed, TIMEOUT);
        next_standby(&harness, failed);
    }
}

#[test]
fn version_without_standby_command_starts_new_process_and_replaces_standby() {
    let harness = harness_with_standby();
    let backend = harness.start();
    let standby = harness.pid_of("standby");
    let without_command = Version {
        standby_command: None,
        ..version("serve_next")
    };
    harness.supervisor.replace(without_command, true).unwrap();
    assert_exits(standby, TIMEOUT);
    assert_eq!(get(&backend, "/"), harness.pid_of("serve_next").to_string());
    next_standby(&harness, standby);
}

#[test]
fn process_is_killed_after_drain_timeout() {
    let harness = Harness::with("ignore_drain", |launch| {
        launch.limits.drain_timeout = Duration::from_millis(300);
    });
    harness.start();
    let replaced = harness.pid();
    harness.supervisor.replace(version("serve"), true).unwrap();
    assert_exits(replaced, TIMEOUT);
}

#[test]
fn stop_ends_draining_candidate_and_standby_processes() {
    let (mut versions, _) = RecordingSelector::new(&["ignore_drain"]);
    versions.standby = true;
    let harness = Harness::with_version_selector("ignore_drain", versions, |launch| {
        launch.limits.grace_period = Duration::from_millis(300);
    });
    harness.start();
    let draining = harness.pid();
    harness.supervisor.replace(version("serve"), true).unwrap();
    thread::scope(|scope| {
        let next = scope.spawn(|| harness.supervisor.replace(version("hang"), true));
        let candidate = harness.pid_of("hang");
        harness.supervisor.stop();
        for pid in [
            draining,
            candidate,
            harness.pid_of("serve"),
            harness.pid_of("standby"),
        ] {
            assert_exits(pid, Duration::ZERO);
        }
        assert_eq!(next.join().unwrap().unwrap_err().failure.code(), "stopping");
    });
}
