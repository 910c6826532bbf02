//! An instance as messages have it.

use serde::Deserialize;

use super::InstanceSpec;
use crate::family::Family;
use crate::workload::BackupParameters;
use crate::workload::postgresql_single::SecretUri;
use crate::{Location, ResourceId, Workload};

/// What is written of an [`InstanceSpec`].
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Spec {
    id: ResourceId,
    datasource: ResourceId,
    location: Location,
    workload: Workload,
    policy: ResourceId,
    snapshot_group: Option<ResourceId>,
    parameters: Option<BackupParameters>,
    secret: Option<SecretUri>,
}

impl TryFrom<Spec> for InstanceSpec {
    type Error = String;

    fn try_from(written: Spec) -> Result<Self, String> {
        let Spec { id, datasource, location, workload, policy, snapshot_group, parameters, secret } = written;
        let vault = Family::vault_of(&id).ok_or_else(|| format!("`{id}` does not lie in a vault"))?;
        Ok(Self { id, vault, datasource, location, workload, policy, snapshot_group, parameters, secret })
    }
}
