//! Views as answers, and what every answer of the page says to the browser.

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use holdfast_page::{Block, Page, Tone};

use super::visitor::Visitor;
use crate::api::unread::UnreadPart;

/// What the page may load, run and send: style, script and pictures of its own, forms to itself, and nothing else.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; \
    form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const HEADERS: [(&str, &str); 6] = [
    ("content-security-policy", POLICY),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=()"),
];

/// Every answer of the page.
pub(super) async fn secured(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// A view for somebody who looks at it.
pub(super) fn shown(visitor: &Visitor, page: Page) -> Response {
    let mut response = written(&visitor.sees(page)).into_response();
    if let Some(cookie) = &visitor.forms.set {
        response.headers_mut().append(header::SET_COOKIE, cookie.clone());
    }
    response
}

/// What a view lacks, because it could not be read.
pub(super) fn notices(unread: &[UnreadPart]) -> Vec<Block> {
    unread.iter().map(|part| Block::notice(Tone::Warn, &part.to_string())).collect()
}

/// What a view of the report lacks, in its words.
pub(super) fn lacking<'a>(texts: impl IntoIterator<Item = &'a String>) -> Vec<Block> {
    texts.into_iter().map(|text| Block::notice(Tone::Warn, text)).collect()
}

/// What an empty list means, where `usual` is what that means of a whole one.
pub(super) fn none_of(is_whole: bool, usual: &str) -> &str {
    if is_whole { usual } else { "nothing in what could be read" }
}

/// The HTML of a view.
pub(super) fn written(page: &Page) -> Html<String> {
    Html(page.html())
}

/// On to another view, after a form.
pub(super) fn on_to(address: String) -> Response {
    (StatusCode::SEE_OTHER, [(header::LOCATION, address)]).into_response()
}
