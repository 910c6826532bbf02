//! What can go wrong when Azure is asked for something.

use std::time::Duration;

use crate::refusal::Refusal;

/// A call to Azure that gave no usable answer.
///
/// `action` completes "could not …": `read disk \`d1\``.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AzureError {
    /// Azure refused.
    #[error("could not {action}: Azure refused with {} {}: {}", refusal.status, refusal.code, refusal.message)]
    Refused {
        /// What was asked.
        action: String,
        /// Azure's answer.
        refusal: Refusal,
    },
    /// 429: asking again before `retry_after` is pointless.
    #[error("could not {action}: Azure throttles; it accepts calls again in {} s", retry_after.as_secs())]
    Throttled {
        /// What was asked.
        action: String,
        /// Azure's `Retry-After`.
        retry_after: Duration,
    },
    /// 5xx, a broken connection or a timeout: the same call may work later.
    #[error("could not {action}: Azure is unavailable: {detail}")]
    Unavailable {
        /// What was asked.
        action: String,
        /// Status or cause.
        detail: String,
        /// Azure's `Retry-After`, if it sent one.
        retry_after: Option<Duration>,
    },
    /// The answer is not what Azure documents or has been seen to send.
    #[error("could not {action}: the answer could not be read: {detail}")]
    Unreadable {
        /// What was asked.
        action: String,
        /// Where in the answer, and why.
        detail: String,
    },
    /// No token, or 401.
    #[error(
        "could not {action}: Azure does not know us: {detail}; check the identity of the function app, or who is signed in here"
    )]
    Unauthenticated {
        /// What was asked.
        action: String,
        /// Azure's or the identity endpoint's words.
        detail: String,
    },
    /// The request could not be built, or would have sent our token elsewhere.
    #[error("could not {action}: {detail}")]
    Unsendable {
        /// What was asked.
        action: String,
        /// Why.
        detail: String,
    },
}

impl AzureError {
    /// Azure's refusal, if that is what it is.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused { refusal, .. } => Some(refusal),
            Self::Throttled { .. }
            | Self::Unavailable { .. }
            | Self::Unreadable { .. }
            | Self::Unauthenticated { .. }
            | Self::Unsendable { .. } => None,
        }
    }

    /// A short stable word for records: Azure's code, or the kind of failure.
    pub fn code(&self) -> &str {
        match self {
            Self::Refused { refusal, .. } => &refusal.code,
            Self::Throttled { .. } => "Throttled",
            Self::Unavailable { .. } => "Unavailable",
            Self::Unreadable { .. } => "Unreadable",
            Self::Unauthenticated { .. } => "Unauthenticated",
            Self::Unsendable { .. } => "Unsendable",
        }
    }
}
