//! Azure's own answers about Recovery Services vaults through the whole client: recorded ones, and those of its published
//! examples. Each call is asked again over a transport that gives the answer, and what the domain is told is checked.

use std::collections::BTreeMap;
use std::path::Path;

use holdfast_azure::ArmClient;
use holdfast_protection::backup::BackupOrder;
use holdfast_protection::family::Family;
use holdfast_protection::instance::{InstanceSpec, ProtectionState};
use holdfast_protection::operation::{NamedJob, OperationState, OperationUrl, Started};
use holdfast_protection::policy::{FilesPolicy, PolicyBody, PolicySpec};
use holdfast_protection::ports::{Arm as _, Azure as _, Backups, InstancesOf};
use holdfast_protection::tier::DataStore;
use holdfast_protection::workload::{Preparation, Protectable, Registration};
use holdfast_protection::{AzureError, Location, RefusalKind, ResourceId, Workload};
use serde_json::{Value, json};

use crate::reference;
use crate::replay::{Recorded, recordings_of};

fn backups(arm: &ArmClient) -> Box<dyn Backups + '_> {
    arm.backups(Family::RecoveryServices)
}

/// Recorded ids have their semicolons encoded.
fn id(path: &str) -> ResourceId {
    path.replace("%3B", ";").parse().unwrap()
}

#[tokio::test]
async fn every_recorded_answer_of_a_supported_call_is_understood() {
    let Some(recorded) = recordings_of("recordings/recoveryservices") else { return };
    let mut asked: BTreeMap<&'static str, u32> = BTreeMap::new();
    for call in recorded.iter().filter(|call| call.url.contains("Microsoft.RecoveryServices")) {
        if let Some(kind) = ask_again(call).await {
            *asked.entry(kind).or_default() += 1;
        }
    }
    eprintln!("{} recorded calls; asked again: {asked:?}", recorded.len());
    for (kind, least) in [
        ("vault", 10),
        ("vaults", 3),
        ("policy", 30),
        ("put policy", 12),
        ("items", 200),
        ("item", 2),
        ("configure", 15),
        ("operation", 100),
        ("jobs", 4),
        ("job", 500),
        ("points", 10),
        ("point", 5),
        ("backup", 8),
        ("register", 7),
        ("inquire", 7),
        ("protectable", 9),
    ] {
        assert!(asked.get(kind).copied().unwrap_or_default() >= least, "{kind}: {asked:?}");
    }
}

/// Asks for what was recorded once more; gives the kind of call, or none for a call that this client does not make.
async fn ask_again(call: &Recorded) -> Option<&'static str> {
    let path = call.path().replace("%3B", ";");
    let lower = path.to_ascii_lowercase();
    let arm = call.client();
    let last_but_one = lower.rsplit('/').nth(1).unwrap_or_default().to_owned();
    let of_ours = !lower.contains("vmappcontainer") && !lower.contains("workload");
    Some(match (call.method.as_str(), last_but_one.as_str()) {
        ("GET", "microsoft.recoveryservices") if lower.ends_with("/vaults") => {
            let found = backups(&arm).vaults("s").await.unwrap();
            assert_eq!(found.len(), call.items("/value"));
            "vaults"
        }
        ("GET", "vaults") => {
            let vault = backups(&arm).vault(&id(&path)).await.unwrap().unwrap();
            assert_eq!(vault.family, Family::RecoveryServices);
            "vault"
        }
        ("GET", "backuppolicies") => {
            policy(call, &id(&path)).await;
            "policy"
        }
        ("PUT", "backuppolicies") if !call.request["properties"]["backupManagementType"].is_null() => {
            put_policy(call, &id(&path)).await;
            "put policy"
        }
        ("GET", _) if lower.ends_with("/backupprotecteditems") => {
            items(call, &arm).await;
            "items"
        }
        ("GET", "protecteditems") if of_ours => {
            item(&arm, &id(&path)).await;
            "item"
        }
        ("PUT", "protecteditems") if of_ours => configure(call, &id(&path)).await?,
        ("GET", "backupoperations" | "operationsstatus") => {
            operation(&arm, call).await;
            "operation"
        }
        ("GET", _) if lower.ends_with("/backupjobs") => {
            let jobs = backups(&arm).jobs(&vault_of(&path)).await.unwrap();
            assert_eq!(jobs.len(), call.items("/value"));
            "jobs"
        }
        ("GET", "backupjobs") => {
            job(&arm, call, &id(&path)).await;
            "job"
        }
        ("GET", _) if lower.ends_with("/recoverypoints") && of_ours => {
            points(call, &arm, &path).await;
            "points"
        }
        ("GET", "recoverypoints") if of_ours => {
            let (item, point) = path.rsplit_once("/recoveryPoints/").unwrap();
            let found = backups(&arm).point(&id(item), point).await.unwrap().unwrap();
            assert_eq!(found.id, point);
            "point"
        }
        ("POST", _) if lower.ends_with("/backup") && of_ours => {
            back_up(call, &path).await;
            "backup"
        }
        ("PUT", "protectioncontainers") if of_ours => {
            register(call, &id(&path)).await;
            "register"
        }
        ("POST", _) if lower.ends_with("/inquire") && of_ours => {
            let container = id(path.rsplit_once('/').unwrap().0);
            let inquiry =
                holdfast_protection::workload::Inquiry { vault: vault_of(&path), inquired: container };
            let started = backups(&arm).prepare(&Preparation::Inquire(inquiry)).await.unwrap();
            assert_monitors(call, &started);
            "inquire"
        }
        ("GET", _)
            if lower.ends_with("/backupprotectableitems")
                && call.text("/value/0/properties/backupManagementType") == "AzureStorage" =>
        {
            protectable(call).await;
            "protectable"
        }
        _ => return None,
    })
}

fn vault_of(path: &str) -> ResourceId {
    let mut parts = path.split('/');
    let whole: Vec<&str> = parts.by_ref().take(9).collect();
    id(&whole.join("/"))
}

fn assert_monitors(call: &Recorded, started: &Started) {
    match started {
        Started::Running { operation, .. } => {
            let monitor = call.headers.get("azure-asyncoperation").or_else(|| call.headers.get("location"));
            assert_eq!(Some(&operation.0), monitor);
        }
        Started::Done => assert_eq!(call.status, 200, "{}", call.url),
    }
}

/// What Azure shows of a policy is understood, if it is of a kind that we write.
async fn policy(call: &Recorded, id: &ResourceId) {
    let policy = backups(&call.client()).policy(id).await.unwrap().unwrap();
    assert_eq!(policy.name, id.name());
    let kind = call.text("/properties/backupManagementType");
    match &policy.body {
        PolicyBody::Vm(_) => assert_eq!(kind, "AzureIaasVM"),
        PolicyBody::Files(_) => assert_eq!(kind, "AzureStorage"),
        PolicyBody::Databases(_) => assert_eq!(kind, "AzureWorkload"),
        PolicyBody::Other(_) | PolicyBody::Rules(_) => panic!("{policy:?}"),
    }
}

/// What Azure's own tools wrote is read, and what we write of it is read the same.
async fn put_policy(call: &Recorded, id: &ResourceId) {
    let shown = call.with_response(&json!({ "id": id, "properties": call.request["properties"] }));
    let spec = match backups(&shown.client()).policy(id).await.unwrap().unwrap().body {
        PolicyBody::Vm(policy) => PolicySpec::Vm(policy),
        PolicyBody::Files(policy) => PolicySpec::Files(policy),
        PolicyBody::Databases(policy) => PolicySpec::Databases(policy),
        PolicyBody::Other(_) | PolicyBody::Rules(_) => panic!("{}", call.url),
    };
    backups(&call.client()).put_policy(id, &spec).await.unwrap();
    let (ours, theirs) = (call.sent(), &call.request["properties"]);
    let written = call.with_response(&json!({ "id": id, "properties": ours["properties"] }));
    let read = backups(&written.client()).policy(id).await.unwrap().unwrap().body;
    let read = match read {
        PolicyBody::Vm(policy) => PolicySpec::Vm(policy),
        PolicyBody::Files(policy) => PolicySpec::Files(policy),
        PolicyBody::Databases(policy) => PolicySpec::Databases(policy),
        PolicyBody::Other(_) | PolicyBody::Rules(_) => panic!("{ours}"),
    };
    assert_eq!(read, spec);
    for field in ["backupManagementType", "timeZone", "workLoadType", "instantRpRetentionRangeInDays"] {
        if !theirs[field].is_null() {
            assert_eq!(ours["properties"][field], theirs[field], "{field}");
        }
    }
}

async fn items(call: &Recorded, arm: &ArmClient) {
    let vault = vault_of(&call.path());
    let found = backups(arm).deleted_instances(&vault).await.unwrap();
    let shown = call.response["value"].as_array().unwrap();
    let deleted =
        shown.iter().filter(|item| item["properties"]["isScheduledForDeferredDelete"] == json!(true));
    // The list is asked for once for each kind of item.
    assert_eq!(found.len(), 4 * deleted.count());
    for one in found {
        assert_eq!((one.state, one.policy), (ProtectionState::SoftDeleted, None));
        assert!(one.deletion.unwrap().at.is_some());
    }
}

async fn item(arm: &ArmClient, id: &ResourceId) {
    let found = backups(arm).instance(id).await.unwrap().unwrap();
    assert_eq!(
        (&found.id, found.state.clone()),
        (id, ProtectionState::Configured),
        "IRPending: the first backup is to come"
    );
    assert_eq!(found.datasource_type, FilesPolicy::DATASOURCE_TYPE);
    assert_eq!(
        found.datasource.resource_type().to_ascii_lowercase(),
        FilesPolicy::DATASOURCE_TYPE.to_ascii_lowercase()
    );
    assert!(!found.is_ours(), "another tool chose its policy");
}

async fn configure(call: &Recorded, item: &ResourceId) -> Option<&'static str> {
    let properties = &call.request["properties"];
    let policy: ResourceId = properties["policyId"].as_str()?.parse().ok()?;
    let source = id(properties["sourceResourceId"].as_str()?);
    let machine = properties["protectedItemType"] == json!("Microsoft.Compute/virtualMachines");
    let spec = InstanceSpec {
        id: item.clone(),
        vault: vault_of(item.as_str()),
        datasource: if machine {
            source.clone()
        } else {
            id(&format!("{source}/fileServices/default/shares/share"))
        },
        location: "southeastasia".into(),
        workload: if machine { Workload::AzureVm } else { Workload::AzureFiles },
        policy,
        snapshot_group: None,
        parameters: None,
        secret: None,
    };
    let started = backups(&call.client()).put_instance(&spec).await.unwrap();
    assert_monitors(call, &started);
    if properties["extendedProperties"].is_null() {
        assert_eq!(call.sent(), call.request);
    }
    Some("configure")
}

async fn operation(arm: &ArmClient, call: &Recorded) {
    let state = arm.operation(&OperationUrl(call.url.clone())).await.unwrap();
    match (call.text("/status").as_str(), state) {
        ("InProgress", OperationState::Running { .. }) | ("Failed", OperationState::Failed(_)) => {}
        ("Succeeded", OperationState::Succeeded { job }) => {
            let named = call.text("/properties/jobId");
            let job = job.map(|job| match job {
                NamedJob::Guid(guid) => guid,
                NamedJob::Id(id) => id.to_string(),
            });
            assert_eq!(job.unwrap_or_default(), named);
        }
        (status, state) => panic!("{status}: {state:?}"),
    }
}

async fn job(arm: &ArmClient, call: &Recorded, id: &ResourceId) {
    let job = backups(arm).job(id).await.unwrap().unwrap();
    let properties = &call.response["properties"];
    assert_eq!(
        (job.id, json!(job.operation), json!(job.status)),
        (id.clone(), properties["operation"].clone(), properties["status"].clone())
    );
    let tasks = properties["extendedInfo"]["tasksList"].as_array().map_or(0, Vec::len);
    assert_eq!(job.tasks.len(), tasks);
    assert_eq!(job.errors.len(), properties["errorDetails"].as_array().map_or(0, Vec::len));
    if properties["jobType"] == json!("AzureIaaSVMJob") {
        let machine: ResourceId = job.datasource.parse().unwrap();
        assert_eq!(json!(machine.name()), properties["entityFriendlyName"]);
        let instance = job.instance.unwrap();
        assert!(instance.name().starts_with("VM;iaasvmcontainerv2;"), "{instance}");
    }
}

async fn points(call: &Recorded, arm: &ArmClient, path: &str) {
    let item = id(path.rsplit_once('/').unwrap().0);
    let found = backups(arm).points(&item).await.unwrap();
    assert_eq!(found.len(), call.items("/value"));
    for point in found {
        assert!(point.is_in(DataStore::OperationalStore) || point.is_in(DataStore::VaultStore), "{point:?}");
    }
}

async fn back_up(call: &Recorded, path: &str) {
    let instance = id(path.rsplit_once('/').unwrap().0);
    let expires =
        call.request["properties"]["recoveryPointExpiryTimeInUTC"].as_str().unwrap().parse().unwrap();
    let started = backups(&call.client()).back_up(&BackupOrder::Until { instance, expires }).await.unwrap();
    assert_monitors(call, &started);
    assert_eq!(call.sent(), call.request);
}

async fn register(call: &Recorded, container: &ResourceId) {
    let account = id(call.request["properties"]["sourceResourceId"].as_str().unwrap());
    let (vault, container) = (vault_of(container.as_str()), container.clone());
    let registration = Registration { container, vault, account: account.clone(), lock: false };
    let started = backups(&call.client()).prepare(&Preparation::Register(registration)).await.unwrap();
    assert_monitors(call, &started);
    let sent = call.sent();
    for field in ["backupManagementType", "containerType", "sourceResourceId"] {
        assert_eq!(sent["properties"][field], call.request["properties"][field]);
    }
}

/// The client asks for the container first: it is answered with the list, which is of no registered container, and then
/// with one that is.
async fn protectable(call: &Recorded) {
    for share in call.response["value"].as_array().unwrap().iter().filter(|share| share.is_object()) {
        let properties = &share["properties"];
        let account = id(properties["parentContainerFabricId"].as_str().unwrap());
        let name = properties["friendlyName"].as_str().unwrap();
        let mut both = call.response.clone();
        both["properties"] = json!({ "registrationStatus": "Registered" });
        let shown = call.with_response(&both);
        let datasource = id(&format!("{account}/fileServices/default/shares/{name}"));
        let vault = vault_of(&call.path());
        let found = backups(&shown.client()).protectable(&vault, &datasource).await.unwrap();
        let Protectable::Item(system) = found else { panic!("{found:?}") };
        assert_eq!(json!(format!("azurefileshare;{system}")), share["name"]);
        let other = id(&format!("{account}/fileServices/default/shares/{name}-2"));
        assert_eq!(backups(&shown.client()).protectable(&vault, &other).await, Ok(Protectable::NotFound));
        assert_eq!(
            backups(&call.client()).protectable(&vault, &datasource).await,
            Ok(Protectable::NotRegistered)
        );
    }
}

/// A published example: its parameters and the answer with this status.
fn example(name: &str, status: u16) -> Option<(Value, Recorded)> {
    let below = "specs/specification/recoveryservicesbackup/resource-manager/Microsoft.RecoveryServices/stable/2024-04-01/examples";
    let folder = reference::folder(below)?;
    let text = std::fs::read_to_string(folder.join(Path::new(name))).unwrap();
    let example: Value = serde_json::from_str(&text).unwrap();
    let body = &example["responses"][status.to_string()]["body"];
    let recorded =
        json!({ "method": "", "url": "https://management.azure.com/", "status": status, "response": body });
    Some((example["parameters"]["parameters"].clone(), serde_json::from_value(recorded).unwrap()))
}

#[tokio::test]
async fn an_enhanced_policy_of_azures_examples_is_read_and_written_alike() {
    for (name, file) in [
        ("v2-daily-sample", "V2Policy/IaaS_v2_hourly.json"),
        ("v2-daily-sample", "V2Policy/IaaS_v2_daily.json"),
    ] {
        let Some((asked, shown)) = example(&format!("AzureIaasVm/{file}"), 200) else { return };
        let id = id(shown.response["id"].as_str().unwrap());
        let policy = backups(&shown.client()).policy(&id).await.unwrap().unwrap();
        assert_eq!(policy.name, name);
        let PolicyBody::Vm(policy) = policy.body else { panic!("{policy:?}") };
        backups(&shown.client()).put_policy(&id, &PolicySpec::Vm(policy)).await.unwrap();
        let (ours, theirs) = (&shown.sent()["properties"], &asked["properties"]);
        for field in ["policyType", "snapshotConsistencyType", "instantRpRetentionRangeInDays", "timeZone"] {
            assert_eq!(ours[field], theirs[field], "{field}");
        }
        for class in ["dailySchedule", "weeklySchedule", "monthlySchedule", "yearlySchedule"] {
            let (ours, theirs) = (&ours["retentionPolicy"][class], &theirs["retentionPolicy"][class]);
            assert_eq!(ours["retentionDuration"], theirs["retentionDuration"]);
            assert_eq!(ours["retentionScheduleWeekly"], theirs["retentionScheduleWeekly"]);
            assert_eq!(ours["daysOfTheWeek"], theirs["daysOfTheWeek"]);
        }
        assert_eq!(
            ours["schedulePolicy"]["hourlySchedule"]["interval"],
            theirs["schedulePolicy"]["hourlySchedule"]["interval"]
        );
    }
}

#[tokio::test]
async fn policies_of_shares_of_azures_examples_are_read_and_written_alike() {
    for file in ["Daily", "Hourly", "Hardened"] {
        let Some((asked, shown)) =
            example(&format!("AzureStorage/ProtectionPolicies_CreateOrUpdate_{file}.json"), 200)
        else {
            return;
        };
        let id = id(shown.response["id"].as_str().unwrap());
        let policy = backups(&shown.client()).policy(&id).await.unwrap().unwrap();
        let PolicyBody::Files(policy) = policy.body else { panic!("{policy:?}") };
        backups(&shown.client()).put_policy(&id, &PolicySpec::Files(policy)).await.unwrap();
        let (ours, theirs) = (&shown.sent()["properties"], &asked["properties"]);
        assert_eq!(ours["workLoadType"], theirs["workLoadType"]);
        for kept in ["/retentionPolicy", "/vaultRetentionPolicy/vaultRetention"] {
            let class = |body: &Value, class: &str| {
                body.pointer(&format!("{kept}/{class}/retentionDuration")).cloned()
            };
            for one in ["dailySchedule", "weeklySchedule", "monthlySchedule", "yearlySchedule"] {
                assert_eq!(class(ours, one), class(theirs, one), "{file}: {kept}/{one}");
            }
        }
        assert_eq!(
            ours["vaultRetentionPolicy"]["snapshotRetentionInDays"],
            theirs["vaultRetentionPolicy"]["snapshotRetentionInDays"]
        );
    }
}

#[tokio::test]
async fn a_refused_validation_of_azures_examples_says_what_to_do() {
    let Some((asked, shown)) = example("AzureIaasVm/ProtectionIntent_Validate.json", 200) else { return };
    let vault = id(asked["vaultId"].as_str().unwrap());
    let spec = InstanceSpec {
        id: vault.child("x", "y").unwrap(),
        datasource: id(asked["resourceId"].as_str().unwrap()),
        location: "southeastasia".into(),
        workload: Workload::AzureVm,
        policy: vault.child("backupPolicies", "p").unwrap(),
        snapshot_group: None,
        parameters: None,
        secret: None,
        vault,
    };
    let refused = backups(&shown.client()).validate(&spec).await.unwrap_err();
    let AzureError::Refused { refusal, .. } = refused else { panic!("{refused:?}") };
    assert_eq!((refusal.code.as_str(), refusal.kind), ("VirtualMachineAlreadyProtected", RefusalKind::Taken));
    assert_eq!(refusal.recommended_action, ["Please do not enable protection again."]);
    let sent = shown.sent();
    assert_eq!((&sent["resourceType"], &sent["vaultId"]), (&json!("VM"), &json!(spec.vault)));
    let properties: Value = serde_json::from_str(sent["properties"].as_str().unwrap()).unwrap();
    assert_eq!(properties, json!({ "policyId": spec.policy }));
}

#[tokio::test]
async fn nothing_is_asked_about_a_datasource_without_its_region() {
    let Some((asked, shown)) = example("AzureIaasVm/GetBackupStatus.json", 200) else { return };
    let machine = id(asked["resourceId"].as_str().unwrap());
    assert_eq!(backups(&shown.client()).instances_of(&InstancesOf::any(&machine)).await, Ok(Vec::new()));
    let location = Location::from("southeastasia");
    let of = InstancesOf { location: Some(&location), ..InstancesOf::any(&machine) };
    // The status leads to the item, which is answered with the status again and so is not understood.
    assert!(backups(&shown.client()).instances_of(&of).await.is_err());
}
