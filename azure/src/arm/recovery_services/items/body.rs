//! What is written of a protected item, workload by workload.

use holdfast_protection::ResourceId;
use holdfast_protection::instance::InstanceSpec;
use holdfast_protection::policy::FilesPolicy;
use holdfast_protection::workload::in_machine::{Database, DatabaseKind};
use holdfast_protection::workload::{BackupParameters, DiskChoice};
use serde_json::{Value, json};

/// `protectedItemType` of machines and of shares.
const MACHINE: &str = "Microsoft.Compute/virtualMachines";
const SHARE: &str = "AzureFileShareProtectedItem";

/// The body that has Azure protect a datasource.
pub(super) fn configured(spec: &InstanceSpec) -> Result<Value, String> {
    if let Some(database) = Database::of(&spec.datasource) {
        return Ok(of_database(&database, &spec.policy));
    }
    let (kind, source) = kind_and_source(&spec.datasource)?;
    let mut properties =
        json!({ "protectedItemType": kind, "sourceResourceId": source, "policyId": spec.policy });
    if let (Some(BackupParameters::Disks(disks)), Some(properties)) =
        (&spec.parameters, properties.as_object_mut())
    {
        properties.insert("extendedProperties".to_owned(), chosen(disks));
    }
    Ok(json!({ "properties": properties }))
}

/// With the fields that recorded calls have.
fn of_database(database: &Database, policy: &ResourceId) -> Value {
    let kind = match database.kind {
        DatabaseKind::Sql => "AzureVmWorkloadSQLDatabase",
        DatabaseKind::Hana => "AzureVmWorkloadSAPHanaDatabase",
    };
    json!({ "properties": {
        "protectedItemType": kind,
        "backupManagementType": "AzureWorkload",
        "workloadType": database.kind.item_word(),
        "policyId": policy,
    } })
}

/// `extendedProperties` for a choice of disks. Left out, Azure keeps the choice that it has; all disks are a null.
pub(super) fn chosen(disks: &DiskChoice) -> Value {
    let choice = json!({ "diskLunList": disks.luns, "isInclusionList": disks.included });
    json!({ "diskExclusionProperties": (!disks.is_all()).then_some(choice) })
}

/// What Azure calls the kind of a datasource, and what it was made from: a share is known by its account.
fn kind_and_source(datasource: &ResourceId) -> Result<(&'static str, ResourceId), String> {
    let kind = datasource.resource_type();
    if kind.eq_ignore_ascii_case(MACHINE) {
        return Ok((MACHINE, datasource.clone()));
    }
    let account = datasource.parent().and_then(|service| service.parent());
    match account.filter(|_| kind.eq_ignore_ascii_case(FilesPolicy::DATASOURCE_TYPE)) {
        Some(account) => Ok((SHARE, account)),
        None => Err(format!("Recovery Services vaults protect no {kind}")),
    }
}
