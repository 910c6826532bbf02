//! What native code depends on, so that one engine can tell whether another's fits.

use std::hash::{Hash, Hasher};

use holdfast_rule_set::{Digest, Digester};
use wasmtime::Engine;

/// Digest of everything in an engine's configuration, processor and version that its code depends on.
pub(crate) fn compatibility(engine: &Engine) -> Digest {
    let mut feed = Feed(Digester::default());
    engine.precompile_compatibility_hash().hash(&mut feed);
    feed.0.finish()
}

struct Feed(Digester);

impl Hasher for Feed {
    fn write(&mut self, bytes: &[u8]) {
        self.0.add(bytes);
    }

    fn finish(&self) -> u64 {
        0
    }
}
