//! The HTTP API: its functions, and the document that describes them.

pub(crate) mod asking;
mod backup;
pub(crate) mod body;
mod decide;
mod document;
mod failures;
mod files;
pub(crate) mod here;
pub(crate) mod holds;
pub(crate) mod jobs;
mod metrics;
pub(crate) mod operation;
mod operations;
pub(crate) mod page;
mod pair;
pub(crate) mod points;
mod protection;
pub(crate) mod query;
pub(crate) mod refusals;
pub(crate) mod report;
mod restore;
mod rules;
mod sweeps;
pub(crate) mod target;
pub(crate) mod unread;
mod vaults;

use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderValue, header};
use axum::middleware;
use axum::response::Response;
use axum::routing::get;
use utoipa::OpenApi as _;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::setup::Setup;

/// Where the document is served.
pub(crate) const DOCUMENT_PATH: &str = "/api/openapi.json";

/// Every route of the API.
pub(crate) fn router() -> axum::Router<Setup> {
    let (router, document) = described().split_for_parts();
    let text = document::text(&document);
    router
        .route(DOCUMENT_PATH, get(move || async { document::answer(text) }))
        .layer(DefaultBodyLimit::max(body::LARGEST))
        .layer(middleware::map_response(kept_nowhere))
}

/// No browser and nothing on the way keeps an answer: it is for who may see it now.
async fn kept_nowhere(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The OpenAPI document of the API, as it is served.
pub fn openapi() -> String {
    document::text(&described().split_for_parts().1)
}

/// Routes and document are made of the same list, so that neither can have what the other lacks.
fn described() -> OpenApiRouter<Setup> {
    OpenApiRouter::with_openapi(document::Document::openapi())
        .routes(routes!(decide::decide))
        .routes(routes!(decide::what_if))
        .routes(routes!(backup::backup))
        .routes(routes!(points::list))
        .routes(routes!(points::ranges))
        .routes(routes!(restore::restore))
        .routes(routes!(protection::list))
        .routes(routes!(protection::one::show))
        .routes(routes!(protection::stop))
        .routes(routes!(protection::suspend))
        .routes(routes!(protection::resume))
        .routes(routes!(protection::change_policy))
        .routes(routes!(protection::register))
        .routes(routes!(protection::unregister))
        .routes(routes!(holds::list))
        .routes(routes!(operations::list))
        .routes(routes!(operations::one))
        .routes(routes!(operations::awaiting))
        .routes(routes!(operations::approve))
        .routes(routes!(operations::reject))
        .routes(routes!(jobs::list))
        .routes(routes!(jobs::one))
        .routes(routes!(jobs::cancel))
        .routes(routes!(failures::list))
        .routes(routes!(sweeps::list))
        .routes(routes!(files::open))
        .routes(routes!(files::close))
        .routes(routes!(files::scripts))
        .routes(routes!(points::archive))
        .routes(routes!(vaults::list))
        .routes(routes!(vaults::delete))
        .routes(routes!(report::report))
        .routes(routes!(report::targets))
        .routes(routes!(metrics::show))
        .routes(routes!(rules::show))
        .routes(routes!(rules::refresh))
        .routes(routes!(rules::rollback))
}
