//! `Decide` and `WhatIf`: the decision, or the plan, for one resource. They touch nothing.

use axum::Json;
use holdfast_protection::ResourceId;
use holdfast_protection::decide::Decided;
use holdfast_protection::outcome::Outcome;
use holdfast_protection::protect::Preview;
use holdfast_protection::work::Occasion;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::holds::HoldView;
use super::query::Query;
use super::refusals::Refusals;
use super::target::AskedTarget;
use crate::callers::Role;
use crate::clock;
use crate::problem::Problem;
use crate::setup::{Ready, Who};

/// A decision, or why there is none.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Decision {
    /// ARM id of the resource.
    resource: ResourceId,
    /// The decision with its record: each rule's opinion, who won each field and why.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    decision: Option<Value>,
    /// Why the rules were not asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    outcome: Option<Value>,
    /// What a person should know.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    /// What a person decided against it.
    #[serde(skip_serializing_if = "Option::is_none")]
    hold: Option<HoldView>,
}

/// What would be done about a resource now.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WhatIf {
    /// ARM id of the resource.
    resource: ResourceId,
    /// The decision in one sentence.
    decision: Option<String>,
    /// The steps, in order, in words; empty when nothing has to be done.
    steps: Vec<String>,
    /// The same as data.
    #[schema(value_type = Option<Object>)]
    plan: Option<Value>,
    /// Why nothing would be done.
    #[schema(value_type = Option<Object>)]
    outcome: Option<Value>,
    /// What a person decided against the rules: what is against it is not done.
    #[serde(skip_serializing_if = "Option::is_none")]
    hold: Option<HoldView>,
}

/// What the rules say of a resource, and why.
#[utoipa::path(get, path = "/api/decide", tag = "rules", params(AskedTarget),
    responses((status = 200, description = "The decision", body = Decision), Refusals))]
pub(crate) async fn decide(
    Ready(app): Ready,
    Who(caller): Who,
    Query(asked): Query<AskedTarget>,
) -> Result<Json<Decision>, Problem> {
    caller.must_be(Role::Reader)?;
    let now = Occasion::question(clock::now());
    let decided = app.protector().decide(&asked.resource, asked.workload, &now).await?;
    let hold = app.hold(asked.target()).await?.map(HoldView::from);
    let mut answer = Decision { resource: asked.resource, decision: None, outcome: None, note: None, hold };
    match decided {
        Decided::ByRules { decision, .. } => answer.decision = Some(json!(decision)),
        Decided::NotAsked(Outcome::Gone) => return Err(gone(&answer.resource)),
        Decided::NotAsked(outcome) => answer.outcome = Some(json!(outcome)),
        Decided::NotReady => answer.note = Some("it is still being created".to_owned()),
    }
    Ok(Json(answer))
}

/// The steps that would be taken for a resource now.
#[utoipa::path(get, path = "/api/what-if", tag = "rules", params(AskedTarget),
    responses((status = 200, description = "The plan", body = WhatIf), Refusals))]
pub(crate) async fn what_if(
    Ready(app): Ready,
    Who(caller): Who,
    Query(asked): Query<AskedTarget>,
) -> Result<Json<WhatIf>, Problem> {
    caller.must_be(Role::Reader)?;
    let now = Occasion::question(clock::now());
    let Preview { decision, plan, outcome, .. } = app.protector().preview(asked.target(), &now).await?;
    if outcome == Some(Outcome::Gone) {
        return Err(gone(&asked.resource));
    }
    let hold = app.hold(asked.target()).await?.map(HoldView::from);
    Ok(Json(WhatIf {
        hold,
        resource: asked.resource,
        decision: decision.map(|decision| decision.record.summary),
        steps: plan.iter().flat_map(|plan| &plan.steps).map(ToString::to_string).collect(),
        plan: plan.map(|plan| json!(plan)),
        outcome: outcome.map(|outcome| json!(outcome)),
    }))
}

fn gone(resource: &ResourceId) -> Problem {
    Problem::not_found(
        "ResourceNotFound",
        format!("`{resource}` does not exist, or may not be read by the function app"),
    )
}
