//! The message on the work queue: one resource to bring to its decided state.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ResourceId;
use crate::alteration::{Alteration, PolicyMove};
use crate::event::Principal;
use crate::importance::Importance;
use crate::instance::InstanceSpec;
use crate::ports::OperationUrl;

/// Marks a message as ours, and its format.
pub const FORMAT: &str = "holdfast.work/1";

/// One resource to look at. Small; all of it may be lost but the resource id, and the end is the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WorkItem {
    /// [`FORMAT`].
    pub format: String,
    /// The resource.
    pub resource: ResourceId,
    /// Why it is looked at.
    pub cause: Cause,
    /// When the cause happened: the clock that rules see.
    pub at: Timestamp,
    /// How often it was looked at.
    #[serde(default)]
    pub looks: u32,
    /// How often in a row Azure gave no usable answer.
    #[serde(default)]
    pub troubles: u32,
    /// How often the world was not as it was planned for.
    #[serde(default)]
    pub restarts: u32,
    /// How often somebody else had to give permissions.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub administrator_waits: u32,
    /// How often permissions were found missing, or not yet in force.
    #[serde(default)]
    pub permission_waits: u32,
    /// How often in a row the present operation was still running.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub polls: u32,
    /// Whether the rule set calls the resource important.
    #[serde(default, skip_serializing_if = "is_false")]
    pub urgent: bool,
    /// How often it was taken back from the poison queue.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub revived: u32,
    /// Digest of the protection that was decided when the present wait began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided: Option<String>,
    /// What a person should know when it ends well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// What Azure is doing for it, if we wait for that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending: Option<Pending>,
}

/// When and by whom something happened: what rules know of the cause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occasion {
    /// When: the clock that rules see.
    pub at: Timestamp,
    /// By whom, if that is known.
    pub by: Option<Principal>,
}

/// Why a resource is looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "kind", deny_unknown_fields)]
pub enum Cause {
    /// Event Grid told of a change.
    Event {
        /// The event's id.
        id: String,
        /// Who made the change, if the event says so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<Principal>,
    },
    /// The sweep found it.
    Sweep,
}

/// Something that Azure is doing. The operation's URL is the one thing that Azure does not keep for us.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "kind", deny_unknown_fields)]
pub enum Pending {
    /// `validateForBackup`; when it succeeds and the decision is still the same, the instance is configured as validated.
    Validation {
        /// Where to ask.
        operation: OperationUrl,
        /// What was validated.
        spec: Box<InstanceSpec>,
    },
    /// Nothing but the time that roles take to count; then the same is validated again, without planning anew.
    Propagation {
        /// What was refused for want of permissions.
        spec: Box<InstanceSpec>,
    },
    /// PUT of the backup instance.
    Configuration {
        /// Where to ask.
        operation: OperationUrl,
        /// The instance.
        instance: ResourceId,
    },
    /// `validateForModifyBackup`; when it succeeds and the decision is still the same, the instance is moved.
    MoveValidation {
        /// Where to ask.
        operation: OperationUrl,
        /// What was validated.
        change: Box<PolicyMove>,
    },
    /// PUT of an instance with another policy.
    Moving {
        /// Where to ask.
        operation: OperationUrl,
        /// The move.
        change: Box<PolicyMove>,
    },
    /// A vault is being let into a Kubernetes cluster.
    Binding {
        /// Where to ask.
        operation: OperationUrl,
    },
    /// Creation or change of a Backup vault.
    Vault {
        /// Where to ask; none if only the vault itself tells.
        operation: Option<OperationUrl>,
        /// The vault.
        vault: ResourceId,
    },
    /// An instance is to be undeleted and resumed. Nothing was asked of Azure yet: see [`crate::apply::carry_out`].
    Undelete {
        /// The instance.
        instance: ResourceId,
    },
    /// An instance is being undeleted; then its protection is resumed.
    Undeleting {
        /// Where to ask.
        operation: OperationUrl,
        /// The instance.
        instance: ResourceId,
    },
    /// An instance is being stopped, suspended, resumed or deleted.
    Alteration {
        /// Where to ask.
        operation: OperationUrl,
        /// The instance.
        instance: ResourceId,
        /// Which of them.
        alteration: Alteration,
    },
    /// The operation is over; the instance says that it is still being configured.
    Settling {
        /// The instance.
        instance: ResourceId,
    },
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that serde asks for")]
fn is_false(flag: &bool) -> bool {
    !flag
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that serde asks for")]
fn is_zero(count: &u32) -> bool {
    *count == 0
}

/// A queue message that is not ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the message is no work item: {problem}; only Holdfast writes to this queue, see what else was given its name"
)]
pub struct NotOurs {
    problem: String,
}

impl Occasion {
    /// Nobody did anything; somebody asks now.
    pub fn question(at: Timestamp) -> Self {
        Self { at, by: None }
    }
}

impl WorkItem {
    /// Fresh work.
    pub fn new(resource: ResourceId, cause: Cause, at: Timestamp) -> Self {
        Self {
            format: FORMAT.to_owned(),
            resource,
            cause,
            at,
            looks: 0,
            troubles: 0,
            restarts: 0,
            administrator_waits: 0,
            permission_waits: 0,
            polls: 0,
            urgent: false,
            revived: 0,
            decided: None,
            note: None,
            pending: None,
        }
    }

    /// How much it matters that it is looked at now.
    pub fn importance(&self) -> Importance {
        match (&self.pending, &self.cause) {
            (Some(_), _) => Importance::Pending,
            (None, _) if self.urgent => Importance::Urgent,
            (None, Cause::Event { .. }) => Importance::Event,
            (None, Cause::Sweep) => Importance::Sweep,
        }
    }

    /// What rules may know of the cause.
    pub fn occasion(&self) -> Occasion {
        let by = match &self.cause {
            Cause::Event { by, .. } => by.clone(),
            Cause::Sweep => None,
        };
        Occasion { at: self.at, by }
    }

    /// Reads a message. White space and key order do not matter: the Functions host writes JSON anew.
    pub fn parse(text: &str) -> Result<Self, NotOurs> {
        let item: Self =
            serde_json::from_str(text).map_err(|error| NotOurs { problem: error.to_string() })?;
        if item.format != FORMAT {
            return Err(NotOurs { problem: format!("its format is `{}`, not `{FORMAT}`", item.format) });
        }
        Ok(item)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item() -> WorkItem {
        let id = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/disks/d".parse().unwrap();
        WorkItem::new(
            id,
            Cause::Event { id: "e-1".to_owned(), by: None },
            "2026-01-14T09:26:53.5897932Z".parse().unwrap(),
        )
    }

    #[test]
    fn an_item_survives_the_queue() {
        let text = serde_json::to_string_pretty(&item()).unwrap();
        assert_eq!(WorkItem::parse(&text).unwrap(), item());
    }

    #[test]
    fn what_azure_works_on_comes_first_and_what_the_sweep_found_last() {
        let mut item = item();
        assert_eq!(item.importance(), Importance::Event);
        item.cause = Cause::Sweep;
        assert_eq!(item.importance(), Importance::Sweep);
        item.urgent = true;
        assert_eq!(item.importance(), Importance::Urgent);
        item.pending = Some(Pending::Settling { instance: item.resource.clone() });
        assert_eq!(item.importance(), Importance::Pending);
    }

    #[test]
    fn a_foreign_message_is_named_as_such() {
        for text in ["", "hello", "{}", "[]", "{\"resource\":\"/subscriptions/s\"}"] {
            assert!(WorkItem::parse(text).unwrap_err().to_string().contains("no work item"), "{text}");
        }
        let other = serde_json::to_string(&item()).unwrap().replace("work/1", "work/9");
        assert!(WorkItem::parse(&other).unwrap_err().to_string().contains("work/9"));
    }
}
