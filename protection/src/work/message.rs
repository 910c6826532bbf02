//! An item of work as the text of a queue message, within what Storage takes.

use super::WorkItem;
use crate::ResourceId;

/// Bytes of the longest message. Official: a message of Queue Storage has at most 64 KiB.
pub const LARGEST: usize = 64 * 1024;

/// The text of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// JSON, at most [`LARGEST`] bytes.
    pub text: String,
    /// What had to be left out to keep to that; an item may lose all but its resource.
    pub left_out: Option<&'static str>,
}

/// An item that is too large for a message even without what it may lose.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the work for `{resource}` takes {bytes} bytes, and a queue message has room for {LARGEST}; it is not \
     worked on until the next sweep finds the resource"
)]
pub struct TooLarge {
    /// The resource.
    pub resource: ResourceId,
    /// The item as it should have been sent.
    pub text: String,
    bytes: usize,
}

impl WorkItem {
    /// The item as a message. What is too large goes without what was pending, but for what must not be lost, and if that
    /// is not enough without its note.
    ///
    /// # Errors
    ///
    /// If it is too large even then. It must be recorded: the queue would refuse it each time.
    pub fn message(&self) -> Result<Message, TooLarge> {
        let text = self.text();
        if text.len() <= LARGEST {
            return Ok(Message { text, left_out: None });
        }
        let announced = self.pending.as_ref().and_then(super::Pending::announced_again);
        let smaller = Self { pending: announced, ..self.clone() };
        let smallest = Self { note: None, ..smaller.clone() };
        let fits = [(smaller, "what was pending"), (smallest, "what was pending, and the note")]
            .into_iter()
            .map(|(item, left_out)| Message { text: item.text(), left_out: Some(left_out) })
            .find(|message| message.text.len() <= LARGEST);
        fits.ok_or_else(|| TooLarge { resource: self.resource.clone(), bytes: text.len(), text })
    }

    fn text(&self) -> String {
        // Text, numbers and flags are always JSON.
        serde_json::json!(self).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lifecycle::{LifecycleChange, PolicyMove};
    use crate::work::{Cause, Pending, Underway};
    use crate::workload::Restated;

    const DISK: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/disks/d";

    fn item(pending: Pending) -> WorkItem {
        let at = "2026-01-14T09:26:53Z".parse().unwrap();
        let pending = Some(pending);
        WorkItem { passes: 7, pending, ..WorkItem::new(DISK.parse().unwrap(), Cause::Sweep, at) }
    }

    fn moving(containers: usize) -> Pending {
        let names = (0..containers).map(|number| format!("container-{number:05}")).collect();
        let restated = Restated { containers: Some(names), ..Restated::default() };
        let to = PolicyMove::to(DISK.parse().unwrap(), DISK.parse().unwrap());
        let change = PolicyMove { restated, ..to };
        let operation = serde_json::from_value("https://management.azure.com/o/1".into()).unwrap();
        Pending::Operation { operation, on: Underway::Moving { change: Box::new(change) } }
    }

    fn sent(item: &WorkItem) -> (WorkItem, Option<&'static str>) {
        let Message { text, left_out } = item.message().unwrap();
        assert!(text.len() <= LARGEST, "{} bytes", text.len());
        (WorkItem::read(&text, item.at).unwrap().item, left_out)
    }

    #[test]
    fn an_item_that_fits_is_sent_whole() {
        let item = item(moving(100));
        assert_eq!(sent(&item), (item.clone(), None));
    }

    #[test]
    fn an_item_that_is_too_large_goes_without_what_was_pending() {
        let large = item(moving(5000));
        let (sent, left_out) = sent(&large);
        assert_eq!(sent, WorkItem { pending: None, ..large });
        assert_eq!(left_out, Some("what was pending"));
    }

    #[test]
    fn an_announced_undelete_is_sent_even_if_the_note_has_to_go() {
        let instance: ResourceId = DISK.parse().unwrap();
        let operation = serde_json::from_value("https://management.azure.com/o/1".into()).unwrap();
        let lifecycle = LifecycleChange::ResumeProtection;
        let mut large = item(Pending::Operation {
            operation,
            on: Underway::LifecycleChange { instance: instance.clone(), lifecycle },
        });
        large.note = Some("n".repeat(LARGEST));
        let (sent, left_out) = sent(&large);
        assert_eq!(sent, WorkItem { note: None, pending: Some(Pending::Undelete { instance }), ..large });
        assert_eq!(left_out, Some("what was pending, and the note"));
    }

    #[test]
    fn what_is_too_large_without_all_that_says_so() {
        let mut large = item(moving(1));
        large.cause = Cause::Event { id: "e".repeat(LARGEST), by: None };
        let problem = large.message().unwrap_err().to_string();
        assert!(problem.contains(DISK) && problem.contains("65536"), "{problem}");
    }
}
