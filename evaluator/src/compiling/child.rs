//! The child: binds itself, reads a component, and writes its native code.

use std::fs;
use std::io::{self, Read, Write};
use std::num::NonZeroUsize;
use std::process::ExitCode;

use holdfast_rule_set::LARGEST_MODULE;
use rlimit::Resource;

use super::bounds::MEGABYTE;
use super::order::Order;
use super::{CompileError, here};
use crate::engine::compile_on_one_thread;

/// The compiler does not take the component; standard error says why.
pub(super) const REFUSED: u8 = 10;
/// The compiler panicked; standard error has the message.
pub(super) const PANICKED: u8 = 11;
/// The child could not bind itself, read or write; standard error says why.
pub(super) const UNABLE: u8 = 12;

/// Snapshots and accessors make a component larger than what the gate admitted.
const LARGEST_COMPONENT: u64 = 4 * LARGEST_MODULE as u64;

pub(super) fn run(order: Order) -> ExitCode {
    match compiled(order) {
        Ok(()) => ExitCode::SUCCESS,
        Err((code, detail)) => {
            // Nobody is there to be told of it if this fails.
            let _ = io::stderr().write_all(detail.as_bytes());
            ExitCode::from(code)
        }
    }
}

fn compiled(order: Order) -> Result<(), (u8, String)> {
    let unable = |what: &'static str| move |error: io::Error| (UNABLE, format!("{what}: {error}"));
    bind(order).map_err(unable("it could not bind itself"))?;
    if order.threads == NonZeroUsize::MIN {
        compile_on_one_thread();
    }
    let mut component = Vec::new();
    io::stdin()
        .take(LARGEST_COMPONENT)
        .read_to_end(&mut component)
        .map_err(unable("it could not read the component"))?;
    let code = with_threads_or_without(&component, order).map_err(|error| match error {
        CompileError::Panicked { detail } => (PANICKED, detail),
        other => (REFUSED, other.to_string()),
    })?;
    let mut out = io::stdout().lock();
    out.write_all(&code).and_then(|()| out.flush()).map_err(unable("it could not hand over the code"))
}

/// Where a bound leaves no room for threads, the compiler panics as it starts them. Without them, whatever it takes is for the
/// module.
fn with_threads_or_without(component: &[u8], order: Order) -> Result<Vec<u8>, CompileError> {
    match here(component, order.purpose) {
        Err(CompileError::Panicked { .. }) if order.threads > NonZeroUsize::MIN => {
            compile_on_one_thread();
            here(component, order.purpose)
        }
        compiled => compiled,
    }
}

/// Takes from this process what it does not need, for good.
fn bind(order: Order) -> io::Result<()> {
    lower(Resource::CORE, 0, 0)?;
    // At the first limit a signal ends the process that the parent can tell from any other.
    lower(Resource::CPU, order.seconds, order.seconds.saturating_add(1))?;
    let bytes = order.megabytes.saturating_mul(MEGABYTE);
    lower(Resource::AS, bytes, bytes)?;
    // Where memory is short all the same, the kernel ends this process and not the parent. Without /proc it cannot
    // be asked to, and the bounds still hold.
    let _ = fs::write("/proc/self/oom_score_adj", "1000");
    Ok(())
}

fn lower(resource: Resource, soft: u64, hard: u64) -> io::Result<()> {
    let (_, most) = resource.get()?;
    resource.set(soft.min(most), hard.min(most))
}
