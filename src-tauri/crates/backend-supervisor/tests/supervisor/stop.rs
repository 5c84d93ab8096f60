use std::{
    thread,
    time::{Duration, Instant},
};

use backend_supervisor::State;

use crate::harness::{Harness, assert_exits, get};

#[test]
fn restart_replaces_process_and_preserves_address() {
    let harness = Harness::new("serve");
    let first = harness.supervisor.start().unwrap();
    let pid = harness.pid();
    let second = harness.supervisor.restart().unwrap();
    assert_eq!(first, second);
    assert!(harness.path("stopped_cleanly").exists());
    assert_exits(pid, Duration::ZERO);
    assert_ne!(get(&second, "/"), pid.to_string());
}

#[test]
fn stop_shuts_down_gracefully_and_permanently() {
    let harness = Harness::new("serve");
    harness.supervisor.start().unwrap();
    harness.supervisor.stop();
    assert_exits(harness.pid(), Duration::ZERO);
    assert!(harness.path("stopped_cleanly").exists());
    for state in [
        State::Starting,
        State::Ready,
        State::Stopping,
        State::Stopped,
    ] {
        harness.expect_state(&state);
    }
    harness.supervisor.stop();
    harness.start_fails_with("stopping");
}

#[test]
fn stop_before_start_returns() {
    Harness::new("serve").supervisor.stop();
}

#[test]
fn stop_during_start_fails_waiting_callers() {
    let harness = Harness::with("hang", |launch| {
        launch.limits.grace_period = Duration::from_millis(100);
    });
    thread::scope(|scope| {
        let caller = scope.spawn(|| harness.supervisor.start());
        harness.expect_state(&State::Starting);
        let pid = harness.pid();
        harness.supervisor.stop();
        let error = caller.join().unwrap().unwrap_err();
        assert_eq!(error.failure.code(), "stopping");
        assert_exits(pid, Duration::ZERO);
    });
}

#[test]
fn process_tree_is_killed_after_grace_period() {
    let grace = Duration::from_millis(300);
    let harness = Harness::with("ignore_shutdown", |launch| {
        launch.limits.grace_period = grace;
    });
    harness.supervisor.start().unwrap();
    let grandchild = harness.pid_of("ignore_shutdown_child");

    let requested = Instant::now();
    harness.supervisor.stop();
    assert!(requested.elapsed() >= grace);
    assert_exits(harness.pid(), Duration::ZERO);
    assert_exits(grandchild, Duration::from_secs(1));
}
