//! What was in a machine when Azure last looked into it (official: the list and its filter).
//!
//! A vault keeps the item of a database that was dropped, and lists no database as protectable that has one: neither tells
//! whether the database is there.

use holdfast_protection::workload::in_machine::{DatabaseKind, Host};
use holdfast_protection::{AzureError, ResourceId};

use super::listing::{ItemWire, database_of, named};
use crate::arm::recovery_services::version::BACKUP;
use crate::arm::transport::ArmClient;

/// Databases of a kind that were there, protected or not.
pub(in crate::arm::recovery_services) async fn found_in(
    arm: &ArmClient,
    host: &Host,
    kind: DatabaseKind,
) -> Result<Vec<ResourceId>, AzureError> {
    let action = format!("list what is in virtual machine `{}`", host.machine.name());
    let mut url = arm.url_of(&host.container, "/items", BACKUP);
    let filter =
        format!("backupManagementType eq 'AzureWorkload' and workloadItemType eq '{}'", kind.item_word());
    url.query_pairs_mut().append_pair("$filter", &filter);
    let listed = arm.list(&action, url, Ok::<ItemWire, std::convert::Infallible>).await?;
    let databases = listed.iter().filter_map(|item| database_of(&host.machine, item));
    Ok(databases.filter_map(|database| named(&database)).collect())
}
