//! The HTTP API of a function app, as the commands of operators speak it.

mod address;
mod answer;
mod following;
mod listed;
mod resource;
mod trying;

use std::collections::HashSet;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::Args;
use holdfast_azure::{CredentialKind, credential, web};
use reqwest::header::LOCATION;
use reqwest::{Method, RequestBuilder};
use serde_json::Value;
use url::Url;

pub(crate) use answer::{Answer, Refused};
pub(crate) use following::{Ended, FOLLOW, code_of, follow};
pub(crate) use listed::{Listed, told, unread};
pub(crate) use resource::{resolve, resolve_if_named};
pub(crate) use trying::Unreached;

use crate::exit::Unusable;
use crate::moment::RetryTime;
use trying::{Persistence, Repeated};

/// Longest time until a connection stands.
const CONNECTING: Duration = Duration::from_secs(10);
/// Longest silence of the function app: the Functions host ends a call after 230 s.
const SILENCE: Duration = Duration::from_secs(240);
/// Shortest pause before what is under way is asked for again, whatever anybody says.
const SHORTEST: Duration = Duration::from_millis(100);

/// Which function app is spoken to, and as whom.
#[derive(Args)]
pub(crate) struct Server {
    /// Address of the function app.
    #[arg(
        long,
        env = "HOLDFAST_URL",
        default_value = "http://127.0.0.1:7071",
        global = true,
        help_heading = "Function app"
    )]
    url: Url,
    /// Key of the function app.
    #[arg(long, env = "HOLDFAST_KEY", hide_env_values = true, global = true, help_heading = "Function app")]
    key: Option<String>,
    /// Show an Entra token of this credential: managed-identity, workload-identity, azure-cli, developer-tools.
    #[arg(long, value_name = "KIND", requires = "audience", global = true, help_heading = "Function app")]
    credential: Option<CredentialKind>,
    /// Application id that the function app takes tokens for.
    #[arg(long, env = "HOLDFAST_AUDIENCE", value_name = "ID", global = true, help_heading = "Function app")]
    audience: Option<String>,
    /// For so long a call is tried again while the function app cannot be reached, restarts or is busy.
    #[arg(
        long,
        env = "HOLDFAST_RETRY_FOR",
        value_name = "TIME",
        default_value = "2m",
        global = true,
        help_heading = "Function app"
    )]
    retry_for: RetryTime,
    /// Longest pause before what is under way is asked for again; the function app's own word where that is shorter.
    #[arg(long, env = "HOLDFAST_POLL", value_name = "TIME", global = true, help_heading = "Function app")]
    poll: Option<RetryTime>,
}

/// A function app that can be called.
pub(crate) struct Client {
    base: Url,
    key: Option<String>,
    token: Option<String>,
    http: reqwest::Client,
    persistence: Persistence,
    poll: Option<Duration>,
}

impl Server {
    /// An address of the function app.
    pub(crate) fn address(&self, path: &str) -> Result<Url> {
        address::below(&self.url, path)
    }

    /// The function app, with a token if one is to be shown.
    pub(crate) async fn client(&self) -> Result<Client> {
        if (self.key.is_some() || self.credential.is_some()) && address::is_in_clear(&self.url) {
            let place = self.url.origin().ascii_serialization();
            return Err(Unusable::described(format!(
                "{place} is reached over plain http, and others could read the key or token that goes along; \
                 name it with https in --url or HOLDFAST_URL"
            )));
        }
        let token = match (self.credential, &self.audience) {
            (Some(kind), Some(audience)) => {
                let scope = format!("{audience}/.default");
                let token = credential(kind, None)?.get_token(&[&scope], None).await;
                let token = token.with_context(|| format!("get a token for {audience} by {kind}"))?;
                Some(token.token.secret().to_owned())
            }
            _ => None,
        };
        let http = web::builder()?.connect_timeout(CONNECTING).read_timeout(SILENCE).build();
        let http = http.context("make an HTTP client")?;
        let persistence = Persistence { most: self.retry_for.0, deadline: None };
        let poll = self.poll.as_ref().map(|poll| poll.0);
        Ok(Client { base: self.url.clone(), key: self.key.clone(), token, http, persistence, poll })
    }
}

impl Client {
    /// The same, which tries nothing again once so much time has passed from now on.
    pub(crate) fn within(mut self, time: Option<Duration>) -> Self {
        self.persistence.deadline = time.and_then(|time| Instant::now().checked_add(time));
        self
    }

    /// How long to wait before what is under way is asked for again, where `usual` is what the other side says.
    pub(crate) fn pause(&self, usual: Duration) -> Duration {
        pause(self.poll, usual, self.left())
    }

    /// How much of that time is left; none if there is no end of it.
    pub(crate) fn left(&self) -> Option<Duration> {
        self.persistence.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()))
    }

    /// Asks; a refusal is an error with its words.
    pub(crate) async fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Answer> {
        self.send(self.request(Method::GET, path, query)?, Repeated::Reads).await
    }

    /// Asks once, and does not insist.
    pub(crate) async fn glance(&self, path: &str, query: &[(&str, &str)]) -> Result<Answer> {
        self.once(self.request(Method::GET, path, query)?).await
    }

    /// Asks for something that has no key of its own.
    pub(crate) async fn order(&self, path: &str, body: &Value) -> Result<Answer> {
        self.send(self.request(Method::POST, path, &[])?.json(body), Repeated::IsTwice).await
    }

    /// Asks for something to be done.
    ///
    /// Sent again under the same key, it is the same thing.
    pub(crate) async fn post(
        &self,
        path: &str,
        query: &[(&str, &str)],
        body: &Value,
        key: &str,
    ) -> Result<Answer> {
        self.post_counted(path, query, body, key).await.0
    }

    /// The same, and how often it was sent.
    pub(crate) async fn post_counted(
        &self,
        path: &str,
        query: &[(&str, &str)],
        body: &Value,
        key: &str,
    ) -> (Result<Answer>, u32) {
        let mut tries = 0;
        let call = async || {
            tries += 1;
            self.once(self.request(Method::POST, path, query)?.header("idempotency-key", key).json(body))
                .await
        };
        let answer = self.persistence.call(Repeated::IsOnce, call).await;
        (answer, tries)
    }

    /// Every page of a list, and what it lacks because it could not be read.
    pub(crate) async fn list(&self, path: &str, query: &[(&str, &str)]) -> Result<Listed> {
        let mut page = self.get(path, query).await?.body;
        let (mut listed, mut followed) = (Listed::default(), HashSet::new());
        loop {
            listed.take(&mut page).with_context(|| format!("the answer of {path} is not a list"))?;
            let Some(next) = page.get("nextLink").and_then(Value::as_str) else { return Ok(listed) };
            let next = address::next(&self.base, next)?;
            if !followed.insert(next.clone()) {
                bail!("the list of {path} leads back to a page that was read already, {next}; it has no end");
            }
            page = self.send(self.authorized(self.http.get(next)), Repeated::Reads).await?.body;
        }
    }

    fn request(&self, method: Method, path: &str, query: &[(&str, &str)]) -> Result<RequestBuilder> {
        let mut url = address::below(&self.base, path)?;
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        Ok(self.authorized(self.http.request(method, url)))
    }

    fn authorized(&self, mut request: RequestBuilder) -> RequestBuilder {
        if let Some(key) = &self.key {
            request = request.header("x-functions-key", key);
        }
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    async fn send(&self, request: RequestBuilder, repeated: Repeated) -> Result<Answer> {
        let call = async || {
            // Bodies are in memory, so that every request can be copied.
            let request = request.try_clone().context("copy the request")?;
            self.once(request).await
        };
        self.persistence.call(repeated, call).await
    }

    async fn once(&self, request: RequestBuilder) -> Result<Answer> {
        let unreached =
            |cause: reqwest::Error| Unreached { place: self.base.to_string(), cause: cause.without_url() };
        let answer = request.send().await.map_err(unreached)?;
        // The key and the token are for this address alone.
        if answer.status().is_redirection() {
            let place = answer.headers().get(LOCATION).and_then(|value| value.to_str().ok());
            bail!(
                "{} sends its callers on to {}, which is not followed: the key would go along; \
                 if that is the function app, name it with --url or HOLDFAST_URL",
                self.base,
                place.unwrap_or("another address").escape_debug()
            );
        }
        let (head, text) = answer::parts(answer).await.map_err(unreached)?;
        head.read(&text)
    }
}

/// Those parts of a query that were given.
pub(crate) fn stated<'a>(parts: &'a [(&'a str, Option<String>)]) -> Vec<(&'a str, &'a str)> {
    parts.iter().filter_map(|(name, value)| Some((*name, value.as_deref()?))).collect()
}

/// The shorter one of two pauses, but never none, and never more than the time that is left.
fn pause(asked: Option<Duration>, usual: Duration, left: Option<Duration>) -> Duration {
    let pause = asked.map_or(usual, |asked| asked.min(usual)).max(SHORTEST);
    left.map_or(pause, |left| pause.min(left))
}

#[test]
fn nothing_is_asked_for_again_without_a_pause() {
    let (none, one, five) = (Duration::ZERO, Duration::from_secs(1), Duration::from_secs(5));
    assert_eq!((pause(None, none, None), pause(Some(none), five, None)), (SHORTEST, SHORTEST));
    assert_eq!((pause(None, five, None), pause(Some(one), five, None)), (five, one));
    assert_eq!((pause(None, five, Some(one)), pause(None, five, Some(none))), (one, none));
}
