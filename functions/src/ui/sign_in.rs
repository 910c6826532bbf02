//! Signing in with a named key, and out again. In Azure, App Service authentication does it.

use axum::extract::FromRequestParts as _;
use axum::extract::{Request, State};
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use holdfast_page::{Block, Cell, Field, FieldKind, Form, Page, Tone, address};

use super::answer::{on_to, written};
use super::cookies;
use super::forms::{Sent, SentByNobody};
use super::pairs::Pairs;
use super::trouble::Trouble;
use super::visitor::{FormKey, is_secure};
use crate::problem::Problem;
use crate::setup::{Ready, Setup};

/// Where App Service authentication begins.
const APP_SERVICE: &str = "/.auth/login/aad?post_login_redirect_uri=";

/// `GET sign-in`.
pub(super) async fn form(
    ready: Result<Ready, Problem>,
    query: Pairs,
    State(setup): State<Setup>,
    request: Request,
) -> Result<Response, Trouble> {
    let Ready(app) = ready?;
    let (mut parts, _) = request.into_parts();
    let next = next(&query);
    if app.callers.by_app_service() {
        // Whoever has signed in there and has no role here would come back for ever.
        if parts.headers.contains_key("x-ms-client-principal") {
            super::visitor::Visitor::from_request_parts(&mut parts, &setup).await?;
            return Ok(on_to(next));
        }
        let to: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
        return Ok(on_to(format!("{APP_SERVICE}{to}")));
    }
    Ok(asked(&FormKey::of(&parts.headers), &next, None))
}

/// `POST sign-in`.
pub(super) async fn enter(ready: Result<Ready, Problem>, sent: SentByNobody) -> Result<Response, Trouble> {
    let Ready(app) = ready?;
    let next = next(&sent.fields);
    let key = sent.fields.get("key").unwrap_or_default();
    let forms = FormKey::of(&sent.headers);
    if app.callers.named(key).is_none() {
        return Ok(asked(
            &forms,
            &next,
            Some("no person is known by this key; app setting HOLDFAST_KEYS names them"),
        ));
    }
    let mut response = on_to(next);
    if let Some(cookie) = cookies::set(cookies::KEY, Some(key), is_secure(&sent.headers)) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// `POST sign-out`.
pub(super) async fn leave(_: Sent) -> Response {
    let mut response = on_to(address("sign-in", &[]));
    for name in [cookies::KEY, cookies::FORMS] {
        if let Some(cookie) = cookies::set(name, None, false) {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
    }
    response
}

fn asked(forms: &FormKey, next: &str, problem: Option<&str>) -> Response {
    let form = Form {
        title: None,
        about: "The key says who you are, and what you may do. It stays in this browser until it is closed, and is in no \
                address."
            .to_owned(),
        action: address("sign-in", &[]),
        token: Some(forms.token("")),
        hidden: vec![("next".to_owned(), next.to_owned())],
        fields: vec![Field::text("key", "Your key", "one that app setting HOLDFAST_KEYS names").of(FieldKind::Secret).must()],
        submit: "Sign in".to_owned(),
        is_grave: false,
    };
    let problem = problem.map(|text| Block::notice(Tone::Bad, text));
    let links = vec![Cell::text("The API").to("/api/openapi.json".to_owned())];
    let page = Page::new("Sign in", "none").with(problem).with([Block::Form(form), Block::Links(links)]);
    let mut response = written(&page).into_response();
    if let Some(cookie) = &forms.set {
        response.headers_mut().append(header::SET_COOKIE, cookie.clone());
    }
    response
}

/// Where to go afterwards: to a view of ours and nowhere else.
fn next(fields: &Pairs) -> String {
    let root = holdfast_page::ROOT;
    let below = |path: &str| {
        let rest = path.strip_prefix(root)?;
        let is_ours = rest.is_empty() || rest.starts_with(['/', '?']);
        (is_ours && !path.contains(['\\', '\r', '\n'])).then(|| path.to_owned())
    };
    fields.get("next").and_then(below).unwrap_or_else(|| root.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_to_another_site() {
        let to = |path: &str| next(&Pairs::read(format!("next={path}").as_bytes()));
        assert_eq!(to("/api/ui/resources?state=failing"), "/api/ui/resources?state=failing");
        for bad in [
            "//evil.net",
            "https://evil.net",
            "/api/uievil",
            "/api/ui%5C%5Cevil.net",
            "/api/ui/%0d%0aSet-Cookie:x",
        ] {
            assert_eq!(to(bad), "/api/ui", "{bad}");
        }
    }
}
