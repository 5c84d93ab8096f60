#![allow(clippy::unwrap_used)]

use std::process::ExitStatus;

use tempfile::TempDir;

use super::{super::digest, *};
use serde_json::json;

const ONE: &str = "one";
const TWO: &str = "two";

/// An app's data dir, and what was installed.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        let app = place.0.path().join("installed").join("app");
        fs::create_dir_all(&app).unwrap();
        fs::write(app.join("main.py"), "installed").unwrap();
        place
    }

    fn open(&self, build: &str) -> Store {
        let source = self.0.path().join("installed");
        let base = Base {
            digest: digest::of(&source).unwrap(),
            origin: "checkout".into(),
            module_args: vec!["app".into()],
            source,
        };
        let folder = self.0.path().join("data").join("hot");
        Store::open(folder, json!(build), base, vec!["-I".into()]).unwrap()
    }

    /// A generation with this content; its digest.
    fn put(&self, content: &str) -> String {
        self.put_for(content, "build")
    }

    fn put_for(&self, content: &str, build: &str) -> String {
        let store = self.0.path().join("data").join("hot").join("store");
        let beside = store.join("beside");
        fs::create_dir_all(beside.join("app/core")).unwrap();
        fs::write(beside.join("app/core/main.py"), content).unwrap();
        fs::write(beside.join("app/main.pyc"), "no source").unwrap();
        fs::write(
            beside.join("generation.json"),
            json!({"key": build}).to_string(),
        )
        .unwrap();
        let digest = digest::of(&beside).unwrap();
        fs::rename(beside, store.join(&digest)).unwrap();
        digest
    }
}

fn died() -> Failure {
    let status = ExitStatus::default();
    Failure::Died { status }
}

fn runs(store: &mut Store) -> String {
    let version = store.next();
    store.generations.digest_of(&version).to_owned()
}

#[test]
fn the_digest_is_the_one_that_the_backend_makes() {
    let place = Place::new();
    place.open("build");
    // backend_host/launch/digest.py of one file app/core/main.py that holds "one"
    assert_eq!(
        place.put(ONE),
        "a5352a9625d595b5e67c073700ef0b1a4aacb87599a9f3153f9c5597a986f990"
    );
}

#[test]
fn what_serves_runs_at_the_next_start_and_what_was_installed_without_it() {
    let place = Place::new();
    let mut store = place.open("build");
    let base = store.generations.base.digest.clone();
    assert_eq!(runs(&mut store), base);
    let one = place.put(ONE);
    store.try_out(&one).unwrap();
    store.serves(&one);
    store.proved(&one);
    drop(store);
    assert_eq!(runs(&mut place.open("build")), one);
    fs::write(place.0.path().join("data/hot/state.json"), "{ torn").unwrap();
    assert_eq!(runs(&mut place.open("build")), base);
}

#[test]
fn one_that_was_being_tried_when_the_app_was_killed_is_not_tried_again() {
    let place = Place::new();
    let mut store = place.open("build");
    let (one, two) = (place.put(ONE), place.put(TWO));
    store.serves(&one);
    store.proved(&one);
    store.try_out(&two).unwrap();
    drop(store);
    let mut store = place.open("build");
    assert_eq!(runs(&mut store), one);
    assert_eq!(store.pointer.pending, None);
}

#[test]
fn one_that_was_left_for_the_next_start_is_tried_once() {
    let place = Place::new();
    let mut store = place.open("build");
    let one = place.put(ONE);
    store.pointer.pending = Some(one.clone());
    store.save();
    drop(store);
    assert_eq!(runs(&mut place.open("build")), one);
    let mut store = place.open("build");
    assert_eq!(runs(&mut store), store.generations.base.digest);
}

#[test]
fn one_that_never_proves_itself_is_started_twice() {
    let place = Place::new();
    let mut store = place.open("build");
    let (one, two) = (place.put(ONE), place.put(TWO));
    store.serves(&one);
    store.proved(&one);
    store.serves(&two);
    drop(store);
    for expected in [&two, &two, &one, &one] {
        assert_eq!(runs(&mut place.open("build")), **expected);
    }
}

#[test]
fn another_build_runs_what_was_installed() {
    let place = Place::new();
    let mut store = place.open("build");
    let one = place.put(ONE);
    store.serves(&one);
    store.proved(&one);
    drop(store);
    let mut store = place.open("another build");
    assert_eq!(runs(&mut store), store.generations.base.digest);
    assert!(store.usable(&one).unwrap_err().contains("another build"));
    drop(store);
    // The one of before has no say any more either.
    let mut store = place.open("build");
    assert_eq!(runs(&mut store), store.generations.base.digest);
}

#[test]
fn changed_files_give_way_to_what_ran_before_and_that_to_what_was_installed() {
    let place = Place::new();
    let mut store = place.open("build");
    let (one, two) = (place.put(ONE), place.put(TWO));
    for digest in [&one, &two] {
        store.serves(digest);
        store.proved(digest);
    }
    fs::write(
        store.generations.source(&two).join("app/core/main.py"),
        "changed",
    )
    .unwrap();
    assert_eq!(runs(&mut store), one);
    fs::write(store.generations.source(&one).join("app/more.py"), "new").unwrap();
    assert_eq!(runs(&mut store), store.generations.base.digest);
}

#[test]
fn what_failed_is_remembered_until_it_is_forgiven() {
    let place = Place::new();
    let mut store = place.open("build");
    let (one, two) = (place.put(ONE), place.put(TWO));
    store.serves(&one);
    store.serves(&two);
    assert!(store.failed(&two, &died(), "it died"));
    assert_eq!(runs(&mut store), one);
    assert!(store.usable(&two).unwrap_err().contains("failed before"));
    store.forgive(&two);
    assert_eq!(store.usable(&two), Ok(()));
    let base = store.generations.base.digest.clone();
    assert!(!store.failed(&base, &died(), "it died"));
}

#[test]
fn what_is_wrong_with_the_machine_is_not_the_codes_fault() {
    let place = Place::new();
    let mut store = place.open("build");
    let one = place.put(ONE);
    store.serves(&one);
    for code in ["data_dir_in_use", "disk_full", "port_taken"] {
        let (code, message) = (code.into(), String::new());
        assert!(!store.failed(&one, &Failure::Reported { code, message }, ""));
    }
    assert_eq!(runs(&mut store), one);
}

#[test]
fn the_way_back_leads_through_what_ran_before() {
    let place = Place::new();
    let mut store = place.open("build");
    let base = store.generations.base.digest.clone();
    let (one, two) = (place.put(ONE), place.put(TWO));
    store.serves(&one);
    store.serves(&two);
    assert_eq!(store.pointer.history, std::slice::from_ref(&one));
    store.serves(&one);
    assert!(store.pointer.history.is_empty());
    store.serves(&base);
    assert_eq!(store.pointer.current, None);
    assert_eq!(runs(&mut store), base);
}

#[test]
fn code_goes_back_together_with_the_database_until_it_has_proved_itself() {
    let place = Place::new();
    let mut store = place.open("build");
    let (one, two) = (place.put(ONE), place.put(TWO));
    store.serves(&one);
    store.proved(&one);
    let backups = place.0.path().join("data/backups");
    fs::create_dir_all(&backups).unwrap();
    store.try_migration(&two).unwrap();
    let backup = backups.join("app-20260101T000000000000Z-migration.db");
    fs::write(&backup, "").unwrap();
    store.serves(&two);
    assert!(store.failed(&two, &died(), "it died"));
    let prepare = store.next().prepare.unwrap();
    assert!(prepare.contains(&store.generations.source(&one).into()));
    assert!(prepare.ends_with(&["restore".into(), backup.into()]));
    store.serves(&one);
    assert_eq!(store.next().prepare, None);

    store.forgive(&two);
    store.try_migration(&two).unwrap();
    store.serves(&two);
    store.proved(&two);
    assert!(
        !store.failed(&two, &died(), "it died"),
        "what was written since would be lost"
    );
}

fn journal(place: &Place) -> String {
    fs::read_to_string(place.0.path().join("data/hot/journal.jsonl")).unwrap_or_default()
}

#[test]
fn a_first_start_is_not_written_down_and_a_broken_pointer_is_kept_aside() {
    let place = Place::new();
    drop(place.open("build"));
    assert_eq!(journal(&place), "");
    let hot = place.0.path().join("data").join("hot");
    fs::write(hot.join("state.json"), "{\"format\": 1, \"curr").unwrap();
    let store = place.open("build");
    assert_eq!(store.running(), store.generations.base.digest);
    assert!(journal(&place).contains("state.broken.json"));
    assert_eq!(
        fs::read_to_string(hot.join("state.broken.json")).unwrap(),
        "{\"format\": 1, \"curr"
    );
    drop(store);
    drop(place.open("another"));
    assert!(journal(&place).contains("another build"));
}

#[test]
fn what_failed_before_is_said_with_the_way_to_try_it_again() {
    let place = Place::new();
    let mut store = place.open("build");
    let one = place.put(ONE);
    store.try_out(&one).unwrap();
    store.give_up(&one, &died(), "It died.");
    let why = store.usable(&one).unwrap_err();
    assert!(why.contains("It died. Edit it"), "{why}");
    assert!(why.ends_with("ARGS=--again"), "{why}");
}

#[test]
fn what_can_t_be_written_down_is_not_tried() {
    let place = Place::new();
    let mut store = place.open("build");
    let one = place.put(ONE);
    store.try_out(&one).unwrap();
    store.serves(&one);
    let two = place.put(TWO);
    let before = store.pointer.clone();
    let in_the_way = place.0.path().join("data/hot/state.tmp");
    fs::create_dir(&in_the_way).unwrap();
    assert!(store.try_out(&two).is_err());
    assert!(store.try_migration(&two).is_err());
    assert_eq!(store.pointer, before);
    fs::remove_dir(in_the_way).unwrap();
    drop(store);
    assert_eq!(runs(&mut place.open("build")), one);
}

#[test]
fn tracebacks_name_the_source_that_was_edited() {
    let place = Place::new();
    let store = place.open("build");
    let one = place.put(ONE);
    let source = store.generations.source(&one);
    let about = json!({"key": "build", "origin": "/home/me/checkout"});
    fs::write(source.join("generation.json"), about.to_string()).unwrap();
    let said = format!("File \"{}/app/main.py\", line 1", source.display());
    let expected = "File \"/home/me/checkout/app/main.py\", line 1";
    assert_eq!(store.generations.at_origin(&one, &said), expected);
}

#[test]
fn failures_are_remembered_when_their_code_is_gone() {
    let place = Place::new();
    let mut store = place.open("build");
    let one = place.put(ONE);
    store.try_out(&one).unwrap();
    store.give_up(&one, &died(), "it died");
    fs::remove_dir_all(store.generations.source(&one)).unwrap();
    let two = place.put(TWO);
    store.serves(&two);
    assert!(store.usable(&one).unwrap_err().contains("it died"));
}
