//! How a call came in, and how its connection is broken off.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The scheme by which a caller came in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scheme(pub(crate) &'static str);

/// Lets a handler break off the connection that its call came by.
#[derive(Debug, Clone, Default)]
pub(crate) struct Connection {
    broken: Arc<AtomicBool>,
}

impl Connection {
    /// Nothing more is sent; the caller sees the connection end.
    pub(crate) fn break_off(&self) {
        self.broken.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_broken(&self) -> bool {
        self.broken.load(Ordering::Relaxed)
    }
}
