//! A debugger stops the backend, which says so: no deadline passes meanwhile.

use std::{thread, time::Duration};

use backend_supervisor::Launch;

use crate::stage::{PATIENCE, Stage, assert_gone, get, hit};
#[cfg(unix)]
use crate::{process::is_alive, replace::version};

const CHECK: Duration = Duration::from_millis(50);
/// The fake backend says every 20 ms that it is paused: these are many times what one that is not stopped would get.
const LONG: &str = "paused.60";

fn impatient(launch: &mut Launch) {
    launch.limits.check_every = CHECK;
    launch.limits.check_within = CHECK;
    launch.limits.confirm_within = CHECK;
    launch.limits.start_within = Duration::from_millis(500);
    launch.limits.candidate_start_within = Duration::from_millis(500);
    launch.limits.drain = Duration::from_millis(300);
}

#[test]
fn a_backend_that_a_debugger_stops_is_not_taken_for_stalled() {
    let stage = Stage::with("serve", |launch| {
        impatient(launch);
        launch.limits.start_within = PATIENCE;
    });
    let backend = stage.ready();
    let pid = stage.pid();
    let stopped = thread::spawn(move || get(&backend, "/pause"));
    stage.wait_for(LONG);
    stage.put("go");
    assert_eq!(stopped.join().unwrap(), pid.to_string());
    assert!(stage.states.try_recv().is_err());
    assert_eq!(get(&stage.backend(), "/"), pid.to_string());
}

#[test]
fn one_that_is_stopped_and_falls_silent_is_not_waited_for() {
    let stage = Stage::with("serve", |launch| {
        impatient(launch);
        launch.limits.start_within = PATIENCE;
        launch.limits.pause_lease = Duration::from_millis(300);
    });
    let backend = stage.ready();
    let _stopped = hit(&backend, "/pause");
    stage.wait_for("paused.1");
    stage.put("silent");
    assert_eq!(stage.expect_restart(1).failure.code(), "stalled");
}

#[test]
fn the_app_ends_though_a_debugger_stops_its_backend() {
    let stage = Stage::with("serve", |launch| {
        launch.limits.grace = Duration::from_millis(300);
    });
    let backend = stage.ready();
    let pid = stage.pid();
    let _stopped = hit(&backend, "/pause");
    stage.wait_for("paused.1");
    stage.supervisor.stop();
    assert_gone(pid, Duration::ZERO);
}

#[test]
fn a_start_that_a_debugger_stops_is_not_given_up() {
    let stage = Stage::with("paused_at_start", impatient);
    thread::scope(|scope| {
        let started = scope.spawn(|| stage.supervisor.start());
        stage.wait_for(LONG);
        stage.put("go");
        started.join().unwrap().unwrap();
    });
    assert_eq!(stage.read("starts").lines().count(), 1);
}

#[test]
#[cfg(unix)]
fn one_that_is_to_take_over_and_is_stopped_takes_over_once_it_is_resumed() {
    let stage = Stage::with("serve", |launch| {
        impatient(launch);
        launch.limits.start_within = PATIENCE;
    });
    stage.ready();
    let before = stage.pid();
    thread::scope(|scope| {
        let replaced = scope.spawn(|| stage.supervisor.replace(version("paused_at_start"), true));
        stage.wait_for(LONG);
        stage.put("go");
        let backend = replaced.join().unwrap().unwrap();
        assert_gone(before, PATIENCE);
        let pid = stage.pid_of("paused_at_start");
        assert_eq!(get(&backend, "/"), pid.to_string());
    });
}

#[test]
#[cfg(unix)]
fn a_request_that_is_stopped_is_finished_by_a_replaced_backend() {
    let stage = Stage::with("serve", |launch| {
        launch.limits.drain = Duration::from_millis(300);
    });
    stage.ready();
    let before = stage.pid();
    let backend = stage.supervisor.replace(version("clingy"), true).unwrap();
    assert_gone(before, PATIENCE);
    let pid = stage.pid_of("clingy");
    let stopped = thread::spawn(move || get(&backend, "/pause"));
    stage.wait_for("paused.1");
    stage.supervisor.replace(version("serve"), true).unwrap();
    stage.wait_for("drained");
    stage.wait_for(LONG);
    assert!(is_alive(pid));
    stage.put("go");
    assert_eq!(stopped.join().unwrap(), pid.to_string());
    assert_gone(pid, PATIENCE);
}
