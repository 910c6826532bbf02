//! Roles that are needed where a restore goes to, and leave to enter a cluster: what of both is missing.

use std::collections::BTreeMap;

use super::RestoreTarget;
use super::ground::RestoreGround;
use crate::ResourceId;
use crate::family::Family;
use crate::impossible::Impossible;
use crate::roles::{Role, RoleGrant};
use crate::workload::{CONTRIBUTOR, OWNER, Preparation};

/// What a restore needs that is not there yet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Missing {
    pub(super) grants: Vec<RoleGrant>,
    /// Who holds the roles, in words, by the object id of the principal.
    pub(super) holders: BTreeMap<String, String>,
    /// What has to be prepared, beside roles.
    pub(super) preparation: Option<Preparation>,
}

/// A role that somebody has to hold.
pub(crate) struct Need {
    pub(super) grant: RoleGrant,
    /// Ids of other roles that suffice.
    pub(super) or: &'static [&'static str],
}

impl Need {
    pub(super) fn new(role: Role, scope: &ResourceId, principal: &str) -> Self {
        let grant = RoleGrant { role, scope: scope.clone(), principal: principal.to_owned() };
        let or: &[&str] = if role == Role::Reader { &[CONTRIBUTOR, OWNER] } else { &[] };
        Self { grant, or }
    }
}

/// All that is missing.
pub(super) fn missing(target: &RestoreTarget, ground: &RestoreGround) -> Result<Missing, Impossible> {
    if !target.kind().needs_roles() {
        return Ok(Missing::default());
    }
    let vault = Family::vault_in_words(&ground.vault.id);
    let Some(principal) = &ground.vault.principal else {
        return Err(Impossible::new(
            "VaultWithoutIdentity",
            format!("{vault} has no system-assigned identity, so it can restore nothing"),
            "turn on the system-assigned identity of the vault",
        ));
    };
    let holders = BTreeMap::from([(principal.clone(), vault)]);
    let missing = Missing { holders, ..Missing::default() };
    target.kind().missing(ground, principal, missing)
}

/// Those of the needs that nobody meets yet.
pub(super) fn unmet(needs: Vec<Need>, ground: &RestoreGround) -> Vec<RoleGrant> {
    needs
        .into_iter()
        .filter(|need| !need.grant.is_held(&ground.roles, need.or))
        .map(|need| need.grant)
        .collect()
}

impl Missing {
    /// What else is missing beside a working extension, for people.
    pub(super) fn besides(&self, ground: &RestoreGround) -> String {
        let trust = self
            .preparation
            .iter()
            .map(|_| format!("{} is not trusted by it", Family::vault_in_words(&ground.vault.id)));
        let roles = self.grants.iter().map(|grant| {
            let holder = self.holders.get(&grant.principal).map_or(grant.principal.as_str(), String::as_str);
            format!("{holder} lacks {} on {}", grant.role.display_name(), grant.scope)
        });
        let all: Vec<String> = trust.chain(roles).collect();
        match all.is_empty() {
            true => String::new(),
            false => format!(
                "; also, {}: Holdfast grants these where it may, once the extension works",
                all.join(", and ")
            ),
        }
    }
}
