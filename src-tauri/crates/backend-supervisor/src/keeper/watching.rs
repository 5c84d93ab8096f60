use std::{thread, time::Instant};

use super::{Failure, Keeper, Message, Miss, State};
use crate::{health, running::Running, watch::Verdict};

impl<F: FnMut(&State)> Keeper<F> {
    /// What time alone brings about.
    pub(super) fn look_after(&mut self) {
        self.processes().for_each(Running::resume_when_due);
        self.look_after_the_others();
        self.look_after_the_backend();
        self.let_others_in();
    }

    /// Lets go of the data dir once no process works there and none is about to.
    pub(super) fn let_others_in(&mut self) {
        if self.is_alone() && self.is_at_rest() && !self.idle {
            self.lock.close();
        }
    }

    fn look_after_the_backend(&mut self) {
        if self.restart_at.is_some_and(|at| Instant::now() >= at) {
            self.restart_at = None;
            return self.attempt();
        }
        let Some(running) = &mut self.running else {
            return;
        };
        if running.has_ended() {
            return self.conclude();
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
        let Some(timeout) = service.watch.ask() else {
            return;
        };
        let (pid, round, address) = (running.pid, service.watch.round, service.address);
        let sender = self.sender.clone();
        let asking = thread::Builder::new()
            .name("backend health check".into())
            .spawn(move || {
                let result = health::check(address, timeout);
                drop(sender.send(Message::Rechecked(pid, round, result)));
            });
        if asking.is_err() {
            service.watch.forgive();
        }
    }

    pub(super) fn heed(&mut self, pid: u32, round: u32, result: Result<(), Miss>) {
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
            return service.watch.forgive();
        }
        let is_well = result.is_ok();
        let verdict = service.watch.answer(result);
        if is_well
            && running.proves_itself()
            && let Some(version) = &running.version
        {
            self.versions.proved(version);
        }
        if let Verdict::Lost(miss) = verdict
            && !running.has_exited()
        {
            self.kill(Failure::Stalled {
                reason: miss.to_string(),
            });
        }
    }
}
