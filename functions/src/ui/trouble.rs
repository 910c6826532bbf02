//! What people see when something goes wrong: a page that says what, and what to do next.

use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use holdfast_page::{Block, Cell, Page, Tone, address};

use super::answer::written;
use crate::callers::Rejected;
use crate::problem::Problem;

/// Why a view is not shown.
pub(super) enum Trouble {
    /// Nobody has signed in.
    SignIn {
        /// The address that was asked for.
        wanted: String,
    },
    /// It did not work.
    Problem(Problem),
}

impl Trouble {
    pub(super) fn rejected(rejected: Rejected) -> Self {
        Self::Problem(rejected.into())
    }
}

impl<T: Into<Problem>> From<T> for Trouble {
    fn from(problem: T) -> Self {
        Self::Problem(problem.into())
    }
}

impl IntoResponse for Trouble {
    fn into_response(self) -> Response {
        match self {
            Self::SignIn { wanted } => {
                let to = address("sign-in", &[("next", &wanted)]);
                (StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response()
            }
            Self::Problem(problem) => shown(&problem),
        }
    }
}

/// Before the set-up nobody is known, so that anybody may be looking: accounts, roles and paths are not for everybody.
const FOR_ANYBODY: &str = "Holdfast is not set up; the log of the function app says why, and so does `GET /api/rules` with a function key";

fn shown(problem: &Problem) -> Response {
    problem.log();
    let message = if problem.is_of_set_up() { FOR_ANYBODY } else { problem.message() };
    let details = problem.details().iter().map(|detail| Block::notice(Tone::Plain, &detail.message));
    let page = Page::new(problem.code(), "none")
        .with([Block::notice(Tone::Bad, message)])
        .with(details)
        .with([Block::Links(vec![Cell::text("Back to the overview").to(address("", &[]))])]);
    (problem.status(), written(&page)).into_response()
}

/// No view is at this address.
pub(super) async fn nothing_there(uri: Uri) -> Trouble {
    Trouble::Problem(Problem::not_found("NotFound", format!("no view is at `{}`", uri.path())))
}
