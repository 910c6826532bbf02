//! Every way in which Azure fails to answer well, over a real connection.

use std::time::{Duration, Instant};

use holdfast_azure::{ArmClient, ArmOptions};
use holdfast_protection::backup::BackupOrder;
use holdfast_protection::family::Family;
use holdfast_protection::operation::{OperationState, OperationUrl, Started};
use holdfast_protection::points::RecoveryPoint;
use holdfast_protection::ports::{Arm as _, Azure as _, Estate as _, Part};
use holdfast_protection::sweep::SweepPages as _;
use holdfast_protection::{AzureError, ResourceId};

use crate::failing_server::{FailingServer, answer};
use crate::replay::AnyToken;

const DISK: &str = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/disks/d1";
const INSTANCE: &str =
    "/subscriptions/s/resourceGroups/g/providers/Microsoft.DataProtection/backupVaults/v/backupInstances/i";

fn id(text: &str) -> ResourceId {
    text.parse().unwrap()
}

/// The status with which Azure refused, if it did.
fn refused_with(error: &AzureError) -> Option<u16> {
    error.refusal().map(|refusal| refusal.status)
}

async fn read_disk(answers: Vec<String>) -> (Result<bool, AzureError>, usize) {
    let server = FailingServer::start(answers).await;
    let result = server.client().resource(&id(DISK)).await.map(|found| found.is_some());
    (result, server.requests().len())
}

fn arm_error(code: &str) -> String {
    format!(r#"{{"error":{{"code":"{code}","message":"because of {code}"}}}}"#)
}

#[tokio::test]
async fn each_status_is_its_own_kind_of_failure() {
    let (result, calls) =
        read_disk(vec![answer("401 Unauthorized", &[], &arm_error("ExpiredAuthenticationToken"))]).await;
    let error = result.unwrap_err();
    assert!(matches!(error, AzureError::Unauthenticated { .. }), "{error:?}");
    assert!(error.to_string().starts_with("could not read Microsoft.Compute/disks `d1`: "), "{error}");
    assert_eq!(calls, 2, "once more, with a new token");

    let (result, _) = read_disk(vec![answer("403 Forbidden", &[], &arm_error("AuthorizationFailed"))]).await;
    let error = result.unwrap_err();
    assert_eq!((refused_with(&error), error.code()), (Some(403), "AuthorizationFailed"));

    let (result, _) = read_disk(vec![answer("409 Conflict", &[], &arm_error("ScopeLocked"))]).await;
    assert_eq!(refused_with(&result.unwrap_err()), Some(409));

    let (result, _) = read_disk(vec![answer("302 Found", &["location: https://evil.example/"], "")]).await;
    assert_eq!(result.unwrap_err().code(), "Unreadable");
}

#[tokio::test]
async fn a_404_is_absence_unless_the_request_was_wrong() {
    let (result, _) = read_disk(vec![answer("404 Not Found", &[], &arm_error("ResourceNotFound"))]).await;
    assert_eq!(result, Ok(false));
    let (result, _) = read_disk(vec![answer("404 Not Found", &[], &arm_error("InvalidResourceType"))]).await;
    assert_eq!(result.unwrap_err().code(), "InvalidResourceType");
}

#[tokio::test]
async fn short_throttling_is_waited_out_and_long_throttling_is_handed_back() {
    let throttled =
        |seconds: &str| answer("429 Too Many Requests", &[&format!("retry-after: {seconds}")], "");
    let fine = answer("200 OK", &[], &format!(r#"{{"id":"{DISK}","location":"West Europe"}}"#));
    let begun = Instant::now();
    let (result, calls) = read_disk(vec![throttled("1"), fine]).await;
    assert_eq!((result, calls), (Ok(true), 2));
    assert!(begun.elapsed() >= Duration::from_secs(1));

    let begun = Instant::now();
    let (result, calls) = read_disk(vec![throttled("17")]).await;
    let Err(AzureError::Throttled { retry_after, .. }) = result else { panic!("{result:?}") };
    assert_eq!((retry_after, calls), (Duration::from_secs(17), 1));
    assert!(begun.elapsed() < Duration::from_secs(1), "nobody sleeps through a long throttling");
}

#[tokio::test]
async fn a_refused_token_is_not_sent_again() {
    let refused = answer("401 Unauthorized", &[], &arm_error("ExpiredAuthenticationToken"));
    let fine = answer("200 OK", &[], &format!(r#"{{"id":"{DISK}","location":"West Europe"}}"#));
    let (result, calls) = read_disk(vec![refused, fine]).await;
    assert_eq!((result, calls), (Ok(true), 2));
}

#[tokio::test]
async fn what_one_invocation_was_refused_the_others_do_not_ask() {
    let refusal = arm_error("SubscriptionRequestsThrottled");
    let server =
        FailingServer::start(vec![answer("429 Too Many Requests", &["retry-after: 17"], &refusal)]).await;
    let (one, other) = (server.client(), server.client());
    let clones = [one.clone(), one.clone(), one];
    for client in &clones {
        let error = client.resource(&id(DISK)).await.unwrap_err();
        assert!(matches!(error, AzureError::Throttled { .. }), "{error:?}");
    }
    assert_eq!(server.requests().len(), 1, "they share what was learned");
    other.resource(&id(DISK)).await.unwrap_err();
    assert_eq!(server.requests().len(), 2, "another process has to learn it by itself");
}

#[tokio::test]
async fn what_may_pass_is_tried_again_and_then_reported_as_unavailable() {
    let broken = answer("500 Internal Server Error", &[], &arm_error("InternalServerError"));
    let (result, calls) = read_disk(vec![broken]).await;
    let error = result.unwrap_err();
    assert!(matches!(error, AzureError::Unavailable { .. }), "{error:?}");
    assert!(error.to_string().contains("500 InternalServerError"), "{error}");
    assert_eq!(calls, 3);

    let (result, calls) = read_disk(vec![String::new()]).await;
    assert_eq!((result.unwrap_err().code(), calls), ("Unavailable", 3));

    let half = "HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{\"id\":".to_owned();
    let (result, _) = read_disk(vec![half]).await;
    assert_eq!(result.unwrap_err().code(), "Unavailable");
}

async fn back_up(server: &FailingServer, retention: Option<&str>) -> Result<Started, AzureError> {
    let (rule, retention) = ("BackupDaily".to_owned(), retention.map(str::to_owned));
    let order = BackupOrder::ByRule { instance: id(INSTANCE), rule, retention };
    server.client().backups(Family::BackupVault).back_up(&order).await
}

#[tokio::test]
async fn an_on_demand_backup_is_not_started_twice() {
    let server = FailingServer::start(vec![answer("500 Internal Server Error", &[], "")]).await;
    let result = back_up(&server, Some("Default")).await;
    assert_eq!(result.unwrap_err().code(), "Unavailable");
    assert_eq!(server.requests().len(), 1);

    let server =
        FailingServer::start(vec![answer("503 Service Unavailable", &[], ""), answer("200 OK", &[], "")])
            .await;
    back_up(&server, None).await.unwrap();
    assert_eq!(server.requests().len(), 2, "Azure did not take the first one");
}

#[tokio::test]
async fn broken_json_says_where() {
    let (result, _) = read_disk(vec![answer("200 OK", &[], "{\"id\": \"/subs")]).await;
    assert_eq!(result.unwrap_err().code(), "Unreadable");
    let body = format!(r#"{{"id":"{INSTANCE}","properties":{{"dataSourceInfo":{{"resourceID":7}}}}}}"#);
    let server = FailingServer::start(vec![answer("200 OK", &[], &body)]).await;
    let error =
        server.client().backups(Family::BackupVault).instance(&id(INSTANCE)).await.unwrap_err().to_string();
    assert!(error.contains("properties.dataSourceInfo.resourceID"), "{error}");
}

#[tokio::test]
async fn one_odd_item_does_not_hide_the_others_and_all_pages_are_read() {
    let policy = |name: &str| {
        let vault = id(INSTANCE).parent().unwrap();
        format!(
            r#"{{"id":"{vault}/backupPolicies/{name}","properties":{{"datasourceTypes":["x"],"policyRules":null}}}}"#
        )
    };
    let next = "https://westeurope.management.azure.com/next?api-version=1";
    let first = format!(r#"{{"value":[{},{{"id":5}},null],"nextLink":"{next}"}}"#, policy("a"));
    let second = format!(r#"{{"value":[{}],"nextLink":""}}"#, policy("b"));
    let server =
        FailingServer::start(vec![answer("200 OK", &[], &first), answer("200 OK", &[], &second)]).await;
    let policies =
        server.client().backups(Family::BackupVault).policies(&id(INSTANCE).parent().unwrap()).await.unwrap();
    let names: Vec<&str> = policies.iter().map(|policy| policy.name.as_str()).collect();
    assert_eq!(names, ["a", "b"]);
    assert_eq!(server.requests().last().unwrap(), "GET /next?api-version=1 HTTP/1.1");
}

#[tokio::test]
async fn a_point_is_looked_for_page_by_page_and_no_further_than_to_the_first_that_is_meant() {
    let item = "/subscriptions/s/resourceGroups/g/providers/Microsoft.RecoveryServices/vaults/v/backupFabrics/Azure\
        /protectionContainers/c/protectedItems/i";
    let page = |name: &str, next: &str| {
        let time = "2026-03-01T00:00:00Z";
        let point = format!(r#"{{"id":"x","name":"{name}","properties":{{"recoveryPointTime":"{time}"}}}}"#);
        answer("200 OK", &[], &format!(r#"{{"value":[{point}],"nextLink":"{next}"}}"#))
    };
    let link = |n: u8| format!("https://westeurope.management.azure.com/next{n}?api-version=1");
    for (family, instance) in [(Family::BackupVault, INSTANCE), (Family::RecoveryServices, item)] {
        for (name, is_there, pages) in [("a", true, 1), ("b", true, 2), ("none", false, 3)] {
            let answers = vec![page("a", &link(1)), page("b", &link(2)), page("c", "")];
            let server = FailingServer::start(answers).await;
            let client = server.client();
            let is_meant = |point: &RecoveryPoint| point.id == name;
            let found = client.backups(family).has_point(&id(instance), &is_meant).await;
            assert_eq!((found, server.requests().len()), (Ok(is_there), pages), "{family:?} {name}");
        }
    }
}

#[tokio::test]
async fn the_graph_is_paged_to_its_end_and_a_cut_answer_is_no_answer() {
    let first =
        format!(r#"{{"data":[{{"id":"{DISK}"}},{{"id":"?"}}],"resultTruncated":"false","$skipToken":"t1"}}"#);
    let last = format!(r#"{{"data":[{{"id":"{DISK}2"}}],"resultTruncated":"false"}}"#);
    let spent = ["x-ms-user-quota-remaining: 0", "x-ms-user-quota-resets-after: 00:00:01"];
    let server =
        FailingServer::start(vec![answer("200 OK", &spent, &first), answer("200 OK", &[], &last)]).await;
    let found =
        server.client().resources_of_types(&["s".to_owned()], &["Microsoft.Compute/disks"]).await.unwrap();
    assert_eq!(found, [id(DISK), id(&format!("{DISK}2"))]);

    let cut = r#"{"data":[],"resultTruncated":"true"}"#;
    let server = FailingServer::start(vec![answer("200 OK", &[], cut)]).await;
    let error = server
        .client()
        .resources_of_types(&["s".to_owned()], &["Microsoft.Compute/disks"])
        .await
        .unwrap_err();
    assert!(error.to_string().contains("cut short"), "{error}");

    let long = ["x-ms-user-quota-remaining: 0", "x-ms-user-quota-resets-after: 00:01:00"];
    let server = FailingServer::start(vec![answer("200 OK", &long, &first)]).await;
    let error = server
        .client()
        .resources_of_types(&["s".to_owned()], &["Microsoft.Compute/disks"])
        .await
        .unwrap_err();
    assert!(
        matches!(error, AzureError::Throttled { retry_after, .. } if retry_after.as_secs_f64().ceil() == 60.0),
        "{error:?}"
    );
}

#[tokio::test]
async fn children_that_the_graph_does_not_list_are_listed_below_their_parents() {
    let group = "/subscriptions/s/resourceGroups/g/providers";
    let servers =
        ["gone", "stopped", "busy"].map(|name| format!("{group}/Microsoft.DBforPostgreSQL/servers/{name}"));
    let rows: Vec<_> =
        servers.iter().map(|id| serde_json::json!({ "id": id, "location": "westeurope" })).collect();
    let graph = serde_json::json!({ "data": rows, "resultTruncated": "false" }).to_string();
    let refused = r#"{"error":{"code":"ServerStopped","message":"start it"}}"#;
    let missing = r#"{"error":{"code":"ResourceNotFound","message":"no such server"}}"#;
    let named =
        |name: &str| serde_json::json!({ "id": format!("{}/databases/{name}", servers[2]), "name": name });
    let databases = serde_json::json!({ "value": [named("orders"), named("Ledger")] }).to_string();
    let answers = vec![
        answer("200 OK", &[], &graph),
        answer("404 Not Found", &[], missing),
        answer("409 Conflict", &[], refused),
        answer("200 OK", &[], &databases),
        answer("200 OK", &[], r#"{"data":[],"resultTruncated":"false"}"#),
    ];
    let server = FailingServer::start(answers).await;
    let kinds = ["Microsoft.DBforPostgreSQL/servers/databases"];
    let subscriptions = ["s".to_owned()];
    let part = Part { subscriptions: &subscriptions, top: Part::TOP, after: None };
    let page = server.client().rows(&part, &kinds).await.unwrap();
    let found: Vec<(&str, &str)> =
        page.rows.iter().map(|row| (row.resource.id.as_str(), row.resource.location.as_str())).collect();
    let of_busy = |name: &str| format!("{}/databases/{name}", servers[2]);
    let (orders, ledger) = (of_busy("orders"), of_busy("Ledger"));
    assert_eq!(found, [(orders.as_str(), "westeurope"), (ledger.as_str(), "westeurope")]);
    let requests = server.requests();
    assert!(requests[3].contains("/servers/busy/databases?api-version=2017-12-01"), "{requests:?}");
}

#[tokio::test]
async fn our_token_does_not_leave_the_endpoint() {
    let server = FailingServer::start(vec![answer("200 OK", &[], "{}")]).await;
    let arm = server.client();
    for url in [
        "https://evil.example/operationStatus/1",
        "https://management.azure.com.evil.example/x",
        "https://xmanagement.azure.com/x",
        "https://management.azure.com:8443/x",
        "http://management.azure.com/x",
    ] {
        let error = arm.operation(&OperationUrl(url.to_owned())).await.unwrap_err();
        let host = url.split('/').nth(2).unwrap();
        assert!(
            matches!(error, AzureError::Unsendable { .. }) && error.to_string().contains(host),
            "{error}"
        );
    }
    assert_eq!(server.requests(), Vec::<String>::new());
    let regional = OperationUrl("https://westeurope.management.azure.com/x?t=1&c=2".to_owned());
    arm.operation(&regional).await.unwrap();
    assert_eq!(server.requests(), ["GET /x?t=1&c=2 HTTP/1.1"], "followed verbatim");
}

#[tokio::test]
async fn an_operation_that_is_gone_or_refused_is_told_apart() {
    let url = OperationUrl(format!("https://management.azure.com{DISK}/operationResults/1"));
    let poll = async |status: &str, body: &str| {
        let server = FailingServer::start(vec![answer(status, &["retry-after: 7"], body)]).await;
        server.client().operation(&url).await
    };
    assert_eq!(poll("404 Not Found", "").await, Ok(OperationState::Gone));
    assert_eq!(poll("204 No Content", "").await, Ok(OperationState::Succeeded { job: None }));
    let running = OperationState::Running { retry_after: Duration::from_secs(7) };
    assert_eq!(poll("202 Accepted", "").await, Ok(running));
    let failed = poll("400 Bad Request", &arm_error("UserErrorManagedDiskNotFound")).await.unwrap();
    assert!(
        matches!(failed, OperationState::Failed(refusal) if refusal.code == "UserErrorManagedDiskNotFound")
    );
    let refused = poll("403 Forbidden", &arm_error("AuthorizationFailed")).await.unwrap_err();
    assert_eq!(refused_with(&refused), Some(403));
}

#[tokio::test]
async fn an_existing_assignment_is_success_and_any_other_conflict_is_not() {
    let grant = holdfast_protection::roles::RoleGrant {
        role: holdfast_protection::roles::Role::DiskBackupReader,
        scope: id(DISK),
        principal: "55f2a930-4394-479d-8fdb-c7802b1bac0e".to_owned(),
    };
    let put = async |code: &str| {
        let server = FailingServer::start(vec![answer("409 Conflict", &[], &arm_error(code))]).await;
        server.client().grant(&grant).await
    };
    assert_eq!(put("RoleAssignmentExists").await, Ok(()));
    assert_eq!(put("ScopeLocked").await.unwrap_err().code(), "ScopeLocked");
}

#[test]
fn plain_http_is_refused_before_any_call() {
    let options = ArmOptions {
        endpoint: "http://localhost:1/".parse().unwrap(),
        credential: std::sync::Arc::new(AnyToken),
        transport: None,
    };
    let error = ArmClient::new(options).unwrap_err().to_string();
    assert!(error.contains("http://localhost:1/") && error.contains("https only"), "{error}");
}
