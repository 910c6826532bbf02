use std::collections::BTreeMap;

use super::*;
use crate::workload::Workload;

const MACHINE: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/db-1";

fn machine(tags: &[(&str, &str)]) -> Resource {
    Resource {
        id: MACHINE.to_owned(),
        resource_type: MACHINES.to_owned(),
        name: "db-1".to_owned(),
        location: "westeurope".to_owned(),
        resource_group: "g".to_owned(),
        subscription: "s".to_owned(),
        tags: tags.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        sku: None,
        kind: None,
        body: "{}".to_owned(),
    }
}

fn sales() -> Database {
    Database {
        kind: DatabaseKind::Sql,
        machine: MACHINE.parse().unwrap(),
        holder: "MSSQLSERVER".to_owned(),
        name: "sales".to_owned(),
    }
}

#[test]
fn a_database_is_known_by_its_id_and_by_the_name_of_its_item() {
    let id = sales().id().unwrap();
    assert_eq!(id.as_str(), format!("{MACHINE}/sqlInstances/MSSQLSERVER/databases/sales"));
    assert_eq!(Database::of(&id), Some(sales()));
    let machine: ResourceId = MACHINE.parse().unwrap();
    let of_item = Database::of_item(&machine, "SQLDataBase;MSSQLSERVER;sales").unwrap();
    assert_eq!(of_item.id().unwrap(), id);
    assert_eq!(Database::of(&machine), None);
    assert_eq!(Database::of_item(&machine, "VM;iaasvmcontainerv2;g;db-1"), None);
    let system = Database::of_item(&machine, "saphanadatabase;hxe;systemdb").unwrap();
    assert_eq!(system.id().unwrap().resource_type(), DatabaseKind::Hana.resource_type());
}

/// Recorded: the ids of `az backup`.
#[test]
fn the_item_of_a_database_has_the_name_that_azure_gives_it() {
    let vault: ResourceId =
        "/subscriptions/s/resourceGroups/v/providers/Microsoft.RecoveryServices/vaults/rsv".parse().unwrap();
    let expected = format!(
        "{vault}/backupFabrics/Azure/protectionContainers/VMAppContainer;Compute;g;db-1\
         /protectedItems/SQLDataBase;mssqlserver;sales"
    );
    assert_eq!(item_of(&vault, &sales()).unwrap(), expected.parse().unwrap());
}

#[test]
fn a_machine_is_as_many_targets_as_its_tag_says() {
    let all = |tags: &[(&str, &str)]| Workload::all_of(&machine(tags));
    assert_eq!(all(&[]), [Workload::AzureVm]);
    assert_eq!(all(&[("Holdfast-Workloads", "SQL-in-vm")]), [Workload::AzureVm, Workload::SqlInVm]);
    assert_eq!(
        all(&[(WORKLOADS_TAG, "sql-in-vm, hana-in-vm")]),
        [Workload::AzureVm, Workload::SqlInVm, Workload::HanaInVm]
    );
}

#[test]
fn another_resource_tells_of_databases_unless_the_tag_does() {
    let witness: ResourceId =
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.SqlVirtualMachine/sqlVirtualMachines/db-1"
            .parse()
            .unwrap();
    assert_eq!(Workload::witnesses(&machine(&[])), [(Workload::SqlInVm, witness.clone())]);
    assert_eq!(Workload::witnesses(&machine(&[(WORKLOADS_TAG, "none")])), []);
    assert_eq!(Workload::told_by(&witness), Some((Workload::SqlInVm, MACHINE.parse().unwrap())));
    assert_eq!(Workload::told_by(&MACHINE.parse().unwrap()), None);
}

#[test]
fn a_database_has_region_and_tags_of_its_machine() {
    let id = sales().id().unwrap();
    let shown = sales().described(&id, machine(&[("env", "prod")]));
    assert_eq!((shown.name.as_str(), shown.location.as_str()), ("sales", "westeurope"));
    assert_eq!(shown.tags, BTreeMap::from([("env".to_owned(), "prod".to_owned())]));
    assert_eq!(Workload::all_of(&shown), [Workload::SqlInVm]);
}

#[test]
fn databases_are_chosen_by_name_with_or_without_their_instance() {
    let out = |items: Items<String>| left_out(&sales(), Some(&items)).is_some();
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    assert!(!out(Items::All) && !out(Items::Named(names(&["Sales"]))));
    assert!(!out(Items::Named(names(&["mssqlserver/sales"]))));
    assert!(out(Items::Named(names(&["other/sales"]))) && out(Items::AllBut(names(&["SALES"]))));
    let tempdb = Database { name: "tempdb".to_owned(), ..sales() };
    let shown = tempdb.described(&tempdb.id().unwrap(), machine(&[]));
    assert!(Workload::SqlInVm.unsupported(&shown).is_some());
}

#[test]
fn automatic_protection_is_switched_by_a_tag_alone() {
    let wanted = |tags: &[(&str, &str)]| automatic_protection(&machine(tags));
    assert_eq!(wanted(&[]), Ok(None));
    assert_eq!(wanted(&[(AUTOMATIC_TAG, "True")]), Ok(Some(true)));
    assert_eq!(wanted(&[("Holdfast-Auto-Protection", "false")]), Ok(Some(false)));
    assert_eq!(wanted(&[(AUTOMATIC_TAG, "yes")]).unwrap_err().code, "TagNotUsable");
}

#[test]
fn an_intent_has_the_same_name_at_every_retry() {
    let vault: ResourceId =
        "/subscriptions/s/resourceGroups/b/providers/Microsoft.RecoveryServices/vaults/v".parse().unwrap();
    let container = container_of(&vault, &MACHINE.parse().unwrap()).unwrap();
    let item = container.child("protectableItems", "sqlinstance;mssqlserver").unwrap();
    let host =
        Host { machine: MACHINE.parse().unwrap(), vault: vault.clone(), container, hosting: Hosting::Known };
    let on =
        AutomaticProtection::of(&host, &item, Some(vault.child("backupPolicies", "p").unwrap())).unwrap();
    let off = AutomaticProtection::of(&host, &item, None).unwrap();
    assert_eq!(on.intent, off.intent);
    assert_eq!(on.to_string(), "switch automatic protection of sqlinstance;mssqlserver on");
    assert!(off.command().starts_with("az backup protection auto-disable-for-azurewl "), "{}", off.command());
}
