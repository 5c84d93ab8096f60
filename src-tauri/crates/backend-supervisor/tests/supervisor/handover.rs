//! Another version takes over from the one that serves.

use std::{
    ffi::OsString,
    fs,
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use backend_supervisor::{BackendError, State, Version, Versions};

use crate::{
    process::kill,
    replace::version,
    stage::{LEAST_START, PATIENCE, Stage, assert_gone, get, hit},
};

/// Those that failed are left for the one before them, and what happens is written down.
struct Line {
    good: Vec<Version>,
    standby: bool,
    told: Arc<Mutex<Vec<String>>>,
}

impl Line {
    fn of(roles: &[&str]) -> (Box<Self>, Arc<Mutex<Vec<String>>>) {
        let told = Arc::default();
        let line = Self {
            good: roles.iter().map(|role| version(role)).collect(),
            standby: false,
            told: Arc::clone(&told),
        };
        (Box::new(line), told)
    }

    fn tell(&self, what: &str, version: &Version) {
        let line = format!("{what} {}", version.args[0].display());
        self.told.lock().unwrap().push(line);
    }
}

impl Versions for Line {
    fn current(&mut self) -> Version {
        self.good.last().unwrap().clone()
    }

    fn standby(&mut self) -> Option<Vec<OsString>> {
        self.standby.then(|| vec!["standby".into()])
    }

    fn serves(&mut self, version: &Version) {
        self.tell("serves", version);
        if !self.good.contains(version) {
            self.good.push(version.clone());
        }
    }

    fn slow(&mut self, version: &Version, _: Vec<String>) -> bool {
        self.tell("slow", version);
        self.told.lock().unwrap().len() > 2
    }

    fn proved(&mut self, version: &Version) {
        self.tell("proved", version);
    }

    fn failed(&mut self, version: &Version, _: &BackendError) -> bool {
        self.tell("failed", version);
        self.good.retain(|good| good != version);
        !self.good.is_empty()
    }
}

#[test]
fn another_version_takes_over_and_nobody_is_told() {
    let stage = Stage::new("serve");
    let backend = stage.ready();
    let before = stage.pid();
    assert_eq!(
        stage.supervisor.replace(version("serve"), true).unwrap(),
        backend
    );
    assert_gone(before, PATIENCE);
    assert_ne!(get(&backend, "/"), before.to_string());
    assert!(stage.path("drained").exists());
    assert!(stage.states.try_recv().is_err());
}

#[test]
fn a_replacement_is_reported_once_the_replaced_process_confirms_that_it_drains() {
    let stage = Stage::new("clingy");
    stage.ready();
    let (supervisor, drained) = (&stage.supervisor, stage.path("drained"));
    thread::scope(|scope| {
        let replaced = scope.spawn(move || {
            supervisor.replace(version("serve"), true).unwrap();
            assert!(drained.exists());
        });
        stage.pid_of("asked_to_drain");
        fs::write(stage.path("go"), "").unwrap();
        replaced.join().unwrap();
    });
}

#[test]
fn a_replaced_process_that_confirms_nothing_delays_the_report_only() {
    let stage = Stage::new("clingy");
    let backend = stage.ready();
    stage.supervisor.replace(version("serve"), true).unwrap();
    assert!(!stage.path("drained").exists());
    assert_eq!(stage.supervisor.start().unwrap(), backend);
}

#[test]
fn one_that_is_no_good_changes_nothing() {
    for (role, code) in [
        ("die", "died_early"),
        ("refuse_import", "import_failed"),
        ("mumble", "bad_ready_line"),
        ("impostor", "bad_ready_line"),
        ("other_code", "wrong_code"),
        ("unready", "health_check_failed"),
        ("silent", "start_timeout"),
    ] {
        let stage = Stage::with("serve", |launch| {
            launch.limits.candidate_start_within = LEAST_START.max(Duration::from_secs(2));
        });
        let backend = stage.ready();
        let error = stage.supervisor.replace(version(role), true).unwrap_err();
        assert_eq!(error.failure.code(), code, "{role}: {error}");
        if role == "die" {
            assert_eq!(error.log_tail, ["Traceback: the reason is here"]);
        }
        assert_gone(stage.pid_of(role), PATIENCE);
        assert_eq!(get(&backend, "/"), stage.pid().to_string(), "{role}");
        assert!(stage.states.try_recv().is_err());
    }
}

#[test]
fn one_that_takes_long_is_told_until_it_is_known_why() {
    let (line, told) = Line::of(&["serve"]);
    let stage = Stage::with_versions("serve", line, |launch| {
        launch.limits.candidate_slow_after = Duration::from_millis(100);
        launch.limits.candidate_start_within = LEAST_START.max(Duration::from_secs(2));
    });
    stage.ready();
    let error = stage.supervisor.replace(version("silent"), true);
    assert_eq!(error.unwrap_err().failure.code(), "start_timeout");
    let told = told.lock().unwrap();
    assert_eq!(*told, ["serves serve", "slow silent", "slow silent"]);
}

#[test]
fn the_newer_of_two_wins() {
    let stage = Stage::new("serve");
    let backend = stage.ready();
    thread::scope(|scope| {
        let first = scope.spawn(|| stage.supervisor.replace(version("silent"), true));
        let silent = stage.pid_of("silent");
        stage.supervisor.replace(version("unproved"), true).unwrap();
        let error = first.join().unwrap().unwrap_err();
        assert_eq!(error.failure.code(), "superseded");
        assert_gone(silent, PATIENCE);
    });
    assert_gone(stage.pid(), PATIENCE);
    assert_eq!(get(&backend, "/"), stage.pid_of("unproved").to_string());
}

#[test]
fn one_that_dies_on_probation_gives_way_to_the_one_before_it_at_once() {
    let (line, told) = Line::of(&["serve"]);
    let stage = Stage::with_versions("serve", line, |launch| {
        launch.limits.restart_wait = PATIENCE * 10;
    });
    let backend = stage.ready();
    stage.supervisor.replace(version("unproved"), true).unwrap();
    let unproved = stage.pid_of("unproved");
    assert_gone(stage.pid(), PATIENCE);
    assert_eq!(get(&backend, "/"), unproved.to_string());
    hit(&backend, "/die");
    assert_eq!(stage.expect_restart(1).failure.code(), "died");
    stage.expect(&State::Ready);
    assert_eq!(get(&backend, "/"), stage.pid().to_string());
    let told = told.lock().unwrap();
    assert_eq!(
        *told,
        [
            "serves serve",
            "serves unproved",
            "failed unproved",
            "serves serve"
        ]
    );
}

#[test]
fn one_that_has_proved_itself_is_started_again_thrice_before_it_gives_way() {
    let (line, told) = Line::of(&["serve"]);
    let stage = Stage::with_versions("serve", line, |launch| {
        launch.limits.restart_wait = Duration::ZERO;
        launch.limits.probation = Duration::ZERO;
        launch.limits.check_every = Duration::from_millis(10);
    });
    let backend = stage.ready();
    let before = stage.pid();
    stage.supervisor.replace(version("unproved"), true).unwrap();
    assert_gone(before, PATIENCE);
    for lost in 1..=4 {
        while told
            .lock()
            .unwrap()
            .iter()
            .filter(|it| *it == "proved unproved")
            .count()
            < lost
        {
            thread::sleep(Duration::from_millis(5));
        }
        assert!(!told.lock().unwrap().contains(&"failed unproved".to_owned()));
        hit(&backend, "/die");
        stage.expect_restart(if lost > 3 {
            1
        } else {
            u32::try_from(lost).unwrap()
        });
        stage.expect(&State::Ready);
    }
    assert_eq!(get(&backend, "/"), stage.pid().to_string());
}

#[test]
fn a_version_that_can_not_start_gives_way_without_anybody_seeing_it_fail() {
    let (line, _) = Line::of(&["serve", "die"]);
    let stage = Stage::with_versions("serve", line, |_| {});
    let backend = stage.ready();
    assert_eq!(get(&backend, "/"), stage.pid().to_string());
}

#[test]
fn it_takes_over_from_one_that_died_meanwhile() {
    let stage = Stage::with("serve", |launch| {
        launch.limits.restart_wait = PATIENCE * 10;
    });
    let backend = stage.ready();
    thread::scope(|scope| {
        let next = scope.spawn(|| stage.supervisor.replace(version("wait_for_go"), true));
        stage.pid_of("wait_for_go");
        kill(stage.pid());
        stage.expect_restart(1);
        stage.put("go");
        assert_eq!(next.join().unwrap().unwrap(), backend);
    });
    stage.expect(&State::Ready);
    assert_eq!(get(&backend, "/"), stage.pid_of("wait_for_go").to_string());
}

#[test]
fn one_that_took_over_while_the_lost_one_was_started_again_can_be_replaced() {
    let stage = Stage::with("serve", |launch| {
        launch.limits.restart_wait = Duration::ZERO;
    });
    let backend = stage.ready();
    let lost = stage.pid();
    thread::scope(|scope| {
        let next = scope.spawn(|| stage.supervisor.replace(version("wait_and_hold"), true));
        let holder = stage.pid_of("wait_and_hold");
        stage.wait_for("holds");
        kill(lost);
        stage.expect_restart(1);
        while stage.pid() == lost {
            thread::sleep(Duration::from_millis(5));
        }
        let again = stage.pid();
        stage.put("go");
        assert_eq!(next.join().unwrap().unwrap(), backend);
        assert_gone(again, PATIENCE);
        assert_eq!(get(&backend, "/"), holder.to_string());
    });
    let holder = stage.pid_of("wait_and_hold");
    stage.supervisor.replace(version("unproved"), true).unwrap();
    assert_gone(holder, PATIENCE);
    assert_eq!(get(&backend, "/"), stage.pid_of("unproved").to_string());
}

#[test]
fn a_warm_process_takes_the_order_and_is_replaced() {
    let (mut line, _) = Line::of(&["serve"]);
    line.standby = true;
    let stage = Stage::with_versions("serve", line, |_| {});
    let backend = stage.ready();
    let (mut serving, mut warm) = (stage.pid(), stage.pid_of("standby"));
    for _ in 0..3 {
        assert_eq!(
            stage.supervisor.replace(version("serve"), true).unwrap(),
            backend
        );
        assert_gone(serving, PATIENCE);
        assert_eq!(get(&backend, "/"), warm.to_string());
        serving = warm;
        while warm == serving {
            warm = stage.pid_of("standby");
        }
    }
    kill(warm);
    assert_gone(warm, PATIENCE);
    stage.supervisor.replace(version("unproved"), true).unwrap();
    assert_gone(serving, PATIENCE);
    assert_eq!(get(&backend, "/"), stage.pid_of("unproved").to_string());
}

#[test]
fn one_that_does_not_let_go_is_killed_in_the_end() {
    let stage = Stage::with("clingy", |launch| {
        launch.limits.drain = Duration::from_millis(300);
    });
    stage.ready();
    let clingy = stage.pid();
    stage.supervisor.replace(version("serve"), true).unwrap();
    assert_gone(clingy, PATIENCE);
}

#[test]
fn the_end_of_the_app_ends_all_of_them() {
    let (mut line, _) = Line::of(&["clingy"]);
    line.standby = true;
    let stage = Stage::with_versions("clingy", line, |launch| {
        launch.limits.grace = Duration::from_millis(300);
    });
    stage.ready();
    let draining = stage.pid();
    stage.supervisor.replace(version("serve"), true).unwrap();
    thread::scope(|scope| {
        let next = scope.spawn(|| stage.supervisor.replace(version("silent"), true));
        let candidate = stage.pid_of("silent");
        stage.supervisor.stop();
        for pid in [
            draining,
            candidate,
            stage.pid_of("serve"),
            stage.pid_of("standby"),
        ] {
            assert_gone(pid, Duration::ZERO);
        }
        assert_eq!(next.join().unwrap().unwrap_err().failure.code(), "stopping");
    });
}
