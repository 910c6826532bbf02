//! `GET /`: what the host asks for to see whether the handler is up, and a person to see whether it works.

use axum::extract::State;

use super::{Progress, Setup};
use crate::problem::Problem;

/// `GET /`: at once, for the host takes any answer as a sign of life.
pub(crate) async fn front_page(State(setup): State<Setup>) -> Result<&'static str, Problem> {
    let progress = setup.progress.borrow().clone();
    match progress {
        Progress::Busy => Ok("Holdfast is being set up"),
        Progress::Ready(_) => Ok("Holdfast"),
        Progress::Waiting { .. } | Progress::Failed(_) => progress.app().map(|_| "Holdfast"),
    }
}
