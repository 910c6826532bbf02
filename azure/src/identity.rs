//! Who we are to Azure: chosen by configuration, never guessed.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use async_trait::async_trait;
use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};
use azure_core::http::Transport;
use azure_identity::{
    AzureCliCredential, ClientAssertionCredentialOptions, DeveloperToolsCredential,
    ManagedIdentityCredential, ManagedIdentityCredentialOptions, UserAssignedId, WorkloadIdentityCredential,
    WorkloadIdentityCredentialOptions,
};

use crate::causes::chain;
use crate::web;

/// Where tokens come from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum CredentialKind {
    /// The managed identity of the function app or machine.
    #[default]
    ManagedIdentity,
    /// A federated token from a file, as in AKS.
    WorkloadIdentity,
    /// Anyone who is signed in with `az`.
    AzureCli,
    /// Anyone who is signed in with `az` or `azd`.
    DeveloperTools,
}

impl CredentialKind {
    /// Every kind.
    pub const ALL: [Self; 4] =
        [Self::ManagedIdentity, Self::WorkloadIdentity, Self::AzureCli, Self::DeveloperTools];

    /// The word in settings.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ManagedIdentity => "managed-identity",
            Self::WorkloadIdentity => "workload-identity",
            Self::AzureCli => "azure-cli",
            Self::DeveloperTools => "developer-tools",
        }
    }
}

impl fmt::Display for CredentialKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A credential that cannot be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// No such kind.
    #[error(
        "`{word}` is not a kind of credential; expected managed-identity, workload-identity, azure-cli or developer-tools"
    )]
    Unknown {
        /// What was given.
        word: String,
    },
    /// Its surroundings lack something.
    #[error("could not set up the {kind} credential: {detail}")]
    Unusable {
        /// The kind asked for.
        kind: CredentialKind,
        /// What is missing.
        detail: String,
    },
    /// No token was given.
    #[error("the {kind} credential gave no token for {scope}: {detail}")]
    NoToken {
        /// The kind that was used.
        kind: CredentialKind,
        /// What the token was to be for.
        scope: String,
        /// What was said.
        detail: String,
    },
}

impl FromStr for CredentialKind {
    type Err = IdentityError;

    /// Reads the word, with `managedidentity` as the Functions host spells it in `…__credential`.
    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let letters = |text: &str| -> String {
            text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
        };
        let wanted = letters(word);
        let kind = Self::ALL.into_iter().find(|kind| letters(kind.as_str()) == wanted);
        kind.ok_or_else(|| IdentityError::Unknown { word: word.to_owned() })
    }
}

/// A source of tokens. `client_id` chooses a user-assigned identity where several are possible.
///
/// Asks nobody yet: a wrong identity shows at the first call.
pub fn credential(
    kind: CredentialKind,
    client_id: Option<&str>,
) -> Result<Arc<dyn TokenCredential>, IdentityError> {
    let unusable = |detail: String| IdentityError::Unusable { kind, detail };
    let transport = web::transport().map_err(|error| unusable(error.to_string()))?;
    let anew = UncachedCredential { kind, client_id: client_id.map(str::to_owned), transport };
    anew.made().map_err(|error| unusable(chain(&error)))?;
    Ok(Arc::new(anew))
}

/// Tokens of Microsoft Entra for services that have no client in this crate, such as container registries.
#[async_trait]
pub trait EntraTokens: fmt::Debug + Send + Sync {
    /// A token for this scope, such as `https://containerregistry.azure.net/.default`. A secret.
    ///
    /// # Errors
    ///
    /// When the identity can't be had, or Entra refuses.
    async fn token(&self, scope: &str) -> Result<String, IdentityError>;
}

/// Who we are, as a source of tokens for any scope.
#[derive(Debug, Clone)]
pub struct Identity {
    kind: CredentialKind,
    client_id: Option<String>,
}

impl Identity {
    /// This kind of credential; `client_id` chooses a user-assigned identity where several are possible.
    ///
    /// Asks nobody yet.
    pub fn new(kind: CredentialKind, client_id: Option<String>) -> Self {
        Self { kind, client_id }
    }
}

#[async_trait]
impl EntraTokens for Identity {
    async fn token(&self, scope: &str) -> Result<String, IdentityError> {
        let credential = credential(self.kind, self.client_id.as_deref())?;
        let token = credential.get_token(&[scope], None).await;
        let refused = |error| IdentityError::NoToken {
            kind: self.kind,
            scope: scope.to_owned(),
            detail: chain(&error),
        };
        token.map(|token| token.token.secret().to_owned()).map_err(refused)
    }
}

/// Creates the credential of the SDK for each token, bypassing its cache.
///
/// The clients keep their token, and drop it when Azure refuses it. A credential of the SDK keeps it as well,
/// by our clock: it would hand out the refused one again.
#[derive(Debug)]
struct UncachedCredential {
    kind: CredentialKind,
    client_id: Option<String>,
    transport: Transport,
}

#[async_trait]
impl TokenCredential for UncachedCredential {
    async fn get_token(
        &self,
        scopes: &[&str],
        options: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        self.made()?.get_token(scopes, options).await
    }
}

impl UncachedCredential {
    fn made(&self) -> azure_core::Result<Arc<dyn TokenCredential>> {
        let client_id = self.client_id.clone();
        match self.kind {
            CredentialKind::ManagedIdentity => {
                let user_assigned_id = client_id.map(UserAssignedId::ClientId);
                let client_options = web::client_options(&self.transport);
                let options = ManagedIdentityCredentialOptions { user_assigned_id, client_options };
                ManagedIdentityCredential::new(Some(options)).map(|made| made as _)
            }
            CredentialKind::WorkloadIdentity => {
                let client_options = web::client_options(&self.transport);
                let credential_options = ClientAssertionCredentialOptions { client_options };
                let options =
                    WorkloadIdentityCredentialOptions { client_id, credential_options, ..Default::default() };
                WorkloadIdentityCredential::new(Some(options)).map(|made| made as _)
            }
            CredentialKind::AzureCli => AzureCliCredential::new(None).map(|made| made as _),
            CredentialKind::DeveloperTools => DeveloperToolsCredential::new(None).map(|made| made as _),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_read_in_every_usual_spelling() {
        for (word, kind) in [
            ("managed-identity", CredentialKind::ManagedIdentity),
            ("managedidentity", CredentialKind::ManagedIdentity),
            ("Azure-CLI", CredentialKind::AzureCli),
        ] {
            assert_eq!(word.parse(), Ok(kind));
        }
        let error = "password".parse::<CredentialKind>().unwrap_err().to_string();
        assert!(error.contains("`password`") && error.contains("azure-cli"), "{error}");
    }
}
