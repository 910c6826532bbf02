//! What a workload answers about one resource: the questions that facts alone do not answer.

use holdfast_evaluator::{Protection, Resource};

use super::dependencies::Dependencies;
use super::details::Details;
use super::in_machine::DatabaseKind;
use super::manifest::Manifest;
use super::parameters::BackupParameters;
use super::parties::Parties;
use super::stated::{Restated, Stated};
use crate::impossible::Impossible;
use crate::{ResourceId, Workload};

/// Why Azure Backup cannot protect a resource.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}; {way_out}")]
pub struct Unsupported {
    /// What stands against it.
    pub reason: String,
    /// What a person can do.
    pub way_out: &'static str,
}

/// One datasource with all that a workload needs to know of it.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    /// The datasource.
    pub datasource: &'a ResourceId,
    /// What its own backup needs to be told.
    pub details: &'a Details,
    /// What takes part beside it.
    pub dependencies: &'a Dependencies,
    /// The vault that is to protect it.
    pub vault: &'a ResourceId,
    /// Object id of the vault's identity.
    pub principal: &'a str,
}

/// An instance that protects a datasource, beside what is decided now.
#[derive(Debug, Clone, Copy)]
pub struct Kept<'a> {
    /// The datasource, with its own tags.
    pub resource: &'a Resource,
    /// How it is to be protected.
    pub how: &'a Protection,
    /// What the instance states of it.
    pub stated: &'a Stated,
    /// Whether it is moved to a policy that copies backups into the vault, from one that does not.
    pub goes_into_vault: bool,
    /// Whether we made the instance: what another tool stated stays where nothing is said of it.
    pub is_ours: bool,
}

/// What an instance is to state otherwise, as far as can be told without asking Azure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Restating {
    /// Nothing.
    Nothing,
    /// What takes part beside the datasource has to be read first.
    AfterReading,
    /// This.
    Now(Restated),
    /// This, once the vault has the roles for it.
    WithRoles(Restated),
}

/// The pure rules of one workload. What is not overridden holds for most of them.
pub(super) trait WorkloadRules: Sync {
    /// All that Azure Backup demands of it.
    fn manifest(&self) -> &'static Manifest;

    /// Whether a resource of its type is this workload's: one ARM type may be several workloads.
    fn claims(&self, _resource: &Resource) -> bool {
        true
    }

    /// Whether a resource that is this workload's is no other's.
    fn excludes_others(&self) -> bool {
        false
    }

    /// Whether a vault of another subscription may protect a resource; Azure answers for what it takes otherwise.
    fn crosses_subscriptions(&self) -> bool {
        true
    }

    /// The kind of databases that its resources hold, each of which is a target of its own.
    fn databases(&self) -> Option<DatabaseKind> {
        None
    }

    /// Type of another resource that is there, in the group of one and with its name, where that is this workload's.
    fn witness_type(&self) -> Option<&'static str> {
        None
    }

    /// The id of the resource of that type, unless this one says by itself whether it is this workload's.
    fn witness(&self, _resource: &Resource) -> Option<ResourceId> {
        None
    }

    /// Why Azure Backup cannot protect this very resource, if it cannot.
    fn unsupported(&self, _resource: &Resource) -> Option<Unsupported> {
        None
    }

    /// What a decision and the resource's own tags say of its backup.
    fn details(&self, _resource: &Resource, _how: &Protection) -> Result<Details, Impossible> {
        Ok(Details::Nothing)
    }

    /// Why a decision leaves out this resource of a server, if it does.
    fn left_out(&self, _resource: &Resource, _how: &Protection) -> Option<String> {
        None
    }

    /// The resource whose own backups may hold this one, and its workload: a disk is part of the machine it is attached to.
    fn part_of(&self, _resource: &Resource) -> Option<(Workload, ResourceId)> {
        None
    }

    /// Why the backups of a resource do not hold this part of it; none where they do.
    fn leaves_out(&self, _whole: &Resource, _how: &Protection, _part: &ResourceId) -> Option<String> {
        None
    }

    /// Who and what its role needs refer to here, and what has to be prepared.
    fn parties(&self, _case: &Case<'_>) -> Result<Parties, Impossible> {
        Ok(Parties::default())
    }

    /// What the instance has to state of the datasource; `into_vault` if its policy keeps copies there.
    fn parameters(
        &self,
        _case: &Case<'_>,
        _into_vault: bool,
    ) -> Result<Option<BackupParameters>, Impossible> {
        Ok(None)
    }

    /// The id of the instance that protects a datasource in a vault: the same at every retry.
    fn instance(&self, case: &Case<'_>) -> Result<ResourceId, Impossible> {
        let named = self.manifest().family.instance(case.vault, case.datasource);
        named.map_err(|error| Impossible::unusable_name(&error))
    }

    /// Whether single files are taken out of a recovery point by a session.
    fn opens_files(&self) -> bool {
        false
    }

    /// Whether a recovery point can be moved to the archive tier when somebody asks for it.
    fn archives_points(&self) -> bool {
        false
    }

    /// What an instance is to state otherwise than it does, before anything is read.
    fn restating(&self, _kept: &Kept<'_>) -> Result<Restating, Impossible> {
        Ok(Restating::Nothing)
    }

    /// The same after [`Restating::AfterReading`].
    fn restated(
        &self,
        _kept: &Kept<'_>,
        _dependencies: &Dependencies,
    ) -> Result<Option<Restated>, Impossible> {
        Ok(None)
    }

    /// What an instance in error that states this is to state besides; `into_vault` as for its parameters.
    fn repaired(
        &self,
        _case: &Case<'_>,
        _stated: &Stated,
        _into_vault: bool,
    ) -> Result<Restated, Impossible> {
        Ok(Restated::default())
    }

    /// Azure's code for refusing to stop backups that are continuous, and so have no schedule. None where every backup
    /// has one.
    fn continuous_backup(&self) -> Option<&'static str> {
        None
    }

    /// Whether Azure lets no instance follow another policy.
    fn has_fixed_policy(&self) -> bool {
        false
    }
}
