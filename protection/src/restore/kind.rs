//! What tells one kind of restore from another: each has a file below, and everything else asks it.

mod blobs_in_place;
mod cluster;
mod containers;
mod database;
mod disk;
mod files;
mod in_machine;
mod machine;
mod share;

use super::ground::{RestoreGround, SeenPlace};
use super::roles::{Missing, Need, unmet};
use super::{RestoreInto, RestoreTarget};
use crate::impossible::Impossible;
use crate::instance::BackupInstance;
use crate::tier::DataStore;
use crate::workload::in_machine::DatabaseKind;
use crate::workload::postgresql_single::SecretUri;
use crate::{Location, ResourceId};

/// What a kind of target answers.
pub(crate) trait Kind: Send + Sync {
    /// What has to be there before a restore can put something in it.
    fn place(&self, source: &BackupInstance) -> Option<ResourceId>;

    /// The type of that, and what has to be named where something else is.
    fn place_type(&self) -> (&'static str, &'static str);

    /// Where it is not there: Azure's code, what it is, and the way out.
    fn absent(&self) -> (&'static str, &'static str, &'static str);

    /// What has to be known of what is in the place.
    fn looks_for(&self, place: &ResourceId) -> LooksFor;

    /// What the request is, where everything is there that has to be.
    fn request(&self, there: &There<'_>) -> Result<(RestoreInto, Location), Impossible>;

    /// What the vault's identity needs at the target.
    fn needs(&self, _ground: &RestoreGround, _principal: &str) -> Result<Vec<Need>, Impossible> {
        Ok(Vec::new())
    }

    /// All that is missing at the target; `missing` names the vault.
    fn missing(
        &self,
        ground: &RestoreGround,
        principal: &str,
        missing: Missing,
    ) -> Result<Missing, Impossible> {
        Ok(Missing { grants: unmet(self.needs(ground, principal)?, ground), ..missing })
    }

    /// What Azure refuses whatever is there.
    fn refused(&self, _ground: &RestoreGround) -> Result<(), Impossible> {
        Ok(())
    }

    /// The storage account that the restore passes its data through, if it needs one.
    fn staging(&self) -> Option<&ResourceId> {
        None
    }

    /// Whether the vault's identity has to hold roles: where not, it restores with the rights of the caller.
    fn needs_roles(&self) -> bool {
        true
    }

    /// What it goes back to.
    fn goes_back_to(&self) -> GoesBackTo {
        GoesBackTo::Points
    }

    /// Whether Azure does it in the paired region.
    fn crosses_regions(&self) -> bool {
        false
    }

    /// The secret that the target is written with, if one is needed and known.
    fn secret(&self, _source: &BackupInstance) -> Option<SecretUri> {
        None
    }

    /// How it behaves; said in the present, since a dry run shows it as well.
    fn notes(&self, _ground: &RestoreGround) -> Vec<String> {
        Vec::new()
    }
}

/// A place that is there, and what is read from.
pub(crate) struct There<'a> {
    pub(super) ground: &'a RestoreGround,
    pub(super) seen: &'a SeenPlace,
    pub(super) store: DataStore,
    /// The region that restores.
    pub(super) region: &'a Location,
}

/// What has to be known of what is in a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum LooksFor {
    /// Nothing.
    Nothing,
    /// Whether this is there; none if nothing can have such an id.
    Resource(Option<ResourceId>),
    /// The containers of a storage account.
    Containers,
    /// What is installed in a cluster, and who may come in.
    Cluster,
    /// The databases of a machine, as the vault knows them.
    Databases(DatabaseKind),
}

/// What a restore goes back to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GoesBackTo {
    /// A recovery point.
    Points,
    /// A moment of continuous backup.
    Moments,
    /// A recovery point, or any moment that backups of the log cover.
    PointsAndMoments,
}

impl There<'_> {
    /// Refused where the place is in another region than the one that restores.
    fn in_region(&self) -> Result<(), Impossible> {
        let Self { ground, seen, region, .. } = self;
        if seen.location == **region {
            return Ok(());
        }
        Err(Impossible::new(
            "UserErrorDatasourceAndBackupVaultLocationMismatch",
            format!("`{}` is in {}, but this restore goes to {region}", ground.place.id, seen.location),
            format!("choose a target in {region}"),
        ))
    }
}

impl RestoreTarget {
    /// The only place that turns a target into its kind.
    pub(crate) fn kind(&self) -> Box<dyn Kind + '_> {
        match self {
            Self::Disk { resource_group, name } => Box::new(disk::Disk { group: resource_group, name }),
            Self::BlobsInPlace { containers, prefixes } => {
                Box::new(blobs_in_place::BlobsInPlace { containers, prefixes })
            }
            Self::Containers { account, containers } => {
                Box::new(containers::Containers { account, containers })
            }
            Self::Database { server, name, secret } => {
                Box::new(database::Database { server, name, secret: secret.as_deref() })
            }
            Self::Files { account, container, prefix } => {
                Box::new(files::Files { account, container, prefix: prefix.as_deref() })
            }
            Self::Cluster(desired) => Box::new(cluster::Cluster { desired }),
            Self::VmDisks(desired) => Box::new(machine::Disks { desired }),
            Self::Vm(desired) => Box::new(machine::New { desired }),
            Self::VmInPlace(desired) => Box::new(machine::InPlace { desired }),
            Self::Share(desired) => Box::new(share::Share { desired }),
            Self::SqlDatabase(desired) => {
                Box::new(in_machine::AsDatabase { kind: DatabaseKind::Sql, desired })
            }
            Self::HanaDatabase(desired) => {
                Box::new(in_machine::AsDatabase { kind: DatabaseKind::Hana, desired })
            }
            Self::DatabaseFiles(desired) => Box::new(in_machine::AsFiles { desired }),
        }
    }
}
