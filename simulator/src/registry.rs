//! The one list of providers: a call goes to the first that serves its path, and the last one serves all that are left.

use crate::authorization::Authorization;
use crate::data_protection::DataProtection;
use crate::deployments::Deployments;
use crate::event_grid::EventSubscriptions;
use crate::management_groups::ManagementGroups;
use crate::recovery_services::RecoveryServices;
use crate::resource_graph::ResourceGraph;
use crate::resources::Resources;
use crate::world::Providers;

/// Every provider.
pub(crate) const PROVIDERS: Providers = &[
    &DataProtection,
    &RecoveryServices,
    &Authorization,
    &ResourceGraph,
    &EventSubscriptions,
    &Deployments,
    &ManagementGroups,
    &Resources,
];
