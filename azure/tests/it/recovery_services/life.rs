//! The life of a protected machine, by the whole client against the simulator.

use holdfast_azure::{ArmClient, ArmOptions};
use holdfast_evaluator::{Protection, WhenForeign};
use holdfast_protection::backup::BackupOrder;
use holdfast_protection::family::Family;
use holdfast_protection::instance::{BackupInstance, InstanceSpec, ProtectionState};
use holdfast_protection::lifecycle::{LifecycleChange, PolicyMove};
use holdfast_protection::operation::{OperationState, OperationUrl, Started};
use holdfast_protection::policy::DesiredPolicy;
use holdfast_protection::ports::{Arm as _, Azure as _, Backups, InstancesOf};
use holdfast_protection::workload::{Case, Dependencies, Details, DiskChoice, Restated};
use holdfast_protection::{AzureError, Location, RefusalKind, ResourceId, Workload};
use holdfast_simulator::{Config, Estate, Running, Simulator};
use serde_json::json;

use crate::failing_server::client_of;

const GROUPS: &str = "/subscriptions/5b0f1d3a-6c1e-4b5e-9d53-0d2f7c3e9a10/resourceGroups";

fn id(below: &str) -> ResourceId {
    format!("{GROUPS}/{below}").parse().unwrap()
}

fn vault() -> ResourceId {
    id("rg-backup/providers/Microsoft.RecoveryServices/vaults/rsv")
}

fn machine() -> ResourceId {
    id("rg-app/providers/Microsoft.Compute/virtualMachines/web")
}

/// A machine and a vault, at a standing clock.
struct World {
    azure: Running,
    arm: ArmClient,
}

impl World {
    async fn new() -> Self {
        let disk = json!({ "lun": 1, "name": "web-data" });
        let storage = json!({ "osDisk": { "name": "web-os", "osType": "Linux" }, "dataDisks": [disk] });
        let estate = json!({
            "resourceGroups": [
                { "id": id("rg-app"), "location": "westeurope" },
                { "id": id("rg-app").as_str().replace("5b0f1d3a", "6c0f1d3a"), "location": "westeurope" },
                { "id": id("rg-backup"), "location": "westeurope" },
            ],
            "vaults": [{ "id": vault(), "location": "westeurope", "identity": false }],
            "resources": [
                { "id": machine(), "location": "westeurope", "properties": { "storageProfile": storage } },
                {
                    "id": machine().as_str().replace("5b0f1d3a", "6c0f1d3a"),
                    "location": "westeurope",
                    "properties": { "storageProfile": storage },
                },
            ],
            "machinesOfOtherSubscriptions": true,
        });
        let estate = Estate::parse(&estate.to_string()).unwrap();
        let azure = Simulator::start(Config { estate: Some(estate), ..Config::frozen() }).await.unwrap();
        let (_, port) = azure.http_url.rsplit_once(':').unwrap();
        let arm = client_of(port.parse().unwrap());
        Self { azure, arm }
    }

    fn backups(&self) -> Box<dyn Backups + '_> {
        self.arm.backups(Family::RecoveryServices)
    }

    /// Follows what a call started to its end.
    async fn done(&self, started: Started) {
        let Started::Running { operation, .. } = started else { return };
        // The simulator names its own port; the client goes nowhere but to Azure.
        let operation = OperationUrl(operation.0.replace(&self.azure.http_url, ArmOptions::PUBLIC_CLOUD));
        self.ended(&operation).await;
    }

    async fn ended(&self, operation: &OperationUrl) {
        for _ in 0..200 {
            match self.arm.operation(operation).await.unwrap() {
                OperationState::Succeeded { .. } => return,
                OperationState::Running { .. } => self.azure.advance(30.0),
                other => panic!("{other:?}"),
            }
        }
        panic!("the operation does not end");
    }

    async fn item(&self) -> BackupInstance {
        let location = Location::from("westeurope");
        let machine = machine();
        let of = InstancesOf { location: Some(&location), ..InstancesOf::any(&machine) };
        let found = self.backups().instances_of(&of).await.unwrap();
        assert_eq!(found.len(), 1, "{found:?}");
        let again = self.backups().instance(&found[0].id).await.unwrap();
        assert_eq!(again.as_ref(), Some(&found[0]));
        found.into_iter().next().unwrap()
    }
}

fn spec(parameters: &DiskChoice, policy: ResourceId) -> InstanceSpec {
    let (machine, vault) = (machine(), vault());
    let details = Details::Disks(parameters.clone());
    let case = Case {
        datasource: &machine,
        details: &details,
        dependencies: &Dependencies::Nothing,
        vault: &vault,
        principal: "",
    };
    InstanceSpec {
        id: Workload::AzureVm.instance(&case).unwrap(),
        parameters: Workload::AzureVm.parameters(&case, true).unwrap(),
        location: "westeurope".into(),
        workload: Workload::AzureVm,
        policy,
        snapshot_group: None,
        secret: None,
        datasource: machine.clone(),
        vault: vault.clone(),
    }
}

#[tokio::test]
async fn a_machine_is_protected_stopped_resumed_backed_up_deleted_and_brought_back() {
    let world = World::new().await;
    let backups = world.backups();
    assert_eq!(backups.vaults(vault().subscription()).await.unwrap()[0].id, vault());
    let shown = backups.policies(&vault()).await.unwrap();
    let desired = DesiredPolicy::decided(Workload::AzureVm, &Protection::default()).unwrap();
    let default = shown.iter().find(|policy| policy.name == "DefaultPolicy").unwrap();
    assert!(desired.fits(default), "it does what was decided");
    assert_eq!(
        desired.choose(&shown, WhenForeign::Leave, |_| true),
        None,
        "what followed it would not be ours"
    );

    let every = holdfast_evaluator::Schedule { every: "PT4H".to_owned(), ..Default::default() };
    let how = Protection { schedule: Some(every), ..Protection::default() };
    let hourly = DesiredPolicy::decided(Workload::AzureVm, &how).unwrap();
    assert_eq!(hourly.choose(&shown, WhenForeign::Leave, |_| true), None);
    let policy = Family::RecoveryServices.policy(&vault(), &hourly.spec().name()).unwrap();
    backups.put_policy(&policy, &hourly.spec()).await.unwrap();
    let read = backups.policy(&policy).await.unwrap().unwrap();
    assert!(hourly.fits(&read), "{read:?}");

    let only = DiskChoice::new(vec![1], true);
    let spec = spec(&only, policy.clone());
    world.done(backups.validate(&spec).await.unwrap()).await;
    world.done(backups.put_instance(&spec).await.unwrap()).await;
    let item = world.item().await;
    assert_eq!((&item.id, &item.vault, &item.datasource), (&spec.id, &vault(), &machine()));
    assert_eq!((item.state.clone(), item.policy.as_ref()), (ProtectionState::Configured, Some(&policy)));
    assert_eq!(item.stated.disks, Some(only));
    assert!(item.is_ours());

    let every_disk = PolicyMove {
        restated: Restated { disks: Some(DiskChoice::all()), ..Restated::default() },
        ..PolicyMove::to(item.id.clone(), policy.clone())
    };
    world.done(backups.move_instance(&every_disk).await.unwrap()).await;
    assert_eq!(world.item().await.stated.disks, None);

    let expires = "2030-01-01T00:00:00Z".parse().unwrap();
    world
        .done(backups.back_up(&BackupOrder::Until { instance: item.id.clone(), expires }).await.unwrap())
        .await;
    for _ in 0..50 {
        let jobs = backups.jobs(&vault()).await.unwrap();
        if jobs.iter().any(|job| job.operation == "Backup" && job.has_succeeded()) {
            break;
        }
        world.azure.advance(600.0);
    }
    let jobs = backups.jobs(&vault()).await.unwrap();
    let backup = jobs.iter().find(|job| job.operation == "Backup").unwrap();
    assert!(backup.has_succeeded(), "{backup:?}");
    assert_eq!((backup.instance.as_ref(), backup.datasource.parse().ok()), (Some(&item.id), Some(machine())));
    assert_eq!(backups.job(&backup.id).await.unwrap().unwrap().id, backup.id);
    let points = backups.points(&item.id).await.unwrap();
    assert_eq!(points.len(), 1, "{points:?}");
    assert_eq!(points[0].expires, Some(expires));
    assert_eq!(backups.point(&item.id, &points[0].id).await.unwrap().as_ref(), points.first());

    world.done(backups.alter(&item.id, LifecycleChange::StopProtection).await.unwrap()).await;
    let stopped = world.item().await;
    assert_eq!((stopped.state, stopped.policy), (ProtectionState::Stopped, None));
    assert!(
        backups.alter(&item.id, LifecycleChange::ResumeProtection).await.is_err(),
        "which policy is not known"
    );
    let resume = PolicyMove::to(item.id.clone(), policy.clone());
    world.done(backups.move_instance(&resume).await.unwrap()).await;
    assert_eq!(world.item().await.state, ProtectionState::Configured);

    world.done(backups.alter(&item.id, LifecycleChange::Delete).await.unwrap()).await;
    let deleted = backups.deleted_instances(&vault()).await.unwrap();
    assert_eq!(deleted.iter().map(|one| &one.id).collect::<Vec<_>>(), [&item.id]);
    let refused = backups.put_instance(&spec).await.unwrap_err();
    assert_eq!(kind(&refused), RefusalKind::Taken, "what was deleted softly is in its place: {refused:?}");
    world.done(backups.undelete(&item.id).await.unwrap().unwrap()).await;
    let back = world.item().await;
    assert_eq!((back.state, back.policy), (ProtectionState::Stopped, None));
    assert!(backups.deleted_instances(&vault()).await.unwrap().is_empty());
}

/// Names of items hold no subscription (official): two machines of one name and group would meet in one vault.
#[tokio::test]
async fn a_namesake_of_another_subscription_is_never_taken_for_the_machine() {
    let world = World::new().await;
    let backups = world.backups();
    let policy = Family::RecoveryServices.policy(&vault(), "DefaultPolicy").unwrap();
    let first = spec(&DiskChoice::all(), policy);
    world.done(backups.put_instance(&first).await.unwrap()).await;
    let namesake: ResourceId = machine().as_str().replace("5b0f1d3a", "6c0f1d3a").parse().unwrap();
    let second = InstanceSpec { datasource: namesake.clone(), ..first };
    let refused = backups.put_instance(&second).await.unwrap_err();
    assert_eq!(kind(&refused), RefusalKind::User, "{refused:?}");
    let AzureError::Refused { refusal, .. } = refused else { panic!("{refused:?}") };
    assert!(refusal.message.contains(machine().as_str()), "{refusal:?}");
    assert!(refusal.way_out().contains("another subscription"), "{refusal:?}");
    let location = Location::from("westeurope");
    let of = InstancesOf { location: Some(&location), ..InstancesOf::any(&namesake) };
    assert_eq!(backups.instances_of(&of).await, Ok(Vec::new()));
}

fn kind(error: &AzureError) -> RefusalKind {
    match error {
        AzureError::Refused { refusal, .. } => refusal.kind,
        other => panic!("{other:?}"),
    }
}
