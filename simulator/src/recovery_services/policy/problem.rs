//! What keeps a policy from being taken, and how Azure says so.

use std::fmt;

use crate::recovery_services::refusal::{bad_request, lower_retention};
use crate::wire::ArmError;

/// What is wrong with a policy; the texts are for people here, Azure names no field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::recovery_services) enum Problem {
    /// A field does not fit.
    Input(String),
    /// Snapshots would be kept for as long as what is in the vault, or longer.
    InstantDays { instant: u64, daily: u64 },
    /// It does not say for what it is.
    NoKind,
    /// The simulator takes no policies of this kind.
    Kind(String),
    /// The vault holds as many policies as it may.
    TooMany(usize),
    /// The vault is immutable, and less would be kept in it.
    LowerRetention,
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Input(field) => formatter.write_str(field),
            Self::InstantDays { instant, daily } => write!(
                formatter,
                "instantRpRetentionRangeInDays is {instant}, but must be less than the daily retention of {daily} days"
            ),
            Self::NoKind => formatter.write_str("backupManagementType is missing"),
            Self::Kind(kind) => {
                write!(
                    formatter,
                    "policies of '{kind}' are not supported here; use 'AzureIaasVM', 'AzureStorage' or 'AzureWorkload'"
                )
            }
            Self::TooMany(limit) => {
                write!(formatter, "the vault holds {limit} policies, which is the most it may")
            }
            Self::LowerRetention => formatter.write_str("it would keep less in an immutable vault"),
        }
    }
}

impl Problem {
    /// Azure's answer (field: codes of all but the last three, and the text of the first).
    pub(super) fn refusal(&self) -> ArmError {
        match self {
            Self::Input(_) => bad_request(
                "BMSUserErrorInvalidPolicyInput",
                "Input for create or update policy is not in proper format\r\nPlease check format of parameters \
                 like schedule time, schedule days, retention time and retention days ",
            ),
            Self::InstantDays { .. } => {
                bad_request("BMSUserErrorInstantRPRetentionExceedsVaultedRetention", &self.to_string())
            }
            Self::NoKind => bad_request(
                "UserErrorInvalidRequestParameter",
                "Parameter NO_PARAM in request is invalid. Please provide a valid value.",
            ),
            Self::Kind(_) => bad_request("PolicyKindNotSupportedHere", &self.to_string()),
            Self::TooMany(_) => bad_request("UserErrorMaxBackupPoliciesReached", &self.to_string()),
            Self::LowerRetention => lower_retention(),
        }
    }
}
