use std::{
    io::{self, Write},
    net::SocketAddr,
    process::{ChildStdin, ExitStatus},
    time::{Duration, Instant},
};

use process_wrap::std::ChildWrapper;

use super::{
    Backend, Failure, LaunchToken, Limits, Version, health::ProbeError,
    health_monitor::HealthMonitor, lock::Lock, log_tail::LogTail, socket::Socket, spawn,
};

/// Poll interval for an exit that closes no pipe.
const POLL_INTERVAL: Duration = Duration::from_secs(1);
/// Poll interval while an exit is expected.
const EXIT_POLL_INTERVAL: Duration = Duration::from_millis(20);
/// Minimum timeout of the first health check. Its timeout is the remaining start time, which may be short and does not
/// decrease while the process is paused: without a minimum, the check would be repeated in a busy loop.
const MIN_CHECK_TIMEOUT: Duration = Duration::from_secs(1);
/// Time to read the remaining output of an exited process.
const OUTPUT_TIMEOUT: Duration = Duration::from_secs(1);

/// Why a process was terminated.
#[derive(Debug)]
pub(super) enum StopReason {
    Shutdown,
    Restart,
    Failed(Failure),
}

/// State of a ready process.
#[derive(Debug)]
pub(super) struct Service {
    pub(super) backend: Backend,
    pub(super) health: HealthMonitor,
    ready_since: Instant,
}

impl Service {
    pub(super) fn new(address: SocketAddr, launch_token: LaunchToken, limits: Limits) -> Self {
        Self {
            backend: Backend {
                base_url: format!("http://{address}"),
                launch_token,
            },
            health: HealthMonitor::new(limits),
            ready_since: Instant::now(),
        }
    }
}

/// A debugger has stopped the process.
#[derive(Debug, Clone, Copy)]
struct Pause {
    since: Instant,
    /// End of the lease, which each `paused` event renews.
    lease_until: Instant,
}

/// A spawned process, until its process tree has exited.
#[derive(Debug)]
pub(super) struct Process {
    child: Box<dyn ChildWrapper>,
    pub(super) pid: u32,
    /// End of file requests a graceful shutdown.
    stdin: Option<ChildStdin>,
    pub(super) tail: LogTail,
    pub(super) open_pipes: u8,
    /// `Some` once the process is ready.
    pub(super) service: Option<Service>,
    /// `None` for a standby process.
    pub(super) version: Option<Version>,
    /// Whether it passed its probation.
    pub(super) confirmed: bool,
    limits: Limits,
    started: Instant,
    slow_at: Instant,
    /// Start deadline, extended by progress up to `max_deadline`.
    deadline: Instant,
    max_deadline: Instant,
    pub(super) stop_reason: Option<StopReason>,
    kill_at: Option<Instant>,
    is_draining: bool,
    paused: Option<Pause>,
    exit: Option<(ExitStatus, Instant)>,
}

impl Process {
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
            tail: LogTail::default(),
            open_pipes: 0,
            service: None,
            version: None,
            confirmed: false,
            limits,
            started: now,
            slow_at: now + limits.slow_after,
            deadline: now + limits.start_timeout,
            max_deadline: now + limits.max_start_time,
            stop_reason: None,
            kill_at: None,
            is_draining: false,
            paused: None,
            exit: None,
        }
    }

    /// Assigns the version that the process runs. Its start deadlines begin now.
    pub(super) fn assign(mut self, version: Version, limits: Limits) -> Self {
        let now = Instant::now();
        self.limits = limits;
        self.version = Some(version);
        self.started = now;
        self.slow_at = now + self.limits.slow_after;
        self.deadline = now + self.limits.start_timeout;
        self.max_deadline = now + self.limits.max_start_time;
        self
    }

    /// Hands over `socket` and `lock`, unless the process inherited them. On failure closes stdin: the process then reports the
    /// error and exits.
    pub(super) fn hand_over_socket(&mut self, socket: &Socket, lock: &Lock) {
        let handed_over = spawn::handover_line(self.child.as_ref(), socket, lock)
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

    /// Lets the process close its connections and exit, within the drain timeout.
    pub(super) fn drain(&mut self) {
        self.stop_reason = Some(StopReason::Shutdown);
        self.is_draining = true;
        self.kill_at = Some(self.clock() + self.limits.drain_timeout);
        if self.send_line("drain").is_err() {
            self.terminate(StopReason::Shutdown, self.limits.grace_period);
        }
    }

    /// Time until the start deadline.
    pub(super) fn time_left(&self) -> Duration {
        self.deadline.saturating_duration_since(self.clock())
    }

    /// Restarts the start deadline, up to `max_start_time`.
    pub(super) fn extend_start_deadline(&mut self) {
        self.deadline = (self.clock() + self.limits.start_timeout).min(self.max_deadline);
    }

    /// A debugger has stopped the process: its deadlines are suspended until [`Self::resume`] or the end of the lease.
    pub(super) fn pause(&mut self) {
        let now = Instant::now();
        let since = self.paused.map_or(now, |pause| pause.since);
        if self.paused.is_none() {
            log::info!("process {} was paused by a debugger", self.pid);
        }
        self.paused = Some(Pause {
            since,
            lease_until: now + self.limits.pause_lease,
        });
    }

    /// Ends a pause and extends the deadlines by its duration, see [`Self::extend_deadlines`].
    pub(super) fn resume(&mut self) {
        if let Some(pause) = self.paused.take() {
            log::info!("process {} was resumed", self.pid);
            self.extend_deadlines(pause.since.elapsed());
        }
    }

    pub(super) fn resume_if_lease_expired(&mut self) {
        if self
            .paused
            .is_some_and(|pause| Instant::now() >= pause.lease_until)
        {
            log::warn!("process {} no longer sends paused events", self.pid);
            self.resume();
        }
    }

    pub(super) fn is_paused(&self) -> bool {
        self.paused.is_some()
    }

    /// Timeout of the first health check.
    pub(super) fn first_check_timeout(&self) -> Duration {
        self.time_left().max(MIN_CHECK_TIMEOUT)
    }

    /// Whether a first health check that timed out may be repeated: the process was paused during the check.
    pub(super) fn may_retry_check(&self, error: &ProbeError) -> bool {
        matches!(error, ProbeError::TimedOut) && !self.time_left().is_zero()
    }

    /// The current time, or the start of the pause while the process is paused.
    fn clock(&self) -> Instant {
        self.paused.map_or_else(Instant::now, |pause| pause.since)
    }

    /// Extends the deadlines of start and drain by time for which the machine slept or the process was paused. The
    /// grace period of a shutdown is not extended.
    pub(super) fn extend_deadlines(&mut self, by: Duration) {
        if self.is_draining {
            self.kill_at = self.kill_at.map(|at| at + by);
        }
        self.slow_at += by;
        self.deadline += by;
        self.max_deadline += by;
        if let Some(service) = &mut self.service {
            service.health.skip();
        }
    }

    /// Time since the start, or since a standby process was assigned a version.
    pub(super) fn age(&self) -> Duration {
        self.started.elapsed()
    }

    /// Time since the process became ready; `None` if it never did.
    pub(super) fn uptime(&self) -> Option<Duration> {
        let service = self.service.as_ref()?;
        Some(service.ready_since.elapsed())
    }

    pub(super) fn is_slow(&self) -> bool {
        self.clock() >= self.slow_at
    }

    /// Requests a graceful shutdown; the process is killed after `grace_period`. Replaces an earlier reason, but never
    /// postpones the kill.
    pub(super) fn terminate(&mut self, reason: StopReason, grace_period: Duration) {
        self.stop_reason = Some(reason);
        self.stdin = None;
        self.is_draining = false;
        let kill_at = Instant::now() + grace_period;
        self.kill_at = Some(self.kill_at.map_or(kill_at, |earlier| earlier.min(kill_at)));
    }

    pub(super) fn kill_if_overdue(&mut self) {
        // A pause extends the drain timeout, not the grace period of a shutdown.
        let now = if self.is_draining {
            self.clock()
        } else {
            Instant::now()
        };
        if self.exit.is_none() && self.kill_at.is_some_and(|at| now >= at) {
            log::warn!("killing the process tree of process {}", self.pid);
            self.kill_at = None;
            self.kill_tree();
        }
    }

    /// Whether the process has exited. Its last output may not have been read yet.
    pub(super) fn has_exited(&mut self) -> bool {
        if self.exit.is_none() {
            // An error means that the child no longer exists; its exit status is unknown then.
            let status = match self.child.try_wait() {
                Ok(None) => return false,
                Ok(Some(status)) => status,
                Err(_) => ExitStatus::default(),
            };
            self.exit = Some((status, Instant::now()));
            // Kills its remaining child processes.
            self.kill_tree();
        }
        true
    }

    /// Whether the process has exited, and all of its output was read or [`OUTPUT_TIMEOUT`] has passed.
    pub(super) fn is_finished(&mut self) -> bool {
        self.has_exited()
            && (self.open_pipes == 0
                || self
                    .exit
                    .is_some_and(|(_, at)| at.elapsed() > OUTPUT_TIMEOUT))
    }

    /// The exit status, and the reason if the supervisor terminated the process.
    pub(super) fn into_exit(self) -> (ExitStatus, Option<StopReason>) {
        let status = self.exit.map(|(status, _)| status).unwrap_or_default();
        (status, self.stop_reason)
    }

    /// Called after a passed health check. Returns `true` once, when the process passes its probation.
    pub(super) fn check_probation(&mut self) -> bool {
        let passes = !self.confirmed && self.uptime() >= Some(self.limits.probation);
        self.confirmed |= passes;
        passes
    }

    pub(super) fn until_next_tick(&self) -> Duration {
        if self.stop_reason.is_some() || self.exit.is_some() || self.open_pipes == 0 {
            return EXIT_POLL_INTERVAL;
        }
        if let Some(service) = &self.service {
            let until_due = service.health.until_due();
            return until_due.unwrap_or(POLL_INTERVAL).min(POLL_INTERVAL);
        }
        let now = Instant::now();
        [self.slow_at, self.deadline]
            .into_iter()
            .filter(|at| *at > now)
            .map(|at| at - now)
            .fold(POLL_INTERVAL, Duration::min)
    }

    fn kill_tree(&mut self) {
        // Fails only if nothing is left to kill.
        let _ = self.child.start_kill();
    }
}
