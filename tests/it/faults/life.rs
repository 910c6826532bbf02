//! The process dies after each single call of what comes before and after a protection: a vault that is created, an
//! identity, a snapshot group, a move to another policy, an end, and what was deleted softly.

use std::fs;
use std::path::Path;

use holdfast_evaluator::{Evaluator, RuleSet};
use holdfast_protection::apply::Outcome;
use serde_json::{Value, json};

use super::run::Run;
use super::worlds::{cases, granted};

/// Calls that a death may cost beyond those of an undisturbed run.
const ONE_LOOK: usize = 16;

/// Something that happens to a disk.
struct Tale {
    name: &'static str,
    estate: Value,
    /// Tables of the rule set.
    rules: &'static str,
    /// What somebody does to the disk after it was protected, before the deaths; none where they begin at once.
    then: Option<(&'static str, Value)>,
    /// `currentProtectionState` at the end.
    state: &'static str,
}

#[tokio::test(flavor = "multi_thread")]
async fn a_death_in_any_part_of_a_life_changes_nothing_of_its_end() {
    for tale in tales() {
        let evaluator = rules_with(tale.rules);
        let undisturbed = told(&tale, &evaluator, u32::MAX).await;
        let (before, calls) = undisturbed;
        let mut most = 0;
        for number in 1..=calls {
            let (_, needed) = told(&tale, &evaluator, number).await;
            assert!(needed <= calls + ONE_LOOK as u32, "{} died of call {number}: {needed} calls", tale.name);
            most = most.max(needed);
        }
        println!(
            "{}: {calls} deaths after {before} calls, {calls} calls undisturbed, at most {most}",
            tale.name
        );
    }
}

/// Calls before the tale, and in it.
async fn told(tale: &Tale, evaluator: &Evaluator, number: u32) -> (u32, u32) {
    let disk = cases().swap_remove(0).resource;
    let mut run = Run::of(tale.estate.clone()).await;
    run.evaluator = evaluator.clone();
    if let Some((what, body)) = &tale.then {
        run.tell(&disk);
        run.work_off().await;
        happen(&run, &disk, what, body).await;
        run.restart();
    }
    let before = run.line.calls();
    run.line.die_at(before.saturating_add(number));
    run.tell(&disk);
    run.work_off().await;
    let told = format!("{} died of call {number}", tale.name);
    let states: Vec<String> = run.azure.instances().as_array().unwrap().iter().map(state).collect();
    assert_eq!(states, [tale.state], "{told}: {:?}", run.end_of(&disk));
    let outcome = run.end_of(&disk).unwrap();
    let ended =
        matches!(outcome, Outcome::Protected { .. } | Outcome::Unprotected { .. } | Outcome::Excluded { .. });
    assert!(ended, "{told}: {outcome:?}");
    assert_eq!(run.azure.state()["vaults"].as_array().unwrap().len(), 1, "{told}");
    run.assert_no_double_role(&told);
    (before, run.line.calls() - before)
}

fn state(instance: &Value) -> String {
    instance["currentProtectionState"].as_str().unwrap().to_owned()
}

fn tales() -> Vec<Tale> {
    let estate = |change: &dyn Fn(&mut Value)| {
        let mut estate = granted(cases().swap_remove(0).estate);
        change(&mut estate);
        estate
    };
    let tale = |name, estate, rules, then, state| Tale { name, estate, rules, then, state };
    let no_vault = estate(&|estate| {
        estate["vaults"] = json!([]);
        estate["roleAssignments"] = json!([]);
        estate["propagationSeconds"] = json!(20);
    });
    let no_identity = estate(&|estate| {
        estate["vaults"][0]["identity"] = json!(false);
        estate["roleAssignments"] = json!([]);
        estate["propagationSeconds"] = json!(20);
    });
    let no_group = estate(&|estate| {
        let groups = estate["resourceGroups"].as_array_mut().unwrap();
        groups.retain(|group| !group["id"].as_str().unwrap().ends_with("rg-snapshots-westeurope"));
    });
    let sound = || estate(&|_| ());
    let tags = |tags: Value| Some(("PATCH", json!({ "tags": tags })));
    let configured = "ProtectionConfigured";
    vec![
        tale("vault created", no_vault, "[create.vaults]\nresource-group = \"rg-backup\"", None, configured),
        tale("identity given", no_identity, "[create]\nvault-identities = true", None, configured),
        tale("snapshot group created", no_group, "[create.snapshot-groups]", None, configured),
        tale("policy moved", sound(), "", tags(json!({ "tier": "gold" })), configured),
        tale(
            "suspended",
            sound(),
            "[ending]\nexcluded = \"suspend\"",
            tags(json!({ "backup": "off" })),
            "BackupsSuspended",
        ),
        tale(
            "retained",
            sound(),
            "[ending]\nexcluded = \"retain\"",
            tags(json!({ "backup": "off" })),
            "ProtectionStopped",
        ),
        tale(
            "resumed",
            sound(),
            "[instances]\nstopped = \"resume\"",
            Some(("stopProtection", json!({}))),
            configured,
        ),
        tale("brought back", sound(), "", Some(("delete", json!({}))), configured),
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

/// The shipped rules with further tables, and rules for operations that allow everything.
fn rules_with(tables: &str) -> Evaluator {
    let folder = tempfile::tempdir().unwrap();
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/rules");
    for entry in fs::read_dir(&rules).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            fs::copy(&path, folder.path().join(path.file_name().unwrap())).unwrap();
        }
    }
    let file = folder.path().join("ruleset.toml");
    let text = fs::read_to_string(&file).unwrap();
    let allowing = text.replacen("[review]\n", "[review]\ndefault = \"allow\"\n", 1);
    assert_ne!(text, allowing);
    fs::write(&file, format!("{allowing}\n{tables}\n")).unwrap();
    Evaluator::new(RuleSet::load(&file).unwrap()).unwrap()
}
