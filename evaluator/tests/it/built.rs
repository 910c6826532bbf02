//! The shipped rules as `cargo xtask rules` builds them, and requests to ask them with.

use std::collections::BTreeMap;
use std::path::Path;

use holdfast_evaluator::{Request, Resource};

use crate::shipped_rules;

/// The folder with the built rules and the pinned rule set; builds them first.
pub(crate) fn rules() -> anyhow::Result<&'static Path> {
    shipped_rules::built().map_err(anyhow::Error::msg)
}

/// A request about a resource that was just created.
pub(crate) fn request(resource_type: &str, location: &str, tags: &[(&str, &str)]) -> Request {
    let subscription = "11111111-2222-3333-4444-555555555555";
    let tags: BTreeMap<String, String> =
        tags.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Request {
        resource: Resource {
            id: format!("/subscriptions/{subscription}/resourceGroups/rg-shop/providers/{resource_type}/one"),
            resource_type: resource_type.to_owned(),
            name: "one".to_owned(),
            location: location.to_owned(),
            resource_group: "rg-shop".to_owned(),
            subscription: subscription.to_owned(),
            tags,
            sku: Some("Premium_LRS".to_owned()),
            kind: None,
            body: r#"{"location":"westeurope","properties":{"diskSizeGB":128}}"#.to_owned(),
        },
        facts: Vec::new(),
        event_time: "2026-01-01T00:00:00Z".to_owned(),
        ..Request::default()
    }
}
