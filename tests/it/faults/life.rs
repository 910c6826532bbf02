//! What comes before and after a protection: a vault that is created, an identity, a snapshot group, a move to another
//! policy, an end, and what was deleted softly. The process dies after each single call of it, each call is refused or
//! lost, and each operation goes astray.

use holdfast_protection::outcome::Outcome;
use serde_json::{Value, json};

use super::each::each;
use super::rules::rules_with;
use super::run::Run;
use super::worlds::{cases, granted};
use crate::world;

/// Calls that a death may cost beyond those of an undisturbed run.
const ONE_PASS: usize = 16;
/// Calls that a lost operation may cost: it is asked for forty times before it is given up.
const LOST: u32 = 50;

/// Something that happens to a disk.
pub(super) struct Tale {
    pub(super) name: &'static str,
    estate: Value,
    /// Tables of the rule set.
    rules: &'static str,
    /// What somebody does to the disk after it was protected, before the deaths; none where they begin at once.
    then: Option<(&'static str, Value)>,
    /// `currentProtectionState` at the end; none if the instance is deleted.
    state: Option<&'static str>,
    /// The calls of its own that start an operation.
    starts: &'static [(&'static str, &'static str)],
}

#[test]
fn a_death_in_any_part_of_a_life_changes_nothing_of_its_end() {
    each(tales(), died);
}

async fn died(tale: Tale) {
    let mut run = tale.begun().await;
    let (before, calls) = tale.told(&mut run, &Mishap::None).await;
    let mut most = 0;
    for number in 1..=calls {
        let (_, needed) = tale.told(&mut run, &Mishap::Death(number)).await;
        let bound = calls + ONE_PASS as u32;
        assert!(needed <= bound, "{} died of call {number}: {needed} calls", tale.name);
        most = most.max(needed);
    }
    println!("{}: {calls} deaths after {before} calls, {calls} calls undisturbed, at most {most}", tale.name);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_rules_ended_is_resumed_when_they_protect_it_again_whatever_call_the_process_died_of() {
    let disk = world::disk("rg-app", "data");
    for tale in tales().into_iter().filter(|tale| ["suspended", "retained"].contains(&tale.name)) {
        let mut run = tale.begun().await;
        let (_, calls) = tale.told(&mut run, &Mishap::None).await;
        for number in 1..=calls {
            tale.told(&mut run, &Mishap::Death(number)).await;
            happen(&run, &disk, "PATCH", &json!({ "tags": { "backup": "on" } })).await;
            run.tell(&disk);
            run.work_off().await;
            run.azure.advance(120.0);
            let states: Vec<String> = run.azure.instances().as_array().unwrap().iter().map(state).collect();
            let told = format!("{} died of call {number}: {:?}", tale.name, run.end_of(&disk));
            assert_eq!(states, ["ProtectionConfigured"], "{told}");
        }
    }
}

#[test]
fn no_refusal_in_any_part_of_a_life_changes_its_end() {
    each(tales(), refused);
}

async fn refused(tale: Tale) {
    let harms = [
        json!({ "status": 429, "retryAfter": 7, "code": "SubscriptionRequestsThrottled" }),
        json!({ "status": 401, "code": "ExpiredAuthenticationToken" }),
        json!({ "status": 503 }),
        json!({ "status": 500, "apply": true, "times": 4 }),
        json!({ "reset": true, "apply": true, "times": 3 }),
        json!({ "status": 200, "body": "{\"id\": \"/subs", "apply": true }),
    ];
    let mut run = tale.begun().await;
    let (_, calls) = tale.told(&mut run, &Mishap::None).await;
    let (mut count, mut most) = (0, 0);
    for harm in &harms {
        for before in 0..calls {
            let mut harm = harm.clone();
            harm["after"] = json!(before);
            let (_, needed) = tale.told(&mut run, &Mishap::Harm(&harm)).await;
            let bound = calls + ONE_PASS as u32;
            assert!(needed <= bound, "{} {harm}: {needed} calls", tale.name);
            (count, most) = (count + 1, most.max(needed));
        }
    }
    println!("{}: {count} harms, {calls} calls undisturbed, at most {most}", tale.name);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operation_that_goes_astray_in_any_part_of_a_life_is_survived() {
    let mut count = 0;
    for tale in tales() {
        let mut run = tale.begun().await;
        let (_, undisturbed) = tale.told(&mut run, &Mishap::None).await;
        for (method, path) in tale.starts {
            for fate in ["vanish", "move", "hang"] {
                let harm = json!({ "method": method, "path": path, "operation": fate });
                let (_, calls) = tale.told(&mut run, &Mishap::Harm(&harm)).await;
                assert!(calls <= undisturbed + LOST, "{} {path} {fate}: {calls} calls", tale.name);
                println!("{:<24} {method:<6} {path:<28} {fate:<7} {calls:>3} calls", tale.name);
                count += 1;
            }
        }
    }
    println!("{count} operations struck");
}

/// What goes wrong.
pub(super) enum Mishap<'a> {
    None,
    /// The process dies of the call of this number.
    Death(u32),
    /// The simulator is told this.
    Harm(&'a Value),
}

impl Tale {
    /// A run in which it can be told, again and again.
    pub(super) async fn begun(&self) -> Run {
        Run::of(self.estate.clone()).await
    }

    /// Tells it from the beginning: the calls before the tale, and in it. The journal of the simulator then holds its
    /// calls alone.
    pub(super) async fn told(&self, run: &mut Run, mishap: &Mishap<'_>) -> (u32, u32) {
        let disk = world::disk("rg-app", "data");
        run.begin_anew();
        let first = run.line.calls();
        run.evaluator = rules_with(self.rules);
        if let Some((what, body)) = &self.then {
            run.tell(&disk);
            run.work_off().await;
            happen(run, &disk, what, body).await;
            run.restart();
        }
        run.azure.forget_calls();
        let before = run.line.calls();
        let told = match mishap {
            Mishap::None => self.name.to_owned(),
            Mishap::Death(number) => {
                run.line.die_at(before + number);
                format!("{} died of call {number}", self.name)
            }
            Mishap::Harm(harm) => {
                run.azure.fault((*harm).clone()).unwrap();
                format!("{} with {harm}", self.name)
            }
        };
        run.tell(&disk);
        run.work_off().await;
        // What Azure was asked for and does by itself.
        run.azure.advance(120.0);
        self.assert_ended(run, &disk, &told);
        (before - first, run.line.calls() - before)
    }

    fn assert_ended(&self, run: &Run, disk: &str, told: &str) {
        let states: Vec<String> = run.azure.instances().as_array().unwrap().iter().map(state).collect();
        assert!(
            states.iter().map(String::as_str).eq(self.state),
            "{told}: {states:?}, {:?}",
            run.end_of(disk)
        );
        let outcome = run.end_of(disk).unwrap();
        let ended = matches!(
            outcome,
            Outcome::Protected { .. } | Outcome::Unprotected { .. } | Outcome::Excluded { .. }
        );
        assert!(ended, "{told}: {outcome:?}");
        assert_eq!(run.azure.state()["vaults"].as_array().unwrap().len(), 1, "{told}");
        run.assert_no_double_role(told);
    }
}

fn state(instance: &Value) -> String {
    instance["currentProtectionState"].as_str().unwrap().to_owned()
}

/// A world whose disk is [`world::disk`]'s `data`, and whose roles are there, changed.
fn estate(change: impl Fn(&mut Value)) -> Value {
    let case = cases().into_iter().find(|case| case.name == "azure-disks").unwrap();
    assert_eq!(case.resource, world::disk("rg-app", "data"));
    let mut estate = granted(case.estate);
    change(&mut estate);
    estate
}

pub(super) fn tales() -> Vec<Tale> {
    before_protection().into_iter().chain(after_protection()).collect()
}

fn before_protection() -> [Tale; 3] {
    let no_vault = estate(|estate| {
        estate["vaults"] = json!([]);
        estate["roleAssignments"] = json!([]);
        estate["propagationSeconds"] = json!(20);
    });
    let no_identity = estate(|estate| {
        estate["vaults"][0]["identity"] = json!(false);
        estate["roleAssignments"] = json!([]);
        estate["propagationSeconds"] = json!(20);
    });
    let no_group = estate(|estate| {
        let groups = estate["resourceGroups"].as_array_mut().unwrap();
        groups.retain(|group| !group["id"].as_str().unwrap().ends_with("rg-snapshots-westeurope"));
    });
    let tale = |name, estate, rules, starts| Tale {
        name,
        estate,
        rules,
        then: None,
        state: Some("ProtectionConfigured"),
        starts,
    };
    let created = "[create.vaults]\nresource-group = \"rg-backup\"";
    [
        tale("vault created", no_vault, created, &[("PUT", "/backupVaults/[^/]+$")]),
        tale(
            "identity given",
            no_identity,
            "[create]\nvault-identities = true",
            &[("PATCH", "/backupVaults/[^/]+$")],
        ),
        tale("snapshot group created", no_group, "[create.snapshot-groups]", &[]),
    ]
}

fn after_protection() -> Vec<Tale> {
    let tale = |name, rules, then, state, starts| Tale {
        name,
        estate: estate(|_| ()),
        rules,
        then: Some(then),
        state,
        starts,
    };
    let tags = |tags: Value| ("PATCH", json!({ "tags": tags }));
    let off = || tags(json!({ "backup": "off" }));
    let by_person = |action| (action, json!({}));
    let configured = Some("ProtectionConfigured");
    let resuming = "[instances]\nstopped = \"resume\"";
    vec![
        tale(
            "policy moved",
            "",
            tags(json!({ "tier": "gold" })),
            configured,
            &[("POST", "/validateForModifyBackup$"), ("PUT", "/backupInstances/[^/]+$")],
        ),
        tale(
            "suspended",
            "[ending]\nexcluded = \"suspend\"",
            off(),
            Some("BackupsSuspended"),
            &[("POST", "/suspendBackups$")],
        ),
        tale(
            "retained",
            "[ending]\nexcluded = \"retain\"",
            off(),
            Some("ProtectionStopped"),
            &[("POST", "/stopProtection$")],
        ),
        tale(
            "deleted",
            "[ending]\nexcluded = \"delete\"",
            off(),
            None,
            &[("DELETE", "/backupInstances/[^/]+$")],
        ),
        tale(
            "resumed after a stop",
            resuming,
            by_person("stopProtection"),
            configured,
            &[("POST", "/resumeProtection$")],
        ),
        tale(
            "resumed after a suspension",
            resuming,
            by_person("suspendBackups"),
            configured,
            &[("POST", "/resumeBackups$")],
        ),
        tale(
            "brought back",
            "",
            by_person("delete"),
            configured,
            &[("POST", "/undelete$"), ("POST", "/resumeProtection$")],
        ),
    ]
}

/// Somebody does something, and Azure has time to do it.
async fn happen(run: &Run, disk: &str, what: &str, body: &Value) {
    let instance = run.azure.instances()[0]["id"].as_str().unwrap().to_owned();
    let (method, path) = match what {
        "PATCH" => ("PATCH", format!("{disk}?api-version=2023-04-02")),
        "delete" => ("DELETE", format!("{instance}?api-version=2024-04-01")),
        action => ("POST", format!("{instance}/{action}?api-version=2024-04-01")),
    };
    let url = format!("{}{path}", run.azure.http_url);
    let request = reqwest::Client::new().request(method.parse().unwrap(), &url).bearer_auth("owner");
    let answer = request.json(body).send().await.unwrap();
    assert!(answer.status().is_success(), "{url}: {}", answer.text().await.unwrap());
    run.azure.advance(120.0);
}
