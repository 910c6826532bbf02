//! What the documents of operations tell: those that people ask for, and those that Holdfast asks people about.

use holdfast_evaluator::Ruling;
use holdfast_protection::ResourceId;
use holdfast_protection::ledger::{self, About, Entry};
use holdfast_protection::operations::{Answer, Asked, OperationStatus, approver_roles, nobody_can_approve};
use holdfast_protection::ports::{Ledger, StorageError};
use holdfast_protection::retry::Done;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::change::fields;
use crate::{Change, Kind, Notice, OutboxKey};

/// The news in an entry that is about an operation; `ledger` has what was asked before it was answered or ended.
///
/// What cannot be read is no news: a later version may have written it.
pub(crate) async fn change(ledger: &dyn Ledger, entry: &Entry) -> Result<Option<Change>, StorageError> {
    match entry.path.split('/').next() {
        Some("revived") => return Ok(revived(entry)),
        Some("retries") => return Ok(failed_job(entry)),
        _ => {}
    }
    let Some((id, document)) = entry.path.strip_prefix("operations/").and_then(|path| path.split_once('/'))
    else {
        return Ok(None);
    };
    if document == "asked.json" {
        return Ok(read(&entry.body).and_then(|asked: Asked| of_asked(id, &asked)));
    }
    let told = match document {
        "answered.json" => read(&entry.body).and_then(|answer: Answer| of_answer(&answer)),
        "ended.json" => read(&entry.body).and_then(|status: OperationStatus| of_end(&status)),
        _ => None,
    };
    let Some((kind, words, details)) = told else { return Ok(None) };
    let asked = ledger.read(&format!("operations/{id}/asked.json")).await?;
    let asked: Option<Asked> = asked.and_then(|asked| ledger::read(asked).ok());
    let asked = asked.filter(|asked| !asked.dry_run);
    Ok(asked.map(|asked| about(id, &asked, kind, &words, details)))
}

fn read<T: DeserializeOwned>(body: &str) -> Option<T> {
    ledger::read(serde_json::from_str(body).ok()?).ok()
}

fn of_asked(id: &str, asked: &Asked) -> Option<Change> {
    // Whoever asks what would become of it is answered; nobody else has to do anything.
    if asked.dry_run {
        return None;
    }
    let why = &asked.judgement.record.summary;
    match &asked.judgement.ruling {
        Ruling::Allow => None,
        Ruling::Deny { .. } => {
            let details = json!({ "reason": why, "by": "rules" });
            Some(about(id, asked, Kind::Refused, &format!("was refused by the rules: {why}"), details))
        }
        Ruling::NeedsApproval { roles, within_hours } => {
            let asker = asked.why.as_deref().map(|why| format!(" ({why})")).unwrap_or_default();
            let roles = approver_roles(asked.operation.kind(), roles);
            let next = match nobody_can_approve(&roles) {
                Some(nobody) => format!("needs a second person; {nobody}"),
                None => format!(
                    "waits for a second person, {within_hours} hours at most: `holdfast approve {id}`"
                ),
            };
            let words = format!("was asked for by {}{asker} and {next}", asked.by.name);
            let details = json!({ "reason": why, "roles": roles, "withinHours": within_hours,
                "askedBy": asked.by.name, "why": asked.why });
            Some(about(id, asked, Kind::NeedsApproval, &words, details))
        }
    }
}

fn of_answer(answer: &Answer) -> Option<(Kind, String, Value)> {
    if answer.approved {
        return None;
    }
    let details = json!({ "reason": answer.why, "by": answer.by.name });
    if answer.withdraws() {
        let why = answer.why.as_deref().unwrap_or_default();
        let words = format!("was withdrawn, so nobody has to agree to it any more: {why}");
        return Some((Kind::Refused, words, details));
    }
    Some((Kind::Refused, format!("was refused by {}", answer.by.name), details))
}

fn of_end(status: &OperationStatus) -> Option<(Kind, String, Value)> {
    match status {
        OperationStatus::Failed { code, message, way_out, job, .. } => {
            let details = json!({ "code": code, "message": message, "wayOut": way_out, "job": job });
            Some((Kind::Failed, format!("failed: {message}"), details))
        }
        OperationStatus::Expired => {
            let details = json!({ "code": "Expired", "reason": "nobody agreed in time" });
            Some((Kind::Refused, "was not approved in time".to_owned(), details))
        }
        // Told when it was asked or answered.
        OperationStatus::Denied { .. } | OperationStatus::Rejected { .. } => None,
        OperationStatus::AwaitsApproval { .. }
        | OperationStatus::Validating
        | OperationStatus::AwaitsPermissions { .. }
        | OperationStatus::Running { .. }
        | OperationStatus::AwaitsGuard { .. }
        | OperationStatus::Validated { .. }
        | OperationStatus::Succeeded { .. } => None,
    }
}

fn about(id: &str, asked: &Asked, kind: Kind, words: &str, details: Value) -> Change {
    let mut details = fields(details);
    details.insert("operation".to_owned(), json!(asked.operation.kind().name()));
    details.insert("operationId".to_owned(), json!(id));
    details.insert("resource".to_owned(), json!(asked.resource));
    details.insert("instance".to_owned(), json!(asked.instance));
    details.extend(asked.workload.map(|workload| ("workload".to_owned(), json!(workload))));
    let notice = Notice {
        kind,
        subject: asked.resource.to_string(),
        cause: format!("operation {id}"),
        summary: format!("operation {} of {} {words}", asked.operation.name(), asked.resource.name()),
        details,
    };
    Change { key: OutboxKey::of_target(asked.target()), state: None, notice: Some(notice) }
}

/// Work that others had given up, put to work once more.
fn revived(entry: &Entry) -> Option<Change> {
    let body: Value = serde_json::from_str(&entry.body).ok()?;
    let item = body.get("item")?;
    let (resource, workload) = (id(item.get("resource"))?, item.get("workload"));
    let summary = format!("work on {} had been given up and is tried once more", resource.name());
    let workload = workload.and_then(|workload| serde_json::from_value(workload.clone()).ok());
    let target = About { resource: &resource, workload };
    Some(of_entry(entry, Kind::Retried, target, summary, json!({ "source": body.get("source") })))
}

/// A job that failed: it was taken again, or a person has to act.
fn failed_job(entry: &Entry) -> Option<Change> {
    let body: Value = serde_json::from_str(&entry.body).ok()?;
    let resource = id(body.get("resource")).or_else(|| id(body.get("datasource")))?;
    let (job, code, action) = (body.get("job"), body.get("code"), body.get("action"));
    let operation = body.pointer("/what/operation");
    let said = code.and_then(Value::as_str).unwrap_or("no code");
    let (kind, words) = match serde_json::from_value(body.get("what")?.clone()).ok()? {
        Done::Retried { .. } => (Kind::Retried, "is taken again"),
        Done::Reported | Done::NotPossible { .. } => (Kind::Failed, "needs a person"),
        Done::PermissionsSought | Done::Recovered => return None,
    };
    let summary = format!("a backup of {} failed ({said}) and {words}", resource.name());
    let details = json!({ "job": job, "code": code, "wayOut": action, "operationId": operation });
    Some(of_entry(entry, kind, (&resource).into(), summary, details))
}

fn id(value: Option<&Value>) -> Option<ResourceId> {
    value?.as_str()?.parse().ok()
}

/// The news of an entry that is told once.
fn of_entry(entry: &Entry, kind: Kind, target: About<'_>, summary: String, details: Value) -> Change {
    let notice = Notice::about(target, kind, entry.path.clone(), summary, details);
    Change { key: OutboxKey::of_target(target), state: None, notice: Some(notice) }
}

#[test]
fn a_sentence_calls_an_operation_what_its_asker_called_it() {
    let asked = include_str!("../../protection/tests/golden/ledger/1/operations/asked-open-files.json");
    let told = about("7", &read::<Asked>(asked).unwrap(), Kind::Failed, "failed", json!({})).notice.unwrap();
    assert!(told.summary.starts_with("operation open-files of "), "{}", told.summary);
    assert_eq!(told.details["operation"], "restore");
}

#[cfg(test)]
fn needs_approval() -> Asked {
    let asked = include_str!("../../protection/tests/golden/ledger/1/operations/asked-needs-approval.json");
    Asked { dry_run: false, ..read(asked).unwrap() }
}

#[test]
fn whoever_is_to_agree_learns_who_asked_and_why() {
    let asked = needs_approval();
    let told = of_asked("7", &asked).and_then(|change| change.notice).unwrap();
    assert_eq!(told.kind, Kind::NeedsApproval);
    assert!(told.summary.contains(&format!(" was asked for by {}", asked.by.name)), "{}", told.summary);
    assert!(told.summary.ends_with("`holdfast approve 7`"), "{}", told.summary);
    assert_eq!(told.details["askedBy"], asked.by.name);
    let why = asked.why.unwrap_or_default();
    assert!(told.summary.contains(&why), "{}", told.summary);
}

#[test]
fn who_was_asked_to_agree_learns_that_nobody_has_to_any_more() {
    let by = holdfast_evaluator::Caller {
        id: "holdfast".to_owned(),
        name: "Holdfast".to_owned(),
        roles: Vec::new(),
    };
    let why = Some("the rules protect the resource again".to_owned());
    let answer = Answer { approved: false, by, at: "2026-03-10T12:00:00Z".parse().unwrap(), why };
    let (kind, words, details) = of_answer(&answer).unwrap();
    assert_eq!(kind, Kind::Refused);
    assert!(words.ends_with("any more: the rules protect the resource again"), "{words}");
    assert_eq!(details["by"], "Holdfast");
}

#[test]
fn a_dry_run_waits_for_nobody() {
    let asked = needs_approval();
    assert!(of_asked("7", &asked).is_some());
    assert!(of_asked("7", &Asked { dry_run: true, ..asked }).is_none());
}

#[test]
fn what_nobody_can_approve_is_told_as_that() {
    let mut asked = needs_approval();
    asked.judgement.ruling = Ruling::NeedsApproval { roles: vec!["lead".to_owned()], within_hours: 8 };
    let told = of_asked("7", &asked).and_then(|change| change.notice).unwrap();
    assert_eq!(told.kind, Kind::NeedsApproval);
    assert!(told.summary.contains("no caller can have the role `lead`"), "{}", told.summary);
    assert!(!told.summary.contains("holdfast approve"), "{}", told.summary);
}
