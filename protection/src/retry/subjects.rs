//! Which instance a job is about.

use jiff::SignedDuration;

use crate::ResourceId;
use crate::family::Family;
use crate::job::{Job, is_about};
use crate::policy::{Policy, PolicyBody, Runs};
use crate::ports::Subjects;
use crate::schedule::Frequency;
use crate::target::Target;

/// What jobs are about, each once.
pub(super) fn of_jobs<'a>(jobs: impl IntoIterator<Item = &'a Job>) -> Subjects {
    let mut subjects = Subjects::default();
    for job in jobs {
        match &job.instance {
            Some(instance) if !subjects.instances.contains(instance) => {
                subjects.instances.push(instance.clone())
            }
            Some(_) => {}
            None => {
                let name = job.datasource.rsplit('/').next().unwrap_or_default().to_owned();
                if !name.is_empty() && !subjects.names.contains(&name) {
                    subjects.names.push(name);
                }
            }
        }
    }
    subjects
}

/// The target that a job is about: by the instance that it names, else by what it says of the datasource.
pub(super) fn target_of<'a>(job: &Job, targets: &'a [Target]) -> Option<&'a Target> {
    if let Some(named) = &job.instance {
        return targets.iter().find(|target| instance_of(target) == Some(named));
    }
    let vault = Family::vault_of(&job.id);
    let is_meant = |target: &&Target| {
        is_about(job, &target.resource) && instance_of(target).and_then(Family::vault_of) == vault
    };
    let mut meant = targets.iter().filter(is_meant);
    // Two that are called alike cannot be told apart.
    meant.next().filter(|_| meant.next().is_none())
}

fn instance_of(target: &Target) -> Option<&ResourceId> {
    target.protection.as_ref().map(|found| &found.instance)
}

/// How often a policy takes backups of the kind that a job took; none where that is not understood.
pub(super) fn period(policy: &Policy, job: &Job) -> Option<SignedDuration> {
    match &policy.body {
        PolicyBody::Rules(rules) => {
            let intervals = rules.backup.iter().flat_map(|rule| &rule.intervals);
            let hours = intervals.filter_map(|interval| interval.every.map(hours)).min()?;
            Some(SignedDuration::from_hours(hours))
        }
        PolicyBody::Vm(policy) => Some(of_runs(&policy.runs)),
        PolicyBody::Files(policy) => Some(of_runs(&policy.runs)),
        // Partial backups come on other days of the same weeks.
        PolicyBody::Databases(policy) if kind(job).is_none_or(|kind| kind == "full") => {
            Some(of_runs(&policy.runs))
        }
        PolicyBody::Databases(_) => Some(DAY),
        PolicyBody::Other(_) => None,
    }
}

/// What an on-demand backup has to name so that it is one like that of the job.
pub(super) fn rule(policy: Option<&Policy>, job: &Job) -> Option<String> {
    match &policy?.body {
        // With a single rule, Azure needs no name.
        PolicyBody::Rules(rules) if rules.backup.len() > 1 => {
            rules.backup.first().map(|rule| rule.name.clone())
        }
        PolicyBody::Databases(_) => kind(job),
        PolicyBody::Rules(_) | PolicyBody::Vm(_) | PolicyBody::Files(_) | PolicyBody::Other(_) => None,
    }
}

/// The kind of backup that a job of a database names, such as `full`.
pub(super) fn kind(job: &Job) -> Option<String> {
    let (_, kind) = job.operation.split_once('(')?;
    Some(kind.trim_end_matches(')').trim().to_ascii_lowercase()).filter(|kind| !kind.is_empty())
}

/// A day, for what says nothing else.
pub(super) const DAY: SignedDuration = SignedDuration::from_hours(24);

fn of_runs(runs: &Runs) -> SignedDuration {
    match runs {
        // Several days of a week may follow one another.
        Runs::Weekly { days, .. } if days.len() > 1 => DAY,
        runs => SignedDuration::from_hours(hours(runs.every())),
    }
}

/// What says that it comes every nought hours comes each hour.
fn hours(every: Frequency) -> i64 {
    i64::from(every.hours().max(1))
}
