//! A diff for a program.

use holdfast_evaluator::Evaluator;
use serde_json::{Value, json};

use super::{Diff, Sets};

/// All of it.
pub(super) fn of(diff: &Diff, sets: &Sets) -> Value {
    let report = &diff.report;
    let groups: Vec<Value> = report
        .groups
        .iter()
        .map(|(group, count)| {
            json!({ "kind": group.kind, "field": group.field, "because": group.because, "resources": count })
        })
        .collect();
    let unreadable: Vec<Value> =
        diff.unreadable.iter().map(|(path, why)| json!({ "path": path, "why": why })).collect();
    json!({
        "current": sets.current.as_ref().map(rule_set),
        "candidate": rule_set(&sets.candidate),
        "resources": report.resources,
        "changed": report.changed(),
        "kinds": report.kinds,
        "groups": groups,
        "changes": report.changes,
        "unreadable": unreadable,
    })
}

fn rule_set(evaluator: &Evaluator) -> Value {
    let rule_set = evaluator.rule_set();
    json!({ "revision": rule_set.revision(), "digest": rule_set.digest().to_string() })
}
