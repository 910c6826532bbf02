//! An operation in lines for a person.

use holdfast_protection::guard::GUARD_ROLE;
use serde_json::Value;

use crate::listing::{self, text};
use crate::words::{person, status, target};

/// What it is, how far it is, what was done or would be, and what a person has to do next.
pub(crate) fn lines(operation: &Value) -> Vec<String> {
    let mut lines =
        vec![format!("{} of {}: {}", text(operation, "action"), target(operation), status(operation))];
    lines.extend(steps(operation));
    lines.extend(items(operation, "missingRoles").flat_map(missing_role));
    lines.extend(texts(operation, "notes").map(|note| format!("  {note}")));
    lines.extend(operation.get("error").into_iter().flat_map(failed));
    let ended_at = text(operation, "endedAt");
    if !ended_at.is_empty() {
        lines.push(format!("  ended at: {ended_at}"));
    }
    lines.extend(agreement(operation));
    lines.push(format!("  operation {}", text(operation, "id")));
    lines
}

/// Why it came to nothing: each rule that denies it, and what Azure recommends beside what is said already.
fn failed(error: &Value) -> Vec<String> {
    let message = text(error, "message");
    let mut lines = vec![format!("  {}: {message}", text(error, "code"))];
    lines.extend(items(error, "details").map(|detail| {
        let (target, said) = (text(detail, "target"), text(detail, "message"));
        if target.is_empty() || said.starts_with(&target) {
            format!("    {said}")
        } else {
            format!("    {target}: {said}")
        }
    }));
    let recommended = error.get("innererror").into_iter().flat_map(|azure| texts(azure, "recommendedAction"));
    let unsaid = recommended.filter(|action| !message.contains(*action));
    lines.extend(unsaid.map(|action| format!("    Azure recommends: {action}")));
    lines
}

/// The same with the resource, who asked, and what a second person said: for whoever did not ask for it.
pub(super) fn in_full(operation: &Value) -> Vec<String> {
    let mut told = lines(operation);
    let rest = told.split_off(1);
    told.push(format!("  {}", text(operation, "resource")));
    told.extend(asked(operation));
    told.extend(answered(operation));
    told.extend(rest);
    told
}

/// What a second person said, when and why.
fn answered(operation: &Value) -> Option<String> {
    let approval = operation.get("approval").filter(|approval| approval.is_object())?;
    let has_agreed = approval.get("approved").and_then(Value::as_bool) == Some(true);
    let code = operation.pointer("/error/code").and_then(Value::as_str);
    let word = match (has_agreed, code) {
        (true, _) => "agreed",
        (false, Some("OperationWithdrawn")) => "withdrew it",
        (false, _) => "did not agree",
    };
    let why = text(approval, "why");
    let why = if why.is_empty() { why } else { format!(": {why}") };
    Some(format!("  {} {word} at {}{why}", person(approval.get("by")), listing::time(approval, "at")))
}

/// What an operation that lacks permissions waits for, and the commands that give them.
pub(crate) fn waits_for(operation: &Value) -> Vec<String> {
    let mut lines = vec!["it waits for permissions, and goes on by itself once they count:".to_owned()];
    lines.extend(items(operation, "missingRoles").flat_map(missing_role));
    lines.extend(texts(operation, "notes").map(|note| format!("  {note}")));
    lines
}

fn missing_role(missing: &Value) -> Vec<String> {
    let (role, scope, holder) = (text(missing, "role"), text(missing, "scope"), text(missing, "holder"));
    let is_granted = missing.get("granted").and_then(Value::as_bool) == Some(true);
    let who = if holder.is_empty() { "the vault".to_owned() } else { holder };
    let verb = if is_granted { "was granted, and does not count yet:" } else { "needs" };
    let mut lines = vec![format!("  {who} {verb} the role {role} on {scope}")];
    let command = text(missing, "command");
    if !command.is_empty() && !is_granted {
        lines.push(format!("    {command}"));
    }
    lines
}

/// Who asked, when and why.
pub(crate) fn asked(operation: &Value) -> Vec<String> {
    let by = person(operation.get("by"));
    let mut lines = vec![format!("  asked for by {by} at {}", listing::time(operation, "startTime"))];
    let why = text(operation, "why");
    lines.push(if why.is_empty() { "  no reason was given".to_owned() } else { format!("  why: {why}") });
    lines
}

/// The steps: as done only those that are.
pub(crate) fn steps(operation: &Value) -> Vec<String> {
    let is_dry = operation.get("dryRun").and_then(Value::as_bool) == Some(true);
    let has_succeeded = text(operation, "status") == "Succeeded";
    let all: Vec<&str> = texts(operation, "steps").collect();
    if is_dry {
        return below("would be done:", &all);
    }
    if has_succeeded {
        return all.into_iter().map(|step| format!("  {step}")).collect();
    }
    let done: Vec<&str> = texts(operation, "done").collect();
    let not_done: Vec<&str> = texts(operation, "notDone").collect();
    let head = if text(operation, "status") == "Failed" { "not done:" } else { "to be done:" };
    match done.is_empty() && not_done.is_empty() {
        true => below(head, &all),
        false => [below("done:", &done), below(head, &not_done)].concat(),
    }
}

fn below(head: &str, steps: &[&str]) -> Vec<String> {
    let head = (!steps.is_empty()).then(|| format!("  {head}"));
    head.into_iter().chain(steps.iter().map(|step| format!("    {step}"))).collect()
}

/// What of that which exists is changed, each in a line.
pub(crate) fn changes(operation: &Value) -> Vec<String> {
    items(operation, "changes").map(change).collect()
}

/// The sentence that says it, or the target with the parts of it.
fn change(change: &Value) -> String {
    let what = text(change, "what");
    let parts = ["containers", "prefixes", "namespaces"].into_iter().filter_map(|key| {
        let parts: Vec<&str> = texts(change, key).collect();
        (!parts.is_empty()).then(|| format!("{key} {}", parts.join(", ")))
    });
    let named: Vec<String> = [what].into_iter().filter(|what| !what.is_empty()).chain(parts).collect();
    format!("{} {}", text(change, "target"), named.join("; ")).trim_end().to_owned()
}

/// Whether nobody can approve it here: the owner of a resource guard gives a role in Azure.
pub(crate) fn is_given_in_azure(operation: &Value) -> bool {
    let mut roles = operation.pointer("/needs/roles").and_then(Value::as_array).into_iter().flatten();
    roles.any(|role| role == GUARD_ROLE)
}

fn agreement(operation: &Value) -> Vec<String> {
    if text(operation, "status") != "AwaitsApproval" {
        return Vec::new();
    }
    let until = operation.get("needs").map(|needs| listing::time(needs, "until")).unwrap_or_default();
    if is_given_in_azure(operation) {
        return vec![format!(
            "  the owner of the resource guard has to give {GUARD_ROLE} on it until {until}; it goes on by itself then"
        )];
    }
    vec![
        format!("  somebody else has to agree until {until}:"),
        format!("  holdfast approve {}", text(operation, "id")),
    ]
}

fn items<'a>(operation: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    operation.get(key).and_then(Value::as_array).into_iter().flatten()
}

fn texts<'a>(operation: &'a Value, key: &str) -> impl Iterator<Item = &'a str> {
    items(operation, key).filter_map(Value::as_str)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn operation(status: &str) -> Value {
        json!({ "id": "7", "status": status, "action": "restore", "resource": "/subscriptions/s/x/erp-data",
            "steps": ["validate", "restore"], "needs": { "until": "2026-01-01T00:00:00Z" } })
    }

    #[test]
    fn an_operation_is_told_with_what_a_person_has_to_do_next() {
        let lines = lines(&operation("AwaitsApproval")).join("\n");
        assert!(
            lines.starts_with("restore of erp-data: awaits approval\n  to be done:\n    validate"),
            "{lines}"
        );
        assert!(lines.contains("\n  holdfast approve 7\n"), "{lines}");
        assert!(lines.ends_with("\n  operation 7"), "{lines}");
    }

    #[test]
    fn what_waits_for_the_owner_of_a_guard_is_not_to_be_approved_here() {
        let mut waiting = operation("AwaitsApproval");
        waiting["needs"]["roles"] = json!([GUARD_ROLE]);
        let told = lines(&waiting).join("\n");
        assert!(!told.contains("holdfast approve"), "{told}");
        assert!(told.contains("the owner of the resource guard has to give Backup MUA Operator"), "{told}");
    }

    #[test]
    fn whoever_did_not_ask_for_it_learns_who_did_and_who_agreed() {
        let mut stopped = operation("Succeeded");
        stopped["startTime"] = json!("2026-01-01T00:00:00.5Z");
        stopped["by"] = json!({ "id": "key:olga", "name": "olga" });
        stopped["why"] = json!("moved");
        let told = in_full(&stopped).join("\n");
        let head = "restore of erp-data: done\n  /subscriptions/s/x/erp-data\n  asked for by olga (key:olga) at \
                    2026-01-01T00:00:00Z\n  why: moved\n  validate\n";
        assert!(told.starts_with(head), "{told}");
        stopped["approval"] = json!({ "approved": true, "by": { "id": "key:bob", "name": "bob" },
            "at": "2026-01-01T01:00:00Z", "why": "seen" });
        let told = in_full(&stopped).join("\n");
        assert!(told.contains("\n  bob (key:bob) agreed at 2026-01-01T01:00:00Z: seen\n"), "{told}");
        stopped["approval"]["approved"] = json!(false);
        assert!(in_full(&stopped).join("\n").contains("did not agree at"));
        stopped["error"] = json!({ "code": "OperationWithdrawn", "message": "Holdfast withdrew it: seen" });
        assert!(in_full(&stopped).join("\n").contains("withdrew it at"));
    }

    #[test]
    fn what_is_changed_and_missing_is_named() {
        let changes = changes(
            &json!({ "changes": [{ "target": "/x/assets", "containers": ["a", "b"], "what": "goes back" }] }),
        );
        assert_eq!(changes, ["/x/assets goes back; containers a, b"]);
        let missing = |granted| {
            missing_role(&json!({ "role": "Reader", "scope": "/x", "holder": "vault bv",
            "granted": granted, "command": "az role assignment create" }))
        };
        assert_eq!(
            missing(false),
            ["  vault bv needs the role Reader on /x", "    az role assignment create"]
        );
        assert_eq!(missing(true), ["  vault bv was granted, and does not count yet: the role Reader on /x"]);
        let waiting = waits_for(&json!({ "notes": ["ask an administrator"],
            "missingRoles": [{ "role": "Reader", "scope": "/x", "command": "az role assignment create" }] }));
        let told = [
            "  the vault needs the role Reader on /x",
            "    az role assignment create",
            "  ask an administrator",
        ];
        assert_eq!(waiting[1..], told);
    }

    #[test]
    fn each_rule_that_denies_and_what_azure_recommends_is_told() {
        let mut denied = operation("Failed");
        denied["error"] = json!({ "code": "OperationDenied", "message": "the rules for operations deny it",
            "details": [{ "code": "frozen", "target": "guard", "message": "no restore before Monday" }] });
        let told = lines(&denied).join("\n");
        assert!(
            told.contains(
                "  OperationDenied: the rules for operations deny it\n    guard: no restore before Monday\n"
            ),
            "{told}"
        );
        denied["error"] = json!({ "code": "UserErrorX", "message": "the disk is locked; remove the lock",
            "innererror": { "code": "UserErrorX", "message": "Locked.", "recommendedAction": ["remove the lock", "Try again."] } });
        let told = lines(&denied).join("\n");
        assert!(told.contains("remove the lock\n    Azure recommends: Try again.\n"), "{told}");
        assert!(!told.contains("recommends: remove the lock"), "said once: {told}");
    }

    #[test]
    fn only_what_was_done_is_told_as_done() {
        let done = lines(&operation("Succeeded")).join("\n");
        assert_eq!(done, "restore of erp-data: done\n  validate\n  restore\n  operation 7");
        for (status, head) in
            [("Failed", "not done:"), ("InProgress", "to be done:"), ("Validating", "to be done:")]
        {
            let open = lines(&operation(status)).join("\n");
            assert!(open.contains(&format!("\n  {head}\n    validate\n    restore\n")), "{open}");
        }
        let mut failed = operation("Failed");
        (failed["done"], failed["notDone"], failed["endedAt"]) =
            (json!(["validate"]), json!(["restore"]), json!("restore"));
        let failed = lines(&failed).join("\n");
        assert!(
            failed.contains("\n  done:\n    validate\n  not done:\n    restore\n  ended at: restore\n"),
            "{failed}"
        );
        let mut dry = operation("Succeeded");
        dry["dryRun"] = json!(true);
        let dry = lines(&dry).join("\n");
        assert!(
            dry.starts_with(
                "restore of erp-data: dry run, nothing was changed\n  would be done:\n    validate"
            ),
            "{dry}"
        );
    }
}
