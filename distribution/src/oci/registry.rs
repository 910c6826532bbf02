//! One registry, spoken to as the OCI distribution specification 1.1 says.

use std::time::Duration;

use holdfast_azure::web;
use reqwest::header::{ACCEPT, CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use url::Url;

use super::body::message;
use super::credentials::Credentials;
use super::error::RegistryError;
use super::place;
use super::reference::Repository;
use super::retry::RetryTime;
use super::tokens::Tokens;

const MOST_REDIRECTS: usize = 5;

/// A client of registries, with one account.
///
/// The password goes to the registry itself over https (or to this machine), and to the token server
/// that the registry names, which for an Azure registry has to be its own; never along a redirect to another host.
/// Tokens are kept until they end.
pub struct Registry {
    pub(super) http: reqwest::Client,
    pub(super) credentials: Credentials,
    pub(super) retry_time: RetryTime,
    /// Authorization by repository and what is done with it.
    tokens: Tokens<(String, Access)>,
    /// What an Azure registry gave for our identity, by registry.
    pub(super) refresh_tokens: Tokens<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Access {
    Pull,
    Push,
}

impl Access {
    /// As in the scope of a token.
    pub(super) fn actions(self) -> &'static str {
        match self {
            Self::Pull => "pull",
            Self::Push => "pull,push",
        }
    }
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
    pub fn new(credentials: Credentials, retry_time: RetryTime) -> Result<Self, RegistryError> {
        let none = |detail: String| RegistryError::NoClient { detail };
        let builder = web::builder().map_err(|error| none(error.to_string()))?;
        let http = builder
            .connect_timeout(retry_time.connect)
            .read_timeout(retry_time.silence)
            .timeout(retry_time.whole)
            .user_agent(concat!("holdfast/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| none(error.to_string()))?;
        Ok(Self::with_client(credentials, retry_time, http))
    }

    /// The same over an HTTP client of the caller's, such as one with a proxy or more certificates. It must follow
    /// no redirect: a client that did would take the authorization along.
    pub fn with_client(credentials: Credentials, retry_time: RetryTime, http: reqwest::Client) -> Self {
        Self { http, credentials, retry_time, tokens: Tokens::default(), refresh_tokens: Tokens::default() }
    }

    /// Makes a call, shows credentials if the registry wants them, and tries again while it is busy.
    pub(super) async fn call(
        &self,
        repository: &Repository,
        access: Access,
        call: &Call<'_>,
    ) -> Result<Response, RegistryError> {
        let key = (repository.to_string(), access);
        let mut tried = 0;
        let mut asked = false;
        let mut authorization = self.tokens.get(&key);
        loop {
            let answer = self.send(repository, call, authorization.as_deref()).await;
            tried += 1;
            let (wait, ended) = match answer {
                // A challenge from where the registry redirects is not ours to answer.
                Ok(answer)
                    if answer.status() == StatusCode::UNAUTHORIZED
                        && !asked
                        && place::is_at(answer.url(), repository) =>
                {
                    asked = true;
                    tried -= 1;
                    self.tokens.forget(&key);
                    let token = self.authorize(repository, access, &answer).await?;
                    // Even one that is about to end does for this call.
                    authorization = Some(token.value.clone());
                    self.tokens.keep(key.clone(), token);
                    continue;
                }
                Ok(answer) if is_busy(answer.status()) => (asked_wait(&answer), Ok(answer)),
                Ok(answer) if is_refusal(answer.status()) => {
                    return Err(self.forbidden(repository, &call.url, answer.status()));
                }
                Ok(answer) => return Ok(answer),
                Err(RegistryError::Unreachable { url, source }) if !source.is_builder() => {
                    (None, Err(RegistryError::Unreachable { url, source }))
                }
                Err(error) => return Err(error),
            };
            match self.retry_time.wait(tried, wait) {
                Some(wait) => tokio::time::sleep(wait).await,
                None => return ended,
            }
        }
    }

    /// One try, followed to where the registry leads. Only the registry itself is shown the authorization.
    async fn send(
        &self,
        repository: &Repository,
        call: &Call<'_>,
        authorization: Option<&str>,
    ) -> Result<Response, RegistryError> {
        let mut url = Url::parse(&call.url).map_err(|error| protocol(&call.url, &error))?;
        for _ in 0..=MOST_REDIRECTS {
            let shown = authorization.filter(|_| place::is_at(&url, repository));
            let answer = self.request(call, &url, shown).send().await;
            let answer = answer.map_err(|source| RegistryError::Unreachable {
                url: call.url.clone(),
                source: source.without_url(),
            })?;
            match place::redirect(&answer, &call.method, &url, repository)? {
                Some(next) => url = next,
                None => return Ok(answer),
            }
        }
        Err(protocol(&call.url, &format!("it redirects more than {MOST_REDIRECTS} times")))
    }

    fn request(&self, call: &Call<'_>, url: &Url, authorization: Option<&str>) -> RequestBuilder {
        let mut request = self.http.request(call.method.clone(), url.clone());
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

pub(super) fn is_busy(status: StatusCode) -> bool {
    status == StatusCode::TOO_MANY_REQUESTS
        || status == StatusCode::REQUEST_TIMEOUT
        || status.is_server_error()
}

fn is_refusal(status: StatusCode) -> bool {
    status == StatusCode::UNAUTHORIZED || status == StatusCode::FORBIDDEN
}

/// `Retry-After` in seconds; the form with a date is not used by registries.
pub(super) fn asked_wait(answer: &Response) -> Option<Duration> {
    let value = answer.headers().get(RETRY_AFTER)?.to_str().ok()?;
    value.trim().parse().ok().map(Duration::from_secs)
}
