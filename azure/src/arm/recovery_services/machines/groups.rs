//! What Azure can protect by itself in a machine: instances of SQL Server, and availability groups.

use holdfast_protection::workload::in_machine::{Automatic, DatabaseKind, Host};
use holdfast_protection::{AzureError, ResourceId};

use super::super::version::BACKUP;
use super::listing::protectable_items;
use super::wire::ContainerWire;
use crate::arm::absence::or_absent;
use crate::arm::transport::ArmClient;
use crate::arm::wire::read;

/// Instances of SQL Server in a machine that Azure can protect by itself, and availability groups that it is a node of.
pub(in super::super) async fn automatic(arm: &ArmClient, host: &Host) -> Result<Vec<Automatic>, AzureError> {
    let listed = protectable_items(arm, &host.vault, DatabaseKind::Sql).await?;
    let mut found = Vec::new();
    for item in listed.into_iter().filter(|item| item.properties.is_auto_protectable) {
        let is_meant = match item.id.parent() {
            Some(container) if container == host.container => true,
            Some(container) => is_node_of(arm, &container, &host.machine).await?,
            None => false,
        };
        if is_meant {
            found.push(Automatic { is_on: item.properties.is_auto_protected, item: item.id });
        }
    }
    Ok(found)
}

/// Whether a machine is a node of an availability group: the container of a group names its nodes (official).
async fn is_node_of(
    arm: &ArmClient,
    container: &ResourceId,
    machine: &ResourceId,
) -> Result<bool, AzureError> {
    const GROUPS: &str = "sqlagworkloadcontainer;";
    if !container.name().to_ascii_lowercase().starts_with(GROUPS) {
        return Ok(false);
    }
    let action = format!("read which machines availability group `{}` has", container.name());
    let answer = or_absent(arm.get(&action, arm.url_of(container, "", BACKUP)).await)?;
    let Some(answer) = answer else { return Ok(false) };
    let nodes = read::<ContainerWire>(&action, &answer)?.properties.extended_info.nodes_list;
    Ok(nodes.into_iter().any(|node| node.source_resource_id.as_ref() == Some(machine)))
}
