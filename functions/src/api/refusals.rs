//! Refusals that any call can give.

use utoipa::IntoResponses;

use crate::problem::Envelope;

/// What any call can answer instead of what it is for.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "only described")]
pub(crate) enum Refusals {
    /// The request names nothing usable; the message names the field and says what is expected.
    #[response(status = 400)]
    BadRequest(Envelope),
    /// The caller says who it is, and is not believed; or the function key is wrong.
    #[response(status = 401)]
    Unauthenticated(Envelope),
    /// The caller lacks the role, or a rule denies the operation, or Azure refused us.
    #[response(status = 403)]
    Forbidden(Envelope),
    /// It is not there.
    #[response(status = 404)]
    NotFound(Envelope),
    /// Not at present.
    #[response(status = 409)]
    Conflict(Envelope),
    /// Azure throttles.
    #[response(status = 429)]
    Throttled(Envelope),
    /// Azure gave no usable answer.
    #[response(status = 502)]
    BadGateway(Envelope),
    /// Not now; Retry-After says when.
    #[response(status = 503)]
    Unavailable(Envelope),
}

/// What a call with a body can answer besides.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "only described")]
pub(crate) enum BodyRefusals {
    /// The body is too large.
    #[response(status = 413)]
    TooLarge(Envelope),
    /// The body is not JSON.
    #[response(status = 415)]
    NotJson(Envelope),
}
