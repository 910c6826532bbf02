//! What the calls that change a protection take.

use holdfast_protection::hold::Until;
use holdfast_protection::{ResourceId, Workload};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::api::body::Wanted;

/// Which protection, and why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProtectionWanted {
    /// The resource.
    pub(super) resource: ResourceId,
    /// Which of its workloads; may be left out where only one protects it.
    pub(super) workload: Option<Workload>,
    /// Why; kept with the operation.
    pub(super) why: Option<String>,
}

/// Which protection to suspend, until when, and why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SuspendWanted {
    /// The resource.
    pub(super) resource: ResourceId,
    /// Which of its workloads; may be left out where only one protects it.
    pub(super) workload: Option<Workload>,
    /// Until when the rules must not undo it.
    #[schema(value_type = Option<String>, example = "2026-12-24")]
    pub(super) until: Option<Until>,
    /// Why; kept with the operation.
    pub(super) why: Option<String>,
}

/// Which protection to stop, and what becomes of the recovery points.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StopWanted {
    /// The resource.
    pub(super) resource: ResourceId,
    /// Which of its workloads; may be left out where only one protects it.
    pub(super) workload: Option<Workload>,
    /// What becomes of the recovery points.
    pub(super) data: Data,
    /// Until when the rules must not undo it.
    #[schema(value_type = Option<String>, example = "2026-12-24")]
    pub(super) until: Option<Until>,
    /// Why; kept with the operation.
    pub(super) why: Option<String>,
}

/// What becomes of recovery points.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Data {
    /// They stay for ever.
    Retain,
    /// They are deleted, softly where the vault does so.
    Delete,
}

/// Which protection gets which policy.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PolicyWanted {
    /// The resource.
    pub(super) resource: ResourceId,
    /// Which of its workloads; may be left out where only one protects it.
    pub(super) workload: Option<Workload>,
    /// Name of a backup policy of the same vault.
    pub(super) policy: String,
    /// Until when the rules must not undo it.
    #[schema(value_type = Option<String>, example = "2026-12-24")]
    pub(super) until: Option<Until>,
    /// Why; kept with the operation.
    pub(super) why: Option<String>,
}

impl Wanted for ProtectionWanted {
    const EXPECTED: &'static str = r#"{"resource": "<ARM id>", "workload": optional, "why": optional}"#;
}

impl Wanted for SuspendWanted {
    const EXPECTED: &'static str =
        r#"{"resource": "<ARM id>", "workload": optional, "until": optional, "why": optional}"#;
}

impl Wanted for StopWanted {
    const EXPECTED: &'static str = r#"{"resource": "<ARM id>", "workload": optional, "data": "retain" or "delete", "until": optional, "why": optional}"#;
}

impl Wanted for PolicyWanted {
    const EXPECTED: &'static str = r#"{"resource": "<ARM id>", "workload": optional, "policy": "<name in the vault>", "until": optional, "why": optional}"#;
}
