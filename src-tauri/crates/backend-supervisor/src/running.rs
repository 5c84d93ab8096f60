use std::{
    io::{self, Write},
    net::SocketAddr,
    process::{ChildStdin, ExitStatus},
    time::{Duration, Instant},
};

use process_wrap::std::ChildWrapper;

use super::{
    Backend, Failure, LaunchToken, Limits, Version, health::ProbeError, lock::Lock, output::Tail,
    process, socket::Socket, watch::Watch,
};

/// How often an exit is looked for that no pipe announces.
const PATIENT_LOOK: Duration = Duration::from_secs(1);
const EAGER_LOOK: Duration = Duration::from_millis(20);
/// Of a process that is stopped the rest of its time stands still, however short.
const LEAST_CHECK: Duration = Duration::from_secs(1);
/// How long the pipes of a process that has exited may stay open before its last words are given up.
const LAST_WORDS_WITHIN: Duration = Duration::from_secs(1);

/// Why a process was asked to end.
#[derive(Debug)]
pub(super) enum Ending {
    ForGood,
    ForAnother,
    Failed(Failure),
}

/// What a backend that serves has besides.
#[derive(Debug)]
pub(super) struct Service {
    pub(super) backend: Backend,
    pub(super) watch: Watch,
    since: Instant,
}

impl Service {
    pub(super) fn new(address: SocketAddr, launch_token: LaunchToken, limits: Limits) -> Self {
        Self {
            backend: Backend {
                base_url: format!("http://{address}"),
                launch_token,
            },
            watch: Watch::new(limits),
            since: Instant::now(),
        }
    }
}

/// A debugger has stopped the process.
#[derive(Debug, Clone, Copy)]
struct Pause {
    since: Instant,
    /// Unless it is renewed: a process that falls silent while it is stopped is not waited for.
    until: Instant,
}

/// A process that was started, until everything of it is gone.
#[derive(Debug)]
pub(super) struct Running {
    child: Box<dyn ChildWrapper>,
    pub(super) pid: u32,
    /// Its end of file is the request to stop.
    stdin: Option<ChildStdin>,
    pub(super) tail: Tail,
    pub(super) open_pipes: u8,
    pub(super) service: Option<Service>,
    /// What it runs; `None` for one that waits for its order.
    pub(super) version: Option<Version>,
    /// Whether it has served through its probation.
    pub(super) proved: bool,
    limits: Limits,
    began: Instant,
    slow_at: Instant,
    deadline: Instant,
    last_deadline: Instant,
    pub(super) ending: Option<Ending>,
    kill_at: Option<Instant>,
    drains: bool,
    paused: Option<Pause>,
    exit: Option<(ExitStatus, Instant)>,
}

impl Running {
    pub(super) fn new(
        child: Box<dyn ChildWrapper>,
        stdin: Option<ChildStdin>,
        limits: Limits,
    ) -> Self {
        let now = Instant::now();
        Self {
            pid: child.id(),
            child,
            stdin,
            tail: Tail::default(),
            open_pipes: 0,
            service: None,
            version: None,
            proved: false,
            limits,
            began: now,
            slow_at: now + limits.slow_after,
            deadline: now + limits.start_within,
            last_deadline: now + limits.start_at_most,
            ending: None,
            kill_at: None,
            drains: false,
            paused: None,
            exit: None,
        }
    }

    /// Its patience begins now, with an order for a process that had none.
    pub(super) fn assign(mut self, version: Version, limits: Limits) -> Self {
        let now = Instant::now();
        self.limits = limits;
        self.version = Some(version);
        self.began = now;
        self.slow_at = now + self.limits.slow_after;
        self.deadline = now + self.limits.start_within;
        self.last_deadline = now + self.limits.start_at_most;
        self
    }

    /// Hands `socket` and `lock` over, where the process has not inherited them. One that has ended says why itself; any
    /// other takes the end of stdin for the request to stop.
    pub(super) fn hand_over(&mut self, socket: &Socket, lock: &Lock) {
        let handed_over = process::handover(self.child.as_ref(), socket, lock)
            .and_then(|line| line.map_or(Ok(()), |line| self.send_line(&line)));
        if let Err(error) = handed_over {
            log::warn!("the socket was not handed over: {error}");
            self.stdin = None;
        }
    }

    pub(super) fn send_line(&mut self, line: &str) -> io::Result<()> {
        let stdin = self.stdin.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
        writeln!(stdin, "{line}")?;
        stdin.flush()
    }

    /// Has it end once its connections are closed, which takes as long as their clients keep them.
    pub(super) fn drain(&mut self) {
        self.ending = Some(Ending::ForGood);
        self.drains = true;
        self.kill_at = Some(self.clock() + self.limits.drain);
        if self.send_line("drain").is_err() {
            self.end(Ending::ForGood, self.limits.grace);
        }
    }

    pub(super) fn time_left(&self) -> Duration {
        self.deadline.saturating_duration_since(self.clock())
    }

    /// It is at work: it has the time of a whole start again, but not for ever.
    pub(super) fn made_progress(&mut self) {
        self.deadline = (self.clock() + self.limits.start_within).min(self.last_deadline);
    }

    /// A debugger stops it: its time stands still until it is resumed or the lease ends.
    pub(super) fn pause(&mut self) {
        let now = Instant::now();
        let since = self.paused.map_or(now, |pause| pause.since);
        if self.paused.is_none() {
            log::info!("a debugger has stopped process {}", self.pid);
        }
        self.paused = Some(Pause {
            since,
            until: now + self.limits.pause_lease,
        });
    }

    /// Time for which it was stopped counts for nothing.
    pub(super) fn resume(&mut self) {
        if let Some(pause) = self.paused.take() {
            log::info!("process {} is resumed", self.pid);
            self.extend_deadlines(pause.since.elapsed());
        }
    }

    pub(super) fn resume_when_due(&mut self) {
        if self
            .paused
            .is_some_and(|pause| Instant::now() >= pause.until)
        {
            log::warn!(
                "process {} no longer says that a debugger stops it",
                self.pid
            );
            self.resume();
        }
    }

    pub(super) fn is_paused(&self) -> bool {
        self.paused.is_some()
    }

    /// How long its first check may take.
    pub(super) fn check_within(&self) -> Duration {
        self.time_left().max(LEAST_CHECK)
    }

    /// Whether a first check missed it only because a debugger stopped it meanwhile.
    pub(super) fn may_answer_yet(&self, error: &ProbeError) -> bool {
        matches!(error, ProbeError::TimedOut) && !self.time_left().is_zero()
    }

    /// The time, which stands still while a debugger stops it.
    fn clock(&self) -> Instant {
        self.paused.map_or_else(Instant::now, |pause| pause.since)
    }

    /// Time during which the machine slept counts for nothing.
    pub(super) fn extend_deadlines(&mut self, gap: Duration) {
        if self.drains {
            self.kill_at = self.kill_at.map(|at| at + gap);
        }
        self.slow_at += gap;
        self.deadline += gap;
        self.last_deadline += gap;
        if let Some(service) = &mut self.service {
            service.watch.skip();
        }
    }

    pub(super) fn age(&self) -> Duration {
        self.began.elapsed()
    }

    /// How long it has served; `None` if it never did.
    pub(super) fn served(&self) -> Option<Duration> {
        self.service.as_ref().map(|service| service.since.elapsed())
    }

    pub(super) fn is_slow(&self) -> bool {
        self.clock() >= self.slow_at
    }

    /// Asks it to end, and sets the time by which it must have. The reason last given counts.
    pub(super) fn end(&mut self, ending: Ending, grace: Duration) {
        self.ending = Some(ending);
        self.stdin = None;
        self.drains = false;
        let kill_at = Instant::now() + grace;
        self.kill_at = Some(self.kill_at.map_or(kill_at, |earlier| earlier.min(kill_at)));
    }

    pub(super) fn kill_when_due(&mut self) {
        // A debugger does not keep the app from ending.
        let now = if self.drains {
            self.clock()
        } else {
            Instant::now()
        };
        if self.exit.is_none() && self.kill_at.is_some_and(|at| now >= at) {
            log::warn!("killing the backend and all it started");
            self.kill_at = None;
            self.kill_tree();
        }
    }

    /// Whether the process itself is over. Its last lines may still be on their way.
    pub(super) fn has_exited(&mut self) -> bool {
        if self.exit.is_none() {
            // An error means that there is no such child any more; how it ended is then not known.
            let status = match self.child.try_wait() {
                Ok(None) => return false,
                Ok(Some(status)) => status,
                Err(_) => ExitStatus::default(),
            };
            self.exit = Some((status, Instant::now()));
            // Whatever it started and left behind must not outlive it.
            self.kill_tree();
        }
        true
    }

    /// Whether the process is over and every line it wrote has been read.
    pub(super) fn has_ended(&mut self) -> bool {
        self.has_exited()
            && (self.open_pipes == 0
                || self
                    .exit
                    .is_some_and(|(_, at)| at.elapsed() > LAST_WORDS_WITHIN))
    }

    /// How it ended and why, if it was asked to.
    pub(super) fn into_end(self) -> (ExitStatus, Option<Ending>) {
        let status = self.exit.map(|(status, _)| status).unwrap_or_default();
        (status, self.ending)
    }

    /// Whether it has served through its probation by now, which a health check has just shown.
    pub(super) fn check_probation(&mut self) -> bool {
        let proves = !self.proved && self.served() >= Some(self.limits.probation);
        self.proved |= proves;
        proves
    }

    pub(super) fn until_next_tick(&self) -> Duration {
        if self.ending.is_some() || self.exit.is_some() || self.open_pipes == 0 {
            return EAGER_LOOK;
        }
        if let Some(service) = &self.service {
            let until_due = service.watch.until_due();
            return until_due.unwrap_or(PATIENT_LOOK).min(PATIENT_LOOK);
        }
        let now = Instant::now();
        [self.slow_at, self.deadline]
            .into_iter()
            .filter(|at| *at > now)
            .map(|at| at - now)
            .fold(PATIENT_LOOK, Duration::min)
    }

    fn kill_tree(&mut self) {
        // Fails only when there is nothing left to kill.
        let _ = self.child.start_kill();
    }
}
