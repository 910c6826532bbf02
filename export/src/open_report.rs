//! What a run saw, as reports that viewers of `OpenReports` show (`openreports.io/v1alpha1`).

use std::collections::BTreeMap;

use holdfast_protection::instance::ProtectionState;
use holdfast_protection::sweep::{Line, Summary};
use serde_json::{Value, json};

/// A report with one result for each of these targets.
pub(crate) fn document(name: &str, summary: &Summary, lines: &[Line]) -> Value {
    let results: Vec<Value> = lines.iter().map(|line| result(summary, line)).collect();
    let count = |word: &str| results.iter().filter(|result| result["result"] == word).count();
    let counts = json!({ "pass": count("pass"), "fail": count("fail"), "warn": count("warn"),
        "error": count("error"), "skip": count("skip") });
    json!({
        "apiVersion": "openreports.io/v1alpha1",
        "kind": "ClusterReport",
        "metadata": { "name": format!("holdfast-{}", name.to_ascii_lowercase()), "labels": { "app.kubernetes.io/managed-by": "holdfast" } },
        "source": "holdfast",
        "summary": counts,
        "results": results,
    })
}

fn result(summary: &Summary, line: &Line) -> Value {
    let (result, severity, message) = verdict(line);
    let mut properties = BTreeMap::from([
        ("resource", line.resource.to_string()),
        ("workload", line.workload.to_string()),
        ("outcome", line.outcome.clone()),
        ("run", summary.run.clone()),
    ]);
    let optional = [
        ("instance", line.instance.as_ref().map(ToString::to_string)),
        ("policy", line.policy.as_ref().map(ToString::to_string)),
        ("state", line.state.clone()),
    ];
    properties.extend(optional.into_iter().filter_map(|(name, value)| Some((name, value?))));
    json!({
        "source": "holdfast",
        "policy": "backup",
        "rule": if line.rules.is_empty() { "none".to_owned() } else { line.rules.join(" ") },
        "category": "Backup",
        "severity": severity,
        "result": result,
        "scored": true,
        "timestamp": { "seconds": summary.ended.as_second(), "nanos": summary.ended.subsec_nanosecond() },
        "message": message,
        "resources": [{ "apiVersion": "management.azure.com/v1", "kind": line.resource.resource_type(), "name": line.resource.name() }],
        "properties": properties,
    })
}

/// Result, severity and message.
fn verdict(line: &Line) -> (&'static str, &'static str, String) {
    let said = |or: &str| if line.reason.is_empty() { or.to_owned() } else { line.reason.clone() };
    let is_in_error =
        line.state.clone().is_some_and(|state| ProtectionState::from(state) == ProtectionState::Error);
    match line.outcome.as_str() {
        "protected" if is_in_error => {
            ("fail", "high", "Azure says that its protection does not work".to_owned())
        }
        "protected" => ("pass", "info", said("it is protected")),
        "prepared" => ("pass", "info", said("what it holds can be protected")),
        "unprotected" => ("fail", "high", "the rules protect it, and nothing protects it".to_owned()),
        "gone" => ("warn", "low", "it is gone, and its backups are there".to_owned()),
        "excluded" | "ignored" => ("skip", "info", said("the rules leave it out")),
        _ => ("error", "medium", said("the rules could not decide about it")),
    }
}
