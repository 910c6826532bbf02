//! `GET /api/ui/resource`: one resource's story: how it is protected, why, by which plan, and what has happened.

mod state;

use std::collections::BTreeMap;

use axum::response::Response;
use holdfast_evaluator::{Decision, Mode, Request};
use holdfast_page::{Block, Cell, Column, Event, Fact, Page, Section, Table, Tone, address};
use holdfast_protection::decide::Decided;
use holdfast_protection::instance::{BackupInstance, ProtectionState};
use holdfast_protection::job::JobFilter;
use holdfast_protection::ledger::About;
use holdfast_protection::operations::OperationFilter;
use holdfast_protection::outcome::Outcome;
use holdfast_protection::protect::Preview;
use holdfast_protection::work::Occasion;
use holdfast_protection::{ResourceId, Workload};
use jiff::Timestamp;

use super::answer::shown;
use super::pairs::Pairs;
use super::trouble::Trouble;
use super::visitor::Visitor;
use super::{jobs, operations, timeline};
use crate::api::target::is_of;
use crate::callers::Role;
use crate::clock;
use crate::problem::Problem;

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
    let (instances, decided, preview, hold, others, past, asked) = futures::join!(
        operations.instances_of(&id),
        protector.decide(&id, workload, &occasion),
        protector.preview(target, &occasion),
        app.hold(target),
        app.other_holds(&id),
        timeline::of(app, &id),
        operations.list(&filter, |_| true, ROWS, None, now),
    );
    let instances = instances?;
    let meant: Vec<&BackupInstance> = instances.iter().filter(|one| is_of(one, workload)).collect();
    let (hold, others) = (hold?, others?);
    // A page of one workload is silent about the others.
    let held = hold.iter().chain(others.iter().filter(|_| workload.is_none()));
    let mut blocks = vec![state(&id, &meant, &held.collect::<Vec<_>>(), now)];
    blocks.extend(errors(&meant));
    blocks.extend(buttons(&visitor, &id, workload, &meant));
    blocks.extend(decision(decided?));
    blocks.extend(plan(preview?));
    let past = past?;
    let waits = past.is_under_way;
    blocks.push(past.block);
    blocks.extend(points(&visitor, &meant, now).await);
    blocks.extend(jobs_of(&visitor, &id, &meant, now).await);
    let asked = operations::list(asked?.operations, now, operations::NONE);
    let all = Cell::text("all of the last 31 days").to(address("operations", &[("resource", id.as_str())]));
    blocks.push(Block::Table(Section::of("What people asked for", asked).about(all)));
    let page = Page::new(id.name(), "resources").live(waits).with(blocks);
    Ok(shown(&visitor, page))
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

async fn points(visitor: &Visitor, instances: &[&BackupInstance], now: Timestamp) -> Vec<Block> {
    let mut blocks = Vec::new();
    for instance in instances {
        let Ok(backups) = visitor.app.azure.backups_of(&instance.vault) else { continue };
        match backups.points(&instance.id).await {
            Ok(mut points) => {
                points.sort_by_key(|point| std::cmp::Reverse(point.time));
                let count = points.len();
                let rows = points.into_iter().take(ROWS).map(|point| {
                    let tiers: Vec<String> =
                        point.copies.iter().map(|copy| format!("{:?}", copy.store)).collect();
                    let expires =
                        point.expires.map_or_else(|| Cell::text("never"), |at| Cell::moment(at, now));
                    vec![
                        Cell::moment(point.time, now)
                            .over(&point.time.strftime("%Y-%m-%d %H:%M UTC").to_string()),
                        Cell::text(&point.kind),
                        Cell::text(&tiers.join(", ")),
                        expires,
                    ]
                });
                let table = Table {
                    columns: Column::named(&["Moment", "Kind", "Where", "Expires"]),
                    rows: rows.collect(),
                    empty: "there is no recovery point yet".to_owned(),
                };
                let about = Cell::text(&format!("{count} in all"));
                blocks.push(Block::Table(Section::of("Recovery points, newest first", table).about(about)));
            }
            Err(error) => blocks
                .push(Block::notice(Tone::Warn, &format!("the recovery points could not be read: {error}"))),
        }
    }
    blocks
}

async fn jobs_of(
    visitor: &Visitor,
    id: &ResourceId,
    instances: &[&BackupInstance],
    now: Timestamp,
) -> Vec<Block> {
    let mut rows = Vec::new();
    let mut blocks = Vec::new();
    let mut vaults: Vec<&ResourceId> = instances.iter().map(|instance| &instance.vault).collect();
    vaults.sort_by_cached_key(|vault| vault.key());
    vaults.dedup();
    for vault in vaults {
        let Ok(backups) = visitor.app.azure.backups_of(vault) else { continue };
        let filter = JobFilter { datasource: Some(id.clone()), ..JobFilter::default() };
        match backups.jobs(vault).await {
            Ok(found) => rows.extend(filter.of(found).iter().take(ROWS).map(|job| jobs::row(job, now))),
            Err(error) => {
                blocks.push(Block::notice(Tone::Warn, &format!("the jobs could not be read: {error}")))
            }
        }
    }
    let table = Table {
        columns: Column::named(&["Resource", "Job", "Status", "Progress", "Began", "Vault"]),
        rows,
        empty: "Azure lists no job of it".to_owned(),
    };
    let all = Cell::text("all jobs of it").to(address("jobs", &[("resource", id.as_str())]));
    blocks.push(Block::Table(Section::of("Jobs", table).about(all)));
    blocks
}
