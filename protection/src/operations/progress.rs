//! How far an operation came: what was done, what was not, where it ended, and which roles are missing.

use serde::{Deserialize, Serialize};

use super::history::History;
use super::records::StageRecord;
use super::{OperationStatus, Stage};
use crate::roles::RoleGrant;

/// How far an operation came, in words.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Progress {
    /// Steps that are done, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub done: Vec<String>,
    /// Steps that are not, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_done: Vec<String>,
    /// The step at which it ended, if it ended before its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<String>,
    /// Roles that are needed and do not count.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub missing_roles: Vec<MissingRole>,
}

/// A role that is needed and does not count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MissingRole {
    /// The role, where, and for whom.
    #[serde(flatten)]
    pub grant: RoleGrant,
    /// Who is to hold it, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holder: Option<String>,
    /// Whether it was granted and does not count yet.
    pub granted: bool,
}

impl Progress {
    pub(super) fn of(history: &History, status: &OperationStatus) -> Self {
        let mut progress = Self { missing_roles: missing_roles(history, status), ..Self::default() };
        let failed_job = matches!(status, OperationStatus::Failed { job: Some(_), .. });
        for (at, stage) in history.asked.plan.stages.iter().enumerate() {
            match (stage, history.done(at)) {
                (Stage::Grant { roles, .. }, Some(StageRecord::Done { not_granted, .. })) => {
                    for grant in roles {
                        let is_granted = !not_granted.contains(grant);
                        let list = if is_granted { &mut progress.done } else { &mut progress.not_done };
                        list.push(format!("grant {}", stage.grant_in_words(grant)));
                    }
                }
                (_, Some(StageRecord::Done { job: Some(_), .. })) if failed_job => {
                    progress.not_done.push(stage.to_string());
                }
                (_, Some(_)) => progress.done.push(stage.to_string()),
                (_, None) => progress.not_done.push(stage.to_string()),
            }
        }
        if matches!(status, OperationStatus::Failed { .. }) {
            progress.ended_at = progress.not_done.first().cloned();
        }
        progress
    }
}

fn missing_roles(history: &History, status: &OperationStatus) -> Vec<MissingRole> {
    let mut missing = Vec::new();
    for (at, stage) in history.asked.plan.stages.iter().enumerate() {
        let Stage::Grant { roles, holders } = stage else { continue };
        let refused = match history.done(at) {
            Some(StageRecord::Done { not_granted, .. }) => not_granted.as_slice(),
            _ => &[],
        };
        let listed: Vec<&RoleGrant> = match status {
            OperationStatus::AwaitsPermissions { .. } => roles.iter().collect(),
            OperationStatus::Validated { granted_first } => granted_first.iter().collect(),
            OperationStatus::Failed { job: None, .. } => refused.iter().collect(),
            _ => Vec::new(),
        };
        let granted = matches!(status, OperationStatus::AwaitsPermissions { .. });
        missing.extend(listed.into_iter().map(|grant| MissingRole {
            grant: grant.clone(),
            holder: holders.get(&grant.principal).cloned(),
            granted: granted && !refused.contains(grant),
        }));
    }
    missing
}
