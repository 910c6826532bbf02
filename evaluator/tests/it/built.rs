//! The shipped rules as `cargo xtask rules` builds them, and requests to ask them with.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use anyhow::{Context as _, ensure};
use holdfast_evaluator::{Request, Resource};

/// The folder with the built rules and the pinned rule set; builds them first.
pub(crate) fn rules() -> anyhow::Result<&'static Path> {
    static BUILT: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let built = BUILT.get_or_init(|| build().map_err(|error| format!("{error:#}")));
    built.as_deref().map_err(|error| anyhow::anyhow!("{error}"))
}

fn build() -> anyhow::Result<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("no workspace")?;
    let folder = root.join("target/rules");
    // Always: rules that were built before the last change would be tested otherwise.
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo).current_dir(root).args(["xtask", "rules"]).status()?;
    ensure!(status.success(), "`cargo xtask rules` failed");
    Ok(folder)
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
    }
}

/// The request that the example `decide` makes up.
pub(crate) fn example_request(resource_type: &str) -> Request {
    let mut request =
        request(resource_type, "westeurope", &[("env", "prod"), ("tier", "gold"), ("owner", "shop")]);
    request.resource.sku = Some("Premium_LRS".to_owned());
    request
}
