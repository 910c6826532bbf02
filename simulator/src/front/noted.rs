//! What the headers of every answer say besides the provider's own: ids, the date, and how many calls are left.

use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::clock::http_date;
use crate::traffic::{Kind, Left};
use crate::world::World;

/// The common headers of one answer.
#[derive(Debug, Default)]
pub(super) struct Noted {
    request: String,
    pub(super) correlation: String,
    routing: String,
    date: String,
    remaining: Vec<(String, u64)>,
}

impl Noted {
    /// What can be said of a call that has just arrived.
    pub(super) fn begun(world: &mut World, parts: &Parts) -> Self {
        let request = world.guid();
        let now = world.now();
        let given = parts.headers.get("x-ms-correlation-request-id").and_then(|value| value.to_str().ok());
        let skewed = jiff::SignedDuration::try_from_secs_f64(world.traffic.skew_seconds).unwrap_or_default();
        let date = http_date(now.checked_add(skewed).unwrap_or(now));
        let region = &world.traffic.throttle.region;
        Self {
            correlation: given.map_or_else(|| request.clone(), str::to_owned),
            routing: format!("{region}:{}:{request}", now.strftime("%Y%m%dT%H%M%SZ")),
            date,
            request,
            remaining: Vec::new(),
        }
    }

    /// Notes how many calls of `kind` are left to the caller, in a subscription or in the tenant.
    pub(super) fn left(&mut self, in_subscription: bool, counted_by_provider: bool, kind: Kind, left: Left) {
        let word = kind.word();
        let prefix = "x-ms-ratelimit-remaining";
        if in_subscription {
            self.remaining.push((format!("{prefix}-subscription-{word}"), left.own));
            self.remaining.push((format!("{prefix}-subscription-global-{word}"), left.global));
        } else {
            self.remaining.push((format!("{prefix}-tenant-{word}"), left.own));
        }
        if counted_by_provider {
            self.remaining.push((format!("{prefix}-subscription-resource-requests"), left.own));
        }
    }

    pub(super) fn write(&self, parts: &Parts, headers: &mut HeaderMap) {
        let mut put = |name: &str, value: &str| {
            if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::from_str(value)) {
                headers.insert(name, value);
            }
        };
        put("x-ms-request-id", &self.request);
        put("x-ms-correlation-request-id", &self.correlation);
        put("x-ms-routing-request-id", &self.routing);
        put("date", &self.date);
        put("cache-control", "no-cache");
        for (name, left) in &self.remaining {
            put(name, &left.to_string());
        }
        let client = parts.headers.get("x-ms-client-request-id").and_then(|value| value.to_str().ok());
        if let Some(client) = client {
            put("x-ms-client-request-id", client);
        }
        if !headers.contains_key(header::CONTENT_LENGTH) && headers.get(header::CONTENT_TYPE).is_none() {
            headers.insert(header::CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
    }
}
