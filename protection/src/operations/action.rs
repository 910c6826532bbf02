//! What can be asked for.

use holdfast_evaluator::OperationKind;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ResourceId;
use crate::hold::Act;
use crate::points::Choice;
use crate::restore::DesiredRestore;

/// What somebody asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "camelCase", tag = "action", deny_unknown_fields)]
pub enum Action {
    /// A backup now.
    Backup {
        /// Backup rule of the policy; may be left out when there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rule: Option<String>,
        /// Retention rule that says how long it is kept; the policy's default when left out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retention: Option<String>,
    },
    /// A restore.
    Restore(Box<DesiredRestore>),
    /// No more backups; those there are stay for ever.
    StopAndRetain,
    /// No more backups; those there are are deleted, softly where the vault does so.
    StopAndDelete,
    /// No more backups; those there are expire by their policy, but for the last.
    Suspend,
    /// Backups again.
    Resume,
    /// Another policy of the same vault.
    ChangePolicy(ChangePolicy),
    /// A session out of which files of a machine are taken.
    OpenFiles {
        /// From which recovery point.
        #[serde(default)]
        point: Choice,
    },
    /// The end of such a session.
    CloseFiles {
        /// Of which recovery point.
        #[serde(default)]
        point: Choice,
    },
    /// A recovery point into the archive tier.
    Archive {
        /// Which.
        #[serde(default)]
        point: Choice,
    },
    /// The end of a job that runs.
    CancelJob {
        /// The job.
        job: ResourceId,
        /// Whether it restores; else it backs up.
        restores: bool,
    },
    /// The registration of a machine with the vault of its databases.
    Registration {
        /// What becomes of it.
        registration: Registering,
    },
}

/// What becomes of the registration of a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Registering {
    /// Azure's extension in it is set up again.
    Again,
    /// It ends: nothing in the machine is protected any more.
    End,
}

/// The move to another policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChangePolicy {
    /// Its name in the vault.
    pub policy: String,
}

impl Action {
    /// Whether backups end.
    pub(super) fn ends_protection(&self) -> bool {
        matches!(
            self.kind(),
            OperationKind::StopAndRetain | OperationKind::StopAndDelete | OperationKind::Suspend
        )
    }

    /// What the rules for operations call it.
    pub fn kind(&self) -> OperationKind {
        match self {
            // It neither ends nor weakens any protection.
            Self::Backup { .. } | Self::Registration { .. } => OperationKind::Backup,
            Self::Restore(_) => OperationKind::Restore,
            Self::StopAndRetain => OperationKind::StopAndRetain,
            Self::StopAndDelete => OperationKind::StopAndDelete,
            Self::Suspend => OperationKind::Suspend,
            Self::Resume => OperationKind::Resume,
            // Where a point is kept is what a policy says otherwise.
            Self::ChangePolicy(_) | Self::Archive { .. } => OperationKind::ChangePolicy,
            // What opens the data of a resource, or closes it again, is judged as a restore.
            Self::OpenFiles { .. } | Self::CloseFiles { .. } => OperationKind::Restore,
            Self::CancelJob { restores: true, .. } => OperationKind::Restore,
            Self::CancelJob { restores: false, .. } => OperationKind::Backup,
        }
    }

    /// The act that rules could undo; none for what they do not undo.
    pub(crate) fn act(&self) -> Option<Act> {
        match self {
            Self::Archive { .. } => None,
            _ => Act::of(self.kind()),
        }
    }

    /// What people call it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::OpenFiles { .. } => "open-files",
            Self::CloseFiles { .. } => "close-files",
            Self::Archive { .. } => "archive",
            Self::CancelJob { .. } => "cancel-job",
            Self::Registration { registration: Registering::Again } => "register",
            Self::Registration { registration: Registering::End } => "unregister",
            Self::Backup { .. }
            | Self::Restore(_)
            | Self::StopAndRetain
            | Self::StopAndDelete
            | Self::Suspend
            | Self::Resume
            | Self::ChangePolicy(_) => self.kind().name(),
        }
    }

    /// What was asked for as rules see it: canonical JSON without the action's name.
    pub fn parameters(&self) -> String {
        let mut parameters = serde_json::to_value(self).unwrap_or_default();
        if let Some(members) = parameters.as_object_mut() {
            members.remove("action");
        }
        sorted(parameters).to_string()
    }
}

/// The same value with sorted keys.
pub(super) fn sorted(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut members: Vec<(String, Value)> = members.into_iter().collect();
            members.sort_by(|(a, _), (b, _)| a.cmp(b));
            Value::Object(members.into_iter().map(|(name, value)| (name, sorted(value))).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value,
    }
}

#[test]
fn each_act_on_a_registration_is_called_what_was_asked_for() {
    let name = |registration| Action::Registration { registration }.name();
    assert_eq!(name(Registering::Again), "register");
    assert_eq!(name(Registering::End), "unregister");
    assert_eq!(Action::Archive { point: Choice::Latest }.name(), "archive");
    assert_eq!(Action::StopAndRetain.name(), "stop-and-retain");
}
