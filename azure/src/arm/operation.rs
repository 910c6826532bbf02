//! Long-running operations: started by one call, followed by their URL, resumable by anybody who has it.
//!
//! The contract is ARM's (`Azure-AsyncOperation` before `Location`; every word that is not an end
//! means running) with the habits of Azure Backup: `Inprogress`, `jobId` as an ARM id or a bare GUID.

use std::time::Duration;

use azure_core::http::Url;
use holdfast_protection::operation::{NamedJob, OperationState, OperationUrl, Started};
use holdfast_protection::{AzureError, Refusal, Retry};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::refusal::{ErrorLayer, sorted};
use super::retry::retry_after;
use super::transport::{Answer, ArmClient};
use super::wire::read;

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
        Ok(answer) => state(&action, &answer),
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

fn state(action: &str, answer: &Answer) -> Result<OperationState, AzureError> {
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
        "succeeded" => OperationState::Succeeded { job: job(wire) },
        "failed" | "canceled" | "cancelled" => OperationState::Failed(failure(wire)),
        _ => running(),
    })
}

fn failure(wire: OperationWire) -> Refusal {
    match wire.error.filter(|error| !error.is_empty()) {
        Some(error) => error.into_refusal(200),
        None => {
            let code = format!("Operation{}", wire.status.unwrap_or_default());
            sorted(200, code, "the operation ended without a reason".to_owned(), Vec::new(), Retry::Once)
        }
    }
}

/// The job that the operation names.
fn job(wire: OperationWire) -> Option<NamedJob> {
    let name = wire.properties.and_then(|properties| properties.job_id).or(wire.job_id)?;
    match name.starts_with('/') {
        true => name.parse().ok().map(NamedJob::Id),
        false => (!name.is_empty()).then_some(NamedJob::Guid(name)),
    }
}

#[cfg(test)]
mod tests {
    use azure_core::http::headers::Headers;
    use holdfast_protection::ResourceId;
    use serde_json::{Value, json};

    use super::*;

    const VAULT: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.DataProtection/backupVaults/v";

    fn polled(status: u16, body: &Value) -> OperationState {
        let answer = Answer { status, headers: Headers::new(), body: body.to_string().into_bytes() };
        state("poll", &answer).unwrap()
    }

    fn job_of(state: OperationState) -> Option<NamedJob> {
        match state {
            OperationState::Succeeded { job } => job,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_job_is_named_by_its_id_or_by_its_guid_and_never_lost() {
        let vault: ResourceId = VAULT.parse().unwrap();
        let full: ResourceId = format!("{VAULT}/backupJobs/j").parse().unwrap();
        let properties = |job: &str| json!({ "status": "Succeeded", "properties": { "jobId": job } });
        for named in [json!({ "jobId": full }), properties(full.as_str())] {
            assert_eq!(job_of(polled(200, &named)), Some(NamedJob::Id(full.clone())));
        }
        for bare in [json!({ "jobId": "j" }), properties("j")] {
            let job = job_of(polled(200, &bare)).unwrap();
            assert_eq!(job, NamedJob::Guid("j".to_owned()));
            assert_eq!(job.in_vault(&vault), Some(full.clone()));
        }
        for none in [json!({ "status": "Succeeded" }), properties("")] {
            assert_eq!(job_of(polled(200, &none)), None);
        }
    }

    #[test]
    fn unknown_words_mean_running_and_a_failure_without_a_reason_is_one() {
        for word in ["Inprogress", "InProgress", "Accepted", "Frobnicating"] {
            let body = json!({ "status": word, "endTime": "0001-01-01T00:00:00" });
            assert!(matches!(polled(200, &body), OperationState::Running { .. }), "{word}");
        }
        let OperationState::Failed(refusal) = polled(200, &json!({ "status": "Canceled" })) else {
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
