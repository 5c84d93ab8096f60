//! Another version in the place of the one that serves, or of one that can't.

use std::time::Duration;

use backend_supervisor::Version;

use crate::stage::{Stage, assert_gone, get};

pub fn version(role: &str) -> Version {
    Version {
        args: vec![role.into()],
        code_digest: Some("sha256:0".into()),
        prepare: None,
        order: Some(role.into()),
    }
}

#[test]
fn where_none_serves_it_is_started_in_the_place_of_the_one_that_can_not() {
    let stage = Stage::new("die");
    stage.fails_with("died_early");
    let backend = stage.supervisor.replace(version("serve"), true).unwrap();
    assert_eq!(get(&backend, "/"), stage.pid_of("serve").to_string());
}

#[test]
fn without_an_overlap_the_one_before_has_ended_first() {
    let stage = Stage::new("serve");
    let backend = stage.ready();
    let before = stage.pid();
    let replaced = stage
        .supervisor
        .replace(version("unproved"), false)
        .unwrap();
    assert_eq!(backend, replaced);
    assert_gone(before, Duration::ZERO);
    assert!(stage.path("stopped_cleanly").exists());
    assert_eq!(get(&replaced, "/"), stage.pid_of("unproved").to_string());
}
