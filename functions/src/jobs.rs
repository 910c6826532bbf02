//! `Jobs`: the jobs of a vault, one job, or the operation that a request started.

use axum::Json;
use axum::extract::Query;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use holdfast_protection::ResourceId;
use holdfast_protection::ports::{OperationState, OperationUrl};
use serde::Deserialize;
use serde_json::json;

use crate::app::App;
use crate::callers::{Role, Who};
use crate::problem::Problem;
use crate::setup::Ready;

/// Query: one of the three.
#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    vault: Option<String>,
    job: Option<String>,
    operation: Option<String>,
}

/// `GET /api/jobs`.
pub(crate) async fn jobs(
    Ready(app): Ready,
    Who(caller): Who,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    caller.must_be(Role::Reader)?;
    match (asked.vault, asked.job, asked.operation) {
        (Some(vault), None, None) => of_vault(&app, &vault.parse()?).await,
        (None, Some(job), None) => one(&app, &job.parse()?).await,
        (None, None, Some(operation)) => follow(&app, OperationUrl(operation)).await,
        (None, None, None) => every(&app).await,
        _ => Err(Problem::bad_request(
            "BadQuery",
            "name one of ?vault=<ARM id>, ?job=<ARM id>, ?operation=<URL>",
        )),
    }
}

/// Newest first, over all vaults of the subscriptions that are watched.
async fn every(app: &App) -> Result<Response, Problem> {
    let azure = app.azure.as_ref();
    let mut jobs = Vec::new();
    for subscription in app.subscriptions()? {
        for vault in azure.vaults(subscription).await? {
            jobs.extend(azure.jobs(&vault.id).await?);
        }
    }
    jobs.sort_by(|a, b| b.started.cmp(&a.started));
    Ok(Json(json!({ "value": jobs })).into_response())
}

async fn of_vault(app: &App, vault: &ResourceId) -> Result<Response, Problem> {
    let jobs = app.azure.jobs(vault).await?;
    Ok(Json(json!({ "value": jobs })).into_response())
}

async fn one(app: &App, id: &ResourceId) -> Result<Response, Problem> {
    match app.azure.job(id).await? {
        Some(job) => Ok(Json(json!(job)).into_response()),
        None => Err(Problem::not_found(
            "JobNotFound",
            format!("no job `{id}`; Azure forgets jobs after some weeks"),
        )),
    }
}

/// The operation while it runs; the job once there is one.
async fn follow(app: &App, operation: OperationUrl) -> Result<Response, Problem> {
    match app.azure.operation(&operation).await? {
        OperationState::Running { retry_after } => {
            let headers = HeaderMap::from_iter([(
                header::RETRY_AFTER,
                HeaderValue::from(retry_after.as_secs().max(1)),
            )]);
            Ok((StatusCode::ACCEPTED, headers, Json(json!({ "status": "InProgress" }))).into_response())
        }
        OperationState::Succeeded { job: Some(job) } => one(app, &job).await,
        OperationState::Succeeded { job: None } => Ok(Json(json!({ "status": "Succeeded" })).into_response()),
        OperationState::Failed(refusal) => {
            Ok(Json(json!({ "status": "Failed", "error": refusal })).into_response())
        }
        OperationState::Gone => Err(Problem::not_found(
            "OperationNotFound",
            "Azure no longer knows this operation; list the jobs of the vault",
        )),
    }
}
