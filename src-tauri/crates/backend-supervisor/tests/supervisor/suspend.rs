use std::{fs::File, thread, time::Duration};

use backend_supervisor::State;

use crate::stage::{Stage, assert_gone};

/// Whether somebody else can lock the data dir. On Windows that takes a file which is open for writing nowhere else.
fn is_free(stage: &Stage) -> bool {
    let file = File::options().write(true).open(stage.path("app.lock"));
    file.is_ok_and(|file| file.try_lock().is_ok())
}

#[test]
fn a_backend_at_rest_has_ended_and_its_data_dir_stays_locked_until_the_next_start() {
    let stage = Stage::new("serve");
    stage.ready();
    let first = stage.pid();
    stage.supervisor.suspend();
    assert_gone(first, Duration::ZERO);
    assert!(stage.path("stopped_cleanly").exists());
    assert!(!is_free(&stage));
    stage.expect(&State::Stopping);
    stage.expect(&State::Stopped);

    stage.supervisor.start().unwrap();
    assert_ne!(stage.pid(), first);
}

#[test]
fn a_rest_before_any_start_locks_the_data_dir_and_an_end_lets_go() {
    let stage = Stage::new("serve");
    stage.supervisor.suspend();
    assert!(!is_free(&stage));
    stage.supervisor.stop();
    // The keeper lets go as it ends, after its answer.
    let mut looks = 0;
    while !is_free(&stage) {
        looks += 1;
        assert!(looks < 1_000);
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn only_a_start_ends_a_rest() {
    let stage = Stage::new("serve");
    stage.supervisor.suspend();
    // By the second answer, whatever followed the first is over.
    for _ in 0..2 {
        let error = stage.supervisor.restart().unwrap_err();
        assert_eq!(error.failure.code(), "stopping");
    }
    assert!(!is_free(&stage));
    stage.supervisor.suspend();
    stage.supervisor.start().unwrap();
}

#[test]
fn a_rest_during_a_start_answers_whoever_waits() {
    let stage = Stage::with("silent", |launch| {
        launch.limits.grace = Duration::from_millis(100);
    });
    thread::scope(|scope| {
        let caller = scope.spawn(|| stage.supervisor.start());
        stage.expect(&State::Starting);
        let pid = stage.pid();
        stage.supervisor.suspend();
        assert_eq!(
            caller.join().unwrap().unwrap_err().failure.code(),
            "stopping"
        );
        assert_gone(pid, Duration::ZERO);
    });
}
