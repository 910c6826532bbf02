//! What can go wrong with a registry.

use holdfast_rule_set::Digest;

/// A call to a registry that did not end well.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// No answer.
    #[error("could not reach {url}")]
    Unreachable {
        /// What was asked.
        url: String,
        /// Cause.
        source: reqwest::Error,
    },
    /// The registry, or the server that it sends for tokens, refuses who we are.
    #[error("{url} refuses {user} ({status}); {way_out}")]
    Forbidden {
        /// What was asked.
        url: String,
        /// Whom it refused.
        user: String,
        /// Status code.
        status: u16,
        /// What to do about it.
        way_out: String,
    },
    /// Microsoft Entra gave no token for the registry.
    #[error("could not sign in to {registry} by identity: {detail}")]
    Identity {
        /// The registry.
        registry: String,
        /// What came of it.
        detail: String,
    },
    /// No call can be made at all.
    #[error("could not speak to registries: {detail}")]
    NoClient {
        /// What is missing.
        detail: String,
    },
    /// Nothing there.
    #[error("there is no {what} at {url}")]
    Missing {
        /// `artifact`, `layer`, `repository` or `token`.
        what: &'static str,
        /// What was asked.
        url: String,
    },
    /// Any other refusal.
    #[error("{url} answered {status}{}", said(.message))]
    Status {
        /// What was asked.
        url: String,
        /// Status code.
        status: u16,
        /// What it said of it, if anything.
        message: String,
    },
    /// More bytes than there may be.
    #[error("{url} sends more than the {most} bytes that this may have")]
    TooLarge {
        /// What was asked.
        url: String,
        /// The bound.
        most: u64,
    },
    /// Other bytes than those that were asked for.
    #[error(
        "{url} sent other content than asked for: expected {expected}, got {found}; it was changed on the way or in the registry"
    )]
    Tampered {
        /// What was asked.
        url: String,
        /// What was asked for.
        expected: Digest,
        /// What came.
        found: Digest,
    },
    /// An answer that the protocol doesn't know.
    #[error("unexpected answer from {url}: {problem}")]
    Protocol {
        /// What was asked.
        url: String,
        /// What is wrong with it.
        problem: String,
    },
    /// An artifact of another kind.
    #[error("{reference} is not a {expected}: {problem}")]
    OtherArtifact {
        /// Where it lies.
        reference: String,
        /// `rule`, `rule set` or `rule or rule set`.
        expected: &'static str,
        /// What it is.
        problem: String,
    },
}

impl RegistryError {
    /// Whether the registry, or who signs in to it, did not answer, or said that it cannot now.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::Identity { .. } => true,
            Self::Status { status, .. } => *status == 429 || *status >= 500,
            _ => false,
        }
    }
}

fn said(message: &str) -> String {
    if message.is_empty() { String::new() } else { format!(": {message}") }
}
