//! `GET /api/ui/jobs`: jobs of all vaults with their progress; `job` has one.

use axum::response::Response;
use holdfast_page::{Block, Cell, Column, Event, Fact, Page, Pager, Section, Table, Tone, address};
use holdfast_protection::family::Family;
use holdfast_protection::job::{Job, JobFilter, JobOperation};
use holdfast_protection::restore::DesiredRegion;
use holdfast_protection::{Refusal, ResourceId};
use holdfast_report::csv;
use jiff::Timestamp;

use super::answer::{notices, shown};
use super::pairs::Pairs;
use super::trouble::Trouble;
use super::visitor::Visitor;
use crate::api::jobs::{every, in_either_region, restores};
use crate::api::report::as_csv as csv_answer;
use crate::api::unread::{Readable, UnreadPart};
use crate::callers::Role;
use crate::clock;
use crate::problem::Problem;

/// Rows of a page.
const ROWS: usize = 50;
/// What an empty list means where something could not be read.
const NONE_READ: &str = "no job of those that could be read fits";
/// Filters of the list: status, operation, whether it runs, resource.
const CHOICES: [(&str, &str, &str); 6] = [
    ("all", "", ""),
    ("running", "running", "true"),
    ("failed", "status", "Failed"),
    ("with warnings", "status", "CompletedWithWarnings"),
    ("backups", "operation", "Backup"),
    ("restores", "operation", "Restore"),
];
const FILTERS: [&str; 4] = ["status", "operation", "running", "resource"];

/// A page of jobs, newest first.
pub(super) async fn view(visitor: Visitor, query: Pairs) -> Result<Response, Trouble> {
    let (jobs, unread) = found(&visitor, &query).await?;
    let from = query.rows_before();
    let now = clock::now();
    let table = Table {
        columns: Column::named(&["Resource", "Job", "Status", "Progress", "Began", "Vault"]),
        rows: jobs.iter().skip(from).take(ROWS).map(|job| row(job, now)).collect(),
        empty: String::from(if unread.is_empty() { "no job fits" } else { NONE_READ }),
    };
    let pairs = |more: &[(&'static str, String)]| -> String {
        let kept = FILTERS.iter().filter_map(|name| Some((*name, query.get(name)?.to_owned())));
        let all: Vec<(&str, String)> = kept.chain(more.iter().cloned()).collect();
        address("jobs", &all.iter().map(|(name, value)| (*name, value.as_str())).collect::<Vec<_>>())
    };
    let to = from.saturating_add(ROWS);
    let pager = Pager {
        first: (from > 0).then(|| pairs(&[])),
        next: (jobs.len() > to).then(|| pairs(&[("from", to.to_string())])),
        csv: Some(pairs(&[]).replacen("/jobs", "/jobs.csv", 1)),
        json: None,
    };
    let runs = jobs.iter().any(|job| !job.has_ended());
    let page = Page::new("Jobs", "jobs").live(runs).with(notices(&unread)).with([
        Block::Links(choices(&query)),
        Block::Table(
            Section::of("Newest first", table)
                .about(Cell::text(&format!("{} jobs that Azure still lists", jobs.len()))),
        ),
        Block::Pager(pager),
    ]);
    Ok(shown(&visitor, page))
}

/// All that fit, as CSV.
pub(super) async fn as_csv(visitor: Visitor, query: Pairs) -> Result<Response, Trouble> {
    let names = ["resource", "operation", "status", "started", "ended", "error", "job"];
    let mut rows = vec![names.map(str::to_owned).to_vec()];
    let (jobs, unread) = found(&visitor, &query).await?;
    rows.extend(jobs.into_iter().map(|job| {
        let error = job.errors.first().map(|error| format!("{}: {}", error.code, error.message));
        let id = job.id.to_string();
        let (started, ended) = (job.started.unwrap_or_default(), job.ended.unwrap_or_default());
        vec![job.datasource, job.operation, job.status, started, ended, error.unwrap_or_default(), id]
    }));
    // A file that is opened later has no other place for it.
    rows.extend(unread.iter().map(|part| vec![part.to_string()]));
    Ok(csv_answer("jobs", csv(&rows)))
}

/// One job with its parts.
pub(super) async fn one(visitor: Visitor, query: Pairs) -> Result<Response, Trouble> {
    let id: ResourceId = query.get("id").unwrap_or_default().parse().map_err(Problem::from)?;
    let job = in_either_region(&visitor.app, &id).await?;
    let now = clock::now();
    let mut blocks = vec![Block::facts("Job", facts(&job, now))];
    blocks.extend(refusals("Errors", &job.errors));
    blocks.extend(refusals("Warnings", &job.warnings));
    if !job.tasks.is_empty() {
        let parts = job.tasks.iter().map(|task| Event {
            at: Cell::badge(&task.status, tone(&task.status)),
            what: Cell::text(&task.name),
            lines: task.progress.iter().map(|text| Cell::whole(text)).collect(),
        });
        blocks.push(Block::Timeline(Section::of("Its parts", parts.collect())));
    }
    if !job.has_ended() && visitor.may(cancels(&job)) && job.datasource.starts_with('/') {
        let query = [("kind", "cancel-job"), ("resource", job.datasource.as_str()), ("job", id.as_str())];
        blocks.push(Block::Links(vec![Cell::text("Cancel it…").to(address("act", &query))]));
    }
    let title = format!("{} of {}", job.operation, name_of(&job));
    Ok(shown(&visitor, Page::new(&title, "jobs").live(!job.has_ended()).with(blocks)))
}

/// Who may cancel it: whoever may ask for one like it.
fn cancels(job: &Job) -> Role {
    if restores(job) { Role::Restorer } else { Role::Operator }
}

fn facts(job: &Job, now: Timestamp) -> Vec<Fact> {
    let moment = |text: &Option<String>| {
        let at = text.as_deref().and_then(|text| text.parse::<Timestamp>().ok());
        at.map_or_else(|| Cell::text(text.as_deref().unwrap_or("not yet")), |at| Cell::moment(at, now))
    };
    let mut facts = vec![
        Fact::new("Status", Cell::badge(&job.status, tone(&job.status))),
        Fact::new("Resource", resource(job)),
        Fact::new("Began", moment(&job.started)),
        Fact::new("Ended", moment(&job.ended)),
        Fact::new("Progress", Cell::text(&progress(job))),
        Fact::new("Asked for", Cell::text(if job.on_demand { "by a person" } else { "by the schedule" })),
    ];
    let details = &job.details;
    let bytes = details.transferred_bytes.map(|bytes| format!("{} MB", bytes / 1_000_000));
    let more = [("Policy", &details.policy), ("Restored to", &details.destination), ("Moved", &bytes)];
    facts.extend(
        more.iter().filter_map(|(name, value)| Some(Fact::new(name, Cell::whole(value.as_deref()?)))),
    );
    facts.push(Fact::new("Id", Cell::whole(job.id.as_str()).as_code()));
    facts
}

fn refusals(title: &str, refusals: &[Refusal]) -> Option<Block> {
    let events = refusals.iter().map(|one| Event {
        at: Cell::text(&one.code).as_code(),
        what: Cell::whole(&one.message),
        lines: one.recommended_action.iter().map(|text| Cell::whole(text)).collect(),
    });
    (!refusals.is_empty()).then(|| Block::Timeline(Section::of(title, events.collect())))
}

/// The jobs that fit, newest first, and what could not be read.
async fn found(visitor: &Visitor, query: &Pairs) -> Result<(Vec<Job>, Vec<UnreadPart>), Problem> {
    let resource = query.get("resource").map(str::parse::<ResourceId>).transpose()?;
    let operation = query.get("operation").map(str::parse::<JobOperation>).transpose();
    let unknown = |()| Problem::bad_request("BadQuery", "`operation` is not one that jobs are listed by");
    let filter = JobFilter {
        status: query.owned("status"),
        operation: operation.map_err(unknown)?,
        datasource: resource,
        running: query.get("running") == Some("true"),
        ..JobFilter::default()
    };
    let Readable { items: jobs, unread, .. } = every(&visitor.app, DesiredRegion::Primary).await?;
    Ok((filter.of(jobs), unread))
}

fn choices(query: &Pairs) -> Vec<Cell> {
    let chosen =
        ["running", "status", "operation"].into_iter().find_map(|name| Some((name, query.get(name)?)));
    let choice = |(label, name, value): &(&str, &str, &str)| {
        let is_chosen = chosen.unwrap_or_default() == (*name, *value);
        let cell = Cell::text(label);
        if is_chosen { cell } else { cell.to(address("jobs", &[(name, value)])) }
    };
    CHOICES.iter().map(choice).collect()
}

/// A job as lists show it.
pub(super) fn row(job: &Job, now: Timestamp) -> Vec<Cell> {
    let status = Cell::badge(&job.status, tone(&job.status));
    let vault = Family::vault_of(&job.id).map(|vault| vault.name().to_owned()).unwrap_or_default();
    vec![
        resource(job),
        Cell::text(&job.operation).to(address("job", &[("id", job.id.as_str())])),
        match job.errors.first() {
            Some(error) => status.over(&error.code),
            None => status,
        },
        Cell::text(&progress(job)),
        job.began().map_or_else(
            || Cell::text(job.started.as_deref().unwrap_or_default()),
            |at| Cell::moment(at, now),
        ),
        Cell::text(&vault),
    ]
}

fn name_of(job: &Job) -> &str {
    job.datasource.rsplit('/').next().unwrap_or_default()
}

fn resource(job: &Job) -> Cell {
    let cell = Cell::text(name_of(job)).titled(&job.datasource);
    if job.datasource.starts_with('/') {
        cell.to(address("resource", &[("id", &job.datasource)]))
    } else {
        cell
    }
}

fn progress(job: &Job) -> String {
    let progress = job.progress();
    match (progress.of, job.tasks.iter().rev().find_map(|task| task.progress.as_deref())) {
        (0, _) if job.has_ended() => String::new(),
        (0, _) => "Azure names no parts yet".to_owned(),
        (of, Some(words)) => format!("{} of {of} parts, {words}", progress.done),
        (of, None) => format!("{} of {of} parts", progress.done),
    }
}

fn tone(status: &str) -> Tone {
    match status.to_ascii_lowercase().as_str() {
        "completed" => Tone::Good,
        "completedwithwarnings" => Tone::Warn,
        "failed" => Tone::Bad,
        "cancelled" | "canceled" | "skipped" => Tone::Quiet,
        _ => Tone::Plain,
    }
}
