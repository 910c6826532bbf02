//! A tenant with a signing key of its own, served as Entra serves its keys.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use axum::routing::get;
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use url::Url;

pub(crate) const TENANT: &str = "5a6f1d0c-7c07-4f3e-9a0b-3f6c1b2d4e50";

pub(crate) struct Entra {
    key: KeyPair,
    pub(crate) authority: Url,
}

impl Entra {
    pub(crate) async fn start() -> Self {
        let key = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let part = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let public = key.public_key();
        let keys = json!({ "keys": [{
            "kty": "RSA", "use": "sig", "kid": "first", "alg": "RS256",
            "n": part(public.modulus().big_endian_without_leading_zero()),
            "e": part(public.exponent().big_endian_without_leading_zero()),
        }] });
        let app =
            Router::new().route(&format!("/{TENANT}/discovery/v2.0/keys"), get(move || async { Json(keys) }));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let authority = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { key, authority }
    }

    /// Claims of a token that is good for an hour.
    pub(crate) fn claims(&self, audience: &str) -> Value {
        let now = jiff::Timestamp::now().as_second();
        json!({
            "iss": format!("{}/{TENANT}/v2.0", self.authority.as_str().trim_end_matches('/')), "aud": audience,
            "tid": TENANT, "iat": now, "nbf": now, "exp": now + 3600,
            "oid": "9f1d4c52-2b0a-4a64-8f3c-1d5f0b6c7a88", "preferred_username": "alice@contoso.com",
            "roles": ["Holdfast.Restorer"],
        })
    }

    pub(crate) fn token(&self, kid: &str, claims: &Value) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed =
            format!("{}.{}", part(&json!({ "alg": "RS256", "typ": "JWT", "kid": kid })), part(claims));
        let mut signature = vec![0; self.key.public_modulus_len()];
        self.key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature).unwrap();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}
