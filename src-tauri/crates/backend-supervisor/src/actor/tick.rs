use std::{thread, time::Instant};

use super::{Actor, Failure, Message, ProbeError, State};
use crate::{health, health_monitor::Verdict, process::Process};

impl<F: FnMut(&State)> Actor<F> {
    /// Applies deadlines, exits and due health checks of all processes.
    pub(super) fn tick(&mut self) {
        self.processes().for_each(Process::resume_if_lease_expired);
        self.tick_others();
        self.tick_backend();
        self.release_data_dir();
    }

    /// Unlocks the data dir if no process uses it and no start is pending.
    fn release_data_dir(&mut self) {
        if self.has_no_process() && self.is_idle() && !self.suspended {
            self.lock.release();
        }
    }

    fn tick_backend(&mut self) {
        if self.restart_at.is_some_and(|at| Instant::now() >= at) {
            self.restart_at = None;
            return self.spawn_backend();
        }
        let Some(process) = &mut self.current else {
            return;
        };
        if process.is_finished() {
            return self.on_exit();
        }
        if process.stop_reason.is_some() {
            return process.kill_if_overdue();
        }
        if process.has_exited() || process.is_paused() {
            return;
        }
        if process.service.is_some() {
            return self.start_periodic_check();
        }
        if process.time_left().is_zero() {
            let seconds = process.age().as_secs();
            self.kill(Failure::StartTimeout { seconds });
        } else if self.state == State::Starting && process.is_slow() {
            self.enter(State::Slow);
        }
    }

    /// Starts the periodic health check if it is due.
    fn start_periodic_check(&mut self) {
        let Some(process) = &mut self.current else {
            return;
        };
        let Some(service) = &mut process.service else {
            return;
        };
        let Some(timeout) = service.health.begin_check() else {
            return;
        };
        let (pid, check_number) = (process.pid, service.health.check_number);
        let url = format!(
            "{}{}",
            service.backend.base_url, self.launch.endpoints.health
        );
        let sender = self.sender.clone();
        let spawned = thread::Builder::new()
            .name("backend health check".into())
            .spawn(move || {
                let result = health::check(&url, timeout);
                drop(sender.send(Message::PeriodicCheckResult(pid, check_number, result)));
            });
        if spawned.is_err() {
            service.health.skip();
        }
    }

    pub(super) fn on_periodic_check_result(
        &mut self,
        pid: u32,
        check_number: u32,
        result: Result<(), ProbeError>,
    ) {
        let Some(process) = self.current.as_mut().filter(|it| it.pid == pid) else {
            return;
        };
        let is_paused = process.is_paused();
        let Some(service) = process.service.as_mut() else {
            return;
        };
        if service.health.check_number != check_number || process.stop_reason.is_some() {
            return;
        }
        if result.is_err() && is_paused {
            return service.health.skip();
        }
        let is_healthy = result.is_ok();
        let verdict = service.health.on_result(result);
        if is_healthy
            && process.check_probation()
            && let Some(version) = &process.version
        {
            self.versions.on_confirmed(version);
        }
        if let Verdict::Failed(error) = verdict
            && !process.has_exited()
        {
            self.kill(Failure::Stalled {
                reason: error.to_string(),
            });
        }
    }
}
