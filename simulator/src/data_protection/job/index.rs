//! The jobs of a vault by name, and which of them are about an instance or restore to a place: they are kept for good, and each
//! backup and each restore asks what goes on beside it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Bound, Deref};

use super::Job;
use crate::wire::Position;
use crate::wire::path::key;

/// Jobs by name. What a job is about and when it began never change.
#[derive(Debug, Clone, Default)]
pub(crate) struct Jobs {
    named: BTreeMap<String, Job>,
    about: BTreeMap<String, BTreeSet<String>>,
    restoring: BTreeMap<String, BTreeSet<String>>,
    /// The newest first: lists are told in pages, and each would else sort them all.
    newest: BTreeSet<Position>,
}

impl Jobs {
    pub(crate) fn insert(&mut self, name: String, job: Job) {
        self.newest.insert(Position::newest_first(job.started, name.clone()));
        self.about.entry(job.instance.clone()).or_default().insert(name.clone());
        if let Some(request) = &job.restore {
            let destination = key(request.target.destination());
            self.restoring.entry(destination).or_default().insert(name.clone());
        }
        self.named.insert(name, job);
    }

    pub(crate) fn get_mut(&mut self, name: &str) -> Option<&mut Job> {
        self.named.get_mut(name)
    }

    /// The jobs from `begin` on, the newest first.
    pub(crate) fn newest(&self, begin: Bound<&Position>) -> impl Iterator<Item = (Position, &Job)> {
        let positions = self.newest.range::<Position, _>((begin, Bound::Unbounded));
        positions.filter_map(|position| Some((position.clone(), self.named.get(position.name())?)))
    }

    /// The jobs about the instance with this key.
    pub(crate) fn of_instance(&self, instance: &str) -> impl Iterator<Item = &Job> {
        let names = self.about.get(instance).into_iter().flatten();
        names.filter_map(|name| self.named.get(name))
    }

    /// The jobs that restore to the place with this key.
    pub(crate) fn restoring_to(&self, destination: &str) -> impl Iterator<Item = &Job> {
        let names = self.restoring.get(destination).into_iter().flatten();
        names.filter_map(|name| self.named.get(name))
    }
}

impl Deref for Jobs {
    type Target = BTreeMap<String, Job>;

    fn deref(&self) -> &Self::Target {
        &self.named
    }
}
