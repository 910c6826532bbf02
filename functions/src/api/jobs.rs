//! `Jobs`: the jobs of all vaults, or of one, newest first; and one job.

mod cursor;
mod found;

use axum::Json;
use axum::response::Response;
use holdfast_protection::family::Family;
use holdfast_protection::job::{Job, JobFilter, JobKind, JobOperation, Progress};
use holdfast_protection::operations::{Action, Ask};
use holdfast_protection::ports::{self, PageOf};
use holdfast_protection::restore::DesiredRegion;
use holdfast_protection::{ResourceId, Workload};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::asking::{Asking, How, Repeatable};
use super::body::{Body, Wanted};
use super::here::Here;
use super::operation::{Begun, answered};
use super::page::{Cut, Page, Part};
use super::pair::Pair;
use super::query::{Query, Word, known_word};
use super::refusals::{BodyRefusals, Refusals};
use super::unread::Readable;
use crate::app::App;
use crate::callers::Role;
use crate::clock;
use crate::problem::Problem;
use crate::setup::{Ready, Who};

use cursor::JobCursor;
pub(crate) use found::every;

/// Which jobs.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Asked {
    /// ARM id of a vault. Without it and without `resource`, Azure's index lists the jobs of every vault of the watched
    /// subscriptions, seconds to minutes behind; a page may be shorter than asked for and lead on.
    vault: Option<ResourceId>,
    /// `secondary` lists the restores that paired regions do, of vaults that restore there.
    #[serde(default)]
    #[param(inline)]
    region: DesiredRegion,
    /// ARM id of a resource: only its jobs.
    resource: Option<ResourceId>,
    /// Only jobs of this status.
    #[serde(default, deserialize_with = "known_word")]
    #[param(value_type = Option<JobStatus>, inline)]
    status: Option<JobStatus>,
    /// Only jobs of this operation, by whichever of Azure's words: `Backup` means those by schedule, and of one kind, as well.
    /// Lists do not say of machines and shares who asked for a backup: they count as scheduled.
    #[serde(default, deserialize_with = "known_word")]
    #[param(value_type = Option<JobOperation>, inline)]
    operation: Option<JobOperation>,
    /// Only jobs that run.
    #[serde(default)]
    running: bool,
    /// Only jobs that began at this time or later (RFC 3339).
    from: Option<Timestamp>,
    /// Only jobs that began at this time or earlier (RFC 3339).
    to: Option<Timestamp>,
    /// How many jobs a page has; 100 without it.
    #[param(minimum = 1, maximum = 1000)]
    top: Option<usize>,
    /// Where the page begins, from nextLink of the one before.
    skip_token: Option<String>,
}

/// Azure's words for how far a job is.
#[derive(Debug, Clone, Copy, ToSchema)]
enum JobStatus {
    Started,
    InProgress,
    Cancelling,
    Completed,
    CompletedWithWarnings,
    Failed,
    Cancelled,
}

impl Word for JobStatus {
    const ALL: &'static [Self] = &[
        Self::Started,
        Self::InProgress,
        Self::Cancelling,
        Self::Completed,
        Self::CompletedWithWarnings,
        Self::Failed,
        Self::Cancelled,
    ];
}

impl Word for JobOperation {
    const ALL: &'static [Self] = Self::ALL;
}

/// Which job.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AskedOne {
    /// ARM id of the job.
    id: ResourceId,
    /// `secondary` if the paired region does it.
    #[serde(default)]
    #[param(inline)]
    region: DesiredRegion,
}

/// A job as Azure shows it, and how far it is.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = JobWithProgress)]
pub(crate) struct JobView {
    #[serde(flatten)]
    job: Job,
    /// Whether it runs no more.
    has_ended: bool,
    /// How many of its parts are over.
    progress: Progress,
}

impl From<Job> for JobView {
    fn from(job: Job) -> Self {
        Self { has_ended: job.has_ended(), progress: job.progress(), job }
    }
}

/// Jobs, newest first. Where several vaults are asked, one that cannot be read is named in `unread` and hides no other.
#[utoipa::path(get, path = "/api/jobs", operation_id = "listJobs", tag = "operations", params(Asked),
    responses((status = 200, description = "The jobs", body = Page<JobView>), Refusals))]
pub(crate) async fn list(
    Ready(app): Ready,
    Who(caller): Who,
    here: Here,
    Query(asked): Query<Asked>,
) -> Result<Json<Page<JobView>>, Problem> {
    caller.must_be(Role::Reader)?;
    let cut = Cut { top: asked.top, skip_token: asked.skip_token.clone() };
    let (part, unread) = match (&asked.vault, asked.region, &asked.resource) {
        (None, DesiredRegion::Primary, None) => (indexed(&app, &asked.filter(), &cut).await?, Vec::new()),
        _ => {
            let Readable { items: jobs, unread, .. } = found::listed(&app, &asked).await?;
            let mut jobs = asked.filter().of(jobs);
            jobs.sort_by_key(|job| std::cmp::Reverse(key(job)));
            (cut.take("jobs", jobs, key)?, unread)
        }
    };
    let part = part.map(JobView::from);
    Ok(Json(Page::of(part, &here, "/api/jobs", &asked.again()).without(unread)))
}

/// One job.
#[utoipa::path(get, path = "/api/jobs/one", operation_id = "getJob", tag = "operations", params(AskedOne),
    responses((status = 200, description = "The job", body = JobView), Refusals))]
pub(crate) async fn one(
    Ready(app): Ready,
    Who(caller): Who,
    Query(asked): Query<AskedOne>,
) -> Result<Json<JobView>, Problem> {
    caller.must_be(Role::Reader)?;
    must_be_job(&asked.id)?;
    let job = match (asked.region, Family::vault_of(&asked.id)) {
        (DesiredRegion::Secondary, Some(vault)) => Pair::of(&app, &vault).await?.job(&asked.id).await?,
        (DesiredRegion::Primary | DesiredRegion::Secondary, _) => {
            app.azure.backups_of(&asked.id)?.job(&asked.id).await?
        }
    };
    match job {
        Some(job) => Ok(Json(job.into())),
        None => Err(not_there(&asked.id)),
    }
}

fn not_there(job: &ResourceId) -> Problem {
    Problem::not_found("JobNotFound", format!("no job `{job}`; Azure forgets jobs after some weeks"))
}

/// Which job is to end, and why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CancelWanted {
    /// ARM id of the job.
    job: ResourceId,
    /// The resource that it is about; needed where the job does not name it.
    resource: Option<ResourceId>,
    /// Which of its workloads; may be left out where only one protects it.
    workload: Option<Workload>,
    /// Why; kept with the operation.
    why: Option<String>,
}

impl Wanted for CancelWanted {
    const EXPECTED: &'static str =
        r#"{"job": "<ARM id of a job>", "resource": optional, "workload": optional, "why": optional}"#;
}

/// Ends a job that runs. Who may ask for a backup may end one; so it is with restores.
#[utoipa::path(post, path = "/api/jobs/cancel", operation_id = "cancelJob", tag = "operations", params(How, Repeatable),
    request_body = CancelWanted, responses(Begun, Refusals, BodyRefusals))]
pub(crate) async fn cancel(
    Ready(app): Ready,
    asking: Asking,
    here: Here,
    Body(CancelWanted { job, resource, workload, why }): Body<CancelWanted>,
) -> Result<Response, Problem> {
    let shown = in_either_region(&app, &job).await?;
    let restores = restores(&shown);
    let resource = match resource.or_else(|| shown.datasource.parse().ok()) {
        Some(resource) => resource,
        None => {
            let message = format!("job `{}` names no resource by its id: state `resource`", job.name());
            return Err(Problem::bad_request("ResourceMissing", message));
        }
    };
    let role = if restores { Role::Restorer } else { Role::Operator };
    let ask = Ask { workload, ..asking.to(role, resource, Action::CancelJob { job, restores }, why)? };
    answered(app.ask(ask, clock::now()).await?, &here)
}

/// Whether a job restores: who may ask for a backup may end one, and so it is with restores.
pub(crate) fn restores(job: &Job) -> bool {
    job.kind() == Some(JobKind::Restore)
}

/// A job that the vault shows, or its paired region.
pub(crate) async fn in_either_region(app: &App, id: &ResourceId) -> Result<Job, Problem> {
    must_be_job(id)?;
    if let Some(job) = app.azure.backups_of(id)?.job(id).await? {
        return Ok(job);
    }
    let Some(vault) = Family::vault_of(id) else { return Err(not_there(id)) };
    let there = match Pair::find(app, &vault).await? {
        Some(pair) => pair.job(id).await?,
        None => None,
    };
    there.ok_or_else(|| not_there(id))
}

fn must_be_job(id: &ResourceId) -> Result<(), Problem> {
    must_be(id, |vault_type| format!("{vault_type}/backupJobs"))
}

/// Another id would be asked for something else, whose answer is not a job.
fn must_be(id: &ResourceId, kind_of: impl Fn(&str) -> String) -> Result<(), Problem> {
    let kinds: Vec<String> =
        Workload::families().into_iter().map(|family| kind_of(family.vault_type())).collect();
    if kinds.iter().any(|kind| id.resource_type().eq_ignore_ascii_case(kind)) {
        return Ok(());
    }
    let message =
        format!("`{id}` is the id of a {}; expected one of a {}", id.resource_type(), kinds.join(" or a "));
    Err(Problem::bad_request("BadResourceId", message))
}

/// A page of the jobs of all vaults, by Azure's index, which pages them itself.
async fn indexed(app: &App, filter: &JobFilter, cut: &Cut) -> Result<Part<Job>, Problem> {
    let JobCursor { chunk, after } = cut.place()?.unwrap_or_default();
    let chunks = app.subscriptions()?.chunks(ports::Part::SUBSCRIPTIONS);
    let count = chunks.len();
    let Some(subscriptions) = app.subscriptions()?.chunks(ports::Part::SUBSCRIPTIONS).nth(chunk) else {
        return Ok(Part { items: Vec::new(), rest: None });
    };
    let part = ports::Part { subscriptions, top: cut.size()?, after: after.as_deref() };
    let PageOf { rows, next } = app.job_pages.jobs(&part, filter).await?;
    let next = match next {
        Some(token) => Some(JobCursor { chunk, after: Some(token) }),
        None => Some(JobCursor { chunk: chunk + 1, after: None }).filter(|next| next.chunk < count),
    };
    Ok(Part::until(rows, next))
}

pub(crate) fn key(job: &Job) -> String {
    format!("{} {}", job.started.as_deref().unwrap_or_default(), job.id.key())
}

impl Asked {
    fn filter(&self) -> JobFilter {
        JobFilter {
            status: self.status.map(|status| format!("{status:?}")),
            operation: self.operation,
            datasource: self.resource.clone(),
            instance: None,
            since: self.from,
            until: self.to,
            ended_since: None,
            ended_before: None,
            running: self.running,
        }
    }

    /// The filters as the next page needs them.
    fn again(&self) -> Vec<(&'static str, String)> {
        let id = |id: &Option<ResourceId>| id.as_ref().map(ToString::to_string);
        let time = |time: Option<Timestamp>| time.map(|time| time.to_string());
        let pairs = [
            ("vault", id(&self.vault)),
            ("region", (self.region == DesiredRegion::Secondary).then(|| "secondary".to_owned())),
            ("resource", id(&self.resource)),
            ("status", self.status.map(|status| format!("{status:?}"))),
            ("operation", self.operation.map(|operation| format!("{operation:?}"))),
            ("from", time(self.from)),
            ("to", time(self.to)),
            ("running", self.running.then(|| "true".to_owned())),
            ("top", self.top.map(|top| top.to_string())),
        ];
        pairs.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }
}
