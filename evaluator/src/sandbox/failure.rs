//! How a rule can fail, with the limit and the figure.

use wasmtime::Trap;

use crate::engine::Limits;
use crate::facts::FactsRefused;

use super::guard::{MachineRefused, MemoryExceeded, TableExceeded};

/// How a rule failed. Never the end of an evaluation: the binding's `on-error` says what it means.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleFailure {
    /// It burnt all its fuel.
    #[error("it ran out of fuel: the limit is {limit}")]
    Fuel {
        /// Wasmtime's units.
        limit: u64,
    },
    /// The clock stopped it: a fault of the machine rather than of the rule, since fuel ends every rule long
    /// before on a machine that runs it.
    #[error(
        "it was stopped after {limit_ms} ms of processor time, before its fuel ran out: the machine is \
         overloaded; the decision is held and will be made again"
    )]
    Deadline {
        /// Milliseconds.
        limit_ms: u128,
    },
    /// It asked for more memory than an evaluation may have. A module's own maximum is not a failure: growing
    /// beyond that is refused, as WebAssembly has it, and the module goes on.
    #[error("it asked for {wanted} bytes of memory: the limit is {limit}")]
    Memory {
        /// Bytes over all memories.
        limit: usize,
        /// What the memories together would have had.
        wanted: usize,
    },
    /// It asked for more table elements than an evaluation may have.
    #[error("it asked for {wanted} table elements: the limit is {limit}")]
    Table {
        /// Elements over all tables.
        limit: usize,
        /// What the tables together would have had.
        wanted: usize,
    },
    /// It stopped by itself, as a panicking rule does.
    #[error("it trapped: {trap}")]
    Trap {
        /// Wasmtime's words.
        trap: String,
    },
    /// The request is too large to be given to a rule.
    #[error("the request has {found} bytes of text: the limit is {limit}")]
    Input {
        /// Bytes.
        limit: usize,
        /// Bytes.
        found: usize,
    },
    /// The answer is too large or malformed.
    #[error("its answer could not be read within the limit of {limit} bytes: {detail}")]
    Output {
        /// Bytes.
        limit: usize,
        /// Wasmtime's words.
        detail: String,
    },
    /// The answer has too many reasons.
    #[error("it gave {found} reasons: the limit is {limit}")]
    Reasons {
        /// Number.
        limit: usize,
        /// Number.
        found: usize,
    },
    /// The answer has too many labels.
    #[error("it gave {found} labels: the limit is {limit}")]
    Labels {
        /// Number.
        limit: usize,
        /// Number.
        found: usize,
    },
    /// It asks for an approval within a time that makes no sense.
    #[error("the approval deadline must be 1 to {limit} hours, not {found}")]
    ApprovalTime {
        /// Hours.
        limit: u32,
        /// Hours.
        found: u32,
    },
    /// It wants facts that it does not get.
    #[error(transparent)]
    Facts(Box<FactsRefused>),
    /// It excludes until a time that cannot be read.
    #[error("it excludes until `{until}`, which is not an RFC 3339 time such as 2026-12-31T00:00:00Z")]
    Until {
        /// Its text.
        until: String,
    },
    /// The request's time cannot be read, and the rule's exclusion depends on it.
    #[error("the event time `{event_time}` is not an RFC 3339 time, so its exclusion cannot be judged")]
    EventTime {
        /// Its text.
        event_time: String,
    },
    /// It gave up, in its own words.
    #[error("it gave up ({kind}): {message}")]
    GaveUp {
        /// `bad-input`, `unsupported` or `internal`.
        kind: &'static str,
        /// Its words.
        message: String,
    },
    /// Its exports do not have the contract's types.
    #[error("it does not fit holdfast:rule: {detail}; build it with a current SDK")]
    Contract {
        /// Wasmtime's words.
        detail: String,
    },
    /// It is valid, but nothing that the sandbox can compile.
    #[error("the sandbox cannot compile it ({detail}); build it as one component with a current SDK")]
    Unsupported {
        /// The compiler's words.
        detail: String,
    },
    /// Its precompiled code could not be taken into force.
    #[error("its precompiled code was not taken into force: {detail}")]
    Code {
        /// What is wrong with the code, and the way out.
        detail: String,
    },
    /// The machine could not run it.
    #[error("this machine could not run it: {detail}")]
    Machine {
        /// What the machine lacks.
        detail: String,
    },
    /// The host panicked while it ran.
    #[error("the host panicked while it ran: {detail}")]
    HostPanic {
        /// The panic's message.
        detail: String,
    },
}

impl From<FactsRefused> for RuleFailure {
    fn from(refused: FactsRefused) -> Self {
        Self::Facts(Box::new(refused))
    }
}

impl RuleFailure {
    /// Whether the machine is to blame, and the same request may do better later.
    pub fn is_fault(&self) -> bool {
        matches!(
            self,
            Self::Deadline { .. } | Self::Machine { .. } | Self::HostPanic { .. } | Self::Code { .. }
        )
    }

    /// It refused what it had accepted.
    pub(super) fn settings_refused() -> Self {
        let message = "it refused settings that it had accepted at load".to_owned();
        Self::GaveUp { kind: "internal", message }
    }

    /// Nobody could ask it.
    pub(crate) fn no_sandbox() -> Self {
        Self::Machine { detail: "there is no sandbox for it".to_owned() }
    }

    /// Reads what stopped a call.
    pub(super) fn of_call(error: &wasmtime::Error, limits: &Limits) -> Self {
        if let Some(exceeded) = error.downcast_ref::<MemoryExceeded>() {
            return Self::Memory { limit: exceeded.limit, wanted: exceeded.wanted };
        }
        if let Some(exceeded) = error.downcast_ref::<TableExceeded>() {
            return Self::Table { limit: exceeded.limit, wanted: exceeded.wanted };
        }
        if let Some(refused) = error.downcast_ref::<MachineRefused>() {
            return Self::Machine { detail: refused.to_string() };
        }
        match error.downcast_ref::<Trap>() {
            Some(Trap::OutOfFuel) => Self::Fuel { limit: limits.fuel },
            Some(Trap::Interrupt) => Self::Deadline { limit_ms: limits.deadline.as_millis() },
            Some(trap) => Self::Trap { trap: trap.to_string() },
            None => Self::Output { limit: limits.output_bytes, detail: format!("{error:#}") },
        }
    }

    /// Reads what stopped an instantiation or a look-up of exports.
    pub(super) fn of_contract(error: &wasmtime::Error, limits: &Limits) -> Self {
        let exceeded = error.is::<MemoryExceeded>() || error.is::<TableExceeded>();
        if exceeded || error.is::<MachineRefused>() || error.is::<Trap>() {
            return Self::of_call(error, limits);
        }
        Self::Contract { detail: format!("{error:#}") }
    }
}
