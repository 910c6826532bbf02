//! The last run as reports of `OpenReports`.

use holdfast_export::Format;
use holdfast_protection::sweep::Line;
use serde_json::{Value, json};

use crate::world::{World, seen};

fn with(number: usize, outcome: &str, state: Option<&str>) -> Line {
    Line { outcome: outcome.to_owned(), state: state.map(str::to_owned), ..seen(number) }
}

/// Field names and enumerations as the API of `openreports.io/v1alpha1` has them (official: its `report_types.go`).
#[tokio::test]
async fn the_last_run_is_written_as_reports_with_a_result_for_each_target() {
    let world = World::default();
    world.swept("20260114T030000Z", &[seen(0)], &[], 0);
    let estate = [
        seen(0),
        with(1, "protected", Some("ProtectionError")),
        with(2, "unprotected", None),
        with(3, "excluded", None),
        with(4, "failed", None),
    ];
    world.swept("20260114T090000Z", &estate, &[with(5, "gone", Some("ProtectionStopped"))], 0);
    let exported = world.export(Format::OpenReports, "2026-01-14T12:00:00Z").await.unwrap();
    assert_eq!((exported.files, exported.rows.len()), (4, 0), "a page is a report");
    let files = world.files.lock().unwrap();
    let reports: Vec<(&String, Value)> = files
        .iter()
        .filter(|(name, _)| name.starts_with("reports/"))
        .map(|(name, bytes)| (name, serde_json::from_slice(bytes).unwrap()))
        .collect();
    assert_eq!(reports[0].0, "reports/20260114T090000Z-000000.json");
    let results: Vec<&Value> =
        reports.iter().flat_map(|(_, report)| report["results"].as_array().unwrap()).collect();
    let words: Vec<&str> = results.iter().map(|result| result["result"].as_str().unwrap()).collect();
    assert_eq!(words, ["pass", "fail", "fail", "skip", "error", "warn"]);
    assert_eq!(reports[1].1["summary"], json!({ "pass": 0, "fail": 1, "warn": 0, "error": 0, "skip": 1 }));
    for (_, report) in &reports {
        assert_eq!(
            (&report["apiVersion"], &report["kind"]),
            (&json!("openreports.io/v1alpha1"), &json!("ClusterReport"))
        );
        let name = report["metadata"]["name"].as_str().unwrap();
        assert!(
            name.chars().all(|one| one.is_ascii_lowercase() || one.is_ascii_digit() || one == '-'),
            "{name}"
        );
    }
    for result in results {
        let severities = ["critical", "high", "low", "medium", "info"];
        assert!(severities.contains(&result["severity"].as_str().unwrap()), "{result}");
        assert!(result["properties"].as_object().unwrap().values().all(Value::is_string), "{result}");
        assert!(result["timestamp"]["seconds"].is_i64() && result["resources"][0]["kind"].is_string());
    }
}
