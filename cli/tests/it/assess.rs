//! Three made estates with planted faults: each is found, and none is found that was not planted.

mod assigned;
mod made;

use std::path::Path;
use std::process::Command;

use holdfast_simulator::{Config, Estate, Running, SEEDED_SUBSCRIPTIONS, Simulator};
use serde_json::{Value, json};

use self::made::{Faults, rows};
use crate::rules::{holdfast, run, shipped};

fn assess(folder: &Path, text: &str) -> Value {
    let file = folder.join("estate.json");
    std::fs::write(&file, text).unwrap();
    let mut command = holdfast();
    command
        .arg("assess")
        .arg("--export")
        .arg(&file)
        .arg("--rules")
        .arg(shipped())
        .arg("--out")
        .arg(folder)
        .arg("--json");
    let ended = run(&mut command);
    assert_eq!(ended.code, Some(0), "{}{}", ended.out, ended.err);
    let printed: Value = serde_json::from_str(&ended.out).unwrap();
    let written: Value =
        serde_json::from_str(&std::fs::read_to_string(folder.join("assessment.json")).unwrap()).unwrap();
    assert_eq!(printed, written, "what is printed is what is written");
    written
}

/// An assessment of a part of a simulated Azure, in JSON.
fn live(azure: &Running, folder: &Path, scope: [&str; 2]) -> Command {
    let mut command = holdfast();
    command
        .args(["assess", "--json", "--arm-endpoint", &azure.https_url, "--credential", "managed-identity"])
        .args(scope)
        .arg("--rules")
        .arg(shipped())
        .arg("--out")
        .arg(folder)
        .env_remove("HOLDFAST_SUBSCRIPTIONS")
        .env("SSL_CERT_FILE", folder.join("ca.pem"))
        .env("IDENTITY_ENDPOINT", format!("{}/msi/token", azure.http_url))
        .env("IDENTITY_HEADER", "test");
    command
}

fn found(report: &Value) -> Faults {
    let state = |name: &str| report["coverage"]["all"]["states"][name].as_u64().unwrap_or(0);
    let weak = |vault: &&Value| vault["failed"].as_u64() > Some(0);
    let none = Vec::new();
    let drifts = report["drift"].as_array().unwrap_or(&none);
    let drift = |differs: &str, of: &str| {
        let found = drifts.iter().filter(|drift| drift["differs"] == differs);
        let samples = found.flat_map(|drift| drift["samples"].as_array().unwrap());
        samples.filter(|sample| sample["text"].as_str().unwrap().contains(of)).count() as u64
    };
    Faults {
        unprotected: state("unprotected"),
        failing: state("failing"),
        stopped: state("stopped"),
        orphaned: state("orphaned"),
        weak_vaults: report["vaults"].as_array().unwrap().iter().filter(weak).count() as u64,
        in_other_vaults: drift("vault", "bv-old"),
        kept_too_short: drift("policy", "`short`"),
        at_other_times: drift("policy", "`late`"),
        in_other_groups: drift("snapshot-group", "rg-old"),
        parts_left_out: drift("contents", "disk"),
    }
}

#[test]
fn every_planted_fault_is_found_and_none_is_invented() {
    let small = Faults {
        unprotected: 2,
        failing: 1,
        stopped: 1,
        orphaned: 1,
        weak_vaults: 1,
        in_other_vaults: 1,
        kept_too_short: 2,
        at_other_times: 1,
        in_other_groups: 1,
        parts_left_out: 1,
    };
    let large = Faults {
        unprotected: 41,
        failing: 17,
        stopped: 5,
        orphaned: 23,
        weak_vaults: 3,
        in_other_vaults: 19,
        kept_too_short: 7,
        at_other_times: 11,
        in_other_groups: 13,
        parts_left_out: 4,
    };
    let estates = [("well", 12, Faults::default()), ("small", 7, small), ("large", 2500, large)];
    for (name, well, faults) in estates {
        let folder = tempfile::tempdir().unwrap();
        let rows = rows(name, well, faults);
        let lines: Vec<String> = rows.iter().map(Value::to_string).collect();
        let text = match name {
            "well" => json!({ "count": rows.len(), "data": rows }).to_string(),
            "small" => json!(rows).to_string(),
            _ => lines.join("\n"),
        };
        let report = assess(folder.path(), &text);
        let page = std::fs::read_to_string(folder.path().join("assessment.html")).unwrap();
        assert_eq!(found(&report), faults, "{name}: {report}");
        assert_eq!(report["coverage"]["all"]["protected"], well + faults.drifted(), "{name}");
        assert_eq!(page.contains("Protected otherwise"), faults.drifted() > 0, "{name}");
        assert_eq!(report["coverage"]["all"]["states"]["excluded"], 3, "{name}");
        let causes = u64::from(faults.unprotected > 0) + u64::from(faults.failing > 0);
        assert_eq!(report["headline"]["causes"], causes, "{name}: {}", report["headline"]);
        let cause = &report["failures"][0];
        if faults.failing > 0 {
            assert_eq!(
                (&cause["code"], &cause["resources"]),
                (&json!("UserErrorMissingRole"), &json!(faults.failing))
            );
            assert_eq!(cause["proposal"]["text"], "give it");
        }
        assert!(page.contains(report["headline"]["sentence"].as_str().unwrap()), "{name}");
        assert!(
            !page.contains("<script") && !page.contains(" href=\"/") && page.contains("<style>"),
            "{name}"
        );
    }
}

#[test]
fn an_export_that_is_none_is_refused_and_an_assessment_of_nothing_too() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("estate.json");
    std::fs::write(&file, "id,name\n1,2\n").unwrap();
    let ended = run(holdfast()
        .arg("assess")
        .arg("--export")
        .arg(&file)
        .arg("--rules")
        .arg(shipped())
        .arg("--out")
        .arg(folder.path()));
    assert_ne!(ended.code, Some(0));
    assert!(ended.err.contains("expected rows of Resource Graph"), "{}", ended.err);
    let ended =
        run(holdfast().args(["assess", "--rules"]).arg(shipped()).env_remove("HOLDFAST_SUBSCRIPTIONS"));
    assert_ne!(ended.code, Some(0));
    assert!(ended.err.contains("--subscription"), "{}", ended.err);
}

#[test]
fn without_its_policies_it_is_said_that_schedules_were_not_compared() {
    let folder = tempfile::tempdir().unwrap();
    let faults = Faults { kept_too_short: 3, ..Faults::default() };
    let mut rows = rows("short", 2, faults);
    rows.retain(|row| !row["type"].as_str().unwrap().ends_with("/backuppolicies"));
    let report = assess(folder.path(), &json!(rows).to_string());
    assert_eq!(report["drift"], Value::Null, "nothing is invented: {report}");
    let told = report["incomplete"].to_string();
    assert!(told.contains("5 protected resources") && told.contains("policies are in no file"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_estate_below_a_management_group_is_assessed_with_reader_alone() {
    let folder = tempfile::tempdir().unwrap();
    let mut estate = Estate::seeded(7, 300);
    let below: Vec<String> = SEEDED_SUBSCRIPTIONS.iter().map(|id| (*id).to_owned()).collect();
    estate.management_groups = [("shop".to_owned(), below)].into();
    let config = Config { ca_dir: Some(folder.path().to_owned()), estate: Some(estate), ..Config::default() };
    let azure = Simulator::start(config).await.unwrap();
    let assess = |scope| live(&azure, folder.path(), scope);
    let all = SEEDED_SUBSCRIPTIONS.join(",");
    let (mut by_group, mut by_name) =
        (assess(["--management-group", "shop"]), assess(["--subscription", &all]));
    let mut unknown = assess(["--management-group", "other"]);
    let ended =
        tokio::task::spawn_blocking(move || [run(&mut by_group), run(&mut by_name), run(&mut unknown)])
            .await
            .unwrap();
    let report = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_else(|_| panic!("{text}"));
    let [by_group, by_name, unknown] = ended;
    let (group, name) = (report(&by_group.out), report(&by_name.out));
    assert!(group["coverage"]["all"]["due"].as_u64() > Some(0), "{group}");
    assert_eq!(group["coverage"], name["coverage"]);
    assert_ne!(unknown.code, Some(0));
    assert!(unknown.err.contains("management group `other`"), "{}", unknown.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscription_that_cannot_be_read_is_told_and_hides_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let estate = Some(Estate::seeded(7, 300));
    let config = Config { ca_dir: Some(folder.path().to_owned()), estate, ..Config::default() };
    let azure = Simulator::start(config).await.unwrap();
    let unknown = "00000000-0000-0000-0000-00000000dead";
    let both = [unknown, SEEDED_SUBSCRIPTIONS[0]].join(",");
    let mut command = live(&azure, folder.path(), ["--subscription", &both]);
    let ended = tokio::task::spawn_blocking(move || run(&mut command)).await.unwrap();
    assert_eq!(ended.code, Some(1), "{}", ended.err);
    assert!(ended.err.contains("the assessment is not complete: "), "{}", ended.err);
    let report: Value = serde_json::from_str(&ended.out).unwrap();
    assert!(report["coverage"]["all"]["due"].as_u64() > Some(0), "{report}");
    let told = report["incomplete"].to_string();
    assert!(told.contains(&format!("Backup vaults of subscription `{unknown}`")), "{told}");
    assert!(!told.contains(SEEDED_SUBSCRIPTIONS[0]), "{told}");
}
