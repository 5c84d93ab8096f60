//! Selects the generation that the supervisor runs, and records its outcome.

use std::{
    ffi::OsString,
    sync::{Arc, Mutex},
};

use tauri::AppHandle;

use super::{
    lock,
    report::{FailedEdit, PREVIOUS_CODE_STARTS, Report, developer_message, emit},
    store::Store,
};
use backend_supervisor::{BackendError, Version, VersionSelector};

pub struct GenerationSelector {
    pub app: AppHandle,
    pub store: Arc<Mutex<Store>>,
    pub report: Arc<Mutex<Report>>,
}

impl GenerationSelector {
    fn report_failure(&self, failed: FailedEdit) {
        lock(&self.report).failed_edit = Some(failed);
        emit(&self.app, &self.report);
    }
}

impl VersionSelector for GenerationSelector {
    fn select(&mut self) -> Version {
        lock(&self.store).next_version()
    }

    fn standby_args(&mut self) -> Option<Vec<OsString>> {
        let mut store = lock(&self.store);
        if !store.received_push {
            return None;
        }
        let running = store.running().to_owned();
        Some(store.generations.standby_args(&running))
    }

    fn on_slow(&mut self, version: &Version, log_tail: Vec<String>) -> bool {
        let failed = {
            let store = lock(&self.store);
            let digest = store.generations.digest_of(version);
            let origin = store.generations.origin(digest);
            let log_tail = store.generations.map_log_to_origin(digest, log_tail);
            FailedEdit::slow(digest, &log_tail, &origin.to_string_lossy())
        };
        let explained = failed.is_some();
        if let Some(failed) = failed {
            self.report_failure(failed);
        }
        explained
    }

    fn on_ready(&mut self, version: &Version) {
        let mut store = lock(&self.store);
        let digest = store.generations.digest_of(version).to_owned();
        store.on_ready(&digest);
    }

    fn on_confirmed(&mut self, version: &Version) {
        let mut store = lock(&self.store);
        let digest = store.generations.digest_of(version).to_owned();
        store.on_confirmed(&digest);
    }

    fn on_stopped(&mut self, version: &Version) {
        let mut store = lock(&self.store);
        let digest = store.generations.digest_of(version).to_owned();
        store.on_stopped(&digest);
    }

    fn on_failure(&mut self, version: &Version, error: &BackendError) -> bool {
        let failed = {
            let mut store = lock(&self.store);
            let digest = store.generations.digest_of(version).to_owned();
            let error = store
                .generations
                .map_error_to_origin(&digest, error.clone());
            let reason = store
                .generations
                .map_to_origin(&digest, &developer_message(&error.failure));
            if !store.on_failure(&digest, &error.failure, &reason) {
                return false;
            }
            FailedEdit::new(&digest, &reason, &error, PREVIOUS_CODE_STARTS)
        };
        self.report_failure(failed);
        true
    }
}
