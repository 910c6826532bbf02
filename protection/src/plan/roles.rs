//! Permission closure: everything that somebody still lacks before Azure Backup can work.

mod scope;

use holdfast_evaluator::GrantScope;

use super::Datasource;
use crate::ResourceId;
use crate::impossible::Impossible;
use crate::observe::Ground;
use crate::plan::MissingPermissions;
use crate::roles::{RoleAssignment, RoleGrant};
use crate::workload::{Case, Details, Grantee, Parties, Preparation, RoleNeed, RoleScope};

use scope::Width;

/// What is missing, and what a person should know of how it is granted.
#[derive(Debug)]
pub(super) struct Closure {
    pub(super) missing: MissingPermissions,
    /// What has to be there beside permissions, in order.
    pub(super) preparations: Vec<Preparation>,
    pub(super) notes: Vec<String>,
}

/// The permissions that are missing; those that exist or are inherited are not.
pub(super) fn closure(
    datasource: Datasource<'_>,
    details: &Details,
    snapshot_group: Option<&ResourceId>,
    ground: &Ground,
    on: GrantScope,
) -> Result<Closure, Impossible> {
    let vault = principal_of_vault(datasource, ground)?;
    let parties =
        datasource.workload.parties(&case(datasource, details, ground, vault.unwrap_or_default()))?;
    let places = Places { datasource: datasource.id, snapshot_group, vault, parties: &parties };
    let width = Width::new(on, ground.is_full);
    let (mut grants, mut notes) = (Vec::new(), Vec::new());
    for need in datasource.workload.manifest().roles {
        let Some(RoleGrant { role, scope, principal }) = places.missing(need, &ground.roles) else {
            continue;
        };
        let (scope, note) = width.scope(need, scope, &principal, &ground.roles);
        let grant = RoleGrant { role, scope, principal };
        if !grants.contains(&grant) {
            grants.push(grant);
            notes.extend(note);
        }
    }
    let (permissions, preparations): (Vec<_>, Vec<_>) =
        parties.preparations.into_iter().partition(Preparation::is_permission);
    let binding = permissions.into_iter().next();
    Ok(Closure { missing: MissingPermissions { grants, binding, location: None }, preparations, notes })
}

/// What the datasource's workload is asked about.
pub(super) fn case<'a>(
    datasource: Datasource<'a>,
    details: &'a Details,
    ground: &'a Ground,
    principal: &'a str,
) -> Case<'a> {
    let (dependencies, vault) = (&ground.dependencies, &ground.vault.id);
    Case { datasource: datasource.id, details, dependencies, vault, principal }
}

/// Object id of the vault's identity, which has to be there where a role is for it.
fn principal_of_vault<'g>(
    datasource: Datasource<'_>,
    ground: &'g Ground,
) -> Result<Option<&'g str>, Impossible> {
    match ground.vault.principal.as_deref() {
        None if datasource.workload.manifest().needs_vault_identity() => Err(Impossible::new(
            "VaultWithoutIdentity",
            format!(
                "{} `{}` has no system-assigned identity, so it can read no datasource",
                ground.vault.family.vault_noun(),
                ground.vault.id.name()
            ),
            "turn on the system-assigned identity of the vault",
        )),
        principal => Ok(principal),
    }
}

/// Who and where the role needs of a datasource mean.
struct Places<'a> {
    datasource: &'a ResourceId,
    snapshot_group: Option<&'a ResourceId>,
    vault: Option<&'a str>,
    parties: &'a Parties,
}

impl Places<'_> {
    /// The grant that a need comes to, unless it is met or its place does not take part here.
    fn missing(&self, need: &RoleNeed, existing: &[RoleAssignment]) -> Option<RoleGrant> {
        let scope = match need.on {
            RoleScope::Datasource => Some(self.datasource.clone()),
            RoleScope::DatasourceGroup => self.datasource.resource_group_id(),
            RoleScope::Parent => self.datasource.parent(),
            RoleScope::SnapshotGroup => self.snapshot_group.cloned(),
            other => self.parties.at(other).cloned(),
        };
        let principal = match need.grantee {
            Grantee::Vault => self.vault,
            other => self.parties.holder(other),
        };
        let grant = RoleGrant { role: need.role, scope: scope?, principal: principal?.to_owned() };
        (!grant.is_held(existing, need.or)).then_some(grant)
    }
}

#[cfg(test)]
mod tests;
