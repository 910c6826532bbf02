//! A restore from its plan to the restored resource, against the simulator.

use std::time::Duration;

use holdfast_azure::{ArmClient, ArmOptions};
use holdfast_protection::backup::BackupOrder;
use holdfast_protection::family::Family;
use holdfast_protection::job::Job;
use holdfast_protection::observe;
use holdfast_protection::operation::{NamedJob, OperationState, OperationUrl, Started};
use holdfast_protection::ports::{Arm as _, Azure as _, Backups};
use holdfast_protection::restore::{DesiredRestore, RestorePlan, to_restore};
use holdfast_protection::{RefusalKind, ResourceId};
use holdfast_simulator::{Config, Estate, Running, Simulator};
use serde_json::{Value, json};

use crate::failing_server::client_of;

const GROUPS: &str = "/subscriptions/5b0f1d3a-6c1e-4b5e-9d53-0d2f7c3e9a10/resourceGroups";

fn id(below: &str) -> ResourceId {
    format!("{GROUPS}/{below}").parse().unwrap()
}

fn instance() -> ResourceId {
    id("rg-app/providers/Microsoft.DataProtection/backupVaults/bv1/backupInstances/d1")
}

fn disk() -> ResourceId {
    id("rg-app/providers/Microsoft.Compute/disks/d1")
}

/// Azure with a protected disk that has one recovery point, at a standing clock.
struct World {
    azure: Running,
    arm: ArmClient,
}

impl World {
    async fn new() -> Self {
        let estate = json!({
            "resourceGroups": [
                { "id": id("rg-app"), "location": "westeurope" },
                { "id": id("rg-restored"), "location": "westeurope" },
            ],
            "vaults": [{ "id": instance().parent(), "location": "westeurope" }],
            "policies": [{ "vault": "bv1", "name": "disks", "properties": policy() }],
            "resources": [{ "id": disk(), "location": "westeurope" }],
            "roleAssignments": [
                { "scope": disk(), "role": "Disk Backup Reader", "principal": "vault:bv1" },
                { "scope": id("rg-app"), "role": "Disk Snapshot Contributor", "principal": "vault:bv1" },
            ],
            "propagationSeconds": 60.0,
        });
        let estate = Estate::parse(&estate.to_string()).unwrap();
        let azure = Simulator::start(Config { estate: Some(estate), ..Config::frozen() }).await.unwrap();
        let (_, port) = azure.http_url.rsplit_once(':').unwrap();
        let arm = client_of(port.parse().unwrap());
        let world = Self { azure, arm };
        world.protect().await;
        world
    }

    fn backups(&self) -> Box<dyn Backups + '_> {
        self.arm.backups(Family::BackupVault)
    }

    async fn protect(&self) {
        let datasource = json!({ "objectType": "Datasource", "datasourceType": "Microsoft.Compute/disks", "resourceID": disk(),
            "resourceLocation": "westeurope", "resourceName": "d1", "resourceType": "Microsoft.Compute/disks", "resourceUri": disk() });
        let policy = json!({ "policyId": format!("{}/backupPolicies/disks", instance().parent().unwrap()),
            "policyParameters": { "dataStoreParametersList": [{ "objectType": "AzureOperationalStoreParameters",
                "dataStoreType": "OperationalStore", "resourceGroupId": id("rg-app") }] } });
        let body = json!({ "properties": { "objectType": "BackupInstance", "friendlyName": "d1",
            "dataSourceInfo": datasource, "policyInfo": policy } });
        let url = format!("{}{}?api-version=2024-04-01", self.azure.http_url, instance());
        let answer = reqwest::Client::new().put(url).bearer_auth("tester").json(&body).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 201, "{:?}", answer.text().await);
        self.azure.advance(120.0);
        let order =
            BackupOrder::ByRule { instance: instance(), rule: "BackupDaily".to_owned(), retention: None };
        let started = self.backups().back_up(&order).await.unwrap();
        self.ended(started).await;
        self.azure.advance(600.0);
    }

    async fn plan(&self, desired: Value) -> RestorePlan {
        let desired: DesiredRestore = serde_json::from_value(desired).unwrap();
        let source = self.backups().instance(&instance()).await.unwrap().unwrap();
        let ground = observe::restore(&self.arm, source, &desired).await.unwrap().unwrap();
        to_restore(&desired, &ground, jiff::Timestamp::UNIX_EPOCH).unwrap()
    }

    /// How an operation ended.
    async fn ended(&self, started: Started) -> OperationState {
        let Started::Running { operation, retry_after } = started else { panic!("it is done at once") };
        assert!(retry_after > Duration::ZERO);
        // The simulator names its own port; the client goes nowhere but to Azure.
        let operation = OperationUrl(operation.0.replace(&self.azure.http_url, ArmOptions::PUBLIC_CLOUD));
        for _ in 0..20 {
            self.azure.advance(30.0);
            match self.arm.operation(&operation).await.unwrap() {
                OperationState::Running { .. } => {}
                ended => return ended,
            }
        }
        panic!("it does not end")
    }

    async fn job(&self, state: OperationState) -> Job {
        let OperationState::Succeeded { job: Some(NamedJob::Id(job)) } = state else { panic!("{state:?}") };
        self.azure.advance(600.0);
        self.backups().job(&job).await.unwrap().unwrap()
    }
}

fn policy() -> Value {
    let tag = json!({ "tagInfo": { "tagName": "Default" }, "taggingPriority": 99, "isDefault": true });
    let trigger = json!({ "objectType": "ScheduleBasedTriggerContext", "taggingCriteria": [tag],
        "schedule": { "repeatingTimeIntervals": ["R/2024-01-01T02:00:00+00:00/P1D"] } });
    let store = json!({ "dataStoreType": "OperationalStore", "objectType": "DataStoreInfoBase" });
    json!({ "objectType": "BackupPolicy", "datasourceTypes": ["Microsoft.Compute/disks"], "policyRules": [
        { "objectType": "AzureBackupRule", "name": "BackupDaily", "dataStore": store, "trigger": trigger,
          "backupParameters": { "objectType": "AzureBackupParams", "backupType": "Incremental" } },
        { "objectType": "AzureRetentionRule", "name": "Default", "isDefault": true, "lifecycles": [{
            "sourceDataStore": store, "deleteAfter": { "objectType": "AbsoluteDeleteOption", "duration": "P7D" } }] },
    ] })
}

#[tokio::test]
async fn a_disk_is_restored_once_the_role_that_the_plan_grants_is_in_force() {
    let world = World::new().await;
    let plan = world
        .plan(json!({ "to": { "kind": "disk", "resourceGroup": id("rg-restored"), "name": "d1-restored" } }))
        .await;
    assert_eq!(plan.grants.len(), 1, "{plan:?}");
    for grant in &plan.grants {
        world.arm.grant(grant).await.unwrap();
    }
    // Azure knows the assignment and does not heed it yet.
    let verdict = world.ended(world.backups().validate_restore(&plan.order).await.unwrap()).await;
    assert!(
        matches!(&verdict, OperationState::Failed(refusal) if refusal.kind == RefusalKind::MissingPermission),
        "{verdict:?}"
    );
    world.azure.advance(120.0);
    let verdict = world.ended(world.backups().validate_restore(&plan.order).await.unwrap()).await;
    assert!(matches!(verdict, OperationState::Succeeded { .. }), "{verdict:?}");
    let started = world.backups().restore(&plan.order).await.unwrap();
    let job = world.job(world.ended(started).await).await;
    assert!(job.has_succeeded() && job.instance == Some(instance()), "{job:?}");
    assert!(world.arm.resource(plan.order.target()).await.unwrap().is_some());

    // Nobody has to guess: the name is taken now.
    let desired =
        json!({ "to": { "kind": "disk", "resourceGroup": id("rg-restored"), "name": "d1-restored" } });
    let desired: DesiredRestore = serde_json::from_value(desired).unwrap();
    let source = world.backups().instance(&instance()).await.unwrap().unwrap();
    let ground = observe::restore(&world.arm, source, &desired).await.unwrap().unwrap();
    let refused = to_restore(&desired, &ground, jiff::Timestamp::UNIX_EPOCH).unwrap_err();
    assert_eq!(refused.code, "UserErrorSameNameDiskAlreadyExists");
    let verdict = world.ended(world.backups().validate_restore(&plan.order).await.unwrap()).await;
    let OperationState::Failed(refusal) = verdict else { panic!("{verdict:?}") };
    assert_eq!(refusal.code, refused.code, "Azure says the same");
}
