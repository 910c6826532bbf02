//! Writing and deleting blobs.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde::Deserialize;

use super::condition::Conditions;
use super::container::{Blob, BlockSource, Container};
use super::properties::{self, Properties};
use crate::Storage;
use crate::error::{Code, StorageError};
use crate::name::ResourceName;
use crate::parameters::Parameters;
use crate::reply::{self, header_text, set};

type Reply = Result<Response, StorageError>;

/// Put Blob, Put Block, Put Block List and Set Blob Metadata.
pub(crate) async fn write(
    State(storage): State<Storage>,
    Path((_, container, name)): Path<(String, String, String)>,
    parameters: Parameters,
    headers: HeaderMap,
    body: Bytes,
) -> Reply {
    let mut containers = storage.containers();
    let container = containers.get(&ResourceName::parse(&container)?)?;
    match parameters.text("comp") {
        None => put(container, &name, &headers, &body),
        Some("block") => {
            container.stage(&name, parameters.required("blockid")?.to_owned(), body);
            let mut response = StatusCode::CREATED.into_response();
            set(response.headers_mut(), "x-ms-request-server-encrypted", "true");
            Ok(response)
        }
        Some("blocklist") => {
            let conditions = Conditions::read(&headers)?;
            let mut properties = Properties::read(&headers)?;
            // The request's own type is the block list's, not the blob's.
            if header_text(&headers, "x-ms-blob-content-type").is_none() {
                properties.headers = Properties::of_type("application/octet-stream").headers;
            }
            let blob = container.commit(&name, read_block_list(&body)?, properties, &conditions)?;
            Ok(written(StatusCode::CREATED, blob))
        }
        Some("metadata") => {
            let blob = container.blob(&name)?;
            Conditions::read(&headers)?.check_write(Some(blob))?;
            blob.properties.metadata = reply::read_metadata(&headers)?;
            blob.touch();
            Ok(written(StatusCode::OK, blob))
        }
        Some(other) => Err(Code::NotImplemented.because(format!("comp={other}"))),
    }
}

fn put(container: &mut Container, name: &str, headers: &HeaderMap, body: &Bytes) -> Reply {
    match header_text(headers, "x-ms-blob-type") {
        Some("BlockBlob") => {}
        Some(other) => return Err(Code::InvalidBlobType.because(other)),
        None => return Err(Code::MissingRequiredHeader.because("x-ms-blob-type")),
    }
    if headers.contains_key("x-ms-copy-source") {
        return Err(Code::NotImplemented.because("x-ms-copy-source"));
    }
    let conditions = Conditions::read(headers)?;
    let blob = Blob::new(body, Properties::read(headers)?);
    Ok(written(StatusCode::CREATED, container.put(name, blob, &conditions)?))
}

/// Delete Blob.
pub(crate) async fn delete(
    State(storage): State<Storage>,
    Path((_, container, name)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Reply {
    let conditions = Conditions::read(&headers)?;
    let mut containers = storage.containers();
    containers.get(&ResourceName::parse(&container)?)?.delete(&name, &conditions)?;
    Ok(StatusCode::ACCEPTED.into_response())
}

fn written(status: StatusCode, blob: &Blob) -> Response {
    let mut response = status.into_response();
    let headers = response.headers_mut();
    properties::write_version(headers, blob);
    set(headers, "x-ms-request-server-encrypted", "true");
    response
}

#[derive(Deserialize)]
struct BlockList {
    #[serde(rename = "$value", default)]
    blocks: Vec<ListedBlock>,
}

#[derive(Deserialize)]
enum ListedBlock {
    Committed(String),
    Uncommitted(String),
    Latest(String),
}

fn read_block_list(body: &Bytes) -> Result<Vec<(BlockSource, String)>, StorageError> {
    let xml = std::str::from_utf8(body)
        .map_err(|_| Code::InvalidXmlDocument.because("the block list is not UTF-8"))?;
    let list: BlockList =
        quick_xml::de::from_str(xml).map_err(|error| Code::InvalidXmlDocument.because(error.to_string()))?;
    let place = |block| match block {
        ListedBlock::Committed(id) => (BlockSource::Committed, id),
        ListedBlock::Uncommitted(id) => (BlockSource::Uncommitted, id),
        ListedBlock::Latest(id) => (BlockSource::Latest, id),
    };
    Ok(list.blocks.into_iter().map(place).collect())
}
