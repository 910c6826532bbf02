//! The handler under the AWS Lambda runtime: the real binary, asked through the runtime API, with a simulated Azure.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod runtime;

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use holdfast_simulator::{Config, Estate, Simulator, Storage};
use serde_json::{Value, json};
use tokio::process::Command;

use runtime::{Runtime, api_gateway};

const SUBSCRIPTION: &str = "5b0f1d3a-6c1e-4b5e-9d53-0d2f7c3e9a10";

#[tokio::test(flavor = "multi_thread")]
async fn an_api_gateway_event_is_answered_for_whoever_shows_a_named_key() {
    let folder = tempfile::tempdir().unwrap();
    let vault = format!(
        "/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.DataProtection/backupVaults/bv"
    );
    let estate: Estate = serde_json::from_value(json!({
        "resourceGroups": [{ "id": format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/rg"), "location": "westeurope" }],
        "vaults": [{ "id": vault, "location": "westeurope" }],
    }))
    .unwrap();
    let config = Config { ca_dir: Some(folder.path().to_owned()), estate: Some(estate), ..Config::default() };
    let azure = Simulator::start(config).await.unwrap();
    let runtime = Runtime::start().await;
    let _handler = Command::new(env!("CARGO_BIN_EXE_holdfast-functions"))
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/app"))
        .envs(runtime.environment())
        .envs([
            ("AzureWebJobsStorage", Storage::connection_string(&azure.http_url)),
            ("HOLDFAST_ARM_ENDPOINT", azure.https_url.clone()),
            ("HOLDFAST_SUBSCRIPTIONS", SUBSCRIPTION.to_owned()),
            ("IDENTITY_ENDPOINT", format!("{}/msi/token", azure.http_url)),
            ("IDENTITY_HEADER", "lambda".to_owned()),
            ("HOLDFAST_KEYS", format!("alice={ALICE}")),
            ("HOLDFAST_ADMINS", "function-key".to_owned()),
            ("SSL_CERT_FILE", folder.path().join("ca.pem").display().to_string()),
        ])
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();

    for key in [None, Some("mallory")] {
        let refused = runtime.ask(api_gateway("GET", "/api/jobs", "", key, None)).await;
        assert_eq!(refused["statusCode"], 401, "no host has checked this key: {refused}");
        assert_eq!(body(&refused)["error"]["code"], "Unauthenticated", "{refused}");
    }
    for invoked in [
        "/Protect",
        "/ResourceChanged",
        "/QueuedEvent",
        "/Sweep",
        "/Undelivered",
        "/OpenOperations",
        "/Retry",
    ] {
        let refused = runtime.ask(api_gateway("POST", invoked, "", Some("alice"), Some(&json!({})))).await;
        assert_eq!(refused["statusCode"], 404, "the Functions host alone may invoke {invoked}: {refused}");
    }

    let alice = Some("alice");
    let jobs = runtime.ask(api_gateway("GET", "/api/jobs", &format!("vault={vault}"), alice, None)).await;
    assert_eq!((&jobs["statusCode"], body(&jobs)), (&json!(200), json!({ "value": [] })), "{jobs}");

    let disk =
        format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Compute/disks/none");
    let wanted = json!({ "resource": disk });
    let refused = runtime.ask(api_gateway("POST", "/api/backup", "", alice, Some(&wanted))).await;
    assert_eq!(refused["statusCode"], 404, "{refused}");
    assert_eq!(body(&refused)["error"]["code"], "ResourceNotFound", "{refused}");

    let document = runtime.ask(api_gateway("GET", "/api/openapi.json", "", None, None)).await;
    assert!(body(&document)["openapi"].as_str().unwrap().starts_with("3.1"));
}

fn body(answer: &Value) -> Value {
    serde_json::from_str(answer["body"].as_str().unwrap_or_default()).unwrap_or_default()
}

/// SHA-256 of `alice`.
const ALICE: &str = "2bd806c97f0e00af1a1fc3328fa763a9269723c8db8fac4f93af71db186d6e90";

/// Longer than any answer takes, set-up of the handler included.
const TIME_LIMIT: Duration = Duration::from_secs(60);
