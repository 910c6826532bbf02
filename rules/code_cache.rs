//! Compiled code that all tests share, below `target/`: included by path where it is needed. A guest is compiled once
//! for one build of the compiler, and not in each test.

use std::path::{Path, PathBuf};
use std::sync::Once;

use holdfast_evaluator::{CacheBounds, CodeCache, keep_code_in};

/// What is smaller is compiled at once, and mostly made up by a test that will not ask for it again.
const BOUNDS: CacheBounds = CacheBounds { most: 2 << 30, least_component: 32 << 10 };

/// Has this process take compiled code from the shared cache, and keep there what it compiles.
#[allow(dead_code, reason = "some tests only start processes")]
pub(crate) fn shared() {
    static OPENED: Once = Once::new();
    OPENED.call_once(|| {
        let [(_, folder), (_, state)] = environment();
        // Without it everything is compiled: slower, otherwise the same.
        if let Ok(cache) = CodeCache::open(&folder, &state.join("holdfast/code.key"), BOUNDS) {
            keep_code_in(cache);
        }
    });
}

/// What a `holdfast` that a test starts is told, so that it uses the shared cache and not its user's.
#[allow(dead_code, reason = "some tests start no process")]
pub(crate) fn environment() -> [(&'static str, PathBuf); 2] {
    let below =
        Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().find(|folder| folder.join("Cargo.lock").exists());
    let target = below.unwrap_or(Path::new("")).join("target");
    [("HOLDFAST_CODE_CACHE", target.join("code-cache")), ("XDG_STATE_HOME", target.join("code-cache-state"))]
}
