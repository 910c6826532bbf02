//! `Failures`: backups that failed, by their cause.

use axum::Json;
use holdfast_protection::ports::Part;
use holdfast_protection::retry::{FailureGroup, Groups, failed_since};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::query::Query;
use super::refusals::Refusals;
use crate::callers::Role;
use crate::clock;
use crate::problem::Problem;
use crate::setup::{Ready, Who};

/// Since when.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Asked {
    /// Only backups that began at this time or later (RFC 3339); those of the last 24 hours without it. Azure's index knows 14
    /// days.
    from: Option<Timestamp>,
}

/// Backups that failed, by their cause.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Failures {
    /// Since when.
    from: Timestamp,
    /// One group for each cause, the largest first.
    value: Vec<FailureGroup>,
}

/// Backups that failed in the watched subscriptions, by their cause, with what Holdfast does about each and what is left to do.
#[utoipa::path(get, path = "/api/failures", operation_id = "listFailures", tag = "operations", params(Asked),
    responses((status = 200, description = "The failures", body = Failures), Refusals))]
pub(crate) async fn list(
    Ready(app): Ready,
    Who(caller): Who,
    Query(Asked { from }): Query<Asked>,
) -> Result<Json<Failures>, Problem> {
    caller.must_be(Role::Reader)?;
    let day = SignedDuration::from_hours(24);
    let from = from.unwrap_or_else(|| clock::now().saturating_sub(day).unwrap_or(Timestamp::MIN));
    let filter = failed_since(from);
    let mut groups = Groups::default();
    for subscriptions in app.subscriptions()?.chunks(Part::SUBSCRIPTIONS) {
        let mut after: Option<String> = None;
        loop {
            let part = Part { subscriptions, top: Part::TOP, after: after.as_deref() };
            let page = app.job_pages.jobs(&part, &filter).await?;
            page.rows.iter().for_each(|job| groups.add(job));
            match page.next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
    }
    Ok(Json(Failures { from, value: groups.finish() }))
}
