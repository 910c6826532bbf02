//! Answering a registry's challenge: who we are, for what is to be done.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use holdfast_azure::EntraTokens;
use reqwest::header::WWW_AUTHENTICATE;
use reqwest::{RequestBuilder, Response, StatusCode};
use serde::Deserialize;
use url::{Url, form_urlencoded};

use super::azure;
use super::body::bounded;
use super::challenge::Challenge;
use super::credentials::Credentials;
use super::error::RegistryError;
use super::manifest::MOST_BYTES;
use super::place;
use super::reference::Repository;
use super::registry::{Access, Registry, asked_wait, expect, is_busy, protocol};
use super::tokens::Token;

/// How we call ourselves to token servers.
const CLIENT: &str = "holdfast";

/// What a registry wants a token for.
struct Wanted {
    realm: Url,
    service: Option<String>,
    scope: String,
}

impl Registry {
    /// The authorization that answers the registry's challenge.
    pub(super) async fn authorize(
        &self,
        repository: &Repository,
        access: Access,
        answer: &Response,
    ) -> Result<Token, RegistryError> {
        let refused = || self.forbidden(repository, answer.url().as_str(), StatusCode::UNAUTHORIZED);
        let headers = answer.headers().get_all(WWW_AUTHENTICATE).iter();
        let challenges: Vec<_> =
            headers.filter_map(|value| value.to_str().ok()).filter_map(Challenge::parse).collect();
        // A token where there is a choice: the password goes along less often.
        let bearer = challenges.iter().find(|challenge| matches!(challenge, Challenge::Bearer { .. }));
        match bearer.or(challenges.first()).ok_or_else(refused)? {
            Challenge::Basic => {
                let value = self.basic().ok_or_else(refused)?;
                Ok(Token { value, until: None })
            }
            Challenge::Bearer { realm, service, scope } => {
                let realm = self.token_server(realm, repository)?;
                let usual = || format!("repository:{}:{}", repository.name(), access.actions());
                let scope = scope.clone().unwrap_or_else(usual);
                self.bearer(repository, Wanted { realm, service: service.clone(), scope }).await
            }
        }
    }

    /// The token server that the registry names. What is shown to an Azure registry goes nowhere else: it has its
    /// own.
    fn token_server(&self, realm: &str, repository: &Repository) -> Result<Url, RegistryError> {
        let url = place::token_server(realm, repository)?;
        let secret = !matches!(self.credentials, Credentials::Anonymous);
        if secret && azure::scope(repository.registry()).is_some() && !place::is_at(&url, repository) {
            let other = url.origin().ascii_serialization();
            let problem = format!("it wants its token of `{other}`, and an Azure registry gives its own");
            return Err(protocol(&repository.origin(), &problem));
        }
        Ok(url)
    }

    async fn bearer(&self, repository: &Repository, wanted: Wanted) -> Result<Token, RegistryError> {
        match &self.credentials {
            Credentials::Anonymous | Credentials::Basic { .. } => {
                self.token_by_password(repository, &wanted).await
            }
            Credentials::RefreshToken(token) => self.token_by_refresh(repository, &wanted, token).await,
            Credentials::Entra(identity) => {
                self.token_by_identity(repository, &wanted, identity.as_ref()).await
            }
        }
    }

    async fn token_by_identity(
        &self,
        repository: &Repository,
        wanted: &Wanted,
        identity: &dyn EntraTokens,
    ) -> Result<Token, RegistryError> {
        // Not to a registry elsewhere, no matter who configured it.
        let Some(scope) = azure::scope(repository.registry()) else {
            return self.token_by_password(repository, wanted).await;
        };
        let service = wanted.service.as_deref().unwrap_or(repository.registry());
        let once = || async {
            let refresh = self.exchange(repository, identity, scope, service).await?;
            self.token_by_refresh(repository, wanted, &refresh).await
        };
        match once().await {
            // The refresh token that was kept may have been withdrawn.
            Err(RegistryError::Forbidden { .. }) => {
                self.refresh_tokens.forget(&repository.registry().to_owned());
            }
            ended => return ended,
        }
        match once().await {
            // A registry may be open to everybody.
            Err(error @ RegistryError::Forbidden { .. }) => {
                self.token_by_password(repository, wanted).await.map_err(|_| error)
            }
            ended => ended,
        }
    }

    async fn token_by_password(
        &self,
        repository: &Repository,
        wanted: &Wanted,
    ) -> Result<Token, RegistryError> {
        let mut url = wanted.realm.clone();
        url.query_pairs_mut()
            .extend_pairs(wanted.service.iter().map(|service| ("service", service)))
            .append_pair("scope", &wanted.scope);
        let request = || {
            let request = self.http.get(url.clone());
            match self.basic() {
                Some(basic) => request.header(reqwest::header::AUTHORIZATION, basic),
                None => request,
            }
        };
        let answer = self.ask_token_server(repository, wanted.realm.as_str(), request).await?;
        given(answer, wanted.realm.as_str()).await
    }

    async fn token_by_refresh(
        &self,
        repository: &Repository,
        wanted: &Wanted,
        refresh_token: &str,
    ) -> Result<Token, RegistryError> {
        let mut form = vec![("grant_type", "refresh_token"), ("client_id", CLIENT)];
        form.extend(wanted.service.iter().map(|service| ("service", service.as_str())));
        form.extend([("scope", wanted.scope.as_str()), ("refresh_token", refresh_token)]);
        let answer = self.post_form(repository, &wanted.realm, &form).await?;
        given(answer, wanted.realm.as_str()).await
    }

    /// Sends a form with secrets in it, to be answered by the server that gives tokens.
    pub(super) async fn post_form(
        &self,
        repository: &Repository,
        url: &Url,
        form: &[(&str, &str)],
    ) -> Result<Response, RegistryError> {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let request = || {
            let content_type = (reqwest::header::CONTENT_TYPE, "application/x-www-form-urlencoded");
            self.http.post(url.clone()).header(content_type.0, content_type.1).body(body.clone())
        };
        self.ask_token_server(repository, url.as_str(), request).await
    }

    async fn ask_token_server(
        &self,
        repository: &Repository,
        url: &str,
        request: impl Fn() -> RequestBuilder,
    ) -> Result<Response, RegistryError> {
        let mut tried = 0;
        loop {
            tried += 1;
            let answer = request().send().await;
            let (wait, ended) = match answer {
                Ok(answer) if is_busy(answer.status()) => (asked_wait(&answer), Ok(answer)),
                // Token servers answer 400 as well where a refresh token is over (RFC 6749, 5.2).
                Ok(answer) if matches!(answer.status().as_u16(), 400 | 401 | 403) => {
                    return Err(self.forbidden(repository, url, answer.status()));
                }
                Ok(answer) => return Ok(answer),
                Err(source) => {
                    let source = source.without_url();
                    (None, Err(RegistryError::Unreachable { url: url.to_owned(), source }))
                }
            };
            match self.retry_time.wait(tried, wait) {
                Some(wait) => tokio::time::sleep(wait).await,
                None => return ended,
            }
        }
    }

    fn basic(&self) -> Option<String> {
        match &self.credentials {
            Credentials::Basic { user, password } => {
                Some(format!("Basic {}", STANDARD.encode(format!("{user}:{password}"))))
            }
            Credentials::Anonymous | Credentials::RefreshToken(_) | Credentials::Entra(_) => None,
        }
    }

    pub(super) fn forbidden(&self, repository: &Repository, url: &str, status: StatusCode) -> RegistryError {
        RegistryError::Forbidden {
            url: url.to_owned(),
            user: self.credentials.user(),
            status: status.as_u16(),
            way_out: self.credentials.way_out(repository.registry()),
        }
    }
}

/// The token in a token server's answer.
async fn given(answer: Response, url: &str) -> Result<Token, RegistryError> {
    #[derive(Deserialize)]
    struct Answer {
        token: Option<String>,
        access_token: Option<String>,
        expires_in: Option<i64>,
    }
    let bytes = bounded(expect(answer, url, "token").await?, url, MOST_BYTES).await?;
    let none = || protocol(url, &"its answer holds no token");
    let answer: Answer = serde_json::from_slice(&bytes).map_err(|_| none())?;
    let value = answer.token.or(answer.access_token).filter(|token| !token.is_empty()).ok_or_else(none)?;
    let token = Token::given(value, answer.expires_in);
    Ok(Token { value: format!("Bearer {}", token.value), until: token.until })
}
