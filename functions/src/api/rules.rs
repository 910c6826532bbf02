//! `Rules`: the rule set in force, how its rules fare, and the way back to an earlier one.

use axum::Json;
use holdfast_distribution::FetchError;
use holdfast_evaluator::Binding;
use holdfast_protection::ports::StorageError;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::api::body::{Body, Wanted};
use crate::api::refusals::{BodyRefusals, Refusals};
use crate::callers::Role;
use crate::problem::Problem;
use crate::rules::health::RuleHealth;
use crate::rules::{Care, notices};
use crate::setup::{Ready, Who};

/// Body of a rollback.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Back {
    /// Revision to serve from now on.
    to: u64,
    /// Why; kept with the order.
    why: String,
}

impl Wanted for Back {
    const EXPECTED: &'static str = r#"{"to": <revision>, "why": "<reason>"}"#;
}

/// The rule set in force, its rules and how they fare, and what was refused.
#[utoipa::path(get, path = "/api/rules", operation_id = "getRules", tag = "rules",
    responses((status = 200, description = "The rule set in force", body = Object), Refusals))]
pub(crate) async fn show(Ready(app): Ready, Who(caller): Who) -> Result<Json<Value>, Problem> {
    caller.must_be(Role::Reader)?;
    let evaluator = app.rules.current();
    let rule_set = evaluator.rule_set();
    let figures = app.health.figures();
    let bindings: Vec<Value> =
        rule_set.bindings().map(|binding| described(binding, figures.get(binding.id()))).collect();
    let accepted = app.rules.accepted().await.map_err(unavailable)?;
    let unanswered = app.callers.nobody_approves_by_default(rule_set.review_defaults());
    Ok(Json(json!({
        "revision": rule_set.revision(),
        "digest": rule_set.digest().to_string(),
        "layers": rule_set.layers(),
        "rules": bindings,
        "accepted": accepted,
        "refused": app.rules.refused(),
        "notices": notices(&evaluator).chain(unanswered).collect::<Vec<_>>(),
    })))
}

fn described(binding: &Binding, health: Option<&RuleHealth>) -> Value {
    let manifest = binding.manifest();
    json!({
        "id": binding.id(),
        "module": format!("{} {}", manifest.name, manifest.version),
        "summary": manifest.summary,
        "digest": binding.digest().to_string(),
        "signedBy": (!binding.signed_by().is_empty()).then(|| binding.signed_by().join(", ")),
        "layer": binding.layer(),
        "priority": binding.priority(),
        "mode": binding.mode().to_string(),
        "health": health.cloned().unwrap_or_default(),
    })
}

/// Looks at the source now instead of at the next pass of this instance.
#[utoipa::path(post, path = "/api/rules/refresh", operation_id = "refreshRules", tag = "rules",
    responses((status = 200, description = "The rule set in force", body = Object), Refusals))]
pub(crate) async fn refresh(Ready(app): Ready, Who(caller): Who) -> Result<Json<Value>, Problem> {
    caller.must_be(Role::Operator)?;
    app.rules.refresh(Care::Thorough).await.map_err(|error| not_done("RuleSetRefused", &error))?;
    // A set that was refused at an earlier look is refused still, for as long as the source offers it.
    if let Some(refused) = app.rules.refused() {
        return Err(Problem::conflict("RuleSetRefused", refused.reason));
    }
    let evaluator = app.rules.current();
    Ok(Json(json!({ "revision": evaluator.rule_set().revision() })))
}

/// Has every instance serve an earlier revision until a newer one is offered.
#[utoipa::path(post, path = "/api/rules/rollback", operation_id = "rollBackRules", tag = "rules", request_body = Back,
    responses((status = 200, description = "The rule set in force", body = Object), Refusals, BodyRefusals))]
pub(crate) async fn rollback(
    Ready(app): Ready,
    Who(caller): Who,
    Body(back): Body<Back>,
) -> Result<Json<Value>, Problem> {
    caller.must_be(Role::Admin)?;
    let by = caller.to_string();
    let ordered = app.rules.order_back(back.to, by, back.why).await;
    ordered.map_err(|error| not_done("RollbackRefused", &error))?;
    Ok(Json(json!({ "revision": app.rules.current().rule_set().revision() })))
}

fn unavailable(error: anyhow::Error) -> Problem {
    Problem::storage_unavailable(format!("{error:#}"))
}

/// A store or a source that does not answer says nothing of the rule set: that passes, and is no refusal.
fn not_done(refusal: &str, error: &anyhow::Error) -> Problem {
    let message = format!("{error:#}");
    if error.is::<StorageError>() {
        return Problem::storage_unavailable(message);
    }
    match error.downcast_ref::<FetchError>().is_some_and(FetchError::may_pass) {
        true => Problem::unavailable(
            "RuleSourceUnavailable",
            format!("{message}; the rule set in force stays, and the source is looked at again"),
        ),
        false => Problem::conflict(refusal, message),
    }
}

#[test]
fn a_store_that_does_not_answer_is_no_refusal_of_a_rule_set() {
    let lost = StorageError { action: "list `sets/`".to_owned(), detail: "no answer".to_owned() };
    let lost = anyhow::Error::new(lost).context("could not bring revision 1 back");
    let problem = not_done("RollbackRefused", &lost);
    assert_eq!((problem.status().as_u16(), problem.code()), (503, "StorageUnavailable"));
    assert!(problem.message().starts_with("could not bring revision 1 back: "), "{}", problem.message());
    let problem = not_done("RollbackRefused", &anyhow::anyhow!("revision 7 was never accepted"));
    assert_eq!((problem.status().as_u16(), problem.code()), (409, "RollbackRefused"));
}

#[test]
fn a_source_that_does_not_answer_is_no_refusal_of_a_rule_set() {
    let source_text = "oci://registry.example/rules".to_owned();
    let slow = FetchError::TooSlow { source_text: source_text.clone(), seconds: 60 };
    let problem = not_done("RuleSetRefused", &slow.into());
    assert_eq!((problem.status().as_u16(), problem.code()), (503, "RuleSourceUnavailable"));
    assert!(
        problem.message().starts_with("oci://registry.example/rules was not fetched"),
        "{}",
        problem.message()
    );
    let nothing = FetchError::NoRuleSet { source_text, name: "ruleset.toml".to_owned() };
    let problem = not_done("RuleSetRefused", &nothing.into());
    assert_eq!((problem.status().as_u16(), problem.code()), (409, "RuleSetRefused"));
}
