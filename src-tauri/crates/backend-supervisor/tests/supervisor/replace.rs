//! Replacement of a backend by another version without a handover.

use std::{thread, time::Duration};

use backend_supervisor::{State, Version};

use crate::harness::{Harness, assert_exits, get};

pub fn version(role: &str) -> Version {
    Version {
        args: vec![role.into()],
        code_digest: Some("sha256:0".into()),
        prepare: None,
        standby_command: Some(role.into()),
    }
}

#[test]
fn replace_starts_version_when_no_backend_is_ready() {
    let harness = Harness::new("exit");
    harness.start_fails_with("exited_before_ready");
    let backend = harness.supervisor.replace(version("serve"), true).unwrap();
    assert_eq!(get(&backend, "/"), harness.pid_of("serve").to_string());
}

#[test]
fn replace_without_rolling_stops_current_process_first() {
    let harness = Harness::new("serve");
    let backend = harness.start();
    let before = harness.pid();
    let replaced = harness
        .supervisor
        .replace(version("serve_next"), false)
        .unwrap();
    assert_eq!(backend, replaced);
    assert_exits(before, Duration::ZERO);
    assert!(harness.path("stopped_cleanly").exists());
    assert_eq!(
        get(&replaced, "/"),
        harness.pid_of("serve_next").to_string()
    );
}

#[test]
fn version_that_never_ran_is_superseded() {
    let harness = Harness::new("serve");
    thread::scope(|scope| {
        let hanging = scope.spawn(|| harness.supervisor.replace(version("hang"), true));
        harness.wait_for_state(&State::Starting);
        harness.supervisor.replace(version("serve"), true).unwrap();
        let error = hanging.join().unwrap().unwrap_err();
        assert_eq!(error.failure.code(), "superseded");
    });
}

#[test]
fn version_that_a_suspension_canceled_is_not_started_later() {
    let harness = Harness::with("ignore_shutdown", |launch| {
        launch.limits.grace_period = Duration::from_millis(200);
    });
    harness.start();
    thread::scope(|scope| {
        let canceled = scope.spawn(|| harness.supervisor.replace(version("serve_next"), false));
        harness.wait_for_state(&State::Starting);
        harness.supervisor.suspend();
        let error = canceled.join().unwrap().unwrap_err();
        assert_eq!(error.failure.code(), "stopping");
    });
    harness.supervisor.start().unwrap();
    assert!(!harness.path("serve_next.pid").exists());
}
