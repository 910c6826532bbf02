//! Microsoft.DataProtection: Backup vaults, policies, instances, jobs and recovery points.

mod backup;
mod configure;
mod dispatch;
mod instance;
mod job;
mod location;
mod operation;
mod permission;
mod policy;
mod policy_rule;
mod protection;
mod readiness;
mod recovery_point;
mod user_error;
mod validate;
mod vault;
mod vault_body;

pub(crate) use backup::job_ends;
pub(crate) use configure::instance_settles;
pub(crate) use dispatch::handle;
pub(crate) use instance::Instance;
pub(crate) use job::Job;
pub(crate) use operation::{Operation, operation_ends};
pub(crate) use policy::create as create_policy;
pub(crate) use vault::{Vault, create_ready as create_vault, gone as vault_gone};

/// The namespace as Azure spells it.
pub(crate) const NAMESPACE: &str = "Microsoft.DataProtection";
