//! What a blob carries beside its content.

use axum::http::HeaderMap;

use super::container::Blob;
use crate::error::StorageError;
use crate::reply::{self, Metadata, header_text, http_date, set};
use crate::xml::Document;

/// The standard headers that a blob stores, as (name in a reply, name in a request).
const STORED_HEADERS: [(&str, &str); 6] = [
    ("content-type", "x-ms-blob-content-type"),
    ("content-encoding", "x-ms-blob-content-encoding"),
    ("content-language", "x-ms-blob-content-language"),
    ("content-disposition", "x-ms-blob-content-disposition"),
    ("cache-control", "x-ms-blob-cache-control"),
    ("content-md5", "x-ms-blob-content-md5"),
];

/// Stored headers by their name in replies, and metadata.
#[derive(Clone, Debug, Default)]
pub(crate) struct Properties {
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) metadata: Metadata,
}

impl Properties {
    /// A blob's properties if nothing but its content type is known.
    pub(crate) fn of_type(content_type: &str) -> Self {
        Self { headers: vec![("content-type", content_type.to_owned())], metadata: Metadata::new() }
    }

    /// What an upload says; the content type falls back to the request's own, then to `application/octet-stream`.
    pub(crate) fn read(headers: &HeaderMap) -> Result<Self, StorageError> {
        let mut stored: Vec<_> = STORED_HEADERS
            .iter()
            .filter_map(|(name, sent)| Some((*name, header_text(headers, sent)?.to_owned())))
            .collect();
        if !stored.iter().any(|(name, _)| *name == "content-type") {
            let sent = header_text(headers, "content-type").unwrap_or("application/octet-stream");
            stored.push(("content-type", sent.to_owned()));
        }
        Ok(Self { headers: stored, metadata: reply::read_metadata(headers)? })
    }
}

/// Shows the blob's properties in the headers of a reply.
pub(crate) fn write_headers(headers: &mut HeaderMap, blob: &Blob) {
    write_version(headers, blob);
    set(headers, "accept-ranges", "bytes");
    set(headers, "x-ms-blob-type", "BlockBlob");
    set(headers, "x-ms-creation-time", &http_date(blob.created));
    set(headers, "x-ms-lease-state", "available");
    set(headers, "x-ms-lease-status", "unlocked");
    set(headers, "x-ms-server-encrypted", "true");
    for (name, value) in &blob.properties.headers {
        set(headers, name, value);
    }
    reply::write_metadata(headers, &blob.properties.metadata);
}

/// Shows which state of the blob a reply is about.
pub(crate) fn write_version(headers: &mut HeaderMap, blob: &Blob) {
    set(headers, "etag", &blob.etag.quoted());
    set(headers, "last-modified", &http_date(blob.modified));
}

/// Shows the blob's properties in a listing.
pub(crate) fn write_element(document: &mut Document, blob: &Blob) {
    document.element("Properties", |document| {
        document.text("Creation-Time", &http_date(blob.created));
        document.text("Last-Modified", &http_date(blob.modified));
        document.text("Etag", &blob.etag.to_string());
        document.text("Content-Length", &blob.content.len().to_string());
        for (name, value) in &blob.properties.headers {
            document.text(listed_name(name), value);
        }
        document.text("BlobType", "BlockBlob");
        document.text("AccessTier", "Hot");
        document.text("AccessTierInferred", "true");
        document.text("LeaseStatus", "unlocked");
        document.text("LeaseState", "available");
        document.text("ServerEncrypted", "true");
    });
}

/// Listings spell the stored headers' names as HTTP once did.
fn listed_name(header: &str) -> &str {
    match header {
        "content-type" => "Content-Type",
        "content-encoding" => "Content-Encoding",
        "content-language" => "Content-Language",
        "content-disposition" => "Content-Disposition",
        "cache-control" => "Cache-Control",
        "content-md5" => "Content-MD5",
        other => other,
    }
}
