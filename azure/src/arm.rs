//! Azure Resource Manager: one client, one file per area of Azure.

mod absence;
mod api_version;
mod backup_vault;
mod calls;
mod canonical;
mod children;
mod clusters;
mod containers;
mod dependencies;
mod estate;
mod exported;
mod groups;
mod guards;
mod job_pages;
mod key_vaults;
mod memory;
mod operation;
mod ports;
mod protected;
mod recovery_services;
mod refusal;
mod resource_graph;
mod resources;
mod retry;
mod role_assignments;
mod sweep_pages;
mod targets;
mod throttle;
mod transport;
mod vault_wire;
mod wire;

pub use calls::calls;
pub use canonical::canonical;
pub use exported::{Exported, exported};
pub use resources::resource_of;
pub use transport::{ArmClient, ArmOptions};
