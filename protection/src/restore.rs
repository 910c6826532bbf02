//! Restore: from what a person wishes to the one request that Azure takes.
//!
//! A restore never overwrites: every request says `FailIfExists`, and what would be overwritten is
//! refused before any call.

mod changes;
mod cluster_ground;
mod desired;
mod from;
mod ground;
mod into;
mod kind;
mod log;
mod mapping;
mod names;
mod order;
mod plan;
mod ranges;
mod roles;

pub use changes::Change;
pub use cluster_ground::ClusterGround;
pub use desired::{
    ConflictPolicy, DesiredCluster, DesiredContainer, DesiredDatabaseFiles, DesiredFile, DesiredMachine,
    DesiredMachineDatabase, DesiredMachineDisks, DesiredMachineInPlace, DesiredRegion, DesiredRestore,
    DesiredShare, NamespacedName, Rehydrate, RehydrationPriority, RestoreTarget, ShareConflicts, ShareItem,
    ShareItemKind, VaultTierStaging, VolumeMode,
};
pub use ground::{DatabasesGround, Place, RestoreGround, SeenPlace};
pub(crate) use ground::{is_kept_in, place_of, region_of};
pub(crate) use kind::{GoesBackTo, LooksFor};
pub use mapping::{DataDirectory, DataFile, DataFileKind, MappedFile};
pub use order::{
    BlobRange, ClusterItems, ContainerItems, Criterion, DatabaseFiles, RestoreFrom, RestoreInto,
    RestoreOrder, RestoreRegion, RestoreRequest, ShareFiles, TargetDatabase, TargetDatasource, TargetMachine,
};
pub(crate) use plan::suits;
pub use plan::{RestorePlan, to_restore};
