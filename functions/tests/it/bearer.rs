//! Tokens: only those of our tenant, for us, signed by it and in time are believed.

use axum::http::Request;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use holdfast_functions::callers::{
    BearerOptions, BearerTokens, Caller, Callers, Front, Grants, NamedKeys, Rejected, Role,
};
use serde_json::{Value, json};

use crate::entra::{Entra, TENANT};

const AUDIENCE: &str = "7b1f1f5e-7f0e-4f2d-9d34-1a6f8f1c2b77";

fn callers(entra: &Entra) -> Callers {
    let options = BearerOptions {
        authority: entra.authority.clone(),
        tenant: TENANT.to_owned(),
        audience: AUDIENCE.to_owned(),
    };
    let mut grants = Grants::default();
    grants.give(Role::Reader, "function-key").unwrap();
    grants.give(Role::Restorer, "role:Holdfast.Restorer").unwrap();
    let bearer = Some(BearerTokens::new(options).unwrap());
    Callers { front: Front::FunctionsHost, keys: NamedKeys::default(), app_service: false, bearer, grants }
}

async fn identify(callers: &Callers, header: Option<(&str, String)>) -> Result<Caller, Rejected> {
    let mut request = Request::builder().uri("/api/jobs");
    if let Some((name, value)) = header {
        request = request.header(name, value);
    }
    callers.identify(&request.body(()).unwrap().into_parts().0).await
}

#[tokio::test]
async fn a_good_token_names_its_caller_and_brings_its_app_roles() {
    let entra = Entra::start().await;
    let token = entra.token("first", &entra.claims(AUDIENCE));
    let caller =
        identify(&callers(&entra), Some(("authorization", format!("Bearer {token}")))).await.unwrap();
    assert_eq!(caller.identity.name, "alice@contoso.com");
    assert_eq!(caller.roles.into_iter().collect::<Vec<_>>(), [Role::Restorer]);
}

#[tokio::test]
async fn a_token_that_is_not_good_is_refused_whatever_else_is_sent() {
    let entra = Entra::start().await;
    let callers = callers(&entra);
    let with = |name: &str, value: Value| {
        let mut claims = entra.claims(AUDIENCE);
        claims[name] = value;
        claims
    };
    let impostor = Entra::start().await;
    let good = entra.claims(AUDIENCE);
    for (token, word) in [
        (entra.token("first", &with("exp", json!(1_700_000_000))), "ExpiredSignature"),
        (entra.token("first", &with("nbf", json!(32_503_680_000_i64))), "ImmatureSignature"),
        (entra.token("first", &with("aud", json!("another application"))), "InvalidAudience"),
        (
            entra.token("first", &with("iss", json!("https://login.microsoftonline.com/other/v2.0"))),
            "InvalidIssuer",
        ),
        (entra.token("first", &with("tid", json!("00000000-0000-0000-0000-000000000000"))), "another tenant"),
        (entra.token("first", &with("oid", Value::Null)), "object id"),
        (entra.token("second", &good), "does not list"),
        (impostor.token("first", &good), "InvalidSignature"),
        ("nonsense".to_owned(), "InvalidToken"),
    ] {
        let refused =
            identify(&callers, Some(("authorization", format!("Bearer {token}")))).await.unwrap_err();
        assert!(refused.to_string().contains(word), "{word}: {refused}");
    }
    let basic = identify(&callers, Some(("authorization", "Basic abc".to_owned()))).await.unwrap_err();
    assert!(basic.to_string().contains("no bearer token"));
}

#[tokio::test]
async fn the_platforms_header_is_believed_only_where_the_platform_stands_before_us() {
    let entra = Entra::start().await;
    let mut callers = callers(&entra);
    let somebody = "0f6c1d2e-5a43-4b7e-9d53-0d2f7c3e9a10";
    let claims = json!({ "claims": [{ "typ": "oid", "val": somebody }] });
    let forged = ("x-ms-client-principal", STANDARD.encode(claims.to_string()));
    let caller = identify(&callers, Some(forged.clone())).await.unwrap();
    assert_eq!(caller.identity.id, "function-key");
    callers.app_service = true;
    assert_eq!(identify(&callers, Some(forged)).await.unwrap().identity.id, somebody);
}
