//! Who may call: Shared Key signatures for the emulator account, or any bearer token.
//!
//! The signature is checked as Azure documents it for version 2015-02-21 and later, over the request as it was sent:
//! the path before any router stripped a prefix from it.

use std::collections::BTreeMap;

use axum::extract::{OriginalUri, RawPathParams, Request};
use axum::http::{HeaderMap, Method, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use url::form_urlencoded;

use crate::error::{Code, StorageError};
use crate::reply::header_text;

/// The account that every storage emulator serves.
pub const ACCOUNT_NAME: &str = "devstoreaccount1";

/// The emulator account's key, published by Microsoft and therefore no secret.
pub const ACCOUNT_KEY: &str =
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

/// Lets a request through if it names our account and carries a valid signature or any bearer token.
pub(crate) async fn require(
    OriginalUri(uri): OriginalUri,
    path: RawPathParams,
    request: Request,
    next: Next,
) -> Response {
    let account = path.iter().find_map(|(name, value)| (name == "account").then_some(value));
    // Other accounts share the store, and can only be read: their containers have names of their own.
    if account != Some(ACCOUNT_NAME) && !reads_with_a_token(&request) {
        let refusal = Code::ResourceNotFound.because(format!("only the account {ACCOUNT_NAME} is served"));
        return refusal.into_response();
    }
    match check(request.method(), &uri, request.headers()) {
        Ok(()) => next.run(request).await,
        Err(refusal) => refusal.into_response(),
    }
}

fn reads_with_a_token(request: &Request) -> bool {
    let token = header_text(request.headers(), header::AUTHORIZATION.as_str());
    matches!(*request.method(), Method::GET | Method::HEAD)
        && token.is_some_and(|token| token.starts_with("Bearer "))
}

fn check(method: &Method, uri: &Uri, headers: &HeaderMap) -> Result<(), StorageError> {
    let Some(authorization) = header_text(headers, header::AUTHORIZATION.as_str()) else {
        return Err(Code::NoAuthenticationInformation.into());
    };
    match authorization.split_once(' ') {
        Some(("Bearer", token)) if !token.trim().is_empty() => Ok(()),
        Some(("SharedKey", credential)) => check_signature(credential, method, uri, headers),
        _ => Err(Code::AuthenticationFailed.because("use SharedKey or Bearer in the Authorization header")),
    }
}

fn check_signature(
    credential: &str,
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
) -> Result<(), StorageError> {
    let Some((ACCOUNT_NAME, signature)) = credential.split_once(':') else {
        return Err(Code::AuthenticationFailed.because(format!("SharedKey must name {ACCOUNT_NAME}")));
    };
    let to_sign = string_to_sign(method, uri, headers);
    let refused = || {
        Code::AuthenticationFailed.because(format!(
            "The MAC signature found in the HTTP request '{signature}' is not the same as any computed signature. \
             Server used following string to sign: '{to_sign}'."
        ))
    };
    let signature_bytes = BASE64_STANDARD.decode(signature).map_err(|_| refused())?;
    let key = BASE64_STANDARD.decode(ACCOUNT_KEY).map_err(|_| refused())?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).map_err(|_| refused())?;
    mac.update(to_sign.as_bytes());
    mac.verify_slice(&signature_bytes).map_err(|_| refused())
}

fn string_to_sign(method: &Method, uri: &Uri, headers: &HeaderMap) -> String {
    let value = |name: &str| header_text(headers, name).unwrap_or_default();
    let length = match value("content-length") {
        "0" => "",
        length => length,
    };
    let date = if headers.contains_key("x-ms-date") { "" } else { value("date") };
    let lines = [
        method.as_str(),
        value("content-encoding"),
        value("content-language"),
        length,
        value("content-md5"),
        value("content-type"),
        date,
        value("if-modified-since"),
        value("if-match"),
        value("if-none-match"),
        value("if-unmodified-since"),
        value("range"),
    ];
    format!("{}\n{}{}", lines.join("\n"), canonical_headers(headers), canonical_resource(uri))
}

fn canonical_headers(headers: &HeaderMap) -> String {
    let mut canonical = BTreeMap::<&str, Vec<&str>>::new();
    for (name, value) in headers {
        if name.as_str().starts_with("x-ms-") {
            let value = value.to_str().unwrap_or_default().trim();
            canonical.entry(name.as_str()).or_default().push(value);
        }
    }
    canonical.iter().map(|(name, values)| format!("{name}:{}\n", values.join(","))).collect()
}

fn canonical_resource(uri: &Uri) -> String {
    let mut parameters = BTreeMap::<String, Vec<String>>::new();
    for (name, value) in form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()) {
        let values = parameters.entry(name.to_lowercase()).or_default();
        values.push(value.into_owned());
    }
    let mut resource = format!("/{ACCOUNT_NAME}{}", uri.path());
    for (name, mut values) in parameters {
        values.sort();
        resource.push_str(&format!("\n{name}:{}", values.join(",")));
    }
    resource
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    /// The layout that Microsoft documents for Shared Key, written out by hand.
    #[test]
    fn signs_what_azure_documents() {
        let mut headers = HeaderMap::new();
        headers.insert("x-ms-version", HeaderValue::from_static("2026-04-06"));
        headers.insert("x-ms-date", HeaderValue::from_static("Sat, 21 Nov 2026 01:48:21 GMT"));
        headers.insert("date", HeaderValue::from_static("ignored"));
        headers.insert("content-length", HeaderValue::from_static("0"));
        let uri = Uri::from_static("/queue/devstoreaccount1/work?Comp=metadata&timeout=20");
        assert_eq!(
            string_to_sign(&Method::PUT, &uri, &headers),
            "PUT\n\n\n\n\n\n\n\n\n\n\n\n\
             x-ms-date:Sat, 21 Nov 2026 01:48:21 GMT\nx-ms-version:2026-04-06\n\
             /devstoreaccount1/queue/devstoreaccount1/work\ncomp:metadata\ntimeout:20"
        );
    }
}
