//! Resources as operators name them: by ARM id, or by a name that only one resource has.

use std::collections::BTreeMap;

use anyhow::Result;

use super::{Client, Listed};
use crate::listing::text;
use crate::refusal::Coded;
use crate::words::state;

/// The ARM id of the resource, whatever state its protection is in.
pub(crate) async fn resolve(client: &Client, named: &str) -> Result<String> {
    if named.starts_with('/') {
        return Ok(named.to_owned());
    }
    let Listed { items, unread } = client.list("/api/protection", &[("name", named)]).await?;
    let mut states: BTreeMap<String, (String, Vec<String>)> = BTreeMap::new();
    for one in &items {
        let id = text(one, "resource");
        let (_, states) = states.entry(id.to_ascii_lowercase()).or_insert_with(|| (id, Vec::new()));
        states.push(state(one));
    }
    let mut found: Vec<(String, Vec<String>)> = states.into_values().collect();
    if !unread.is_empty() {
        return Err(not_sure(named, &found, &unread));
    }
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
            let message = format!(
                "{several} resources are named `{named}`. Give the ARM id of one:{}",
                choices(&found)
            );
            Err(Coded::described("NameNotUnique", message))
        }
    }
}

/// Another resource of the name may be in what could not be read: none is taken for the only one.
fn not_sure(named: &str, found: &[(String, Vec<String>)], unread: &[String]) -> anyhow::Error {
    let found = match found {
        [] => String::new(),
        found => format!("\nWhat could be read has:{}", choices(found)),
    };
    let message = format!(
        "not all resources named `{named}` could be looked for. Give the ARM id of the one that you mean.{found}\n{}",
        unread.join("\n")
    );
    Coded::described("NameNotSure", message)
}

fn choices(found: &[(String, Vec<String>)]) -> String {
    found.iter().map(|(id, states)| format!("\n  {}:\n    {id}", states.join(", "))).collect()
}

/// The same of a resource that need not be named.
pub(crate) async fn resolve_if_named(client: &Client, named: Option<&str>) -> Result<Option<String>> {
    match named {
        Some(named) => resolve(client, named).await.map(Some),
        None => Ok(None),
    }
}

#[test]
fn a_name_is_not_taken_for_unique_where_not_all_could_be_looked_for() {
    let found = [("/x/disks/erp".to_owned(), vec!["protected".to_owned()])];
    let unread = ["vault bv-1 could not be read: Throttled: later".to_owned()];
    let told = not_sure("erp", &found, &unread).to_string();
    assert!(
        told.contains("Give the ARM id") && told.contains("\n  protected:\n    /x/disks/erp\n"),
        "{told}"
    );
    assert!(told.ends_with("vault bv-1 could not be read: Throttled: later"), "{told}");
    assert!(!not_sure("erp", &[], &unread).to_string().contains("could be read has"));
}
