//! One run over what failed: page by page, so that memory does not grow with how much failed.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures::{FutureExt as _, StreamExt as _, TryStreamExt as _, stream};
use jiff::{SignedDuration, Timestamp};

use super::again::{self, Again, Failed};
use super::subjects::{DAY, kind, of_jobs, period, rule, target_of};
use super::{Cause, Course, Done, Episode, Limits, record};
use crate::job::{Job, JobFilter, JobOperation};
use crate::operations::Operations;
use crate::policy::Policy;
use crate::ports::{JobPages, Part, StorageError, Subjects, WorkQueue};
use crate::target::Target;
use crate::work::{Cause as WorkCause, FailedBackup, WorkItem};
use crate::{AzureError, ResourceId};

/// How far back failures are looked for: a little more than the longest pause and the usual period.
const WINDOW: SignedDuration = SignedDuration::from_hours(36);
/// How old a failure is that nothing could be done about when a person is told of it: a later run may not see it.
const LEFT_TO_A_PERSON: SignedDuration = SignedDuration::from_hours(30);
/// Backups that are asked for at the same time.
const AT_ONCE: usize = 8;

/// Everything that a run needs.
pub struct Retrier<'a> {
    /// Jobs of all vaults.
    pub pages: &'a dyn JobPages,
    /// Takes the backups again, as operations of Holdfast's own.
    pub operations: &'a Operations,
    /// Where passes over permissions go.
    pub queue: &'a dyn WorkQueue,
    /// The subscriptions that are watched.
    pub subscriptions: &'a [String],
    /// How often and how soon.
    pub limits: Limits,
    /// Backups that one run takes again at most; the next run takes the others.
    pub budget: usize,
    /// Now.
    pub now: Timestamp,
    /// Now by Azure's clock: how old a job is, Azure's times say.
    pub azures_now: Timestamp,
}

/// What a run came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Retried {
    /// Failed jobs that were seen.
    pub seen: u64,
    /// Backups that were taken again.
    pub retried: u64,
    /// Backups that could not be taken again, and somebody is told.
    pub not_possible: u64,
    /// Failures whose permissions a reconcile pass sees to.
    pub permissions: u64,
    /// Failures that a person has to see to.
    pub reported: u64,
    /// Backups whose time has not come, or for which there was no budget.
    pub waiting: u64,
    /// What could not be read, or Azure or the ledger did not take, and why; the next run tries again.
    pub failed: Vec<String>,
}

/// Why a run could not go on. The next one begins anew, and does nothing twice.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RetryError {
    /// Azure could not be asked.
    #[error(transparent)]
    Azure(#[from] AzureError),
    /// The ledger or the queue could not be asked.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Backups that failed since a moment.
pub fn failed_since(since: Timestamp) -> JobFilter {
    JobFilter {
        status: Some("Failed".to_owned()),
        operation: Some(JobOperation::Backup),
        since: Some(since),
        ..JobFilter::default()
    }
}

/// A failure with what it is about.
struct Failure<'a> {
    job: &'a Job,
    target: Option<&'a Target>,
    policy: Option<&'a Policy>,
}

impl Retrier<'_> {
    /// Sees to every backup that failed since yesterday and that nothing was done about.
    ///
    /// # Errors
    ///
    /// When the index of jobs, the ledger or the queue cannot be asked.
    pub async fn run(&self) -> Result<Retried, RetryError> {
        let since = self.azures_now.saturating_sub(WINDOW).unwrap_or(Timestamp::MIN);
        let mut known = BTreeSet::new();
        for folder in record::folders(since, self.azures_now) {
            known.extend(self.operations.ledger.list(&folder).await?);
        }
        let mut retried = Retried::default();
        for subscriptions in self.subscriptions.chunks(Part::SUBSCRIPTIONS) {
            let mut after: Option<String> = None;
            loop {
                let part = Part { subscriptions, top: Part::TOP, after: after.as_deref() };
                let page = self.pages.jobs(&part, &failed_since(since)).await?;
                retried.seen += page.rows.len() as u64;
                let open: Vec<Job> =
                    page.rows.into_iter().filter(|job| !known.contains(&record::path(job))).collect();
                for jobs in open.chunks(Subjects::TOGETHER) {
                    self.some(subscriptions, jobs, since, &mut known, &mut retried).await?;
                }
                match page.next {
                    Some(next) => after = Some(next),
                    None => break,
                }
            }
        }
        Ok(retried)
    }

    /// Failures that nothing was done about, with all backups of the same instances.
    async fn some(
        &self,
        subscriptions: &[String],
        failed: &[Job],
        since: Timestamp,
        known: &mut BTreeSet<String>,
        retried: &mut Retried,
    ) -> Result<(), RetryError> {
        let subjects = of_jobs(failed);
        let filter = JobFilter { status: None, ..failed_since(since) };
        let mut jobs = self.pages.backups_of(subscriptions, &subjects, &filter).await?;
        let unread = self.complete(&mut jobs).await?;
        let targets = self.pages.instances_of_jobs(subscriptions, &subjects).await?;
        let policies = self.policies(&jobs, &targets).await?;
        let mut due = Vec::new();
        for backups in by_instance(&jobs, &targets).into_values() {
            let episode = Episode::of(backups.iter().copied());
            self.pass_over(&backups, &episode, known).await?;
            let Some(last) = episode.last() else { continue };
            if known.contains(&record::path(last)) {
                continue;
            }
            if let Some(why) = episode.failures.iter().find_map(|job| unread.get(&job.id.key())) {
                let failure = Failure { job: last, target: target_of(last, &targets), policy: None };
                self.leave(&failure, why.clone(), known, retried).await?;
                continue;
            }
            let target = target_of(last, &targets);
            let policy = match target.and_then(policy_of).and_then(|id| policies.get(&id.key())) {
                Some(Err(why)) => {
                    let why = format!("{}: {why}", last.id);
                    self.leave(&Failure { job: last, target, policy: None }, why, known, retried).await?;
                    continue;
                }
                Some(Ok(policy)) => Some(policy),
                None => None,
            };
            let every = policy.and_then(|policy| period(policy, last)).unwrap_or(DAY);
            let failure = |job| Failure { job, target, policy };
            match Course::of(&episode, every, &self.limits, self.azures_now) {
                Course::Recovered | Course::Runs => {}
                Course::NotBefore(_) => retried.waiting += 1,
                Course::LeftToSchedule(job) | Course::UsedUp(job) | Course::Tell(job) => {
                    self.tell(&failure(job), known, retried).await?;
                }
                Course::Grant(job, until) => {
                    self.seek_permissions(&failure(job), until, known, retried).await?;
                }
                Course::Retry(job) => due.push(failure(job)),
            }
        }
        self.take_again(due, known, retried).await?;
        Ok(())
    }

    /// Takes backups again, as far as the budget goes.
    async fn take_again(
        &self,
        mut due: Vec<Failure<'_>>,
        known: &mut BTreeSet<String>,
        retried: &mut Retried,
    ) -> Result<(), StorageError> {
        let left = usize::try_from(retried.retried).map_or(0, |begun| self.budget.saturating_sub(begun));
        retried.waiting += due.len().saturating_sub(left) as u64;
        due.truncate(left);
        let asked: Vec<_> = due.iter().map(|failure| self.again(failure).boxed()).collect();
        let ends: Vec<End> = stream::iter(asked).buffered(AT_ONCE).try_collect().await?;
        for (failure, end) in due.iter().zip(ends) {
            match end {
                End::Retried => retried.retried += 1,
                End::NotPossible => retried.not_possible += 1,
                End::Failed(why) => {
                    self.leave(failure, why, known, retried).await?;
                    continue;
                }
            }
            known.insert(record::path(failure.job));
        }
        Ok(())
    }

    /// Notes which failures a good backup has followed: they need not be looked at again.
    async fn pass_over(
        &self,
        backups: &[&Job],
        episode: &Episode<'_>,
        known: &mut BTreeSet<String>,
    ) -> Result<(), StorageError> {
        let failed = backups.iter().filter(|job| job.status.eq_ignore_ascii_case("Failed"));
        for job in failed.filter(|job| !episode.has(job)) {
            if known.insert(record::path(job)) {
                self.note(&Failure { job, target: None, policy: None }, &Done::Recovered).await?;
            }
        }
        Ok(())
    }

    /// Reads whole those failures of which the index tells no reason. Gives those that cannot be read, and why.
    async fn complete(&self, jobs: &mut [Job]) -> Result<BTreeMap<String, String>, AzureError> {
        let azure = self.operations.azure.as_ref();
        let mut unread = BTreeMap::new();
        for job in
            jobs.iter_mut().filter(|job| job.errors.is_empty() && job.status.eq_ignore_ascii_case("Failed"))
        {
            match azure.backups_of(&job.id)?.job(&job.id).await {
                Ok(Some(whole)) => {
                    job.errors = whole.errors;
                    job.instance = job.instance.take().or(whole.instance);
                }
                Ok(None) => {}
                Err(error) if is_of_one(&error) => {
                    unread.insert(job.id.key(), format!("{}: {error}", job.id));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(unread)
    }

    /// The policies that these follow, each read once, or why it cannot be read.
    async fn policies(
        &self,
        jobs: &[Job],
        targets: &[Target],
    ) -> Result<BTreeMap<String, Result<Policy, String>>, AzureError> {
        let azure = self.operations.azure.as_ref();
        let mut policies = BTreeMap::new();
        for id in jobs.iter().filter_map(|job| target_of(job, targets)).filter_map(policy_of) {
            if policies.contains_key(&id.key()) {
                continue;
            }
            match azure.backups_of(id)?.policy(id).await {
                Ok(Some(policy)) => {
                    policies.insert(id.key(), Ok(policy));
                }
                Ok(None) => {}
                Err(error) if is_of_one(&error) => {
                    policies.insert(id.key(), Err(error.to_string()));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(policies)
    }

    /// Takes a backup again.
    async fn again(&self, failure: &Failure<'_>) -> Result<End, StorageError> {
        let Some(target) = failure.target else {
            let problem = "its job does not say which instance it is about".to_owned();
            self.note(failure, &Done::NotPossible { problem }).await?;
            return Ok(End::NotPossible);
        };
        let code = Cause::of(failure.job).code;
        let failed = Failed { job: &failure.job.id, code: &code, rule: rule(failure.policy, failure.job) };
        match again::ask(self.operations, (&target.resource).into(), failed, self.now).await {
            Ok(Again::Asked(operation)) => {
                self.note(failure, &Done::Retried { operation: operation.to_string() }).await?;
                Ok(End::Retried)
            }
            Ok(Again::NotPossible(problem)) => {
                self.note(failure, &Done::NotPossible { problem }).await?;
                Ok(End::NotPossible)
            }
            Err(error) => Ok(End::Failed(format!("{}: {error}", failure.job.id))),
        }
    }

    async fn seek_permissions(
        &self,
        failure: &Failure<'_>,
        until: Timestamp,
        known: &mut BTreeSet<String>,
        retried: &mut Retried,
    ) -> Result<(), StorageError> {
        let Some(target) = failure.target else { return self.tell(failure, known, retried).await };
        let failed = FailedBackup {
            job: failure.job.id.clone(),
            began: failure.job.began(),
            code: Cause::of(failure.job).code,
            rule: rule(failure.policy, failure.job),
            until,
        };
        let item = WorkItem {
            failed_backup: Some(failed),
            ..WorkItem::new(target.resource.clone(), WorkCause::Sweep, self.now)
        };
        // Work that is put twice is done once.
        self.queue.put(&item, Duration::ZERO).await?;
        self.note(failure, &Done::PermissionsSought).await?;
        known.insert(record::path(failure.job));
        retried.permissions += 1;
        Ok(())
    }

    /// Leaves a failure to the next run, and to a person if that may not see it any more.
    async fn leave(
        &self,
        failure: &Failure<'_>,
        problem: String,
        known: &mut BTreeSet<String>,
        retried: &mut Retried,
    ) -> Result<(), StorageError> {
        let age = failure.job.began().map(|began| self.azures_now.duration_since(began));
        if age.is_none_or(|age| age < LEFT_TO_A_PERSON) {
            retried.failed.push(problem);
            return Ok(());
        }
        self.note(failure, &Done::NotPossible { problem }).await?;
        known.insert(record::path(failure.job));
        retried.not_possible += 1;
        Ok(())
    }

    async fn tell(
        &self,
        failure: &Failure<'_>,
        known: &mut BTreeSet<String>,
        retried: &mut Retried,
    ) -> Result<(), StorageError> {
        self.note(failure, &Done::Reported).await?;
        known.insert(record::path(failure.job));
        retried.reported += 1;
        Ok(())
    }

    async fn note(&self, failure: &Failure<'_>, done: &Done) -> Result<(), StorageError> {
        let resource = failure.target.map(|target| &target.resource);
        self.operations.ledger.append(&record::entry(failure.job, resource, done, self.now)).await.map(drop)
    }
}

/// How asking for a backup ended.
#[derive(Debug, Clone)]
enum End {
    Retried,
    NotPossible,
    /// Why.
    Failed(String),
}

/// Whether only what was asked for cannot be read, so that the failures of others can be seen to.
fn is_of_one(error: &AzureError) -> bool {
    match error {
        AzureError::Refused { .. } | AzureError::Unreadable { .. } => true,
        AzureError::Throttled { .. }
        | AzureError::Unavailable { .. }
        | AzureError::Unauthenticated { .. }
        | AzureError::Unsendable { .. } => false,
    }
}

fn policy_of(target: &Target) -> Option<&ResourceId> {
    target.protection.as_ref()?.policy.as_ref()
}

/// Jobs by the instance that they are about and by their kind; those that name none, by what they say.
fn by_instance<'a>(jobs: &'a [Job], targets: &[Target]) -> BTreeMap<(String, Option<String>), Vec<&'a Job>> {
    let mut found: BTreeMap<_, Vec<&Job>> = BTreeMap::new();
    for job in jobs {
        let target = target_of(job, targets).and_then(|target| target.protection.as_ref());
        let instance = target.map(|protection| &protection.instance).or(job.instance.as_ref());
        let vault = || job.id.parent().map(|vault| vault.key()).unwrap_or_default();
        let about = instance.map_or_else(|| format!("{} {}", vault(), job.datasource), ResourceId::key);
        found.entry((about, kind(job))).or_default().push(job);
    }
    found
}
