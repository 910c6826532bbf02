//! Microsoft.DataProtection: Backup vaults, policies, instances, jobs and recovery points.

mod dispatch;
mod guard;
mod instance;
mod job;
mod location;
mod operation;
mod permission;
mod point;
mod policy;
mod readiness;
mod restore;
mod user_error;
mod vault;

pub(crate) use dispatch::handle;
pub(crate) use instance::configure::instance_settles;
pub(crate) use instance::containers::copied as copied_containers;
pub(crate) use instance::deletion::purged as instance_purged;
pub(crate) use instance::health::{break_on_demand, checked as protection_checked};
pub(crate) use job::backup::job_ends;
pub(crate) use operation::{Operation, operation_ends};
pub(crate) use point::rehydration::mark as mark_rehydration;
pub(crate) use point::{age_on_demand, expires as point_expires};
pub(crate) use policy::schedule::due as backup_due;
pub(crate) use policy::{Spans, create as create_policy, spans as policy_spans};
pub(crate) use vault::deletion::{DeletedVault, gone as vault_gone, purged as vault_purged};
pub(crate) use vault::{Vault, create_ready as create_vault};

/// The namespace as Azure spells it.
pub(crate) const NAMESPACE: &str = "Microsoft.DataProtection";

/// Stable api-versions from 2023 on (its SDKs and the published type tables).
pub(crate) const VERSIONS: [&str; 12] = [
    "2023-01-01",
    "2023-05-01",
    "2023-11-01",
    "2023-12-01",
    "2024-03-01",
    "2024-04-01",
    "2025-01-01",
    "2025-02-01",
    "2025-07-01",
    "2025-09-01",
    "2026-03-01",
    "2026-06-01",
];
