//! The parent: starts a child, hands it a component, and judges how it ended.

use std::io::{self, Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::{Condvar, Mutex, PoisonError, mpsc};
use std::thread;

use holdfast_rule_set::Visible;

use super::bounds::MEGABYTE;
use super::child::{PANICKED, REFUSED, UNABLE};
use super::order::Order;
use super::{CompileBounds, CompileError, Purpose};

/// The executable of this very process, even if its file was replaced or removed meanwhile.
const OWN_EXECUTABLE: &str = "/proc/self/exe";
/// Bytes that are read of what a child says, and characters of it that are shown.
const SAID: u64 = 4096;
const SHOWN: usize = 500;
/// Signals of Linux, on every architecture that precompiled code is made for.
const SIGABRT: i32 = 6;
const SIGXCPU: i32 = 24;
/// How the standard library begins what it says before it aborts because memory is missing.
const NO_MEMORY: &str = "memory allocation of";
/// What an allocator may reserve at once: its usual 1 GB of address space would be most of what a child has.
const RESERVE: (&str, &str) = ("MIMALLOC_ARENA_RESERVE", "65536");

/// How many threads a compiler may have, and the stack of each: as much as the first thread of a process has.
const THREADS: &str = "RAYON_NUM_THREADS";
const STACK: (&str, &str) = ("RUST_MIN_STACK", "8388608");

/// Compiles in child processes, so many at once.
pub(super) struct Children {
    bounds: CompileBounds,
    running: Mutex<usize>,
    ended: Condvar,
}

/// What came of a child.
struct Outcome {
    /// Absent if it did not come in time.
    code: Option<Vec<u8>>,
    said: String,
    status: ExitStatus,
}

impl Children {
    pub(super) fn new(bounds: CompileBounds) -> Self {
        Self { bounds, running: Mutex::new(0), ended: Condvar::new() }
    }

    pub(super) fn compile(&self, component: &[u8], purpose: Purpose) -> Result<Vec<u8>, CompileError> {
        let _turn = self.turn();
        let outcome = self
            .outcome(component, purpose)
            .map_err(|error| CompileError::NotStarted { detail: error.to_string() })?;
        self.judge(outcome)
    }

    fn turn(&self) -> Turn<'_> {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let full = |running: &mut usize| *running >= self.bounds.at_once.get();
        let mut running = self.ended.wait_while(running, full).unwrap_or_else(PoisonError::into_inner);
        *running += 1;
        Turn(self)
    }

    fn outcome(&self, component: &[u8], purpose: Purpose) -> io::Result<Outcome> {
        let mut command = Command::new(OWN_EXECUTABLE);
        Order::new(purpose, &self.bounds).write(&mut command);
        // A compiler needs none of the secrets that a handler's environment has.
        command.env_clear().env(RESERVE.0, RESERVE.1).current_dir("/");
        command.env(THREADS, self.bounds.threads.to_string()).env(STACK.0, STACK.1);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn()?;
        let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (Some(input), Some(output), Some(errors)) = pipes else {
            return Err(io::Error::other("a pipe to it is missing"));
        };
        self.follow(&mut child, component, (input, output, errors))
    }

    fn follow(
        &self,
        child: &mut Child,
        component: &[u8],
        (mut input, output, errors): (ChildStdin, ChildStdout, ChildStderr),
    ) -> io::Result<Outcome> {
        let most = self.bounds.code_megabytes.saturating_mul(MEGABYTE);
        thread::scope(|scope| {
            // A child that ends before it has read everything says itself what is wrong.
            scope.spawn(move || drop(input.write_all(component)));
            let said = scope.spawn(move || bounded(errors, SAID));
            let (sender, code) = mpsc::channel();
            scope.spawn(move || sender.send(bounded(output, most.saturating_add(1))));
            let code = code.recv_timeout(self.bounds.deadline()).ok();
            let is_whole = code.as_ref().is_some_and(|code| code.len() as u64 <= most);
            if !is_whole {
                child.kill()?;
            }
            let status = child.wait()?;
            let said = said.join().unwrap_or_default();
            Ok(Outcome { code, said: String::from_utf8_lossy(&said).into_owned(), status })
        })
    }

    fn judge(&self, Outcome { code, said, status }: Outcome) -> Result<Vec<u8>, CompileError> {
        let CompileBounds { seconds, megabytes, code_megabytes, .. } = self.bounds;
        let Some(code) = code else {
            return Err(CompileError::Late { seconds: self.bounds.deadline().as_secs() });
        };
        if code.len() as u64 > code_megabytes.saturating_mul(MEGABYTE) {
            return Err(CompileError::Size { megabytes: code_megabytes });
        }
        let detail = Visible::within(said.trim(), SHOWN).to_string();
        let exit = status.code().and_then(|code| u8::try_from(code).ok());
        Err(match (exit, status.signal()) {
            (Some(0), _) if !code.is_empty() => return Ok(code),
            (Some(REFUSED), _) => CompileError::Refused { detail },
            (Some(PANICKED), _) => CompileError::Panicked { detail },
            (Some(UNABLE), _) => CompileError::Ended { detail },
            (_, Some(SIGXCPU)) => CompileError::Long { seconds },
            (_, Some(SIGABRT)) if said.contains(NO_MEMORY) => CompileError::Memory { megabytes },
            (_, _) if detail.is_empty() => CompileError::Ended { detail: status.to_string() },
            (_, _) => CompileError::Ended { detail: format!("{status}: {detail}") },
        })
    }
}

/// One of the children that may run at once.
struct Turn<'a>(&'a Children);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut running = self.0.running.lock().unwrap_or_else(PoisonError::into_inner);
        *running = running.saturating_sub(1);
        self.0.ended.notify_one();
    }
}

/// The first bytes of what comes; what cannot be read has ended.
fn bounded(from: impl Read, most: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    let _ = from.take(most).read_to_end(&mut bytes);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(code: Option<&[u8]>, said: &str, status: i32) -> Result<Vec<u8>, CompileError> {
        let bounds = CompileBounds { seconds: 7, megabytes: 64, code_megabytes: 1, ..CompileBounds::HANDLER };
        let (code, said) = (code.map(<[u8]>::to_vec), said.to_owned());
        Children::new(bounds).judge(Outcome { code, said, status: ExitStatus::from_raw(status) })
    }

    fn exit(code: u8) -> i32 {
        i32::from(code) << 8
    }

    #[test]
    fn every_end_of_a_child_has_its_own_meaning() {
        let detail = |text: &str| text.to_owned();
        assert_eq!(judged(Some(b"code"), "", exit(0)), Ok(b"code".to_vec()));
        assert_eq!(judged(Some(b""), "", SIGXCPU), Err(CompileError::Long { seconds: 7 }));
        let aborted = judged(Some(b""), "memory allocation of 8 bytes failed\n", SIGABRT);
        assert_eq!(aborted, Err(CompileError::Memory { megabytes: 64 }));
        assert_eq!(judged(None, "", 9), Err(CompileError::Late { seconds: 600 }));
        assert_eq!(judged(Some(&vec![0; (1 << 20) + 1]), "", 9), Err(CompileError::Size { megabytes: 1 }));
        let refused = judged(Some(b""), "no\u{1b}[2J such", exit(REFUSED));
        assert_eq!(refused, Err(CompileError::Refused { detail: detail("no\\u{1b}[2J such") }));
        let panicked = judged(Some(b""), "at the disco", exit(PANICKED));
        assert_eq!(panicked, Err(CompileError::Panicked { detail: detail("at the disco") }));
        for (said, status) in [("", exit(0)), ("", 9), ("", SIGABRT), ("lost", exit(UNABLE)), ("", exit(1))] {
            let ended = judged(Some(b""), said, status);
            assert!(matches!(ended, Err(CompileError::Ended { .. })), "{status}: {ended:?}");
        }
    }

    #[test]
    fn children_wait_for_their_turn() {
        let children = Children::new(CompileBounds::HANDLER);
        let first = children.turn();
        assert_eq!(*children.running.lock().unwrap(), 1);
        thread::scope(|scope| {
            let second = scope.spawn(|| {
                let _turn = children.turn();
                *children.running.lock().unwrap()
            });
            drop(first);
            assert_eq!(second.join().unwrap(), 1);
        });
        assert_eq!(*children.running.lock().unwrap(), 0);
    }
}
