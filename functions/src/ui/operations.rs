//! `GET /api/ui/operations`: what was asked for; one with its plan, and where the next step is a person's, the form for it.

use axum::extract::Path;
use axum::response::Response;
use holdfast_evaluator::OperationKind;
use holdfast_page::{
    Block, Cell, Column, Event, Fact, Field, FieldKind, Form, Page, Pager, Section, Table, Tone, address,
};
use holdfast_protection::guard::GUARD_ROLE;
use holdfast_protection::operations::{
    Action, Operation, OperationCursor, OperationFilter, OperationId, is_same_caller,
};
use jiff::Timestamp;

use super::answer::{notices, shown};
use super::pairs::Pairs;
use super::trouble::Trouble;
use super::visitor::Visitor;
use crate::api::operation::{OperationView, Status};
use crate::api::unread::UnreadPart;
use crate::app::App;
use crate::callers::Role;
use crate::clock;
use crate::problem::Problem;

/// Rows of a page.
const ROWS: usize = 50;
/// What an empty list means.
pub(super) const NONE: &str = "nobody has asked for anything in the last 31 days";
pub(super) const NONE_READ: &str = "none of those that could be read";
const NONE_SUCH: &str =
    "nothing like that was asked for in the last 31 days; holdfast operations --since looks further back";

/// Operations of the last month, newest first.
pub(super) async fn view(visitor: Visitor, query: Pairs) -> Result<Response, Trouble> {
    let resource = query
        .get("resource")
        .map(str::parse::<holdfast_protection::ResourceId>)
        .transpose()
        .map_err(Problem::from)?;
    let filter = OperationFilter { resource, by: query.owned("by"), ..OperationFilter::default() };
    let after = query.get("from").map(str::parse::<OperationCursor>).transpose();
    let after = after.map_err(|_| {
        Problem::bad_request("BadQuery", "`from` is not a place in this list; begin at its first page")
    })?;
    let now = clock::now();
    let is_open = query.get("open") == Some("true");
    let page = visitor
        .app
        .operations()
        .list(&filter, |status| !(is_open && status.is_over()), ROWS, after, now)
        .await?;
    let kept = [
        ("resource", query.get("resource").unwrap_or_default()),
        ("by", query.get("by").unwrap_or_default()),
        ("open", if is_open { "true" } else { "" }),
    ];
    let next = page.next.map(|next| next.to_string());
    let pager = Pager {
        first: after.map(|_| address("operations", &kept)),
        next: next.map(|next| address("operations", &[&kept[..], &[("from", next.as_str())]].concat())),
        ..Pager::default()
    };
    let choices = [("all", ""), ("open", "true")].map(|(label, value)| {
        let cell = Cell::text(label);
        let [resource, by, _] = kept;
        let to = address("operations", &[resource, by, ("open", value)]);
        if (value == "true") == is_open { cell } else { cell.to(to) }
    });
    let is_narrowed = kept.iter().any(|(_, value)| !value.is_empty());
    let unread: Vec<UnreadPart> = page.unread.into_iter().map(UnreadPart::of_operation).collect();
    let none = match (unread.is_empty(), is_narrowed) {
        (false, _) => NONE_READ,
        (true, true) => NONE_SUCH,
        (true, false) => NONE,
    };
    let table = list(&visitor.app, page.operations, now, none);
    let view = Page::new("Operations", "operations").with(notices(&unread)).with([
        Block::Links(choices.to_vec()),
        Block::table("What was asked for, newest first", table),
        Block::Pager(pager),
    ]);
    Ok(shown(&visitor, view))
}

/// Operations as a table.
pub(super) fn list(app: &App, operations: Vec<Operation>, now: Timestamp, empty: &str) -> Table {
    Table {
        columns: Column::named(&["Operation", "Resource", "Status", "By", "When"]),
        rows: operations.into_iter().map(|operation| row(app, operation, now)).collect(),
        empty: empty.to_owned(),
    }
}

fn row(app: &App, operation: Operation, now: Timestamp) -> Vec<Cell> {
    let nobody = app.nobody_can_approve(&operation);
    let operation = OperationView::from(operation);
    let status = status(operation.status);
    let rehearsed = if operation.dry_run { "only planned" } else { "" };
    let action = Cell::text(&operation.action).to(address(&format!("operations/{}", operation.id), &[]));
    vec![
        if rehearsed.is_empty() { action } else { action.over(rehearsed) },
        Cell::text(operation.resource.name())
            .to(address("resource", &[("id", operation.resource.as_str())]))
            .titled(operation.resource.as_str()),
        match nobody {
            Some(nobody) => status.meant(Tone::Bad).over("nobody can approve it").titled(&nobody),
            None => status,
        },
        Cell::text(&operation.by.name).over(operation.why.as_deref().unwrap_or_default()),
        Cell::moment(operation.start_time, now),
    ]
}

fn status(status: Status) -> Cell {
    let (word, tone) = match status {
        Status::AwaitsApproval => ("waits for approval", Tone::Warn),
        Status::Validating => ("Azure validates it", Tone::Plain),
        Status::AwaitsPermissions => ("waits for permissions", Tone::Warn),
        Status::InProgress => ("in progress", Tone::Plain),
        Status::Succeeded => ("succeeded", Tone::Good),
        Status::Failed => ("failed", Tone::Bad),
    };
    Cell::badge(word, tone)
}

/// One operation: what was asked and by whom, the plan, how far it is, and the form of the next step.
pub(super) async fn one(visitor: Visitor, Path(id): Path<String>) -> Result<Response, Trouble> {
    let unknown = || Problem::not_found("OperationNotFound", format!("no operation has the id `{id}`"));
    let id: OperationId = id.parse().map_err(|_| unknown())?;
    let operation = visitor.app.advance(id, clock::now()).await?;
    let is_over = operation.status.is_over();
    let part = if matches!(Status::of(&operation.status), Status::AwaitsApproval) {
        "approvals"
    } else {
        "operations"
    };
    let is_asker = is_same_caller(&operation.asked.by.id, &visitor.caller.identity.id);
    let may_do = visitor.may(role_for(&operation.asked.operation));
    let view = OperationView::from(operation);
    let title = if view.dry_run {
        format!("Plan: {} of {}", view.action, view.resource.name())
    } else {
        format!("{} of {}", view.action, view.resource.name())
    };
    let mut blocks = vec![sentence(&view)];
    blocks.extend(next_step(&visitor, &view, is_asker, may_do));
    blocks.extend(parts(&view));
    Ok(shown(&visitor, Page::new(&title, part).live(!is_over).with(blocks)))
}

fn sentence(view: &OperationView) -> Block {
    let (tone, text) = match (view.status, view.dry_run) {
        (Status::AwaitsApproval, _) if awaits_guard(view) => {
            let text = format!(
                "The owner of the resource guard has to give {GUARD_ROLE} on it, before it goes on by itself"
            );
            (Tone::Warn, text)
        }
        (Status::AwaitsApproval, _) => {
            (Tone::Warn, "A second person has to agree before anything is done".to_owned())
        }
        (Status::Validating, true) => {
            (Tone::Plain, "Azure checks whether it could be done; nothing is changed".to_owned())
        }
        (Status::Validating, false) => (Tone::Plain, "Azure checks whether it can be done".to_owned()),
        (Status::AwaitsPermissions, _) => {
            (Tone::Warn, "Permissions are missing, or do not count yet".to_owned())
        }
        (Status::InProgress, _) => (Tone::Plain, "Azure is at it".to_owned()),
        (Status::Succeeded, true) => {
            (Tone::Good, "Nothing speaks against it. Nothing has been changed".to_owned())
        }
        (Status::Succeeded, false) => (Tone::Good, "It is done".to_owned()),
        (Status::Failed, _) => {
            let error = view.error.as_ref();
            (Tone::Bad, error.map_or_else(String::new, |error| format!("{}: {}", error.code, error.message)))
        }
    };
    Block::notice(tone, &text)
}

/// The form by which a person has it go on, for whoever may.
fn next_step(visitor: &Visitor, view: &OperationView, is_asker: bool, may_do: bool) -> Vec<Block> {
    match (view.status, view.dry_run) {
        (Status::Succeeded, true) if is_asker && may_do => {
            let grave =
                ["stop-and-delete", "stop-and-retain", "suspend", "restore"].contains(&view.action.as_str());
            vec![Block::Form(Form {
                title: None,
                about: format!(
                    "Asked for as {}. The rules for operations are asked again.",
                    visitor.caller.identity.name
                ),
                action: address("act/do", &[]),
                token: Some(visitor.token()),
                hidden: vec![("plan".to_owned(), view.id.clone())],
                fields: Vec::new(),
                submit: format!("Do it: {}", view.action),
                is_grave: grave,
            })]
        }
        (Status::AwaitsApproval, false) if !is_asker && !awaits_guard(view) && may_answer(visitor, view) => {
            ["approve", "reject"].map(|word| Block::Form(answer(visitor, view, word))).to_vec()
        }
        _ => Vec::new(),
    }
}

/// Whether it waits for somebody in Azure, so that nobody can approve it here.
fn awaits_guard(view: &OperationView) -> bool {
    view.needs.as_ref().is_some_and(|needs| needs.roles.iter().any(|role| role == GUARD_ROLE))
}

/// Whether there is a button: for whoever's answer is taken.
fn may_answer(visitor: &Visitor, view: &OperationView) -> bool {
    let roles = view.needs.as_ref().map(|needs| needs.roles.as_slice()).unwrap_or_default();
    let held = |role: &Role| roles.iter().any(|wanted| wanted.eq_ignore_ascii_case(role.as_str()));
    visitor.caller.roles.iter().any(held)
}

fn answer(visitor: &Visitor, view: &OperationView, word: &str) -> Form {
    let is_approval = word == "approve";
    Form {
        title: None,
        about: match is_approval {
            true => format!(
                "You agree as {}; it is carried out at once, as the plan says.",
                visitor.caller.identity.name
            ),
            false => "It ends, and nothing is done.".to_owned(),
        },
        action: address(&format!("approvals/{}", view.id), &[]),
        token: Some(visitor.token()),
        hidden: vec![("answer".to_owned(), word.to_owned())],
        fields: vec![
            Field::text(&format!("why-{word}"), "Why", "kept with the operation").of(FieldKind::Text),
        ],
        submit: if is_approval { "Approve" } else { "Reject" }.to_owned(),
        is_grave: !is_approval,
    }
}

/// Which role an action takes.
pub(super) fn role_for(action: &Action) -> Role {
    match action.kind() {
        OperationKind::Restore => Role::Restorer,
        OperationKind::Backup
        | OperationKind::StopAndRetain
        | OperationKind::StopAndDelete
        | OperationKind::Suspend
        | OperationKind::Resume
        | OperationKind::ChangePolicy => Role::Operator,
    }
}

fn parts(view: &OperationView) -> Vec<Block> {
    let now = clock::now();
    let mut facts = vec![
        Fact::new("Status", status(view.status)),
        Fact::new(
            "Resource",
            Cell::text(view.resource.name())
                .to(address("resource", &[("id", view.resource.as_str())]))
                .titled(view.resource.as_str()),
        ),
        Fact::new("Asked by", Cell::text(&view.by.name).over(&view.by.id)),
        Fact::new("When", Cell::moment(view.start_time, now)),
    ];
    facts.extend(view.why.as_ref().map(|why| Fact::new("Why", Cell::whole(why))));
    facts.push(Fact::new("Rules for operations", Cell::whole(&view.judgement)));
    if let Some(needs) = &view.needs {
        facts.push(Fact {
            name: "Has to agree".to_owned(),
            values: vec![Cell::text(&needs.roles.join(" or ")), Cell::moment(needs.until, now)],
        });
    }
    if let Some(approval) = &view.approval {
        let is_withdrawn = view.error.as_ref().is_some_and(|error| error.code == "OperationWithdrawn");
        let word = match (approval.approved, is_withdrawn) {
            (true, _) => "agreed",
            (false, true) => "withdrew it",
            (false, false) => "did not agree",
        };
        let text = format!("{} {word}", approval.by.name);
        facts.push(Fact::new(
            "Second person",
            Cell::text(&text).over(approval.why.as_deref().unwrap_or_default()),
        ));
    }
    if let Some(hold) = &view.hold {
        facts.push(Fact {
            name: "Held against the rules".to_owned(),
            values: vec![Cell::moment(hold.until, now), Cell::whole(&hold.decided)],
        });
    }
    facts.extend(
        view.job
            .as_ref()
            .map(|job| Fact::new("Job", Cell::text(job.name()).to(address("job", &[("id", job.as_str())])))),
    );
    let asked = view.parameters.as_object().into_iter().flatten();
    facts.extend(asked.map(|(name, value)| {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        Fact::new(&format!("Asked: {name}"), Cell::whole(&text).as_code())
    }));
    let mut blocks = vec![plan(view)];
    blocks.extend(view.changes.iter().map(|change| {
        let text = format!("{}: {}", change.target.name(), change.what);
        Block::notice(Tone::Warn, &text)
    }));
    blocks.extend(view.notes.iter().map(|note| Block::notice(Tone::Plain, note)));
    blocks.extend(view.missing_roles.iter().map(|role| {
        let state = if role.granted { "granted, and does not count yet" } else { "missing" };
        Block::notice(Tone::Warn, &format!("{} on {} is {state}\n{}", role.role, role.scope, role.command))
    }));
    blocks.push(Block::facts("What was asked for", facts));
    blocks
}

fn plan(view: &OperationView) -> Block {
    let is_done = |step: &String| view.done.contains(step);
    let steps = view.steps.iter().map(|step| Event {
        at: match (is_done(step), view.ended_at.as_ref() == Some(step)) {
            (true, _) => Cell::badge("done", Tone::Good),
            (_, true) => Cell::badge("ended here", Tone::Bad),
            _ => Cell::badge("to do", Tone::Quiet),
        },
        what: Cell::whole(step),
        lines: Vec::new(),
    });
    Block::Timeline(Section::of("The plan", steps.collect()))
}

#[cfg(test)]
mod tests {
    use holdfast_protection::operations::{APPROVING_ROLES, approver_roles};
    use holdfast_protection::points::Choice;

    use super::*;

    #[test]
    fn where_the_rules_name_no_role_who_may_do_an_operation_may_agree_to_it() {
        for action in [
            Action::StopAndRetain,
            Action::StopAndDelete,
            Action::Suspend,
            Action::Resume,
            Action::OpenFiles { point: Choice::Latest },
            Action::Archive { point: Choice::Latest },
        ] {
            let roles = approver_roles(action.kind(), &[]);
            assert_eq!(roles, [role_for(&action).as_str(), Role::Admin.as_str()], "{action:?}");
            assert!(roles.iter().all(|role| APPROVING_ROLES.contains(&role.as_str())), "{roles:?}");
            assert_eq!(
                approver_roles(action.kind(), &[Role::Reader.as_str().to_owned()]),
                roles,
                "{action:?}"
            );
        }
    }
}
