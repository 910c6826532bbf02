//! One night in which five hundred backups fail, each for a cause of its own: what is taken again, by us and by the recipe that
//! Microsoft's automation article gives.

mod granting;
mod night;

use std::collections::BTreeSet;

use holdfast_protection::ports::Ledger as _;
use holdfast_protection::retry::Retried;
use holdfast_tests::SUBSCRIPTION;
use serde_json::json;

use super::sweeping::Work;
use crate::world;
use night::{Morning, Night};

const DISKS: usize = 350;
const MACHINES: usize = 150;

/// Microsoft's recipe: one query, the first five rows, machines only, without regard to when they failed; each is backed up again.
async fn recipe(night: &Night) -> Vec<String> {
    let query = "recoveryservicesresources | where type in~ ('microsoft.recoveryservices/vaults/backupjobs') \
         | where properties.status =~ 'Failed' and properties.operation =~ 'Backup' | project id, properties";
    let body = json!({ "subscriptions": [SUBSCRIPTION], "query": query, "options": { "$top": 5 } });
    let page = night.call("POST", "/providers/Microsoft.ResourceGraph/resources", "2024-04-01", &body).await;
    let mut asked = Vec::new();
    for row in page["data"].as_array().unwrap() {
        let item = row["properties"]["backupInstanceId"].as_str().unwrap().to_owned();
        let body = json!({ "properties": { "objectType": "IaasVMBackupRequest" } });
        let url = format!("{}{item}/backup?api-version=2024-04-01", night.run.azure.http_url);
        night.client.post(url).bearer_auth("owner").json(&body).send().await.unwrap();
        asked.push(item);
    }
    asked
}

#[tokio::test(flavor = "multi_thread")]
async fn every_failure_that_passes_is_retried_and_none_twice() {
    let night = Night::of(DISKS, MACHINES).await;
    night.fall().await;
    let queue = Work::default();
    let mut total = Retried::default();
    // A timer of twenty minutes, for four hours. Some backups fail once more.
    for round in 0..12 {
        let retried = night.retry(&queue).await;
        assert!(retried.failed.is_empty(), "round {round}: {retried:?}");
        total.retried += retried.retried;
        total.permissions += retried.permissions;
        total.reported += retried.reported + retried.not_possible;
        if round == 0 {
            for (instance, ..) in night.instances.iter().step_by(50) {
                night.fail(instance, "CloudInternalError").await;
            }
        }
        night.run.azure.advance(1200.0);
    }
    let again = DISKS.div_ceil(50) + MACHINES.div_ceil(50);
    let failures = DISKS + MACHINES;
    assert_eq!(usize::try_from(total.retried).unwrap(), failures / 2 + again, "{total:?}");
    assert_eq!(usize::try_from(total.permissions).unwrap(), failures / 5, "{total:?}");
    assert_eq!(usize::try_from(total.reported).unwrap(), failures * 3 / 10, "{total:?}");
    assert_eq!(queue.0.lock().unwrap().len(), failures / 5);
    // One record for each failed job, and never two operations for one.
    let records = night.run.ledger().list("retries/").await.unwrap();
    assert_eq!(records.len(), failures + again);
    let mut asked = Vec::new();
    for path in &records {
        let record = night.run.ledger().read(path).await.unwrap().unwrap();
        if record["what"]["done"] == "retried" {
            let operation = record["what"]["operation"].as_str().unwrap();
            let path = format!("operations/{operation}/asked.json");
            let document = night.run.ledger().read(&path).await.unwrap().unwrap();
            asked.push(document["instance"].as_str().unwrap().to_ascii_lowercase());
        }
    }
    let morning = night.morning(&asked).await;
    assert_eq!(morning, Morning { transient: failures / 2, others: 0, twice: again, missed: 0 });
}

#[tokio::test(flavor = "multi_thread")]
async fn the_recipe_of_the_automation_article_retries_the_wrong_ones() {
    let night = Night::of(DISKS, MACHINES).await;
    night.fall().await;
    let mut asked = Vec::new();
    for _ in 0..12 {
        asked.extend(recipe(&night).await.iter().map(|id| id.to_ascii_lowercase()));
        night.run.azure.advance(1200.0);
    }
    let morning = night.morning(&asked).await;
    assert!(morning.transient <= 5 && morning.twice > 0, "{morning:?}");
    assert!(morning.missed >= (DISKS + MACHINES) / 2 - 5, "{morning:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_death_after_any_call_of_a_run_retries_nothing_twice() {
    let mut deaths = 0;
    let mut night = Night::of(3, 2).await;
    night.fall().await;
    for number in 1_u32..400 {
        night.run.line.die_at(night.run.line.calls() + number);
        let line = night.run.line.clone();
        let queue = Work::default();
        let is_over = tokio::select! {
            biased;
            _ = night.retry(&queue) => true,
            () = line.death() => false,
        };
        if is_over {
            break;
        }
        deaths += 1;
        night.run.restart();
    }
    assert!(deaths >= 3, "{deaths} deaths");
    // What a death has left half done is carried on by the function that looks at open operations, once its claim is old.
    for _ in 0..30 {
        night.run.operations().advance_all(night.run.azure.now()).await.unwrap();
        night.run.azure.advance(120.0);
    }
    let asked: BTreeSet<String> = night
        .run
        .ledger()
        .list("operations/")
        .await
        .unwrap()
        .into_iter()
        .filter(|path| path.ends_with("/asked.json"))
        .collect();
    assert_eq!(asked.len(), 5, "{asked:?}");
    let jobs = night.jobs().await;
    assert_eq!(jobs.len(), 10, "five scheduled backups, each taken again once: {jobs:?}");
}

/// Somebody took the right to read one policy away, and later gave it again.
#[tokio::test(flavor = "multi_thread")]
async fn what_may_not_be_read_keeps_nothing_else_from_being_seen_to() {
    let night = Night::of(2, 2).await;
    night.fall().await;
    let policy = format!("{}/backupPolicies/daily", world::vault());
    let (denied, none) = (json!([{ "action": "*", "scope": policy }]), json!([]));
    let mut retried = Vec::new();
    for denials in [denied, none] {
        night.call("POST", "/_simulator/settings", "x", &json!({ "denyActions": denials })).await;
        retried.push(night.retry(&Work::default()).await);
    }
    let [first, second] = retried.as_slice() else { panic!("{retried:?}") };
    assert_eq!((first.failed.len(), first.retried + first.waiting), (2, 2), "{retried:?}");
    assert!(first.failed.iter().all(|why| why.contains("daily")), "{retried:?}");
    assert_eq!((second.failed.len(), second.reported), (0, 0), "{retried:?}");
    assert!(second.retried + second.waiting >= 2, "{retried:?}");
}

/// Somebody took the right to read one policy away, and nobody gives it again.
#[tokio::test(flavor = "multi_thread")]
async fn what_stays_unreadable_is_left_to_a_person_before_it_is_out_of_sight() {
    let night = Night::of(2, 0).await;
    // No good backup follows.
    night.call("POST", "/_simulator/settings", "x", &json!({ "scheduledBackups": false })).await;
    night.fall().await;
    let policy = format!("{}/backupPolicies/daily", world::vault());
    let denied = json!({ "denyActions": [{ "action": "*", "scope": policy }] });
    night.call("POST", "/_simulator/settings", "x", &denied).await;
    let mut retried = Vec::new();
    for hours in [1.0, 27.0, 2.0, 1.0] {
        night.run.azure.advance(hours * 3600.0);
        let Retried { failed, not_possible, .. } = night.retry(&Work::default()).await;
        retried.push((failed.len(), not_possible));
    }
    assert_eq!(retried, [(2, 0), (2, 0), (0, 2), (0, 0)]);
    let ledger = night.run.ledger();
    for path in ledger.list("retries/").await.unwrap() {
        let record = ledger.read(&path).await.unwrap().unwrap();
        assert_eq!(record["what"]["done"], "not-possible", "{record}");
        assert!(record["what"]["problem"].as_str().unwrap().contains("daily"), "{record}");
    }
}
