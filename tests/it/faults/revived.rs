//! Work that was given up once, and works again.

use holdfast_protection::protect::Next;
use holdfast_protection::work::WorkItem;
use serde_json::json;

use super::run::Run;
use super::worlds::{cases, granted};

/// The next message of a look at an item that was revived once; `harm` befalls each call.
async fn next(harm: Option<serde_json::Value>) -> WorkItem {
    let case = cases().into_iter().next().unwrap();
    let run = Run::of(granted(case.estate.clone())).await;
    if let Some(harm) = harm {
        run.azure.fault(harm).unwrap();
    }
    let item = WorkItem { revived: 1, ..run.item(&case.resource) };
    match run.reconciler().reconcile(item).await.unwrap().0 {
        Next::Later { item, .. } => *item,
        Next::Done(outcome) => panic!("{outcome:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn work_that_comes_to_something_may_be_revived_again() {
    assert_eq!(next(None).await.revived, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn work_that_comes_to_nothing_is_still_revived_work() {
    let no_answer = next(Some(json!({ "times": 1000, "reset": true }))).await;
    assert_eq!((no_answer.revived, no_answer.troubles), (1, 1));
    let no_reason = next(Some(json!({ "status": 406, "times": 1000, "body": "" }))).await;
    assert_eq!((no_reason.revived, no_reason.retries), (1, 1));
}
