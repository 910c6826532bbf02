//! `GET /api/ui/resource`: one resource's story: how it is protected, why, by which plan, and what has happened.

mod in_vaults;
mod state;

use std::collections::BTreeMap;

use axum::response::Response;
use holdfast_evaluator::{Decision, Mode, Request};
use holdfast_page::{Block, Cell, Column, Event, Fact, Page, Section, Table, Tone, address};
use holdfast_protection::decide::Decided;
use holdfast_protection::instance::{BackupInstance, ProtectionState};
use holdfast_protection::ledger::About;
use holdfast_protection::observe::ReadableInstances;
use holdfast_protection::operations::{OperationFilter, OperationPage};
use holdfast_protection::outcome::Outcome;
use holdfast_protection::protect::Preview;
use holdfast_protection::work::Occasion;
use holdfast_protection::{ResourceId, Workload};
use jiff::Timestamp;

use super::answer::{notices, shown};
use super::pairs::Pairs;
use super::trouble::Trouble;
use super::visitor::Visitor;
use super::{operations, timeline};
use crate::api::target::is_of;
use crate::api::unread::{UnreadPart, or_note};
use crate::app::App;
use crate::callers::Role;
use crate::clock;
use crate::problem::Problem;

use in_vaults::{jobs_of, points};
pub(super) use state::badge;
use state::{errors, state};

/// Rows of jobs, points and operations.
const ROWS: usize = 8;

/// The story.
pub(super) async fn view(visitor: Visitor, query: Pairs) -> Result<Response, Trouble> {
    let id: ResourceId = query.get("id").unwrap_or_default().parse().map_err(Problem::from)?;
    let workload = query.get("workload").map(read_workload).transpose()?;
    let now = clock::now();
    let app = &visitor.app;
    let (protector, operations, occasion) = (app.protector(), app.operations(), Occasion::question(now));
    let named = workload.and_then(|workload| workload.unless_first_of(id.resource_type()));
    let target = About { resource: &id, workload: named };
    let filter = OperationFilter { resource: Some(id.clone()), ..OperationFilter::default() };
    let (read, decided, preview, hold, others, past, asked) = futures::join!(
        operations.readable_instances_of(&id),
        protector.decide(&id, workload, &occasion),
        protector.preview(target, &occasion),
        app.hold(target),
        app.other_holds(&id),
        timeline::of(app, &id),
        operations.list(&filter, |_| true, ROWS, None, now),
    );
    let ReadableInstances { instances, unread } = read?;
    let are_all = unread.is_empty();
    let mut unread: Vec<UnreadPart> = unread.into_iter().map(UnreadPart::from).collect();
    let of = |what: &str| format!("{what} {}", id.name());
    let meant: Vec<&BackupInstance> = instances.iter().filter(|one| is_of(one, workload)).collect();
    let hold = or_note(hold, of("the hold of"), &id, &mut unread).flatten();
    let others = or_note(others, of("the holds of other workloads of"), &id, &mut unread).unwrap_or_default();
    unread.extend(others.unread.into_iter().map(UnreadPart::of_hold));
    let decided = or_note(decided, of("what the rules decide about"), &id, &mut unread);
    let preview = or_note(preview, of("what would be done now about"), &id, &mut unread);
    let past = or_note(past, of("what happened to"), &id, &mut unread);
    let asked = or_note(asked, of("what people asked for about"), &id, &mut unread);
    // A page of one workload is silent about the others.
    let held = hold.iter().chain(others.holds.iter().filter(|_| workload.is_none()));
    let mut blocks = vec![state(&id, (&meant, are_all), &held.collect::<Vec<_>>(), now)];
    blocks.extend(notices(&unread));
    blocks.extend(errors(&meant));
    blocks.extend(buttons(&visitor, &id, workload, &meant));
    blocks.extend(decided.into_iter().flat_map(decision));
    blocks.extend(preview.and_then(plan));
    let waits = past.as_ref().is_some_and(|past| past.is_under_way);
    blocks.extend(past.map(|past| past.block));
    blocks.extend(points(&visitor, &meant, now).await);
    blocks.extend(jobs_of(&visitor, &id, &meant, now).await);
    blocks.extend(asked.into_iter().flat_map(|asked| asked_for(app, &id, asked, now)));
    let page = Page::new(id.name(), "resources").live(waits).with(blocks);
    Ok(shown(&visitor, page))
}

/// What people asked for about it.
fn asked_for(app: &App, id: &ResourceId, asked: OperationPage, now: Timestamp) -> Vec<Block> {
    let unread: Vec<UnreadPart> = asked.unread.into_iter().map(UnreadPart::of_operation).collect();
    let none = if unread.is_empty() { operations::NONE } else { operations::NONE_READ };
    let table = operations::list(app, asked.operations, now, none);
    let all = Cell::text("all of the last 31 days").to(address("operations", &[("resource", id.as_str())]));
    let mut blocks = notices(&unread);
    blocks.push(Block::Table(Section::of("What people asked for", table).about(all)));
    blocks
}

pub(super) fn read_workload(text: &str) -> Result<Workload, Problem> {
    let read = serde_json::from_value(serde_json::Value::String(text.to_owned()));
    read.map_err(|_| Problem::bad_request("BadQuery", format!("`{text}` is not a workload")))
}

/// What can be done about it, for whoever may.
fn buttons(
    visitor: &Visitor,
    id: &ResourceId,
    workload: Option<Workload>,
    instances: &[&BackupInstance],
) -> Option<Block> {
    let has = |wanted: &[ProtectionState]| instances.iter().any(|one| wanted.contains(&one.state));
    let is_active = has(&[ProtectionState::Configured, ProtectionState::Configuring, ProtectionState::Error]);
    let is_stopped =
        has(&[ProtectionState::Stopped, ProtectionState::Suspended, ProtectionState::SoftDeleted]);
    let workload = workload.map(|workload| workload.to_string()).unwrap_or_default();
    let button = |kind: &str, label: &str| {
        Cell::text(label)
            .to(address("act", &[("kind", kind), ("resource", id.as_str()), ("workload", &workload)]))
    };
    let mut cells = Vec::new();
    if visitor.may(Role::Operator) && is_active {
        cells.push(button("backup", "Back up now…"));
    }
    if visitor.may(Role::Restorer) && !instances.is_empty() {
        cells.push(button("restore", "Restore…"));
    }
    if visitor.may(Role::Operator) && is_active {
        cells.push(button("suspend", "Suspend…"));
        cells.push(button("stop", "Stop…"));
        cells.push(button("change-policy", "Change policy…"));
    }
    if visitor.may(Role::Operator) && is_stopped {
        cells.push(button("resume", "Resume…"));
    }
    (!cells.is_empty()).then_some(Block::Links(cells))
}

fn decision(decided: Decided) -> Vec<Block> {
    match decided {
        Decided::ByRules { decision, request, .. } => explained(&decision, &request),
        Decided::NotAsked(Outcome::Gone) => {
            vec![Block::notice(
                Tone::Warn,
                "it does not exist any more, or may not be read by the function app",
            )]
        }
        Decided::NotAsked(Outcome::Ignored { reason }) => vec![Block::notice(Tone::Plain, &reason)],
        Decided::NotAsked(outcome) => vec![Block::notice(Tone::Plain, outcome.as_str())],
        Decided::NotReady => vec![Block::notice(Tone::Plain, "Azure is still making it")],
    }
}

fn explained(decision: &Decision, request: &Request) -> Vec<Block> {
    let record = &decision.record;
    let opinions = record.opinions.iter().map(|opinion| {
        let reasons: Vec<&str> = opinion.reasons.iter().map(|reason| reason.message.as_str()).collect();
        let tone = match &*opinion.verdict {
            "protect" => Tone::Good,
            "exclude" | "expired" => Tone::Warn,
            "indeterminate" => Tone::Bad,
            _ => Tone::Quiet,
        };
        let verdict = Cell::badge(&opinion.verdict, tone);
        vec![
            Cell::text(&opinion.rule).over(&opinion.module),
            if opinion.mode == Mode::Shadow { verdict.over("in shadow: it does not count") } else { verdict },
            Cell::text(&reasons.join("; ")),
            Cell::text(&format!("{}, {}", opinion.layer, opinion.priority)),
        ]
    });
    let table = Table {
        columns: Column::named(&["Rule", "Says", "Why", "Layer, priority"]),
        rows: opinions.collect(),
        empty: "no rule speaks of it".to_owned(),
    };
    let mut blocks =
        vec![Block::Table(Section::of("What the rules say", table).about(Cell::whole(&record.summary)))];
    if !record.winners.is_empty() {
        let fields = record.winners.iter().map(|(field, winner)| {
            let value = winner.value.as_str().map_or_else(|| winner.value.to_string(), str::to_owned);
            Fact {
                name: field.to_string(),
                values: vec![Cell::text(&value).as_code().over(&format!("by {}", winner.rules.join(", ")))],
            }
        });
        blocks.push(Block::Facts(Section::of("How, and which rule says so", fields.collect()).narrow()));
    }
    blocks.push(Block::Facts(Section::of("What the rules were shown", facts(request)).narrow()));
    let notes = record
        .conflicts
        .iter()
        .map(|one| format!("{} disagree over {}: {}", one.rules.join(" and "), one.field, one.resolution));
    let shadows = record
        .shadow_differences
        .iter()
        .map(|one| format!("if {} were enforced, {} would differ", one.rule, one.changes.join(", ")));
    blocks.extend(notes.chain(shadows).map(|text| Block::notice(Tone::Plain, &text)));
    blocks
}

fn facts(request: &Request) -> Vec<Fact> {
    let resource = &request.resource;
    let mut facts = vec![Fact::new("Region", Cell::text(&resource.location))];
    let tags = |tags: &BTreeMap<String, String>| {
        tags.iter().map(|(name, value)| Cell::text(&format!("{name}={value}"))).collect::<Vec<_>>()
    };
    if !resource.tags.is_empty() {
        facts.push(Fact { name: "Tags".to_owned(), values: tags(&resource.tags) });
    }
    facts.extend(resource.sku.as_ref().map(|sku| Fact::new("SKU", Cell::text(sku))));
    facts.extend(request.facts.iter().map(|fact| {
        let value = fact.value.as_deref().unwrap_or("nothing found");
        Fact::new(&fact.kind, Cell::text(value).as_code())
    }));
    facts
}

fn plan(preview: Preview) -> Option<Block> {
    let steps: Vec<Event> = preview
        .plan
        .iter()
        .flat_map(|plan| &plan.steps)
        .enumerate()
        .map(|(number, step)| Event {
            at: Cell::text(&format!("step {}", number + 1)),
            what: Cell::whole(&step.to_string()),
            lines: Vec::new(),
        })
        .collect();
    if steps.is_empty() {
        let outcome = preview.outcome.as_ref()?;
        let (tone, text) = match outcome {
            Outcome::Failed { code, message, way_out } => {
                (Tone::Bad, format!("{code}: {message}; {way_out}"))
            }
            Outcome::Held { reason, way_out, .. } => (Tone::Warn, format!("{reason}; {way_out}")),
            Outcome::LeftAlone { note, .. } => (Tone::Plain, note.clone()),
            Outcome::Protected { note, .. } => {
                (Tone::Good, note.clone().unwrap_or_else(|| "everything is as it was decided".to_owned()))
            }
            Outcome::Excluded { reason } | Outcome::Ignored { reason } => (Tone::Plain, reason.clone()),
            Outcome::Prepared { .. } | Outcome::Gone | Outcome::Unprotected { .. } => return None,
        };
        return Some(Block::notice(tone, &format!("Nothing would be done now: {text}")));
    }
    Some(Block::Timeline(Section::of("What would be done now", steps)))
}
