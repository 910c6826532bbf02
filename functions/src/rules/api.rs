//! `Rules`: the rule set in force, how its rules fare, and the way back to an earlier one.

use axum::Json;
use axum::body::Bytes;
use holdfast_evaluator::Binding;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::callers::{Role, Who};
use crate::problem::Problem;
use crate::setup::Ready;

use super::health::RuleHealth;

/// Body of a rollback.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Back {
    /// Revision to serve from now on.
    to: u64,
    /// Why; kept with the order.
    why: String,
}

/// `GET /api/rules`: the rule set in force, its rules and how they fare, and what was refused.
pub(crate) async fn show(Ready(app): Ready, Who(caller): Who) -> Result<Json<Value>, Problem> {
    caller.must_be(Role::Reader)?;
    let evaluator = app.rules.current();
    let rule_set = evaluator.rule_set();
    let figures = app.health.figures();
    let bindings: Vec<Value> =
        rule_set.bindings().map(|binding| told(binding, figures.get(binding.id()))).collect();
    let accepted = app.rules.accepted().await.map_err(unavailable)?;
    Ok(Json(json!({
        "revision": rule_set.revision(),
        "digest": rule_set.digest().to_string(),
        "layers": rule_set.layers(),
        "rules": bindings,
        "accepted": accepted,
        "refused": app.rules.refused(),
    })))
}

fn told(binding: &Binding, health: Option<&RuleHealth>) -> Value {
    let manifest = binding.manifest();
    json!({
        "id": binding.id(),
        "module": format!("{} {}", manifest.name, manifest.version),
        "summary": manifest.summary,
        "digest": binding.digest().to_string(),
        "signedBy": binding.signed_by(),
        "layer": binding.layer(),
        "priority": binding.priority(),
        "mode": binding.mode().to_string(),
        "health": health.cloned().unwrap_or_default(),
    })
}

/// `POST /api/rules/refresh`: looks at the source now instead of at the next look of this instance.
pub(crate) async fn refresh(Ready(app): Ready, Who(caller): Who) -> Result<Json<Value>, Problem> {
    caller.must_be(Role::Operator)?;
    app.rules.refresh().await.map_err(|error| Problem::conflict("RuleSetRefused", format!("{error:#}")))?;
    let evaluator = app.rules.current();
    Ok(Json(json!({ "revision": evaluator.rule_set().revision() })))
}

/// `POST /api/rules/rollback`: has every instance serve an earlier revision until a newer one is offered.
pub(crate) async fn rollback(
    Ready(app): Ready,
    Who(caller): Who,
    body: Bytes,
) -> Result<Json<Value>, Problem> {
    caller.must_be(Role::Admin)?;
    let mut reader = serde_json::Deserializer::from_slice(&body);
    let back: Back = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let expected = r#"expected {"to": <revision>, "why": "<reason>"}"#;
        Problem::bad_request("BadBody", format!("{error}; {expected}"))
    })?;
    let by = caller.to_string();
    let ordered = app.rules.order_back(back.to, by, back.why).await;
    ordered.map_err(|error| Problem::conflict("RollbackRefused", format!("{error:#}")))?;
    Ok(Json(json!({ "revision": app.rules.current().rule_set().revision() })))
}

fn unavailable(error: anyhow::Error) -> Problem {
    Problem::unavailable("StorageUnavailable", format!("{error:#}"))
}
