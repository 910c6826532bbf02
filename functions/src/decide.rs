//! `Decide` and `WhatIf`: the decision, or the plan, for one resource. They touch nothing.

use axum::Json;
use axum::extract::Query;
use holdfast_protection::ResourceId;
use holdfast_protection::apply::Outcome;
use holdfast_protection::protect::{Decided, Preview};
use holdfast_protection::work::Occasion;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::callers::{Role, Who};
use crate::clock;
use crate::problem::Problem;
use crate::setup::Ready;

/// Query of both functions.
#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    resource: Option<String>,
}

impl Asked {
    fn resource(self) -> Result<ResourceId, Problem> {
        let missing = || Problem::bad_request("ResourceMissing", "name a resource: ?resource=<ARM id>");
        Ok(self.resource.ok_or_else(missing)?.parse()?)
    }
}

/// `GET /api/decide?resource=`: what the rules say, and why.
pub(crate) async fn decide(
    Ready(app): Ready,
    Who(caller): Who,
    Query(asked): Query<Asked>,
) -> Result<Json<Value>, Problem> {
    caller.must_be(Role::Reader)?;
    let resource = asked.resource()?;
    match app.protector().decide(&resource, &Occasion::question(clock::now())).await? {
        Decided::ByRules { decision, .. } => Ok(Json(json!({ "resource": resource, "decision": decision }))),
        Decided::NotAsked(Outcome::Gone) => Err(gone(&resource)),
        Decided::NotAsked(outcome) => Ok(Json(json!({ "resource": resource, "outcome": outcome }))),
        Decided::NotReady => Ok(Json(json!({ "resource": resource, "note": "it is still being created" }))),
    }
}

/// `GET /api/what-if?resource=`: the steps that would be taken.
pub(crate) async fn what_if(
    Ready(app): Ready,
    Who(caller): Who,
    Query(asked): Query<Asked>,
) -> Result<Json<Value>, Problem> {
    caller.must_be(Role::Reader)?;
    let resource = asked.resource()?;
    let now = Occasion::question(clock::now());
    let Preview { decision, plan, outcome, .. } = app.protector().preview(&resource, &now).await?;
    if outcome == Some(Outcome::Gone) {
        return Err(gone(&resource));
    }
    let steps: Vec<String> = plan.iter().flat_map(|plan| &plan.steps).map(ToString::to_string).collect();
    let decided = decision.map(|decision| decision.record.summary);
    Ok(Json(
        json!({ "resource": resource, "decision": decided, "steps": steps, "plan": plan, "outcome": outcome }),
    ))
}

fn gone(resource: &ResourceId) -> Problem {
    Problem::not_found(
        "ResourceNotFound",
        format!("`{resource}` does not exist, or may not be read by the function app"),
    )
}
