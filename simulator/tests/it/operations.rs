//! Operations that end in other ways than they should, and calls that are held.

use std::time::Duration;

use anyhow::{Context as _, Result};
use holdfast_simulator::Config;
use serde_json::{Value, json};

use crate::azure::{Answer, Azure, VAULT, disk_instance, granted, instance};

const STATE: &str = "/properties/currentProtectionState";

async fn frozen() -> Result<Azure> {
    Azure::with(Config::frozen(), granted()).await
}

/// Starts to protect the disk, with this fate of the operation, and lets an hour pass.
async fn put_with(azure: &Azure, fate: Value) -> Result<Answer> {
    azure.running.fault(json!({ "method": "PUT", "path": "backupInstances", "operation": fate }))?;
    let started = azure.put(&instance(), json!({ "properties": disk_instance() })).await?.expect(201)?;
    Ok(started)
}

async fn state(azure: &Azure) -> Result<Value> {
    Ok(azure.get(&instance()).await?.body.pointer(STATE).cloned().unwrap_or_default())
}

fn poll(started: &Answer) -> Result<String> {
    Ok(started.header("azure-asyncoperation").context("no operation")?.to_owned())
}

#[tokio::test]
async fn an_operation_may_hang_although_its_work_is_done() -> Result<()> {
    let azure = frozen().await?;
    let started = put_with(&azure, json!("hang")).await?;
    azure.running.advance(86_400.0);
    assert_eq!(azure.get(&poll(&started)?).await?.body["status"], "Inprogress");
    assert_eq!(state(&azure).await?, "ProtectionConfigured");
    Ok(())
}

#[tokio::test]
async fn an_operation_may_stall_with_its_work_undone() -> Result<()> {
    let azure = frozen().await?;
    let started = put_with(&azure, json!("stall")).await?;
    azure.running.advance(86_400.0);
    assert_eq!(azure.get(&poll(&started)?).await?.body["status"], "Inprogress");
    assert_eq!(state(&azure).await?, "ConfiguringProtection");
    Ok(())
}

#[tokio::test]
async fn an_operation_may_vanish() -> Result<()> {
    let azure = frozen().await?;
    let started = put_with(&azure, json!("vanish")).await?;
    azure.get(&poll(&started)?).await?.expect(404)?;
    azure.running.advance(60.0);
    assert_eq!(state(&azure).await?, "ProtectionConfigured");
    Ok(())
}

#[tokio::test]
async fn an_operation_may_move_to_another_url() -> Result<()> {
    let azure = frozen().await?;
    let started = put_with(&azure, json!("move")).await?;
    let first = poll(&started)?;
    let told = azure.get(&first).await?.expect(200)?;
    assert_eq!(told.body["status"], "Inprogress");
    let second = poll(&told)?;
    assert_ne!(first, second);
    azure.get(&first).await?.expect(404)?;
    azure.running.advance(60.0);
    assert_eq!(azure.get(&second).await?.expect(200)?.body["status"], "Succeeded");
    assert_eq!(state(&azure).await?, "ProtectionConfigured");
    Ok(())
}

#[tokio::test]
async fn an_operation_may_fail_with_any_code() -> Result<()> {
    let azure = frozen().await?;
    let started = put_with(&azure, json!({ "fail": "UserErrorSomething" })).await?;
    azure.running.advance(60.0);
    let ended = azure.get(&poll(&started)?).await?.body;
    assert_eq!((&ended["status"], &ended["error"]["code"]), (&json!("Failed"), &json!("UserErrorSomething")));
    assert_eq!(state(&azure).await?, "ProtectionError");
    // The next attempt, which no fault strikes, succeeds.
    azure.put(&instance(), json!({ "properties": disk_instance() })).await?.expect(201)?;
    azure.running.advance(60.0);
    assert_eq!(state(&azure).await?, "ProtectionConfigured");
    Ok(())
}

#[tokio::test]
async fn a_deletion_that_fails_leaves_protection_as_it_was() -> Result<()> {
    let azure = frozen().await?;
    azure.put(&instance(), json!({ "properties": disk_instance() })).await?.expect(201)?;
    azure.running.advance(60.0);
    let fault = json!({ "method": "DELETE", "operation": { "fail": "CloudInternalError" } });
    azure.running.fault(fault)?;
    azure.delete(&instance()).await?.expect(202)?;
    assert_eq!(state(&azure).await?, "SoftDeleting");
    azure.running.advance(60.0);
    assert_eq!(state(&azure).await?, "ProtectionConfigured");
    azure.delete(&instance()).await?.expect(202)?;
    azure.running.advance(60.0);
    azure.get(&instance()).await?.expect(404)?;
    Ok(())
}

#[tokio::test]
async fn a_call_is_held_after_its_effect_until_it_is_released() -> Result<()> {
    let azure = frozen().await?;
    azure.running.fault(json!({ "method": "PUT", "hold": "put", "apply": true }))?;
    let body = json!({ "properties": disk_instance() });
    let path = instance();
    let (answer, released) = tokio::join!(azure.put(&path, body), async {
        azure.running.until_held("put").await;
        assert_eq!(state(&azure).await?, "ConfiguringProtection", "it took effect");
        let held = azure.get("/_simulator/faults").await?.body["holding"].clone();
        assert_eq!((&held[0]["method"], &held[0]["number"]), (&json!("PUT"), &json!(1)));
        let calls = azure.running.calls();
        assert_eq!(
            (&calls["calls"][0]["status"], &calls["calls"][0]["fault"]),
            (&json!(0), &json!("hold put"))
        );
        anyhow::Ok(azure.running.release("put"))
    });
    answer?.expect(201)?;
    assert_eq!(released?, 1);
    Ok(())
}

#[tokio::test]
async fn a_caller_killed_while_it_is_held_before_the_effect_leaves_nothing() -> Result<()> {
    let azure = frozen().await?;
    azure.running.fault(json!({ "method": "PUT", "hold": "put" }))?;
    let url = format!("{}{}?api-version=2024-04-01", azure.running.http_url, instance());
    let doomed =
        reqwest::Client::new().put(url).bearer_auth("x").json(&json!({ "properties": disk_instance() }));
    let doomed = tokio::spawn(doomed.send());
    azure.running.until_held("put").await;
    doomed.abort();
    for _ in 0..500 {
        if azure.get("/_simulator/faults").await?.body["holding"] == json!([]) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(azure.running.release("put"), 0, "nobody waits any more");
    azure.get(&instance()).await?.expect(404)?;
    Ok(())
}

#[tokio::test]
async fn issued_tokens_can_be_made_to_expire() -> Result<()> {
    let azure = frozen().await?;
    let token = async || -> Result<String> {
        let url = format!(
            "{}/msi/token?api-version=2019-08-01&resource=https%3A%2F%2Fmanagement.azure.com",
            azure.running.http_url
        );
        let answer = reqwest::Client::new().get(url).header("x-identity-header", "x").send().await?;
        let token: Value = answer.json().await?;
        Ok(token["access_token"].as_str().context("no token")?.to_owned())
    };
    let url = format!("{}{VAULT}?api-version=2024-04-01", azure.running.http_url);
    let read = async |token: &str| reqwest::Client::new().get(&url).bearer_auth(token).send().await;
    let old = token().await?;
    assert_eq!(read(&old).await?.status(), 200);
    azure.post("/_simulator/tokens/expire", json!({})).await?.expect(204)?;
    let refused = read(&old).await?;
    assert_eq!(refused.status(), 401);
    assert!(refused.headers().contains_key("www-authenticate"));
    let body: Value = refused.json().await?;
    assert_eq!(body["error"]["code"], "ExpiredAuthenticationToken");
    assert_eq!(read(&token().await?).await?.status(), 200);
    Ok(())
}

#[tokio::test]
async fn chaos_harms_a_share_of_the_calls() -> Result<()> {
    let azure = frozen().await?;
    azure.post("/_simulator/throttle", json!({ "on": false })).await?.expect(204)?;
    let chaos = json!({ "percent": 20, "seed": 5, "harms": [429, 503] });
    azure.post("/_simulator/chaos", chaos).await?.expect(204)?;
    let mut harmed = 0;
    for _ in 0..200 {
        let answer = azure.get(VAULT).await?;
        assert!([200, 429, 503].contains(&answer.status), "{answer:?}");
        harmed += u64::from(answer.status != 200);
    }
    assert!((20..60).contains(&harmed), "{harmed} of 200");
    assert_eq!(azure.get("/_simulator/chaos").await?.body["struck"], harmed);
    azure.call(reqwest::Method::DELETE, "/_simulator/chaos", None).await?.expect(204)?;
    azure.get(VAULT).await?.expect(200)?;
    Ok(())
}
