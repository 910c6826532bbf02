//! What is news, and what is not.

use holdfast_notify::{Kind, OutletName, digest};
use holdfast_protection::ResourceId;
use holdfast_protection::ledger::{Entry, LedgerRecord};
use holdfast_protection::outcome::{Outcome, PermissionRequest, Waiting};
use holdfast_protection::ports::Ledger;
use holdfast_protection::retry::Done;
use serde_json::json;

use crate::world::{DISK, World, failed, protected};

const DAY: &str = "2026-01-14T00:00:00Z";

async fn told(outcomes: &[Outcome]) -> Vec<String> {
    let mut world = World::of(&[OutletName::Webhook]);
    for outcome in outcomes {
        world.ends(DISK, DAY, outcome).await;
        world.send_all().await;
    }
    world.parts.types(OutletName::Webhook)
}

#[tokio::test(start_paused = true)]
async fn what_was_so_before_is_not_told_again() {
    let excluded = || Outcome::Excluded { reason: "r".to_owned() };
    assert_eq!(told(&[protected(), protected(), protected()]).await, ["protected"]);
    assert_eq!(told(&[failed("A"), failed("A"), failed("B")]).await, ["failed", "failed"]);
    assert_eq!(told(&[failed("A"), protected(), failed("A")]).await, ["failed", "protected", "failed"]);
    assert_eq!(told(&[excluded(), Outcome::Gone]).await, Vec::<String>::new());
    // What nobody waits for is known all the same: after it, the next event is news.
    assert_eq!(told(&[protected(), excluded(), protected()]).await, ["protected", "protected"]);
}

#[tokio::test(start_paused = true)]
async fn a_kind_that_is_not_wanted_is_not_told() {
    let mut world = World::of(&[OutletName::Webhook]).telling(&[Kind::Failed]);
    for outcome in [protected(), failed("A")] {
        world.ends(DISK, DAY, &outcome).await;
    }
    world.send_all().await;
    assert_eq!(world.parts.types(OutletName::Webhook), ["failed"]);
}

#[tokio::test(start_paused = true)]
async fn an_event_says_what_a_person_and_a_program_need() {
    let mut world = World::of(&[OutletName::Queue]);
    world.ends(DISK, DAY, &failed("UserErrorDiskNotFound")).await;
    world.send_all().await;
    let event = serde_json::to_value(&world.parts.got.lock().unwrap()[0].1).unwrap();
    assert_eq!(event["specversion"], "1.0");
    assert_eq!(event["type"], "com.github.holdfast-backup.failed");
    assert_eq!(event["source"], "/holdfast/test");
    assert_eq!(event["subject"], DISK);
    assert_eq!(event["sequence"], "00000000000000000000");
    assert_eq!(event["partitionkey"], format!("resources{}", DISK.to_ascii_lowercase()));
    let data = json!({ "summary": "Data could not be protected: m", "code": "UserErrorDiskNotFound", "message": "m",
        "wayOut": "w", "resource": DISK });
    assert_eq!(event["data"], data);
}

#[tokio::test(start_paused = true)]
async fn missing_permissions_are_told_once_for_each_template() {
    let mut world = World::of(&[OutletName::Webhook]);
    let ledger = world.ledger();
    for template in ["templates/a.json", "templates/a.json", "templates/b.json"] {
        let request = PermissionRequest {
            code: "UserCannotAssignRoles".to_owned(),
            message: "m".to_owned(),
            missing: vec!["Reader on g".to_owned()],
            template: template.to_owned(),
            way_out: "w".to_owned(),
        };
        let record = LedgerRecord::Waiting { waiting: Waiting::Administrator(request) };
        ledger
            .record((&DISK.parse::<ResourceId>().unwrap()).into(), DAY.parse().unwrap(), &record)
            .await
            .unwrap();
    }
    world.send_all().await;
    assert_eq!(world.parts.types(OutletName::Webhook), ["needs-permission", "needs-permission"]);
}

#[tokio::test(start_paused = true)]
async fn work_that_is_tried_once_more_is_told_of_its_resource() {
    let mut world = World::of(&[OutletName::Webhook]);
    let body = json!({ "entry": "revived", "source": "poison", "item": { "resource": DISK, "later": [1] } });
    let entry = Entry::of("revived/poison/1.json".to_owned(), &body);
    for _ in 0..2 {
        world.ledger().append(&entry).await.unwrap();
    }
    world.send_all().await;
    assert_eq!(world.parts.types(OutletName::Webhook), ["retried"]);
}

#[tokio::test(start_paused = true)]
async fn a_failed_job_that_is_taken_again_is_told_as_that_and_one_that_needs_a_person_as_a_failure() {
    let mut world = World::of(&[OutletName::Webhook]);
    // As the domain writes it, so that neither can change a word alone.
    let done = [
        Done::Retried { operation: "o".to_owned() },
        Done::PermissionsSought,
        Done::Recovered,
        Done::Reported,
        Done::NotPossible { problem: "its vault is gone".to_owned() },
    ];
    for (number, done) in done.iter().enumerate() {
        let body = json!({ "entry": "retry", "job": "/vaults/v/jobs/j", "resource": DISK, "code": "C", "action": "a",
            "what": done });
        let entry = Entry::of(format!("retries/2026-01-14/{number}.json"), &body);
        world.ledger().append(&entry).await.unwrap();
    }
    world.send_all().await;
    assert_eq!(world.parts.types(OutletName::Webhook), ["retried", "failed", "failed"]);
}

#[tokio::test(start_paused = true)]
async fn a_document_that_is_not_understood_is_recorded_and_not_told() {
    let mut world = World::of(&[OutletName::Webhook]);
    for path in
        ["operations/x/asked.json", "operations/x/ended.json", "operations/x", "revived/poison/1.json", "x"]
    {
        world.ledger().append(&Entry::of(path.to_owned(), &json!({ "more": 1 }))).await.unwrap();
    }
    world.send_all().await;
    assert_eq!(world.parts.entries.lock().unwrap().len(), 5);
    assert_eq!(world.parts.types(OutletName::Webhook), Vec::<String>::new());
}

#[tokio::test]
async fn the_digest_of_a_day_is_told_once_and_a_channel_of_teams_gets_nothing_else() {
    let mut world = World::of(&[OutletName::Webhook, OutletName::Teams]);
    world.ends(DISK, DAY, &protected()).await;
    for day in ["2026-01-14", "2026-01-14", "2026-01-15"] {
        let details = json!({ "needsYou": true, "page": null });
        world.tells(&digest(day, "1 cause needs you, 1 resource", details)).await;
        world.send_all().await;
    }
    assert_eq!(world.parts.types(OutletName::Webhook), ["protected", "digest", "digest"]);
    assert_eq!(world.parts.types(OutletName::Teams), ["digest", "digest"]);
    let event = serde_json::to_value(&world.parts.got.lock().unwrap().last().unwrap().1).unwrap();
    assert_eq!(event["subject"], "digest");
    assert_eq!(event["data"], json!({ "summary": "1 cause needs you, 1 resource", "needsYou": true }));
}
