//! Microsoft.DataProtection: Backup vaults, policies, instances, jobs and recovery points.

mod dispatch;
mod effect;
mod estate;
mod graph;
mod guard;
mod inspect;
mod instance;
mod job;
mod location;
mod operation;
mod page;
mod permission;
mod point;
mod policy;
mod provider;
mod readiness;
mod restore;
mod state;
mod user_error;
mod vault;

use effect::Effect;
pub(crate) use provider::DataProtection;
use state::State;
use vault::Vault;

/// The namespace as Azure spells it.
const NAMESPACE: &str = "Microsoft.DataProtection";
