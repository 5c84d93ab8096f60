//! Deadlines while a debugger pauses the backend.

use std::{thread, time::Duration};

use backend_supervisor::LaunchConfig;

use crate::harness::{Harness, SHORT_START_TIMEOUT, TIMEOUT, assert_exits, get, send_request};
#[cfg(unix)]
use crate::{process::is_alive, replace::version};

/// A backend that is not paused must respond within it, also on a loaded machine.
const CHECK_TIMEOUT: Duration = Duration::from_secs(1);
/// File that the fake backend writes with its 160th `paused` event, after about 3.2 s: longer than each limit of
/// [`set_short_limits`].
const LONG_PAUSE: &str = "paused.160";

fn set_short_limits(launch: &mut LaunchConfig) {
    launch.limits.check_interval = Duration::from_millis(50);
    launch.limits.check_timeout = CHECK_TIMEOUT;
    launch.limits.confirm_timeout = CHECK_TIMEOUT;
    launch.limits.start_timeout = SHORT_START_TIMEOUT;
    launch.limits.candidate_start_timeout = SHORT_START_TIMEOUT;
    launch.limits.drain_timeout = Duration::from_millis(300);
}

#[test]
fn paused_backend_is_not_restarted() {
    let harness = Harness::with("serve", |launch| {
        set_short_limits(launch);
        launch.limits.start_timeout = TIMEOUT;
    });
    let backend = harness.start();
    let pid = harness.pid();
    let response = thread::spawn(move || get(&backend, "/pause"));
    harness.wait_for(LONG_PAUSE);
    harness.touch("go");
    assert_eq!(response.join().unwrap(), pid.to_string());
    assert!(harness.states.try_recv().is_err());
    assert_eq!(get(&harness.current_backend(), "/"), pid.to_string());
}

#[test]
fn pause_ends_when_lease_expires() {
    let harness = Harness::with("serve", |launch| {
        set_short_limits(launch);
        launch.limits.start_timeout = TIMEOUT;
        launch.limits.pause_lease = Duration::from_millis(300);
    });
    let backend = harness.start();
    let _paused = send_request(&backend, "/pause");
    harness.wait_for("paused.1");
    harness.touch("stop_reporting");
    assert_eq!(harness.expect_restart(1).failure.code(), "stalled");
}

#[test]
fn stop_kills_paused_backend() {
    let harness = Harness::with("serve", |launch| {
        launch.limits.grace_period = Duration::from_millis(300);
    });
    let backend = harness.start();
    let pid = harness.pid();
    let _paused = send_request(&backend, "/pause");
    harness.wait_for("paused.1");
    harness.supervisor.stop();
    assert_exits(pid, Duration::ZERO);
}

#[test]
fn start_timeout_excludes_pause() {
    let harness = Harness::with("paused_at_start", set_short_limits);
    thread::scope(|scope| {
        let started = scope.spawn(|| harness.supervisor.start());
        harness.wait_for(LONG_PAUSE);
        harness.touch("go");
        started.join().unwrap().unwrap();
    });
    assert_eq!(harness.read("starts").lines().count(), 1);
}

#[test]
#[cfg(unix)]
fn paused_candidate_completes_handover_after_resume() {
    let harness = Harness::with("serve", |launch| {
        set_short_limits(launch);
        launch.limits.start_timeout = TIMEOUT;
    });
    harness.start();
    let before = harness.pid();
    thread::scope(|scope| {
        let replaced = scope.spawn(|| harness.supervisor.replace(version("paused_at_start"), true));
        harness.wait_for(LONG_PAUSE);
        harness.touch("go");
        let backend = replaced.join().unwrap().unwrap();
        assert_exits(before, TIMEOUT);
        let pid = harness.pid_of("paused_at_start");
        assert_eq!(get(&backend, "/"), pid.to_string());
    });
}

#[test]
#[cfg(unix)]
fn drain_timeout_excludes_pause() {
    let harness = Harness::with("serve", |launch| {
        launch.limits.drain_timeout = Duration::from_millis(300);
    });
    harness.start();
    let before = harness.pid();
    let backend = harness
        .supervisor
        .replace(version("ignore_drain"), true)
        .unwrap();
    assert_exits(before, TIMEOUT);
    let pid = harness.pid_of("ignore_drain");
    let response = thread::spawn(move || get(&backend, "/pause"));
    harness.wait_for("paused.1");
    harness.supervisor.replace(version("serve"), true).unwrap();
    harness.wait_for("drained");
    harness.wait_for(LONG_PAUSE);
    assert!(is_alive(pid));
    harness.touch("go");
    assert_eq!(response.join().unwrap(), pid.to_string());
    assert_exits(pid, TIMEOUT);
}
