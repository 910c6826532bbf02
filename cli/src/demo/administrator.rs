//! The administrator of the demo: deploys the templates that Holdfast asks to have deployed.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use holdfast_protection::ResourceId;
use holdfast_protection::outcome::{PermissionRequest, Waiting};
use serde_json::json;

use super::estate::Azure;
use super::progress::Watched;

/// How long the picture shows that somebody is waited for.
const READING: Duration = Duration::from_secs(3);

/// Somebody who may assign roles where the function app may not.
#[derive(Debug, Default)]
pub(super) struct Administrator {
    asked: BTreeMap<String, Instant>,
    deployed: BTreeMap<String, Deployed>,
}

/// A template that was deployed.
#[derive(Debug, Clone)]
pub(super) struct Deployed {
    /// For which resource.
    pub(super) resource: ResourceId,
    /// What was asked for.
    pub(super) request: PermissionRequest,
}

impl Administrator {
    /// Deploys each template that was asked for a moment ago.
    pub(super) async fn look(&mut self, watched: &Watched, azure: &Azure) -> Result<()> {
        let waiting = watched.rows.iter().filter(|(_, row)| row.outcome.is_none());
        for (resource, row) in waiting {
            let Some(Waiting::Administrator(request)) = &row.waiting else { continue };
            let asked = *self.asked.entry(request.template.clone()).or_insert_with(Instant::now);
            if asked.elapsed() < READING || self.deployed.contains_key(&request.template) {
                continue;
            }
            self.deploy(watched, azure, resource, &request.template).await?;
            let deployed = Deployed { resource: resource.clone(), request: request.clone() };
            self.deployed.insert(request.template.clone(), deployed);
        }
        Ok(())
    }

    /// What was deployed so far.
    pub(super) fn deployed(&self) -> impl Iterator<Item = &Deployed> {
        self.deployed.values()
    }

    /// The same as the printed `az deployment sub create`.
    async fn deploy(
        &self,
        watched: &Watched,
        azure: &Azure,
        resource: &ResourceId,
        path: &str,
    ) -> Result<()> {
        let template = watched.document(path).await?.with_context(|| format!("the ledger has no {path}"))?;
        let name = path.rsplit('/').next().unwrap_or(path).trim_end_matches(".json");
        let body = json!({
            "location": "northeurope",
            "properties": { "mode": "Incremental", "template": template },
        });
        azure.deploy(resource.subscription(), name, &body).await.with_context(|| format!("deploy {path}"))
    }
}
