//! Why a backup failed, and what such a failure calls for.

use serde::{Deserialize, Serialize};

use crate::job::Job;
use crate::{RefusalKind, Retry};

/// Why a backup failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Cause {
    /// Azure's code.
    pub code: String,
    /// What kind of refusal the code is.
    #[schema(value_type = String)]
    pub kind: RefusalKind,
    /// What has to be done: our advice where we know the cause, else Azure's.
    pub action: String,
}

/// What is done about a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Remedy {
    /// It passes by itself: the backup is taken again.
    Retry,
    /// A permission is missing: it is given, or somebody is told who can.
    Grant,
    /// A person has to act.
    Tell,
}

/// The code of a failure without one.
const UNSPECIFIED: &str = "Unspecified";

impl Cause {
    /// The cause of a failed job: of several errors, the first that a table knows.
    pub fn of(job: &Job) -> Self {
        let known = job.errors.iter().find(|error| error.kind != RefusalKind::Unknown);
        let Some(refusal) = known.or_else(|| job.errors.first()) else {
            return Self {
                code: UNSPECIFIED.to_owned(),
                kind: RefusalKind::Unknown,
                action: NO_REASON.to_owned(),
            };
        };
        let action = refusal.advised().unwrap_or_else(|| by_kind(refusal.kind).to_owned());
        Self { code: refusal.code.clone(), kind: refusal.kind, action }
    }

    /// What such a failure calls for.
    pub fn remedy(&self) -> Remedy {
        match self.kind {
            RefusalKind::Transient | RefusalKind::Throttled => Remedy::Retry,
            RefusalKind::MissingPermission => Remedy::Grant,
            RefusalKind::Taken
            | RefusalKind::Quota
            | RefusalKind::Guarded
            | RefusalKind::DeniedByPolicy
            | RefusalKind::User
            | RefusalKind::Unknown => Remedy::Tell,
        }
    }

    /// Whether the limit that stands before it ends after hours only.
    pub(super) fn takes_hours(&self, job: &Job) -> bool {
        self.kind == RefusalKind::Throttled || job.errors.iter().any(|error| error.retry == Retry::InHours)
    }
}

const NO_REASON: &str = "Azure names no reason: see the job in the portal, and back it up again";

fn by_kind(kind: RefusalKind) -> &'static str {
    match kind {
        RefusalKind::Transient | RefusalKind::Throttled => {
            "nothing: Holdfast takes the backup again before the next scheduled one"
        }
        RefusalKind::MissingPermission => {
            "Holdfast gives the permission where it may; where it may not, deploy the template that its ledger holds"
        }
        RefusalKind::Quota => "raise the limit that Azure names, or delete what nobody needs",
        RefusalKind::Guarded => "have the owner of the resource guard agree, or wait until immutability ends",
        RefusalKind::DeniedByPolicy => "exempt the resource from the policy that Azure names",
        RefusalKind::Taken | RefusalKind::User | RefusalKind::Unknown => {
            "see Azure's message of the job, mend what it names, and back it up again"
        }
    }
}
