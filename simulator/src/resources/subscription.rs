//! Subscriptions, tenants, regions and provider registrations.

use serde_json::{Value, json};

use crate::identity::TENANT;
use crate::wire::path::key;
use crate::wire::{Answer, ArmError, Call, Reply, json as body_json};
use crate::world::World;

/// Shown when an estate lists no subscription.
const ANY: &str = "11111111-1111-1111-1111-111111111111";

/// Regions in which something can be made; the list is only shown, not enforced.
const REGIONS: [(&str, &str); 12] = [
    ("westeurope", "West Europe"),
    ("northeurope", "North Europe"),
    ("swedencentral", "Sweden Central"),
    ("germanywestcentral", "Germany West Central"),
    ("francecentral", "France Central"),
    ("uksouth", "UK South"),
    ("eastus", "East US"),
    ("eastus2", "East US 2"),
    ("westus", "West US"),
    ("westus2", "West US 2"),
    ("australiaeast", "Australia East"),
    ("southeastasia", "Southeast Asia"),
];

fn body(id: &str) -> Value {
    json!({
        "id": format!("/subscriptions/{id}"),
        "authorizationSource": "RoleBased",
        "managedByTenants": [],
        "subscriptionId": id,
        "tenantId": TENANT,
        "displayName": "Simulated subscription",
        "state": "Enabled",
        "subscriptionPolicies": { "locationPlacementId": "Public_2014-09-01", "quotaId": "PayAsYouGo_2014-09-01", "spendingLimit": "Off" },
    })
}

pub(crate) fn list(world: &World) -> Reply {
    let listed = &world.settings.subscriptions;
    let mut values: Vec<Value> = listed.iter().map(|id| body(id)).collect();
    if values.is_empty() {
        values.push(body(ANY));
    }
    Reply::ok(json!({ "value": values, "count": { "type": "Total", "value": values.len() } }))
}

pub(crate) fn read(world: &World, id: &str) -> Answer {
    if !world.has_subscription(id) {
        return Err(unknown(id));
    }
    let mut shown = body(id);
    if let Some(tagged) = world.arm.tagged_subscription(&key(&format!("/subscriptions/{id}"))) {
        let tags = body_json::member(tagged, "tags").cloned().unwrap_or_default();
        body_json::set(&mut shown, &["tags"], tags);
    }
    Ok(Reply::ok(shown))
}

pub(crate) fn unknown(id: &str) -> ArmError {
    ArmError::not_found("SubscriptionNotFound", format!("The subscription '{id}' could not be found."))
}

pub(crate) fn tenants() -> Reply {
    Reply::list(vec![json!({
        "id": format!("/tenants/{TENANT}"),
        "tenantId": TENANT,
        "displayName": "Simulated tenant",
        "defaultDomain": "simulated.example",
        "tenantType": "AAD",
    })])
}

pub(crate) fn locations(subscription: &str) -> Reply {
    let region = |(name, display): &(&str, &str)| {
        json!({
            "id": format!("/subscriptions/{subscription}/locations/{name}"),
            "name": name,
            "type": "Region",
            "displayName": display,
            "regionalDisplayName": display,
            "metadata": { "regionType": "Physical", "regionCategory": "Recommended" },
        })
    };
    Reply::list(REGIONS.iter().map(region).collect())
}

/// Namespaces of types that are kept like any other, beside those of the providers.
const PLAIN_NAMESPACES: [&str; 3] = ["Microsoft.Compute", "Microsoft.DBforPostgreSQL", "Microsoft.Storage"];

fn provider_body(subscription: &str, namespace: &str) -> Value {
    json!({
        "id": format!("/subscriptions/{subscription}/providers/{namespace}"),
        "namespace": namespace,
        "registrationPolicy": "RegistrationRequired",
        "resourceTypes": [],
        "registrationState": "Registered",
    })
}

pub(crate) fn providers(world: &World, subscription: &str) -> Reply {
    let own = world.providers().iter().map(|provider| provider.namespace());
    let mut namespaces: Vec<&str> = own.chain(PLAIN_NAMESPACES).collect();
    namespaces.sort_by_key(|namespace| namespace.to_ascii_lowercase());
    namespaces.dedup();
    Reply::list(namespaces.into_iter().map(|namespace| provider_body(subscription, namespace)).collect())
}

/// `GET` of a provider, or `POST .../register`: everything is registered.
pub(crate) fn provider(call: &Call) -> Reply {
    let namespace = call.path.namespace.as_deref().unwrap_or_default();
    Reply::ok(provider_body(call.path.subscription().unwrap_or_default(), namespace))
}
