//! Shared Key: signs each try of a request with the account's key.
//!
//! Azure's clients for Rust know tokens only; connection strings, Azurite among them, need this.
//! The string to sign is that of the Blob and Queue services, version 2009-09-19 and later.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use azure_core::credentials::Secret;
use azure_core::error::ErrorKind;
use azure_core::hmac::hmac_sha256;
use azure_core::http::policies::{Policy, PolicyResult};
use azure_core::http::{Context, Request, Url};
use azure_core::time::{OffsetDateTime, to_rfc7231};

/// An account and its key.
#[derive(Debug, Clone)]
pub(super) struct SharedKey {
    pub(super) account: String,
    pub(super) key: Secret,
}

#[async_trait]
impl Policy for SharedKey {
    async fn send(&self, ctx: &Context, request: &mut Request, next: &[Arc<dyn Policy>]) -> PolicyResult {
        let Some((policy, rest)) = next.split_first() else {
            return Err(azure_core::Error::with_message(ErrorKind::Other, "the pipeline has no transport"));
        };
        request.insert_header("x-ms-date", to_rfc7231(&OffsetDateTime::now_utc()));
        let signature = hmac_sha256(&self.string_to_sign(request), &self.key)?;
        request.insert_header("authorization", format!("SharedKey {}:{signature}", self.account));
        policy.send(ctx, request, rest).await
    }
}

impl SharedKey {
    fn string_to_sign(&self, request: &Request) -> String {
        const STANDARD: [&str; 11] = [
            "content-encoding",
            "content-language",
            "content-length",
            "content-md5",
            "content-type",
            "date",
            "if-modified-since",
            "if-match",
            "if-none-match",
            "if-unmodified-since",
            "range",
        ];
        let length = request.body().len().filter(|length| *length > 0).map(|length| length.to_string());
        let mut text = format!("{}\n", request.method().as_str());
        for name in STANDARD {
            let value = request.headers().get_optional_str(&name.into()).unwrap_or_default();
            // `x-ms-date` stands for the date, and the transport sets the length.
            text += match name {
                "content-length" => length.as_deref().unwrap_or_default(),
                "date" => "",
                _ => value,
            };
            text.push('\n');
        }
        text + &canonical_headers(request) + &self.canonical_resource(request.url())
    }

    /// On Azurite the path holds the account's name as well, and so it does here: twice.
    fn canonical_resource(&self, url: &Url) -> String {
        let mut parameters: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, value) in url.query_pairs() {
            parameters.entry(name.to_lowercase()).or_default().push(value.into_owned());
        }
        let mut text = format!("/{}{}", self.account, url.path());
        for (name, mut values) in parameters {
            values.sort();
            text += &format!("\n{name}:{}", values.join(","));
        }
        text
    }
}

fn canonical_headers(request: &Request) -> String {
    let headers = request.headers().iter().filter(|(name, _)| name.as_str().starts_with("x-ms-"));
    let sorted: BTreeMap<&str, &str> =
        headers.map(|(name, value)| (name.as_str(), value.as_str().trim())).collect();
    sorted.into_iter().map(|(name, value)| format!("{name}:{value}\n")).collect()
}
