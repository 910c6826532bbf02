//! The page at `/api/ui`: what people see in a browser, and the forms by which they ask for something.
//!
//! It reads and asks by the same functions as the API, under the same roles. The host lets everybody through to it, so every
//! view asks who looks: App Service authentication in Azure, a named key elsewhere.

mod act;
mod answer;
mod approvals;
mod assets;
mod cookies;
mod coverage;
mod failures;
mod forms;
mod holds;
mod jobs;
mod operations;
mod overview;
mod pairs;
mod resource;
mod resources;
mod restoring;
mod rules;
mod search;
mod sign_in;
mod timeline;
mod trouble;
mod vaults;
mod visitor;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::routing::{any, get, post};
use holdfast_page::address;

use crate::api::body;
use crate::setup::Setup;

/// Every view and every form.
pub(crate) fn router() -> Router<Setup> {
    let at = |view: &str| address(view, &[]);
    Router::new()
        .route(&at(""), get(overview::view))
        .route(&at("coverage"), get(coverage::view))
        .route(&at("resources"), get(resources::view))
        .route(&at("resources.csv"), get(resources::as_csv))
        .route(&at("resource"), get(resource::view))
        .route(&at("failures"), get(failures::view))
        .route(&at("jobs"), get(jobs::view))
        .route(&at("jobs.csv"), get(jobs::as_csv))
        .route(&at("job"), get(jobs::one))
        .route(&at("operations"), get(operations::view))
        .route(&at("operations/{id}"), get(operations::one))
        .route(&at("approvals"), get(approvals::view))
        .route(&at("approvals/{id}"), post(approvals::answer))
        .route(&at("rules"), get(rules::view))
        .route(&at("vaults"), get(vaults::view))
        .route(&at("holds"), get(holds::view))
        .route(&at("search"), get(search::view))
        .route(&at("act"), get(act::form).post(act::plan))
        .route(&at("act/do"), post(act::carry_out))
        .route(&at("sign-in"), get(sign_in::form).post(sign_in::enter))
        .route(&at("sign-out"), post(sign_in::leave))
        .route(&at("style.css"), get(assets::style))
        .route(&at("live.js"), get(assets::script))
        .route(&at("icon.svg"), get(assets::icon))
        .route(&at("{*rest}"), any(trouble::nothing_there))
        .layer(DefaultBodyLimit::max(body::LARGEST))
        .layer(middleware::map_response(answer::secured))
}
