//! What surrounds a resource: tags of groups and subscriptions, and locks at every level.

use anyhow::Result;
use reqwest::Method;
use serde_json::{Value, json};

use crate::azure::{Azure, DISK, GROUP, SUBSCRIPTION, estate};

fn tags(scope: &str) -> String {
    format!("{scope}/providers/Microsoft.Resources/tags/default")
}

#[tokio::test]
async fn subscriptions_and_groups_carry_tags() -> Result<()> {
    let mut estate = estate();
    estate["subscriptionTags"] = json!({ SUBSCRIPTION: { "owner": "platform" } });
    let azure = Azure::start(1.0, estate).await?;
    let subscription = format!("/subscriptions/{SUBSCRIPTION}");
    let told = azure.get(&tags(&subscription)).await?.expect(200)?;
    assert_eq!(told.body["properties"]["tags"], json!({ "owner": "platform" }));
    let merge = json!({ "operation": "Merge", "properties": { "tags": { "env": "prod" } } });
    azure.call(Method::PATCH, &tags(&subscription), Some(merge.clone())).await?.expect(200)?;
    assert_eq!(
        azure.get(&subscription).await?.expect(200)?.body["tags"],
        json!({ "env": "prod", "owner": "platform" })
    );
    azure.call(Method::PATCH, &tags(GROUP), Some(merge)).await?.expect(200)?;
    assert_eq!(azure.get(GROUP).await?.expect(200)?.body["tags"]["env"], "prod");
    azure.get(&tags(&GROUP.replace("rg-app", "rg-none"))).await?.expect(404)?;
    Ok(())
}

#[tokio::test]
async fn a_list_at_the_subscription_has_the_locks_of_every_level() -> Result<()> {
    let azure = Azure::start(1.0, estate()).await?;
    let subscription = format!("/subscriptions/{SUBSCRIPTION}");
    for scope in [subscription.as_str(), GROUP, DISK] {
        let lock = json!({ "properties": { "level": "CanNotDelete", "notes": "keep" } });
        azure
            .put(&format!("{scope}/providers/Microsoft.Authorization/locks/keep"), lock)
            .await?
            .expect(201)?;
    }
    let listed =
        azure.get(&format!("{subscription}/providers/Microsoft.Authorization/locks")).await?.expect(200)?;
    let ids: Vec<&str> = listed.body["value"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|lock| lock["id"].as_str())
        .collect();
    assert_eq!(ids.len(), 3, "{ids:?}");
    let refused = azure.call(Method::DELETE, DISK, None::<Value>).await?.expect(409)?;
    assert_eq!(refused.code(), "ScopeLocked");
    Ok(())
}
