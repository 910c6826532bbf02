//! What is exported, read by another program: DuckDB reads each format and finds the same rows in it.

use std::path::Path;
use std::process::Command;

use holdfast_azure::{StorageOptions, SweepBlobs};
use holdfast_protection::sweep::{Counts, Line, Summary, SweepPage, SweepShelf as _};
use holdfast_simulator::{Config, Running, Simulator, Storage};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::rules::{Ended, holdfast, run};

const SUBSCRIPTION: &str = "5b0f1d3a-6c1e-4b5e-9d53-0d2f7c3e9a10";
const FIRST: &str = "20260114T030000Z";
const SECOND: &str = "20260115T030000Z";

fn disk(number: usize, outcome: &str) -> Line {
    let group = format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers");
    let name = format!("disk-{number:03}");
    // A spreadsheet would take the reason for a formula, and it has two lines.
    serde_json::from_value(json!({ "resource": format!("{group}/Microsoft.Compute/disks/{name}"), "workload": "azure-disks",
        "outcome": outcome, "decision": "1a2b", "reason": "=1+1, \"so\"\nit is", "rules": ["select"], "location": "westeurope",
        "gigabytes": 32 }))
    .unwrap()
}

async fn swept(shelf: &SweepBlobs, name: &str, lines: Vec<Line>) {
    let mut counts = Counts { pages: 1, seen: lines.len() as u64, ..Counts::default() };
    for line in &lines {
        *counts.outcomes.entry(line.outcome.clone()).or_default() += 1;
    }
    let last = lines.last().map(|line| line.resource.key()).unwrap_or_default();
    shelf.put_page(name, 0, SweepPage { last, is_gone: false, lines }.text()).await.unwrap();
    let ended: Timestamp = name.parse().unwrap();
    shelf.put_summary(&Summary { run: name.to_owned(), ended, counts }).await.unwrap();
}

/// Two runs of the sweep, of which the second sees one disk otherwise, and fifty disks with a job each.
async fn estate(folder: &Path) -> (Running, SweepBlobs) {
    let vault = format!(
        "/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.DataProtection/backupVaults/bv"
    );
    let estate = json!({ "numberedDisks": { "subscription": SUBSCRIPTION, "count": 50, "vault": vault, "policy": "p",
        "unprotectedEvery": 0 } });
    let estate = Some(serde_json::from_value(estate).unwrap());
    let config = Config { ca_dir: Some(folder.to_owned()), estate, ..Config::default() };
    let azure = Simulator::start(config).await.unwrap();
    let connection = Storage::connection_string(&azure.http_url);
    let account = StorageOptions::from_settings("storage", |_| Some(connection.clone())).unwrap();
    let shelf = SweepBlobs::new(&account, SweepBlobs::NAME).unwrap();
    let lines = |changed: &str| {
        (0..20).map(|number| disk(number, if number == 7 { changed } else { "protected" })).collect()
    };
    swept(&shelf, FIRST, lines("unprotected")).await;
    swept(&shelf, SECOND, lines("protected")).await;
    (azure, shelf)
}

async fn export(azure: &Running, folder: &Path, arguments: &[&str]) -> Ended {
    let mut command: Command = holdfast();
    command
        .args(["export", "--storage", &Storage::connection_string(&azure.http_url), "--since", "2026-01-01"])
        .args(["--subscription", SUBSCRIPTION, "--arm-endpoint", &azure.https_url])
        .args(["--credential", "managed-identity"])
        .args(arguments)
        .env("SSL_CERT_FILE", folder.join("ca.pem"))
        .env("IDENTITY_ENDPOINT", format!("{}/msi/token", azure.http_url))
        .env("IDENTITY_HEADER", "test");
    tokio::task::spawn_blocking(move || run(&mut command)).await.unwrap()
}

/// What DuckDB finds in a folder.
fn read(folder: &Path, format: &str) -> Value {
    let python = std::env::var("HOLDFAST_PYTHON").unwrap_or_else(|_| {
        panic!("HOLDFAST_PYTHON is not set: run `cargo xtask test`, which installs DuckDB")
    });
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/python/read_export.py");
    let output = Command::new(python).arg(script).arg(folder).arg(format).output().unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "DuckDB is not content with {format}: {complaint}");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn another_program_reads_the_same_rows_in_each_format() {
    let folder = tempfile::tempdir().unwrap();
    let (azure, _) = estate(folder.path()).await;
    for format in ["jsonl", "csv", "parquet"] {
        let to = folder.path().join(format);
        let to_text = to.to_string_lossy().into_owned();
        let arguments = ["--to", &to_text, "--format", format, "--json"];
        let first = export(&azure, folder.path(), &arguments).await;
        let told: Value = serde_json::from_str(&first.out).unwrap_or_else(|_| panic!("{}", first.err));
        assert_eq!(
            told["rows"],
            json!({ "decisions": 20, "protections": 21, "outcomes": 0, "jobs": 50, "coverage": 2 }),
            "{format}"
        );
        let second = export(&azure, folder.path(), &arguments).await;
        assert!(second.out.contains("\"files\": 0"), "{format}: {}", second.out);
        let found = read(&to, format);
        let expected = json!({
            "decisions": { "rows": 20, "records": 20, "first": "2026-01-14T03:00:00+00:00" },
            "protections": { "rows": 21, "records": 21, "first": "2026-01-14T03:00:00+00:00" },
            "jobs": { "rows": 50, "records": 50, "first": "2026-01-14T02:03:05+00:00" },
            "coverage": { "rows": 2, "records": 2, "first": "2026-01-14T03:00:00+00:00" },
            "outcomes by run": [[FIRST, "protected", 19], [FIRST, "unprotected", 1], [SECOND, "protected", 1]],
            "gigabytes": 640,
            "reason": if format == "csv" { "'=1+1, \"so\"\nit is" } else { "=1+1, \"so\"\nit is" },
        });
        assert_eq!(found, expected, "{format}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_run_is_written_as_reports_and_no_other_format_beside_them() {
    let folder = tempfile::tempdir().unwrap();
    let (azure, _) = estate(folder.path()).await;
    let refused = export(&azure, folder.path(), &["--to", "x", "--format", "xml"]).await;
    assert_eq!(refused.code, Some(2), "{}", refused.err);
    let to = folder.path().join("reports").to_string_lossy().into_owned();
    let reports = export(&azure, folder.path(), &["--to", &to, "--format", "openreports"]).await;
    assert_eq!(reports.code, Some(0), "{}", reports.err);
    let file = folder.path().join(format!("reports/reports/{SECOND}-000000.json"));
    let report: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    assert_eq!(report["summary"], json!({ "pass": 20, "fail": 0, "warn": 0, "error": 0, "skip": 0 }));
    let other = export(&azure, folder.path(), &["--to", &to, "--format", "csv"]).await;
    assert_eq!(other.code, Some(1));
    assert!(other.said().contains("have the format openreports"), "{}", other.err);
}
