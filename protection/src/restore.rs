//! Restore: from what a person wishes to the one request that Azure takes.
//!
//! A restore never overwrites: every request says `FailIfExists`, and what would be overwritten is
//! refused before any call.

mod order;
mod plan;
mod source;
mod wish;

pub use order::{
    BlobRange, ClusterItems, ContainerItems, Criterion, RestoreFrom, RestoreInto, RestoreOrder,
    RestoreRegion, RestoreRequest, TargetDatasource,
};
pub use plan::RestorePlan;
pub use source::{CrossRegion, RestoreSource, RestoreVault};
pub use wish::{
    ClusterWish, ConflictPolicy, ContainerWish, NamespacedName, Rehydrate, RehydrationPriority,
    RestoreTarget, RestoreWish, VaultTierStaging, VolumeMode, WishedRegion,
};
