//! Microsoft.DataProtection: Backup vaults, policies, instances, jobs and recovery points.

mod backup;
mod change;
mod configure;
mod containers;
mod cross_region;
mod deletion;
mod dispatch;
mod guard;
mod health;
mod instance;
mod instances;
mod job;
mod location;
mod operation;
mod permission;
mod point;
mod policy;
mod policy_rule;
mod protection;
mod readiness;
mod recovery_point;
mod rehydration;
mod restore;
mod schedule;
mod time_range;
mod user_error;
mod validate;
mod vault;
mod vault_body;
mod vault_deletion;
mod vault_settings;

pub(crate) use backup::job_ends;
pub(crate) use configure::instance_settles;
pub(crate) use containers::copied as copied_containers;
pub(crate) use deletion::purged as instance_purged;
pub(crate) use dispatch::handle;
pub(crate) use health::{break_on_demand, checked as protection_checked};
pub(crate) use job::Job;
pub(crate) use operation::{Operation, operation_ends};
pub(crate) use point::{age_on_demand, expires as point_expires};
pub(crate) use policy::{Spans, create as create_policy, spans as policy_spans};
pub(crate) use rehydration::mark as mark_rehydration;
pub(crate) use schedule::due as backup_due;
pub(crate) use vault::{Vault, create_ready as create_vault};
pub(crate) use vault_deletion::{DeletedVault, gone as vault_gone, purged as vault_purged};

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
