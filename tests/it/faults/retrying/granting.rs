//! A backup that failed for want of a permission: it is given, and once it counts the backup is taken again, with no timer between.

use std::time::Duration;

use holdfast_protection::ports::Ledger as _;
use serde_json::{Value, json};

use super::super::sweeping::{Shelf, Work, sweep_once};
use super::night::{Night, READER};

impl Night {
    /// What the run of the retries puts to work.
    async fn put_to_work(&mut self) -> usize {
        let queue = Work::default();
        let retried = self.retry(&queue).await;
        assert_eq!((retried.permissions, retried.retried, retried.reported), (1, 0, 0), "{retried:?}");
        let items = queue.0.into_inner().unwrap();
        let now = self.run.azure.now();
        items.iter().for_each(|item| self.run.queue.put(item, now, Duration::ZERO));
        items.len()
    }

    /// How often a role is given to the vault.
    fn given(&self, role: &str) -> usize {
        let state = self.run.azure.state();
        let assigned = state["roleAssignments"].as_array().unwrap();
        assigned.iter().filter(|one| one["roleDefinitionGuid"] == role).count()
    }

    /// Open operations are looked at every two minutes: what a death has left half done is carried on.
    async fn an_hour_passes(&self) {
        for _ in 0..30 {
            self.run.operations().advance_all(self.run.azure.now()).await.unwrap();
            self.run.azure.advance(120.0);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_was_taken_away_is_given_again_by_the_sweep_before_a_backup_fails() {
    let (mut night, ids, _) = Night::before(2, 0).await;
    for disk in &ids {
        night.run.tell(disk);
        night.run.work_off().await;
    }
    let shelf = Shelf::default();
    let writes = |night: &Night| night.run.calls().iter().filter(|(method, _, _)| method == "PUT").count();
    let before = writes(&night);
    night.run.azure.advance(3600.0);
    sweep_once(&mut night.run, &shelf, 100).await;
    night.run.work_off().await;
    assert_eq!(writes(&night), before, "nothing is missing, and nothing is written");

    // The one for the whole group.
    night.take_away(READER).await;
    assert_eq!(night.given(READER), 0);
    night.run.azure.advance(3600.0);
    sweep_once(&mut night.run, &shelf, 100).await;
    night.run.work_off().await;
    assert_eq!(night.given(READER), ids.len());
    night.run.assert_sound(&ids, "its role was given again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_that_lacked_a_permission_is_taken_again_once_that_counts_and_not_before() {
    let mut night = Night::without_the_role().await;
    // A role counts after twenty minutes; the timer of the retries never comes again.
    night.call("POST", "/_simulator/settings", "x", &json!({ "propagationSeconds": 1200 })).await;
    let asked_at = night.run.azure.now();
    assert_eq!(night.put_to_work().await, 1);
    night.run.work_off().await;
    let waited = night.run.azure.now().duration_since(asked_at).as_mins();
    assert!((20..40).contains(&waited), "taken again after {waited} minutes");
    night.an_hour_passes().await;
    let jobs = night.jobs().await;
    let good: Vec<&Value> = jobs.iter().filter(|job| job["properties"]["status"] != "Failed").collect();
    assert_eq!((jobs.len(), good.len()), (2, 1), "{jobs:#?}");
    let records = night.run.ledger().list("retries/").await.unwrap();
    assert_eq!(records.len(), 2, "{records:?}");
    let granted = records.iter().find(|path| path.ends_with("-granted.json")).unwrap();
    let record = night.run.ledger().read(granted).await.unwrap().unwrap();
    assert_eq!(record["what"]["done"], "retried", "{record}");
    // The timer comes at last, and finds nothing to do.
    night.run.azure.advance(1800.0);
    let retried = night.retry(&Work::default()).await;
    assert_eq!((retried.permissions, retried.retried, retried.reported), (0, 0, 0), "{retried:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_death_after_any_call_of_the_grant_takes_the_backup_once() {
    let mut deaths = 0;
    for number in 1_u32..200 {
        let mut night = Night::without_the_role().await;
        night.put_to_work().await;
        night.run.line.die_at(night.run.line.calls() + number);
        night.run.work_off().await;
        let is_over = night.run.line.is_doomed();
        night.an_hour_passes().await;
        let jobs = night.jobs().await;
        assert_eq!(jobs.len(), 2, "death {number}: {jobs:#?}");
        deaths += night.run.deaths;
        if is_over {
            break;
        }
    }
    assert!(deaths >= 5, "{deaths} deaths");
}
