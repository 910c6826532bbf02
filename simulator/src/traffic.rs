//! What befalls calls on their way, as state: limits, faults, the journal, tokens that expire. How the front and the control
//! surface use it is theirs.

mod chaos;
mod fate;
mod fault;
mod hold;
mod journal;
mod throttle;

pub(crate) use chaos::Chaos;
pub(crate) use fate::Fate;
pub(crate) use fault::{Fault, Faults, Harm, Injected};
pub(crate) use journal::Journal;
pub(crate) use throttle::{Kind, Left, Throttle};

use crate::config::Throttling;

/// Everything that happens to calls beside being answered by a provider.
#[derive(Debug)]
pub(crate) struct Traffic {
    pub(crate) throttle: Throttle,
    pub(crate) faults: Faults,
    pub(crate) chaos: Option<Chaos>,
    pub(crate) journal: Journal,
    /// What becomes of the operation that the call at hand starts.
    pub(crate) coming_fate: Option<Fate>,
    /// Tokens of an earlier issue than this have expired.
    pub(crate) token_issue: u64,
    /// How much the dates in the headers of answers are ahead of the clock, in seconds.
    pub(crate) skew_seconds: f64,
}

impl Traffic {
    pub(crate) fn new(limits: Throttling) -> Self {
        Self {
            throttle: Throttle::new(limits),
            faults: Faults::default(),
            chaos: None,
            journal: Journal::default(),
            coming_fate: None,
            token_issue: 0,
            skew_seconds: 0.0,
        }
    }
}
