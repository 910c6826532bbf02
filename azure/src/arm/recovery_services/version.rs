//! Api-versions of Microsoft.RecoveryServices: the one place to raise them.

/// Vaults.
pub(super) const VAULTS: &str = "2024-04-01";
/// Everything in them: policies, containers, items, jobs, recovery points.
pub(super) const BACKUP: &str = "2024-04-01";
