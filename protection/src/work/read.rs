//! Reading messages of the work queue, whichever version wrote them.

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::{Cause, FORMAT, Pending, WorkItem};
use crate::ResourceId;

/// What a counter is at most: more than anything is tried, and with room to count on.
const MOST_COUNTED: u32 = 1_000_000;

/// A message, and what of it this version does not understand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    /// The work.
    pub item: WorkItem,
    /// Names of the fields that were left out, for the log.
    pub left_out: Vec<String>,
}

/// A queue message that names no resource.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the message is not a work item: {problem}; only Holdfast writes to this queue, so check whether another program uses it"
)]
pub struct NotOurs {
    problem: String,
}

impl WorkItem {
    /// Reads a message. White space and key order do not matter: the Functions host rewrites JSON.
    ///
    /// Only the resource is needed. Any other field that is missing, or not understood, has the value of fresh work that
    /// a sweep found at `now`; what Azure was doing then shows when it is planned again.
    ///
    /// # Errors
    ///
    /// If it names no resource: then there is nothing that could be worked on.
    pub fn read(text: &str, now: Timestamp) -> Result<Read, NotOurs> {
        let not_ours = |problem: String| NotOurs { problem };
        let all = serde_json::from_str(text).map_err(|error| not_ours(error.to_string()))?;
        let mut fields = Fields { all, left_out: Vec::new() };
        let resource = fields.all.remove("resource");
        let resource = resource.ok_or_else(|| not_ours("it has no `resource`".to_owned()))?;
        let resource: ResourceId =
            serde_json::from_value(resource).map_err(|error| not_ours(error.to_string()))?;
        let cause = fields.take("cause").unwrap_or(Cause::Sweep);
        let at = fields.take("at").unwrap_or(now);
        // Every field is named: one that is forgotten here would be lost at each wait.
        let item = Self {
            format: FORMAT.to_owned(),
            resource,
            workload: fields.take("workload"),
            cause,
            at,
            passes: fields.count("looks"),
            troubles: fields.count("troubles"),
            restarts: fields.count("restarts"),
            administrator_waits: fields.count("administratorWaits"),
            permission_waits: fields.count("permissionWaits"),
            retries: fields.count("retries"),
            polls: fields.count("polls"),
            urgent: fields.take("urgent").unwrap_or_default(),
            after_hold: fields.take("afterHold").unwrap_or_default(),
            brought_back: fields.take("broughtBack").unwrap_or_default(),
            setting_up: fields.take("settingUp"),
            failed_backup: fields.take("failedBackup"),
            revived: fields.count("revived"),
            decided: fields.take("decided"),
            note: fields.take("note"),
            trace: fields.take("trace"),
            pending: fields.pending(),
            others: Vec::new(),
            held: Vec::new(),
            changes: false,
        };
        Ok(Read { left_out: fields.rest(&item.format), item })
    }
}

/// The fields of a message that were not read yet.
struct Fields {
    all: Map<String, Value>,
    left_out: Vec<String>,
}

impl Fields {
    fn take<T: DeserializeOwned>(&mut self, name: &str) -> Option<T> {
        let value = self.all.remove(name).filter(|value| !value.is_null())?;
        let read = serde_json::from_value(value).ok();
        if read.is_none() {
            self.left_out.push(name.to_owned());
        }
        read
    }

    /// A counter. Counting on must not overflow, whoever wrote the message.
    fn count(&mut self, name: &str) -> u32 {
        self.take::<u32>(name).unwrap_or_default().min(MOST_COUNTED)
    }

    fn pending(&mut self) -> Option<Pending> {
        let value = self.all.remove("pending").filter(|value| !value.is_null())?;
        let read = Pending::read(value.clone());
        if read.as_ref().and_then(|read| serde_json::to_value(read).ok()) != Some(value) {
            self.left_out.push("pending".to_owned());
        }
        read
    }

    /// All that was left out; another format is named too.
    fn rest(mut self, format: &str) -> Vec<String> {
        if self.all.get("format").is_some_and(|found| found == format) {
            self.all.remove("format");
        }
        self.left_out.extend(self.all.into_iter().map(|(name, _)| name));
        self.left_out
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const DISK: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/disks/d";
    const INSTANCE: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.DataProtection/backupVaults/v/backupInstances/i";

    fn now() -> Timestamp {
        "2026-02-01T00:00:00Z".parse().unwrap()
    }

    fn read(message: &Value) -> Read {
        WorkItem::read(&message.to_string(), now()).unwrap()
    }

    fn written() -> Value {
        let at = "2026-01-14T09:26:53.5897932Z".parse().unwrap();
        let cause = Cause::Event { id: "e-1".to_owned(), by: None };
        let mut item = WorkItem::new(DISK.parse().unwrap(), cause, at);
        item.restarts = 3;
        item.retries = 4;
        item.pending = Some(Pending::Settling { instance: INSTANCE.parse().unwrap() });
        serde_json::to_value(item).unwrap()
    }

    #[test]
    fn an_item_survives_the_queue_whole() {
        let Read { item, left_out } = read(&written());
        assert_eq!((serde_json::to_value(item).unwrap(), left_out), (written(), Vec::new()));
    }

    #[test]
    fn a_message_needs_nothing_but_its_resource() {
        let Read { item, left_out } = read(&json!({ "resource": DISK }));
        assert_eq!((item, left_out), (WorkItem::new(DISK.parse().unwrap(), Cause::Sweep, now()), Vec::new()));
    }

    #[test]
    fn each_field_of_another_version_costs_that_field_only() {
        let whole = read(&written()).item;
        for (name, _) in written().as_object().unwrap() {
            if name == "resource" {
                continue;
            }
            let mut message = written();
            message[name] = json!({ "kind": "from-another-version", "with": [1, 2] });
            let Read { item, left_out } = read(&message);
            assert_eq!(left_out, std::slice::from_ref(name), "{message}");
            let mut kept = serde_json::to_value(item).unwrap();
            let mut expected = serde_json::to_value(&whole).unwrap();
            for value in [&mut kept, &mut expected] {
                value.as_object_mut().unwrap().remove(name);
            }
            assert_eq!(kept, expected, "without {name}");
        }
    }

    #[test]
    fn counters_leave_room_to_count_on() {
        let names = [
            "looks",
            "troubles",
            "restarts",
            "administratorWaits",
            "permissionWaits",
            "retries",
            "polls",
            "revived",
        ];
        let mut message = written();
        for name in names {
            message[name] = json!(u32::MAX);
        }
        let Read { item, left_out } = read(&message);
        assert_eq!(left_out, Vec::<String>::new());
        let item = serde_json::to_value(item).unwrap();
        for name in names {
            assert_eq!(item[name], json!(MOST_COUNTED), "{name}");
        }
        let counters = item.as_object().unwrap().values().filter(|value| value.is_u64()).count();
        assert_eq!(counters, names.len(), "a counter of an item is not tested: {item}");
    }

    #[test]
    fn unknown_fields_and_formats_are_left_out_and_named() {
        let mut message = written();
        message["lane"] = json!("vault");
        message["format"] = json!("holdfast.work/9");
        let Read { item, left_out } = read(&message);
        assert_eq!(serde_json::to_value(item).unwrap(), written());
        assert_eq!(left_out, ["format", "lane"]);
    }

    #[test]
    fn what_was_pending_is_understood_whole_or_planned_again() {
        for pending in [
            json!({ "kind": "protecting-an-item", "item": INSTANCE }),
            json!({ "kind": "settling", "instance": INSTANCE, "family": "recovery-services" }),
            json!({ "kind": "settling" }),
            json!({ "kind": "alteration", "instance": INSTANCE, "operation": "https://a/b", "alteration": "archive" }),
            json!("settling"),
        ] {
            let mut message = written();
            message["pending"] = pending.clone();
            let Read { item, left_out } = read(&message);
            assert_eq!((item.pending, left_out), (None, vec!["pending".to_owned()]), "{pending}");
        }
    }

    #[test]
    fn an_undelete_that_another_version_announced_is_not_lost() {
        for pending in [
            json!({ "kind": "undelete", "instance": INSTANCE, "since": "2026-01-14" }),
            json!({ "kind": "undeleting", "instance": INSTANCE, "operations": ["https://a/b", "https://a/c"] }),
            json!({ "kind": "alteration", "instance": INSTANCE, "alteration": "resume-protection", "operation": 7 }),
        ] {
            let mut message = written();
            message["pending"] = pending.clone();
            let announced = Pending::Undelete { instance: INSTANCE.parse().unwrap() };
            assert_eq!(read(&message).item.pending, Some(announced), "{pending}");
        }
    }

    #[test]
    fn what_names_no_resource_is_named_as_such() {
        for text in ["", "hello", "{}", "[]", "{\"resource\":7}", "{\"resource\":\"disk\"}"] {
            let problem = WorkItem::read(text, now()).unwrap_err().to_string();
            assert!(problem.contains("not a work item"), "{text}: {problem}");
        }
    }
}
