//! A policy that rules choose: by its name in the vault, or by its ARM id, which names the vault as well.

use holdfast_evaluator::{Protection, VaultChoice};

use crate::ResourceId;
use crate::family::Family;
use crate::impossible::Impossible;

/// A policy that rules choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedPolicy<'a> {
    name: &'a str,
    vault: Option<ResourceId>,
}

impl<'a> NamedPolicy<'a> {
    /// The one of a decision, if it names any.
    pub fn decided(how: &'a Protection) -> Option<Self> {
        how.policy.as_deref().map(Self::parse)
    }

    /// Reads what the decision holds.
    pub fn parse(text: &'a str) -> Self {
        let id: Option<ResourceId> = text.parse().ok();
        let id = id.filter(Family::is_policy);
        match (id, text.rsplit('/').next()) {
            (Some(id), Some(name)) => Self { name, vault: id.parent() },
            (Some(_), None) | (None, _) => Self { name: text, vault: None },
        }
    }

    /// Its name in its vault.
    pub fn name(&self) -> &'a str {
        self.name
    }

    /// The vault that its id names.
    pub fn vault(&self) -> Option<&ResourceId> {
        self.vault.as_ref()
    }

    /// Refuses a policy whose id names another vault than the one that protects: one of the same name there may do
    /// something else.
    pub(crate) fn must_be_of(&self, vault: &ResourceId) -> Result<(), Impossible> {
        match &self.vault {
            Some(own) if own != vault => Err(Impossible::new(
                "PolicyInOtherVault",
                format!(
                    "the rules choose backup policy `{}` of vault `{}`, and vault `{}`",
                    self.name,
                    own.name(),
                    vault.name()
                ),
                "let one rule choose both, or name the policy without its vault",
            )),
            Some(_) | None => Ok(()),
        }
    }
}

/// The vault that the rules choose: the one they state, or else the one that the id of the chosen policy names.
pub(crate) fn chosen_vault(how: &Protection) -> Option<VaultChoice> {
    let of_policy = || {
        let policy = NamedPolicy::decided(how)?;
        policy.vault().map(|vault| VaultChoice::Named(vault.to_string()))
    };
    how.vault.clone().or_else(of_policy)
}

#[cfg(test)]
mod tests {
    use super::*;

    const VAULT: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.DataProtection/backupVaults/v";

    #[test]
    fn an_id_names_the_vault_too() {
        let id = format!("{VAULT}/backupPolicies/gold");
        let named = NamedPolicy::parse(&id);
        assert_eq!((named.name(), named.vault().map(ResourceId::as_str)), ("gold", Some(VAULT)));
        assert_eq!(named.must_be_of(&VAULT.to_uppercase().replace("/SUB", "/sub").parse().unwrap()), Ok(()));
        let other = format!("{VAULT}-2").parse().unwrap();
        assert_eq!(named.must_be_of(&other).unwrap_err().code, "PolicyInOtherVault");

        let plain = NamedPolicy::parse("gold");
        assert_eq!((plain.name(), plain.vault()), ("gold", None));
        assert_eq!(plain.must_be_of(&other), Ok(()));
        let vault = NamedPolicy::parse(VAULT);
        assert_eq!((vault.name(), vault.vault()), (VAULT, None), "the id of something else is not a policy");
    }
}
