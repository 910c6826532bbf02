//! What deploying again brings back: docs/disaster.md.

use anyhow::{Result, ensure};
use serde_json::json;

use super::Azure;

/// The names of role assignments depend on who holds them: those of a principal that is gone are in nobody's way.
#[tokio::test]
async fn an_identity_that_was_deleted_is_made_anew_with_all_its_rights() -> Result<()> {
    let azure = Azure::start().await?;
    let first = azure.main("defaults").await?;
    let held = |principal: &str| {
        let state = azure.running.state();
        let all = state["roleAssignments"].as_array().cloned().unwrap_or_default();
        all.iter().filter(|one| one["principalId"] == principal).count()
    };
    let (before, rights) = (first.output("principalId"), held(first.output("principalId")));
    assert!(rights >= 6, "{rights}");
    let identity =
        first.one("Microsoft.ManagedIdentity/userAssignedIdentities", first.output("functionAppName"))?;
    let (status, body) = azure.call("DELETE", &format!("{identity}?api-version=2023-01-31"), None).await?;
    assert!((200..300).contains(&status), "{status} {body}");
    let second = azure.main("defaults").await?;
    let after = second.output("principalId");
    assert_ne!(before, after);
    assert_eq!((held(before), held(after)), (rights, rights));
    assert_eq!(first.output("functionAppName"), second.output("functionAppName"));
    Ok(())
}

/// The topic of a subscription is global: it outlives the region, and leads to the app that is deployed elsewhere.
#[tokio::test]
async fn after_a_region_is_lost_the_topic_leads_to_an_app_in_another() -> Result<()> {
    let azure = Azure::start().await?;
    let first = azure.main("queue").await?;
    let before = azure.main("elsewhere").await?;
    assert!(before.resources.iter().all(|id| !id.contains("/eventSubscriptions/")));
    let topic = first.one("Microsoft.EventGrid/systemTopics", "contoso-backup")?;
    let mut shown = azure.get(topic).await?;
    let identity = before.output("eventsIdentityId");
    shown["identity"]["userAssignedIdentities"][identity] = json!({});
    let (status, body) = azure.call("PUT", &format!("{topic}?api-version=2022-06-15"), Some(&shown)).await?;
    ensure!((200..300).contains(&status), "{status} {body}");

    let second = azure.main("elsewhere-subscribed").await?;
    assert_eq!(before.outputs, second.outputs);
    assert_ne!(first.output("storageAccountName"), second.output("storageAccountName"));
    let site = azure.get(second.one("Microsoft.Web/sites", second.output("functionAppName"))?).await?;
    assert_eq!(site["location"], "northeurope");
    let written: Vec<&str> = second
        .resources
        .iter()
        .map(String::as_str)
        .filter(|id| id.contains("/eventSubscriptions/"))
        .collect();
    assert_eq!(written.len(), 2);
    for id in written {
        assert!(first.resources.iter().any(|own| own.eq_ignore_ascii_case(id)), "{id} is written anew");
        let shown = azure.get(id).await?.to_string();
        assert!(shown.contains(second.output("storageAccountName")), "{shown}");
        assert!(!shown.contains(first.output("storageAccountName")), "{shown}");
    }
    Ok(())
}
