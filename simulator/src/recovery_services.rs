//! Microsoft.RecoveryServices: Recovery Services vaults, their settings, and policies of virtual machines and file
//! shares, and which virtual machines could be protected.
//!
//! Where the service behaves as recorded (2021), the source says "recorded"; what the specifications and their examples show is
//! "official"; refusals that users reported are "field".

mod dispatch;
mod estate;
mod fabric;
mod graph;
mod operation;
mod policy;
mod provider;
mod refusal;
mod state;
mod vault;

pub(crate) use provider::RecoveryServices;
use state::State;

/// The namespace as Azure spells it.
const NAMESPACE: &str = "Microsoft.RecoveryServices";
