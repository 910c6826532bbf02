//! Azure Container Registry: an Entra token for a refresh token of the registry.
//!
//! Grade official: `docs/AAD-OAuth.md` of the registry's own documentation (github.com/Azure/acr).

use holdfast_azure::EntraTokens;
use serde::Deserialize;
use url::Url;

use super::body::bounded;
use super::error::RegistryError;
use super::manifest::MOST_BYTES;
use super::reference::Repository;
use super::registry::{Registry, expect, protocol};
use super::tokens::{Claims, Token};

/// Where registries answer, by cloud, and whom a token is to be meant for.
///
/// The public cloud has an audience for registries alone; in the others it is Resource Manager, as in the
/// clients of Azure's SDKs (`ContainerRegistryAudience`).
const CLOUDS: [(&str, &str); 3] = [
    (".azurecr.io", "https://containerregistry.azure.net/.default"),
    (".azurecr.cn", "https://management.chinacloudapi.cn/.default"),
    (".azurecr.us", "https://management.usgovcloudapi.net/.default"),
];

/// The scope of an Entra token for this registry; none if it is not an Azure Container Registry on https.
pub(crate) fn scope(registry: &str) -> Option<&'static str> {
    CLOUDS.iter().find(|(suffix, _)| registry.ends_with(suffix)).map(|(_, scope)| *scope)
}

impl Registry {
    /// A refresh token of the registry for our Entra token; the one that was given before, while it holds.
    pub(super) async fn exchange(
        &self,
        repository: &Repository,
        identity: &dyn EntraTokens,
        scope: &str,
        service: &str,
    ) -> Result<String, RegistryError> {
        #[derive(Deserialize)]
        struct Answer {
            refresh_token: String,
        }
        let registry = repository.registry().to_owned();
        if let Some(known) = self.refresh_tokens.get(&registry) {
            return Ok(known);
        }
        let token = identity.token(scope).await.map_err(|error| RegistryError::Identity {
            registry: registry.clone(),
            detail: error.to_string(),
        })?;
        let tenant = Claims::of(&token).and_then(|claims| claims.tid);
        let mut form = vec![("grant_type", "access_token"), ("service", service)];
        form.extend(tenant.as_deref().map(|tenant| ("tenant", tenant)));
        form.push(("access_token", &token));
        let url = format!("{}/oauth2/exchange", repository.origin());
        let place = Url::parse(&url).map_err(|error| protocol(&url, &error))?;
        let answer = self.post_form(repository, &place, &form).await?;
        let bytes = bounded(expect(answer, &url, "token").await?, &url, MOST_BYTES).await?;
        let answer: Answer = serde_json::from_slice(&bytes)
            .map_err(|_| protocol(&url, &"its answer holds no refresh token"))?;
        self.refresh_tokens.keep(registry, Token::given(answer.refresh_token.clone(), None));
        Ok(answer.refresh_token)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_for_azures_registries_only() {
        let public = scope("contoso.azurecr.io");
        assert_eq!(public, Some("https://containerregistry.azure.net/.default"));
        assert_eq!(scope("contoso.azurecr.us"), Some("https://management.usgovcloudapi.net/.default"));
        for other in
            ["azurecr.io", "contoso.azurecr.io.evil.com", "contoso.azurecr.io:5000", "evilazurecr.io"]
        {
            assert_eq!(scope(other), None, "{other}");
        }
    }
}
