//! What the example `decide` asks about; tests and benches that ask for the same include it by path.

use std::collections::BTreeMap;

use holdfast_evaluator::{Request, Resource};

/// A resource of this type that asks for protection.
pub(crate) fn request(resource_type: &str) -> Request {
    let subscription = "11111111-2222-3333-4444-555555555555";
    let tags = [("env", "prod"), ("tier", "gold"), ("owner", "shop")];
    Request {
        resource: Resource {
            id: format!("/subscriptions/{subscription}/resourceGroups/rg-shop/providers/{resource_type}/one"),
            resource_type: resource_type.to_owned(),
            name: "one".to_owned(),
            location: "westeurope".to_owned(),
            resource_group: "rg-shop".to_owned(),
            subscription: subscription.to_owned(),
            tags: BTreeMap::from(tags.map(|(name, value)| (name.to_owned(), value.to_owned()))),
            sku: Some("Premium_LRS".to_owned()),
            kind: None,
            body: r#"{"location":"westeurope","properties":{"diskSizeGB":128}}"#.to_owned(),
        },
        facts: Vec::new(),
        event_time: "2026-01-01T00:00:00Z".to_owned(),
        ..Request::default()
    }
}
