//! Backup vaults as Azure shows them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Location, ResourceId};

/// A Backup vault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Vault {
    /// ARM id.
    pub id: ResourceId,
    /// Region; a datasource must be in the same one.
    pub location: Location,
    /// Tags.
    pub tags: BTreeMap<String, String>,
    /// Object id of the system-assigned identity; absent on a vault made by a bare API call.
    pub principal: Option<String>,
}
