//! Recorded decisions, replayed from a folder and from storage.

use holdfast_azure::{BlobLedger, StorageOptions};
use holdfast_protection::ledger::Entry;
use holdfast_protection::ports::Ledger;
use holdfast_simulator::{Config, Simulator, Storage};
use serde_json::{Value, json};

use crate::golden;
use crate::history::{change, decisions, write};
use crate::rules::{candidate, holdfast, run, shipped};

#[test]
fn what_was_decided_replays_equal_and_what_was_touched_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let files = write(folder.path(), &decisions(20));
    let replay = |arguments: &[&str]| {
        run(holdfast()
            .arg("replay")
            .arg("--from")
            .arg(folder.path())
            .arg("--rules")
            .arg(shipped())
            .args(arguments))
    };
    let all = replay(&["--since", "2026-01-01"]);
    assert_eq!(all.code, Some(0), "{}{}", all.out, all.err);
    golden::agrees("replay-equal.txt", &all.out);
    let second_day = replay(&["--since", "2026-01-02", "--json"]);
    let report: Value = serde_json::from_str(&second_day.out).unwrap();
    assert_eq!((&report["decisions"], &report["equal"]), (&json!(20), &json!(20)));
    let until = replay(&["--until", "2026-01-01T08:00:00Z"]);
    assert_eq!((until.code, until.out.contains("Replayed 0 recorded")), (Some(5), true), "{}", until.out);

    change(&files[0], |text| text.replace("\"outcome\":\"protect\"", "\"outcome\":\"protest\""));
    change(&files[2], |text| text.replace("\"min-days\":14", "\"min-days\":15"));
    change(&files[7], |text| text.get(..300).unwrap().to_owned());
    let touched = replay(&["--since", "2026-01-01", "--limit", "1"]);
    assert_eq!(touched.code, Some(4), "{}{}", touched.out, touched.err);
    golden::agrees("replay-different.txt", &touched.out);
    let report: Value = serde_json::from_str(&replay(&["--json"]).out).unwrap();
    assert_eq!(
        (&report["different"], &report["broken"], &report["equal"]),
        (&json!(2), &json!(1), &json!(37))
    );
    assert_eq!(report["differences"][0]["finding"]["pointer"], "/outcome");
    assert!(report["unreadable"][0]["path"].as_str().unwrap().contains("disk-003"), "{report}");
}

#[test]
fn the_rule_set_is_found_by_its_digest_among_revisions() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &decisions(4));
    let candidate = candidate();
    let replay = |rules: &[&std::path::Path]| {
        run(holdfast().arg("replay").arg("--from").arg(folder.path()).arg("--rules").args(rules))
    };
    let both = replay(&[candidate.path(), shipped()]);
    assert_eq!(both.code, Some(0), "{}{}", both.out, both.err);
    let only_other = replay(&[candidate.path()]);
    assert_eq!(only_other.code, Some(5), "nothing could be replayed: {}", only_other.out);
    golden::agrees("replay-unknown-rule-set.txt", &only_other.out);
}

#[tokio::test]
async fn storage_and_its_export_replay_alike() {
    let azure = Simulator::start(Config::default()).await.unwrap();
    let connection = Storage::connection_string(&azure.http_url);
    let options = StorageOptions::from_settings("x", |_| Some(connection.clone())).unwrap();
    let ledger = BlobLedger::new(&options, BlobLedger::NAME).unwrap();
    for entry in decisions(10) {
        ledger.append(&entry).await.unwrap();
    }
    let stray = "resources/subscriptions/s/20260101T000000.000000Z-1-decided-0.json";
    ledger
        .append(&Entry { path: stray.to_owned(), body: json!({ "not": "a decision" }).to_string() })
        .await
        .unwrap();
    ledger.append(&Entry { path: "rejected/event/0.json".into(), body: "{}".to_owned() }).await.unwrap();

    let folder = tempfile::tempdir().unwrap();
    let exported = blocking(&["ledger", "export", path(&folder), "--storage", &connection]).await;
    assert_eq!(
        (exported.code, exported.out.contains("Wrote 21 entries")),
        (Some(0), true),
        "{}",
        exported.err
    );
    let again = blocking(&["ledger", "export", path(&folder), "--storage", &connection]).await;
    assert!(again.out.contains("Wrote 0 entries") && again.out.contains("21 were there"), "{}", again.out);

    let rules = shipped().to_str().unwrap();
    let from_storage = blocking(&["replay", "--rules", rules, "--json", "--storage", &connection]).await;
    let from_folder = blocking(&["replay", "--rules", rules, "--json", "--from", path(&folder)]).await;
    assert_eq!(from_storage.code, Some(4), "{}", from_storage.err);
    assert_eq!(from_storage.out, from_folder.out);
    let report: Value = serde_json::from_str(&from_storage.out).unwrap();
    assert_eq!((&report["equal"], &report["broken"]), (&json!(20), &json!(1)));
    assert_eq!(report["unreadable"][0]["path"], stray);
}

fn path(folder: &tempfile::TempDir) -> &str {
    folder.path().to_str().unwrap()
}

/// The simulator runs on this runtime: the command must not stop it.
async fn blocking(arguments: &[&str]) -> crate::rules::Ended {
    let arguments: Vec<String> = arguments.iter().map(|&argument| argument.to_owned()).collect();
    tokio::task::spawn_blocking(move || run(holdfast().args(arguments))).await.unwrap()
}

#[test]
fn what_cannot_be_used_is_named_with_the_way_out() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &decisions(1));
    let from = folder.path().to_str().unwrap();
    let rules = shipped().to_str().unwrap();
    let nowhere = folder.path().join("nowhere");
    let nowhere = nowhere.to_str().unwrap();
    std::fs::write(folder.path().join("broken.toml"), "revision = \"one\"").unwrap();
    let broken = folder.path().join("broken.toml");
    let closed = "AccountName=a;AccountKey=c2VjcmV0;BlobEndpoint=http://127.0.0.1:1/a;QueueEndpoint=http://127.0.0.1:1/a";
    for (arguments, code, words) in [
        (
            vec!["--from", from, "--rules", rules, "--since", "yesterday"],
            2,
            "`yesterday` is not a valid time",
        ),
        (vec!["--from", from], 2, "--rules"),
        (vec!["--rules", rules], 2, "add --ledger URL, --storage CONNECTION or --from FOLDER"),
        (vec!["--from", nowhere, "--rules", rules], 2, "holdfast ledger export"),
        (vec!["--from", rules, "--rules", rules], 2, "is it a folder that `holdfast ledger export` wrote?"),
        (vec!["--from", from, "--rules", nowhere], 2, "nowhere"),
        (vec!["--from", from, "--rules", broken.to_str().unwrap()], 2, "broken.toml: at `revision`"),
        (vec!["--storage", closed, "--rules", rules], 1, "could not list ledger entries below `resources/`"),
        (vec!["--storage", "nonsense", "--rules", rules], 2, "connection string has no `=`"),
        (vec!["--ledger", "http://a.example/ledger", "--rules", rules], 2, "https only"),
    ] {
        let ended = run(holdfast().arg("replay").args(&arguments));
        assert_eq!(ended.code, Some(code), "{arguments:?}: {}{}", ended.out, ended.err);
        assert!(ended.said().contains(words), "{arguments:?}: {}", ended.err);
        assert!(ended.out.is_empty(), "{arguments:?}: {}", ended.out);
    }
    // A program that asked for JSON gets its error as JSON, whatever the command.
    let ended = run(holdfast().args(["replay", "--json", "--from", nowhere, "--rules", rules]));
    let said: serde_json::Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(ended.code, Some(2), "{}", ended.err);
    assert!(said["error"]["message"].as_str().unwrap().contains("holdfast ledger export"), "{said}");
}
