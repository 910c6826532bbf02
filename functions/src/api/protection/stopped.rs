//! Where the work on a resource stopped, as answers show it.

use holdfast_report::Stop;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::reports::Stopped;

/// Where the work on a resource stopped, or what it waits for.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = StoppedWork)]
pub(crate) struct StoppedView {
    /// When that happened which the work was about.
    at: Timestamp,
    /// A stable word: Azure's where Azure refused, or what is waited for.
    code: String,
    /// What is wrong.
    message: String,
    /// What to do next; left out where nobody has to do anything.
    #[serde(skip_serializing_if = "String::is_empty")]
    way_out: String,
    /// Whether it goes on by itself.
    goes_on: bool,
    /// Permissions that an administrator has to give, one line for each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    missing: Vec<String>,
    /// Path in the ledger of the template that gives them.
    #[serde(skip_serializing_if = "Option::is_none")]
    template: Option<String>,
}

impl From<Stopped> for StoppedView {
    fn from(stopped: Stopped) -> Self {
        let Stopped { at, stop: Stop { code, message, way_out, goes_on }, missing, template } = stopped;
        Self { at, code, message, way_out, goes_on, missing, template }
    }
}
