//! Disks of machines in the sweep: they are not protected a second time, on whatever page their machine is.

use std::collections::BTreeSet;

use holdfast_protection::outcome::Outcome;
use holdfast_protection::ports::Part;
use serde_json::{Value, json};

use super::run::Run;
use super::sweeping::{Shelf, sweep_once};
use super::worlds::recovery_vault;
use crate::world;

/// Three machines with two disks each; the rules leave the last machine out. Disks come before machines in the order of ids.
fn estate() -> (Value, Vec<String>) {
    let mut estate = world::granted();
    let vault = json!({ "id": recovery_vault(), "location": "westeurope", "identity": false });
    estate["vaults"].as_array_mut().unwrap().push(vault);
    let mut resources = Vec::new();
    let mut free = Vec::new();
    for number in 0..3 {
        let machine = world::disk("rg-app", &format!("m-{number}")).replace("/disks/", "/virtualMachines/");
        let disks = ["os", "data"].map(|name| world::disk("rg-app", &format!("m-{number}-{name}")));
        let tags = if number == 2 { json!({ "backup": "off" }) } else { json!({ "env": "prod" }) };
        let [os, data] = disks.each_ref().map(|id| json!({ "managedDisk": { "id": id }, "lun": 0 }));
        let storage = json!({ "osDisk": os, "dataDisks": [data] });
        resources.push(json!({ "id": machine, "location": "westeurope", "tags": tags,
            "properties": { "storageProfile": storage } }));
        for id in disks {
            resources.push(json!({ "id": id, "location": "westeurope",
                "tags": { "env": "prod" }, "sku": { "name": "Premium_LRS" }, "properties": {} }));
            free.extend(Some(id).filter(|_| number == 2));
        }
    }
    estate["resources"] = json!(resources);
    (estate, free)
}

#[tokio::test(flavor = "multi_thread")]
async fn disks_of_machines_that_are_backed_up_are_left_out_on_whatever_page_their_machine_is() {
    let (estate, free) = estate();
    for top in [1, 4, Part::TOP] {
        let mut run = Run::of(estate.clone()).await;
        let shelf = Shelf::default();
        sweep_once(&mut run, &shelf, top).await;
        run.work_off().await;
        let is_protected = |id: &&String| matches!(run.end_of(id), Some(Outcome::Protected { .. }));
        let disks: Vec<String> = run.ends.keys().filter(|id| id.contains("/disks/")).cloned().collect();
        let protected: BTreeSet<String> =
            disks.iter().filter(is_protected).map(|id| id.to_ascii_lowercase()).collect();
        let wanted: BTreeSet<String> = free.iter().map(|id| id.to_ascii_lowercase()).collect();
        assert_eq!(protected, wanted, "top {top}");

        run.azure.advance(24.0 * 3600.0);
        let before = run.azure.calls()["total"].as_u64().unwrap();
        let (counts, _) = sweep_once(&mut run, &shelf, top).await;
        let calls = run.azure.calls()["total"].as_u64().unwrap() - before;
        // A machine on another page is asked for by one more query of the graph.
        let most = 2 * u64::from(counts.pages) + 1;
        assert!(calls <= most, "top {top}: {calls} calls for {} pages", counts.pages);
    }
}
