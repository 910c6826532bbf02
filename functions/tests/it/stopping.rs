//! SIGTERM: what was begun is finished, and nobody is kept waiting for more.

use crate::handler::{Account, Door, Handler};
use crate::set_up::message;

#[tokio::test(flavor = "multi_thread")]
async fn what_was_begun_before_sigterm_is_finished() {
    let mut account = Account::start(Door::Open).await;
    let mut handler = Handler::start(&account, &[]).await;
    handler.until("/api/rules", 200).await;
    account.set(Door::Holds);
    let work = handler.protect(&message());
    account.holds("PUT").await;
    handler.terminate().await;
    // It takes no new connection, and so knows of the signal.
    while handler.listens().await {}
    account.set(Door::Open);
    let (status, text) = work.await.unwrap().unwrap();
    assert_eq!(status, 200, "{text}");
    // The host takes 200 for a wish to be started again, and not for a crash.
    assert_eq!(handler.process.wait().await.unwrap().code(), Some(200));
    let ledger = account.storage.blob_names("holdfast-ledger");
    assert!(ledger.iter().any(|path| path.contains("-3-ended-ignored-")), "{ledger:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_kept_waiting_for_a_set_up_that_will_not_be() {
    let account = Account::start(Door::Refuses).await;
    let mut handler = Handler::start(&account, &[]).await;
    handler.until("/", 503).await;
    let work = handler.protect(&message());
    handler.until("/", 503).await;
    handler.terminate().await;
    let answered = work.await.unwrap();
    // The signal may come before the request.
    assert!(
        answered.is_err() || answered.is_ok_and(|(status, text)| status == 503 && text.contains("stops"))
    );
    assert_eq!(handler.process.wait().await.unwrap().code(), Some(200));
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_kept_waiting_for_storage_that_refuses() {
    let mut account = Account::start(Door::Open).await;
    let mut handler = Handler::start(&account, &[]).await;
    handler.until("/api/rules", 200).await;
    account.set(Door::Refuses);
    let work = handler.protect(&message());
    account.holds("PUT").await;
    handler.terminate().await;
    let (status, text) = work.await.unwrap().unwrap();
    assert_eq!(status, 503, "{text}");
    assert!(text.contains("StorageUnavailable"), "{text}");
    assert_eq!(handler.process.wait().await.unwrap().code(), Some(200));
}
