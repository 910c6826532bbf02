//! What containers of databases show of themselves (recorded; of availability groups official).

use serde_json::{Value, json};

use super::guest::Instance;
use super::{Engine, group};
use crate::clock::precise;
use crate::recovery_services::container::Container;
use crate::recovery_services::trouble::Trouble;
use crate::wire::json as body_json;
use crate::wire::path::name_of;
use crate::world::World;

/// A virtual machine with database servers.
pub(in crate::recovery_services) fn of_server(container: &Container) -> Value {
    let found = &container.found;
    let mut properties = json!({
        "sourceResourceId": container.source,
        "extendedInfo": { "hostServerName": found.host, "inquiryInfo": inquiry(container) },
        "containerType": "VMAppContainer",
        "protectableObjectType": "VMAppContainer",
    });
    if let Some(at) = found.updated {
        body_json::set(&mut properties, &["lastUpdatedTime"], json!(precise(at)));
    }
    properties
}

/// An availability group.
pub(in crate::recovery_services) fn of_group(world: &World, container: &Container) -> Value {
    let nodes = group::of_container(world, name_of(&container.id)).map(|found| group::nodes(world, found));
    let mut properties = json!({
        "extendedInfo": {
            "hostServerName": container.found.host,
            "inquiryInfo": inquiry(container),
            "nodesList": nodes.unwrap_or_default(),
        },
        "containerType": "SQLAGWorkLoadContainer",
        "protectableObjectType": "SQLAGWorkLoadContainer",
    });
    if let Some(at) = container.found.updated {
        body_json::set(&mut properties, &["lastUpdatedTime"], json!(precise(at)));
    }
    properties
}

/// `inquiryInfo`: what the last inquiry found, and what went wrong with it, engine by engine.
fn inquiry(container: &Container) -> Value {
    let found = &container.found;
    let details: Vec<Value> = found.engines.iter().map(|engine| detail(container, *engine)).collect();
    let trouble = found.instances.iter().find_map(|instance| instance.trouble.as_deref());
    json!({ "status": "Success", "errorDetail": error(trouble), "inquiryDetails": details })
}

fn detail(container: &Container, engine: Engine) -> Value {
    let found = &container.found;
    let trouble = found.of_engine(engine).find_map(|instance| instance.trouble.as_deref());
    let in_group = found.group.as_ref().map_or(0, |group| group.databases.len());
    let sound = || found.of_engine(engine).filter(|instance| instance.trouble.is_none());
    let databases: usize = sound().map(|instance: &Instance| instance.databases.len()).sum();
    let systems = sound().count();
    let mut validation = json!({
        "status": if trouble.is_some() { "Failed" } else { "Success" },
        "errorDetail": error(trouble),
        "additionalDetail": trouble.map(|code| Trouble::named(code).in_guest()).unwrap_or_default(),
    });
    // What is counted are databases (recorded), of a HANA system that was looked at twice the system as well.
    let mut count = databases + in_group;
    if engine == Engine::Hana && systems > 0 {
        let mut kinds = json!({ "SAPHanaSystem": systems, "SAPHanaDatabase": databases });
        if found.counts_hana_instances() {
            body_json::set(&mut kinds, &["SAPHanaDBInstance"], json!(systems));
            count = databases + 2 * systems;
        }
        body_json::set(&mut validation, &["protectableItemCount"], kinds);
    }
    json!({ "type": engine.word(), "itemCount": count, "inquiryValidation": validation })
}

fn error(trouble: Option<&str>) -> Value {
    match trouble {
        None => json!({ "code": "Success", "message": "", "recommendations": [""] }),
        Some(code) => Trouble::named(code).in_status(),
    }
}
