//! Faults on demand, and the journal of calls.

use anyhow::Result;
use serde_json::{Value, json};

use crate::azure::{Azure, DISK, GROUP, estate};

#[tokio::test]
async fn an_injected_answer_strikes_once() -> Result<()> {
    let azure = Azure::start(1.0, estate()).await?;
    let fault = json!({ "method": "GET", "path": "/disks/", "status": 429, "retryAfter": 9 });
    azure.post("/_simulator/faults", fault).await?.expect(204)?;
    let struck = azure.get(DISK).await?.expect(429)?;
    assert_eq!((struck.header("retry-after"), struck.code()), (Some("9"), "InjectedFault"));
    azure.get(DISK).await?.expect(200)?;
    Ok(())
}

#[tokio::test]
async fn a_broken_body_is_no_json() -> Result<()> {
    let azure = Azure::start(1.0, estate()).await?;
    azure.post("/_simulator/faults", json!({ "status": 200, "body": "{\"value\": [" })).await?.expect(204)?;
    let error = azure.get(DISK).await.expect_err("half a document was read");
    assert!(error.to_string().contains("{\"value\": ["), "{error:#}");
    Ok(())
}

#[tokio::test]
async fn a_reset_loses_the_answer_but_not_the_call_when_asked_to() -> Result<()> {
    let azure = Azure::start(1.0, estate()).await?;
    let made = DISK.replace("/d1", "/d2");
    azure
        .post("/_simulator/faults", json!({ "method": "PUT", "reset": true, "apply": true }))
        .await?
        .expect(204)?;
    let body = json!({ "location": "westeurope", "properties": {} });
    assert!(azure.put(&made, body.clone()).await.is_err(), "the answer arrived");
    azure.get(&made).await?.expect(200)?;
    let lost = DISK.replace("/d1", "/d3");
    azure.post("/_simulator/faults", json!({ "method": "PUT", "reset": true })).await?.expect(204)?;
    assert!(azure.put(&lost, body).await.is_err(), "the answer arrived");
    azure.get(&lost).await?.expect(404)?;
    Ok(())
}

#[tokio::test]
async fn nonsense_is_refused_by_name() -> Result<()> {
    let azure = Azure::start(1.0, json!({})).await?;
    let refused = azure.post("/_simulator/faults", json!({ "statsu": 500 })).await?.expect(400)?;
    assert!(
        refused.body["error"]["message"].as_str().is_some_and(|message| message.contains("statsu")),
        "{refused:?}"
    );
    Ok(())
}

#[tokio::test]
async fn the_journal_counts_arm_calls_only() -> Result<()> {
    let azure = Azure::start(1.0, estate()).await?;
    azure.get(DISK).await?;
    azure.get(&format!("{GROUP}/none")).await?;
    let calls = azure.get("/_simulator/calls").await?.body;
    let seen: Vec<(&str, u64)> = calls["calls"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|call| {
            (call["method"].as_str().unwrap_or_default(), call["status"].as_u64().unwrap_or_default())
        })
        .collect();
    assert_eq!(seen, [("GET", 200), ("GET", 404)]);
    let later = azure.get("/_simulator/calls?since=1").await?.body;
    assert_eq!(later["calls"].as_array().map(Vec::len), Some(1));
    Ok(())
}

#[tokio::test]
async fn reset_returns_to_the_estate() -> Result<()> {
    let azure = Azure::start(1.0, estate()).await?;
    let made = DISK.replace("/d1", "/d2");
    azure.put(&made, json!({ "location": "westeurope", "properties": {} })).await?.expect(201)?;
    azure.post("/_simulator/reset", Value::Null).await?.expect(204)?;
    azure.get(&made).await?.expect(404)?;
    azure.get(DISK).await?.expect(200)?;
    Ok(())
}
