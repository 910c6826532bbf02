//! A protected disk, people, and the operations that they ask for.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use holdfast_evaluator::{Caller, Digest, Evaluator, Protection, RuleSet, Tier};
use holdfast_protection::family::Family;
use holdfast_protection::hold::HoldDays;
use holdfast_protection::instance::{BackupInstance, ProtectionState};
use holdfast_protection::operations::{
    Action, Answer, Ask, Operation, OperationError, OperationId, OperationStatus, Operations,
};
use holdfast_protection::points::{PointCopy, PointState, RecoveryPoint};
use holdfast_protection::policy::{
    BackupRule, DesiredPolicy, Policy, PolicyBody, PolicySpec, RetentionRule, RulePolicy,
};
use holdfast_protection::tier::DataStore;
use holdfast_protection::workload::Stated;
use holdfast_protection::{Refusal, RefusalKind, ResourceId, Retry, Workload};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::shipped_rules;
use crate::world::World;

pub(crate) const PRINCIPAL: &str = "11111111-2222-3333-4444-555555555555";
const GROUPS: &str = "/subscriptions/0b1f6471-1bf0-4dda-aec3-111122223333/resourceGroups";

pub(crate) fn id(below: &str) -> ResourceId {
    format!("{GROUPS}/{below}").parse().unwrap()
}

pub(crate) fn disk() -> ResourceId {
    id("rg-app/providers/Microsoft.Compute/disks/data")
}

pub(crate) fn vault() -> ResourceId {
    id("rg-backup/providers/Microsoft.DataProtection/backupVaults/bv")
}

pub(crate) fn instance(state: ProtectionState) -> BackupInstance {
    BackupInstance {
        id: vault().child("backupInstances", "bi").unwrap(),
        vault: vault(),
        datasource: disk(),
        datasource_type: "Microsoft.Compute/disks".to_owned(),
        location: "westeurope".into(),
        policy: vault().child("backupPolicies", "daily").ok(),
        snapshot_group: None,
        stated: Stated::default(),
        state,
        error: None,
        deletion: None,
    }
}

/// An instance of the name that we give.
pub(crate) fn ours(state: ProtectionState) -> BackupInstance {
    BackupInstance { id: Family::BackupVault.instance(&vault(), &disk()).unwrap(), ..instance(state) }
}

pub(crate) fn policies() -> Vec<Policy> {
    let policy = |name: &str, rules: &[&str], kind: &str| Policy {
        name: name.to_owned(),
        items: None,
        body: PolicyBody::Rules(RulePolicy {
            datasource_types: vec![kind.to_owned()],
            backup: rules
                .iter()
                .map(|name| BackupRule {
                    name: (*name).to_owned(),
                    backup_type: "Incremental".to_owned(),
                    store: DataStore::OperationalStore,
                    intervals: Vec::new(),
                    time_zone: None,
                    tags: Vec::new(),
                })
                .collect(),
            retention: ["Default", "Weekly"]
                .map(|name| RetentionRule {
                    name: name.to_owned(),
                    is_default: name == "Default",
                    lifecycles: Vec::new(),
                })
                .to_vec(),
            unknown_rules: Vec::new(),
        }),
    };
    vec![
        policy("daily", &["BackupDaily"], "Microsoft.Compute/disks"),
        policy("hourly", &["BackupHourly", "BackupNightly"], "Microsoft.Compute/disks"),
        policy("blobs", &[], "Microsoft.Storage/storageAccounts/blobServices"),
        of_shares("snapshots", Tier::Operational),
        of_shares("copied", Tier::Vault),
    ]
}

fn of_shares(name: &str, tier: Tier) -> Policy {
    let how = Protection { tier: Some(tier), ..Protection::default() };
    let PolicySpec::Files(policy) = DesiredPolicy::decided(Workload::AzureFiles, &how).unwrap().spec() else {
        panic!("not of shares")
    };
    Policy { name: name.to_owned(), items: None, body: PolicyBody::Files(policy) }
}

pub(crate) fn point() -> RecoveryPoint {
    RecoveryPoint {
        id: "p1".to_owned(),
        time: "2026-03-01T00:00:00Z".parse().unwrap(),
        kind: "Incremental".to_owned(),
        state: PointState::Completed,
        expires: None,
        tag: None,
        policy: None,
        threat: None,
        files_open: false,
        copies: vec![PointCopy {
            store: DataStore::OperationalStore,
            created: None,
            expires: None,
            rehydration: None,
        }],
    }
}

/// The stage: Azure, the ledger, and the rules for operations.
pub(crate) struct Stage {
    pub(crate) world: World,
    pub(crate) operations: Operations,
}

impl Stage {
    pub(crate) fn new() -> Self {
        Self::with_rules("")
    }

    /// With this text in the rule set.
    pub(crate) fn with_rules(text: &str) -> Self {
        Self::judged_by(evaluator(None, text))
    }

    /// With a rule that protects the disk by policy `daily` of its vault, and this text in the rule set.
    pub(crate) fn protecting(text: &str) -> Self {
        Self::judged_by(protecting(text))
    }

    /// With these clauses of the shipped rule `guard`.
    pub(crate) fn guarded(clauses: &str) -> Self {
        Self::judged_by(evaluator(Some(("guard", clauses)), ""))
    }

    fn judged_by(evaluator: Evaluator) -> Self {
        let world = World::default();
        world.with(|state| {
            state.now = "2026-03-10T12:00:00Z".parse().unwrap();
            state.instances = vec![instance(ProtectionState::Configured)];
            state.there = vec![id("rg-restored")];
        });
        let shared = Arc::new(world.clone());
        let evaluator = Arc::new(evaluator);
        let operations =
            Operations { azure: shared.clone(), ledger: shared, evaluator, hold_days: HoldDays::default() };
        Self { world, operations }
    }

    pub(crate) fn with_instance(self, instance: BackupInstance) -> Self {
        self.world.with(|world| world.instances = vec![instance]);
        self
    }

    pub(crate) fn in_state(self, state: ProtectionState) -> Self {
        self.world.with(|world| world.instances = vec![instance(state)]);
        self
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.world.with(|state| state.now)
    }

    pub(crate) fn pass(&self, seconds: i64) {
        self.world.with(|state| state.now += SignedDuration::from_secs(seconds));
    }

    pub(crate) async fn ask(&self, action: Value) -> Result<Operation, OperationError> {
        self.ask_as(&ask("key", action)).await
    }

    pub(crate) async fn ask_as(&self, ask: &Ask) -> Result<Operation, OperationError> {
        self.operations.ask(ask.clone(), self.now()).await
    }

    pub(crate) async fn answer(
        &self,
        id: OperationId,
        by: Caller,
        approved: bool,
    ) -> Result<Operation, OperationError> {
        let answer = Answer { approved, by, at: self.now(), why: Some("checked".to_owned()) };
        self.operations.answer(id, answer).await
    }

    /// Looks again and again, when it is told to, until it is over or waits for a person.
    pub(crate) async fn follow(&self, id: OperationId) -> Operation {
        for _ in 0..200 {
            match self.operations.advance(id, self.now()).await {
                Ok(operation) => match operation.retry_after {
                    Some(after) => self.pass(i64::try_from(after).unwrap()),
                    None => return operation,
                },
                Err(_) => self.pass(10),
            }
        }
        panic!("it does not come to an end: {:#?}", self.world.with(|state| state.documents.clone()))
    }
}

/// Rules that protect the disk.
pub(crate) fn protecting(text: &str) -> Evaluator {
    choosing("daily", text)
}

/// Rules that protect the disk by the policy of this name.
pub(crate) fn choosing(policy: &str, text: &str) -> Evaluator {
    // Compiling the rule takes longer than all that a test does with it.
    static LOADED: Mutex<BTreeMap<(String, String), Evaluator>> = Mutex::new(BTreeMap::new());
    let mut loaded = LOADED.lock().unwrap();
    let key = (policy.to_owned(), text.to_owned());
    loaded.entry(key).or_insert_with(|| load_choosing(policy, text)).clone()
}

/// The same with too little fuel to say anything, where a failure waits for a person.
pub(crate) fn failing(text: &str) -> Evaluator {
    let limited = format!("on-error = \"hold\"\nlimits = {{ fuel = 100 }}\n{}", clauses("daily"));
    evaluator(Some(("conditions", &limited)), text)
}

fn load_choosing(policy: &str, text: &str) -> Evaluator {
    evaluator(Some(("conditions", &clauses(policy))), text)
}

fn clauses(policy: &str) -> String {
    let when = "when = { field = \"name\", equals = \"data\" }";
    format!("[[rule.settings.case]]\nname = \"disks\"\n{when}\nprotect = {{ policy = \"{policy}\" }}")
}

fn evaluator(rule: Option<(&str, &str)>, text: &str) -> Evaluator {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ruleset.toml");
    let layers =
        ["platform", "organisation", "team"].map(|name| format!("[[layer]]\nname = \"{name}\"\n")).concat();
    let (none, rule) = match rule {
        None => ("rule = []\n", String::new()),
        Some((name, clauses)) => {
            let module = std::fs::read(shipped_rules::built().unwrap().join(format!("{name}.wasm"))).unwrap();
            std::fs::write(folder.path().join(format!("{name}.wasm")), &module).unwrap();
            let digest = Digest::of(&module);
            let binding = format!("id = \"{name}\"\nmodule = \"{name}.wasm\"\nlayer = \"platform\"");
            ("", format!("[[rule]]\n{binding}\ndigest = \"{digest}\"\n{clauses}\n"))
        }
    };
    std::fs::write(&file, format!("{none}revision = 1\n{layers}\n{text}\n{rule}")).unwrap();
    Evaluator::new(RuleSet::load(&file).unwrap()).unwrap()
}

pub(crate) fn person(name: &str, role: &str) -> Caller {
    Caller { id: format!("{name}-id"), name: name.to_owned(), roles: vec![role.to_owned()] }
}

pub(crate) fn ask(key: &str, action: Value) -> Ask {
    let caller = person("dana", "restorer");
    Ask {
        id: OperationId::of_key(&caller.id, key),
        resource: disk(),
        workload: None,
        action: serde_json::from_value::<Action>(action).unwrap(),
        why: Some("ticket 4711".to_owned()),
        until: None,
        dry_run: false,
        caller,
    }
}

pub(crate) fn restore(name: &str) -> Value {
    json!({ "action": "restore", "to": { "kind": "disk", "resourceGroup": id("rg-restored"), "name": name } })
}

/// A stage with a protected server in place of the disk, and an account that its dumps go to.
pub(crate) fn with_a_server() -> Stage {
    let stage = Stage::new();
    stage.world.with(|state| {
        for one in &mut state.instances {
            one.datasource = server();
            one.datasource_type = server().resource_type().to_owned();
        }
        state.there = vec![server(), account()];
    });
    stage
}

fn server() -> ResourceId {
    id("rg-app/providers/Microsoft.DBforPostgreSQL/flexibleServers/orders")
}

pub(crate) fn account() -> ResourceId {
    id("rg-restored/providers/Microsoft.Storage/storageAccounts/copies")
}

/// A dump of the server under a prefix, asked for under a key of its own.
pub(crate) fn dump(prefix: &str) -> Ask {
    let to = json!({ "kind": "files", "account": account(), "container": "dumps", "prefix": prefix });
    Ask { resource: server(), ..ask(prefix, json!({ "action": "restore", "to": to })) }
}

pub(crate) fn missing_permission() -> Refusal {
    let refusal = refusal("UserErrorMissingRequiredPermissions");
    Refusal { kind: RefusalKind::MissingPermission, ..refusal }
}

pub(crate) fn refusal(code: &str) -> Refusal {
    Refusal {
        status: 200,
        code: code.to_owned(),
        message: format!("{code} it is"),
        recommended_action: vec!["do as Azure says".to_owned()],
        advice: None,
        kind: RefusalKind::Unknown,
        retry: Retry::Never,
    }
}

pub(crate) fn code(status: &OperationStatus) -> &str {
    match status {
        OperationStatus::Failed { code, .. } => code,
        other => panic!("{other:?}"),
    }
}
