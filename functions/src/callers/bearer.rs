//! Entra tokens that callers send: signature, issuer, audience and time are checked here.
//!
//! Sources: the Microsoft identity platform's documentation of access tokens and of signing-key rollover.

use std::time::{Duration, Instant};

use holdfast_azure::web::WebError;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde::Deserialize;
use url::Url;

use super::Identity;
use super::signing_keys::SigningKeys;

/// Whose tokens are taken, and for whom they must be.
#[derive(Debug, Clone)]
pub struct BearerOptions {
    /// `https://login.microsoftonline.com` in the public cloud.
    pub authority: Url,
    /// Tenant id.
    pub tenant: String,
    /// Application id or application id URI that tokens must be meant for.
    pub audience: String,
}

/// Checks tokens; keeps the tenant's signing keys.
#[derive(Debug)]
pub struct BearerTokens {
    options: BearerOptions,
    client: reqwest::Client,
    keys: SigningKeys,
}

/// A caller that said who it is, and is not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Rejected(String);

impl Rejected {
    pub(super) fn new(why: impl Into<String>) -> Self {
        Self(why.into())
    }
}

#[derive(Debug, Deserialize)]
struct Claims {
    oid: Option<String>,
    tid: Option<String>,
    preferred_username: Option<String>,
    upn: Option<String>,
    name: Option<String>,
    azp: Option<String>,
    appid: Option<String>,
    #[serde(default)]
    groups: Vec<String>,
    #[serde(default)]
    roles: Vec<String>,
}

const TIME_LIMIT: Duration = Duration::from_secs(10);

impl BearerTokens {
    /// A checker of tokens; fetches nothing yet.
    pub fn new(options: BearerOptions) -> Result<Self, WebError> {
        let client = holdfast_azure::web::client()?;
        Ok(Self { options, client, keys: SigningKeys::default() })
    }

    /// The tenant whose tokens are taken.
    pub(super) fn tenant(&self) -> &str {
        &self.options.tenant
    }

    /// Whom the token in an `Authorization` header names.
    pub(super) async fn check(&self, authorization: &str) -> Result<Identity, Rejected> {
        let token = authorization.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        let (_, token) =
            token.ok_or_else(|| Rejected::new("the authorization header holds no bearer token"))?;
        let bad = |error: jsonwebtoken::errors::Error| {
            Rejected::new(format!("the bearer token is not good: {error}"))
        };
        let header = decode_header(token.trim()).map_err(bad)?;
        let kid = header.kid.ok_or_else(|| Rejected::new("the bearer token names no signing key"))?;
        let key = self.key(&kid).await?;
        let claims = decode::<Claims>(token.trim(), &key, &self.validation()).map_err(bad)?.claims;
        self.identity(claims)
    }

    /// Both forms of the issuer: the application's manifest decides which version its tokens have.
    fn validation(&self) -> Validation {
        let BearerOptions { authority, tenant, audience } = &self.options;
        let authority = authority.as_str().trim_end_matches('/');
        let mut validation = Validation::new(Algorithm::RS256);
        validation.set_audience(&[audience, &format!("api://{audience}")]);
        validation.set_issuer(&[
            format!("{authority}/{tenant}/v2.0"),
            format!("https://sts.windows.net/{tenant}/"),
        ]);
        validation.set_required_spec_claims(&["exp", "iss", "aud"]);
        validation.validate_nbf = true;
        validation
    }

    fn identity(&self, claims: Claims) -> Result<Identity, Rejected> {
        if claims.tid.as_deref() != Some(self.options.tenant.as_str()) {
            return Err(Rejected::new("the bearer token is of another tenant"));
        }
        let id =
            claims.oid.ok_or_else(|| Rejected::new("the bearer token names no object id (claim oid)"))?;
        let name = [claims.preferred_username, claims.upn, claims.name, claims.azp, claims.appid];
        let name = name.into_iter().flatten().next().unwrap_or_else(|| id.clone());
        let groups = claims.groups.into_iter().collect();
        Ok(Identity { id, name, groups, app_roles: claims.roles.into_iter().collect() })
    }

    async fn key(&self, kid: &str) -> Result<DecodingKey, Rejected> {
        let fetch = async || self.fetch().await.map_err(|error| error.to_string());
        let key = self.keys.find(kid, Instant::now(), fetch).await?;
        DecodingKey::from_jwk(&key)
            .map_err(|error| Rejected::new(format!("the signing key cannot be used: {error}")))
    }

    async fn fetch(&self) -> Result<JwkSet, reqwest::Error> {
        let BearerOptions { authority, tenant, .. } = &self.options;
        let url = format!("{}/{tenant}/discovery/v2.0/keys", authority.as_str().trim_end_matches('/'));
        self.client.get(url).timeout(TIME_LIMIT).send().await?.error_for_status()?.json().await
    }
}
