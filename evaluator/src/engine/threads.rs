//! On how many threads a module is compiled. The code is the same either way.

use std::sync::atomic::{AtomicBool, Ordering};

static ONE: AtomicBool = AtomicBool::new(false);

/// Whether the functions of a module are compiled beside each other.
pub(super) fn in_parallel() -> bool {
    !ONE.load(Ordering::Relaxed)
}

/// From now on, this process compiles one function after the other.
#[cfg(target_os = "linux")]
pub(crate) fn compile_on_one_thread() {
    ONE.store(true, Ordering::Relaxed);
}
