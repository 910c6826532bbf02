//! Answering a call that a fault strikes.

use std::time::Duration;

use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::noted::Noted;
use super::pipeline::{Front, answer};
use crate::app::{App, Connection};
use crate::clock::http_date;
use crate::identity::expired_token;
use crate::traffic::{Fault, Harm, Injected};
use crate::wire::ArmError;

/// Answers call `number` of the journal as `fault` has it.
pub(super) async fn harmed(
    front: &Front<'_>,
    connection: &Connection,
    number: u64,
    parts: &Parts,
    body: Body,
    fault: Fault,
) -> Response {
    let app = front.app;
    match fault.harm {
        Harm::Operation(fate) => return answer(front, parts, body, Some(fate)).await,
        Harm::Hold(name) => {
            return if fault.apply {
                let answered = answer(front, parts, body, None).await;
                held(app, &name, number, parts).await;
                answered
            } else {
                held(app, &name, number, parts).await;
                answer(front, parts, body, None).await
            };
        }
        Harm::Answer(_) | Harm::Reset | Harm::Hang(_) => {}
    }
    if fault.apply {
        // The call takes effect and only its answer is lost.
        answer(front, parts, body, None).await;
    }
    match fault.harm {
        Harm::Answer(wanted) => {
            let mut response = injected(app, wanted);
            let noted = Noted::begun(&mut app.world(), parts);
            noted.write(parts, response.headers_mut());
            response
        }
        Harm::Hang(seconds) => {
            tokio::time::sleep(Duration::from_secs_f64(seconds.clamp(0.0, 3600.0))).await;
            connection.break_off();
            StatusCode::GATEWAY_TIMEOUT.into_response()
        }
        Harm::Reset | Harm::Operation(_) | Harm::Hold(_) => {
            connection.break_off();
            StatusCode::BAD_GATEWAY.into_response()
        }
    }
}

/// Returns when `name` is released, or every fault is taken back.
async fn held(app: &App, name: &str, number: u64, parts: &Parts) {
    let released = {
        let mut world = app.world();
        let shown = world.traffic.journal.number(number);
        world.traffic.faults.holds.hold(name, shown, parts.method.as_str(), parts.uri.path())
    };
    app.held.notify_waiters();
    // An error means that the faults were taken back, which releases as well.
    let _gone = released.await;
}

fn injected(app: &App, wanted: Injected) -> Response {
    let status = StatusCode::from_u16(wanted.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = match wanted.body {
        Some(raw) => Response::new(Body::from(raw)),
        None => error(app, status, wanted.code.as_deref()).into_reply().into_response(),
    };
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    let dates = {
        let world = app.world();
        let skew = jiff::SignedDuration::try_from_secs_f64(world.traffic.skew_seconds).unwrap_or_default();
        let date = |seconds: f64| {
            let at = world.after(seconds);
            http_date(at.checked_add(skew).unwrap_or(at))
        };
        let now = Some(("date".to_owned(), date(0.0)));
        let retry = wanted.retry_date.map(|seconds| ("retry-after".to_owned(), date(seconds)));
        now.into_iter().chain(retry)
    };
    for (name, value) in wanted.headers.into_iter().chain(dates) {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

fn error(app: &App, status: StatusCode, code: Option<&str>) -> ArmError {
    match code {
        None => {
            let message = "A fault was injected through the simulator's control surface.";
            ArmError::new(status, "InjectedFault", message)
        }
        Some("ExpiredAuthenticationToken") => expired_token(app.world().now()),
        Some(code) => ArmError::new(status, code, format!("The call was refused with '{code}'.")),
    }
}
