//! Who makes a request, as soon as the app that can tell is set up.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::{Ready, Setup};
use crate::callers::Caller;
use crate::problem::Problem;

/// The caller of a request.
pub(crate) struct Who(pub(crate) Arc<Caller>);

impl FromRequestParts<Setup> for Who {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, setup: &Setup) -> Result<Self, Problem> {
        let Ready(app) = Ready::from_request_parts(parts, setup).await?;
        Ok(Self(Arc::new(app.callers.identify(parts).await?)))
    }
}
