//! Which target a request that only reads is about.

use holdfast_protection::instance::BackupInstance;
use holdfast_protection::ledger::About;
use holdfast_protection::{ResourceId, Workload};
use serde::Deserialize;
use utoipa::IntoParams;

/// Which resource, and which workload of it.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AskedTarget {
    /// ARM id of the resource.
    pub(crate) resource: ResourceId,
    /// Which of its workloads. Without it, decisions are those of the first one, and instances and holds those of all.
    #[param(inline)]
    pub(crate) workload: Option<Workload>,
}

impl AskedTarget {
    /// The target as records name it.
    pub(crate) fn target(&self) -> About<'_> {
        let kind = self.resource.resource_type();
        let workload = self.workload.and_then(|workload| workload.unless_first_of(kind));
        About { resource: &self.resource, workload }
    }

    /// Whether an instance of the resource is of the target.
    pub(crate) fn is_of(&self, instance: &BackupInstance) -> bool {
        is_of(instance, self.workload)
    }
}

/// Which workload an operation on what an instance protects has to name; none where its resource has but one.
pub(crate) fn named_of(instance: &BackupInstance) -> Option<Workload> {
    instance.workload().filter(|_| Workload::may_be_several(instance.datasource.resource_type()))
}

/// Whether an instance is of this workload; of every one where none is named.
pub(crate) fn is_of(instance: &BackupInstance, workload: Option<Workload>) -> bool {
    workload.is_none() || instance.workload() == workload
}
