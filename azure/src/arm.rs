//! Azure Resource Manager: one client, one file per area of Azure.

mod absence;
mod alterations;
mod api_version;
mod backups;
mod canonical;
mod children;
mod clusters;
mod containers;
mod estate;
mod groups;
mod instances;
mod jobs;
mod key_vaults;
mod memory;
mod operation;
mod points;
mod policies;
mod ports;
mod refusal;
mod resource_graph;
mod resources;
mod restores;
mod retry;
mod role_assignments;
mod surroundings;
mod targets;
mod throttle;
mod transport;
mod vaults;
mod wire;

pub use canonical::canonical;
pub use resources::resource_of;
pub(crate) use transport::chain;
pub use transport::{ArmClient, ArmOptions};
