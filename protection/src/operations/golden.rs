//! Golden files of operations: what was asked, what was done, and how it ended.

use std::collections::BTreeMap;
use std::fmt::Debug;

use holdfast_evaluator::{Denial, Protection, ReviewRecord, Ruling};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::records::{self, StageRecord};
use super::{
    Action, Answer, Asked, ChangePolicy, HoldTerms, Judgement, OperationId, OperationPlan, OperationStatus,
    Registering, Stage,
};
use crate::backup::BackupOrder;
use crate::file_session::FileSession;
use crate::golden::{Golden, at, caller, digests, disk, instance, operation, opinion};
use crate::ledger::{self, Entry, FORMAT};
use crate::lifecycle::{LifecycleChange, PolicyMove};
use crate::policy::DesiredPolicy;
use crate::restore::{
    BlobRange, ClusterItems, ConflictPolicy, ContainerItems, Criterion, DesiredRestore, NamespacedName,
    RestoreFrom, RestoreInto, RestoreOrder, RestoreRegion, RestoreRequest, RestoreTarget, TargetDatasource,
    VaultTierStaging, VolumeMode,
};
use crate::roles::{Role, RoleGrant};
use crate::tier::DataStore;
use crate::workload::Preparation;
use crate::workload::aks::TrustedAccessBinding;
use crate::{Refusal, RefusalKind, Retry, Workload};

fn id() -> OperationId {
    OperationId::of_key("o-1", "key-1")
}

fn target() -> TargetDatasource {
    TargetDatasource {
        id: disk(),
        datasource_type: "Microsoft.Compute/disks".to_owned(),
        location: "westeurope".into(),
        set: Some(disk()),
        secret: Some("https://kv.vault.azure.net/secrets/s".to_owned()),
    }
}

fn order(from: RestoreFrom, into: RestoreInto, region: RestoreRegion) -> Box<RestoreOrder> {
    let store = DataStore::VaultStore;
    let request = RestoreRequest { from, store, source: disk(), into, location: "westeurope".into() };
    Box::new(RestoreOrder { instance: instance(), region, request })
}

fn cluster() -> Criterion {
    let named = |name: &str| NamespacedName { name: name.to_owned(), namespace: "shop".to_owned() };
    let staging =
        VaultTierStaging { resource_group: disk().resource_group_id().unwrap(), storage_account: disk() };
    Criterion::Cluster(Box::new(ClusterItems {
        cluster_scope: true,
        namespaces: vec!["shop".to_owned()],
        without_namespaces: vec!["kube-system".to_owned()],
        resource_types: vec!["v1/Secret".to_owned()],
        without_resource_types: Vec::new(),
        label_selectors: vec!["app=shop".to_owned()],
        volumes: VolumeMode::WithData,
        conflicts: ConflictPolicy::Patch,
        namespace_mappings: BTreeMap::from([("shop".to_owned(), "shop-2".to_owned())]),
        hooks: vec![named("hook")],
        resource_modifier: Some(named("modifier")),
        staging: Some(staging),
    }))
}

fn every_stage() -> Vec<Stage> {
    let point = || RestoreFrom::Point { id: "p-1".to_owned() };
    let archived = RestoreFrom::Archived { id: "p-2".to_owned(), rehydrate: Default::default() };
    let whole = || RestoreInto::Whole { target: target() };
    let range = BlobRange { min: "c/a".to_owned(), max: "c/b".to_owned() };
    let container = ContainerItems {
        container: "c".to_owned(),
        prefixes: vec!["a/".to_owned()],
        rename_to: Some("c-2".to_owned()),
    };
    let criteria = vec![Criterion::Range(range), Criterion::Container(container), cluster()];
    let items = RestoreInto::Items { target: target(), criteria };
    let files = RestoreInto::Files {
        url: "https://a.blob.core.windows.net/c".to_owned(),
        prefix: "dump".to_owned(),
        container: disk(),
    };
    let secondary = RestoreRegion::Secondary { location: "northeurope".into(), source: "westeurope".into() };
    let change = || PolicyMove::to(instance(), instance());
    let grant = RoleGrant { role: Role::DiskRestoreOperator, scope: disk(), principal: "p-1".to_owned() };
    let holders = BTreeMap::from([("p-1".to_owned(), "Backup vault `v`".to_owned())]);
    let binding = TrustedAccessBinding::between(&disk(), &instance()).unwrap();
    vec![
        Stage::Grant { roles: vec![grant.clone()], holders: BTreeMap::new() },
        Stage::Grant { roles: vec![grant], holders },
        Stage::Prepare { preparation: Preparation::TrustedAccess(binding) },
        Stage::ValidateRestore { order: order(point(), whole(), RestoreRegion::Primary) },
        Stage::Restore { order: order(archived, files, secondary) },
        Stage::Restore { order: order(RestoreFrom::Moment { at: at() }, items, RestoreRegion::Primary) },
        Stage::Backup {
            order: BackupOrder::ByRule {
                instance: instance(),
                rule: "daily".to_owned(),
                retention: Some("monthly".to_owned()),
            },
        },
        Stage::ValidateMove { change: change() },
        Stage::Move { change: change() },
        Stage::Alter { instance: instance(), lifecycle: LifecycleChange::StopProtection },
        Stage::Undelete { instance: instance() },
    ]
}

/// Stages that came later: a file of their own, so that the first ones stay as they were.
fn later_stages() -> Vec<Stage> {
    let session = || FileSession { instance: instance(), machine: disk(), point: "p-1".to_owned() };
    let desired = DesiredPolicy::decided(Workload::AzureDisks, &Protection::default()).unwrap();
    vec![
        Stage::MakePolicy { id: instance(), spec: Box::new(desired.spec()) },
        Stage::AwaitGuard { vault: instance(), guard: disk() },
        Stage::OpenFiles { session: session() },
        Stage::CloseFiles { session: session() },
        Stage::Archive { instance: instance(), point: "p-1".to_owned() },
        Stage::CancelJob { job: disk() },
    ]
}

fn record() -> ReviewRecord {
    ReviewRecord {
        summary: "allowed".to_owned(),
        opinions: vec![opinion("allow")],
        conflicts: Vec::new(),
        shadow_differences: Vec::new(),
        digests: digests(),
    }
}

fn asked(action: Action, ruling: Ruling) -> Asked {
    Asked {
        id: id(),
        at: at(),
        resource: disk(),
        workload: None,
        instance: instance(),
        operation: action,
        why: Some("the audit wants it".to_owned()),
        until: None,
        dry_run: true,
        by: caller(),
        judgement: Judgement { ruling, record: record() },
        plan: OperationPlan { stages: every_stage(), notes: vec!["a note".to_owned()] },
        hold: None,
    }
}

fn terms() -> HoldTerms {
    let until = "2026-02-02T00:00:00Z".parse().unwrap();
    HoldTerms { until, decided: "protect: tag env=prod (select)".to_owned(), policy: Some(disk()) }
}

fn action_name(action: &Action) -> &'static str {
    match action {
        Action::Backup { .. } => "backup",
        Action::Restore(_) => "restore",
        Action::StopAndRetain => "stop-and-retain",
        Action::StopAndDelete => "stop-and-delete",
        Action::Suspend => "suspend",
        Action::Resume => "resume",
        Action::ChangePolicy(_) => "change-policy",
        Action::Registration { .. } => "registration",
        Action::OpenFiles { .. } => "open-files",
        Action::CloseFiles { .. } => "close-files",
        Action::Archive { .. } => "archive",
        Action::CancelJob { .. } => "cancel-job",
    }
}

fn every_action() -> Vec<Action> {
    let to =
        RestoreTarget::Disk { resource_group: disk().resource_group_id().unwrap(), name: "back".to_owned() };
    let restore = DesiredRestore {
        point: Default::default(),
        to,
        tier: Some(DataStore::VaultStore),
        rehydrate: Some(Default::default()),
        region: Default::default(),
        even_if_suspicious: false,
    };
    vec![
        Action::Backup { rule: Some("daily".to_owned()), retention: Some("monthly".to_owned()) },
        Action::Restore(Box::new(restore)),
        Action::StopAndRetain,
        Action::StopAndDelete,
        Action::Suspend,
        Action::Resume,
        Action::ChangePolicy(ChangePolicy { policy: "weekly".to_owned() }),
        Action::Registration { registration: Registering::Again },
        Action::OpenFiles { point: Default::default() },
        Action::CloseFiles { point: "p-1".to_owned().into() },
        Action::Archive { point: "p-1".to_owned().into() },
        Action::CancelJob { job: disk(), restores: true },
    ]
}

fn grant() -> RoleGrant {
    RoleGrant { role: Role::Reader, scope: disk(), principal: "p-1".to_owned() }
}

fn every_record() -> BTreeMap<&'static str, StageRecord> {
    let message = "Azure throttles".to_owned();
    let missed = |guarded| StageRecord::Missed {
        at: at(),
        message: message.clone(),
        throttled_until: Some(at()),
        guarded,
    };
    let begun = |operation| StageRecord::Begun { at: at(), operation, retry_after: 30, job: Some(disk()) };
    BTreeMap::from([
        ("claimed", StageRecord::Claimed { at: at() }),
        ("begun", begun(Some(operation()))),
        ("begun-without-operation", begun(None)),
        ("missed", StageRecord::missed(at(), "Azure did not answer".to_owned())),
        ("missed-guarded", missed(true)),
        ("missed-throttled", missed(false)),
        ("done", StageRecord::Done { at: at(), job: Some(disk()), not_granted: vec![grant()] }),
    ])
}

fn every_end() -> BTreeMap<&'static str, OperationStatus> {
    let text = |text: &str| text.to_owned();
    let denial = Denial { rule: text("guard"), code: text("prod"), message: text("not in prod") };
    let failed = |azure| OperationStatus::Failed {
        code: text("C"),
        message: text("m"),
        way_out: text("w"),
        job: Some(disk()),
        azure,
    };
    let refusal = Refusal {
        status: 200,
        code: text("A"),
        message: text("Azure says"),
        recommended_action: vec![text("do")],
        advice: None,
        kind: RefusalKind::MissingPermission,
        retry: Retry::Never,
    };
    BTreeMap::from([
        ("ended-denied", OperationStatus::Denied { reasons: vec![denial] }),
        ("ended-rejected", OperationStatus::Rejected { by: caller(), why: Some(text("no")) }),
        ("ended-expired", OperationStatus::Expired),
        ("ended-validated", OperationStatus::Validated { granted_first: Vec::new() }),
        ("ended-validated-with-roles", OperationStatus::Validated { granted_first: vec![grant()] }),
        ("ended-succeeded", OperationStatus::Succeeded { job: Some(disk()), note: Some(text("a warning")) }),
        ("ended-failed", failed(None)),
        ("ended-failed-with-azures-words", failed(Some(refusal))),
    ])
}

/// Writes a document as operations do, and reads it in this form, in the one before and in a later one.
fn holds<T: Serialize + DeserializeOwned + PartialEq + Debug>(golden: &mut Golden, name: &str, document: &T) {
    let entry = Entry::of("x".to_owned(), &serde_json::to_value(document).unwrap());
    let kept = golden.file(name, &entry.body);
    assert_eq!(kept["format"], FORMAT);
    golden.demands(name, &kept, |document| ledger::read::<T>(document.clone()).is_ok());
    let mut before = kept.clone();
    before.as_object_mut().unwrap().remove("format");
    let mut later = kept.clone();
    later["format"] = json!(FORMAT + 1);
    later["lane"] = json!("vault");
    for (form, read) in [("this", kept), ("the one before", before), ("a later", later)] {
        assert_eq!(ledger::read::<T>(read).as_ref(), Ok(document), "{name}, {form}");
    }
}

#[test]
fn every_document_of_an_operation_is_written_and_read_as_it_was() {
    let mut golden = Golden::of("ledger/1/operations");
    for action in every_action() {
        let name = format!("asked-{}", action_name(&action));
        holds(&mut golden, &name, &asked(action, Ruling::Allow));
    }
    let approval = Ruling::NeedsApproval { roles: vec!["admin".to_owned()], within_hours: 24 };
    holds(&mut golden, "asked-needs-approval", &asked(Action::Resume, approval));
    let held = Asked {
        until: "2026-02-01".parse().ok(),
        hold: Some(terms()),
        ..asked(Action::Suspend, Ruling::Allow)
    };
    holds(&mut golden, "asked-with-a-hold", &held);
    let plan = OperationPlan { stages: later_stages(), notes: Vec::new() };
    let later = Asked { plan, ..asked(Action::Resume, Ruling::Allow) };
    holds(&mut golden, "asked-with-later-stages", &later);
    let denial = Denial { rule: "guard".to_owned(), code: "prod".to_owned(), message: "no".to_owned() };
    let denied = Ruling::Deny { reasons: vec![denial] };
    holds(&mut golden, "asked-denied", &asked(Action::Resume, denied));
    let answer = Answer { approved: true, by: caller(), at: at(), why: Some("yes".to_owned()) };
    holds(&mut golden, "answered", &answer);
    every_record().iter().for_each(|(name, record)| holds(&mut golden, name, record));
    every_end().iter().for_each(|(name, status)| {
        assert!(status.is_over(), "{name}");
        holds(&mut golden, name, status);
    });
    golden.file("pointer", &records::pointer("asked/20260114/x.json".to_owned(), id()).body);
    golden.is_complete();
}

#[test]
fn a_plan_that_only_a_later_version_understands_says_so() {
    let mut document = serde_json::to_value(asked(Action::Resume, Ruling::Allow)).unwrap();
    document["format"] = json!(FORMAT + 1);
    document["plan"]["stages"][0] = json!({ "stage": "mount", "item": "i" });
    let problem = ledger::read::<Asked>(document).unwrap_err().to_string();
    assert!(problem.contains("update the handler"), "{problem}");
}

#[test]
fn the_architecture_names_where_pointers_lie() {
    let text = include_str!("../../../ARCHITECTURE.md");
    for place in [records::APPROVALS, "asked/<day>/", "operations/<id>/"] {
        assert!(text.contains(&format!("`{place}`")), "ARCHITECTURE.md does not name `{place}`");
    }
    let day = records::day(at());
    assert!(day.starts_with("asked/") && records::folder(id()).starts_with("operations/"), "{day}");
}
