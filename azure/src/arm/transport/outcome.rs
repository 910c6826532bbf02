//! What an answer is, and what it means that there is none.

use std::time::Duration;

use azure_core::error::ErrorKind;
use azure_core::http::headers::Headers;
use holdfast_protection::AzureError;

use super::LARGEST_ANSWER;
use crate::arm::refusal;
use crate::arm::retry::retry_after;
use crate::causes::chain;

/// Assumed when a 429 names no time.
pub(super) const UNSTATED_THROTTLE: Duration = Duration::from_secs(10);

/// An answer.
#[derive(Debug)]
pub(in crate::arm) struct Answer {
    pub(in crate::arm) status: u16,
    pub(in crate::arm) headers: Headers,
    pub(in crate::arm) body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Debug)]
pub(in crate::arm) enum Failure {
    /// The call would be refused before this time has passed, so it was not made.
    HeldBack(Duration),
    /// No answer, or half of one.
    Unanswered(azure_core::Error),
    /// More than anybody would read.
    TooLarge,
}

impl Answer {
    pub(in crate::arm) fn header(&self, name: &'static str) -> Option<&str> {
        self.headers.get_optional_str(&name.into())
    }
}

/// Success, or the kind of failure that the status stands for.
pub(super) fn sort(action: &str, answer: Answer) -> Result<Answer, AzureError> {
    let action = || action.to_owned();
    match answer.status {
        200..=299 => Ok(answer),
        401 => {
            let refusal = refusal::of_answer(answer.status, &answer.body);
            Err(AzureError::Unauthenticated {
                action: action(),
                detail: format!("{} {}", refusal.code, refusal.message),
            })
        }
        429 => {
            let retry_after = retry_after(&answer.headers).unwrap_or(UNSTATED_THROTTLE);
            Err(AzureError::Throttled { action: action(), retry_after })
        }
        408 | 500.. => {
            let refusal = refusal::of_answer(answer.status, &answer.body);
            Err(AzureError::Unavailable {
                action: action(),
                detail: format!("{} {}: {}", answer.status, refusal.code, refusal.message),
                retry_after: retry_after(&answer.headers),
            })
        }
        status @ 400..=499 => {
            Err(AzureError::Refused { action: action(), refusal: refusal::of_answer(status, &answer.body) })
        }
        status => Err(AzureError::Unreadable {
            action: action(),
            detail: format!("status {status} is none that Azure Resource Manager documents"),
        }),
    }
}

pub(super) fn failed(action: &str, failure: Failure) -> AzureError {
    match failure {
        Failure::HeldBack(retry_after) => AzureError::Throttled { action: action.to_owned(), retry_after },
        Failure::TooLarge => AzureError::Unreadable {
            action: action.to_owned(),
            detail: format!("it is larger than {} MB", LARGEST_ANSWER / 1024 / 1024),
        },
        Failure::Unanswered(error) => unanswered(action, &error),
    }
}

fn unanswered(action: &str, error: &azure_core::Error) -> AzureError {
    let detail = chain(error);
    match error.kind() {
        ErrorKind::Credential => AzureError::Unauthenticated { action: action.to_owned(), detail },
        ErrorKind::Connection | ErrorKind::Io | ErrorKind::HttpResponse { .. } => unavailable(action, detail),
        _ => AzureError::Unsendable { action: action.to_owned(), detail },
    }
}

pub(super) fn unavailable(action: &str, detail: String) -> AzureError {
    AzureError::Unavailable { action: action.to_owned(), detail, retry_after: None }
}
