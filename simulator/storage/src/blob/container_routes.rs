//! Operations on the account and on containers.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use super::container::Container;
use super::listing;
use crate::Storage;
use crate::error::{Code, StorageError};
use crate::name::ResourceName;
use crate::parameters::Parameters;
use crate::reply::{self, http_date, set};
use crate::xml::Document;

type Reply = Result<Response, StorageError>;

/// List Containers.
pub(crate) async fn list(State(storage): State<Storage>, parameters: Parameters) -> Reply {
    if parameters.text("comp") != Some("list") {
        return Err(Code::NotImplemented.because("the account answers comp=list only"));
    }
    let prefix = parameters.text("prefix").unwrap_or_default();
    let marker = parameters.text("marker").unwrap_or_default();
    let limit = parameters.number("maxresults", 1..=5000)?.unwrap_or(5000);
    let mut document = Document::new("EnumerationResults");
    document.text("Prefix", prefix);
    let containers = storage.containers();
    let first = prefix.max(marker);
    let mut matching =
        containers.beginning_with(first).take_while(|(name, _)| name.as_str().starts_with(prefix));
    document.element("Containers", |document| {
        for (name, container) in matching.by_ref().take(usize::try_from(limit).unwrap_or(usize::MAX)) {
            document.element("Container", |document| {
                document.text("Name", name.as_str());
                document.element("Properties", |document| {
                    document.text("Last-Modified", &http_date(container.modified));
                    document.text("Etag", &container.etag.quoted());
                    document.text("LeaseStatus", "unlocked");
                    document.text("LeaseState", "available");
                });
                document.metadata(&container.metadata);
            });
        }
    });
    document.text("NextMarker", matching.next().map_or("", |(name, _)| name.as_str()));
    Ok(document.into_reply(StatusCode::OK))
}

/// Get Container Properties and List Blobs.
pub(crate) async fn read(
    State(storage): State<Storage>,
    Path((_, container)): Path<(String, String)>,
    parameters: Parameters,
) -> Reply {
    let name = container_name(&container, &parameters)?;
    let mut containers = storage.containers();
    let container = containers.get(&name)?;
    match parameters.text("comp") {
        Some("list") => Ok(listing::page(container, name.as_str(), &parameters)?.into_reply(StatusCode::OK)),
        None | Some("metadata") => {
            let mut response = versioned(StatusCode::OK, container);
            reply::write_metadata(response.headers_mut(), &container.metadata);
            Ok(response)
        }
        Some(other) => Err(Code::NotImplemented.because(format!("comp={other}"))),
    }
}

/// Create Container.
pub(crate) async fn write(
    State(storage): State<Storage>,
    Path((_, container)): Path<(String, String)>,
    parameters: Parameters,
    headers: HeaderMap,
) -> Reply {
    let name = container_name(&container, &parameters)?;
    if let Some(other) = parameters.text("comp") {
        return Err(Code::NotImplemented.because(format!("comp={other}")));
    }
    let metadata = reply::read_metadata(&headers)?;
    let mut containers = storage.containers();
    Ok(versioned(StatusCode::CREATED, containers.create(name, metadata)?))
}

/// Delete Container.
pub(crate) async fn delete(
    State(storage): State<Storage>,
    Path((_, container)): Path<(String, String)>,
    parameters: Parameters,
) -> Reply {
    let name = container_name(&container, &parameters)?;
    storage.containers().delete(&name)?;
    Ok(StatusCode::ACCEPTED.into_response())
}

/// Without `restype=container` the path would mean a blob in the root container.
fn container_name(text: &str, parameters: &Parameters) -> Result<ResourceName, StorageError> {
    if parameters.text("restype") != Some("container") {
        return Err(Code::NotImplemented
            .because("blobs of the root container; add restype=container for a container"));
    }
    ResourceName::parse(text)
}

fn versioned(status: StatusCode, container: &Container) -> Response {
    let mut response = status.into_response();
    let headers = response.headers_mut();
    set(headers, "etag", &container.etag.quoted());
    set(headers, "last-modified", &http_date(container.modified));
    response
}
