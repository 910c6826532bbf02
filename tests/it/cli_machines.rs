//! The commands for machines and the databases in them, as the processes they are, against a function app.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use holdfast_tests::{Knobs, SUBSCRIPTION, Stage};
use serde_json::{Value, json};

use crate::http_operations::KEYS;
use crate::terminal::{Ended, holdfast};

fn below(group: &str, path: &str) -> String {
    format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/{group}/providers/{path}")
}

fn vault() -> String {
    below("rg-backup", "Microsoft.RecoveryServices/vaults/rsv-westeurope")
}

/// A machine with a SAP HANA system, both protected; the id of the machine.
async fn protected() -> Result<(Stage, String)> {
    let machine = below("rg-app", "Microsoft.Compute/virtualMachines/erp");
    let group = |name: &str| format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/{name}");
    let disks = json!({ "osDisk": { "name": "erp-os", "osType": "Linux" }, "dataDisks": [] });
    let estate = json!({
        "resourceGroups": [
            { "id": group("rg-app"), "location": "westeurope" },
            { "id": group("rg-backup"), "location": "westeurope" },
        ],
        "vaults": [{ "id": vault(), "location": "westeurope", "identity": false,
            "redundancy": "GeoRedundant", "crossRegionRestore": true }],
        "resources": [
            { "id": machine, "location": "westeurope", "properties": { "storageProfile": disks } },
            { "id": below("rg-app", "Microsoft.Storage/storageAccounts/staging"), "location": "westeurope",
              "kind": "StorageV2", "sku": { "name": "Standard_LRS" }, "properties": {} },
            { "id": below("rg-app", "Microsoft.Storage/storageAccounts/north"), "location": "northeurope",
              "kind": "StorageV2", "sku": { "name": "Standard_LRS" }, "properties": {} },
        ],
        "guests": [{ "machine": machine,
            "instances": [{ "engine": "hana", "name": "H10", "databases": [{ "name": "H10" }] }] }],
    });
    let settings = vec![("HOLDFAST_KEYS".to_owned(), KEYS.to_owned())];
    let stage = Stage::set(Knobs { estate, settings, speed: 1000.0, ..Knobs::default() }).await?;
    let tags = json!({ "tags": { "env": "prod", "holdfast-workloads": "hana-in-vm" } });
    stage.azure("PATCH", &format!("{machine}?api-version=2024-03-01"), Some(&tags)).await?;
    let database = format!("{machine}/hanaSystems/H10/databases/H10");
    stage.until_ended(&[machine.clone(), database], Duration::from_secs(120)).await?;
    Ok((stage, machine))
}

async fn clock(stage: &Stage, change: Value) -> Result<()> {
    stage.azure("POST", "/_simulator/clock", Some(&change)).await.map(drop)
}

async fn listed(stage: &Stage, arguments: &[&str]) -> Result<Vec<Value>> {
    let told = holdfast(stage, &[arguments, &["--json"]].concat()).await?.is(0)?.json()?;
    let list = if told.is_array() { &told } else { &told["points"] };
    list.as_array().cloned().with_context(|| told.to_string())
}

fn text(value: &Value, name: &str) -> Result<String> {
    value[name].as_str().map(str::to_owned).with_context(|| format!("no {name}: {value}"))
}

fn operation(begun: &Ended) -> Result<String> {
    text(&begun.json()?, "id")
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_points_vaults_and_registrations_of_machines_are_dealt_with_by_command() -> Result<()> {
    let (stage, machine) = protected().await?;
    let database = format!("{machine}/hanaSystems/H10/databases/H10");
    clock(&stage, json!({ "frozen": true })).await?;
    for (resource, word) in [(&machine, "Backup"), (&database, "Backup (Full)")] {
        holdfast(&stage, &["backup", resource, "--no-wait"]).await?.is(0)?;
        let list = ["jobs", "--resource", resource, "--operation", "backup"];
        let job = listed(&stage, &list).await?.into_iter().next().context("no job")?;
        ensure!((&job["operation"], &job["hasEnded"]) == (&json!(word), &json!(false)), "{job}");
        let id = text(&job, "id")?;
        let cancel = ["cancel", &id, "--resource", resource, "--why", "by mistake", "--no-wait", "--json"];
        let asked = operation(&holdfast(&stage, &cancel).await?.is(0)?)?;
        clock(&stage, json!({ "advanceSeconds": 3600 })).await?;
        let ended = holdfast(&stage, &["operation", &asked]).await?.is(0)?;
        ensure!(ended.said().contains("done"), "{ended:?}");
        let job = listed(&stage, &list).await?.into_iter().next().context("no job")?;
        ensure!(job["status"] == "Cancelled", "{job}");
    }

    let keep = ["backup", &machine, "--retention", "P400D", "--no-wait", "--json"];
    let asked = operation(&holdfast(&stage, &keep).await?.is(0)?)?;
    clock(&stage, json!({ "advanceSeconds": 8.0 * 3600.0 })).await?;
    holdfast(&stage, &["operation", &asked]).await?.is(0)?;
    let point = listed(&stage, &["points", &machine]).await?.into_iter().next().context("no point")?;
    let point = text(&point, "id")?;
    let archive = ["archive", &machine, "--point", &point, "--yes", "--no-wait", "--json"];
    let asked = operation(&holdfast(&stage, &archive).await?.is(0)?)?;
    clock(&stage, json!({ "advanceSeconds": 8.0 * 3600.0 })).await?;
    holdfast(&stage, &["operation", &asked]).await?.is(0)?;
    let archived = listed(&stage, &["points", &machine, "--tier", "ArchiveStore"]).await?;
    ensure!(archived.len() == 1, "{archived:?}");
    let jobs = listed(&stage, &["jobs", "--resource", &machine, "--operation", "backup"]).await?;
    let job = text(jobs.first().context("no job")?, "id")?;
    for command in [
        ["archive", &machine, "--point", &point, "--yes"].as_slice(),
        &["files", &machine, "--point", &point],
        &["cancel", &job, "--resource", &machine],
    ] {
        let other = ["--workload", "hana-in-vm", "--no-wait"].as_slice();
        let refused = holdfast(&stage, &[command, other].concat()).await?.is(1)?;
        ensure!(refused.said().contains("error: WorkloadNotProtected: "), "{refused:?}");
    }
    let staging = below("rg-app", "Microsoft.Storage/storageAccounts/staging");
    let to = ["restore", &machine, "--to", "vm-disks:rg-app", "--dry-run"];
    let old = [to.as_slice(), &["--staging", &staging, "--point", &point]].concat();
    let refused = holdfast(&stage, &old).await?.is(1)?;
    ensure!(
        refused.said().contains("error: UserErrorArchivedRecoveryPointsRequestedForRestore: "),
        "{refused:?}"
    );
    let back = [old.as_slice(), &["--rehydrate", "high", "--days", "10", "--no-wait"]].concat();
    holdfast(&stage, &back).await?.is(0)?;

    let item = format!(
        "{vault}/backupFabrics/Azure/protectionContainers/iaasvmcontainer;iaasvmcontainerv2;rg-app;erp/protectedItems/vm;iaasvmcontainerv2;rg-app;erp",
        vault = vault()
    );
    let keep = operation(&holdfast(&stage, &["backup", &machine, "--no-wait", "--json"]).await?.is(0)?)?;
    clock(&stage, json!({ "advanceSeconds": 8.0 * 3600.0 })).await?;
    holdfast(&stage, &["operation", &keep]).await?.is(0)?;
    let point = listed(&stage, &["points", &machine]).await?.into_iter().next().context("no point")?;
    let point = format!("{item}/recoveryPoints/{}", text(&point, "id")?);
    let threat = json!({ "point": point, "status": "UnHealthy" });
    stage.azure("POST", "/_simulator/points/threat", Some(&threat)).await?;
    let restore = [to.as_slice(), &["--staging", &staging]].concat();
    let refused = holdfast(&stage, &restore).await?.is(1)?;
    ensure!(refused.said().contains("error: RecoveryPointSuspicious: "), "{refused:?}");
    holdfast(&stage, &[restore.as_slice(), &["--even-if-suspicious", "--no-wait"]].concat()).await?.is(0)?;

    let north = below("rg-app", "Microsoft.Storage/storageAccounts/north");
    let abroad =
        [to.as_slice(), &["--staging", &north, "--region", "secondary", "--even-if-suspicious", "--no-wait"]]
            .concat();
    holdfast(&stage, &abroad).await?.is(0)?;

    let refused = holdfast(&stage, &["vaults", "--delete", &vault(), "--yes"]).await?.is(1)?;
    ensure!(refused.said().contains("error: VaultNotEmpty: "), "{refused:?}");

    let register = ["register", &machine, "--workload", "hana-in-vm", "--no-wait", "--json"];
    let asked = operation(&holdfast(&stage, &register).await?.is(0)?)?;
    clock(&stage, json!({ "advanceSeconds": 3600 })).await?;
    holdfast(&stage, &["operation", &asked]).await?.is(0)?;
    let unregister = holdfast(&stage, &["unregister", &machine, "--workload", "hana-in-vm"]).await?.is(1)?;
    ensure!(unregister.said().contains("error: MachineHoldsProtected: "), "{unregister:?}");
    Ok(())
}
