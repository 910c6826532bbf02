//! Databases in virtual machines: what the kinds of them have in common.
//!
//! A machine is registered with a vault, which then lists the databases that run in it. Each is a target of its own,
//! with an id below that of its machine, so that it does not depend on the vault.

mod automatic;
mod database;
mod host;
mod registration;
mod tag;

use holdfast_evaluator::{Items, Protection, Resource};

use super::manifest::Manifest;
use super::rules::{Unsupported, WorkloadRules};
use super::{Case, Dependencies, Details, Parties, Preparation, Protectable, databases};
use crate::family::recovery_services::ItemName;
use crate::impossible::Impossible;
use crate::{ResourceId, ResourceIdError};

pub(crate) use automatic::wanted as automatic_protection;
pub use automatic::{AUTOMATIC_TAG, Automatic, AutomaticProtection};
pub use database::{Database, DatabaseKind};
pub use host::{Host, Hosted, Hosting};
pub use registration::{MachineInquiry, MachineRegistration};
pub use tag::WORKLOADS_TAG;

/// ARM type of the machines.
pub const MACHINES: &str = "Microsoft.Compute/virtualMachines";

/// One kind of databases in machines.
pub(super) struct InMachine {
    pub(super) manifest: &'static Manifest,
    /// Its databases.
    pub(super) kind: DatabaseKind,
    /// The word that rules have for it.
    pub(super) word: &'static str,
    /// Type of a resource that is there, in the group of a machine and with its name, where it has such databases.
    pub(super) witness: Option<&'static str>,
    /// Databases that Azure cannot back up.
    pub(super) never: &'static [&'static str],
}

impl WorkloadRules for InMachine {
    fn manifest(&self) -> &'static Manifest {
        self.manifest
    }

    fn crosses_subscriptions(&self) -> bool {
        false
    }

    fn claims(&self, resource: &Resource) -> bool {
        let is_database = resource.resource_type.eq_ignore_ascii_case(self.kind.resource_type());
        is_database || tag::names(resource, self.word) == Some(true)
    }

    fn databases(&self) -> Option<DatabaseKind> {
        Some(self.kind)
    }

    fn witness_type(&self) -> Option<&'static str> {
        self.witness
    }

    /// The tag of the machine outweighs what another resource says of it.
    fn witness(&self, machine: &Resource) -> Option<ResourceId> {
        if tag::names(machine, self.word).is_some() {
            return None;
        }
        let id: ResourceId = machine.id.parse().ok()?;
        format!("{}/providers/{}/{}", id.resource_group_id()?, self.witness?, id.name()).parse().ok()
    }

    fn unsupported(&self, resource: &Resource) -> Option<Unsupported> {
        let never = self.never.iter().any(|name| name.eq_ignore_ascii_case(&resource.name));
        let is_database = resource.resource_type.eq_ignore_ascii_case(self.kind.resource_type());
        (is_database && never).then(|| Unsupported {
            reason: format!("Azure Backup does not back up the database `{}`", resource.name),
            way_out: "nothing needs to be done",
        })
    }

    fn details(&self, _resource: &Resource, _how: &Protection) -> Result<Details, Impossible> {
        Ok(Details::InMachine)
    }

    fn left_out(&self, resource: &Resource, how: &Protection) -> Option<String> {
        let id = resource.id.parse().ok()?;
        left_out(&Database::of(&id)?, how.databases.as_ref())
    }

    /// The machine is registered by its own pass: of its databases, none can tell what the others need.
    fn parties(&self, case: &Case<'_>) -> Result<Parties, Impossible> {
        let Dependencies::Known(known) = case.dependencies else { return Ok(Parties::default()) };
        if Database::of(case.datasource).is_none() {
            let first = *known == Protectable::NotRegistered;
            let registration = first.then(|| registration(case, self.kind)).transpose()?;
            return Ok(Parties::default().prepared(registration.map(Preparation::RegisterMachine)));
        }
        match known {
            Protectable::NotRegistered => Err(not_registered(case.datasource)),
            Protectable::NotFound => Err(Impossible::new(
                "DatabaseNotFound",
                format!("Azure lists no database `{}` in its machine", case.datasource.name()),
                "nothing needs to be done if it was dropped; a new one is found by the next sweep",
            )),
            Protectable::Item(_) => Ok(Parties::default()),
        }
    }

    fn instance(&self, case: &Case<'_>) -> Result<ResourceId, Impossible> {
        let unusable = |error| Impossible::unusable_name(&error);
        match Database::of(case.datasource) {
            Some(database) => item_name(&database).id(case.vault).map_err(unusable),
            None => container_of(case.vault, case.datasource).map_err(unusable),
        }
    }
}

fn registration(case: &Case<'_>, databases: DatabaseKind) -> Result<MachineRegistration, Impossible> {
    let (vault, machine) = (case.vault.clone(), case.datasource.clone());
    let container = container_of(&vault, &machine).map_err(|error| Impossible::unusable_name(&error))?;
    Ok(MachineRegistration { container, vault, machine, databases, again: false })
}

/// The names that Azure gives the item of a database and its container.
pub(super) fn item_name(database: &Database) -> ItemName {
    ItemName::of_database(&database.machine, database.kind.item_word(), &database.holder, &database.name)
}

/// ARM id of the item of a database in a vault.
pub fn item_of(vault: &ResourceId, database: &Database) -> Result<ResourceId, ResourceIdError> {
    item_name(database).id(vault)
}

/// ARM id of the container of a machine in a vault.
pub fn container_of(vault: &ResourceId, machine: &ResourceId) -> Result<ResourceId, ResourceIdError> {
    ItemName::of_database(machine, "", "", "").container_id(vault)
}

/// The refusal where a machine is registered with no vault.
pub(crate) fn not_registered(database: &ResourceId) -> Impossible {
    let machine = Database::of(database).map(|database| database.machine);
    let name = machine.as_ref().unwrap_or(database).name();
    Impossible::new(
        "MachineNotRegistered",
        format!("virtual machine `{name}` is registered with no vault, so its databases cannot be backed up"),
        "let the rules protect this workload of the machine, which registers it; the next sweep goes on with its databases",
    )
}

/// Why a decision leaves out a database, if it does. A name is meant with or without that of its instance before it.
fn left_out(database: &Database, decided: Option<&Items<String>>) -> Option<String> {
    let whole = format!("{}/{}", database.holder, database.name);
    databases::left_out(decided, |name| {
        name.eq_ignore_ascii_case(&database.name) || name.eq_ignore_ascii_case(&whole)
    })
}

#[cfg(test)]
mod tests;
