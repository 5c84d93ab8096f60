//! Tells the supervisor which generation runs, and hears what becomes of it.

use std::{
    ffi::OsString,
    sync::{Arc, Mutex},
};

use tauri::AppHandle;

use super::{
    lock,
    report::{Broken, Report, announce, for_developers},
    store::Store,
};
use backend_supervisor::{BackendError, Version, Versions};

pub struct Resolver {
    pub app: AppHandle,
    pub store: Arc<Mutex<Store>>,
    pub report: Arc<Mutex<Report>>,
}

impl Resolver {
    fn tell(&self, broken: Broken) {
        lock(&self.report).broken = Some(broken);
        announce(&self.app, &self.report);
    }
}

impl Versions for Resolver {
    fn current(&mut self) -> Version {
        lock(&self.store).next()
    }

    fn standby(&mut self) -> Option<Vec<OsString>> {
        let store = lock(&self.store);
        Some(store.generations.standby(store.running()))
    }

    fn on_slow(&mut self, version: &Version, log_tail: Vec<String>) -> bool {
        let broken = {
            let store = lock(&self.store);
            let digest = store.generations.digest_of(version);
            let origin = store.generations.origin(digest);
            let log_tail = store.generations.log_at_origin(digest, log_tail);
            Broken::slow(digest, &log_tail, &origin.to_string_lossy())
        };
        let explained = broken.is_some();
        if let Some(broken) = broken {
            self.tell(broken);
        }
        explained
    }

    fn on_ready(&mut self, version: &Version) {
        let mut store = lock(&self.store);
        let digest = store.generations.digest_of(version).to_owned();
        store.serves(&digest);
    }

    fn on_confirmed(&mut self, version: &Version) {
        let mut store = lock(&self.store);
        let digest = store.generations.digest_of(version).to_owned();
        store.proved(&digest);
    }

    fn on_failure(&mut self, version: &Version, error: &BackendError) -> bool {
        let broken = {
            let mut store = lock(&self.store);
            let digest = store.generations.digest_of(version).to_owned();
            let error = store.generations.error_at_origin(&digest, error.clone());
            let why = store
                .generations
                .at_origin(&digest, &for_developers(&error.failure));
            if !store.failed(&digest, &error.failure, &why) {
                return false;
            }
            Broken::new(&digest, &why, &error)
        };
        self.tell(broken);
        true
    }
}
