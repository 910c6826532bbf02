//! The handler's process, kept running as the real host keeps it.
//!
//! A crash (a code other than 0, or a signal) restarts it, and the third in a row stops the host. Code 200 is a free
//! restart. Code 0 is the end: nothing starts it again, and calls fail because nobody listens.

mod console;
mod process;
mod readiness;
mod strikes;

use std::process::ExitStatus;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::process::Child;
use tokio::sync::{mpsc, oneshot, watch};

pub(crate) use self::process::Launch;
use self::strikes::Strikes;
use crate::config::AfterStop;
use crate::journal::{Event, Journal};

/// Exit code by which a handler asks for a restart.
const RESTART_WISHED: i32 = 200;
/// How long the platform takes to start a stopped host anew.
const PLATFORM_PAUSE: Duration = Duration::from_secs(1);
/// How long the host waits for a killed process.
const KILL_PATIENCE: Duration = Duration::from_secs(1);

/// Where the handler listens, or why it does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum WorkerState {
    Starting,
    /// It answers at this port; after an exit with 0 the port stays and nobody listens.
    Ready(u16),
    Stopped(String),
}

/// What a running worker can be told.
#[derive(Debug)]
enum Command {
    /// Kill -9, as if from outside; answers whether there was something to kill.
    Kill(oneshot::Sender<bool>),
    /// Kill and start again, for a function that timed out; no crash.
    Restart,
    /// The host gives up.
    Stop(String),
}

/// A handle to the supervised process; clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Worker {
    state: watch::Receiver<WorkerState>,
    commands: mpsc::Sender<Command>,
    pid: Arc<AtomicU32>,
    starts: Arc<AtomicU32>,
}

/// What ended one run of the process.
enum End {
    Exited(ExitStatus),
    Restarted,
    GivenUp(String),
}

impl Worker {
    /// The worker and the task that supervises it; aborting the task kills the process.
    pub(crate) fn new(
        launch: Launch,
        after_stop: AfterStop,
        journal: Arc<Journal>,
    ) -> (Self, impl Future<Output = ()> + Send + 'static) {
        let (commands, received) = mpsc::channel(16);
        let (state, watched) = watch::channel(WorkerState::Starting);
        let (pid, starts) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
        let worker = Self { state: watched, commands, pid: pid.clone(), starts: starts.clone() };
        let supervisor = Supervisor { launch, after_stop, journal, state, commands: received, pid, starts };
        (worker, supervisor.run())
    }

    /// Waits until the handler can be called and gives its port; the error says why it cannot be.
    pub(crate) async fn ready(&self) -> Result<u16, String> {
        let mut state = self.state.clone();
        let settled = state.wait_for(|state| *state != WorkerState::Starting).await;
        match settled.as_deref() {
            Ok(WorkerState::Ready(port)) => Ok(*port),
            Ok(WorkerState::Stopped(reason)) => Err(reason.clone()),
            Ok(WorkerState::Starting) | Err(_) => Err("the host has stopped".into()),
        }
    }

    /// The state as it is.
    pub(crate) fn state(&self) -> WorkerState {
        self.state.borrow().clone()
    }

    /// The process's id, if there is one.
    pub(crate) fn pid(&self) -> Option<u32> {
        Some(self.pid.load(Ordering::Relaxed)).filter(|pid| *pid != 0)
    }

    /// How often the process was started after the first time.
    pub(crate) fn restarts(&self) -> u32 {
        self.starts.load(Ordering::Relaxed).saturating_sub(1)
    }

    /// Kills the process with SIGKILL, as if from outside; `false` if there was none.
    pub(crate) async fn kill(&self) -> bool {
        let (killed, answer) = oneshot::channel();
        self.commands.send(Command::Kill(killed)).await.is_ok() && answer.await.unwrap_or(false)
    }

    pub(crate) async fn restart(&self) {
        self.tell(Command::Restart).await;
    }

    pub(crate) async fn stop_host(&self, reason: String) {
        self.tell(Command::Stop(reason)).await;
    }

    async fn tell(&self, command: Command) {
        if self.commands.send(command).await.is_err() {
            tracing::debug!("the worker has ended already");
        }
    }
}

struct Supervisor {
    launch: Launch,
    after_stop: AfterStop,
    journal: Arc<Journal>,
    state: watch::Sender<WorkerState>,
    commands: mpsc::Receiver<Command>,
    pid: Arc<AtomicU32>,
    starts: Arc<AtomicU32>,
}

impl Supervisor {
    async fn run(mut self) {
        loop {
            let reason = self.keep_running().await;
            tracing::error!(%reason, "the host stops itself");
            self.state.send_replace(WorkerState::Stopped(reason.clone()));
            self.journal.write(Event::HostStopped { reason });
            match self.after_stop {
                AfterStop::StayDown => return self.refuse_all().await,
                AfterStop::StartAgain => tokio::time::sleep(PLATFORM_PAUSE).await,
            }
            self.state.send_replace(WorkerState::Starting);
        }
    }

    /// Runs the process again and again; returns why the host must stop.
    async fn keep_running(&mut self) -> String {
        let mut strikes = Strikes::default();
        loop {
            self.state.send_replace(WorkerState::Starting);
            let status = match self.run_once().await {
                End::Restarted => continue,
                End::GivenUp(reason) => return reason,
                End::Exited(status) => status,
            };
            self.journal.write(Event::HandlerExited { code: status.code() });
            match status.code() {
                Some(RESTART_WISHED) => tracing::info!("the handler asked for a restart with exit code 200"),
                Some(0) => {
                    tracing::error!(
                        "the handler exited with code 0: the host never restarts it, and calls will fail"
                    );
                    if let Some(reason) = self.stay_dead().await {
                        return reason;
                    }
                }
                _ => {
                    tracing::error!(%status, "the handler crashed");
                    if strikes.add_reaches_limit() {
                        return "Exceeded http worker restart retry count: the handler crashed three times"
                            .into();
                    }
                }
            }
        }
    }

    async fn run_once(&mut self) -> End {
        let started = self.launch.start().await;
        let (mut child, port) = match started {
            Ok(started) => started,
            Err(error) => return End::GivenUp(error.to_string()),
        };
        let pid = child.id().unwrap_or_default();
        self.pid.store(pid, Ordering::Relaxed);
        self.starts.fetch_add(1, Ordering::Relaxed);
        self.journal.write(Event::HandlerStarted { pid });
        let end = self.watch(&mut child, port).await;
        self.pid.store(0, Ordering::Relaxed);
        end
    }

    async fn watch(&mut self, child: &mut Child, port: u16) -> End {
        let limit = self.launch.initialization_timeout();
        let readiness = readiness::wait(port, limit);
        tokio::pin!(readiness);
        let mut waiting = true;
        loop {
            tokio::select! {
                status = child.wait() => return match status {
                    Ok(status) => End::Exited(status),
                    Err(error) => End::GivenUp(format!("could not wait for the handler: {error}")),
                },
                ready = &mut readiness, if waiting => {
                    waiting = false;
                    if !ready {
                        kill(child).await;
                        let hint = "bind 127.0.0.1 on FUNCTIONS_CUSTOMHANDLER_PORT before anything else";
                        return End::GivenUp(format!("the handler did not listen on port {port} within {limit:?}: {hint}"));
                    }
                    self.journal.write(Event::HandlerReady);
                    self.state.send_replace(WorkerState::Ready(port));
                }
                command = self.commands.recv() => match command {
                    Some(Command::Kill(killed)) => {
                        let _ = killed.send(child.start_kill().is_ok());
                    }
                    Some(Command::Restart) => {
                        kill(child).await;
                        return End::Restarted;
                    }
                    Some(Command::Stop(reason)) => {
                        kill(child).await;
                        return End::GivenUp(reason);
                    }
                    None => {
                        kill(child).await;
                        return End::GivenUp("the host was dropped".into());
                    }
                },
            }
        }
    }

    /// After exit code 0; a function that times out against the dead handler still restarts it.
    async fn stay_dead(&mut self) -> Option<String> {
        loop {
            match self.commands.recv().await {
                Some(Command::Kill(killed)) => {
                    let _ = killed.send(false);
                }
                Some(Command::Restart) => return None,
                Some(Command::Stop(reason)) => return Some(reason),
                None => return Some("the host was dropped".into()),
            }
        }
    }

    async fn refuse_all(&mut self) {
        while let Some(command) = self.commands.recv().await {
            if let Command::Kill(killed) = command {
                let _ = killed.send(false);
            }
        }
    }
}

/// Hard, with no word before, as the host does it.
async fn kill(child: &mut Child) {
    if tokio::time::timeout(KILL_PATIENCE, child.kill()).await.is_err() {
        tracing::warn!("the handler did not end within a second of being killed");
    }
}
