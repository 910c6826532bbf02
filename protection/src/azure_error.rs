//! What can go wrong when Azure is asked for something.

use std::time::Duration;

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

impl Refusal {
    /// Whether the code is `code`, without regard to case.
    pub fn is(&self, code: &str) -> bool {
        self.code.eq_ignore_ascii_case(code)
    }

    /// Whether the vault takes no more backup instances: another vault may.
    pub fn is_full_vault(&self) -> bool {
        const CODES: [&str; 3] = [
            "UserErrorMaxBackupInstancesReached",
            "UserErrorBackupInstanceLimitReached",
            "UserErrorVaultBackupInstanceLimitReached",
        ];
        CODES.iter().any(|code| self.is(code))
    }

    /// Whether the subscription takes no more role assignments: 4,000 with everything below it (official).
    pub fn is_role_limit(&self) -> bool {
        self.is("RoleAssignmentLimitExceeded")
    }

    /// Whether an identity lacks a role, or has it only since a moment.
    pub fn is_missing_permission(&self) -> bool {
        const CODES: [&str; 15] = [
            "UserErrorMissingRequiredPermissions",
            "UserErrorMSIMissingPermissions",
            "UserErrorNotEnoughPermissionOnDisk",
            "UserErrorNotEnoughPermissionOnSnapshotRG",
            "UserErrorDiskBackupAuthorizationFailed",
            "UserErrorDiskBackupDiskOrMSIPermissionsNotPresent",
            "UserErrorDiskBackupSnapshotRGOrMSIPermissionsNotPresent",
            "UserErrorSnapshotRGOrMSIPermissionsNotPresent",
            "UserErrorMissingDBPermissions",
            "UserErrorBackupUserAuthFailed",
            "UserErrorMissingPermissionsOnSecretStore",
            "UserErrorExtensionMSIMissingPermissionsOnBackupStorageLocation",
            "UserErrorBackupStorageLocationNotReady",
            "VaultMSIUnauthorized",
            "UserErrorVaultMSIUnauthorized",
        ];
        CODES.iter().any(|code| self.is(code))
    }
}

/// A call to Azure that gave no usable answer.
///
/// `action` completes "could not …": `read disk \`d1\``.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AzureError {
    /// Azure refused.
    #[error("could not {action}: Azure refused with {} {}: {}", refusal.status, refusal.code, refusal.message)]
    Refused {
        /// What was asked.
        action: String,
        /// Azure's answer.
        refusal: Refusal,
    },
    /// 429: asking again before `retry_after` is pointless.
    #[error("could not {action}: Azure throttles; it accepts calls again in {} s", retry_after.as_secs())]
    Throttled {
        /// What was asked.
        action: String,
        /// Azure's `Retry-After`.
        retry_after: Duration,
    },
    /// 5xx, a broken connection or a timeout: the same call may work later.
    #[error("could not {action}: Azure is unavailable: {detail}")]
    Unavailable {
        /// What was asked.
        action: String,
        /// Status or cause.
        detail: String,
        /// Azure's `Retry-After`, if it sent one.
        retry_after: Option<Duration>,
    },
    /// The answer is not what Azure documents or has been seen to send.
    #[error("could not {action}: the answer could not be read: {detail}")]
    Unreadable {
        /// What was asked.
        action: String,
        /// Where in the answer, and why.
        detail: String,
    },
    /// No token, or 401.
    #[error("could not {action}: Azure does not know us: {detail}; check the identity of the function app")]
    Unauthenticated {
        /// What was asked.
        action: String,
        /// Azure's or the identity endpoint's words.
        detail: String,
    },
    /// The request could not be built, or would have sent our token elsewhere.
    #[error("could not {action}: {detail}")]
    Unsendable {
        /// What was asked.
        action: String,
        /// Why.
        detail: String,
    },
}

impl AzureError {
    /// Azure's refusal, if that is what it is.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused { refusal, .. } => Some(refusal),
            Self::Throttled { .. }
            | Self::Unavailable { .. }
            | Self::Unreadable { .. }
            | Self::Unauthenticated { .. }
            | Self::Unsendable { .. } => None,
        }
    }

    /// HTTP status of the refusal, if Azure refused.
    pub fn refused_status(&self) -> Option<u16> {
        self.refusal().map(|refusal| refusal.status)
    }

    /// A short stable word for records: Azure's code, or the kind of failure.
    pub fn code(&self) -> &str {
        match self {
            Self::Refused { refusal, .. } => &refusal.code,
            Self::Throttled { .. } => "Throttled",
            Self::Unavailable { .. } => "Unavailable",
            Self::Unreadable { .. } => "Unreadable",
            Self::Unauthenticated { .. } => "Unauthenticated",
            Self::Unsendable { .. } => "Unsendable",
        }
    }
}
