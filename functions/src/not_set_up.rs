//! Why the handler is not set up.

/// Why a try to set the handler up failed.
#[derive(Debug, thiserror::Error)]
pub enum NotSetUp {
    /// Only a person can change it: a wrong setting, a wrong trust policy, a first rule set that is refused.
    #[error("{0:#}")]
    ForGood(anyhow::Error),
    /// It may pass: a store, a source or Azure does not answer, or refuses.
    #[error("{0:#}")]
    ForNow(anyhow::Error),
}
