//! `GET /api/ui/act`: the form of something that is asked for; `POST`: its plan; `POST act/do`: carried out as planned.
//!
//! A plan is an operation that ends with the validation. What is carried out is read from it and not from the browser, so that
//! nobody agrees to one thing and has another done.

use axum::response::Response;
use holdfast_page::{Block, Cell, Field, FieldKind, Form, Page, Tone, address};
use holdfast_protection::ResourceId;
use holdfast_protection::hold::Until;
use holdfast_protection::operations::{Action, Ask, ChangePolicy, Operation, OperationId, is_same_caller};
use uuid::Uuid;

use super::answer::{on_to, shown};
use super::forms::Sent;
use super::operations::role_for;
use super::pairs::Pairs;
use super::resource::read_workload;
use super::resources::select;
use super::restoring;
use super::trouble::Trouble;
use super::visitor::Visitor;
use crate::api::asking::Asking;
use crate::api::jobs::{in_either_region, restores};
use crate::callers::Role;
use crate::clock;
use crate::problem::Problem;

/// What can be asked for here: name, in words, what happens.
const KINDS: [(&str, &str, &str); 7] = [
    ("backup", "Back up now", "A recovery point is made now, by a rule of the policy."),
    (
        "restore",
        "Restore",
        "Azure validates it first. What would be overwritten is shown before anything is done.",
    ),
    ("stop", "Stop backups", "No more backups are taken. Those there are stay for ever, or are deleted."),
    (
        "suspend",
        "Suspend backups",
        "No more backups are taken. Those there are expire by their policy, but for the last.",
    ),
    ("resume", "Resume backups", "Backups are taken again, from whatever state they were stopped in."),
    ("change-policy", "Change policy", "The protection follows another policy of the same vault."),
    ("cancel-job", "Cancel a job", "A job that runs is ended."),
];

/// The form.
pub(super) async fn form(visitor: Visitor, query: Pairs) -> Result<Response, Trouble> {
    let kind = query.get("kind").unwrap_or_default();
    visitor.caller.must_be(if kind == "restore" { Role::Restorer } else { Role::Reader })?;
    let (_, title, about) =
        KINDS.into_iter().find(|(known, ..)| *known == kind).ok_or_else(|| unknown(kind))?;
    let id: ResourceId = query.get("resource").unwrap_or_default().parse().map_err(Problem::from)?;
    let mut fields = fields(&visitor, kind, &id, &query).await?;
    fields.push(Field::text("why", "Why", "kept with the operation"));
    let mut hidden = vec![("kind".to_owned(), kind.to_owned()), ("resource".to_owned(), id.to_string())];
    for name in ["workload", "to", "job"] {
        hidden.extend(query.owned(name).map(|value| (name.to_owned(), value)));
    }
    let form = Form {
        title: None,
        about: about.to_owned(),
        action: address("act", &[]),
        token: Some(visitor.token()),
        hidden,
        fields,
        submit: "Show the plan".to_owned(),
        is_grave: false,
    };
    let mut blocks =
        vec![Block::notice(Tone::Plain, "Nothing is done yet: the plan and its validation come first.")];
    if kind == "restore" {
        blocks.push(Block::Links(restoring::kinds(&id, &query)));
    }
    blocks.push(Block::Form(form));
    let back = Cell::text("Back to the resource").to(address("resource", &[("id", id.as_str())]));
    blocks.push(Block::Links(vec![back]));
    let page = Page::new(&format!("{title}: {}", id.name()), "resources").with(blocks);
    Ok(shown(&visitor, page))
}

async fn fields(
    visitor: &Visitor,
    kind: &str,
    id: &ResourceId,
    query: &Pairs,
) -> Result<Vec<Field>, Problem> {
    let until = || Field::text("until", "Held until", "a day such as 2026-12-24; the usual time without it");
    Ok(match kind {
        "backup" => vec![
            Field::text("rule", "Backup rule", "may be left out where the policy has one"),
            Field::text("retention", "Retention tag", "the policy's default without it"),
        ],
        "stop" => vec![
            select(
                "data",
                "Recovery points",
                "",
                &[("retain", "stay for ever"), ("delete", "are deleted, softly where the vault does so")],
                "retain",
            ),
            until(),
        ],
        "suspend" => vec![until()],
        "change-policy" => vec![Field::text("policy", "Policy", "its name in the vault").must(), until()],
        "restore" => restoring::fields(visitor, id, query).await?,
        _ => Vec::new(),
    })
}

/// `POST act`: plans it, lets Azure validate it, and shows both.
pub(super) async fn plan(sent: Sent) -> Result<Response, Trouble> {
    let Sent { visitor, fields } = sent;
    let kind = fields.get("kind").unwrap_or_default();
    let resource: ResourceId = fields.get("resource").unwrap_or_default().parse().map_err(Problem::from)?;
    let workload = fields.get("workload").map(read_workload).transpose()?;
    let until = fields.get("until").map(str::parse::<Until>).transpose();
    let until = until.map_err(|bad| Problem::bad_request("UntilNotUsable", bad.to_string()))?;
    let action = match kind {
        "cancel-job" => cancelling(&visitor, &fields).await?,
        _ => action(kind, &fields)?,
    };
    let role = role_for(&action);
    let asking = Asking::of(&visitor.caller, &Uuid::new_v4().to_string(), true);
    let ask = asking.to(role, resource, action, fields.owned("why"))?;
    let operation = visitor.app.ask(Ask { workload, until, ..ask }, clock::now()).await?;
    Ok(on_to(address(&format!("operations/{}", operation.asked.id), &[])))
}

/// `POST act/do`: asks for what a plan says, once, however often the button is pressed.
pub(super) async fn carry_out(sent: Sent) -> Result<Response, Trouble> {
    let Sent { visitor, fields } = sent;
    let wanted = fields.get("plan").unwrap_or_default();
    let bad = || Problem::not_found("OperationNotFound", format!("no plan has the id `{wanted}`"));
    let id: OperationId = wanted.parse().map_err(|_| bad())?;
    let Operation { asked, .. } = visitor.app.advance(id, clock::now()).await?;
    if !asked.dry_run || !is_same_caller(&asked.by.id, &visitor.caller.identity.id) {
        return Err(Problem::forbidden(
            "NotYourPlan",
            "only who had it planned can have it done; plan it yourself",
        )
        .into());
    }
    let role = role_for(&asked.operation);
    let workload = asked.target().named();
    let asking = Asking::of(&visitor.caller, &key_of(id), false);
    let ask = asking.to(role, asked.resource, asked.operation, asked.why)?;
    let operation = visitor.app.ask(Ask { workload, until: asked.until, ..ask }, clock::now()).await?;
    Ok(on_to(address(&format!("operations/{}", operation.asked.id), &[])))
}

/// The key under which a plan is carried out: of the plan, and not of how a request spells its id.
fn key_of(plan: OperationId) -> String {
    format!("plan-{plan}")
}

fn action(kind: &str, fields: &Pairs) -> Result<Action, Problem> {
    Ok(match kind {
        "backup" => Action::Backup { rule: fields.owned("rule"), retention: fields.owned("retention") },
        "stop" if fields.get("data") == Some("delete") => Action::StopAndDelete,
        "stop" => Action::StopAndRetain,
        "suspend" => Action::Suspend,
        "resume" => Action::Resume,
        "change-policy" => {
            let policy = fields.owned("policy");
            let missing = || Problem::bad_request("BadBody", "the name of the policy is missing");
            Action::ChangePolicy(ChangePolicy { policy: policy.ok_or_else(missing)? })
        }
        "restore" => Action::Restore(Box::new(restoring::desired(fields)?)),
        other => return Err(unknown(other)),
    })
}

async fn cancelling(visitor: &Visitor, fields: &Pairs) -> Result<Action, Problem> {
    let job: ResourceId = fields.get("job").unwrap_or_default().parse()?;
    let restores = restores(&in_either_region(&visitor.app, &job).await?);
    Ok(Action::CancelJob { job, restores })
}

fn unknown(kind: &str) -> Problem {
    let known: Vec<&str> = KINDS.iter().map(|(known, ..)| *known).collect();
    Problem::bad_request(
        "BadQuery",
        format!("`{kind}` cannot be asked for here; expected one of {}", known.join(", ")),
    )
}

/// Several values in one field: one a line, or separated by commas.
pub(super) fn several(text: &str) -> Vec<String> {
    text.split([',', '\n']).map(str::trim).filter(|one| !one.is_empty()).map(str::to_owned).collect()
}

/// A field of several lines.
pub(super) fn lines(name: &str, label: &str, hint: &str) -> Field {
    Field::text(name, label, hint).of(FieldKind::Lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_is_carried_out_once_however_its_id_is_spelled() {
        let key = |spelled: &str| key_of(spelled.parse().unwrap());
        let usual = key("0b1f6471-1bf0-5dda-aec3-111122223333");
        assert_eq!(usual, "plan-0b1f6471-1bf0-5dda-aec3-111122223333");
        for other in ["0B1F6471-1BF0-5DDA-AEC3-111122223333", "0b1f64711bf05ddaaec3111122223333"] {
            assert_eq!(key(other), usual);
        }
    }
}
