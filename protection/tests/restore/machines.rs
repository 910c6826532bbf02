//! Virtual machines: as disks, as a new machine, with their disks replaced.

use holdfast_protection::job::JobDetails;
use holdfast_protection::restore::{RestoreGround, RestoreInto, SeenPlace};
use holdfast_protection::tier::DataStore;
use serde_json::{Value, json};

use crate::ground::{id, machine, plan};

const STAGING: &str = "rg-app/providers/Microsoft.Storage/storageAccounts/staging";

fn disks(more: &Value) -> Value {
    let mut to = json!({ "kind": "vm-disks", "resourceGroup": id("rg-restored"), "staging": id(STAGING) });
    to.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({ "to": to })
}

fn new_machine(more: &Value) -> Value {
    let subnet = id("rg-net/providers/Microsoft.Network/virtualNetworks/vnet/subnets/apps");
    let mut to = json!({ "kind": "vm", "resourceGroup": id("rg-restored"), "name": "web-2", "subnet": subnet,
        "staging": id(STAGING) });
    to.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({ "to": to })
}

#[test]
fn all_disks_some_or_that_of_the_system_come_to_a_group_and_no_role_is_needed() {
    for (desired, asked) in [
        (json!({}), None),
        (json!({ "disks": [] }), Some(Vec::new())),
        (json!({ "disks": [0, 3] }), Some(vec![0, 3])),
    ] {
        let plan = plan(&machine("rg-restored"), disks(&desired)).unwrap();
        let RestoreInto::Disks { group, staging, disks } = &plan.order.request.into else {
            panic!("{plan:?}")
        };
        assert_eq!((group, staging, disks), (&id("rg-restored"), &id(STAGING), &asked));
        assert!(plan.grants.is_empty() && plan.preparation.is_none() && plan.order.changes().is_empty());
        assert!(plan.notes.iter().any(|note| note.contains("staging account")), "{plan:?}");
    }
}

#[test]
fn a_new_machine_never_takes_a_name_that_is_there() {
    let mut ground = machine("rg-restored");
    let made = plan(&ground, new_machine(&json!({}))).unwrap();
    let wanted = id("rg-restored/providers/Microsoft.Compute/virtualMachines/web-2");
    assert_eq!(*made.order.target(), wanted);
    ground.place.taken = vec!["web-2".to_owned()];
    let refused = plan(&ground, new_machine(&json!({}))).unwrap_err();
    assert_eq!(refused.code, "UserErrorVmNameAlreadyInUse");
    assert!(refused.way_out.contains("vm-in-place"), "{refused}");
}

/// Recorded: the job names the resource group, and no id.
#[test]
fn the_job_of_a_restore_is_known_by_the_group_that_it_names() {
    for desired in [disks(&json!({})), new_machine(&json!({}))] {
        let order = plan(&machine("rg-restored"), desired).unwrap().order;
        let to = |destination: Option<&str>| {
            order.is_done_by(&JobDetails {
                destination: destination.map(str::to_owned),
                ..JobDetails::default()
            })
        };
        assert!(to(Some("RG-restored")) && to(None));
        assert!(!to(Some("rg-other")));
    }
}

#[test]
fn a_zone_needs_a_copy_in_the_vault() {
    let mut ground = machine("rg-restored");
    assert!(plan(&ground, new_machine(&json!({ "zone": "2" }))).is_ok());
    for point in &mut ground.points {
        point.copies[0].store = DataStore::OperationalStore;
    }
    let refused = plan(&ground, new_machine(&json!({ "zone": "2" }))).unwrap_err();
    assert_eq!(refused.code, "ZoneNeedsVaultTier");
}

#[test]
fn disks_are_replaced_only_after_it_was_said_what_happens_to_the_machine() {
    let ground = machine("rg-app/providers/Microsoft.Compute/virtualMachines/web-1");
    let desired = json!({ "to": { "kind": "vm-in-place", "staging": id(STAGING) } });
    let plan_made = plan(&ground, desired.clone()).unwrap();
    let [change] = plan_made.order.changes().try_into().unwrap();
    assert_eq!(change.target, ground.source.datasource);
    assert!(change.what.contains("it is stopped"), "{change:?}");
    let gone = RestoreGround {
        place: holdfast_protection::restore::Place { seen: None, ..ground.place.clone() },
        ..ground
    };
    assert!(plan(&gone, desired).unwrap_err().way_out.contains("restore it as a new machine"));
}

#[test]
fn a_staging_account_that_azure_would_refuse_is_refused_before() {
    let usable = machine("rg-restored");
    let seen = |change: &dyn Fn(&mut SeenPlace)| {
        let mut ground = usable.clone();
        change(ground.staging.as_mut().unwrap().seen.as_mut().unwrap());
        ground
    };
    let elsewhere = seen(&|seen| seen.location = "northeurope".into());
    let zonal = seen(&|seen| seen.sku = Some("Standard_GZRS".to_owned()));
    let mut absent = usable.clone();
    absent.staging.as_mut().unwrap().seen = None;
    let mut other = usable.clone();
    other.staging.as_mut().unwrap().id = id("rg-app/providers/Microsoft.Compute/disks/d");
    for (ground, says) in [
        (elsewhere, "is in northeurope"),
        (zonal, "is zone-redundant"),
        (absent, "does not exist"),
        (other, "is not the ARM id of a storage account"),
    ] {
        let refused = plan(&ground, disks(&json!({}))).unwrap_err();
        assert!(refused.message.contains(says), "{refused}");
        assert!(refused.way_out.contains("as `staging`"), "{refused}");
    }
}

#[test]
fn what_azure_has_no_word_for_is_refused() {
    let ground = machine("rg-restored");
    assert_eq!(plan(&ground, disks(&json!({ "disks": [64] }))).unwrap_err().code, "DiskNotNamed");
    let subnet = id("rg-net/providers/Microsoft.Network/virtualNetworks/vnet");
    let refused = plan(&ground, new_machine(&json!({ "subnet": subnet }))).unwrap_err();
    assert_eq!(refused.code, "RestoreTargetOfWrongType");
    assert_eq!(plan(&ground, new_machine(&json!({ "name": "-web" }))).unwrap_err().code, "NameNotUsable");
}
