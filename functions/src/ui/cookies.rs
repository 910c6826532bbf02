//! The two cookies of the page: the key of who signed in by one, and what forms are known by.

use axum::http::{HeaderMap, HeaderValue, header};

/// The key of who signed in. Only this handler reads it, it is sent to no other site, and it ends with the browser.
pub(super) const KEY: &str = "holdfast-key";
/// A random word; the token of a form is made of it.
pub(super) const FORMS: &str = "holdfast-forms";

/// The value of a cookie of a request.
pub(super) fn find(headers: &HeaderMap, name: &str) -> Option<String> {
    let sent = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let mut pairs = sent.flat_map(|text| text.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let found = pairs.find(|(one, _)| *one == name).map(|(_, value)| value);
    found.and_then(percent_decoded)
}

/// The header that sets a cookie, or ends it where there is no value.
pub(super) fn set(name: &str, value: Option<&str>, is_secure: bool) -> Option<HeaderValue> {
    let secure = if is_secure { "; Secure" } else { "" };
    let text: String = url::form_urlencoded::byte_serialize(value.unwrap_or_default().as_bytes()).collect();
    let end = if value.is_none() { "; Max-Age=0" } else { "" };
    let cookie =
        format!("{name}={text}; Path={}; HttpOnly; SameSite=Strict{secure}{end}", holdfast_page::ROOT);
    HeaderValue::from_str(&cookie).ok()
}

fn percent_decoded(value: &str) -> Option<String> {
    let pair = format!("v={value}");
    url::form_urlencoded::parse(pair.as_bytes()).next().map(|(_, value)| value.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_found_as_it_was_set() {
        let value = "a key; with = and ü";
        let header = set(KEY, Some(value), true).unwrap();
        let text = header.to_str().unwrap();
        assert!(
            text.contains("HttpOnly; SameSite=Strict; Secure") && text.contains("Path=/api/ui;"),
            "{text}"
        );
        let sent = format!("other=1; {}", text.split("; Path").next().unwrap());
        let headers = HeaderMap::from_iter([(header::COOKIE, sent.parse().unwrap())]);
        assert_eq!(find(&headers, KEY).as_deref(), Some(value));
        assert_eq!(find(&headers, FORMS), None);
        assert!(set(KEY, None, false).unwrap().to_str().unwrap().contains("Max-Age=0"));
    }
}
