//! Databases of PostgreSQL single servers: full dumps in the vault, taken with a secret from a key vault.

mod secret;
mod tag;

pub use secret::{KeyVault, SecretAccess, SecretUri};
pub use tag::SECRET_TAG;

use secret::readable;

use holdfast_evaluator::{Protection, Resource};

use super::manifest::{Cadence, DatasourceSet, Manifest, PolicyModel, RoleNeed, RoleScope, StoreBounds};
use super::rules::{Kept, Restating, Unsupported, WorkloadRules};
use super::{Case, Dependencies, Details, Parties, Restated, databases};
use crate::family::Family;
use crate::impossible::Impossible;
use crate::roles::Role;
use crate::schedule::{Frequency, Period, RetentionTag, Schedule, TimeOfDay};
use crate::tier::DataStore;

pub(super) struct PostgresqlSingle;

impl WorkloadRules for PostgresqlSingle {
    fn manifest(&self) -> &'static Manifest {
        &MANIFEST
    }

    fn unsupported(&self, database: &Resource) -> Option<Unsupported> {
        of_azure_itself(database)
    }

    fn details(&self, database: &Resource, _how: &Protection) -> Result<Details, Impossible> {
        tag::secret(database).map(|secret| Details::Database { secret })
    }

    fn parties(&self, case: &Case<'_>) -> Result<Parties, Impossible> {
        let Dependencies::KeyVault(found) = case.dependencies else { return Ok(Parties::default()) };
        let key_vault = readable(case.datasource, found.as_ref(), case.principal)?;
        Ok(Parties::default().place(RoleScope::KeyVault, key_vault.map(|key_vault| &key_vault.id)))
    }

    /// The vault has to be let into the key vault of another secret first.
    fn restating(&self, kept: &Kept<'_>) -> Result<Restating, Impossible> {
        let Some(shown) = &kept.stated.secret else { return Ok(Restating::Nothing) };
        Ok(match tag::named_secret(kept.resource)? {
            Some(named) if !named.is_shown_as(shown) => {
                Restating::WithRoles(Restated { secret: Some(named), ..Restated::default() })
            }
            Some(_) | None => Restating::Nothing,
        })
    }

    fn left_out(&self, database: &Resource, how: &Protection) -> Option<String> {
        databases::left_out(how.databases.as_ref(), |name| name.eq_ignore_ascii_case(&database.name))
    }
}

const MANIFEST: Manifest = Manifest {
    noun: "PostgreSQL database",
    slug: "pgsql",
    family: Family::BackupVault,
    resource_type: "Microsoft.DBforPostgreSQL/servers/databases",
    datasource_type: "Microsoft.DBforPostgreSQL/servers/databases",
    set: DatasourceSet::Parent,
    snapshot_group: false,
    backup_type: "Full",
    stores: &[StoreBounds {
        store: DataStore::VaultStore,
        retention_days: 7..=3650,
        default_days: 90,
        cadence: Some(Cadence {
            periods: &[Frequency::Week],
            template: Schedule { every: Frequency::Week, at: TimeOfDay::hour(2) },
        }),
        template: Period::months(3),
    }],
    policy: PolicyModel::Rules,
    tags: &[RetentionTag::Weekly, RetentionTag::Monthly, RetentionTag::Yearly],
    most_points: None,
    roles: &[
        RoleNeed::reader(RoleScope::Parent),
        RoleNeed::of_vault(Role::KeyVaultSecretsUser, RoleScope::KeyVault),
    ],
    source: "PostgreSQL backup support matrix",
};

/// Azure keeps two databases of its own on every server; nobody may dump them.
fn of_azure_itself(database: &Resource) -> Option<Unsupported> {
    let own = ["azure_maintenance", "azure_sys"];
    own.iter().any(|name| database.name.eq_ignore_ascii_case(name)).then(|| Unsupported {
        reason: format!("`{}` is a database of Azure's own, which cannot be backed up", database.name),
        way_out: "nothing needs to be done",
    })
}
