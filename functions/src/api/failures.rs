//! `Failures`: backups that failed, by their cause.

use axum::Json;
use holdfast_protection::AzureError;
use holdfast_protection::job::JobFilter;
use holdfast_protection::ports::{JobPages, Part};
use holdfast_protection::retry::{FailureGroup, Groups, failed_since};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::query::Query;
use super::refusals::Refusals;
use super::unread::{Readable, Unread, UnreadPart};
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
    /// What is missing, because it could not be read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unread: Vec<Unread>,
}

/// Backups that failed in the watched subscriptions, by their cause, with what Holdfast does about each and what is
/// left to do. What cannot be read is named in `unread`.
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
    let mut pages = Readable::lacking(Vec::new());
    for subscriptions in app.subscriptions()?.chunks(Part::SUBSCRIPTIONS) {
        if let Err(why) =
            count(app.job_pages.as_ref(), subscriptions, &filter, (&mut groups, &mut pages)).await
        {
            let first = subscriptions.first().map(String::as_str).unwrap_or_default();
            let what = match subscriptions.len() {
                1 => format!("all failed backups of subscription {first}"),
                several => format!("all failed backups of {several} subscriptions from {first} on"),
            };
            pages.unread.push(UnreadPart::of(what, format!("/subscriptions/{first}"), why));
        }
    }
    let Readable { unread, .. } = pages.or_refused()?;
    let unread = unread.into_iter().map(Unread::from).collect();
    Ok(Json(Failures { from, value: groups.finish(), unread }))
}

/// Counts the failures of some subscriptions, page by page: what was counted before a page that cannot be read stays.
async fn count(
    index: &dyn JobPages,
    subscriptions: &[String],
    filter: &JobFilter,
    (groups, pages): (&mut Groups, &mut Readable<usize>),
) -> Result<(), AzureError> {
    let mut after: Option<String> = None;
    loop {
        let part = Part { subscriptions, top: Part::TOP, after: after.as_deref() };
        let page = index.jobs(&part, filter).await?;
        page.rows.iter().for_each(|job| groups.add(job));
        pages.add([page.rows.len()]);
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;
    use holdfast_protection::job::Job;
    use holdfast_protection::ports::{PageOf, Subjects};
    use holdfast_protection::target::Target;
    use serde_json::json;

    use super::*;

    /// An index whose second page cannot be read.
    struct Torn;

    fn lost<T>() -> Result<T, AzureError> {
        let (action, detail) = ("list the jobs".to_owned(), "503".to_owned());
        Err(AzureError::Unavailable { action, detail, retry_after: None })
    }

    #[async_trait]
    impl JobPages for Torn {
        async fn jobs(&self, part: &Part<'_>, _: &JobFilter) -> Result<PageOf<Job>, AzureError> {
            if part.after.is_some() {
                return lost();
            }
            let job = json!({ "id": "/subscriptions/s/resourceGroups/g/providers/Microsoft.DataProtection/backupVaults/v/backupJobs/j",
                "operation": "Backup", "status": "Failed", "datasource": "d", "started": "2026-01-01T00:00:00Z",
                "errors": [{ "status": 200, "code": "SnapshotFailed", "message": "no" }] });
            Ok(PageOf { rows: vec![serde_json::from_value(job).unwrap()], next: Some("2".to_owned()) })
        }

        async fn backups_of(
            &self,
            _: &[String],
            _: &Subjects,
            _: &JobFilter,
        ) -> Result<Vec<Job>, AzureError> {
            lost()
        }

        async fn instances_of_jobs(&self, _: &[String], _: &Subjects) -> Result<Vec<Target>, AzureError> {
            lost()
        }
    }

    #[tokio::test]
    async fn a_page_that_cannot_be_read_hides_none_before_it() {
        let (mut groups, mut pages) = (Groups::default(), Readable::lacking(Vec::new()));
        let filter = failed_since("2026-01-01T00:00:00Z".parse().unwrap());
        let counted = count(&Torn, &["s".to_owned()], &filter, (&mut groups, &mut pages)).await;
        assert!(counted.is_err());
        assert_eq!((groups.finish().len(), pages.items.as_slice()), (1, &[1][..]));
        pages.unread.push(UnreadPart::of("the rest", "/subscriptions/s", counted.unwrap_err()));
        assert!(pages.or_refused().is_ok(), "what was read is shown");
    }
}
