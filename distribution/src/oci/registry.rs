//! One registry, spoken to as the OCI distribution specification 1.1 says.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use holdfast_evaluator::Digest;
use reqwest::header::{ACCEPT, CONTENT_TYPE, LINK, LOCATION, RETRY_AFTER, WWW_AUTHENTICATE};
use reqwest::{Method, RequestBuilder, Response, StatusCode, redirect};
use serde::Deserialize;
use url::Url;

use super::body::{bounded, message};
use super::challenge::Challenge;
use super::credentials::Credentials;
use super::error::RegistryError;
use super::manifest::MOST_BYTES;
use super::reference::{Reference, Repository, Target};
use super::retry::Patience;
use crate::source::is_loopback;

/// Pages of tags that are read; a registry that always names a next one ends here.
const MOST_PAGES: usize = 100;
const MOST_REDIRECTS: usize = 5;
/// A manifest or an index.
const EITHER: &str = "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json";

/// A client of registries, with one account.
///
/// The password goes to the registry itself over https (or to this machine), and to the token server
/// that the registry names; never along a redirect to another host.
pub struct Registry {
    http: reqwest::Client,
    credentials: Credentials,
    patience: Patience,
    /// Authorization by repository and what is done with it.
    tokens: Mutex<HashMap<(String, Access), String>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Access {
    Pull,
    Push,
}

/// A request that can be made again.
pub(super) struct Call<'a> {
    pub(super) method: Method,
    pub(super) url: String,
    pub(super) headers: Vec<(reqwest::header::HeaderName, &'a str)>,
    pub(super) body: Option<&'a [u8]>,
}

impl<'a> Call<'a> {
    pub(super) fn new(method: Method, url: String) -> Self {
        Self { method, url, headers: Vec::new(), body: None }
    }

    pub(super) fn accept(mut self, media_types: &'a str) -> Self {
        self.headers.push((ACCEPT, media_types));
        self
    }

    pub(super) fn body(mut self, media_type: &'a str, bytes: &'a [u8]) -> Self {
        self.headers.push((CONTENT_TYPE, media_type));
        self.body = Some(bytes);
        self
    }
}

impl Registry {
    /// A client that shows these credentials and has this patience.
    ///
    /// # Errors
    ///
    /// When the system's trusted certificates can't be read.
    pub fn new(credentials: Credentials, patience: Patience) -> Result<Self, RegistryError> {
        let redirects = redirect::Policy::custom(|attempt| {
            let url = attempt.url();
            let safe = url.scheme() == "https" || url.host_str().is_some_and(is_loopback);
            if safe && attempt.previous().len() < MOST_REDIRECTS { attempt.follow() } else { attempt.stop() }
        });
        let http = reqwest::Client::builder()
            .connect_timeout(patience.connect)
            .read_timeout(patience.silence)
            .timeout(patience.whole)
            .redirect(redirects)
            .user_agent(concat!("holdfast/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|source| RegistryError::Unreachable { url: "any registry".to_owned(), source })?;
        Ok(Self { http, credentials, patience, tokens: Mutex::default() })
    }

    /// The digest that a tag or digest leads to now.
    ///
    /// # Errors
    ///
    /// When there is no such artifact, or the registry can't be asked.
    pub async fn resolve(&self, reference: &Reference) -> Result<Digest, RegistryError> {
        match reference.target {
            Target::Digest(digest) => Ok(digest),
            Target::Tag(_) => self.manifest(reference).await.map(|(_, digest)| digest),
        }
    }

    /// A manifest's bytes and their digest, which is the one asked for.
    pub(super) async fn manifest(&self, reference: &Reference) -> Result<(Vec<u8>, Digest), RegistryError> {
        let url = below(&reference.repository, &format!("manifests/{}", reference.target));
        let call = Call::new(Method::GET, url.clone()).accept(EITHER);
        let answer = self.call(&reference.repository, Access::Pull, &call).await?;
        let answer = expect(answer, &url, "artifact").await?;
        let bytes = bounded(answer, &url, MOST_BYTES).await?;
        let found = Digest::of(&bytes);
        if let Target::Digest(expected) = reference.target {
            same(&url, expected, found)?;
        }
        Ok((bytes, found))
    }

    /// A layer's bytes, of at most `most` bytes, verified against its digest.
    pub(super) async fn blob(
        &self,
        repository: &Repository,
        digest: Digest,
        most: u64,
    ) -> Result<Vec<u8>, RegistryError> {
        let url = below(repository, &format!("blobs/{digest}"));
        let call = Call::new(Method::GET, url.clone());
        let answer = self.call(repository, Access::Pull, &call).await?;
        let answer = expect(answer, &url, "layer").await?;
        let bytes = bounded(answer, &url, most).await?;
        same(&url, digest, Digest::of(&bytes))?;
        Ok(bytes)
    }

    /// Stores a layer unless it is there.
    pub(super) async fn put_blob(
        &self,
        repository: &Repository,
        bytes: &[u8],
    ) -> Result<Digest, RegistryError> {
        let digest = Digest::of(bytes);
        let head = Call::new(Method::HEAD, below(repository, &format!("blobs/{digest}")));
        if self.call(repository, Access::Push, &head).await?.status() == StatusCode::OK {
            return Ok(digest);
        }
        let begin = below(repository, "blobs/uploads/");
        let call = Call::new(Method::POST, begin.clone()).body("application/octet-stream", b"");
        let answer = self.call(repository, Access::Push, &call).await?;
        let answer = expect(answer, &begin, "repository").await?;
        let mut upload = location(&answer, repository, &begin)?;
        upload.query_pairs_mut().append_pair("digest", &digest.to_string());
        let call = Call::new(Method::PUT, upload.to_string()).body("application/octet-stream", bytes);
        let answer = self.call(repository, Access::Push, &call).await?;
        expect(answer, upload.as_str(), "repository").await?;
        Ok(digest)
    }

    /// Stores a manifest or index, whose layers are there already.
    pub(super) async fn put_manifest(
        &self,
        reference: &Reference,
        media_type: &str,
        bytes: &[u8],
    ) -> Result<Digest, RegistryError> {
        let url = below(&reference.repository, &format!("manifests/{}", reference.target));
        let call = Call::new(Method::PUT, url.clone()).body(media_type, bytes);
        let answer = self.call(&reference.repository, Access::Push, &call).await?;
        expect(answer, &url, "repository").await?;
        Ok(Digest::of(bytes))
    }

    /// All tags of a repository, in the registry's order.
    pub(super) async fn tags(&self, repository: &Repository) -> Result<Vec<String>, RegistryError> {
        #[derive(Deserialize)]
        struct Page {
            tags: Option<Vec<String>>,
        }
        let mut url = below(repository, "tags/list?n=1000");
        let mut tags = Vec::new();
        for _ in 0..MOST_PAGES {
            let answer = self.call(repository, Access::Pull, &Call::new(Method::GET, url.clone())).await?;
            let answer = expect(answer, &url, "repository").await?;
            let next = next_page(&answer, repository);
            let bytes = bounded(answer, &url, MOST_BYTES).await?;
            let page: Page = serde_json::from_slice(&bytes).map_err(|error| protocol(&url, &error))?;
            tags.extend(page.tags.unwrap_or_default());
            match next {
                Some(next) => url = next,
                None => return Ok(tags),
            }
        }
        Err(protocol(&url, &format!("more than {MOST_PAGES} pages of tags")))
    }

    /// Makes a call, shows credentials if the registry wants them, and tries again while it is busy.
    pub(super) async fn call(
        &self,
        repository: &Repository,
        access: Access,
        call: &Call<'_>,
    ) -> Result<Response, RegistryError> {
        let mut tried = 0;
        let mut asked = false;
        loop {
            let authorization = self.token(repository, access).filter(|_| is_at(&call.url, repository));
            let answer = self.request(call, authorization.as_deref()).send().await;
            tried += 1;
            match answer {
                Ok(answer) if answer.status() == StatusCode::UNAUTHORIZED && !asked => {
                    asked = true;
                    tried -= 1;
                    let url = call.url.clone();
                    let authorization = self.authorize(repository, access, &answer, &url).await?;
                    self.remember(repository, access, authorization);
                }
                Ok(answer) if is_busy(answer.status()) => {
                    match self.patience.wait(tried, asked_wait(&answer)) {
                        Some(wait) => tokio::time::sleep(wait).await,
                        None => return Ok(answer),
                    }
                }
                Ok(answer) if is_refusal(answer.status()) => {
                    return Err(self.forbidden(repository, &call.url, answer.status()));
                }
                Ok(answer) => return Ok(answer),
                Err(source) => match self.patience.wait(tried, None).filter(|_| !source.is_builder()) {
                    Some(wait) => tokio::time::sleep(wait).await,
                    None => {
                        return Err(RegistryError::Unreachable {
                            url: call.url.clone(),
                            source: source.without_url(),
                        });
                    }
                },
            }
        }
    }

    fn request(&self, call: &Call<'_>, authorization: Option<&str>) -> RequestBuilder {
        let mut request = self.http.request(call.method.clone(), &call.url);
        for (name, value) in &call.headers {
            request = request.header(name, *value);
        }
        if let Some(body) = call.body {
            request = request.body(body.to_vec());
        }
        match authorization {
            Some(authorization) => request.header(reqwest::header::AUTHORIZATION, authorization),
            None => request,
        }
    }

    /// The authorization that answers the registry's challenge.
    async fn authorize(
        &self,
        repository: &Repository,
        access: Access,
        answer: &Response,
        url: &str,
    ) -> Result<String, RegistryError> {
        let forbidden = || self.forbidden(repository, url, StatusCode::UNAUTHORIZED);
        let headers = answer.headers().get_all(WWW_AUTHENTICATE).iter();
        let challenge = headers.filter_map(|value| value.to_str().ok()).find_map(Challenge::parse);
        match challenge.ok_or_else(forbidden)? {
            Challenge::Basic => self.basic().ok_or_else(forbidden),
            Challenge::Bearer { realm, service, scope } => {
                let wanted = match access {
                    Access::Pull => "pull",
                    Access::Push => "pull,push",
                };
                let scope = scope.unwrap_or_else(|| format!("repository:{}:{wanted}", repository.name()));
                self.fetch_token(repository, &realm, service.as_deref(), &scope).await
            }
        }
    }

    async fn fetch_token(
        &self,
        repository: &Repository,
        realm: &str,
        service: Option<&str>,
        scope: &str,
    ) -> Result<String, RegistryError> {
        #[derive(Deserialize)]
        struct Token {
            token: Option<String>,
            access_token: Option<String>,
        }
        let mut url = Url::parse(realm).map_err(|error| protocol(realm, &error))?;
        if url.scheme() != "https" && !url.host_str().is_some_and(is_loopback) {
            return Err(protocol(realm, &"it names a token server without https"));
        }
        url.query_pairs_mut()
            .extend_pairs(service.map(|service| ("service", service)))
            .append_pair("scope", scope);
        let call = Call::new(Method::GET, url.to_string());
        let answer = self.request(&call, self.basic().as_deref()).send().await;
        let answer = answer.map_err(|source| RegistryError::Unreachable { url: realm.to_owned(), source })?;
        if is_refusal(answer.status()) || answer.status() == StatusCode::UNAUTHORIZED {
            return Err(self.forbidden(repository, realm, answer.status()));
        }
        let answer = expect(answer, realm, "token").await?;
        let bytes = bounded(answer, realm, MOST_BYTES).await?;
        let token: Token =
            serde_json::from_slice(&bytes).map_err(|_| protocol(realm, &"its answer holds no token"))?;
        let token = token.token.or(token.access_token);
        token
            .map(|token| format!("Bearer {token}"))
            .ok_or_else(|| protocol(realm, &"its answer holds no token"))
    }

    fn basic(&self) -> Option<String> {
        use base64::Engine as _;
        match &self.credentials {
            Credentials::Anonymous => None,
            Credentials::Basic { user, password } => {
                let pair = format!("{user}:{password}");
                Some(format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair)))
            }
        }
    }

    fn token(&self, repository: &Repository, access: Access) -> Option<String> {
        let tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        tokens.get(&(repository.to_string(), access)).cloned()
    }

    fn remember(&self, repository: &Repository, access: Access, authorization: String) {
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        tokens.insert((repository.to_string(), access), authorization);
    }

    fn forbidden(&self, repository: &Repository, url: &str, status: StatusCode) -> RegistryError {
        RegistryError::Forbidden {
            url: url.to_owned(),
            user: self.credentials.user(),
            registry: repository.registry().to_owned(),
            status: status.as_u16(),
        }
    }
}

/// URL of something in a repository.
pub(super) fn below(repository: &Repository, path: &str) -> String {
    format!("{}/v2/{}/{path}", repository.origin(), repository.name())
}

/// The answer if it is a success.
pub(super) async fn expect(
    answer: Response,
    url: &str,
    what: &'static str,
) -> Result<Response, RegistryError> {
    let status = answer.status();
    if status.is_success() {
        return Ok(answer);
    }
    if status == StatusCode::NOT_FOUND {
        return Err(RegistryError::Missing { what, url: url.to_owned() });
    }
    let message = message(answer, url).await;
    Err(RegistryError::Status { url: url.to_owned(), status: status.as_u16(), message })
}

pub(super) fn protocol(url: &str, problem: &dyn std::fmt::Display) -> RegistryError {
    RegistryError::Protocol { url: url.to_owned(), problem: problem.to_string() }
}

fn same(url: &str, expected: Digest, found: Digest) -> Result<(), RegistryError> {
    if expected == found {
        return Ok(());
    }
    Err(RegistryError::Tampered { url: url.to_owned(), expected, found })
}

fn is_busy(status: StatusCode) -> bool {
    status == StatusCode::TOO_MANY_REQUESTS
        || status == StatusCode::REQUEST_TIMEOUT
        || status.is_server_error()
}

fn is_refusal(status: StatusCode) -> bool {
    status == StatusCode::UNAUTHORIZED || status == StatusCode::FORBIDDEN
}

/// `Retry-After` in seconds; the form with a date is not used by registries.
fn asked_wait(answer: &Response) -> Option<Duration> {
    let value = answer.headers().get(RETRY_AFTER)?.to_str().ok()?;
    value.trim().parse().ok().map(Duration::from_secs)
}

/// Whether the URL is the registry's own: an upload may lead elsewhere, where nobody is shown who we are.
fn is_at(url: &str, repository: &Repository) -> bool {
    let origin = |text: &str| Url::parse(text).ok().map(|url| url.origin());
    origin(url).is_some_and(|there| origin(&repository.origin()) == Some(there))
}

fn location(answer: &Response, repository: &Repository, url: &str) -> Result<Url, RegistryError> {
    let header = answer.headers().get(LOCATION).and_then(|value| value.to_str().ok());
    let header = header.ok_or_else(|| protocol(url, &"it names no place to upload to"))?;
    let base = Url::parse(&repository.origin()).map_err(|error| protocol(url, &error))?;
    let place = base.join(header).map_err(|error| protocol(url, &error))?;
    if place.scheme() != "https" && !place.host_str().is_some_and(is_loopback) {
        return Err(protocol(url, &"it names a place to upload to without https"));
    }
    Ok(place)
}

/// `Link: </v2/.../tags/list?last=x&n=1000>; rel="next"`, followed on the same registry only.
fn next_page(answer: &Response, repository: &Repository) -> Option<String> {
    let link = answer.headers().get(LINK)?.to_str().ok()?;
    let (target, _) = link.split_once('<')?.1.split_once('>')?;
    let base = Url::parse(&repository.origin()).ok()?;
    let next = base.join(target).ok()?.to_string();
    is_at(&next, repository).then_some(next)
}
