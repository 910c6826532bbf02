//! Azure's own answers, recorded, through the whole client: every call that it supports is asked
//! again over a transport that gives the recorded answer, and what the domain is told is checked.

use std::collections::BTreeMap;

use crate::replay::{Recorded, recordings};
use holdfast_azure::ArmClient;
use holdfast_protection::backup::BackupOrder;
use holdfast_protection::family::Family;
use holdfast_protection::instance::{InstanceSpec, ProtectionState};
use holdfast_protection::operation::{NamedJob, OperationState, OperationUrl, Started};
use holdfast_protection::policy::{PolicySpec, RuleSpec};
use holdfast_protection::ports::{Arm as _, Azure as _, Backups, Estate as _, InstancesOf};
use holdfast_protection::roles::{Role, RoleGrant};
use holdfast_protection::schedule::Frequency;
use holdfast_protection::workload::BackupParameters;
use holdfast_protection::workload::postgresql_single::SecretUri;
use holdfast_protection::{AzureError, Location, ResourceId, Workload};
use serde_json::Value;

#[tokio::test]
async fn every_recorded_answer_of_a_supported_call_is_understood() {
    let Some(recorded) = recordings() else { return };
    let mut asked: BTreeMap<&'static str, u32> = BTreeMap::new();
    for call in &recorded {
        if let Some(kind) = ask_again(call).await {
            *asked.entry(kind).or_default() += 1;
        }
    }
    eprintln!("{} recorded calls; asked again: {asked:?}", recorded.len());
    for (kind, least) in [
        ("operation", 100),
        ("instance", 25),
        ("put instance", 7),
        ("validate", 10),
        ("backup", 3),
        ("job", 17),
        ("jobs", 1),
        ("recovery points", 8),
        ("put policy", 4),
        ("vaults", 1),
        ("resource", 10),
        ("role assignments", 2),
        ("grant", 2),
        ("refusal", 2),
        ("graph", 5),
    ] {
        assert!(asked.get(kind).copied().unwrap_or_default() >= least, "{kind}: {asked:?}");
    }
}

/// Asks for what was recorded once more; gives the kind of call, or none for a call that this client does not make.
async fn ask_again(call: &Recorded) -> Option<&'static str> {
    let path = call.path();
    let lower = path.to_ascii_lowercase();
    let arm = call.client();
    let backups = arm.backups(Family::BackupVault);
    let kind = match (call.method.as_str(), lower.as_str()) {
        ("GET", path) if path.contains("/operationstatus/") || path.contains("/operationresults/") => {
            operation(&arm, call).await;
            "operation"
        }
        ("GET", _) if id_is(&path, "Microsoft.DataProtection/backupVaults/backupInstances") => {
            instance(backups.as_ref(), call).await;
            "instance"
        }
        ("PUT", _) if id_is(&path, "Microsoft.DataProtection/backupVaults/backupInstances") => {
            put_instance(backups.as_ref(), call).await;
            "put instance"
        }
        ("POST", path) if path.ends_with("/validateforbackup") => {
            let started = backups.validate(&spec_in(call)).await.unwrap();
            assert_monitors(call, &started);
            "validate"
        }
        ("POST", path) if path.ends_with("/backup") => {
            let options = |name: &str| {
                call.request.pointer(&format!("/backupRuleOptions/{name}")).and_then(Value::as_str)
            };
            let tag = options("triggerOption/retentionTagOverride");
            let started = backups.back_up(&by_rule(call, options("ruleName").unwrap(), tag)).await.unwrap();
            assert_monitors(call, &started);
            assert_eq!(call.sent(), call.request);
            "backup"
        }
        ("GET", _) if id_is(&path, "Microsoft.DataProtection/backupVaults/backupJobs") => {
            let job = backups.job(&call.id()).await.unwrap().unwrap();
            assert_eq!(job.status, call.text("/properties/status"));
            assert_eq!(job.has_ended(), job.status != "InProgress", "{job:?}");
            assert_eq!(job.ended.is_some(), job.has_ended(), "{job:?}");
            "job"
        }
        ("GET", path) if path.ends_with("/backupjobs") => {
            let jobs = backups.jobs(&call.id_below()).await.unwrap();
            assert_eq!(jobs.len(), call.items("/value"));
            "jobs"
        }
        ("GET", path) if path.ends_with("/recoverypoints") => {
            let points = backups.points(&call.id_below()).await.unwrap();
            assert_eq!(points.len(), call.items("/value"));
            assert!(
                points.iter().all(|point| !point.id.is_empty() && !point.copies.is_empty()),
                "{points:?}"
            );
            "recovery points"
        }
        ("PUT", _) if id_is(&path, "Microsoft.DataProtection/backupVaults/backupPolicies") => {
            policy(call).await;
            "put policy"
        }
        ("GET", path) if path.ends_with("/backupvaults") => {
            let vaults = backups.vaults("s").await.unwrap();
            assert_eq!(vaults.len(), call.items("/value"));
            assert!(vaults.iter().any(|vault| vault.principal.is_some()));
            "vaults"
        }
        ("GET", path) if path.ends_with("/backupinstances") => {
            let found = backups.instances_of(&InstancesOf::any(&call.id_below())).await.unwrap();
            assert_eq!(found.len(), call.items("/value"));
            "instances"
        }
        ("GET", path) if path.ends_with("/roleassignments") => {
            let found = arm.role_assignments("s", "55f2a930-4394-479d-8fdb-c7802b1bac0e").await.unwrap();
            assert_eq!(found.len(), call.items("/value"));
            assert!(found.iter().all(|one| one.role_guid.len() == 36), "{found:?}");
            "role assignments"
        }
        ("PUT", path) if path.contains("/roleassignments/") => {
            grant(&arm, call).await;
            "grant"
        }
        ("POST", path) if path.ends_with("/microsoft.resourcegraph/resources") => {
            graph(&arm, call).await;
            "graph"
        }
        ("POST", path) if path.ends_with("/resumeprotection") && call.status >= 400 => {
            refusal(call).await;
            "refusal"
        }
        ("POST", path) if path.ends_with("/undelete") && call.status >= 400 => {
            refusal(call).await;
            "refusal"
        }
        ("GET", _) if call.status == 200 && is_plain_resource(&path) => {
            let seen = arm.resource(&call.id()).await.unwrap().unwrap();
            assert_eq!(seen.resource.id, call.text("/id"));
            assert_eq!(
                seen.provisioning_state.unwrap_or_default(),
                call.text("/properties/provisioningState")
            );
            "resource"
        }
        _ => return None,
    };
    Some(kind)
}

fn id_is(path: &str, resource_type: &str) -> bool {
    path.parse::<ResourceId>().is_ok_and(|id| id.resource_type().eq_ignore_ascii_case(resource_type))
}

fn is_plain_resource(path: &str) -> bool {
    ["Microsoft.Resources/resourceGroups", "Microsoft.DataProtection/backupVaults"]
        .iter()
        .any(|kind| id_is(path, kind))
}

async fn operation(arm: &ArmClient, call: &Recorded) {
    let state = arm.operation(&OperationUrl(call.url.clone())).await.unwrap();
    let word = call.text("/status");
    match state {
        OperationState::Running { .. } => assert_eq!(word, "Inprogress", "{}", call.url),
        OperationState::Succeeded { job } => {
            assert!(word == "Succeeded" || word.is_empty(), "{word}");
            let named = [call.text("/properties/jobId"), call.text("/jobId")].concat();
            let described = job.map(|job| match job {
                NamedJob::Id(id) => id.to_string(),
                NamedJob::Guid(name) => name,
            });
            assert_eq!(described.unwrap_or_default(), named);
        }
        OperationState::Failed(refusal) => {
            assert_eq!(word, "Failed", "{refusal:?}");
            assert!(!refusal.code.is_empty() && !refusal.message.is_empty(), "{refusal:?}");
        }
        OperationState::Gone => panic!("{} is not gone", call.url),
    }
}

async fn instance(backups: &dyn Backups, call: &Recorded) {
    let seen = backups.instance(&call.id()).await.unwrap();
    if call.status == 404 {
        assert_eq!(seen, None);
        return;
    }
    let seen = seen.unwrap();
    assert_eq!(seen.datasource.as_str(), call.text("/properties/dataSourceInfo/resourceID"));
    assert_eq!(seen.policy.unwrap().as_str(), call.text("/properties/policyInfo/policyId"));
    assert_eq!(seen.state, ProtectionState::from(call.text("/properties/currentProtectionState")));
    let known = !matches!(&seen.state, ProtectionState::Other(word) if word != "BackupsSuspended");
    assert!(known, "{:?}", seen.state);
}

/// Azure's answer is understood, and our body says what the one that Azure accepted said.
async fn put_instance(backups: &dyn Backups, call: &Recorded) {
    let spec = spec_in(call);
    assert_monitors(call, &backups.put_instance(&spec).await.unwrap());
    let sent = call.sent();
    let [sent, recorded] = [&sent, &call.request].map(|body| essence(body.get("properties").unwrap()));
    assert_eq!(sent, recorded, "{}", call.url);
}

/// The body without what tools spell as they like: a set that repeats the datasource, URIs, friendly names, nulls.
fn essence(properties: &Value) -> Value {
    let mut essence = properties.clone();
    let members = essence.as_object_mut().unwrap();
    members.retain(|name, value| name != "friendlyName" && !value.is_null());
    let id = |name: &str| properties.pointer(&format!("/{name}/resourceID")).cloned();
    if id("dataSourceSetInfo") == id("dataSourceInfo") {
        members.remove("dataSourceSetInfo");
    }
    for name in ["dataSourceInfo", "dataSourceSetInfo"] {
        if let Some(info) = members.get_mut(name).and_then(Value::as_object_mut) {
            info.remove("resourceUri");
        }
    }
    essence
}

fn spec_in(call: &Recorded) -> InstanceSpec {
    let properties = call.request.get("properties").or_else(|| call.request.get("backupInstance")).unwrap();
    let text = |pointer: &str| properties.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    let datasource =
        text("/dataSourceInfo/resourceID").or_else(|| text("/dataSourceInfo/resourceId")).unwrap();
    let kind = text("/dataSourceInfo/datasourceType").unwrap();
    let policy: ResourceId = text("/policyInfo/policyId").unwrap().parse().unwrap();
    let vault = policy.parent().unwrap();
    let parameters = "/policyInfo/policyParameters";
    let group = text(&format!("{parameters}/dataStoreParametersList/0/resourceGroupId"));
    let containers =
        properties.pointer(&format!("{parameters}/backupDatasourceParametersList/0/containersList"));
    let id = if call.method == "PUT" { call.id() } else { vault.child("backupInstances", "i").unwrap() };
    InstanceSpec {
        id,
        vault,
        location: Location::from(text("/dataSourceInfo/resourceLocation").unwrap()),
        workload: Workload::ALL
            .into_iter()
            .find(|workload| workload.datasource_type().eq_ignore_ascii_case(&kind))
            .unwrap(),
        datasource: datasource.parse().unwrap(),
        policy,
        snapshot_group: group.map(|group| group.parse().unwrap()),
        parameters: containers
            .map(|list| BackupParameters::Containers(serde_json::from_value(list.clone()).unwrap())),
        secret: text("/datasourceAuthCredentials/secretStoreResource/uri")
            .map(|uri| SecretUri::try_from(uri).unwrap()),
    }
}

fn assert_monitors(call: &Recorded, started: &Started) {
    let Started::Running { operation, .. } = started else { panic!("{} started nothing", call.url) };
    assert_eq!(Some(&operation.0), call.headers.get("azure-asyncoperation"));
}

/// What Azure's own tools wrote is recognised, and our own body is read the same.
async fn policy(call: &Recorded) {
    let id = call.id();
    let policy = call.client().backups(Family::BackupVault).policy(&id).await.unwrap().unwrap();
    assert_eq!(policy.name, id.name());
    let rules = policy.rules().unwrap();
    assert_eq!(rules.unknown_rules, Vec::<String>::new(), "{policy:?}");
    assert!(rules.backup.iter().all(|rule| rule.every().is_some()), "{policy:?}");
    let of_disks = policy.datasource_types() == [Workload::AzureDisks.datasource_type()];
    if let ([rule], true) = (rules.backup.as_slice(), of_disks)
        && rule.every() == Some(Frequency::Hours(4))
    {
        let bounds = Workload::AzureDisks.manifest().stores.first().unwrap();
        let spec = RuleSpec::template(Workload::AzureDisks, bounds);
        assert!(spec.is_met_by(rules), "{policy:?}");
        let arm = call.client();
        arm.backups(Family::BackupVault).put_policy(&id, &PolicySpec::Rules(spec)).await.unwrap();
    }
}

async fn grant(arm: &ArmClient, call: &Recorded) {
    let path = call.path();
    let (scope, _) = path.split_once("/providers/Microsoft.Authorization/").unwrap();
    let definition = call.request.pointer("/properties/roleDefinitionId").unwrap().as_str().unwrap();
    let role = if definition.ends_with(Role::DiskBackupReader.guid()) {
        Role::DiskBackupReader
    } else {
        Role::DiskSnapshotContributor
    };
    let principal = call.request.pointer("/properties/principalId").unwrap().as_str().unwrap().to_owned();
    let grant = RoleGrant { role, scope: scope.parse().unwrap(), principal };
    arm.grant(&grant).await.unwrap();
    assert_eq!(call.sent(), call.request);
}

async fn graph(arm: &ArmClient, call: &Recorded) {
    let found = arm.resources_of_types(&["s".to_owned()], &["microsoft.compute/disks"]).await.unwrap();
    assert_eq!(found.len(), call.items("/data"));
}

fn by_rule(call: &Recorded, rule: &str, retention: Option<&str>) -> BackupOrder {
    let (rule, retention) = (rule.to_owned(), retention.map(str::to_owned));
    BackupOrder::ByRule { instance: call.id_below(), rule, retention }
}

async fn refusal(call: &Recorded) {
    let arm = call.client();
    let asked = arm.backups(Family::BackupVault).back_up(&by_rule(call, "r", None)).await;
    let Err(AzureError::Refused { refusal, .. }) = asked else { panic!("{} was refused", call.url) };
    assert_eq!((refusal.status, refusal.code), (call.status, call.text("/error/code")));
    assert_eq!(refusal.message, call.text("/error/message"));
    let advice = "/error/additionalInfo/0/info/recommendedAction/0";
    assert_eq!(refusal.recommended_action.first().cloned().unwrap_or_default(), call.text(advice));
}
