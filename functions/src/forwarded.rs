//! Calls that the Functions host forwards, told from its own.
//!
//! The host makes an address of the unescaped path of a call, and an address takes backslashes for slashes and cleans itself
//! of `..`. So `/api/ui/..%5C..%5CProtect` fits the route of the page, which needs no key, and arrives here as `/Protect`.
//!
//! Sources: `GetPathValue` and `GetRequestUri` of the Functions host; its `IsAppServiceInternalRequest`, which knows what
//! comes from outside by the same header; for the headers that name the address, requests as App Service hands them over.

use axum::http::{HeaderMap, header};

/// The front end of App Service gives it to every call from outside.
const FROM_OUTSIDE: &str = "x-arr-log-id";
/// Where the front end says which address was asked for.
const ASKED: [&str; 2] = ["x-waws-unencoded-url", "x-original-url"];

/// Whether somebody calls by way of the host: its own calls are for an address of this machine, and carry nothing of a
/// front end.
pub(crate) fn is_forwarded(headers: &HeaderMap) -> bool {
    let is_ours = |host: &str| {
        let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
        ["127.0.0.1", "localhost"].contains(&name)
    };
    let host = headers.get(header::HOST);
    host.is_some_and(|host| !host.to_str().is_ok_and(is_ours))
        || headers.contains_key(FROM_OUTSIDE)
        || ASKED.iter().any(|name| headers.contains_key(*name))
}

/// Whether the path that was asked for may be another one here. No path of ours has a percent sign or a backslash.
pub(crate) fn may_be_another(headers: &HeaderMap) -> bool {
    let mut asked = ASKED.iter().flat_map(|name| headers.get_all(*name));
    asked.any(|address| {
        let path = address.as_bytes().split(|byte| *byte == b'?').next().unwrap_or_default();
        path.iter().any(|byte| b"%\\".contains(byte))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(*name, value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn the_host_calls_this_machine_and_nobody_else_does() {
        for own in [&[("host", "127.0.0.1:40001")][..], &[("host", "localhost")], &[]] {
            assert!(!is_forwarded(&headers(own)), "{own:?}");
        }
        for forwarded in [
            &[("host", "app.azurewebsites.net")][..],
            &[("host", "127.0.0.1.evil.net")],
            &[("host", "127.0.0.1:40001"), ("x-arr-log-id", "74ac0989")],
            &[("host", "127.0.0.1:40001"), ("x-original-url", "/api/ui")],
        ] {
            assert!(is_forwarded(&headers(forwarded)), "{forwarded:?}");
        }
    }

    #[test]
    fn a_path_that_may_be_another_is_known_by_what_was_asked() {
        for good in ["/api/ui", "/api/jobs?vault=%2Fsubscriptions%2Fs", "/api/ui/operations/1-2"] {
            assert!(!may_be_another(&headers(&[("x-waws-unencoded-url", good)])), "{good}");
        }
        for bad in ["/api/ui/..%5c..%5cProtect", "/api/ui/%252e%252e/jobs", "/api/ui/..\\jobs?a=b"] {
            assert!(may_be_another(&headers(&[("x-waws-unencoded-url", bad)])), "{bad}");
            assert!(may_be_another(&headers(&[("x-original-url", bad)])), "{bad}");
        }
        assert!(!may_be_another(&headers(&[])));
    }
}
