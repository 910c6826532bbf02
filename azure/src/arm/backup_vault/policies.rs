//! Backup policies: written exactly, read tolerantly.

mod read;
mod write;

use std::convert::Infallible;

use holdfast_protection::policy::{Policy, PolicySpec};
use holdfast_protection::{AzureError, ResourceId};

use self::read::PolicyWire;
use crate::arm::absence::or_absent;
use crate::arm::api_version::DATA_PROTECTION;
use crate::arm::transport::ArmClient;
use crate::arm::wire;

/// Every backup policy of a vault; those that cannot be understood are left out.
pub(super) async fn list(arm: &ArmClient, vault: &ResourceId) -> Result<Vec<Policy>, AzureError> {
    let action = format!("list the backup policies of vault `{}`", vault.name());
    let url = arm.url_of(vault, "/backupPolicies", DATA_PROTECTION);
    arm.list(&action, url, |wire: PolicyWire| Ok::<_, Infallible>(wire.into())).await
}

/// A policy in a row of Resource Graph, which has it as a GET shows it.
pub(super) fn exported(row: serde_json::Value) -> Option<Policy> {
    serde_json::from_value::<PolicyWire>(row).ok().map(Policy::from)
}

/// One backup policy, or `None`.
pub(super) async fn get(arm: &ArmClient, id: &ResourceId) -> Result<Option<Policy>, AzureError> {
    let action = format!("read backup policy `{}`", id.name());
    let answer = or_absent(arm.get(&action, arm.url_of(id, "", DATA_PROTECTION)).await)?;
    answer.map(|answer| Ok(wire::read::<PolicyWire>(&action, &answer)?.into())).transpose()
}

/// Creates or replaces a backup policy. Azure answers at once.
pub(super) async fn put(arm: &ArmClient, id: &ResourceId, spec: &PolicySpec) -> Result<(), AzureError> {
    let action = format!("create backup policy `{}`", id.name());
    let PolicySpec::Rules(spec) = spec else {
        let detail = format!("policy `{}` is not of a form that Backup vaults take", id.name());
        return Err(AzureError::Unsendable { action, detail });
    };
    arm.put(&action, arm.url_of(id, "", DATA_PROTECTION), &write::body(spec)).await?;
    Ok(())
}

#[cfg(test)]
mod tests;
