//! The jobs of a vault by name, and which of them are about an item: they are kept for good, and each backup asks whether another
//! goes on.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Bound, Deref};

use super::{Job, JobStatus, Task};
use crate::wire::Position;

/// Jobs by name. What a job is about and when it began never change.
#[derive(Debug, Clone, Default)]
pub(in crate::recovery_services) struct Jobs {
    named: BTreeMap<String, Job>,
    /// By the lower-cased id of the item.
    about: BTreeMap<String, BTreeSet<String>>,
    /// The newest first: lists are told in pages, and each would else sort them all.
    newest: BTreeSet<Position>,
}

impl Jobs {
    pub(in crate::recovery_services) fn insert(&mut self, name: String, job: Job) {
        self.newest.insert(Position::newest_first(job.started, name.clone()));
        self.about.entry(job.item.to_ascii_lowercase()).or_default().insert(name.clone());
        self.named.insert(name, job);
    }

    pub(in crate::recovery_services) fn get_mut(&mut self, name: &str) -> Option<&mut Job> {
        self.named.get_mut(name)
    }

    /// The jobs from `begin` on, the newest first.
    pub(in crate::recovery_services) fn newest(
        &self,
        begin: Bound<&Position>,
    ) -> impl Iterator<Item = (Position, &Job)> {
        let positions = self.newest.range::<Position, _>((begin, Bound::Unbounded));
        positions.filter_map(|position| Some((position.clone(), self.named.get(position.name())?)))
    }

    /// Whether a backup of the item with this id goes on.
    pub(in crate::recovery_services) fn backs_up(&self, item: &str) -> bool {
        let names = self.about.get(&item.to_ascii_lowercase()).into_iter().flatten();
        let mut jobs = names.filter_map(|name| self.named.get(name));
        jobs.any(|job| job.task == Task::Backup && job.status == JobStatus::InProgress)
    }
}

impl Deref for Jobs {
    type Target = BTreeMap<String, Job>;

    fn deref(&self) -> &Self::Target {
        &self.named
    }
}
