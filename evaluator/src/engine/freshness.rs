//! What an evaluation may find of the machine's pages that another has used, and when that must be nothing.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use wasmtime::PoolingAllocationConfig;

/// Where Linux lists what it swaps to: a line of names, then a line for each.
const SWAPS: &str = "/proc/swaps";
/// Room for two lines of it.
const FEW_LINES: usize = 1024;

/// How a fresh instance comes by its memory. An evaluation never finds what another wrote, either way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Freshness {
    /// Memory stays with the process and is put back to what it was first.
    #[default]
    Reset,
    /// Memory is given back to the system after each evaluation, and no instance is used twice: slower by far,
    /// and nothing depends on this host's own bookkeeping.
    Strict,
}

/// How much of an instance's memory stays with the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reuse {
    /// Nothing.
    Nothing,
    /// The first megabyte, which is overwritten.
    WholePages,
    /// More, of which those pages are overwritten that the kernel says were touched.
    TouchedPages,
}

/// Watches whether the kernel can be believed in what it says about touched pages.
///
/// What it has swapped out, this version of Wasmtime takes for untouched, and one evaluation could see what
/// another wrote (wasmtime#14357). So nothing is asked where there is anything to swap to, now or since: what was
/// swapped out once may come back at any time.
#[derive(Debug, Clone)]
pub(crate) struct Swaps(Arc<Seen>);

#[derive(Debug)]
struct Seen {
    /// Open, so that asking again costs one call; absent where it cannot be read.
    list: Option<File>,
    ever: AtomicBool,
}

impl Swaps {
    /// Those of this machine.
    pub(crate) fn of_this_machine() -> Self {
        Self::listed(Path::new(SWAPS))
    }

    /// Those in this list.
    pub(crate) fn listed(list: &Path) -> Self {
        Self(Arc::new(Seen { list: File::open(list).ok(), ever: AtomicBool::new(false) }))
    }

    /// Whether there is, or was, anything to swap to. What cannot be told counts as yes.
    pub(crate) fn seen(&self) -> bool {
        let Seen { list, ever } = &*self.0;
        if ever.load(Ordering::Relaxed) {
            return true;
        }
        let seen = list.as_ref().is_none_or(|list| entries(list) != Some(0));
        if seen {
            ever.store(true, Ordering::Relaxed);
        }
        seen
    }
}

impl Freshness {
    pub(crate) fn reuse(self, swaps: &Swaps) -> Reuse {
        match self {
            Self::Strict => Reuse::Nothing,
            Self::Reset if PoolingAllocationConfig::is_pagemap_scan_available() && !swaps.seen() => {
                Reuse::TouchedPages
            }
            Self::Reset => Reuse::WholePages,
        }
    }
}

/// Lines after the first; of many, perhaps not all.
#[cfg(unix)]
fn entries(list: &File) -> Option<usize> {
    use std::os::unix::fs::FileExt as _;
    let mut text = [0; FEW_LINES];
    let length = list.read_at(&mut text, 0).ok()?;
    let lines = text.get(..length)?.iter().filter(|byte| **byte == b'\n').count();
    lines.checked_sub(1)
}

#[cfg(not(unix))]
fn entries(_list: &File) -> Option<usize> {
    None
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const NAMES: &str = "Filename\tType\tSize\tUsed\tPriority\n";

    #[test]
    fn swap_that_appears_later_is_seen_and_not_forgotten() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let list = folder.path().join("swaps");
        fs::write(&list, NAMES)?;
        let swaps = Swaps::listed(&list);
        assert!(!swaps.seen());
        fs::write(&list, format!("{NAMES}/swapfile file 1048576 0 -2\n"))?;
        assert!(swaps.seen());
        fs::write(&list, NAMES)?;
        assert!(swaps.seen(), "swapped memory may still come back");
        Ok(())
    }

    #[test]
    fn what_cannot_be_told_counts_as_swap() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let list = folder.path().join("swaps");
        assert!(Swaps::listed(&list).seen());
        fs::write(&list, "")?;
        assert!(Swaps::listed(&list).seen());
        Ok(())
    }

    #[test]
    fn strict_keeps_nothing_wherever_it_runs() {
        assert_eq!(Freshness::Strict.reuse(&Swaps::of_this_machine()), Reuse::Nothing);
    }
}
