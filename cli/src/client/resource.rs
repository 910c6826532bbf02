//! Resources as operators name them: by ARM id, or by a name that only one resource has.

use std::collections::BTreeMap;

use anyhow::Result;

use super::Client;
use crate::listing::text;
use crate::refusal::Coded;
use crate::words::state;

/// The ARM id of the resource, whatever state its protection is in.
pub(crate) async fn resolve(client: &Client, named: &str) -> Result<String> {
    if named.starts_with('/') {
        return Ok(named.to_owned());
    }
    let found = client.list("/api/protection", &[("name", named)]).await?;
    let mut states: BTreeMap<String, (String, Vec<String>)> = BTreeMap::new();
    for one in &found {
        let id = text(one, "resource");
        let (_, states) = states.entry(id.to_ascii_lowercase()).or_insert_with(|| (id, Vec::new()));
        states.push(state(one));
    }
    let mut found: Vec<(String, Vec<String>)> = states.into_values().collect();
    match found.len() {
        1 => Ok(found.swap_remove(0).0),
        0 => Err(Coded::described(
            "NameNotFound",
            format!(
                "no resource named `{named}` is protected, was protected, or could be, in the subscriptions that the \
                 function app watches. Azure's index of resources is minutes behind: give the ARM id of what is new, or \
                 of what was removed just now"
            ),
        )),
        several => {
            let ids = found.iter().map(|(id, states)| format!("\n  {}:\n    {id}", states.join(", ")));
            let message = format!(
                "{several} resources are named `{named}`. Give the ARM id of one:{}",
                ids.collect::<String>()
            );
            Err(Coded::described("NameNotUnique", message))
        }
    }
}

/// The same of a resource that need not be named.
pub(crate) async fn resolve_if_named(client: &Client, named: Option<&str>) -> Result<Option<String>> {
    match named {
        Some(named) => resolve(client, named).await.map(Some),
        None => Ok(None),
    }
}
