//! The Blob service's REST operations: which handler answers what.

use axum::Router;
use axum::routing::get;

use super::{container_routes, read_routes, write_routes};
use crate::Storage;
use crate::error::{Code, StorageError};

/// The operations at `/{account}/...`.
pub(crate) fn routes() -> Router<Storage> {
    Router::new()
        .route("/{account}", get(container_routes::list))
        .route("/{account}/", get(container_routes::list))
        .route(
            "/{account}/{container}",
            get(container_routes::read).put(container_routes::write).delete(container_routes::delete),
        )
        .route(
            "/{account}/{container}/{*blob}",
            get(read_routes::read).put(write_routes::write).delete(write_routes::delete),
        )
        .fallback(async || StorageError::from(Code::InvalidUri))
        .method_not_allowed_fallback(async || StorageError::from(Code::NotImplemented))
}
