//! What is recorded lies in an account of its own, where one is named.

use std::time::Duration;

use anyhow::Result;
use holdfast_simulator::{Config, Simulator, Storage};
use holdfast_tests::{Knobs, Stage, Story};

use crate::world;

#[tokio::test(flavor = "multi_thread")]
async fn the_ledger_and_the_rule_sets_lie_in_the_account_that_is_named() -> Result<()> {
    let records = Simulator::start(Config::default()).await?;
    for container in ["holdfast-ledger", "holdfast-rules"] {
        assert!(records.storage.let_only_add(container));
    }
    let connection = Storage::connection_string(&records.http_url);
    let settings = vec![("HOLDFAST_LEDGER".to_owned(), connection)];
    let stage = Stage::set(Knobs { estate: world::granted(), settings, ..Knobs::default() }).await?;
    let disk = world::disk("rg-app", "erp-data");
    world::create_disk(&stage, &disk).await?;
    let mut outcome = None;
    for _ in 0..600 {
        outcome = Story::read(&records.storage)?.end_of(&disk).cloned();
        if outcome.is_some() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(outcome.map(|outcome| outcome["outcome"].clone()), Some("protected".into()));
    assert!(!records.storage.blob_names("holdfast-rules").is_empty());
    let host = &stage.azure.storage;
    for container in ["holdfast-ledger", "holdfast-rules"] {
        assert_eq!(host.blob_names(container), Vec::<String>::new(), "{container} in the host's account");
    }
    assert!(!host.queue_names().is_empty(), "the work queue stays in the host's account");
    Ok(())
}
