//! Microsoft.Management: what lies below a management group.
//!
//! Source: REST reference of management groups, Get Descendants (official).

use axum::http::{Method, StatusCode};
use serde_json::json;

use crate::wire::{Answer, ArmError, Call, Page};
use crate::world::{Provider, World};

const NAMESPACE: &str = "Microsoft.Management";
/// Answers are cut short, so that every client follows the next link.
const PAGE: usize = 2;

/// Microsoft.Management.
#[derive(Debug)]
pub(crate) struct ManagementGroups;

impl Provider for ManagementGroups {
    fn namespace(&self) -> &'static str {
        NAMESPACE
    }

    fn handle(&self, world: &mut World, call: &Call) -> Answer {
        let path = &call.path;
        let is_known = path.is(0, "managementGroups") && path.is(2, "descendants") && path.rest.len() == 3;
        let group = path.segment(1).filter(|_| is_known);
        let Some(group) = group else {
            return Err(ArmError::unknown_type(NAMESPACE, path.segment(0).unwrap_or_default()));
        };
        if call.method != Method::GET {
            return Err(ArmError::method_not_allowed(&call.method));
        }
        descendants(world, call, group)
    }
}

fn descendants(world: &World, call: &Call, group: &str) -> Answer {
    let known = world.settings.management_groups.iter().find(|(name, _)| name.eq_ignore_ascii_case(group));
    let Some((name, subscriptions)) = known else {
        // Azure does not say whether there is such a group.
        let message = format!(
            "The client does not have authorization to perform action \
             'Microsoft.Management/managementGroups/descendants/read' over scope \
             '/providers/Microsoft.Management/managementGroups/{group}' or the scope is invalid."
        );
        return Err(ArmError::new(StatusCode::FORBIDDEN, "AuthorizationFailed", message));
    };
    let parent = format!("/providers/Microsoft.Management/managementGroups/{name}");
    let below = format!("{parent}-below");
    let mut rows = vec![
        json!({ "id": below, "type": "Microsoft.Management/managementGroups", "name": format!("{name}-below"),
            "properties": { "displayName": "below", "parent": { "id": parent } } }),
    ];
    rows.extend(subscriptions.iter().map(|id| {
        json!({ "id": format!("/subscriptions/{id}"), "type": "/subscriptions", "name": id,
            "properties": { "displayName": id, "parent": { "id": below } } })
    }));
    Ok(Page::asked(call, PAGE)?.by_id(rows))
}
