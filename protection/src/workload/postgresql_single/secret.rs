//! Secrets of datasources: where they lie, never what they say.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::ResourceId;
use crate::impossible::Impossible;

/// The identifier of a Key Vault secret: `https://<vault>.vault.azure.net/secrets/<name>`, with or without a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SecretUri {
    text: String,
    vault: String,
}

impl SecretUri {
    /// Name of the key vault, the same in all of Azure.
    pub fn vault(&self) -> &str {
        &self.vault
    }

    /// Whether Azure, which shows `shown`, reads this secret: of one that is named without a version, any version.
    pub fn is_shown_as(&self, shown: &str) -> bool {
        let (own, shown) = (self.text.to_ascii_lowercase(), shown.trim_end_matches('/').to_ascii_lowercase());
        let rest = shown.strip_prefix(own.trim_end_matches('/'));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

impl TryFrom<String> for SecretUri {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let parts = text.strip_prefix("https://").and_then(|rest| rest.split_once("/secrets/"));
        let vault = parts.and_then(|(host, secret)| {
            let (vault, domain) = host.split_once('.')?;
            let named = secret.split('/').next().is_some_and(is_name) && secret.split('/').count() <= 2;
            (is_name(vault) && domain.starts_with("vault.") && named).then(|| vault.to_owned())
        });
        match vault {
            Some(vault) => Ok(Self { text, vault }),
            None => Err(format!(
                "`{text}` is not an identifier of a secret; expected https://<vault>.vault.azure.net/secrets/<name>"
            )),
        }
    }
}

/// Letters, digits and dashes: what names of key vaults and secrets are made of.
fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

impl From<SecretUri> for String {
    fn from(uri: SecretUri) -> Self {
        uri.text
    }
}

impl fmt::Display for SecretUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A key vault, as far as it matters who may read its secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KeyVault {
    /// ARM id.
    pub id: ResourceId,
    /// Who may read secrets.
    pub access: SecretAccess,
    /// Whether its firewall lets the trusted services of Azure in, of which Azure Backup is one.
    #[serde(default = "open")]
    pub lets_services_in: bool,
}

fn open() -> bool {
    true
}

impl KeyVault {
    /// Itself, if a role lets `principal`, the identity of a Backup vault, read secrets; nothing, if an access policy
    /// does so already.
    ///
    /// # Errors
    ///
    /// A firewall, or an access policy that is missing, and the command that helps: no role would.
    pub(crate) fn governed_by_roles(&self, principal: &str) -> Result<Option<&Self>, Impossible> {
        let name = self.id.name();
        if !self.lets_services_in {
            return Err(Impossible::new(
                "KeyVaultFirewall",
                format!(
                    "the firewall of key vault `{name}` keeps the Backup vault out, which reads a secret there"
                ),
                format!(
                    "let trusted Microsoft services in: `az keyvault update --name {name} --bypass AzureServices`"
                ),
            ));
        }
        match &self.access {
            SecretAccess::Roles => Ok(Some(self)),
            SecretAccess::Policies(let_in) if let_in.iter().any(|id| id.eq_ignore_ascii_case(principal)) => {
                Ok(None)
            }
            SecretAccess::Policies(_) => Err(Impossible::new(
                "SecretAccessPolicyMissing",
                format!(
                    "key vault `{name}` goes by access policies, and none lets the Backup vault read secrets"
                ),
                format!(
                    "run `az keyvault set-policy --name {name} --object-id {principal} --secret-permissions get list`"
                ),
            )),
        }
    }
}

/// The key vault, if it goes by roles; one that goes by access policies has to have the right one.
pub(super) fn readable<'a>(
    datasource: &ResourceId,
    found: Option<&'a KeyVault>,
    principal: &str,
) -> Result<Option<&'a KeyVault>, Impossible> {
    let Some(key_vault) = found else {
        return Err(Impossible::new(
            "KeyVaultNotFound",
            format!(
                "the key vault that holds the secret of database `{}` is not there, or the function app may not see it",
                datasource.name()
            ),
            "correct the secret's identifier in the tag, or give the function app Reader on the key vault",
        ));
    };
    key_vault.governed_by_roles(principal)
}

/// How a key vault decides who may read its secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum SecretAccess {
    /// By role assignments.
    Roles,
    /// By access policies: object ids that may get and list secrets.
    Policies(Vec<String>),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_without_a_version_is_any_of_its_versions() {
        let secret = |text: &str| SecretUri::try_from(text.to_owned()).unwrap();
        let (any, first) =
            ("https://kv.vault.azure.net/secrets/pg", "https://kv.vault.azure.net/secrets/pg/1");
        assert!(secret(any).is_shown_as(any) && secret(any).is_shown_as(&first.to_uppercase()));
        assert!(secret(first).is_shown_as(first) && !secret(first).is_shown_as(any));
        assert!(!secret(any).is_shown_as("https://kv.vault.azure.net/secrets/pg2"));
    }

    #[test]
    fn a_secret_is_named_by_its_identifier() {
        let vault = |text: &str| SecretUri::try_from(text.to_owned()).map(|uri| uri.vault().to_owned());
        assert_eq!(vault("https://kv-1.vault.azure.net/secrets/pg").as_deref(), Ok("kv-1"));
        assert_eq!(vault("https://kv.vault.azure.cn/secrets/pg/0123").as_deref(), Ok("kv"));
        for wrong in [
            "",
            "kv/pg",
            "http://kv.vault.azure.net/secrets/pg",
            "https://kv.vault.azure.net/keys/pg",
            "https://kv.vault.azure.net/secrets/",
            "https://kv.example.net/secrets/pg",
            "https://k'v.vault.azure.net/secrets/pg",
            "https://kv.vault.azure.net/secrets/pg/1/2",
        ] {
            assert!(vault(wrong).unwrap_err().contains("expected https://"), "{wrong}");
        }
    }
}
