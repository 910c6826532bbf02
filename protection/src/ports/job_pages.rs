//! Jobs of all vaults, one page at a time.

use async_trait::async_trait;

use super::{PageOf, Part};
use crate::job::{Job, JobFilter};
use crate::target::Target;
use crate::{AzureError, ResourceId};

/// Jobs as Azure's index of resources has them: for 14 days, seconds to minutes behind.
#[async_trait]
pub trait JobPages: Send + Sync {
    /// Jobs that pass the filter, the newest first. A page may be shorter than asked for and lead on.
    async fn jobs(&self, part: &Part<'_>, filter: &JobFilter) -> Result<PageOf<Job>, AzureError>;
    /// Every backup of these, by when it began: jobs that name one of the instances, or one of the names.
    async fn backups_of(
        &self,
        subscriptions: &[String],
        subjects: &Subjects,
        filter: &JobFilter,
    ) -> Result<Vec<Job>, AzureError>;
    /// The instances with one of these ids or names, with what they protect.
    async fn instances_of_jobs(
        &self,
        subscriptions: &[String],
        subjects: &Subjects,
    ) -> Result<Vec<Target>, AzureError>;
}

/// What jobs are about: some name their instance, others only what it is called.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subjects {
    /// Instances.
    pub instances: Vec<ResourceId>,
    /// Names of what is protected, as the jobs spell them.
    pub names: Vec<String>,
}

impl Subjects {
    /// Subjects of one question: their ids have to fit into it.
    pub const TOGETHER: usize = 100;

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.instances.is_empty() && self.names.is_empty()
    }
}
