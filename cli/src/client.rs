//! The HTTP API of a function app, as the commands of operators speak it.

mod answer;
mod following;
mod resource;

use anyhow::{Context, Result, bail};
use clap::Args;
use holdfast_azure::{CredentialKind, credential, web};
use reqwest::header::LOCATION;
use reqwest::{Method, RequestBuilder};
use serde_json::Value;
use url::Url;

pub(crate) use answer::Answer;
pub(crate) use following::follow;
pub(crate) use resource::resolve;

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
}

/// A function app that can be called.
pub(crate) struct Client {
    base: Url,
    key: Option<String>,
    token: Option<String>,
    http: reqwest::Client,
}

impl Server {
    /// The function app, with a token if one is to be shown.
    pub(crate) async fn client(&self) -> Result<Client> {
        let token = match (self.credential, &self.audience) {
            (Some(kind), Some(audience)) => {
                let scope = format!("{audience}/.default");
                let token = credential(kind, None)?.get_token(&[&scope], None).await;
                let token = token.with_context(|| format!("get a token for {audience} by {kind}"))?;
                Some(token.token.secret().to_owned())
            }
            _ => None,
        };
        let http = web::builder()?.build().context("make an HTTP client")?;
        Ok(Client { base: self.url.clone(), key: self.key.clone(), token, http })
    }
}

impl Client {
    /// Asks; a refusal is an error with its words.
    pub(crate) async fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Answer> {
        self.send(self.request(Method::GET, path, query)?).await
    }

    /// Asks for something that has no key of its own.
    pub(crate) async fn order(&self, path: &str, body: &Value) -> Result<Answer> {
        self.send(self.request(Method::POST, path, &[])?.json(body)).await
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
        let request = self.request(Method::POST, path, query)?.header("idempotency-key", key);
        self.send(request.json(body)).await
    }

    /// Every page of a list.
    pub(crate) async fn list(&self, path: &str, query: &[(&str, &str)]) -> Result<Vec<Value>> {
        let mut page = self.get(path, query).await?.body;
        let mut all = Vec::new();
        loop {
            match page.get_mut("value").map(Value::take) {
                Some(Value::Array(items)) => all.extend(items),
                _ => bail!("the answer of {path} is not a list"),
            }
            let Some(next) = page.get("nextLink").and_then(Value::as_str) else { return Ok(all) };
            let next: Url = self.base.join(next).context("read nextLink")?;
            if next.origin() != self.base.origin() {
                bail!("nextLink leads to {next}, which is not the function app");
            }
            page = self.send(self.authorized(self.http.get(next))).await?.body;
        }
    }

    fn request(&self, method: Method, path: &str, query: &[(&str, &str)]) -> Result<RequestBuilder> {
        let mut url = self.base.join(path).with_context(|| format!("make the address of {path}"))?;
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

    async fn send(&self, request: RequestBuilder) -> Result<Answer> {
        let unreachable =
            || format!("reach the function app at {}; --url or HOLDFAST_URL names another", self.base);
        let answer = request.send().await.map_err(reqwest::Error::without_url).with_context(unreachable)?;
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
        Answer::read(answer).await
    }
}
