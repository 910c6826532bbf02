//! Permissions that an operation gives, and what it says when they do not count or may not be given.

use std::time::Duration;

use super::history::History;
use super::records::StageRecord;
use super::{OperationStatus, Stage};
use crate::Refusal;
use crate::roles::RoleGrant;
use crate::workload::Preparation;

/// How long roles that were granted may take to count: Azure tells users to wait for up to half an hour.
const LONGEST_WAIT: Duration = Duration::from_secs(30 * 60);
/// The same where the operation grants nothing: somebody else may just have done it.
const LONGEST_WAIT_FOR_OTHERS: Duration = Duration::from_secs(5 * 60);
/// A cluster's extension may take up to an hour to find that it may write to its storage account (official).
const LONGEST_WAIT_FOR_LOCATION: Duration = Duration::from_secs(65 * 60);

/// What the operation gives before Azure validates.
pub(super) struct Given {
    /// Roles, those that we were not allowed to give included.
    pub(super) roles: Vec<RoleGrant>,
    /// Those that we were not allowed to give.
    pub(super) refused: Vec<RoleGrant>,
    /// Whether it prepares the target beside roles.
    prepares: bool,
}

impl Given {
    pub(super) fn of(history: &History) -> Self {
        let mut given = Self { roles: Vec::new(), refused: Vec::new(), prepares: false };
        for (at, stage) in history.asked.plan.stages.iter().enumerate() {
            given.prepares |= matches!(stage, Stage::Prepare { .. });
            let Stage::Grant { roles, .. } = stage else { continue };
            given.roles.extend(roles.iter().cloned());
            if let Some(StageRecord::Done { not_granted, .. }) = history.done(at) {
                given.refused.extend(not_granted.iter().cloned());
            }
        }
        given
    }

    pub(super) fn is_empty(&self) -> bool {
        self.roles.is_empty() && !self.prepares
    }

    /// How long Azure may go on to refuse.
    pub(super) fn longest_wait(&self, refusal: &Refusal) -> Duration {
        if refusal.is("UserErrorBackupStorageLocationNotReady") {
            LONGEST_WAIT_FOR_LOCATION
        } else if self.is_empty() {
            LONGEST_WAIT_FOR_OTHERS
        } else {
            LONGEST_WAIT
        }
    }
}

/// What is waited for: in our words where we gave it, in Azure's where somebody else has to.
pub(super) fn awaits(history: &History, message: &str) -> OperationStatus {
    let given = Given::of(history);
    let roles = in_words(history, &given.roles);
    let message = match (given.is_empty(), roles.is_empty()) {
        (true, _) => {
            format!(
                "Azure reports a missing permission; if it was granted just now, it will count soon: {message}"
            )
        }
        (false, true) => "waits until the preparation takes effect".to_owned(),
        (false, false) => {
            format!("waits until the new role assignments take effect, which can take half an hour: {roles}")
        }
    };
    OperationStatus::AwaitsPermissions { roles: given.roles, message }
}

/// Roles of the operation in words: what, where, for whom.
fn in_words(history: &History, wanted: &[RoleGrant]) -> String {
    let stages = history.asked.plan.stages.iter();
    let words = stages.flat_map(|stage| match stage {
        Stage::Grant { roles, .. } => {
            roles.iter().filter(|role| wanted.contains(role)).map(|role| stage.grant_in_words(role)).collect()
        }
        _ => Vec::new(),
    });
    words.collect::<Vec<String>>().join("; ")
}

/// We were not allowed to give something: exactly what, and the commands that do.
pub(super) fn not_allowed(
    history: &History,
    preparation: Option<&Preparation>,
    refusal: Refusal,
) -> OperationStatus {
    let refused = Given::of(history).refused;
    let roles = (!refused.is_empty()).then(|| format!("assign {}", in_words(history, &refused)));
    let other = preparation.map(ToString::to_string);
    let acts: Vec<String> = roles.into_iter().chain(other).collect();
    let commands: Vec<String> = refused
        .iter()
        .map(RoleGrant::command)
        .chain(preparation.map(Preparation::command))
        .map(|command| format!("`{command}`"))
        .collect();
    OperationStatus::Failed {
        code: "UserCannotAssignRoles".to_owned(),
        message: format!("Holdfast may not {}", acts.join(", nor ")),
        way_out: format!("let an administrator run {}, then ask again", commands.join(" and ")),
        job: None,
        azure: Some(refusal),
    }
}

/// What was given did not count in time.
pub(super) fn not_heeded(history: &History, waited: Duration, refusal: Refusal) -> OperationStatus {
    let roles = in_words(history, &Given::of(history).roles);
    let given = if roles.is_empty() { "what was prepared".to_owned() } else { roles };
    OperationStatus::Failed {
        code: refusal.code.clone(),
        message: format!(
            "after {} minutes the new permissions still have no effect in Azure: {given}",
            waited.as_secs() / 60
        ),
        way_out: "ask again later".to_owned(),
        job: None,
        azure: Some(refusal),
    }
}

/// Azure misses something that was not to be seen.
pub(super) fn unknown_gap(refusal: Refusal) -> OperationStatus {
    let alone = || "give the permission that Azure names, then ask again".to_owned();
    OperationStatus::Failed {
        code: refusal.code.clone(),
        message: format!(
            "Azure finds a permission missing, beside those that Holdfast looks for: {}",
            refusal.message
        ),
        way_out: refusal.advised().unwrap_or_else(alone),
        job: None,
        azure: None,
    }
}
