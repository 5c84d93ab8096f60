#![allow(clippy::unwrap_used)]

use std::process::ExitStatus;

use tempfile::TempDir;

use super::{super::digest, *};
use serde_json::json;

const ONE: &str = "one";
const TWO: &str = "two";

/// A data dir and the installed code.
struct Fixture(TempDir);

impl Fixture {
    fn new() -> Self {
        let fixture = Self(tempfile::tempdir().unwrap());
        let app = fixture.0.path().join("installed").join("app");
        fs::create_dir_all(&app).unwrap();
        fs::write(app.join("main.py"), "installed").unwrap();
        fixture
    }

    fn open(&self, build: &str) -> Store {
        let source = self.0.path().join("installed");
        let installed = InstalledCode {
            digest: digest::of(&source).unwrap(),
            origin: "checkout".into(),
            module_args: vec!["app".into()],
            source,
        };
        let folder = self.0.path().join("data").join("hot");
        Store::open(folder, json!(build), installed, vec!["-I".into()]).unwrap()
    }

    /// Adds a generation with this content and returns its digest.
    fn add(&self, content: &str) -> String {
        self.add_for_build(content, "build")
    }

    /// Adds a confirmed generation and a current, unconfirmed one, and returns their digests.
    fn add_confirmed_and_unconfirmed(&self) -> (String, String) {
        let mut store = self.open("build");
        let (one, two) = (self.add(ONE), self.add(TWO));
        store.on_ready(&one);
        store.on_confirmed(&one);
        store.on_ready(&two);
        (one, two)
    }

    fn add_for_build(&self, content: &str, build: &str) -> String {
        let partial = self.store_folder().join("partial");
        fs::create_dir_all(partial.join("app/core")).unwrap();
        fs::write(partial.join("app/core/main.py"), content).unwrap();
        self.finish(build)
    }

    /// Adds a generation that contains the host package with this content, and returns its digest.
    fn add_host(&self, content: &str) -> String {
        let host = self.store_folder().join("partial/backend_host");
        fs::create_dir_all(&host).unwrap();
        fs::write(host.join("run.py"), content).unwrap();
        self.finish("build")
    }

    fn store_folder(&self) -> PathBuf {
        self.0.path().join("data").join("hot").join("store")
    }

    /// Renames the folder `partial` to its digest, which is returned.
    fn finish(&self, build: &str) -> String {
        let partial = self.store_folder().join("partial");
        fs::create_dir_all(partial.join("app")).unwrap();
        fs::write(partial.join("app/main.pyc"), "no source").unwrap();
        fs::write(
            partial.join("generation.json"),
            json!({"key": build}).to_string(),
        )
        .unwrap();
        let digest = digest::of(&partial).unwrap();
        fs::rename(partial, self.store_folder().join(&digest)).unwrap();
        digest
    }
}

fn exited() -> Failure {
    let status = ExitStatus::default();
    Failure::ExitedUnexpectedly { status }
}

fn next_digest(store: &mut Store) -> String {
    let version = store.next_version();
    store.generations.digest_of(&version).to_owned()
}

#[test]
fn digest_equals_that_of_the_backend() {
    let fixture = Fixture::new();
    fixture.open("build");
    // backend_host/launch/digest.py of one file app/core/main.py that holds "one"
    assert_eq!(
        fixture.add(ONE),
        "a5352a9625d595b5e67c073700ef0b1a4aacb87599a9f3153f9c5597a986f990"
    );
}

#[test]
fn standby_command_requires_the_host_package_of_the_standby_process() {
    let fixture = Fixture::new();
    let mut store = fixture.open("build");
    let (one, two) = (fixture.add(ONE), fixture.add(TWO));
    let (with_host, other_host) = (fixture.add_host(ONE), fixture.add_host(TWO));
    for (standby, compatible, incompatible) in [
        (&one, &two, &with_host),
        (&with_host, &with_host, &other_host),
    ] {
        store.generations.standby_args(standby);
        let has_command =
            |digest: &str| store.generations.version(digest).standby_command.is_some();
        assert!(has_command(compatible));
        assert!(!has_command(incompatible));
    }
}

#[test]
fn ready_generation_persists_and_corrupt_state_runs_installed_code() {
    let fixture = Fixture::new();
    let mut store = fixture.open("build");
    let installed = store.generations.installed.digest.clone();
    assert_eq!(next_digest(&mut store), installed);
    let one = fixture.add(ONE);
    store.set_pending(&one).unwrap();
    store.on_ready(&one);
    store.on_confirmed(&one);
    drop(store);
    assert_eq!(next_digest(&mut fixture.open("build")), one);
    fs::write(fixture.0.path().join("data/hot/state.json"), "{ torn").unwrap();
    assert_eq!(next_digest(&mut fixture.open("build")), installed);
}

#[test]
fn pending_generation_is_skipped_after_app_was_killed() {
    let fixture = Fixture::new();
    let mut store = fixture.open("build");
    let (one, two) = (fixture.add(ONE), fixture.add(TWO));
    store.on_ready(&one);
    store.on_confirmed(&one);
    store.set_pending(&two).unwrap();
    drop(store);
    let mut store = fixture.open("build");
    assert_eq!(next_digest(&mut store), one);
    assert_eq!(store.state.pending, None);
}

#[test]
fn pending_generation_is_started_once() {
    let fixture = Fixture::new();
    let mut store = fixture.open("build");
    let one = fixture.add(ONE);
    store.state.pending = Some(one.clone());
    store.save();
    drop(store);
    assert_eq!(next_digest(&mut fixture.open("build")), one);
    let mut store = fixture.open("build");
    assert_eq!(next_digest(&mut store), store.generations.installed.digest);
}

#[test]
fn unconfirmed_generation_is_started_twice() {
    let fixture = Fixture::new();
    let (one, two) = fixture.add_confirmed_and_unconfirmed();
    for expected in [&two, &two, &one, &one] {
        assert_eq!(next_digest(&mut fixture.open("build")), **expected);
    }
}

#[test]
fn start_that_a_person_stopped_is_not_counted() {
    let fixture = Fixture::new();
    let (one, two) = fixture.add_confirmed_and_unconfirmed();
    for _ in 0..4 {
        let mut store = fixture.open("build");
        assert_eq!(next_digest(&mut store), two);
        store.on_ready(&two);
        store.on_stopped(&two);
    }
    // Starts that end with the shell are still counted.
    for expected in [&two, &two, &one] {
        assert_eq!(next_digest(&mut fixture.open("build")), **expected);
    }
}

#[test]
fn other_build_runs_installed_code() {
    let fixture = Fixture::new();
    let mut store = fixture.open("build");
    let one = fixture.add(ONE);
    store.on_ready(&one);
    store.on_confirmed(&one);
    drop(store);
    let mut store = fixture.open("another build");
    assert_eq!(next_digest(&mut store), store.generations.installed.digest);
    assert!(
        store
            .check_usable(&one)
            .unwrap_err()
            .contains("another build")
    );
    drop(store);
    // The state of the first build was replaced.
    let mut store = fixture.open("build");
    assert_eq!(next_digest(&mut store), store.generations.installed.digest);
}

#[test]
fn changed_files_fall_back_to_previous_generation_then_installed_code() {
    let fixture = Fixture::new();
    let mut store = fixture.open("build");
    let (one, two) = (fixture.add(ONE), fixture.add(TWO));
    for digest in [&one, &two] {
        store.on_ready(digest);
        store.on_confirmed(digest);
    }
    fs::write(
        store.generations.source(&two).join("app/core/main.py"),
        "changed",
    )
    .unwrap();
    assert_eq!(next_digest(&mut store), one);
    fs::write(store.generations.source(&one).join("app/more.py"), "new").unwrap();
    assert_eq!(next_digest(&mut store), store.generations.installed.digest);
}

#[test]
fn failed_generation_is_quarantined_until_unquarantined() {
    let fixture = Fixture::new();
    let mut store = fixture.open("build");
    let (one, two) = (fixture.add(ONE), fixture.add(TWO));
    store.on_ready(&one);
    store.on_ready(&two);
    assert!(store.on_failure(&two, &exited(), "it exited"));
    assert_eq!(next_digest(&mut store), one);
    assert!(
        store
            .check_usable(&two)
            .unwrap_err()
            .contains("failed before")
    );
    store.unquarantine(&two);
    assert_eq!(store.check_usable(&two), Ok(()));
    let installed = store.generations.installed.digest.clone();
    assert!(!store.on_failure(&installed, &exited(), "it exited"));
}

#[test]
fn environment_failures_do_not_quarantine() {
    let fixture = Fixture::new();
    let mut store = fixture.open("build");
    let one = fixture.add(ONE);
    store.on_ready(&one);
    for code in ["data_dir_in_use", "disk_full", "port_taken"] {
        let (code, message) = (code.into(), String::new());
        assert!(!store.on_failure(&one, &Failure::Reported { code, message }, ""));
    }
    assert_eq!(next_digest(&mut store), one);
}

#[test]
fn history_is_truncated_by_rollback() {
    let fixture = Fixture::new();
    let mut store = fixture.open("build");
    let installed = store.generations.installed.digest.clone();
    let (one, two) = (fixture.add(ONE), fixture.add(TWO));
    store.on_ready(&one);
    store.on_ready(&two);
    assert_eq!(store.state.history, std::slice::from_ref(&one));
    store.on_ready(&one);
    assert!(store.state.history.is_empty());
    store.on_ready(&installed);
    assert_eq!(store.state.current, None);
    assert_eq!(next_digest(&mut store), installed);
}

#[test]
fn unconfirmed_migration_falls_back_with_database_restore() {
    let fixture = Fixture::new();
    let mut store = fixture.open("build");
    let (one, two) = (fixture.add(ONE), fixture.add(TWO));
    store.on_ready(&one);
    store.on_confirmed(&one);
    let backups = fixture.0.path().join("data/backups");
    fs::create_dir_all(&backups).unwrap();
    store.set_pending_migration(&two).unwrap();
    let backup = backups.join("app-20260101T000000000000Z-migration.db");
    fs::write(&backup, "").unwrap();
    store.on_ready(&two);
    assert!(store.on_failure(&two, &exited(), "it exited"));
    let prepare = store.next_version().prepare.unwrap();
    assert!(prepare.contains(&store.generations.source(&one).into()));
    assert!(prepare.ends_with(&["restore".into(), backup.into()]));
    store.on_ready(&one);
    assert_eq!(store.next_version().prepare, None);

    store.unquarantine(&two);
    store.set_pending_migration(&two).unwrap();
    store.on_ready(&two);
    store.on_confirmed(&two);
    assert!(
        !store.on_failure(&two, &exited(), "it exited"),
        "newer writes would be lost"
    );
}

fn journal(fixture: &Fixture) -> String {
    fs::read_to_string(fixture.0.path().join("data/hot/journal.jsonl")).unwrap_or_default()
}

#[test]
fn first_start_is_not_journaled_and_corrupt_state_is_renamed() {
    let fixture = Fixture::new();
    drop(fixture.open("build"));
    assert_eq!(journal(&fixture), "");
    let hot = fixture.0.path().join("data").join("hot");
    fs::write(hot.join("state.json"), "{\"format\": 1, \"curr").unwrap();
    let store = fixture.open("build");
    assert_eq!(store.running(), store.generations.installed.digest);
    assert!(journal(&fixture).contains("state.broken.json"));
    assert_eq!(
        fs::read_to_string(hot.join("state.broken.json")).unwrap(),
        "{\"format\": 1, \"curr"
    );
    drop(store);
    drop(fixture.open("another"));
    assert!(journal(&fixture).contains("another build"));
}

#[test]
fn quarantine_message_names_the_command_to_retry() {
    let fixture = Fixture::new();
    let mut store = fixture.open("build");
    let one = fixture.add(ONE);
    store.set_pending(&one).unwrap();
    store.on_rejected(&one, &exited(), "It exited.");
    let message = store.check_usable(&one).unwrap_err();
    assert!(message.contains("It exited. Edit it"), "{message}");
    assert!(message.ends_with("ARGS=--again"), "{message}");
}

#[test]
fn generation_is_not_started_when_state_cannot_be_written() {
    let fixture = Fixture::new();
    let mut store = fixture.open("build");
    let one = fixture.add(ONE);
    store.set_pending(&one).unwrap();
    store.on_ready(&one);
    let two = fixture.add(TWO);
    let before = store.state.clone();
    let obstacle = fixture.0.path().join("data/hot/state.tmp");
    fs::create_dir(&obstacle).unwrap();
    assert!(store.set_pending(&two).is_err());
    assert!(store.set_pending_migration(&two).is_err());
    assert_eq!(store.state, before);
    fs::remove_dir(obstacle).unwrap();
    drop(store);
    assert_eq!(next_digest(&mut fixture.open("build")), one);
}

#[test]
fn tracebacks_name_the_checkout() {
    let fixture = Fixture::new();
    let store = fixture.open("build");
    let one = fixture.add(ONE);
    let source = store.generations.source(&one);
    let about = json!({"key": "build", "origin": "/home/me/checkout"});
    fs::write(source.join("generation.json"), about.to_string()).unwrap();
    let traceback = format!("File \"{}/app/main.py\", line 1", source.display());
    let expected = "File \"/home/me/checkout/app/main.py\", line 1";
    assert_eq!(store.generations.map_to_origin(&one, &traceback), expected);
}

#[test]
fn quarantine_persists_after_generation_is_removed() {
    let fixture = Fixture::new();
    let mut store = fixture.open("build");
    let one = fixture.add(ONE);
    store.set_pending(&one).unwrap();
    store.on_rejected(&one, &exited(), "it exited");
    fs::remove_dir_all(store.generations.source(&one)).unwrap();
    let two = fixture.add(TWO);
    store.on_ready(&two);
    assert!(store.check_usable(&one).unwrap_err().contains("it exited"));
}
