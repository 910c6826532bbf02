//! What one evaluation may use.

use std::time::Duration;

use serde::Serialize;

/// Elements over all tables of an evaluation: more than any toolchain's tables of functions.
pub(crate) const TABLE_ELEMENTS: usize = 20_000;

/// What one evaluation may use. The fuel limit decides, since it is the same everywhere; the
/// deadline is a net for faults of the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Limits {
    /// Roughly one per instruction, more for what takes a machine longer; see `fuel.rs`.
    pub fuel: u64,
    /// Bytes over all linear memories together.
    pub memory_bytes: usize,
    /// Bytes of text in the request.
    pub input_bytes: usize,
    /// Bytes of text and lists in the answer.
    pub output_bytes: usize,
    /// Number of reasons in the answer.
    pub reasons: usize,
    /// Time on a processor. Counted only once so much time has passed; see `guard.rs`.
    #[serde(skip)]
    pub deadline: Duration,
}

impl Limits {
    /// The same for taking settings, which a rule does whatever an evaluation may burn.
    pub(crate) fn to_configure(self) -> Self {
        Self { fuel: Self::default().fuel, ..self }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            fuel: 50_000_000,
            memory_bytes: 32 << 20,
            input_bytes: 256 << 10,
            output_bytes: 64 << 10,
            reasons: 32,
            deadline: Duration::from_secs(4),
        }
    }
}
