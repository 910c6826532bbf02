//! Microsoft.RecoveryServices: Recovery Services vaults, their settings and policies, and the virtual machines and
//! file shares that they protect, with jobs and recovery points.
//!
//! Where the service behaves as recorded (2021), the source says "recorded"; what the specifications and their examples show is
//! "official"; refusals that users reported are "field".

mod abroad;
mod backup;
mod container;
mod database;
mod dispatch;
mod effect;
mod estate;
mod fabric;
mod filter;
mod graph;
mod guard;
mod inspect;
mod intent;
mod item;
mod job;
mod kind;
mod machine;
mod name;
mod operation;
mod page;
mod point;
mod policy;
mod provider;
mod refusal;
mod region;
mod restore;
mod share;
mod state;
mod trouble;
mod vault;

pub(crate) use provider::RecoveryServices;

/// Whether this is a filter that lists of Recovery Services take.
pub fn reads_filter(text: &str) -> bool {
    text.parse::<filter::Filter>().is_ok()
}

use state::State;

/// The namespace as Azure spells it.
const NAMESPACE: &str = "Microsoft.RecoveryServices";
