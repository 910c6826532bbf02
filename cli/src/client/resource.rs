//! Resources as operators name them: by ARM id, or by a name that only one protected resource has.

use anyhow::{Result, bail};
use serde_json::Value;

use super::Client;

/// The ARM id of the resource.
pub(crate) async fn resolve(client: &Client, named: &str) -> Result<String> {
    if named.starts_with('/') {
        return Ok(named.to_owned());
    }
    let found = client.list("/api/protection", &[("name", named)]).await?;
    let ids: Vec<&str> = found.iter().filter_map(|one| one.get("resource").and_then(Value::as_str)).collect();
    match ids.as_slice() {
        [id] => Ok((*id).to_owned()),
        [] => bail!(
            "no protected resource is named `{named}`; give its ARM id (Azure's index of resources is minutes behind)"
        ),
        several => bail!(
            "{} protected resources are named `{named}`; give one of:\n  {}",
            several.len(),
            several.join("\n  ")
        ),
    }
}
