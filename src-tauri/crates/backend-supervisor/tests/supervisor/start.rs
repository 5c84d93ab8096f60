#[cfg(unix)]
use std::ffi::OsString;
use std::{thread, time::Duration};

use backend_supervisor::State;
#[cfg(unix)]
use backend_supervisor::environment;

use crate::stage::{LEAST_START, Stage, assert_gone, get};

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
#[cfg(unix)] // Windows' list is another
fn nothing_but_the_allow_list_reaches_the_backend() {
    let strays = [
        "PORT",
        "HOST",
        "SECRET_KEY",
        "PYTHONPATH",
        "PYTHONHOME",
        "LD_LIBRARY_PATH",
        "LD_PRELOAD",
        "AUTH_REQUIRED",
        "HTTP_PROXY",
        "http_proxy",
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

    assert!(!stage.read("env.txt").contains("LAUNCH_TOKEN=from-parent"));
    // The tests' own environment has many more: cargo's, for one.
    let mut seen: Vec<_> = stage
        .read("env.txt")
        .lines()
        .map(str::to_owned)
        .filter(|line| {
            !["LISTEN_FD=", "LOCK_FD=", "LAUNCH_TOKEN="]
                .iter()
                .any(|it| line.starts_with(it))
        })
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
    assert!(
        error.to_string().contains(if cfg!(windows) {
            "exit code: 3"
        } else {
            "exit status: 3"
        }),
        "{error}"
    );
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
    assert!(error.to_string().contains("redirects"), "{error}");
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
        launch.limits.start_within = LEAST_START.max(Duration::from_millis(500));
    });
    stage.fails_with("start_timeout");
    assert_gone(stage.pid(), Duration::ZERO);
}

#[test]
fn a_retry_after_a_failure_can_succeed() {
    let stage = Stage::new("broken_until_mended");
    stage.fails_with("died_early");
    stage.put("mended");
    stage.supervisor.start().unwrap();
}

#[test]
fn signs_of_progress_give_a_start_more_time() {
    let stage = Stage::with("migrate", |launch| {
        launch.limits.start_within = LEAST_START.max(Duration::from_millis(500));
    });
    stage.supervisor.start().unwrap();
    for state in [State::Starting, State::Migrating, State::Ready] {
        stage.expect(&state);
    }
}

#[test]
fn progress_without_end_is_ended_all_the_same() {
    let stage = Stage::with("migrate_for_ever", |launch| {
        launch.limits.start_at_most = LEAST_START.max(Duration::from_millis(500));
    });
    stage.fails_with("start_timeout");
    assert_gone(stage.pid(), Duration::ZERO);
}
