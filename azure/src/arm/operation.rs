//! Long-running operations: started by one call, followed by their URL, resumable by anybody who has it.
//!
//! The contract is ARM's (`Azure-AsyncOperation` before `Location`; every word that is not an end
//! means running) with the habits of Azure Backup: `Inprogress`, `jobId` as an ARM id or a bare GUID.

use std::time::Duration;

use azure_core::http::Url;
use holdfast_protection::ports::{OperationState, OperationUrl, Started};
use holdfast_protection::{AzureError, Refusal, ResourceId};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::refusal::ErrorLayer;
use super::retry::retry_after;
use super::transport::{Answer, ArmClient};
use super::wire::{or_default, read};

/// Assumed when Azure names no time; it names 10 to 60 s when it does.
const UNSTATED_PAUSE: Duration = Duration::from_secs(10);

/// What a call that may be long-running has started.
///
/// An answer that breaks off is none: taken for the end of a validation, it would have an instance written that Azure
/// has not looked at.
pub(super) fn started(action: &str, answer: &Answer) -> Result<Started, AzureError> {
    let monitor = answer.header("azure-asyncoperation").or_else(|| answer.header("location"));
    match (answer.status, monitor) {
        (201 | 202, Some(url)) => Ok(Started::Running {
            operation: OperationUrl(url.to_owned()),
            retry_after: retry_after(&answer.headers).unwrap_or(UNSTATED_PAUSE),
        }),
        _ if answer.body.trim_ascii().is_empty() => Ok(Started::Done),
        _ => read::<IgnoredAny>(action, answer).map(|_| Started::Done),
    }
}

/// Asks for an operation's state.
pub(super) async fn poll(arm: &ArmClient, operation: &OperationUrl) -> Result<OperationState, AzureError> {
    let action = "follow the operation";
    let url: Url = operation.0.parse().map_err(|error| AzureError::Unsendable {
        action: action.to_owned(),
        detail: format!(
            "its URL `{}` cannot be read: {error}",
            operation.0.split('?').next().unwrap_or_default()
        ),
    })?;
    let action = format!("follow the operation `{}`", url.path());
    match arm.get(&action, url).await {
        Ok(answer) => state(&action, &answer, operation),
        Err(AzureError::Refused { action, refusal }) => match refusal.status {
            404 | 410 => Ok(OperationState::Gone),
            // These are about us, who ask, not about the operation.
            401 | 403 => Err(AzureError::Refused { action, refusal }),
            _ => Ok(OperationState::Failed(refusal)),
        },
        Err(error) => Err(error),
    }
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct OperationWire {
    #[serde(deserialize_with = "or_default")]
    id: String,
    status: Option<String>,
    error: Option<ErrorLayer>,
    properties: Option<JobReference>,
    job_id: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct JobReference {
    job_id: Option<String>,
}

fn state(action: &str, answer: &Answer, operation: &OperationUrl) -> Result<OperationState, AzureError> {
    let running =
        || OperationState::Running { retry_after: retry_after(&answer.headers).unwrap_or(UNSTATED_PAUSE) };
    if answer.status == 202 {
        return Ok(running());
    }
    if answer.body.trim_ascii().is_empty() {
        return Ok(OperationState::Succeeded { job: None });
    }
    let wire: OperationWire = read(action, answer)?;
    // A `Location` answers without a status: 200 is the end.
    let status = wire.status.as_deref().unwrap_or("Succeeded").to_ascii_lowercase();
    Ok(match status.as_str() {
        "succeeded" => OperationState::Succeeded { job: job(wire, operation) },
        "failed" | "canceled" | "cancelled" => OperationState::Failed(failure(wire)),
        _ => running(),
    })
}

fn failure(wire: OperationWire) -> Refusal {
    match wire.error.filter(|error| !error.is_empty()) {
        Some(error) => error.into_refusal(200),
        None => Refusal {
            status: 200,
            code: format!("Operation{}", wire.status.unwrap_or_default()),
            message: "the operation ended without a reason".to_owned(),
            recommended_action: Vec::new(),
        },
    }
}

/// The job's ARM id. A bare GUID is completed with the vault that the operation itself lies in, if it lies in one.
fn job(wire: OperationWire, operation: &OperationUrl) -> Option<ResourceId> {
    let id = wire.properties.and_then(|properties| properties.job_id).or(wire.job_id)?;
    if id.starts_with('/') {
        return id.parse().ok();
    }
    let path = operation.0.parse::<Url>().ok().map(|url| url.path().to_owned());
    let vault = vault_in(&wire.id).or_else(|| vault_in(&path?));
    if vault.is_none() {
        tracing::warn!(
            job = id,
            "Azure named a job but no vault; it has to be looked for in the vault's list of jobs"
        );
    }
    vault?.child("backupJobs", &id).ok()
}

/// The vault in `{vault}/operationStatus/{id}`.
fn vault_in(path: &str) -> Option<ResourceId> {
    let segments: Vec<&str> = path.split('/').collect();
    let at = segments.iter().position(|segment| segment.eq_ignore_ascii_case("backupVaults"))?;
    segments.get(..at + 2)?.join("/").parse().ok()
}

#[cfg(test)]
mod tests {
    use azure_core::http::headers::Headers;
    use serde_json::{Value, json};

    use super::*;

    const VAULT: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.DataProtection/backupVaults/v";

    fn polled(status: u16, body: &Value, operation: &str) -> OperationState {
        let answer = Answer { status, headers: Headers::new(), body: body.to_string().into_bytes() };
        state("poll", &answer, &OperationUrl(operation.to_owned())).unwrap()
    }

    fn job_of(state: OperationState) -> Option<String> {
        match state {
            OperationState::Succeeded { job } => job.map(|job| job.to_string()),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_job_is_an_arm_id_whether_azure_writes_one_or_not() {
        let full = format!("{VAULT}/backupJobs/j");
        let bare = json!({ "status": "Succeeded", "properties": { "jobId": "j" } });
        assert_eq!(job_of(polled(200, &json!({ "jobId": full }), "https://h/x")), Some(full.clone()));
        assert_eq!(
            job_of(polled(200, &bare, &format!("https://h{VAULT}/operationStatus/o?api-version=1"))),
            Some(full.clone())
        );
        let mut with_id = bare.clone();
        with_id["id"] = json!(format!("{VAULT}/operationStatus/o"));
        assert_eq!(job_of(polled(200, &with_id, "https://h/locations/l/operationStatus/o")), Some(full));
        assert_eq!(
            job_of(polled(200, &bare, "https://h/subscriptions/s/providers/x/locations/l/operationStatus/o")),
            None
        );
    }

    #[test]
    fn unknown_words_mean_running_and_a_failure_without_a_reason_is_one() {
        for word in ["Inprogress", "InProgress", "Accepted", "Frobnicating"] {
            let body = json!({ "status": word, "endTime": "0001-01-01T00:00:00" });
            assert!(matches!(polled(200, &body, "https://h/x"), OperationState::Running { .. }), "{word}");
        }
        let OperationState::Failed(refusal) = polled(200, &json!({ "status": "Canceled" }), "https://h/x")
        else {
            panic!("a cancelled operation is over")
        };
        assert_eq!((refusal.status, refusal.code.as_str()), (200, "OperationCanceled"));
    }

    #[test]
    fn the_first_header_wins_and_only_201_and_202_start_something() {
        let mut headers = Headers::new();
        headers.insert("location", "https://h/result");
        headers.insert("azure-asyncoperation", "https://h/status");
        headers.insert("retry-after", "15");
        let mut answer = Answer { status: 201, headers, body: Vec::new() };
        let expected = Started::Running {
            operation: OperationUrl("https://h/status".to_owned()),
            retry_after: Duration::from_secs(15),
        };
        assert_eq!(started("x", &answer), Ok(expected));
        answer.status = 200;
        assert_eq!(started("x", &answer), Ok(Started::Done));
    }

    #[test]
    fn an_answer_that_breaks_off_is_no_end() {
        let mut answer = Answer { status: 200, headers: Headers::new(), body: br#"{"id": "/subs"#.to_vec() };
        assert!(matches!(started("validate", &answer), Err(AzureError::Unreadable { .. })));
        answer.body = br#"{"id": "/subscriptions/s"}"#.to_vec();
        assert_eq!(started("validate", &answer), Ok(Started::Done));
    }
}
