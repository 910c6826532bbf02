//! How far an operation is, in the API's words.

use holdfast_evaluator as rules;
use holdfast_protection::operations::{OperationPlan, OperationStatus, Progress, Stage};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::query::Word;
use crate::problem::{Detail, ErrorBody, InnerError};

/// How far an operation is. `Succeeded` and `Failed` are ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) enum Status {
    /// A second person has to agree.
    AwaitsApproval,
    /// Azure checks whether it can be done.
    Validating,
    /// Roles were granted and are not in force yet, or have to be granted.
    AwaitsPermissions,
    /// Azure is at it.
    InProgress,
    /// It is done; a dry run is done when nothing speaks against it, and its notes say what was asked.
    Succeeded,
    /// It was denied, rejected, not agreed to in time, or did not work.
    Failed,
}

impl Word for Status {
    const ALL: &'static [Self] = &[
        Self::AwaitsApproval,
        Self::Validating,
        Self::AwaitsPermissions,
        Self::InProgress,
        Self::Succeeded,
        Self::Failed,
    ];
}

impl Status {
    pub(crate) fn of(status: &OperationStatus) -> Self {
        match status {
            OperationStatus::AwaitsApproval { .. } | OperationStatus::AwaitsGuard { .. } => {
                Self::AwaitsApproval
            }
            OperationStatus::Validating => Self::Validating,
            OperationStatus::AwaitsPermissions { .. } => Self::AwaitsPermissions,
            OperationStatus::Running { .. } => Self::InProgress,
            OperationStatus::Validated { .. } | OperationStatus::Succeeded { .. } => Self::Succeeded,
            OperationStatus::Denied { .. }
            | OperationStatus::Rejected { .. }
            | OperationStatus::Expired
            | OperationStatus::Failed { .. } => Self::Failed,
        }
    }
}

impl From<&rules::Denial> for Detail {
    fn from(denial: &rules::Denial) -> Self {
        let target = Some(denial.rule.clone());
        Self { code: denial.code.clone(), message: denial.message.clone(), target }
    }
}

pub(super) fn note_of(status: &OperationStatus, plan: &OperationPlan, progress: &Progress) -> Option<String> {
    match status {
        OperationStatus::Succeeded { note, .. } => note.clone(),
        OperationStatus::AwaitsPermissions { message, .. } | OperationStatus::AwaitsGuard { message, .. } => {
            Some(message.clone())
        }
        OperationStatus::Validated { .. } => Some(rehearsed(plan, progress)),
        OperationStatus::Denied { .. }
        | OperationStatus::AwaitsApproval { .. }
        | OperationStatus::Rejected { .. }
        | OperationStatus::Expired
        | OperationStatus::Validating
        | OperationStatus::Running { .. }
        | OperationStatus::Failed { .. } => None,
    }
}

/// What a dry run has shown, and what it has not.
fn rehearsed(plan: &OperationPlan, progress: &Progress) -> String {
    if !plan.asks_azure() {
        return "the rules allow it, and the backup instance is in a state for it; Azure was not asked, and nothing was \
                changed"
            .to_owned();
    }
    let lets_in = plan.stages.iter().any(|stage| matches!(stage, Stage::Prepare { .. }));
    if progress.missing_roles.is_empty() && !lets_in {
        return "Azure validated it; nothing was changed".to_owned();
    }
    "Azure validated it and found no more than permissions missing, which the operation would give first; what Azure \
     checks once they count was not asked, and nothing was changed"
        .to_owned()
}

pub(super) fn error_of(status: &OperationStatus) -> Option<ErrorBody> {
    let (code, message) = match status {
        OperationStatus::Denied { reasons } => {
            let message = "the rules for operations deny it".to_owned();
            let details = reasons.iter().map(Detail::from).collect();
            return Some(ErrorBody { details, ..ErrorBody::new("OperationDenied", message) });
        }
        OperationStatus::Rejected { by, why } => {
            if let Some(why) = status.withdrawn() {
                return Some(ErrorBody::new("OperationWithdrawn", format!("{} withdrew it: {why}", by.name)));
            }
            let why = why.as_deref().map(|why| format!(": {why}")).unwrap_or_default();
            ("OperationRejected", format!("{} ({}) did not agree{why}", by.name, by.id))
        }
        OperationStatus::Expired => ("ApprovalExpired", "nobody agreed in time; ask again".to_owned()),
        OperationStatus::Failed { code, message, way_out, azure, .. } => {
            let innererror = azure.as_ref().map(InnerError::from);
            return Some(ErrorBody { innererror, ..ErrorBody::new(code, joined(message, way_out)) });
        }
        OperationStatus::AwaitsApproval { .. }
        | OperationStatus::Validating
        | OperationStatus::AwaitsPermissions { .. }
        | OperationStatus::AwaitsGuard { .. }
        | OperationStatus::Running { .. }
        | OperationStatus::Validated { .. }
        | OperationStatus::Succeeded { .. } => return None,
    };
    Some(ErrorBody::new(code, message))
}

/// What is wrong and what to do, as one text: Azure's sentences end with a period, ours do not.
fn joined(message: &str, way_out: &str) -> String {
    format!("{}; {way_out}", message.trim_end().trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use holdfast_evaluator::Caller;

    use super::{OperationStatus, error_of, joined};

    #[test]
    fn what_holdfast_took_back_is_told_from_what_a_person_refused() {
        let rejected = |id: &str, name: &str| {
            let by = Caller { id: id.to_owned(), name: name.to_owned(), roles: Vec::new() };
            let status = OperationStatus::Rejected { by, why: Some("it is protected again".to_owned()) };
            error_of(&status).map(|error| (error.code, error.message)).unwrap()
        };
        let (code, message) = rejected("holdfast", "Holdfast");
        assert_eq!(code, "OperationWithdrawn");
        assert_eq!(message, "Holdfast withdrew it: it is protected again");
        assert_eq!(rejected("key:bob", "bob").0, "OperationRejected");
    }

    #[test]
    fn a_period_of_azures_is_not_followed_by_our_semicolon() {
        assert_eq!(joined("The disk is gone.", "make one"), "The disk is gone; make one");
        assert_eq!(joined("it is gone", "make one"), "it is gone; make one");
    }
}
