//! Where callers reach us: for the addresses that answers name.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};

/// The address that the caller used, such as `https://app.azurewebsites.net`; empty if it named none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Here(String);

impl Here {
    /// An address of ours. `path` begins with a slash.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }

    /// TLS ends in front of the host: what the caller used is told by a header, by two of them in Azure.
    fn of(headers: &HeaderMap) -> Self {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let Some(host) = text(header::HOST.as_str()).filter(|host| is_authority(host)) else {
            return Self(String::new());
        };
        let forwarded = text("x-forwarded-proto").is_some_and(|proto| proto.trim().starts_with("https"));
        let secure = forwarded || headers.contains_key("x-arr-ssl");
        Self(format!("{}://{host}", if secure { "https" } else { "http" }))
    }
}

fn is_authority(host: &str) -> bool {
    !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte))
}

impl<S: Sync> FromRequestParts<S> for Here {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.headers))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_those_that_the_caller_used() {
        let here = |pairs: &[(&'static str, &'static str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                headers.insert(*name, value.parse().unwrap());
            }
            Here::of(&headers).url("/api/jobs")
        };
        assert_eq!(here(&[("host", "127.0.0.1:7071")]), "http://127.0.0.1:7071/api/jobs");
        assert_eq!(here(&[("host", "a.net"), ("x-forwarded-proto", "https")]), "https://a.net/api/jobs");
        assert_eq!(here(&[("host", "a.net"), ("x-arr-ssl", "2048")]), "https://a.net/api/jobs");
        assert_eq!(here(&[]), "/api/jobs");
        assert_eq!(here(&[("host", "a.net/evil?")]), "/api/jobs");
    }
}
