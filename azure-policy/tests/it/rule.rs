//! An imported binding, asked through the rule's own code.

use anyhow::Context as _;
use holdfast_azure_policy::{Binding, Options, import, read};
use holdfast_rule_conditions::{Conditions, Settings};
use holdfast_rule_sdk::owned::{AzResource, Request, Tag};
use holdfast_rule_sdk::{Rule as _, Verdict};
use serde_json::Value;

use crate::estate::Asset;

/// A binding as it was written, configured.
pub(crate) struct Bound {
    settings: Settings,
    types: Vec<String>,
}

pub(crate) fn imported(assignment: &Value) -> anyhow::Result<Binding> {
    let assignments = read(&assignment.to_string(), None)?;
    let imported = import(assignments.first().context("no assignment")?, None, &Options::default())?;
    imported.bindings.into_iter().next().context("no binding")
}

/// Reads what the importer wrote, as the loader of rule sets does.
pub(crate) fn configured(text: &str) -> anyhow::Result<Bound> {
    let document: toml::Table = text.parse()?;
    let rule = document.get("rule").and_then(|rules| rules.get(0)).context("no rule")?;
    let settings = serde_json::to_value(rule.get("settings").context("no settings")?)?;
    let settings: Settings = serde_json::from_value(settings)?;
    let issues = Conditions::check(&settings);
    anyhow::ensure!(issues.is_empty(), "{issues:?}");
    let types = rule.get("types").and_then(toml::Value::as_array).context("no types")?;
    Ok(Bound { settings, types: types.iter().filter_map(|own| Some(own.as_str()?.to_owned())).collect() })
}

impl Bound {
    pub(crate) fn selects(&self, asset: &Asset) -> bool {
        if !self.types.iter().any(|own| own.eq_ignore_ascii_case(&asset.resource_type)) {
            return false;
        }
        let tag = |(name, value): (&String, &String)| Tag { name: name.clone(), value: value.clone() };
        let segments: Vec<&str> = asset.id.split('/').collect();
        let request = Request {
            target: AzResource {
                id: asset.id.clone(),
                type_: asset.resource_type.clone(),
                name: segments.last().copied().unwrap_or_default().to_owned(),
                location: asset.location.clone(),
                resource_group: segments[4].to_owned(),
                subscription: segments[2].to_owned(),
                tags: asset.tags.iter().map(tag).collect(),
                sku: asset.sku.clone(),
                kind: asset.kind.clone(),
                body: asset.as_arm_shows_it().to_string(),
            },
            workload: String::new(),
            labels: Vec::new(),
            facts: Vec::new(),
            event_time: "2026-01-01T00:00:00Z".to_owned(),
            explain: true,
        };
        matches!(Conditions::evaluate(&self.settings, &request.view()).verdict, Verdict::Protect(_))
    }
}
