//! Shared Key signing for the official crates, which offer none: a policy that signs each try.
//!
//! Written apart from the simulator's own check, so that both must agree with Azure's description.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use azure_core::credentials::Secret;
use azure_core::hmac::hmac_sha256;
use azure_core::http::headers::HeaderName;
use azure_core::http::policies::{Policy, PolicyResult};
use azure_core::http::{ClientOptions, Context, Request};
use azure_core::time::{OffsetDateTime, to_rfc7231};
use holdfast_simulator_storage::{ACCOUNT_KEY, ACCOUNT_NAME};

#[derive(Debug)]
struct SharedKey;

pub(crate) fn client_options() -> ClientOptions {
    ClientOptions { per_try_policies: vec![Arc::new(SharedKey)], ..Default::default() }
}

#[async_trait]
impl Policy for SharedKey {
    async fn send(&self, context: &Context, request: &mut Request, next: &[Arc<dyn Policy>]) -> PolicyResult {
        request.insert_header("x-ms-date", to_rfc7231(&OffsetDateTime::now_utc()));
        let signature = hmac_sha256(&to_sign(request), &Secret::new(ACCOUNT_KEY))?;
        request.insert_header("authorization", format!("SharedKey {ACCOUNT_NAME}:{signature}"));
        next[0].send(context, request, &next[1..]).await
    }
}

fn to_sign(request: &Request) -> String {
    let header = |name: &'static str| {
        let name = HeaderName::from_static(name);
        request.headers().get_optional_str(&name).unwrap_or_default().to_owned()
    };
    let length = request.body().len().filter(|length| *length > 0);
    let mut text = format!("{}\n", request.method().as_str());
    for line in [
        header("content-encoding"),
        header("content-language"),
        length.map(|length| length.to_string()).unwrap_or_default(),
        header("content-md5"),
        header("content-type"),
        String::new(),
        header("if-modified-since"),
        header("if-match"),
        header("if-none-match"),
        header("if-unmodified-since"),
        header("range"),
    ] {
        text += &format!("{line}\n");
    }
    let own: BTreeMap<_, _> = request
        .headers()
        .iter()
        .filter(|(name, _)| name.as_str().starts_with("x-ms-"))
        .map(|(name, value)| (name.as_str().to_owned(), value.as_str().trim().to_owned()))
        .collect();
    for (name, value) in own {
        text += &format!("{name}:{value}\n");
    }
    text += &format!("/{ACCOUNT_NAME}{}", request.url().path());
    let query: BTreeMap<_, _> = request.url().query_pairs().collect();
    for (name, value) in query {
        text += &format!("\n{}:{value}", name.to_lowercase());
    }
    text
}
