//! A data dir that others can write to, and links in it.

use std::{
    fs::{self, Permissions},
    os::unix::fs::{PermissionsExt, chown, symlink},
};

use nix::unistd::geteuid;

use crate::stage::Stage;

fn set_mode(stage: &Stage, mode: u32) {
    fs::set_permissions(stage.dir.path(), Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_data_dir_that_others_can_write_to_is_refused_until_they_no_longer_can() {
    let stage = Stage::new("serve");
    for mode in [0o777, 0o770, 0o702, 0o1777] {
        set_mode(&stage, mode);
        let error = stage.fails_with("data_dir_not_private").to_string();
        assert!(
            error.contains(&format!("chmod go-w {}", stage.dir.path().display())),
            "{error}"
        );
    }
    assert!(!stage.path("starts").exists());
    assert!(!stage.path("app.lock").exists());
    set_mode(&stage, 0o755);
    stage.supervisor.start().unwrap();
}

#[test]
fn another_users_data_dir_is_refused_with_its_owners_name() {
    // Only root can give a folder away.
    if !geteuid().is_root() {
        return;
    }
    let stage = Stage::new("serve");
    set_mode(&stage, 0o700);
    chown(stage.dir.path(), Some(65_534), None).unwrap();
    let error = stage.fails_with("data_dir_not_private").to_string();
    assert!(error.contains("belongs to nobody, not to root"), "{error}");
    assert!(error.contains("chown -R"), "{error}");
    assert!(!stage.path("starts").exists());
    chown(stage.dir.path(), Some(0), None).unwrap();
    stage.supervisor.start().unwrap();
}

#[test]
fn a_lock_file_that_is_a_link_is_not_followed() {
    let stage = Stage::new("serve");
    stage.write("precious", "kept");
    symlink("precious", stage.path("app.lock")).unwrap();
    stage.supervisor.rest();
    stage.supervisor.stop();
    assert_eq!(stage.read("precious"), "kept");
}

#[test]
fn a_port_is_not_read_through_a_link() {
    let stage = Stage::with("serve", |launch| {
        let dir = &launch.data_dir;
        fs::write(dir.join("other.json"), "{\"PORT\": 1}").unwrap();
        symlink("other.json", dir.join("config.json")).unwrap();
    });
    assert_ne!(stage.supervisor.address().unwrap().port(), 1);
}
