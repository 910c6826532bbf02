//! Policies of machines, shares and databases: written exactly, read tolerantly.

mod calendar;
mod databases;
mod read;
mod retention;
mod write;

use std::convert::Infallible;

use holdfast_protection::operation::Started;
use holdfast_protection::policy::{Policy, PolicySpec};
use holdfast_protection::{AzureError, ResourceId};

use self::read::PolicyWire;
use super::version::BACKUP;
use crate::arm::absence::or_absent;
use crate::arm::operation;
use crate::arm::transport::ArmClient;
use crate::arm::wire;

/// Every backup policy of a vault.
pub(super) async fn list(arm: &ArmClient, vault: &ResourceId) -> Result<Vec<Policy>, AzureError> {
    let action = format!("list the backup policies of vault `{}`", vault.name());
    let url = arm.url_of(vault, "/backupPolicies", BACKUP);
    arm.list(&action, url, |wire: PolicyWire| Ok::<_, Infallible>(wire.into())).await
}

/// A policy in a row of Resource Graph, which has it as a GET shows it.
pub(super) fn exported(row: serde_json::Value) -> Option<Policy> {
    serde_json::from_value::<PolicyWire>(row).ok().map(Policy::from)
}

/// One backup policy, or `None`.
pub(super) async fn get(arm: &ArmClient, id: &ResourceId) -> Result<Option<Policy>, AzureError> {
    let action = format!("read backup policy `{}`", id.name());
    let answer = or_absent(arm.get(&action, arm.url_of(id, "", BACKUP)).await)?;
    answer.map(|answer| Ok(wire::read::<PolicyWire>(&action, &answer)?.into())).transpose()
}

/// Creates or replaces a backup policy. Azure answers at once as long as nothing follows it.
pub(super) async fn put(arm: &ArmClient, id: &ResourceId, spec: &PolicySpec) -> Result<Started, AzureError> {
    let action = format!("create backup policy `{}`", id.name());
    let body = match spec {
        PolicySpec::Vm(policy) => write::of_machines(policy),
        PolicySpec::Files(policy) => write::of_shares(policy),
        PolicySpec::Databases(policy) => databases::written(policy),
        PolicySpec::Rules(_) => {
            let detail =
                format!("policy `{}` is not of a form that Recovery Services vaults take", id.name());
            return Err(AzureError::Unsendable { action, detail });
        }
    };
    operation::started(&action, &arm.put(&action, arm.url_of(id, "", BACKUP), &body).await?)
}

#[cfg(test)]
mod tests;
