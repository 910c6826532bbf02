//! What Azure's words and the API's are called for people, one word for one thing.

use holdfast_protection::instance::ProtectionState;
use holdfast_protection::shell;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::listing::text;

/// The state of a target or backup instance.
pub(crate) fn state(item: &Value) -> String {
    let word = text(item, "state");
    let known = ProtectionState::from(word.clone());
    let state = if word == "Unprotected" { "unprotected" } else { known.in_words() };
    match item.get("orphaned").and_then(Value::as_bool) {
        Some(true) => format!("{state}, orphaned"),
        Some(false) | None => state.to_owned(),
    }
}

/// How far an operation is.
pub(crate) fn status(operation: &Value) -> String {
    let is_dry = operation.get("dryRun").and_then(Value::as_bool) == Some(true);
    let code = operation.pointer("/error/code").and_then(Value::as_str).unwrap_or_default();
    let word = text(operation, "status");
    let shown = match (word.as_str(), code) {
        ("Failed", "OperationRejected") => "rejected",
        ("Failed", "OperationWithdrawn") => "withdrawn",
        ("Failed", "OperationDenied") => "denied",
        ("Failed", "ApprovalExpired") => "expired",
        ("Succeeded", _) if is_dry => "dry run, nothing was changed",
        ("Failed", _) if is_dry => "dry run, it would fail",
        ("Succeeded", _) => "done",
        ("Failed", _) => "failed",
        ("AwaitsApproval", _) => "awaits approval",
        ("AwaitsPermissions", _) => "waits for permissions",
        ("InProgress", _) => "in progress",
        ("Validating", _) => "being validated by Azure",
        (other, _) => other,
    };
    shown.to_owned()
}

/// `1 failure`, `3 failures`, `2 entries`.
pub(crate) fn counted(number: u64, noun: &str) -> String {
    match (number, noun.strip_suffix('y')) {
        (1, _) => format!("1 {noun}"),
        (number, Some(stem)) => format!("{number} {stem}ies"),
        (number, None) => format!("{number} {noun}s"),
    }
}

/// The last part of an ARM id.
pub(crate) fn name(id: &str) -> &str {
    id.rsplit('/').next().unwrap_or_default()
}

/// The resource of an item by its name, with its workload where the item names one: it is not the first one then.
pub(crate) fn target(item: &Value) -> String {
    let (resource, workload) = (text(item, "resource"), text(item, "workload"));
    let name = name(&resource);
    if workload.is_empty() { name.to_owned() } else { format!("{name} as {workload}") }
}

/// How a command names the target of an item: the id, and the workload where the item names one.
pub(crate) fn target_of_command(item: &Value) -> String {
    command_target(&text(item, "resource"), Some(text(item, "workload").as_str()))
}

/// A target as a command that can be copied names it.
pub(crate) fn command_target(resource: &str, workload: Option<&str>) -> String {
    let workload = workload.filter(|workload| !workload.is_empty());
    let option = workload.map(|workload| format!(" --workload {workload}")).unwrap_or_default();
    format!("{}{option}", shell::word(resource))
}

/// The person of `by`: the name, and the id where it is another.
pub(crate) fn person(by: Option<&Value>) -> String {
    let by = by.unwrap_or(&Value::Null);
    let (id, name) = (text(by, "id"), text(by, "name"));
    if name.is_empty() || name == id { id } else { format!("{name} ({id})") }
}

/// How long something took: from one time to another.
pub(crate) fn took(from: &str, to: &str) -> Option<String> {
    let time = |text: &str| text.parse::<Timestamp>().ok();
    let took: SignedDuration = time(to)?.duration_since(time(from)?);
    let seconds = took.as_secs().max(0);
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    Some(match (hours, minutes) {
        (0, 0) => format!("{seconds} s"),
        (0, minutes) => format!("{minutes} min {seconds} s"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn states_and_statuses_are_told_in_one_word() {
        for (word, shown) in [
            ("ProtectionConfigured", "protected"),
            ("BackupsSuspended", "suspended"),
            ("UpdatingProtection", "being set up"),
            ("Unprotected", "unprotected"),
            ("Odd", "Odd"),
        ] {
            assert_eq!(state(&json!({ "state": word })), shown);
        }
        assert_eq!(state(&json!({ "state": "ProtectionStopped", "orphaned": true })), "stopped, orphaned");
        let rejected = json!({ "status": "Failed", "error": { "code": "OperationRejected" } });
        assert_eq!(status(&rejected), "rejected");
        let withdrawn = json!({ "status": "Failed", "error": { "code": "OperationWithdrawn" } });
        assert_eq!(status(&withdrawn), "withdrawn");
        assert_eq!(status(&json!({ "status": "Succeeded", "dryRun": true })), "dry run, nothing was changed");
    }

    #[test]
    fn a_workload_is_named_where_it_is_not_the_first_one() {
        let machine = json!({ "resource": "/x/virtualMachines/erp" });
        assert_eq!(target(&machine), "erp");
        assert_eq!(target_of_command(&machine), "/x/virtualMachines/erp");
        let databases = json!({ "resource": "/x/virtualMachines/erp", "workload": "sql-in-vm" });
        assert_eq!(target(&databases), "erp as sql-in-vm");
        assert_eq!(target_of_command(&databases), "/x/virtualMachines/erp --workload sql-in-vm");
        assert_eq!(command_target("/x/databases/a$(b)", None), "'/x/databases/a$(b)'");
    }

    #[test]
    fn durations_are_short() {
        let took = |to| took("2026-01-01T00:00:00Z", to);
        assert_eq!(took("2026-01-01T00:00:09.7Z").as_deref(), Some("9 s"));
        assert_eq!(took("2026-01-01T00:02:05Z").as_deref(), Some("2 min 5 s"));
        assert_eq!(took("2026-01-02T01:00:00Z").as_deref(), Some("25 h 0 min"));
        assert_eq!(took("soon"), None);
    }
}
