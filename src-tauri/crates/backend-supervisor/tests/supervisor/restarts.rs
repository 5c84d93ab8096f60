use std::{io::Read, thread, time::Duration};

use backend_supervisor::{Launch, State};

#[cfg(unix)]
use crate::process::kill;
use crate::stage::{LEAST_START, PATIENCE, Stage, get, hit};

#[test]
fn a_backend_that_dies_is_started_again_on_the_same_address() {
    let stage = Stage::new("serve");
    let backend = stage.ready();
    let pid = stage.pid();
    hit(&backend, "/die");
    let error = stage.expect_restart(1);
    assert_eq!(error.failure.code(), "died");
    assert_eq!(error.log_tail, ["Traceback: asked to die"]);
    stage.expect(&State::Ready);
    let next = stage.backend();
    assert_eq!(backend, next);
    assert_ne!(get(&next, "/"), pid.to_string());
}

#[test]
fn one_that_dies_again_and_again_is_given_up_with_its_reason() {
    let stage = Stage::with("serve", no_wait);
    stage.ready();
    for number in 1..=3 {
        hit(&stage.backend(), "/die");
        assert_eq!(stage.expect_restart(number).failure.code(), "died");
        stage.expect(&State::Ready);
    }
    hit(&stage.backend(), "/die");
    let error = stage.expect_given_up();
    assert_eq!(error.failure.code(), "died");
    assert_eq!(error.log_tail, ["Traceback: asked to die"]);
    assert_eq!(stage.read("starts").lines().count(), 4);
}

#[test]
fn one_whose_restarts_hang_is_given_up_and_nobody_waits_any_longer() {
    let stage = Stage::with("hang_after_the_first", |launch| {
        no_wait(launch);
        launch.limits.start_within = LEAST_START.max(Duration::from_millis(300));
    });
    let backend = stage.ready();
    hit(&backend, "/die");
    assert_eq!(stage.expect_restart(1).failure.code(), "died");
    let mut waits = hit(&backend, "/");
    thread::scope(|scope| {
        let caller = scope.spawn(|| stage.supervisor.start());
        for number in 2..=3 {
            assert_eq!(stage.expect_restart(number).failure.code(), "start_timeout");
        }
        let error = stage.expect_given_up();
        assert_eq!(caller.join().unwrap().unwrap_err(), error);
    });
    let mut answer = String::new();
    waits.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
}

#[test]
fn after_giving_up_a_retry_starts_anew_and_counts_anew() {
    let stage = Stage::with("hang_after_the_first", |launch| {
        no_wait(launch);
        launch.limits.start_within = LEAST_START;
    });
    hit(&stage.ready(), "/die");
    for number in 1..=3 {
        stage.expect_restart(number);
    }
    stage.expect_given_up();
    stage.put("mended");
    let backend = stage.ready();
    assert_eq!(get(&backend, "/"), stage.pid().to_string());
    hit(&backend, "/die");
    stage.expect_restart(1);
}

#[test]
fn one_that_served_for_long_starts_the_count_anew() {
    let stage = Stage::with("serve", |launch| {
        no_wait(launch);
        launch.limits.steady_after = Duration::ZERO;
    });
    stage.ready();
    for _ in 0..5 {
        hit(&stage.backend(), "/die");
        stage.expect_restart(1);
        stage.expect(&State::Ready);
    }
}

#[test]
fn a_reason_that_stays_is_not_tried_again() {
    let stage = Stage::with("refuse_after_the_first", no_wait);
    hit(&stage.ready(), "/die");
    stage.expect_restart(1);
    assert_eq!(
        stage.expect_given_up().failure.code(),
        "data_dir_unwritable"
    );
}

#[test]
fn a_restart_that_was_asked_for_is_no_crash() {
    let stage = Stage::with("serve", no_wait);
    stage.ready();
    for _ in 0..4 {
        stage.supervisor.restart().unwrap();
        stage.expect(&State::Starting);
        stage.expect(&State::Ready);
    }
}

#[test]
fn whoever_asks_during_the_wait_before_a_restart_gets_the_next_backend() {
    let stage = Stage::with("serve", |launch| {
        launch.limits.restart_wait = Duration::from_millis(100);
    });
    let backend = stage.ready();
    hit(&backend, "/die");
    stage.expect_restart(1);
    assert_eq!(backend, stage.backend());
    stage.expect(&State::Ready);
    assert_eq!(stage.read("starts").lines().count(), 2);
}

#[test]
fn stop_during_the_wait_before_a_restart_ends_it() {
    let stage = Stage::with("serve", |launch| {
        launch.limits.restart_wait = PATIENCE * 10;
    });
    hit(&stage.ready(), "/die");
    stage.expect_restart(1);
    stage.supervisor.stop();
    stage.expect(&State::Stopped);
    assert_eq!(stage.read("starts").lines().count(), 1);
}

#[test]
#[cfg(unix)]
fn one_that_is_killed_during_its_start_is_started_again() {
    let stage = Stage::with("wait_for_go", no_wait);
    thread::scope(|scope| {
        let caller = scope.spawn(|| stage.supervisor.start());
        stage.expect(&State::Starting);
        kill(stage.pid());
        assert_eq!(stage.expect_restart(1).failure.code(), "died_early");
        stage.put("go");
        stage.expect(&State::Ready);
        let backend = caller.join().unwrap().unwrap();
        assert_eq!(get(&backend, "/"), stage.pid().to_string());
    });
}

#[test]
#[cfg(unix)]
fn one_that_is_killed_in_each_of_its_starts_has_failed() {
    let stage = Stage::with("killed", no_wait);
    let error = stage.fails_with("died_early");
    stage.expect(&State::Starting);
    for number in 1..=3 {
        assert_eq!(stage.expect_restart(number), error);
    }
    stage.expect(&State::Failed { error });
    assert_eq!(stage.read("starts").lines().count(), 4);
}

fn no_wait(launch: &mut Launch) {
    launch.limits.restart_wait = Duration::ZERO;
}
