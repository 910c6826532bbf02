//! Blob containers of a storage account, by Resource Manager: the function app reads no blob.

use std::convert::Infallible;

use holdfast_protection::{AzureError, ResourceId};
use serde::Deserialize;

use super::api_version::STORAGE;
use super::transport::ArmClient;

#[derive(Deserialize)]
struct ContainerWire {
    name: String,
}

/// Names of the containers of a storage account.
pub(super) async fn list(arm: &ArmClient, account: &ResourceId) -> Result<Vec<String>, AzureError> {
    let action = format!("list the containers of storage account `{}`", account.name());
    let url = arm.url_of(account, "/blobServices/default/containers", STORAGE);
    arm.list(&action, url, |wire: ContainerWire| Ok::<_, Infallible>(wire.name)).await
}
