//! Requests that no well-behaved client sends.

use anyhow::Result;
use reqwest::{Client, StatusCode};

use crate::server::Server;

#[tokio::test]
async fn anonymous_forged_and_foreign_callers_are_refused() -> Result<()> {
    let server = Server::start(1.0).await;
    let client = Client::new();
    let url = format!("{}/queue/devstoreaccount1/work", server.origin);
    let anonymous = client.put(&url).send().await?;
    assert_eq!(anonymous.status(), StatusCode::UNAUTHORIZED);
    assert!(anonymous.headers().contains_key("www-authenticate"));
    assert_eq!(anonymous.headers()["x-ms-error-code"], "NoAuthenticationInformation");
    for forged in ["SharedKey devstoreaccount1:AAAA", "SharedKey other:AAAA", "Bearer ", "Basic x"] {
        let reply = client.put(&url).header("authorization", forged).send().await?;
        assert_eq!(reply.status(), StatusCode::FORBIDDEN, "{forged}");
        assert_eq!(reply.headers()["x-ms-error-code"], "AuthenticationFailed", "{forged}");
    }
    let foreign = format!("{}/queue/someoneelse/work", server.origin);
    let reply = client.put(&foreign).bearer_auth("t").send().await?;
    assert_eq!(reply.status(), StatusCode::NOT_FOUND);
    assert!(server.storage.queue_names().is_empty());
    Ok(())
}

#[tokio::test]
async fn a_bearer_token_is_enough() -> Result<()> {
    let server = Server::start(1.0).await;
    let url = format!("{}/queue/devstoreaccount1/work", server.origin);
    let reply =
        Client::new().put(&url).bearer_auth("any").header("x-ms-client-request-id", "mine").send().await?;
    assert_eq!(reply.status(), StatusCode::CREATED);
    assert_eq!(reply.headers()["x-ms-client-request-id"], "mine");
    assert!(reply.headers().contains_key("x-ms-request-id"));
    Ok(())
}

#[tokio::test]
async fn errors_are_azures_xml_and_the_unknown_is_501() -> Result<()> {
    let server = Server::start(1.0).await;
    let client = Client::new();
    let queue = format!("{}/queue/devstoreaccount1/work", server.origin);
    let missing = client.get(format!("{queue}/messages")).bearer_auth("t").send().await?;
    assert_eq!(missing.status(), StatusCode::NOT_FOUND);
    let body = missing.text().await?;
    assert!(body.contains("<Error><Code>QueueNotFound</Code><Message>"), "{body}");
    client.put(&queue).bearer_auth("t").send().await?;
    let broken =
        client.post(format!("{queue}/messages")).bearer_auth("t").body("<QueueMessage><Mess").send().await?;
    assert_eq!(broken.headers()["x-ms-error-code"], "InvalidXmlDocument");
    let unknown = client.put(format!("{queue}?comp=acl")).bearer_auth("t").send().await?;
    assert_eq!(unknown.status(), StatusCode::NOT_IMPLEMENTED);
    let method = client.patch(&queue).bearer_auth("t").send().await?;
    assert_eq!(method.status(), StatusCode::NOT_IMPLEMENTED);
    Ok(())
}

#[tokio::test]
async fn a_message_is_not_hidden_for_all_its_life() -> Result<()> {
    let server = Server::start(1.0).await;
    let client = Client::new();
    let queue = format!("{}/queue/devstoreaccount1/work", server.origin);
    client.put(&queue).bearer_auth("t").send().await?;
    // Who says nothing of the time to live gets seven days.
    for (lives, status) in [("", StatusCode::BAD_REQUEST), ("&messagettl=-1", StatusCode::CREATED)] {
        let url = format!("{queue}/messages?visibilitytimeout=604800{lives}");
        let body = "<QueueMessage><MessageText>aGk=</MessageText></QueueMessage>";
        assert_eq!(client.post(url).bearer_auth("t").body(body).send().await?.status(), status, "{lives}");
    }
    Ok(())
}

#[tokio::test]
async fn inspection_places_what_clients_then_see() -> Result<()> {
    let server = Server::start(1.0).await;
    assert!(server.storage.put_message("events", "aGk="));
    assert!(!server.storage.put_message("No", "x"));
    assert!(server.storage.put_blob("dead", "a/1.json", "[]", "application/json"));
    let messages = server.queues().queue_client("events")?.receive_messages(None).await?.into_model()?;
    assert_eq!(messages.items.unwrap()[0].message_text.as_deref(), Some("aGk="));
    assert_eq!(server.storage.messages("events")[0].dequeue_count, 1);
    let blob = server.blobs().blob_client("dead", "a/1.json");
    assert_eq!(blob.download(None).await?.body.collect().await?.to_vec(), b"[]");
    assert_eq!(server.storage.container_names(), ["dead"]);
    assert!(server.storage.let_only_add("records"));
    assert!(server.storage.let_only_add("records"), "what is so already is not refused");
    server.storage.reset();
    assert!(server.storage.container_names().is_empty());
    assert!(server.storage.blob_names("dead").is_empty());
    Ok(())
}
