//! The resource that benchmarks ask about, included by path.

use std::collections::BTreeMap;

use holdfast_evaluator::{Request, Resource};

/// A disk with ten tags and a body of about one kilobyte.
pub(crate) fn request() -> Request {
    let mut tags: BTreeMap<String, String> =
        (0..8).map(|number| (format!("cost-centre-{number}"), format!("value-{number}"))).collect();
    tags.insert("env".to_owned(), "prod".to_owned());
    tags.insert("tier".to_owned(), "gold".to_owned());
    let subscription = "11111111-2222-3333-4444-555555555555";
    let padding = "x".repeat(900);
    Request {
        resource: Resource {
            id: format!(
                "/subscriptions/{subscription}/resourceGroups/rg-shop/providers/Microsoft.Compute/disks/data"
            ),
            resource_type: "Microsoft.Compute/disks".to_owned(),
            name: "data".to_owned(),
            location: "westeurope".to_owned(),
            resource_group: "rg-shop".to_owned(),
            subscription: subscription.to_owned(),
            tags,
            sku: Some("Premium_LRS".to_owned()),
            kind: None,
            body: format!(
                r#"{{"location":"westeurope","properties":{{"diskSizeGB":128,"note":"{padding}"}}}}"#
            ),
        },
        facts: Vec::new(),
        event_time: "2026-01-01T00:00:00Z".to_owned(),
        ..Request::default()
    }
}
