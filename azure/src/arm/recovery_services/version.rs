//! Api-versions of Microsoft.RecoveryServices: the one place to raise them.

/// Vaults.
pub(super) const VAULTS: &str = "2024-04-01";
/// Everything in them: policies, containers, items, jobs, recovery points.
pub(super) const BACKUP: &str = "2024-04-01";
/// What the paired region answers: an interface of its own, with versions of its own.
pub(super) const SECONDARY: &str = "2023-01-15";
/// Recovery points: the first that shows whether Azure suspects a threat in one.
pub(super) const POINTS: &str = "2026-07-01";
