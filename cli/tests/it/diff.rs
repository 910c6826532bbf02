//! What another rule set would change, over recorded decisions.

use std::path::Path;

use serde_json::{Value, json};

use crate::golden;
use crate::history::{change, decisions, write};
use crate::rules::{Ended, candidate, edited, holdfast, run, shipped};

fn diff(history: &Path, candidate: &Path, arguments: &[&str]) -> Ended {
    run(holdfast()
        .args(["diff", "--since", "2026-01-01"])
        .arg("--from")
        .arg(history)
        .arg("--candidate")
        .arg(candidate)
        .args(arguments))
}

#[test]
fn the_last_decision_about_each_resource_is_compared() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &decisions(20));
    let candidate = candidate();
    let recorded = diff(folder.path(), candidate.path(), &[]);
    assert_eq!(recorded.code, Some(4), "protection is lost: {}{}", recorded.out, recorded.err);
    golden::agrees("diff-recorded.txt", &recorded.out);
    let all = diff(folder.path(), candidate.path(), &["--all", "--fail-on", "never"]);
    assert_eq!(all.code, Some(0));
    assert!(all.out.matches("/providers/Microsoft.Compute/disks/").count() >= 15, "{}", all.out);

    let recorded = diff(folder.path(), candidate.path(), &["--json"]).out;
    let decided =
        diff(folder.path(), candidate.path(), &["--json", "--current", shipped().to_str().unwrap()]).out;
    let [recorded, decided] = [recorded, decided].map(|text| serde_json::from_str::<Value>(&text).unwrap());
    assert_eq!(recorded["changes"], decided["changes"]);
    assert_eq!((&recorded["resources"], &recorded["changed"]), (&json!(20), &json!(15)));
    assert_eq!(recorded["current"], Value::Null);
    assert_eq!(recorded["changes"].as_array().unwrap().len(), 20);
    let first = &recorded["changes"][0]["fields"][0];
    assert!(first["because"][0]["rule"].is_string() && first["from"] != first["to"], "{first}");
}

#[test]
fn a_rule_set_changes_nothing_against_itself() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &decisions(8));
    let itself = diff(folder.path(), shipped(), &["--fail-on", "any"]);
    assert_eq!(itself.code, Some(0), "{}{}", itself.out, itself.err);
    golden::agrees("diff-itself.txt", &itself.out);
}

#[test]
fn only_a_change_of_the_named_kind_fails() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &decisions(8));
    let moved = edited(&[("vault = \"bv-{location}\"", "vault = \"bv-prod-{location}\"")]);
    assert_eq!(diff(folder.path(), moved.path(), &[]).code, Some(0));
    assert_eq!(diff(folder.path(), moved.path(), &["--fail-on", "any"]).code, Some(4));
    assert_eq!(diff(folder.path(), candidate().path(), &["--fail-on", "loses-protection"]).code, Some(4));
}

#[test]
fn broken_entries_are_counted_and_named() {
    let folder = tempfile::tempdir().unwrap();
    let files = write(folder.path(), &decisions(8));
    change(&files[1], |text| text.replace("\"decision\"", "\"decisiom\""));
    let ended = diff(folder.path(), candidate().path(), &[]);
    assert!(
        ended.out.contains("1 entry of the ledger could not be read and is not counted"),
        "{}",
        ended.out
    );
    assert!(
        ended.out.contains("missing field `decision`") && ended.out.contains("disk-000"),
        "{}",
        ended.out
    );
    assert_eq!(ended.code, Some(4), "what would be lost is told before what could not be read");
    let itself = diff(folder.path(), shipped(), &["--fail-on", "any"]);
    assert_eq!(itself.code, Some(1), "{}{}", itself.out, itself.err);
}

#[test]
fn a_diff_over_nothing_shows_nothing() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("resources")).unwrap();
    let ended = diff(folder.path(), candidate().path(), &[]);
    assert_eq!(ended.code, Some(5), "{}{}", ended.out, ended.err);
    assert!(ended.out.starts_with("There is nothing to decide about."), "{}", ended.out);
}

#[test]
fn what_is_missing_is_said() {
    let set = shipped().to_str().unwrap();
    for (arguments, code, words) in [
        (vec!["--candidate", set], 2, "say what to compare: --since TIME (recorded decisions) or --live"),
        (vec!["--candidate", set, "--live"], 2, "--current"),
        (vec!["--candidate", set, "--live", "--current", set, "--since", "7d"], 2, "cannot be used with"),
        (vec!["--candidate", set, "--live", "--current", set], 2, "add --subscription"),
        (vec!["--candidate", "nowhere.toml", "--since", "7d"], 2, "nowhere.toml"),
    ] {
        let ended = run(holdfast().arg("diff").args(&arguments));
        assert_eq!(ended.code, Some(code), "{arguments:?}: {}{}", ended.out, ended.err);
        assert!(ended.said().contains(words), "{arguments:?}: {}", ended.err);
    }
}
