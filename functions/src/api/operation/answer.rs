//! What a call answers that asks for an operation, or follows one.

use axum::Json;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use holdfast_protection::operations::{Operation, OperationStatus, Progress};

use super::OperationView;
use super::status::error_of;
use crate::api::here::Here;
use crate::problem::{Detail, Problem};

/// The answer to a call that asked for something: 202 while it goes on, 200 once it is done, the refusal otherwise.
pub(crate) fn answered(operation: Operation, here: &Here) -> Result<Response, Problem> {
    if let Some(problem) = refused(&operation) {
        return Err(problem);
    }
    let status = if operation.status.is_over() { StatusCode::OK } else { StatusCode::ACCEPTED };
    let mut headers = HeaderMap::new();
    if status == StatusCode::ACCEPTED {
        let follow = here.url(&format!("/api/operations/{}", operation.asked.id));
        if let Ok(follow) = HeaderValue::from_str(&follow) {
            headers.insert("operation-location", follow);
        }
    }
    Ok((status, headers, shown(operation)).into_response())
}

/// The answer to anyone who follows an operation: always 200, as Azure's own operations answer.
pub(crate) fn shown(operation: Operation) -> Response {
    let mut headers = HeaderMap::new();
    if !operation.status.is_over() {
        let seconds = operation.retry_after.unwrap_or(WAITS_FOR_A_PERSON).max(1);
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    (headers, Json(OperationView::from(operation))).into_response()
}

/// Seconds between two looks at what waits for a person.
const WAITS_FOR_A_PERSON: u64 = 30;

/// What is refused at once; where something was done before it failed, the details say what was and what was not.
fn refused(operation: &Operation) -> Option<Problem> {
    let status = &operation.status;
    let error = error_of(status)?;
    let problem = match status {
        OperationStatus::Denied { reasons } => {
            let said: Vec<&str> = reasons.iter().map(|reason| reason.message.as_str()).collect();
            let message = format!("{}: {}", error.message, said.join("; "));
            return Some(Problem::forbidden(&error.code, message).with(error.details));
        }
        _ => Problem::conflict(&error.code, error.message),
    };
    let Progress { done, not_done, .. } = &operation.progress;
    let detail = |code: &str| {
        let code = code.to_owned();
        move |step: &String| Detail { code: code.clone(), message: step.clone(), target: None }
    };
    let details = match done.is_empty() {
        true => Vec::new(),
        false => {
            done.iter().map(detail("StepDone")).chain(not_done.iter().map(detail("StepNotDone"))).collect()
        }
    };
    Some(problem.with(details).because(error.innererror))
}
