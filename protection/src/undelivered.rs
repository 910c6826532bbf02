//! Input that somebody else gave up: messages that the host called poison, events that could not be delivered.
//!
//! It is put to work once more, because most of it failed with something that has passed by then. What is
//! given up again is recorded as rejected. Either way the ledger tells of it.

use jiff::Timestamp;
use serde_json::value::RawValue;

use crate::event::{self, Change, Parsed};
use crate::work::{Pending, WorkItem};

/// Where it was given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The poison queue of the work queue.
    Poison,
    /// Event Grid's dead letters.
    DeadLetters,
}

impl Source {
    /// A word for paths and logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Poison => "poison",
            Self::DeadLetters => "dead-letter",
        }
    }
}

/// What to do with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remedy {
    /// Put it to work once more.
    Work(Box<WorkItem>),
    /// The event that could not be delivered, as if it came now.
    Changed(Box<Change>),
    /// It tells of no change.
    Nothing,
    /// It can never be worked on, or was tried again before.
    Reject {
        /// The text.
        raw: String,
        /// Why.
        problem: String,
    },
}

/// What to do with a message of the poison queue.
///
/// Work is revived once, and again only if it was of use in between: a pass that comes to something forgets it.
pub fn of_message(text: &str, now: Timestamp) -> Remedy {
    match WorkItem::read(text, now).map(|read| read.item) {
        Ok(item) if item.revived > 0 => Remedy::Reject {
            raw: text.to_owned(),
            problem: "the host gave it up again after it had been put to work once more; see the handler's log for why it fails".to_owned(),
        },
        // What was pending may be what it died of, and the end is the same without it, but for what it must not lose.
        Ok(item) => Remedy::Work(Box::new(WorkItem {
            workload: item.workload,
            revived: item.revived + 1,
            urgent: item.urgent,
            after_hold: item.after_hold,
            brought_back: item.brought_back,
            setting_up: item.setting_up.clone(),
            failed_backup: item.failed_backup.clone(),
            trace: item.trace.clone(),
            pending: item.pending.as_ref().and_then(Pending::announced_again),
            ..WorkItem::new(item.resource, item.cause, item.at)
        })),
        Err(problem) => Remedy::Reject { raw: text.to_owned(), problem: problem.to_string() },
    }
}

/// What to do with each event of a dead letter, which is an array of events with the reason beside each.
pub fn of_dead_letter(text: &str) -> Vec<Remedy> {
    let events = match serde_json::from_str::<Vec<&RawValue>>(text) {
        Ok(events) => events.into_iter().map(RawValue::get).collect(),
        Err(_) => vec![text],
    };
    let remedy = |raw: &str| match event::parse(raw) {
        Ok(Parsed::Changed(change)) => Remedy::Changed(change),
        Ok(Parsed::Nothing) => Remedy::Nothing,
        Err(problem) => Remedy::Reject { raw: raw.to_owned(), problem: problem.to_string() },
    };
    events.into_iter().map(remedy).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Workload;
    use crate::lifecycle::LifecycleChange;
    use crate::operation::OperationUrl;
    use crate::work::{Cause, SettingUp, Underway};

    const DISK: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/disks/d";

    #[test]
    fn a_poison_message_is_put_to_work_once_and_rejected_the_second_time() {
        let mut item =
            WorkItem::new(DISK.parse().unwrap(), Cause::Sweep, "2026-01-14T09:26:53Z".parse().unwrap());
        item.passes = 9;
        item.pending = Some(Pending::Settling { instance: DISK.parse().unwrap() });
        let Remedy::Work(again) = of_message(&serde_json::to_string(&item).unwrap(), now()) else {
            panic!("it is work")
        };
        assert_eq!((again.passes, again.revived, again.pending.clone()), (0, 1, None));
        let second = of_message(&serde_json::to_string(&again).unwrap(), now());
        assert!(matches!(second, Remedy::Reject { problem, .. } if problem.contains("again")));
        assert!(matches!(of_message("hello", now()), Remedy::Reject { .. }));
    }

    fn now() -> Timestamp {
        "2026-01-15T00:00:00Z".parse().unwrap()
    }

    #[test]
    fn a_revived_message_still_resumes_what_was_undeleted() {
        let (instance, operation) = (DISK.parse().unwrap(), OperationUrl("https://a/o/1".to_owned()));
        let undelete = Pending::Undelete { instance };
        let Pending::Undelete { instance } = undelete.clone() else { panic!("an undelete") };
        let under = |on| Pending::Operation { operation: operation.clone(), on };
        let lifecycle =
            |lifecycle| under(Underway::LifecycleChange { instance: instance.clone(), lifecycle });
        for (pending, kept) in [
            (undelete.clone(), Some(undelete.clone())),
            (under(Underway::Undeleting { instance: instance.clone() }), Some(undelete.clone())),
            (lifecycle(LifecycleChange::ResumeProtection), Some(undelete.clone())),
            (lifecycle(LifecycleChange::StopProtection), None),
        ] {
            let item = WorkItem {
                pending: Some(pending.clone()),
                ..WorkItem::new(DISK.parse().unwrap(), Cause::Sweep, now())
            };
            let Remedy::Work(again) = of_message(&serde_json::to_string(&item).unwrap(), now()) else {
                panic!("it is work")
            };
            assert_eq!((again.pending, again.revived), (kept, 1), "{pending:?}");
        }
    }

    #[test]
    fn a_revived_message_is_about_the_same_target_and_knows_what_was_done_to_it() {
        let item = WorkItem {
            workload: Some(Workload::SqlInVm),
            after_hold: true,
            brought_back: true,
            setting_up: Some(SettingUp { created: Some(now()) }),
            ..WorkItem::new(DISK.parse().unwrap(), Cause::Sweep, now())
        };
        let Remedy::Work(again) = of_message(&serde_json::to_string(&item).unwrap(), now()) else {
            panic!("it is work")
        };
        assert_eq!(*again, WorkItem { revived: 1, ..item });
    }

    #[test]
    fn a_dead_letter_is_read_like_the_event_that_it_was() {
        let event = |kind: &str| {
            json!({ "id": "e", "subject": DISK, "eventType": kind, "eventTime": "2026-01-14T09:26:53Z",
                "dataVersion": "2", "metadataVersion": "1", "topic": "/subscriptions/s", "data": {},
                "deadLetterReason": "MaxDeliveryAttemptsExceeded", "deliveryAttempts": 30 })
        };
        let letter = json!([
            event("Microsoft.Resources.ResourceWriteSuccess"),
            event("Microsoft.Resources.ResourceWriteFailure"),
            event("Contoso.Items.ItemReceived"),
        ]);
        let remedies = of_dead_letter(&letter.to_string());
        assert!(
            matches!(remedies.as_slice(), [Remedy::Changed(_), Remedy::Nothing, Remedy::Reject { .. }]),
            "{remedies:?}"
        );
        assert!(matches!(of_dead_letter("no json").as_slice(), [Remedy::Reject { .. }]));
    }
}
