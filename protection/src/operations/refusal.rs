//! What Azure's refusals mean for an operation.

use super::OperationStatus;
use crate::impossible::Impossible;
use crate::{Refusal, ResourceId};

/// A failure in Azure's words, with the way out that we know or Azure recommends.
pub(super) fn failed(refusal: &Refusal, job: Option<ResourceId>) -> OperationStatus {
    let alone = || "see Azure's message; ask again once its cause is gone".to_owned();
    OperationStatus::Failed {
        code: refusal.code.clone(),
        message: refusal.message.clone(),
        way_out: refusal.advised().unwrap_or_else(alone),
        job,
        azure: None,
    }
}

/// A failure of what cannot be carried out as things are.
pub(super) fn impossible(impossible: Impossible) -> OperationStatus {
    failure(&impossible.code, impossible.message, &impossible.way_out)
}

/// A failure in our words.
pub(super) fn failure(code: &str, message: impl Into<String>, way_out: &str) -> OperationStatus {
    OperationStatus::Failed {
        code: code.to_owned(),
        message: message.into(),
        way_out: way_out.to_owned(),
        job: None,
        azure: None,
    }
}
