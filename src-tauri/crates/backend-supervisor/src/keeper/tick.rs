use std::{thread, time::Instant};

use super::{Failure, Keeper, Message, ProbeError, State};
use crate::{health, running::Running, watch::Verdict};

impl<F: FnMut(&State)> Keeper<F> {
    /// What time alone brings about.
    pub(super) fn tick(&mut self) {
        self.processes().for_each(Running::resume_when_due);
        self.tick_others();
        self.tick_backend();
        self.release_data_dir();
    }

    /// Lets go of the data dir once no process works there and none is about to.
    pub(super) fn release_data_dir(&mut self) {
        if self.has_no_process() && self.is_idle() && !self.suspended {
            self.lock.close();
        }
    }

    fn tick_backend(&mut self) {
        if self.restart_at.is_some_and(|at| Instant::now() >= at) {
            self.restart_at = None;
            return self.spawn_backend();
        }
        let Some(running) = &mut self.running else {
            return;
        };
        if running.has_ended() {
            return self.on_exit();
        }
        if running.ending.is_some() {
            return running.kill_when_due();
        }
        if running.has_exited() || running.is_paused() {
            return;
        }
        if running.service.is_some() {
            return self.recheck();
        }
        if running.time_left().is_zero() {
            let seconds = running.age().as_secs();
            self.kill(Failure::StartTimeout { seconds });
        } else if self.state == State::Starting && running.is_slow() {
            self.enter(State::Slow);
        }
    }

    fn recheck(&mut self) {
        let Some(running) = &mut self.running else {
            return;
        };
        let Some(service) = &mut running.service else {
            return;
        };
        let Some(timeout) = service.watch.begin_check() else {
            return;
        };
        let (pid, round) = (running.pid, service.watch.round);
        let url = format!(
            "{}{}",
            service.backend.base_url, self.launch.endpoints.health
        );
        let sender = self.sender.clone();
        let asking = thread::Builder::new()
            .name("backend health check".into())
            .spawn(move || {
                let result = health::check(&url, timeout);
                drop(sender.send(Message::Rechecked(pid, round, result)));
            });
        if asking.is_err() {
            service.watch.skip();
        }
    }

    pub(super) fn on_recheck_result(
        &mut self,
        pid: u32,
        round: u32,
        result: Result<(), ProbeError>,
    ) {
        let Some(running) = self.running.as_mut().filter(|it| it.pid == pid) else {
            return;
        };
        let is_paused = running.is_paused();
        let Some(service) = running.service.as_mut() else {
            return;
        };
        if service.watch.round != round || running.ending.is_some() {
            return;
        }
        if result.is_err() && is_paused {
            return service.watch.skip();
        }
        let is_well = result.is_ok();
        let verdict = service.watch.on_result(result);
        if is_well
            && running.check_probation()
            && let Some(version) = &running.version
        {
            self.versions.proved(version);
        }
        if let Verdict::Lost(error) = verdict
            && !running.has_exited()
        {
            self.kill(Failure::Stalled {
                reason: error.to_string(),
            });
        }
    }
}
