//! Keys: which caller may reach what.

use axum::http::{HeaderMap, StatusCode};

use crate::app::AuthLevel;

/// Who may call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everybody, as under Core Tools.
    Open,
    /// Callers with the right key, as in Azure.
    Keys(Keys),
}

/// The keys of a function app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keys {
    /// Opens everything, `/admin` included.
    pub master: String,
    /// Opens functions of level `function`.
    pub host: String,
    /// Opens the Event Grid webhook.
    pub event_grid: String,
}

impl Access {
    /// Whether a caller with these headers and query may call a function of this level.
    pub(crate) fn function(
        &self,
        level: AuthLevel,
        headers: &HeaderMap,
        query: &str,
    ) -> Result<(), StatusCode> {
        let Self::Keys(keys) = self else { return Ok(()) };
        let key = presented(headers, query);
        let opened = match level {
            AuthLevel::Anonymous => true,
            AuthLevel::Function => key.is_some_and(|key| key == keys.master || key == keys.host),
            AuthLevel::Admin => key.is_some_and(|key| key == keys.master),
        };
        if opened { Ok(()) } else { Err(StatusCode::UNAUTHORIZED) }
    }

    /// Whether the caller may post to the Event Grid webhook. A valid key of a lower level is 403, not 401.
    pub(crate) fn webhook(&self, headers: &HeaderMap, query: &str) -> Result<(), StatusCode> {
        let Self::Keys(keys) = self else { return Ok(()) };
        match presented(headers, query) {
            Some(key) if key == keys.master || key == keys.event_grid => Ok(()),
            Some(key) if key == keys.host => Err(StatusCode::FORBIDDEN),
            _ => Err(StatusCode::UNAUTHORIZED),
        }
    }
}

/// The header wins over the query.
fn presented(headers: &HeaderMap, query: &str) -> Option<String> {
    let header = headers.get("x-functions-key").and_then(|value| value.to_str().ok()).map(str::to_owned);
    header.or_else(|| {
        let mut pairs = url::form_urlencoded::parse(query.as_bytes());
        pairs.find_map(|(name, value)| (name == "code").then(|| value.into_owned()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_opens_its_own_doors() {
        let keys = Keys { master: "m".into(), host: "h".into(), event_grid: "e".into() };
        let access = Access::Keys(keys);
        let function = |level, query| access.function(level, &HeaderMap::new(), query);
        let webhook = |query| access.webhook(&HeaderMap::new(), query);
        assert_eq!(function(AuthLevel::Anonymous, ""), Ok(()));
        assert_eq!(function(AuthLevel::Function, ""), Err(StatusCode::UNAUTHORIZED));
        assert_eq!(function(AuthLevel::Function, "a=b&code=h"), Ok(()));
        assert_eq!(function(AuthLevel::Admin, "code=h"), Err(StatusCode::UNAUTHORIZED));
        assert_eq!(function(AuthLevel::Admin, "code=m"), Ok(()));
        assert_eq!(webhook("code=e"), Ok(()));
        assert_eq!(webhook("code=h"), Err(StatusCode::FORBIDDEN));
        assert_eq!(webhook("code=x"), Err(StatusCode::UNAUTHORIZED));
        assert_eq!(Access::Open.webhook(&HeaderMap::new(), ""), Ok(()));
    }

    #[test]
    fn the_header_wins_over_the_query() {
        let keys = Keys { master: "m".into(), host: "h".into(), event_grid: "e".into() };
        let mut headers = HeaderMap::new();
        headers.insert("x-functions-key", "wrong".parse().unwrap());
        let refused = Access::Keys(keys).function(AuthLevel::Function, &headers, "code=h");
        assert_eq!(refused, Err(StatusCode::UNAUTHORIZED));
    }
}
