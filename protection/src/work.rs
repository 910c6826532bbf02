//! The message on the work queue: one resource to bring to its decided state.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

mod failed_backup;
mod message;
mod pending;
mod read;
mod setting_up;
mod underway;

use crate::event::Principal;
use crate::priority::Priority;
use crate::{ResourceId, Workload};

pub use failed_backup::FailedBackup;
pub use message::{LARGEST, Message, TooLarge};
pub use pending::Pending;
pub use read::{NotOurs, Read};
pub use setting_up::SettingUp;
pub use underway::Underway;

/// The form of a message and its number, for people and for later versions; what has another one is read all the same.
pub const FORMAT: &str = "holdfast.work/1";

/// One resource to look at. Small; all of it may be lost but the resource id, and the end is the same.
///
/// Versions work side by side during an update, so a message is read by [`WorkItem::read`], which leaves out what it
/// does not understand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WorkItem {
    /// [`FORMAT`].
    pub format: String,
    /// The resource.
    pub resource: ResourceId,
    /// Which of its workloads; none for the first one, and for finding out whether there are others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workload: Option<Workload>,
    /// Why it is looked at.
    pub cause: Cause,
    /// When the cause happened: the clock that rules see.
    pub at: Timestamp,
    /// Passes over it so far.
    #[serde(rename = "looks")]
    pub passes: u32,
    /// Consecutive passes without a usable answer of Azure.
    pub troubles: u32,
    /// How often it was planned again because something had changed.
    pub restarts: u32,
    /// How often somebody else had to give permissions.
    #[serde(skip_serializing_if = "is_zero")]
    pub administrator_waits: u32,
    /// How often permissions were found missing, or not yet in force.
    pub permission_waits: u32,
    /// How often a refusal that may pass was waited out.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub retries: u32,
    /// Consecutive polls that found the operation running.
    #[serde(skip_serializing_if = "is_zero")]
    pub polls: u32,
    /// Whether the rule set calls the resource important.
    #[serde(skip_serializing_if = "is_false")]
    pub urgent: bool,
    /// Whether a hold of the target is over: the end of this work settles it.
    #[serde(skip_serializing_if = "is_false")]
    pub after_hold: bool,
    /// Whether its instance was brought back from deletion: then it is resumed, though it looks stopped by a person.
    #[serde(skip_serializing_if = "is_false")]
    pub brought_back: bool,
    /// The protection that it sets up where there was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub setting_up: Option<SettingUp>,
    /// A backup that failed because a permission was missing: it is given, and when it holds the backup is taken again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed_backup: Option<FailedBackup>,
    /// How often it was taken back from the poison queue.
    #[serde(skip_serializing_if = "is_zero")]
    pub revived: u32,
    /// Digest of the protection that was decided when the present wait began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided: Option<String>,
    /// What a person should know when it ends well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The trace that it belongs to, as the `traceparent` of W3C Trace Context: for those who watch, and for nothing else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace: Option<String>,
    /// What Azure is doing for it, if we wait for that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pending: Option<Pending>,
    /// Other workloads of the resource that were just found; never sent, but work items of their own.
    #[serde(skip)]
    pub others: Vec<Workload>,
    /// What the resource holds that is a target of its own; never sent, but work items of their own.
    #[serde(skip)]
    pub held: Vec<ResourceId>,
    /// Whether the pass that is being made asks Azure for a change; never sent.
    #[serde(skip)]
    pub changes: bool,
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
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "kind")]
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

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that serde asks for")]
fn is_false(flag: &bool) -> bool {
    !flag
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that serde asks for")]
fn is_zero(count: &u32) -> bool {
    *count == 0
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
            workload: None,
            cause,
            at,
            passes: 0,
            troubles: 0,
            restarts: 0,
            administrator_waits: 0,
            permission_waits: 0,
            retries: 0,
            polls: 0,
            urgent: false,
            after_hold: false,
            brought_back: false,
            setting_up: None,
            failed_backup: None,
            revived: 0,
            decided: None,
            note: None,
            trace: None,
            pending: None,
            others: Vec::new(),
            held: Vec::new(),
            changes: false,
        }
    }

    /// The resource has other workloads too. They are work of their own, once: at the first pass over its first one.
    pub(crate) fn found(&mut self, others: Vec<Workload>) {
        if self.workload.is_none() && self.passes == 1 && self.restarts == 0 {
            self.others = others;
        }
    }

    /// The work for the other workloads that were found, and for what the resource holds, for the same cause.
    pub fn for_others(&mut self) -> Vec<Self> {
        let others = std::mem::take(&mut self.others).into_iter();
        let fresh = |workload| Self {
            workload: Some(workload),
            urgent: self.urgent,
            trace: self.trace.clone(),
            ..Self::new(self.resource.clone(), self.cause.clone(), self.at)
        };
        let held = std::mem::take(&mut self.held).into_iter();
        let below = |resource| Self {
            urgent: self.urgent,
            trace: self.trace.clone(),
            ..Self::new(resource, self.cause.clone(), self.at)
        };
        others.map(fresh).chain(held.map(below)).collect()
    }

    /// How much it matters that it is looked at now.
    pub fn priority(&self) -> Priority {
        match (&self.pending, &self.cause) {
            (Some(_), _) => Priority::Pending,
            (None, _) if self.urgent => Priority::Urgent,
            (None, Cause::Event { .. }) => Priority::Event,
            (None, Cause::Sweep) => Priority::Sweep,
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
    fn each_other_workload_is_work_of_its_own_once() {
        let others = vec![Workload::AzureBlobs, Workload::DataLake];
        let mut first = WorkItem { passes: 1, urgent: true, ..item() };
        first.found(others.clone());
        let found = first.for_others();
        let expected: Vec<WorkItem> =
            others.iter().map(|other| WorkItem { workload: Some(*other), urgent: true, ..item() }).collect();
        assert_eq!(found, expected);
        assert_eq!(first.for_others(), Vec::new(), "once");
        let later = WorkItem { passes: 2, ..item() };
        let again = WorkItem { passes: 1, restarts: 1, ..item() };
        let other = WorkItem { passes: 1, workload: Some(Workload::DataLake), ..item() };
        for mut item in [later, again, other] {
            item.found(others.clone());
            assert_eq!(item.for_others(), Vec::new(), "{item:?}");
        }
    }

    #[test]
    fn what_azure_works_on_comes_first_and_what_the_sweep_found_last() {
        let mut item = item();
        assert_eq!(item.priority(), Priority::Event);
        item.cause = Cause::Sweep;
        assert_eq!(item.priority(), Priority::Sweep);
        item.urgent = true;
        assert_eq!(item.priority(), Priority::Urgent);
        item.pending = Some(Pending::Settling { instance: item.resource.clone() });
        assert_eq!(item.priority(), Priority::Pending);
    }
}
