//! `holdfast approve`: what waits for a second person, and that person's word.

use anyhow::{Result, bail};
use clap::Args;
use serde_json::{Value, json};

use crate::client::{Answer, Client, Ended, FOLLOW, Refused, Server, follow};
use crate::exit::{self, Exit};
use crate::listing::{self, text};
use crate::moment::RetryTime;
use crate::operation::{self, asked, changes, is_given_in_azure, steps};
use crate::words::target;
use crate::{page, question};

/// Which operation, and which word.
#[derive(Args)]
#[command(after_help = exit::HELP)]
pub(crate) struct Options {
    /// The operation's id; without it, those that wait are listed.
    id: Option<String>,
    /// Reject it instead.
    #[arg(long, requires = "id")]
    reject: bool,
    /// Why; kept with the operation.
    #[arg(long, value_name = "TEXT", requires = "id")]
    why: Option<String>,
    /// Do not ask before it is approved.
    #[arg(long, requires = "id", conflicts_with = "reject")]
    yes: bool,
    /// Stop waiting after this time, such as 30m or 2h; the operation goes on.
    #[arg(long, value_name = "TIME", requires = "id")]
    timeout: Option<RetryTime>,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    server: Server,
}

/// Says the word, and follows what is approved to its end.
pub(crate) async fn run(options: Options) -> Result<Exit> {
    let client = options.server.client().await?.within(options.timeout.map(|RetryTime(time)| time));
    let Some(id) = &options.id else {
        let waiting = client.list("/api/approvals", &[]).await?;
        let none = waiting.none("no operation waits for a second person");
        listing::print_entries(&waiting.items, options.json, none, entry)?;
        return Ok(waiting.end());
    };
    if options.reject {
        let answer = say(&client, id, "reject", options.why.as_deref()).await?;
        operation::tell(&answer.body, options.json)?;
        return Ok(Exit::Done);
    }
    if !options.yes {
        let waiting = client.get(&format!("/api/operations/{id}"), &[]).await?.body;
        // What waits for nobody, or for a role in Azure, is refused by the function app, in its words.
        if is_to_be_approved(&waiting) && !question::agreed(&page::of_lines(&entry(&waiting)), "Approve it?")?
        {
            bail!("not approved");
        }
    }
    let answer = say(&client, id, "approve", options.why.as_deref()).await?;
    let Ended { operation, code } = follow(&client, answer, FOLLOW).await?;
    operation::tell(&operation, options.json)?;
    Ok(code)
}

/// Says the word once: where the answer to it was lost, the same word that is found there is ours.
async fn say(client: &Client, id: &str, word: &str, why: Option<&str>) -> Result<Answer> {
    let path = format!("/api/approvals/{id}/{word}");
    let sent = client.post_counted(&path, &[], &json!({ "why": why }), id).await;
    match sent {
        (Err(error), tries) if tries > 1 && is_answered(&error) => {
            let known = client.get(&format!("/api/operations/{id}"), &[]).await?;
            let approved = known.body.pointer("/approval/approved").and_then(Value::as_bool);
            if approved == Some(word == "approve") { Ok(known) } else { Err(error) }
        }
        (answer, _) => answer,
    }
}

fn is_to_be_approved(operation: &Value) -> bool {
    text(operation, "status") == "AwaitsApproval" && !is_given_in_azure(operation)
}

fn is_answered(error: &anyhow::Error) -> bool {
    error.downcast_ref::<Refused>().is_some_and(|refused| refused.code() == "AnsweredAlready")
}

/// What somebody has to know before agreeing.
fn entry(operation: &Value) -> Vec<String> {
    let resource = text(operation, "resource");
    let until = operation.get("needs").map(|needs| listing::time(needs, "until")).unwrap_or_default();
    let mut lines = vec![
        format!("{} of {}, to be approved until {until}", text(operation, "action"), target(operation)),
        format!("  {resource}"),
    ];
    lines.extend(asked(operation));
    lines.extend(steps(operation));
    lines.extend(changes(operation).into_iter().map(|change| format!("  changes what is there: {change}")));
    let notes = operation.get("notes").and_then(Value::as_array).into_iter().flatten();
    lines.extend(notes.filter_map(Value::as_str).map(|note| format!("  {note}")));
    let judgement = text(operation, "judgement");
    if !judgement.is_empty() {
        lines.push(format!("  the rules: {judgement}"));
    }
    let roles = operation.pointer("/needs/roles").and_then(Value::as_array).into_iter().flatten();
    let roles: Vec<&str> = roles.filter_map(Value::as_str).collect();
    if !roles.is_empty() {
        lines.push(format!("  by somebody with the role {}", roles.join(" or ")));
    }
    lines.push(format!("  holdfast approve {}", text(operation, "id")));
    lines
}

#[cfg(test)]
mod tests {
    use holdfast_protection::guard::GUARD_ROLE;

    use super::*;

    #[test]
    fn nobody_is_asked_to_approve_what_is_given_in_azure() {
        let mut waiting = json!({ "status": "AwaitsApproval", "needs": { "roles": ["admin"] } });
        assert!(is_to_be_approved(&waiting));
        waiting["needs"]["roles"] = json!([GUARD_ROLE]);
        assert!(!is_to_be_approved(&waiting));
        assert!(!is_to_be_approved(&json!({ "status": "Succeeded" })));
    }

    #[test]
    fn whoever_agrees_sees_target_plan_person_and_reason() {
        let disk = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/disks/erp-data";
        let shown = entry(&json!({ "id": "7", "status": "AwaitsApproval", "action": "stop-and-delete",
            "resource": disk, "workload": "azure-disks", "steps": ["delete erp-data-1"], "by": { "id": "key:olga", "name": "olga" },
            "startTime": "2026-01-01T00:00:00Z", "why": "moved away", "judgement": "needs approval by rule guard",
            "needs": { "roles": ["admin"], "until": "2026-01-02T00:00:00Z" } }))
        .join("\n");
        for part in [
            disk,
            "stop-and-delete of erp-data as azure-disks, to be approved",
            "olga (key:olga)",
            "moved away",
            "    delete erp-data-1",
            "rule guard",
            "role admin",
            "2026-01-02",
        ] {
            assert!(shown.contains(part), "no {part}: {shown}");
        }
    }
}
