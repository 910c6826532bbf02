//! A clock that stands still and is moved: what waits, waits by it, and costs a test nothing.

use anyhow::{Context as _, Result};
use holdfast_simulator::{Config, Storage, Throttling};
use reqwest::Method;
use serde_json::{Value, json};

use crate::azure::{Azure, DISK, GROUP, VAULT, disk_instance, estate, granted, instance};

/// A simulator whose clock stands still.
async fn frozen(estate: Value) -> Result<Azure> {
    Azure::with(Config::frozen(), estate).await
}

async fn validation(azure: &Azure) -> Result<Value> {
    let request = json!({ "backupInstance": disk_instance() });
    let started = azure.post(&format!("{VAULT}/validateForBackup"), request).await?.expect(202)?;
    assert_eq!(started.header("retry-after"), Some("10"), "Azure's own seconds");
    azure.running.advance(10.0);
    azure.follow(&started).await
}

#[tokio::test]
async fn half_an_hour_of_propagation_passes_in_no_time() -> Result<()> {
    let mut world = estate();
    world["propagationSeconds"] = json!(1800.0);
    let azure = frozen(world).await?;
    let principal = azure.get(VAULT).await?.body["identity"]["principalId"].clone();
    for (scope, number, role) in [
        (DISK, 1, "3e5e47e6-65f7-47ef-90b5-e5dd4d455f24"),
        (GROUP, 2, "7efff54f-a5b4-42b5-a1c5-5411624893ce"),
    ] {
        let path = format!(
            "{scope}/providers/Microsoft.Authorization/roleAssignments/00000000-0000-4000-8000-00000000000{number}"
        );
        let definition = format!("/providers/Microsoft.Authorization/roleDefinitions/{role}");
        let body = json!({ "properties": { "roleDefinitionId": definition, "principalId": principal, "principalType": "ServicePrincipal" } });
        azure.put(&path, body).await?.expect(201)?;
    }
    let (mut asked, made) = (0, azure.running.now());
    while validation(&azure).await?["status"] == "Failed" {
        asked += 1;
        azure.running.advance(60.0);
    }
    let waited = azure.running.now().duration_since(made).as_secs();
    assert_eq!(asked, 26, "asked every 70 seconds for half an hour");
    assert!((1800..1880).contains(&waited), "{waited} seconds");
    Ok(())
}

#[tokio::test]
async fn what_is_due_happens_in_order_and_only_when_the_clock_gets_there() -> Result<()> {
    let azure = frozen(granted()).await?;
    let started = azure.put(&instance(), json!({ "properties": disk_instance() })).await?.expect(201)?;
    let state = "/properties/currentProtectionState";
    azure.running.advance(14.9);
    let poll = started.header("azure-asyncoperation").context("no operation")?.to_owned();
    assert_eq!(azure.get(&poll).await?.body["status"], "Inprogress");
    azure.running.advance(0.1);
    assert_eq!(azure.get(&poll).await?.body["status"], "Succeeded");
    assert_eq!(
        azure.get(&instance()).await?.body.pointer(state),
        Some(&json!("ConfiguringProtection")),
        "the operation ends before protection has settled"
    );
    azure.running.advance(5.0);
    assert_eq!(azure.get(&instance()).await?.body.pointer(state), Some(&json!("ProtectionConfigured")));
    // One long step does what many short ones do: the job that the operation announced has ended in time.
    let backup = json!({ "backupRuleOptions": { "ruleName": "BackupDaily", "triggerOption": {} } });
    azure.post(&format!("{}/backup", instance()), backup).await?.expect(202)?;
    azure.running.advance(86_400.0);
    let jobs = azure.get(&format!("{VAULT}/backupJobs")).await?.body;
    assert_eq!(jobs["value"][0]["properties"]["status"], "Completed");
    assert_eq!(jobs["value"][0]["properties"]["duration"], "00:03:00.0000000");
    Ok(())
}

#[tokio::test]
async fn the_clock_steps_from_one_event_to_the_next() -> Result<()> {
    let azure = frozen(granted()).await?;
    azure.put(&instance(), json!({ "properties": disk_instance() })).await?.expect(201)?;
    let begun = azure.running.now();
    let mut steps = Vec::new();
    while let Some(at) = azure.running.advance_to_next() {
        steps.push(at.duration_since(begun).as_secs());
    }
    steps.dedup();
    assert_eq!(steps, [10, 15, 20, 25, 30], "graph, operation, settling, and the graph twice more");
    let clock = azure.get("/_simulator/clock").await?.body;
    assert_eq!((&clock["frozen"], &clock["next"]), (&json!(true), &Value::Null));
    Ok(())
}

#[tokio::test]
async fn the_clock_is_moved_over_http_but_never_back() -> Result<()> {
    let azure = frozen(json!({})).await?;
    let shown =
        |body: Value| -> Result<jiff::Timestamp> { Ok(body["now"].as_str().context("no time")?.parse()?) };
    let before = shown(azure.get("/_simulator/clock").await?.body)?;
    let moved = azure.post("/_simulator/clock", json!({ "advanceSeconds": 3600 })).await?.expect(200)?;
    assert_eq!(shown(moved.body)?.duration_since(before).as_secs(), 3600);
    let refused = azure.post("/_simulator/clock", json!({ "advanceSeconds": -1 })).await?.expect(400)?;
    assert!(refused.body["error"]["message"].as_str().is_some_and(|text| text.contains("-1")), "{refused:?}");
    let running = azure.post("/_simulator/clock", json!({ "frozen": false })).await?.expect(200)?;
    assert_eq!(running.body["frozen"], false);
    let later = shown(azure.get("/_simulator/clock").await?.body)?;
    assert!(later > shown(running.body)?, "it runs on from where it was");
    Ok(())
}

#[tokio::test]
async fn queue_messages_are_hidden_by_the_same_clock() -> Result<()> {
    let azure = frozen(json!({})).await?;
    let storage: &Storage = &azure.running.storage;
    assert!(storage.put_message("items", "at once"));
    assert_eq!(azure.running.advance_to_next(), None, "the message can be seen already");
    let url =
        format!("{}/queue/devstoreaccount1/items/messages?visibilitytimeout=600", azure.running.http_url);
    let received =
        reqwest::Client::new().get(&url).bearer_auth("x").header("x-ms-version", "2024-08-04").send();
    assert!(received.await?.text().await?.contains("at once"));
    let before = azure.running.now();
    let seen = azure.running.advance_to_next().context("nothing is hidden")?;
    assert_eq!(seen.duration_since(before).as_secs(), 600);
    assert_eq!(storage.next_visible(), None, "it can be seen again");
    Ok(())
}

#[tokio::test]
async fn buckets_fill_by_the_clock_and_can_be_switched_off() -> Result<()> {
    let azure = frozen(estate()).await?;
    let group = |azure: &Azure| {
        let url = format!("{}{GROUP}?api-version=2022-09-01", azure.running.http_url);
        reqwest::Client::new().request(Method::HEAD, url).bearer_auth("x").send()
    };
    let mut passed = 0;
    while group(&azure).await?.status() == 204 {
        passed += 1;
    }
    assert_eq!(passed, 250, "reads of one caller");
    let refused = azure.get(GROUP).await?.expect(429)?;
    assert_eq!(refused.header("retry-after"), Some("1"));
    azure.running.advance(2.0);
    let left = azure.get(GROUP).await?.expect(200)?;
    assert_eq!(left.header("x-ms-ratelimit-remaining-subscription-reads"), Some("49"));
    assert_eq!(left.header("x-ms-ratelimit-remaining-subscription-global-reads"), Some("3749"));
    azure.post("/_simulator/throttle", json!({ "on": false })).await?.expect(204)?;
    for _ in 0..300 {
        azure.get(GROUP).await?.expect(200)?;
    }
    let off = Azure::with(Config { throttling: Throttling::Off, ..Config::default() }, estate()).await?;
    let answer = off.get(GROUP).await?;
    assert_eq!(answer.header("x-ms-ratelimit-remaining-subscription-reads"), Some("249"));
    Ok(())
}

#[tokio::test]
async fn dates_in_headers_may_be_skewed() -> Result<()> {
    let azure = frozen(estate()).await?;
    azure.post("/_simulator/clock", json!({ "skewSeconds": 300 })).await?.expect(200)?;
    azure.post("/_simulator/faults", json!({ "status": 503, "retryAfterDate": 30 })).await?.expect(204)?;
    let struck = azure.get(DISK).await?.expect(503)?;
    let read = |name: &str| -> Result<i64> {
        let text = struck.header(name).with_context(|| format!("no {name}"))?;
        Ok(jiff::fmt::rfc2822::parse(text)?.timestamp().as_second())
    };
    assert_eq!(read("retry-after")? - read("date")?, 30);
    assert_eq!(read("date")? - azure.running.now().as_second(), 300);
    Ok(())
}
