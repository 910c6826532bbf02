//! Setting up while storage refuses, and not at all.

use holdfast_protection::work::{Cause, WorkItem};

use crate::handler::{Account, Door, Handler};

/// Work that ends without a call to Azure.
pub(crate) fn message() -> String {
    let id = "/subscriptions/s/resourceGroups/g/providers/Contoso.Odd/things/t".parse().unwrap();
    let at = "2026-01-14T09:26:53Z".parse().unwrap();
    WorkItem::new(id, Cause::Event { id: "event-1".to_owned(), by: None }, at).message().unwrap().text
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handler_whose_storage_refuses_at_first_comes_into_force_without_a_restart() {
    let account = Account::start(Door::Refuses).await;
    let mut handler = Handler::start(&account, &[]).await;
    let (retry, text) = handler.until("/", 503).await;
    for word in ["NotSetUp", "could not be set up", "AuthorizationPermissionMismatch"] {
        assert!(text.contains(word), "{word}: {text}");
    }
    assert!(retry.is_some_and(|seconds| (1..=60).contains(&seconds)), "{retry:?}");
    let (retry, text) = handler.until("/api/rules", 503).await;
    assert!(retry.is_some() && text.contains("AuthorizationPermissionMismatch"), "{text}");

    // The host is kept waiting: it would give the message up after ten failures.
    let work = handler.protect(&message());
    account.set(Door::Open);
    let (status, text) = work.await.unwrap().unwrap();
    assert_eq!(status, 200, "{text}");
    assert!(text.contains("ignored"), "{text}");
    let (status, _, text) = handler.get("/api/rules").await;
    assert_eq!(status, 200, "{text}");
    assert!(handler.process.try_wait().unwrap().is_none(), "it was never started anew");
}

#[tokio::test(flavor = "multi_thread")]
async fn work_of_which_nothing_can_be_kept_is_held_until_storage_takes_it() {
    let mut account = Account::start(Door::Open).await;
    let handler = Handler::start(&account, &[]).await;
    handler.until("/api/rules", 200).await;
    account.set(Door::Refuses);
    // Ten failures at once would be poison before anybody could mend it.
    let work = handler.protect(&message());
    account.holds("PUT").await;
    account.set(Door::Open);
    let (status, text) = work.await.unwrap().unwrap();
    assert_eq!(status, 200, "{text}");
    assert!(text.contains("ignored"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_only_a_person_can_change_is_shown_and_not_tried_again() {
    for (name, value, word) in [
        ("HOLDFAST_CREDENTIAL", "wishful", "HOLDFAST_CREDENTIAL"),
        ("HOLDFAST_RULES_REFRESH", "often", "HOLDFAST_RULES_REFRESH"),
    ] {
        let account = Account::start(Door::Open).await;
        let handler = Handler::start(&account, &[(name, value)]).await;
        let (_, text) = handler.until("/", 503).await;
        assert!(text.contains(word), "{text}");
        assert_eq!(account.storage.container_names(), Vec::<String>::new(), "storage was not asked");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_rule_set_that_is_refused_is_shown_with_its_reason() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ruleset.toml");
    std::fs::write(&path, "revision = 1\nno-such-setting = true\n").unwrap();
    let account = Account::start(Door::Open).await;
    let rules = path.display().to_string();
    let trust = folder.path().join("none.toml").display().to_string();
    let handler = Handler::start(&account, &[("HOLDFAST_RULES", &rules), ("HOLDFAST_TRUST", &trust)]).await;
    let (_, text) = handler.until("/api/rules", 503).await;
    assert!(text.contains("no-such-setting"), "{text}");
}
