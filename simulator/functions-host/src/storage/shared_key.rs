//! Shared Key: the signature that storage accounts ask for.

use std::collections::BTreeMap;
use std::fmt;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, Mac};
use reqwest::Method;
use sha2::Sha256;
use url::Url;

/// An account's name and key.
#[derive(Clone)]
pub(crate) struct Key {
    account: String,
    key: Vec<u8>,
}

/// What of a request is signed; the headers are all that begin with `x-ms-`.
pub(super) struct Signed<'a> {
    pub(super) method: &'a Method,
    pub(super) url: &'a Url,
    pub(super) content_type: &'a str,
    pub(super) content_length: usize,
    pub(super) headers: &'a BTreeMap<&'static str, String>,
}

impl Key {
    /// `None` if the key is not Base64.
    pub(super) fn parse(account: &str, key: &str) -> Option<Self> {
        Some(Self { account: account.to_owned(), key: BASE64_STANDARD.decode(key).ok()? })
    }

    /// The value of the `Authorization` header.
    pub(super) fn authorization(&self, request: &Signed<'_>) -> String {
        // HMAC takes keys of any length, so this cannot fail; an empty signature would be refused by the service.
        let signature = Hmac::<Sha256>::new_from_slice(&self.key)
            .map(|mac| mac.chain_update(self.text(request)).finalize().into_bytes())
            .map(|signature| BASE64_STANDARD.encode(signature));
        format!("SharedKey {}:{}", self.account, signature.unwrap_or_default())
    }

    fn text(&self, request: &Signed<'_>) -> String {
        let length = match request.content_length {
            0 => String::new(),
            length => length.to_string(),
        };
        let mut text = format!("{}\n\n\n{length}\n\n{}\n\n\n\n\n\n\n", request.method, request.content_type);
        for (name, value) in request.headers {
            text.push_str(&format!("{name}:{value}\n"));
        }
        text.push_str(&format!("/{}{}", self.account, request.url.path()));
        let mut query: Vec<_> = request.url.query_pairs().collect();
        query.sort();
        for (name, value) in query {
            text.push_str(&format!("\n{}:{value}", name.to_lowercase()));
        }
        text
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key").field("account", &self.account).finish_non_exhaustive()
    }
}
