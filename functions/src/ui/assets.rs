//! Style, script and icon: the only things that the page loads.

use axum::http::header;
use axum::response::{IntoResponse, Response};

/// `GET style.css`.
pub(super) async fn style() -> Response {
    asset("text/css; charset=utf-8", holdfast_page::STYLE)
}

/// `GET live.js`.
pub(super) async fn script() -> Response {
    asset("text/javascript; charset=utf-8", holdfast_page::SCRIPT)
}

/// `GET icon.svg`.
pub(super) async fn icon() -> Response {
    asset("image/svg+xml", holdfast_page::ICON)
}

fn asset(kind: &'static str, text: &'static str) -> Response {
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "private, max-age=3600")], text).into_response()
}
