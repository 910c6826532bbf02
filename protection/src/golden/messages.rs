//! Messages of the work queue.

use super::Golden;
use super::samples::{at, disk, instance, operation, principal, vault};
use crate::Workload;
use crate::instance::InstanceSpec;
use crate::lifecycle::{LifecycleChange, PolicyMove};
use crate::work::{Cause, FailedBackup, Pending, Read, SettingUp, Underway, WorkItem};
use crate::workload::aks::ClusterParameters;
use crate::workload::{BackupParameters, Restated};

fn name(pending: Option<&Pending>) -> &'static str {
    match pending {
        None => "fresh",
        Some(Pending::Propagation { .. }) => "propagation",
        Some(Pending::Undelete { .. }) => "undelete",
        Some(Pending::Settling { .. }) => "settling",
        Some(Pending::VaultSettling { .. }) => "vault-without-operation",
        Some(Pending::Operation { on, .. }) => match on {
            Underway::Validation { .. } => "validation",
            Underway::MoveValidation { .. } => "move-validation",
            Underway::Configuration { .. } => "configuration",
            Underway::Moving { .. } => "moving",
            Underway::Preparing => "binding",
            Underway::Vault { .. } => "vault",
            Underway::Undeleting { .. } => "undeleting",
            Underway::LifecycleChange { .. } => "alteration",
        },
    }
}

fn spec(parameters: BackupParameters) -> Box<InstanceSpec> {
    Box::new(InstanceSpec {
        id: instance(),
        vault: vault(),
        datasource: disk(),
        location: "westeurope".into(),
        workload: Workload::AzureDisks,
        policy: vault().child("backupPolicies", "holdfast-daily").unwrap(),
        snapshot_group: disk().resource_group_id(),
        parameters: Some(parameters),
        secret: "https://kv.vault.azure.net/secrets/s/1".to_owned().try_into().ok(),
    })
}

fn every_pending() -> Vec<Pending> {
    let (operation, instance) = (operation(), instance());
    let change = Box::new(PolicyMove {
        restated: Restated { containers: Some(vec!["c".to_owned()]), ..Restated::default() },
        ..PolicyMove::to(instance.clone(), vault().child("backupPolicies", "weekly").unwrap())
    });
    let cluster = BackupParameters::Cluster(ClusterParameters {
        included_namespaces: vec!["shop".to_owned()],
        excluded_namespaces: vec!["kube-system".to_owned()],
        snapshot_volumes: true,
        cluster_scope: false,
    });
    let lifecycle = LifecycleChange::ResumeProtection;
    let operations = [
        Underway::Validation { spec: spec(cluster) },
        Underway::Configuration { instance: instance.clone() },
        Underway::MoveValidation { change: change.clone() },
        Underway::Moving { change },
        Underway::Preparing,
        Underway::Vault { vault: vault() },
        Underway::Undeleting { instance: instance.clone() },
        Underway::LifecycleChange { instance: instance.clone(), lifecycle },
    ];
    let without = [
        Pending::Propagation { spec: spec(BackupParameters::Containers(vec!["c".to_owned()])) },
        Pending::vault(vault()),
        Pending::Undelete { instance: instance.clone() },
        Pending::Settling { instance },
    ];
    let operations = operations.map(|on| Pending::Operation { operation: operation.clone(), on });
    operations.into_iter().chain(without).collect()
}

fn samples() -> Vec<(String, WorkItem)> {
    let event = || Cause::Event { id: "e-1".to_owned(), by: Some(principal()) };
    let fresh = |cause: Cause| WorkItem::new(disk(), cause, at());
    let worn = |pending: Option<Pending>| WorkItem {
        passes: 9,
        troubles: 2,
        restarts: 1,
        administrator_waits: 3,
        permission_waits: 4,
        polls: 5,
        urgent: true,
        revived: 1,
        decided: Some("0123456789ab".to_owned()),
        note: Some("the policy is another tool's".to_owned()),
        pending,
        ..fresh(event())
    };
    let pending =
        every_pending().into_iter().map(|pending| (name(Some(&pending)).to_owned(), worn(Some(pending))));
    let mut all: Vec<(String, WorkItem)> = pending.collect();
    all.push((format!("{}-of-an-event", name(None)), fresh(event())));
    all.push((format!("{}-of-the-sweep", name(None)), fresh(Cause::Sweep)));
    let of_one = WorkItem { workload: Some(Workload::DataLake), ..fresh(event()) };
    all.push(("fresh-of-a-workload".to_owned(), of_one));
    let back = WorkItem { brought_back: true, ..fresh(event()) };
    all.push(("fresh-brought-back".to_owned(), back));
    let created = Some(at());
    let new = WorkItem { setting_up: Some(SettingUp { created }), ..fresh(event()) };
    all.push(("fresh-setting-up".to_owned(), new));
    let failed = FailedBackup {
        job: vault().child("backupJobs", "j").unwrap(),
        began: Some(at()),
        code: "UserErrorMSIMissingPermissions".to_owned(),
        rule: Some("BackupDaily".to_owned()),
        until: at(),
    };
    all.push((
        "fresh-after-a-failed-backup".to_owned(),
        WorkItem { failed_backup: Some(failed), ..fresh(Cause::Sweep) },
    ));
    all.push(("fresh-after-a-hold".to_owned(), WorkItem { after_hold: true, ..fresh(Cause::Sweep) }));
    all
}

#[test]
fn every_message_is_written_and_read_as_it_was() {
    let mut golden = Golden::of("messages/1");
    for (name, item) in samples() {
        let kept = golden.file(&name, &item.message().unwrap().text);
        let Read { item: read, left_out } = WorkItem::read(&kept.to_string(), at()).unwrap();
        assert_eq!((read, left_out), (item.clone(), Vec::new()), "{name}");
        // Anything but the resource may be lost; of what is pending, all or nothing is understood.
        golden.demands(&name, &kept, |document| {
            let read = WorkItem::read(&document.to_string(), at());
            read.is_ok_and(|read| document.get("pending").is_none() || read.item.pending.is_some())
        });
    }
    golden.is_complete();
}
