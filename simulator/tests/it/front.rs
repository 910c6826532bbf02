//! What every ARM call meets first.

use anyhow::{Context as _, Result};
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};

use crate::azure::{
    Azure, DISK, GROUP, SUBSCRIPTION, VAULT, disk_instance, estate, granted, instance, protect,
};

#[tokio::test]
async fn a_call_without_a_token_is_challenged() -> Result<()> {
    let azure = Azure::start(1.0, estate()).await?;
    let answer =
        Client::new().get(format!("{}{VAULT}?api-version=2024-04-01", azure.running.http_url)).send().await?;
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    assert!(answer.headers().get("www-authenticate").is_some());
    let body: Value = answer.json().await?;
    assert_eq!(body["error"]["code"], "AuthenticationFailed");
    Ok(())
}

#[tokio::test]
async fn the_api_version_must_be_there_and_known() -> Result<()> {
    let azure = Azure::start(1.0, estate()).await?;
    assert_eq!(
        azure.get(&format!("{VAULT}?api-version=")).await?.expect(400)?.code(),
        "MissingApiVersionParameter"
    );
    assert_eq!(
        azure.get(&format!("{DISK}?api-version=newest")).await?.expect(400)?.code(),
        "InvalidApiVersionParameter"
    );
    assert_eq!(
        azure.get(&format!("{VAULT}?api-version=2019-01-01")).await?.expect(400)?.code(),
        "NoRegisteredProviderFound"
    );
    azure.get(&format!("{VAULT}?api-version=2026-06-01")).await?.expect(200)?;
    Ok(())
}

#[tokio::test]
async fn what_is_not_there_is_told_apart() -> Result<()> {
    let azure = Azure::start(1.0, estate()).await?;
    let other_group = DISK.replace("rg-app", "rg-none");
    assert_eq!(azure.get(&other_group).await?.expect(404)?.code(), "ResourceGroupNotFound");
    assert_eq!(azure.get(&DISK.replace("/d1", "/d2")).await?.expect(404)?.code(), "ResourceNotFound");
    let instance = format!("{VAULT}/backupInstances/none");
    assert_eq!(azure.get(&instance).await?.expect(404)?.code(), "UserErrorGenericResourceNotFound");
    assert_eq!(azure.get(&format!("{VAULT}/nonsense")).await?.expect(404)?.code(), "InvalidResourceType");
    let listed =
        Azure::start(1.0, json!({ "subscriptions": ["0b1f6471-1bf0-4dda-aec3-cb9272f09590"] })).await?;
    assert_eq!(listed.get(GROUP).await?.expect(404)?.code(), "SubscriptionNotFound");
    Ok(())
}

#[tokio::test]
async fn an_action_without_a_resource_is_refused() -> Result<()> {
    let azure = Azure::start(1.0, estate()).await?;
    let action = format!("{GROUP}/providers/Microsoft.Storage/restore");
    assert_eq!(azure.post(&action, json!({})).await?.expect(404)?.code(), "ResourceNotFound");
    Ok(())
}

#[tokio::test]
async fn paths_are_matched_without_regard_to_case() -> Result<()> {
    let azure = Azure::start(1.0, estate()).await?;
    for path in [VAULT.to_lowercase(), VAULT.to_uppercase()] {
        let answer = azure.get(&format!("{path}?api-version=2024-04-01")).await?.expect(200)?;
        assert_eq!(answer.body["name"], "bv1");
    }
    Ok(())
}

#[tokio::test]
async fn answers_carry_correlation_and_remaining_calls() -> Result<()> {
    let azure = Azure::start(1.0, estate()).await?;
    let answer = azure.get(DISK).await?.expect(200)?;
    for name in ["x-ms-request-id", "x-ms-correlation-request-id", "x-ms-routing-request-id"] {
        assert!(answer.header(name).is_some_and(|value| !value.is_empty()), "{name}");
    }
    assert_eq!(answer.header("x-ms-ratelimit-remaining-subscription-reads"), Some("249"));
    Ok(())
}

#[tokio::test]
async fn broken_json_is_refused_and_a_location_required() -> Result<()> {
    let azure = Azure::start(1.0, estate()).await?;
    let url = format!("{}{DISK}?api-version=2023-04-02", azure.running.http_url);
    let answer = Client::new().put(url).bearer_auth("x").body("{\"location\":").send().await?;
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    let body: Value = answer.json().await?;
    assert_eq!(body["error"]["code"], "InvalidRequestContent");
    assert_eq!(
        azure.put(&DISK.replace("/d1", "/d2"), json!({})).await?.expect(400)?.code(),
        "LocationRequired"
    );
    Ok(())
}

#[tokio::test]
async fn too_many_reads_are_throttled() -> Result<()> {
    let azure = Azure::start(0.01, estate()).await?;
    let mut refused = None;
    for _ in 0..300 {
        let answer = azure.get(DISK).await?;
        if answer.status == 429 {
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.context("nothing was throttled")?;
    assert_eq!(refused.code(), "SubscriptionRequestsThrottled");
    let wait: u64 = refused.header("retry-after").context("no Retry-After")?.parse()?;
    assert!(wait >= 1);
    Ok(())
}

#[tokio::test]
async fn https_is_served_with_the_simulators_own_authority() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let config = holdfast_simulator::Config { ca_dir: Some(folder.path().to_owned()), ..Default::default() };
    let azure = Azure::with(config, estate()).await?;
    let pem = std::fs::read(folder.path().join("ca.pem"))?;
    assert_eq!(pem, azure.running.ca_pem.as_bytes());
    let trusting = Client::builder().tls_certs_only([reqwest::Certificate::from_pem(&pem)?]).build()?;
    for host in [azure.running.https_url.clone(), azure.running.https_url.replace("localhost", "127.0.0.1")] {
        let answer =
            trusting.get(format!("{host}{DISK}?api-version=2023-04-02")).bearer_auth("x").send().await?;
        assert_eq!(answer.status(), StatusCode::OK, "{host}");
    }
    let strange = Client::new().get(format!("{}{DISK}", azure.running.https_url)).send().await;
    assert!(strange.is_err(), "the authority is trusted by nobody else");
    Ok(())
}

#[tokio::test]
async fn resource_groups_hold_resources_and_take_them_along() -> Result<()> {
    let azure = Azure::start(1000.0, estate()).await?;
    assert_eq!(azure.call(Method::HEAD, GROUP, None).await?.status, 204);
    assert_eq!(
        azure.get(&format!("{GROUP}/resources")).await?.body["value"].as_array().map(Vec::len),
        Some(2)
    );
    azure.delete(GROUP).await?.expect(202)?;
    azure.until(GROUP, "/error/code", "ResourceGroupNotFound").await?;
    azure.put(GROUP, json!({ "location": "westeurope" })).await?.expect(201)?;
    azure.get(DISK).await?.expect(404)?;
    azure.get(VAULT).await?.expect(404)?;
    Ok(())
}

#[tokio::test]
async fn a_managed_identity_gets_a_token() -> Result<()> {
    let azure = Azure::start(1.0, json!({})).await?;
    let url = format!(
        "{}/msi/token?api-version=2019-08-01&resource=https%3A%2F%2Fmanagement.azure.com",
        azure.running.http_url
    );
    let token: Value =
        Client::new().get(&url).header("x-identity-header", "secret").send().await?.json().await?;
    assert_eq!(token["token_type"], "Bearer");
    assert!(token["expires_on"].is_string(), "seconds arrive as a text");
    assert_eq!(Client::new().get(&url).send().await?.status(), StatusCode::BAD_REQUEST);
    Ok(())
}

#[tokio::test]
async fn what_came_with_a_version_is_unknown_to_older_ones() -> Result<()> {
    let azure = Azure::start(1000.0, granted()).await?;
    protect(&azure).await?;
    let validation = |version: &str| format!("{}/validateForModifyBackup?api-version={version}", instance());
    let body = json!({ "backupInstance": disk_instance() });
    azure.post(&validation("2024-04-01"), body.clone()).await?.expect(404)?;
    azure.post(&validation("2025-01-01"), body).await?.expect(202)?;
    let deleted = |version: &str| {
        let region =
            format!("/subscriptions/{SUBSCRIPTION}/providers/Microsoft.DataProtection/locations/westeurope");
        format!("{region}/deletedVaults?api-version={version}")
    };
    azure.get(&deleted("2025-07-01")).await?.expect(404)?;
    azure.get(&deleted("2025-09-01")).await?.expect(200)?;
    Ok(())
}
