//! Blobs under `azure_storage_blob`.

use std::collections::HashMap;
use std::num::NonZero;

use anyhow::Result;
use azure_core::http::{Etag, RequestContent};
use azure_storage_blob::models::{
    BlobClientDownloadOptions, BlobClientGetPropertiesResultHeaders, BlobClientUploadOptions,
    BlobContainerClientListBlobsOptions,
};
use azure_storage_blob::{BlobClient, BlobContainerClient};
use futures::TryStreamExt;

use crate::queue::code;
use crate::server::Server;

async fn container(server: &Server) -> Result<BlobContainerClient> {
    let container = server.blobs().blob_container_client("ledger");
    container.create(None).await?;
    Ok(container)
}

async fn put(
    blob: &BlobClient,
    content: &str,
    options: BlobClientUploadOptions<'_>,
) -> azure_core::Result<Etag> {
    let content = RequestContent::from(content.as_bytes().to_vec());
    let result = blob.upload(content, Some(options)).await?;
    Ok(result.etag.unwrap())
}

async fn get(blob: &BlobClient) -> Result<Vec<u8>> {
    Ok(blob.download(None).await?.body.collect().await?.to_vec())
}

#[tokio::test]
async fn a_blob_is_written_read_and_deleted() -> Result<()> {
    let server = Server::start(1.0).await;
    let container = container(&server).await?;
    let blob = container.blob_client("2026/11/größe & more.json");
    assert!(!blob.exists().await?);
    let options = BlobClientUploadOptions {
        blob_content_type: Some("application/json".into()),
        metadata: Some(HashMap::from([("kind".to_owned(), "decision".to_owned())])),
        ..Default::default()
    };
    let etag = put(&blob, "{\"a\":1}", options).await?;
    assert_eq!(get(&blob).await?, b"{\"a\":1}");
    let stored = server.storage.blob("ledger", "2026/11/größe & more.json").unwrap();
    assert_eq!(stored.content_type.as_deref(), Some("application/json"));
    let properties = blob.get_properties(None).await?;
    assert_eq!(properties.content_length()?, Some(7));
    assert_eq!(properties.etag()?, Some(etag));
    assert_eq!(properties.metadata()?.get("kind").map(String::as_str), Some("decision"));
    blob.delete(None).await?;
    assert_eq!(code(blob.delete(None).await), "404 BlobNotFound");
    assert!(!blob.exists().await?);
    Ok(())
}

#[tokio::test]
async fn an_empty_blob_is_a_blob() -> Result<()> {
    let server = Server::start(1.0).await;
    let blob = container(&server).await?.blob_client("empty");
    put(&blob, "", Default::default()).await?;
    assert_eq!(get(&blob).await?, b"");
    Ok(())
}

#[tokio::test]
async fn creates_once_and_replaces_only_the_expected_state() -> Result<()> {
    let server = Server::start(1.0).await;
    let blob = container(&server).await?.blob_client("state");
    let only_create = || BlobClientUploadOptions { if_none_match: Some("*".into()), ..Default::default() };
    let first = put(&blob, "1", only_create()).await?;
    assert_eq!(code(put(&blob, "2", only_create()).await), "409 BlobAlreadyExists");
    let only_over =
        |etag: &Etag| BlobClientUploadOptions { if_match: Some(etag.clone()), ..Default::default() };
    let second = put(&blob, "2", only_over(&first)).await?;
    assert_ne!(first, second);
    assert_eq!(code(put(&blob, "3", only_over(&first)).await), "412 ConditionNotMet");
    assert_eq!(get(&blob).await?, b"2");
    let unchanged = BlobClientDownloadOptions { if_none_match: Some(second), ..Default::default() };
    assert_eq!(code(blob.download(Some(unchanged)).await), "304 ConditionNotMet");
    Ok(())
}

#[tokio::test]
async fn large_blobs_go_up_as_blocks_and_come_down_in_parts() -> Result<()> {
    let server = Server::start(1.0).await;
    let blob = container(&server).await?.blob_client("large");
    let content: Vec<u8> = (0..100_000u32).map(|n| (n % 251) as u8).collect();
    let options = BlobClientUploadOptions {
        partition_size: NonZero::new(30_000),
        parallel: NonZero::new(2),
        blob_content_type: Some("application/wasm".into()),
        ..Default::default()
    };
    blob.upload(RequestContent::from(content.clone()), Some(options)).await?;
    let parts = BlobClientDownloadOptions { partition_size: NonZero::new(7_000), ..Default::default() };
    let read = blob.download(Some(parts)).await?.body.collect().await?;
    assert_eq!(read.to_vec(), content);
    let stored = server.storage.blob("ledger", "large").unwrap();
    assert_eq!(stored.content_type.as_deref(), Some("application/wasm"));
    Ok(())
}

#[tokio::test]
async fn lists_by_prefix_in_pages() -> Result<()> {
    let server = Server::start(1.0).await;
    let container = container(&server).await?;
    for n in 0..7 {
        put(&container.blob_client(&format!("d/{n}&<>")), "x", Default::default()).await?;
    }
    put(&container.blob_client("e"), "x", Default::default()).await?;
    let options = BlobContainerClientListBlobsOptions {
        prefix: Some("d/".into()),
        maxresults: Some(3),
        ..Default::default()
    };
    let blobs: Vec<_> = container.list_blobs(Some(options))?.try_collect().await?;
    let names: Vec<_> = blobs.iter().filter_map(|blob| blob.name.clone()).collect();
    assert_eq!(names, (0..7).map(|n| format!("d/{n}&<>")).collect::<Vec<_>>());
    let properties = blobs[0].properties.as_ref().unwrap();
    assert_eq!(properties.content_length, Some(1));
    assert!(properties.last_modified.is_some() && properties.etag.is_some());
    Ok(())
}

#[tokio::test]
async fn containers_are_made_listed_and_removed() -> Result<()> {
    let server = Server::start(1.0).await;
    let service = server.blobs();
    let container = service.blob_container_client("rules");
    assert!(!container.exists().await?);
    container.create(None).await?;
    assert!(container.exists().await?);
    assert_eq!(code(container.create(None).await), "409 ContainerAlreadyExists");
    let listed: Vec<_> = service.list_containers(None)?.try_collect().await?;
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].name.as_deref(), Some("rules"));
    container.delete(None).await?;
    assert_eq!(code(container.delete(None).await), "404 ContainerNotFound");
    let blob = container.blob_client("x");
    assert_eq!(code(put(&blob, "x", Default::default()).await), "404 ContainerNotFound");
    Ok(())
}
