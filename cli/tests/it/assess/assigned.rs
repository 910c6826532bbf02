//! The assignments of Azure Policy in an estate: for each that protects data, rules that do the same.

use std::path::Path;

use holdfast_simulator::{Config, Estate, SEEDED_SUBSCRIPTIONS, Simulator};
use serde_json::{Value, json};

use super::assess;
use crate::rules::{holdfast, run, shipped};

const SUBSCRIPTION: &str = "/subscriptions/5b0f1d3a-6c1e-4b5e-9d53-0d2f7c3e9a10";
const SHOP: &str = "/providers/Microsoft.Management/managementGroups/shop";
const DEFINITIONS: &str = "/providers/Microsoft.Authorization/policyDefinitions";
const DISKS: &str = "7b5a3b1d-d2e1-4c0b-9f3b-ad0b9a2283f4";
const AUDIT: &str = "013e242c-8828-4970-87b3-ab247555486d";

fn assignment(scope: &str, name: &str, definition: &str, parameters: &Value) -> Value {
    json!({ "id": format!("{scope}/providers/Microsoft.Authorization/policyAssignments/{name}"), "name": name,
        "type": "Microsoft.Authorization/policyAssignments", "properties": { "scope": scope,
            "displayName": format!("The assignment {name}"), "policyDefinitionId": definition, "parameters": parameters } })
}

/// Disks with the tag `team`.
fn of_team() -> Value {
    let policy = format!(
        "{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.DataProtection/backupVaults/bv/backupPolicies/gold"
    );
    json!({ "vaultLocation": { "value": "westeurope" }, "backupPolicyId": { "value": policy },
        "snapshotResourceGroupName": { "value": "rg-snapshots" }, "inclusionTagName": { "value": "team" },
        "inclusionTagValues": { "value": ["data"] } })
}

/// Two of one name, one of an initiative, one that only looks, one about something else, one that cannot be read.
fn assigned() -> Vec<Value> {
    let disks = format!("{DEFINITIONS}/{DISKS}");
    let initiative = format!("{SHOP}/providers/Microsoft.Authorization/policySetDefinitions/baseline");
    let members = json!([
        { "policyDefinitionId": disks, "policyDefinitionReferenceId": "disks", "parameters": of_team() },
        { "policyDefinitionId": format!("{DEFINITIONS}/{AUDIT}"), "policyDefinitionReferenceId": "look" },
    ]);
    vec![
        assignment(SUBSCRIPTION, "disk-backup", &disks, &of_team()),
        assignment(&format!("{SUBSCRIPTION}/resourceGroups/rg-policy"), "disk-backup", &disks, &of_team()),
        assignment(SHOP, "baseline", &initiative, &json!({})),
        assignment(SUBSCRIPTION, "looks", &format!("{DEFINITIONS}/{AUDIT}"), &json!({})),
        assignment(
            SUBSCRIPTION,
            "tags",
            &format!("{DEFINITIONS}/0b0434ec-0000-0000-0000-000000000000"),
            &json!({}),
        ),
        assignment(SUBSCRIPTION, "broken", &disks, &json!({ "vaultLocation": { "value": "westeurope" } })),
        json!({ "id": initiative, "name": "baseline", "type": "Microsoft.Authorization/policySetDefinitions",
            "properties": { "policyDefinitions": members } }),
    ]
}

/// Each assignment with its rules and its notes.
fn told(report: &Value) -> Vec<(String, Vec<String>, String)> {
    let policies = report["azurePolicy"].as_array().unwrap_or_else(|| panic!("{report}"));
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let rules =
        |policy: &Value| policy["rules"].as_array().unwrap().iter().map(|rule| text(&rule["id"])).collect();
    policies
        .iter()
        .map(|policy| (text(&policy["name"]), rules(policy), policy["notes"].to_string()))
        .collect()
}

fn check(told: &[(String, Vec<String>, String)]) {
    let of = |name: &str| {
        let found = told.iter().filter(|(own, ..)| *own == format!("The assignment {name}"));
        found.map(|(_, rules, notes)| (rules.join(" "), notes.as_str())).collect::<Vec<_>>()
    };
    let both: Vec<String> = of("disk-backup").into_iter().map(|(rules, _)| rules).collect();
    assert_eq!(both, ["disk-backup", "disk-backup-2"], "{told:?}");
    assert_eq!(of("baseline")[0].0, "baseline-disks", "{told:?}");
    assert!(of("baseline")[0].1.contains("member look only looks"), "{told:?}");
    assert!(of("looks")[0].0.is_empty() && of("looks")[0].1.contains("only looks"), "{told:?}");
    assert!(of("broken")[0].0.is_empty() && of("broken")[0].1.contains("inclusionTagName"), "{told:?}");
    assert_eq!((of("tags").len(), told.len()), (0, 5), "{told:?}");
}

/// The shipped rule set with the rules that an assessment wrote.
fn with_written(folder: &Path) -> std::path::PathBuf {
    let rules = folder.join("rules");
    std::fs::create_dir(&rules).unwrap();
    for file in std::fs::read_dir(shipped()).unwrap() {
        let file = file.unwrap().path();
        std::fs::copy(&file, rules.join(file.file_name().unwrap())).unwrap();
    }
    let (set, written) = (rules.join("ruleset.toml"), folder.join("azure-policy-rules.toml"));
    let text = |path: &Path| std::fs::read_to_string(path).unwrap();
    std::fs::write(&set, text(&set) + "\n" + &text(&written)).unwrap();
    rules
}

#[test]
fn the_rules_that_an_assessment_writes_protect_what_azure_policy_selects() {
    let folder = tempfile::tempdir().unwrap();
    let disk = |name: &str, tags: Value| {
        json!({ "id": format!("{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Compute/disks/{name}"), "name": name,
            "type": "microsoft.compute/disks", "location": "westeurope", "tags": tags, "sku": { "name": "Premium_LRS" },
            "properties": { "diskSizeGB": 100, "diskState": "Attached", "provisioningState": "Succeeded" } })
    };
    let mut rows = assigned();
    rows.extend([disk("theirs", json!({ "team": "data" })), disk("other", json!({ "team": "web" }))]);
    rows.push(json!({ "id": SUBSCRIPTION, "type": "microsoft.resources/subscriptions", "name": "shop",
        "properties": { "managementGroupAncestorsChain": [{ "name": "shop" }] } }));
    let text = json!(rows).to_string();
    let before = assess(folder.path(), &text);
    check(&told(&before));
    assert_eq!(before["coverage"]["all"]["due"], 0, "{before}");
    let page = std::fs::read_to_string(folder.path().join("assessment.html")).unwrap();
    assert!(page.contains("disk-backup-2 (enforce)"), "{page}");

    let rules = with_written(folder.path());
    let ended = run(holdfast()
        .args(["assess", "--json", "--export"])
        .arg(folder.path().join("estate.json"))
        .arg("--rules")
        .arg(rules)
        .arg("--out")
        .arg(folder.path()));
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    let after: Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(after["coverage"]["all"]["due"], 1, "{after}");
    let speaks = |rule: &str| after["rules"].as_array().unwrap().iter().any(|own| own["rule"] == rule);
    assert!(speaks("disk-backup") && speaks("baseline-disks") && !speaks("disk-backup-2"), "{after}");
}

#[test]
fn a_management_group_whose_subscriptions_are_in_no_file_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let report = assess(folder.path(), &json!(assigned()).to_string());
    let told = told(&report);
    let baseline = told.iter().find(|(name, ..)| name == "The assignment baseline").unwrap();
    assert!(baseline.1.is_empty() && baseline.2.contains("resourcecontainers"), "{baseline:?}");
}

#[test]
fn an_initiative_whose_definitions_are_in_no_file_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let mut rows = assigned();
    rows.pop();
    let told = told(&assess(folder.path(), &json!(rows).to_string()));
    let baseline = told.iter().find(|(name, ..)| name == "The assignment baseline").unwrap();
    assert!(baseline.1.is_empty() && baseline.2.contains("policysetdefinitions"), "{baseline:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_azure_shows_a_reader_is_assessed_in_the_same_way() {
    let folder = tempfile::tempdir().unwrap();
    let below: Vec<String> = SEEDED_SUBSCRIPTIONS.iter().map(|id| (*id).to_owned()).collect();
    let own = format!("/subscriptions/{}", below[0]);
    let policies = json!(assigned()).to_string().replace(SUBSCRIPTION, &own);
    let estate = Estate {
        management_groups: [("shop".to_owned(), below)].into(),
        azure_policy: serde_json::from_str(&policies).unwrap(),
        ..Estate::seeded(7, 50)
    };
    let config = Config { ca_dir: Some(folder.path().to_owned()), estate: Some(estate), ..Config::default() };
    let azure = Simulator::start(config).await.unwrap();
    let mut command = super::live(&azure, folder.path(), ["--management-group", "shop"]);
    let ended = tokio::task::spawn_blocking(move || run(&mut command)).await.unwrap();
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    let report: Value = serde_json::from_str(&ended.out).unwrap();
    check(&told(&report));
    let baseline = report["azurePolicy"].to_string();
    assert!(SEEDED_SUBSCRIPTIONS.iter().all(|id| baseline.contains(id)), "{baseline}");
}
