//! Reading recorded calls: their paths, and members whatever their case.

use serde_json::Value;

/// The part of a URL that names a resource.
pub(crate) fn path(url: &str) -> &str {
    let path = url.strip_prefix("https://management.azure.com").unwrap_or(url);
    path.split('?').next().unwrap_or(path)
}

/// The first `count` segments of `path`.
pub(crate) fn head(path: &str, count: usize) -> Option<String> {
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    Some(format!("/{}", segments.get(..count)?.join("/")))
}

fn member<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    value.as_object()?.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, found)| found)
}

pub(crate) fn text<'a>(value: &'a Value, names: &[&str]) -> Option<&'a str> {
    names.iter().try_fold(value, |inner, name| member(inner, name))?.as_str()
}
