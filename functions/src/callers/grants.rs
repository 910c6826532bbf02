//! Who has which role, as the app settings say.

use std::collections::{BTreeMap, BTreeSet};

use super::{Identity, Role};

/// Who has which role.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grants(BTreeMap<Role, BTreeSet<Grantee>>);

/// Whom a role is given to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Grantee {
    /// Every caller that the host let through with any function key.
    FunctionKey,
    /// The key of this name.
    Key(String),
    /// Anyone who has this app role in Entra.
    AppRole(String),
    /// The principal, or the members of the group, with this object id.
    Object(String),
}

/// An entry of a role's setting that names nobody.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a caller; expected `function-key`, `key:<name>`, `role:<app role>`, or the object id of a principal or group"
)]
pub struct BadGrant(String);

impl Grants {
    /// Gives `role` to everybody in a list such as `function-key, role:Holdfast.Operator, <object id>`.
    pub fn give(&mut self, role: Role, list: &str) -> Result<(), BadGrant> {
        for entry in list.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
            self.0.entry(role).or_default().insert(entry.parse()?);
        }
        Ok(())
    }

    /// The roles of a caller.
    pub(super) fn roles_of(&self, identity: &Identity) -> BTreeSet<Role> {
        let holds = |grantees: &BTreeSet<Grantee>| grantees.iter().any(|grantee| grantee.is(identity));
        self.0.iter().filter(|(_, grantees)| holds(grantees)).map(|(role, _)| *role).collect()
    }

    /// Whether principals may have a role, other than this one.
    pub(super) fn reach_principals(&self, role: Role, but: &str) -> bool {
        self.0.get(&role).into_iter().flatten().any(|grantee| match grantee {
            Grantee::AppRole(_) => true,
            Grantee::Object(id) => !id.eq_ignore_ascii_case(but),
            Grantee::FunctionKey | Grantee::Key(_) => false,
        })
    }
}

impl Grantee {
    fn is(&self, identity: &Identity) -> bool {
        let has =
            |set: &BTreeSet<String>, wanted: &str| set.iter().any(|held| held.eq_ignore_ascii_case(wanted));
        match self {
            Self::FunctionKey => identity.is_any_key() || identity.id.starts_with("key:"),
            Self::Key(name) => identity.id.strip_prefix("key:") == Some(name),
            Self::AppRole(role) => identity.app_roles.contains(role),
            Self::Object(id) => identity.id.eq_ignore_ascii_case(id) || has(&identity.groups, id),
        }
    }
}

impl std::str::FromStr for Grantee {
    type Err = BadGrant;

    fn from_str(text: &str) -> Result<Self, BadGrant> {
        let named =
            |name: &str| if name.is_empty() { Err(BadGrant(text.to_owned())) } else { Ok(name.to_owned()) };
        if text == "function-key" {
            return Ok(Self::FunctionKey);
        }
        if let Some(name) = text.strip_prefix("key:") {
            return named(name).map(Self::Key);
        }
        if let Some(role) = text.strip_prefix("role:") {
            return named(role).map(Self::AppRole);
        }
        match uuid::Uuid::try_parse(text) {
            Ok(id) => Ok(Self::Object(id.to_string())),
            Err(_) => Err(BadGrant(text.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(id: &str, groups: &[&str], app_roles: &[&str]) -> Identity {
        let set = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        Identity { id: id.to_owned(), name: id.to_owned(), groups: set(groups), app_roles: set(app_roles) }
    }

    #[test]
    fn roles_go_to_keys_principals_groups_and_app_roles() {
        const ALICE: &str = "9f1d4c52-2b0a-4a64-8f3c-1d5f0b6c7a88";
        const TEAM: &str = "0d9f6c1e-52d2-4f0f-8f5b-6a7c4f2f9b11";
        let mut grants = Grants::default();
        grants.give(Role::Reader, "function-key").unwrap();
        grants.give(Role::Operator, &format!("key:night-shift, {TEAM}")).unwrap();
        grants.give(Role::Restorer, "role:Holdfast.Restorer").unwrap();
        grants.give(Role::Admin, &ALICE.to_uppercase()).unwrap();
        let roles = |identity: Identity| grants.roles_of(&identity).into_iter().collect::<Vec<_>>();
        assert_eq!(roles(identity("function-key", &[], &[])), [Role::Reader]);
        assert_eq!(roles(identity("key:night-shift", &[], &[])), [Role::Reader, Role::Operator]);
        assert_eq!(roles(identity("x", &[TEAM], &["Holdfast.Restorer"])), [Role::Operator, Role::Restorer]);
        assert_eq!(roles(identity(ALICE, &[], &[])), [Role::Admin]);
    }

    #[test]
    fn an_entry_that_names_nobody_is_refused() {
        let mut grants = Grants::default();
        for bad in ["alice@contoso.com", "key:", "role:", "everybody"] {
            assert!(grants.give(Role::Reader, bad).unwrap_err().to_string().contains(bad), "{bad}");
        }
    }
}
