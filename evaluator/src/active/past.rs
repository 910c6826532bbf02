//! Rule sets that are kept, and what became of one that was offered.

use holdfast_rule_set::Digest;

/// What became of a rule set that was in force once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PastState {
    /// It is in force.
    Serving,
    /// A later revision took its place.
    Superseded,
    /// It was rolled back from; only a rollback brings it back.
    Withdrawn,
}

/// A rule set that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Past {
    /// Its revision.
    pub revision: u64,
    /// Its digest.
    pub digest: Digest,
    /// Whether it is in force.
    pub state: PastState,
}

/// What a swap came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Swapped {
    /// The offered set is in force now.
    Taken {
        /// Revision that was in force before.
        from: u64,
        /// Revision that is in force now.
        to: u64,
    },
    /// The offered set was in force already.
    Unchanged,
}

/// Why a rule set was not taken into force. The one before it keeps serving.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SwapError {
    /// It is older than one that has been in force.
    #[error(
        "revision {offered} is not newer than revision {highest}, which has been in force; \
         increase `revision`, or roll back to a revision that is kept"
    )]
    Older {
        /// Revision of the offered set.
        offered: u64,
        /// The highest revision that has been in force.
        highest: u64,
    },
    /// The revision is in use for something else.
    #[error(
        "revision {revision} was already used for other content ({known}, and the offered rule set is {offered}); increase \
         `revision`"
    )]
    Altered {
        /// The revision of both.
        revision: u64,
        /// Digest of the set that was in force under it.
        known: Digest,
        /// Digest of the offered set.
        offered: Digest,
    },
    /// It was rolled back from.
    #[error(
        "revision {revision} was rolled back from; correct it and increase `revision`, \
         or roll back to {revision} to have it again"
    )]
    Withdrawn {
        /// Its revision.
        revision: u64,
    },
    /// A rule's module is older than one that this layer has had in force.
    #[error(
        "rule `{rule}` of layer `{layer}` would go back from {module} {accepted} to {offered}; \
         set `allow-downgrade = true` in its binding if that is intended"
    )]
    Downgrade {
        /// Id of the binding.
        rule: String,
        /// Its layer.
        layer: String,
        /// Name of the module.
        module: String,
        /// The highest version that the layer has had in force.
        accepted: String,
        /// Version offered.
        offered: String,
    },
    /// Nothing to roll back to.
    #[error("revision {revision} is not kept; kept are: {}", numbers(.kept))]
    NotKept {
        /// The wanted revision.
        revision: u64,
        /// The revisions that are kept.
        kept: Vec<u64>,
    },
}

fn numbers(revisions: &[u64]) -> String {
    let texts: Vec<String> = revisions.iter().map(u64::to_string).collect();
    texts.join(", ")
}
