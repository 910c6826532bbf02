//! Azure's recorded answers about databases in machines through the whole client: registration, what runs in a machine,
//! items, on-demand backups, recovery points and a restore as files.

use std::collections::BTreeMap;

use holdfast_azure::ArmClient;
use holdfast_protection::backup::{BackupKind, BackupOrder, DatabaseBackup};
use holdfast_protection::family::Family;
use holdfast_protection::instance::{InstanceSpec, ProtectionState};
use holdfast_protection::operation::Started;
use holdfast_protection::points::Choice;
use holdfast_protection::ports::{Azure as _, Backups};
use holdfast_protection::restore::{
    DatabaseFiles, RestoreFrom, RestoreInto, RestoreOrder, RestoreRegion, RestoreRequest,
};
use holdfast_protection::tier::DataStore;
use holdfast_protection::workload::Preparation;
use holdfast_protection::workload::in_machine::{
    AutomaticProtection, Database, DatabaseKind, Host, Hosting, MachineRegistration,
};
use holdfast_protection::{RefusalKind, ResourceId, Workload};
use serde_json::{Value, json};

use crate::replay::{Recorded, recordings_of};

fn backups(arm: &ArmClient) -> Box<dyn Backups + '_> {
    arm.backups(Family::RecoveryServices)
}

/// Recorded ids have their semicolons encoded.
fn id(path: &str) -> ResourceId {
    path.replace("%3B", ";").parse().unwrap()
}

fn vault_of(path: &str) -> ResourceId {
    let whole: Vec<&str> = path.split('/').take(9).collect();
    id(&whole.join("/"))
}

fn kind_of(text: &str) -> DatabaseKind {
    if text.to_ascii_lowercase().contains("hana") { DatabaseKind::Hana } else { DatabaseKind::Sql }
}

/// The recordings have no machine beside its container's name.
fn machine_of(container: &ResourceId) -> ResourceId {
    let parts: Vec<&str> = container.name().split(';').collect();
    let [_, _, group, name] = parts.as_slice() else { panic!("{container}") };
    let subscription = container.subscription_id();
    id(&format!("{subscription}/resourceGroups/{group}/providers/Microsoft.Compute/virtualMachines/{name}"))
}

fn is_running(started: &Started) -> bool {
    matches!(started, Started::Running { .. })
}

#[tokio::test]
async fn every_recorded_answer_about_databases_in_machines_is_understood() {
    let Some(recorded) = recordings_of("recordings/recoveryservices") else { return };
    let mut asked: BTreeMap<&'static str, u32> = BTreeMap::new();
    for call in &recorded {
        if let Some(kind) = ask_again(call).await {
            *asked.entry(kind).or_default() += 1;
        }
    }
    eprintln!("asked again: {asked:?}");
    for (kind, least) in [
        ("register", 4),
        ("register again", 1),
        ("host", 12),
        ("switch on", 1),
        ("switch off", 1),
        ("hosted", 6),
        ("item", 20),
        ("configure", 4),
        ("backup", 2),
        ("points", 1),
        ("files of a point", 1),
        ("restore as files", 1),
    ] {
        assert!(asked.get(kind).copied().unwrap_or_default() >= least, "{kind}: {asked:?}");
    }
}

async fn ask_again(call: &Recorded) -> Option<&'static str> {
    let path = call.path().replace("%3B", ";");
    let lower = path.to_ascii_lowercase();
    let last_but_one = lower.rsplit('/').nth(1).unwrap_or_default().to_owned();
    let in_machine = lower.contains("vmappcontainer");
    Some(match (call.method.as_str(), last_but_one.as_str()) {
        ("PUT" | "DELETE", "backupprotectionintent") => switch(call, &id(&path)).await?,
        ("PUT", "protectioncontainers") if in_machine => register(call, &id(&path)).await,
        ("GET", "protectioncontainers") if in_machine => host(call, &id(&path)).await,
        ("GET", _)
            if lower.ends_with("/backupprotectableitems")
                && call.text("/value/0/properties/backupManagementType") == "AzureWorkload" =>
        {
            hosted(call).await
        }
        ("GET", "protecteditems") if in_machine => item(call, &id(&path)).await?,
        ("PUT", "protecteditems") if in_machine => configure(call, &id(&path)).await?,
        ("POST", _) if in_machine && lower.ends_with("/backup") => back_up(call, &path).await?,
        ("GET", _) if in_machine && lower.ends_with("/recoverypoints") => points(call, &path).await,
        ("GET", "recoverypoints") if in_machine => files(call, &path).await,
        ("POST", _) if in_machine && lower.ends_with("/restore") => restore(call, &path).await,
        _ => return None,
    })
}

async fn register(call: &Recorded, container: &ResourceId) -> &'static str {
    let asked = &call.request["properties"];
    let again = asked["operationType"] == json!("Reregister");
    let registration = MachineRegistration {
        container: container.clone(),
        vault: vault_of(container.as_str()),
        machine: id(asked["sourceResourceId"].as_str().unwrap()),
        databases: kind_of(asked["workloadType"].as_str().unwrap()),
        again,
    };
    let started = backups(&call.client()).prepare(&Preparation::RegisterMachine(registration)).await.unwrap();
    assert!(is_running(&started), "{started:?}");
    assert_eq!(call.sent(), call.request);
    if again { "register again" } else { "register" }
}

/// What Azure protects by itself is switched as recorded: at once.
async fn switch(call: &Recorded, intent: &ResourceId) -> Option<&'static str> {
    let asked = &call.request["properties"];
    let on = call.method == "PUT";
    if on && asked["protectionIntentItemType"] != json!("RecoveryServiceVaultItem") {
        return None;
    }
    let vault = vault_of(intent.as_str());
    let item = asked["itemId"].as_str().map_or_else(|| vault.clone(), id);
    let policy = asked["policyId"].as_str().map(id);
    let wanted = AutomaticProtection { intent: intent.clone(), vault, item, policy };
    let started = backups(&call.client()).prepare(&Preparation::Automatic(wanted)).await;
    assert_eq!(started, Ok(Started::Done));
    if on {
        assert_eq!(call.sent(), call.request);
    }
    Some(if on { "switch on" } else { "switch off" })
}

/// How a machine stands is read out of its container.
async fn host(call: &Recorded, container: &ResourceId) -> &'static str {
    let machine = machine_of(container);
    let details = call.response["properties"]["extendedInfo"]["inquiryInfo"]["inquiryDetails"].clone();
    let word = details[0]["type"].as_str().unwrap_or_default().to_owned();
    let kind = kind_of(&word);
    let known = backups(&call.client()).protectable(&vault_of(container.as_str()), &machine).await.unwrap();
    assert_eq!(format!("{known:?}"), "NotFound", "the machine is registered");
    let database = Database { kind, machine, holder: "x".to_owned(), name: "y".to_owned() };
    assert!(database.id().is_ok());
    "host"
}

async fn hosted(call: &Recorded) -> &'static str {
    let shown = call.response["value"].as_array().unwrap();
    let of_databases = shown.iter().filter(|item| {
        item["properties"]["protectableItemType"].as_str().is_some_and(|kind| kind.ends_with("ase"))
    });
    for item in of_databases {
        let id_of_item = id(item["id"].as_str().unwrap());
        let container = id_of_item.parent().unwrap();
        let kind = kind_of(item["name"].as_str().unwrap());
        let vault = vault_of(container.as_str());
        let host = Host { machine: machine_of(&container), vault, container, hosting: Hosting::Known };
        let found = backups(&call.client()).hosted(&host, kind).await.unwrap();
        let name = item["properties"]["friendlyName"].as_str().unwrap();
        let one =
            found.iter().find(|one| one.id.name() == name).unwrap_or_else(|| panic!("{name}: {found:?}"));
        assert!(!one.has_item, "{one:?}");
    }
    refused_instances(call, shown).await;
    automatic(call, shown).await;
    "hosted"
}

/// Instances that Azure can protect by itself are told from those that it cannot.
async fn automatic(call: &Recorded, shown: &[Value]) {
    let able = |item: &&Value| item["properties"]["isAutoProtectable"] == json!(true);
    for item in shown.iter().filter(able) {
        let own = id(item["id"].as_str().unwrap());
        let container = own.parent().unwrap();
        let vault = vault_of(container.as_str());
        let host = Host { machine: machine_of(&container), vault, container, hosting: Hosting::Known };
        let found = backups(&call.client()).automatic(&host).await.unwrap();
        let one = found.iter().find(|one| one.item == own).unwrap_or_else(|| panic!("{own}: {found:?}"));
        assert_eq!(json!(one.is_on), item["properties"]["isAutoProtected"]);
    }
}

/// What Azure's check of an instance says is told with Azure's code, and with what helps.
async fn refused_instances(call: &Recorded, shown: &[Value]) {
    let failed = |item: &&Value| item["properties"]["prebackupvalidation"]["status"] == json!("Failed");
    for item in shown.iter().filter(failed) {
        let code = item["properties"]["prebackupvalidation"]["code"].as_str().unwrap();
        let mut both = call.response.clone();
        let own = item["id"].as_str().unwrap();
        let holder = item["properties"]["parentName"].as_str().unwrap();
        let database = format!("sqldatabase;{};x", holder.to_ascii_lowercase());
        let below = id(own).parent().unwrap().child("protectableItems", &database).unwrap();
        let properties = json!({ "friendlyName": "x", "parentName": holder });
        both["value"]
            .as_array_mut()
            .unwrap()
            .push(json!({ "id": below, "name": database, "properties": properties }));
        let container = id(own).parent().unwrap();
        let vault = vault_of(container.as_str());
        let host = Host { machine: machine_of(&container), vault, container, hosting: Hosting::Known };
        let client = call.with_response(&both);
        let found = backups(&client.client()).hosted(&host, DatabaseKind::Sql).await.unwrap();
        let refusal = found.into_iter().find(|one| one.id.name() == "x").unwrap().refusal.unwrap();
        assert_eq!((refusal.code.as_str(), refusal.kind), (code, RefusalKind::User));
        assert!(refusal.advice.is_some(), "{refusal:?}");
    }
}

async fn item(call: &Recorded, item: &ResourceId) -> Option<&'static str> {
    let shown = &call.response["properties"];
    let found = backups(&call.client()).instance(item).await.unwrap()?;
    let database = Database::of(&found.datasource).unwrap();
    assert_eq!(json!(database.name), shown["friendlyName"]);
    assert_eq!(json!(database.holder), shown["parentName"]);
    assert_eq!(json!(database.machine), shown["sourceResourceId"]);
    let state = match shown["protectionState"].as_str().unwrap() {
        _ if shown["isScheduledForDeferredDelete"] == json!(true) => ProtectionState::SoftDeleted,
        word => ProtectionState::from(word.to_owned()),
    };
    assert_eq!(found.state, state);
    assert_eq!(found.datasource_type, database.kind.datasource_type());
    Some("item")
}

async fn configure(call: &Recorded, item: &ResourceId) -> Option<&'static str> {
    let properties = &call.request["properties"];
    let policy: ResourceId = properties["policyId"].as_str()?.parse().ok()?;
    // Another policy for what is there is written without the words for its kind.
    properties["workloadType"].as_str()?;
    let machine = machine_of(&item.parent().unwrap());
    let database = Database::of_item(&machine, item.name()).unwrap();
    let workload = match database.kind {
        DatabaseKind::Sql => Workload::SqlInVm,
        DatabaseKind::Hana => Workload::HanaInVm,
    };
    let spec = InstanceSpec {
        id: item.clone(),
        vault: vault_of(item.as_str()),
        datasource: database.id().unwrap(),
        location: "southeastasia".into(),
        workload,
        policy,
        snapshot_group: None,
        parameters: None,
        secret: None,
    };
    assert_eq!(backups(&call.client()).validate(&spec).await, Ok(Started::Done));
    let started = backups(&call.client()).put_instance(&spec).await.unwrap();
    assert!(is_running(&started), "{started:?}");
    assert_eq!(call.sent(), call.request);
    Some("configure")
}

async fn back_up(call: &Recorded, path: &str) -> Option<&'static str> {
    let asked = &call.request["properties"];
    let backup = match asked["backupType"].as_str()? {
        "Full" => BackupKind::Full,
        "Differential" => BackupKind::Differential,
        "Log" => BackupKind::Log,
        "CopyOnlyFull" => BackupKind::CopyOnlyFull,
        other => panic!("{other}"),
    };
    let expires = asked["recoveryPointExpiryTimeInUTC"].as_str().map(|text| text.parse().unwrap());
    let order = DatabaseBackup {
        instance: id(path.rsplit_once('/').unwrap().0),
        backup,
        compressed: asked["enableCompression"].as_bool().unwrap_or_default(),
        expires,
    };
    let started = backups(&call.client()).back_up(&BackupOrder::OfDatabase(order)).await.unwrap();
    assert!(is_running(&started), "{started:?}");
    for field in ["objectType", "backupType", "enableCompression"] {
        assert_eq!(call.sent()["properties"][field], asked[field], "{field}");
    }
    Some("backup")
}

async fn points(call: &Recorded, path: &str) -> &'static str {
    let item = id(path.rsplit_once('/').unwrap().0);
    let found = backups(&call.client()).points(&item).await.unwrap();
    assert!(!found.is_empty());
    assert!(
        found.iter().all(|point| point.is_in(DataStore::VaultStore) && !point.kind.is_empty()),
        "{found:?}"
    );
    "points"
}

async fn files(call: &Recorded, path: &str) -> &'static str {
    let (item, point) = path.rsplit_once("/recoveryPoints/").unwrap();
    let found = backups(&call.client()).data_files(&id(item), &Choice::Id(point.to_owned())).await.unwrap();
    let shown = call.response["properties"]["extendedInfo"]["dataDirectoryPaths"].as_array().unwrap();
    assert_eq!(found.len(), shown.len());
    assert_eq!(json!(found[0].logical_name), shown[0]["logicalName"]);
    "files of a point"
}

async fn restore(call: &Recorded, path: &str) -> &'static str {
    let asked = &call.request["properties"];
    let (item, point) = path.rsplit_once("/restore").unwrap().0.rsplit_once("/recoveryPoints/").unwrap();
    let item = id(item);
    let machine = id(asked["targetVirtualMachineId"].as_str().unwrap());
    let database = Database::of_item(&machine, item.name()).unwrap();
    let target = &asked["targetInfo"];
    let into = RestoreInto::DatabaseFiles(DatabaseFiles {
        machine: machine.clone(),
        container: id(target["containerId"].as_str().unwrap()),
        folder: target["targetDirectoryForFileRestore"].as_str().unwrap().to_owned(),
        overwrite: target["overwriteOption"] == json!("Overwrite"),
    });
    let request = RestoreRequest {
        from: RestoreFrom::Point { id: point.to_owned() },
        store: DataStore::VaultStore,
        source: database.id().unwrap(),
        into,
        location: "southeastasia".into(),
    };
    let order = RestoreOrder { instance: item, region: RestoreRegion::Primary, request };
    assert_eq!(backups(&call.client()).validate_restore(&order).await, Ok(Started::Done));
    let started = backups(&call.client()).restore(&order).await.unwrap();
    assert!(is_running(&started), "{started:?}");
    let mut sent = call.sent();
    // Azure's own tool leaves the machine that was backed up out here.
    sent["properties"].as_object_mut().unwrap().remove("sourceResourceId");
    assert_eq!(sent, call.request);
    "restore as files"
}
