//! Native code out of a component: out of a cache or from a child process with bounds, where the program has asked
//! for that.
//!
//! A compiler cannot be stopped, and small code can keep it busy for hours or take all memory. The load gate
//! refuses what is known to do so; the bounds of a process hold for everything else.

mod bounds;
mod cache;
#[cfg(target_os = "linux")]
mod child;
#[cfg(test)]
pub(crate) mod counted;
#[cfg(target_os = "linux")]
mod order;
#[cfg(target_os = "linux")]
mod parent;

use std::process::ExitCode;
use std::sync::OnceLock;
use std::time::UNIX_EPOCH;
use std::{env, fs};

use holdfast_rule_set::Digest;
use wasmtime::Engine;

use crate::engine::{self, caught, compatibility};

pub use bounds::{BadBound, CompileBounds};
pub use cache::{CacheBounds, CodeCache, CodeCacheError};

#[cfg(target_os = "linux")]
static CHILDREN: OnceLock<parent::Children> = OnceLock::new();

static CACHE: OnceLock<CodeCache> = OnceLock::new();

/// What native code is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To check and configure a module, here and now.
    Checking,
    /// To evaluate, here or in other processes.
    Evaluating,
}

/// Why a component was not compiled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CompileError {
    /// It takes too long.
    #[error(
        "compiling it took more than {seconds} s of processor time; make its largest functions smaller, with \
         fewer local variables and branches in each, or raise HOLDFAST_COMPILE_SECONDS"
    )]
    Long {
        /// The bound.
        seconds: u64,
    },
    /// It takes too much memory.
    #[error(
        "compiling it took more than {megabytes} MB of memory; make its largest functions smaller, with fewer \
         local variables and branches in each, or raise HOLDFAST_COMPILE_MEGABYTES"
    )]
    Memory {
        /// The bound.
        megabytes: u64,
    },
    /// The machine was too slow.
    #[error(
        "compiling it did not end within {seconds} s, although its processor time was not used up: this machine \
         is overloaded; try again, or precompile the rule set elsewhere with `holdfast rule precompile`"
    )]
    Late {
        /// The bound.
        seconds: u64,
    },
    /// It becomes too much code.
    #[error("compiled, it has more than {megabytes} MB of native code; make it smaller")]
    Size {
        /// The bound.
        megabytes: u64,
    },
    /// The compiler does not take it.
    #[error("{detail}")]
    Refused {
        /// The compiler's words.
        detail: String,
    },
    /// The compiler panicked.
    #[error("the compiler panicked: {detail}")]
    Panicked {
        /// The panic's message.
        detail: String,
    },
    /// The process of the compiler ended in another way.
    #[error(
        "the process that compiled it ended early ({detail}); if memory is short on this machine, precompile the \
         rule set elsewhere with `holdfast rule precompile`"
    )]
    Ended {
        /// How.
        detail: String,
    },
    /// There is no process for the compiler.
    #[error(
        "no process could be started to compile it ({detail}); allow this program to start itself and to read \
         /proc, or precompile the rule set elsewhere with `holdfast rule precompile`"
    )]
    NotStarted {
        /// The system's words.
        detail: String,
    },
}

/// To be called first in `main`: where this process was started to compile, does so and gives its exit code.
pub fn compiling_child() -> Option<ExitCode> {
    #[cfg(target_os = "linux")]
    return order::Order::of_this_process().map(child::run);
    #[cfg(not(target_os = "linux"))]
    None
}

/// From now on, this process compiles every module in a child process with these bounds: its own executable,
/// whose `main` must begin with [`compiling_child`]. The first call counts.
///
/// A child is only known to keep its bounds on Linux. Elsewhere, as in a process that never calls this, modules
/// are compiled in the process itself, and only what the load gate counts bounds that.
pub fn compile_in_children(bounds: CompileBounds) {
    #[cfg(target_os = "linux")]
    let _ = CHILDREN.set(parent::Children::new(bounds));
    #[cfg(not(target_os = "linux"))]
    let _ = bounds;
}

/// From now on, this process takes compiled code from this cache, and keeps there what it compiles. The first call
/// counts.
pub fn keep_code_in(cache: CodeCache) {
    let _ = CACHE.set(cache);
}

/// The native code of a component that was admitted: what the cache has, else compiled.
pub(crate) fn native(component: &[u8], purpose: Purpose) -> Result<Vec<u8>, CompileError> {
    #[cfg(test)]
    counted::note(component, purpose);
    match (CACHE.get(), purpose.compatibility()) {
        (Some(cache), Some(engine)) => cache.kept(component, engine, || compiled(component, purpose)),
        (None, _) | (_, None) => compiled(component, purpose),
    }
}

/// What a module that was admitted says of itself: what the cache has of it from this very build, else asked. Another
/// build may ask in another way.
pub(crate) fn description<E>(module: &[u8], ask: impl FnOnce() -> Result<Vec<u8>, E>) -> Result<Vec<u8>, E> {
    let engine = || Some((CACHE.get()?, Purpose::Checking.compatibility()?, this_build()?));
    match engine() {
        Some((cache, engine, build)) => {
            cache.kept(module, Digest::of(format!("describe {engine} {build}").as_bytes()), ask)
        }
        None => ask(),
    }
}

/// What tells this executable from what it is after it was built again.
fn this_build() -> Option<String> {
    let known = fs::metadata(env::current_exe().ok()?).ok()?;
    let built = known.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some(format!("{} {} {}", env!("CARGO_PKG_VERSION"), known.len(), built.as_nanos()))
}

fn compiled(component: &[u8], purpose: Purpose) -> Result<Vec<u8>, CompileError> {
    #[cfg(target_os = "linux")]
    if let Some(children) = CHILDREN.get() {
        return children.compile(component, purpose);
    }
    here(component, purpose)
}

/// Compiles in this process.
fn here(component: &[u8], purpose: Purpose) -> Result<Vec<u8>, CompileError> {
    caught(|| purpose.engine().and_then(|engine| engine.precompile_component(component)))
        .map_err(|detail| CompileError::Panicked { detail })?
        .map_err(|error| CompileError::Refused { detail: format!("{error:#}") })
}

impl Purpose {
    fn engine(self) -> wasmtime::Result<Engine> {
        match self {
            Self::Checking => engine::checking(),
            Self::Evaluating => engine::publishing(),
        }
    }

    /// What code for this purpose depends on; absent where there can be no such code.
    fn compatibility(self) -> Option<Digest> {
        static CHECKING: OnceLock<Option<Digest>> = OnceLock::new();
        static EVALUATING: OnceLock<Option<Digest>> = OnceLock::new();
        let known = match self {
            Self::Checking => &CHECKING,
            Self::Evaluating => &EVALUATING,
        };
        *known.get_or_init(|| self.engine().ok().map(|engine| compatibility(&engine)))
    }
}
