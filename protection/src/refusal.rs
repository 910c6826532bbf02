//! Refusals: Azure said no.

use serde::{Deserialize, Serialize};

/// Azure said no: a 4xx answer, or an operation that ended in failure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Refusal {
    /// HTTP status; 200 when the refusal came from polling an operation.
    pub status: u16,
    /// Azure's code; the innermost one that it gave.
    pub code: String,
    /// Azure's message.
    pub message: String,
    /// Azure's recommended action, if it gave one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recommended_action: Vec<String>,
    /// What we advise where we know the cause.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(ignore)]
    pub advice: Option<Box<str>>,
    /// What kind of refusal it is.
    #[serde(default, skip_serializing_if = "RefusalKind::is_unknown")]
    #[schema(ignore)]
    pub kind: RefusalKind,
    /// Whether the same may be asked again later.
    #[serde(default, skip_serializing_if = "Retry::is_never")]
    #[schema(ignore)]
    pub retry: Retry,
}

/// Whether what Azure refused is worth another try without a change of anything.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Retry {
    /// Nothing says so.
    #[default]
    Never,
    /// Azure gave no reason, so it may have been anything: once.
    Once,
    /// Azure calls the fault passing (`isRetryable`, official), or its code does.
    Later,
    /// A limit that ends after hours: `CloudDosTimeboundLimitReached`, "retry after few hours" (field).
    InHours,
}

impl Retry {
    fn is_never(&self) -> bool {
        *self == Self::Never
    }
}

/// What kind of refusal it is: what has to happen before the same is taken. Azure's codes are sorted where Azure is
/// called, by one table for each family of vaults.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RefusalKind {
    /// An identity lacks a role, or has it only since a moment.
    MissingPermission,
    /// It is there already, by somebody who was quicker.
    Taken,
    /// A limit on calls, which ends by itself.
    Throttled,
    /// Azure calls it passing.
    Transient,
    /// A limit on how many there may be: instances of a vault, role assignments of a subscription.
    Quota,
    /// A resource guard or immutability stands before it.
    Guarded,
    /// An Azure Policy forbids it.
    DeniedByPolicy,
    /// Something about the resource or the request, which its owner has to change.
    User,
    /// A code that no table knows.
    #[default]
    #[serde(other)]
    Unknown,
}

impl RefusalKind {
    fn is_unknown(&self) -> bool {
        *self == Self::Unknown
    }
}

impl Refusal {
    /// Whether the code is `code`, without regard to case.
    pub fn is(&self, code: &str) -> bool {
        self.code.eq_ignore_ascii_case(code)
    }

    /// Whether the owner of a resource guard has to let us in first; an immutable vault refuses with another status.
    pub fn is_of_a_guard(&self) -> bool {
        self.kind == RefusalKind::Guarded && self.status == 403
    }

    /// What to do about it, where anybody says so: our advice where we know the cause, else Azure's.
    pub fn advised(&self) -> Option<String> {
        let azures = || Some(self.recommended_action.join(" ")).filter(|text| !text.is_empty());
        self.advice.as_deref().map(str::to_owned).or_else(azures)
    }

    /// The same, else what its kind allows to hope for.
    pub fn way_out(&self) -> String {
        let hope = match self.retry {
            Retry::Never => "see Azure's message; the next sweep tries again",
            Retry::Once => NO_REASON,
            Retry::Later | Retry::InHours => PASSING,
        };
        self.advised().unwrap_or_else(|| hope.to_owned())
    }
}

const NO_REASON: &str = "Azure gave no reason, also when asked again: see the activity log of the resource and of the \
     Backup vault; the next sweep tries again";
const PASSING: &str = "Azure calls this fault passing, and it did not pass within a day: see Azure's service health; \
     the next sweep tries again";

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(advice: Option<&str>, recommended: &[&str]) -> Refusal {
        Refusal {
            status: 400,
            code: "Code".to_owned(),
            message: "no".to_owned(),
            recommended_action: recommended.iter().map(|&text| text.to_owned()).collect(),
            advice: advice.map(Into::into),
            kind: RefusalKind::Unknown,
            retry: Retry::Never,
        }
    }

    #[test]
    fn without_a_message_nobody_is_sent_to_read_one() {
        let silent = Refusal { retry: Retry::Once, ..refusal(None, &[]) };
        assert!(!silent.way_out().contains("message") && silent.way_out().contains("activity log"));
    }

    #[test]
    fn a_known_cause_outweighs_azures_advice() {
        assert_eq!(refusal(Some("Exempt it."), &["Contact support."]).way_out(), "Exempt it.");
        assert_eq!(refusal(None, &["Do this.", "Do that."]).way_out(), "Do this. Do that.");
        assert!(refusal(None, &[]).way_out().contains("next sweep"));
    }
}
