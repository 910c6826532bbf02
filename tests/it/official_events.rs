//! The official example events, in both schemas, are understood as they are.

use std::fs;

use anyhow::{Context, Result};
use holdfast_protection::event::{self, BadEvent, Parsed};
use serde_json::Value;

use crate::reference;

#[test]
fn every_official_example_is_heard() -> Result<()> {
    let Some(specs) = reference::folder("specs/specification/eventgrid/data-plane")? else { return Ok(()) };
    let mut heard = 0;
    for family in ["Microsoft.Resources", "Microsoft.ResourceNotifications"] {
        for schema in ["event-grid-schema", "cloud-events-schema"] {
            let folder = specs.join(family).join("stable/2018-01-01/examples").join(schema);
            for entry in fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
                let path = entry?.path();
                let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
                let example: Value = serde_json::from_str(&fs::read_to_string(&path)?)?;
                let events = example.as_array().cloned().unwrap_or_else(|| vec![example]);
                for one in events {
                    check(&name, &one).with_context(|| format!("{schema}/{name}"))?;
                    heard += 1;
                }
            }
        }
    }
    println!("heard {heard} official events");
    assert!(heard >= 26, "only {heard} examples were found");
    Ok(())
}

/// Examples of health events and of failures tell of no change.
fn check(name: &str, event: &Value) -> Result<(), BadEvent> {
    let tells = matches!(
        name,
        "resource_write_success"
            | "resource_delete_success"
            | "Resources_CreatedOrUpdated"
            | "Resources_Deleted"
    );
    match event::parse(&event.to_string())? {
        Parsed::Changed(change) => {
            assert!(tells, "{name} told of a change");
            assert!(change.resource.resource_group().is_some(), "{name}: {}", change.resource);
        }
        Parsed::Nothing => assert!(!tells, "{name} told of nothing"),
    }
    Ok(())
}
