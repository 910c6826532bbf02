//! A vault behind a resource guard. Official: proxies, requests and the unlocking of deletions. Documentation: what is guarded.

use anyhow::Result;
use serde_json::{Value, json};

use super::{VAULT, backed_up, estate, item, over, protected, protection};
use crate::azure::GROUP;

fn guard() -> String {
    format!("{GROUP}/providers/Microsoft.DataProtection/resourceGuards/guard1")
}

fn consent(kind: &str) -> Value {
    json!([format!("{}/{kind}/default", guard())])
}

#[tokio::test]
async fn what_is_guarded_needs_the_guards_request() -> Result<()> {
    let azure = protected(estate()).await?;
    backed_up(&azure).await?;
    azure
        .put(
            &format!("{}?api-version=2024-04-01", guard()),
            json!({ "location": "westeurope", "properties": {} }),
        )
        .await?
        .expect(200)?;
    let proxy = format!("{VAULT}/backupResourceGuardProxies/VaultProxy");
    azure.get(&proxy).await?.expect(404)?;
    let tie = json!({ "properties": { "resourceGuardResourceId": guard() } });
    azure.put(&proxy, tie).await?.expect(200)?;
    let shown = azure.get(&proxy).await?.expect(200)?.body;
    let details = shown["properties"]["resourceGuardOperationDetails"].as_array().unwrap().clone();
    assert!(
        details.iter().any(|one| one["defaultResourceRequest"] == consent("deleteProtectedItemRequests")[0]),
        "{shown}"
    );

    let stop = |more: Value| {
        let mut body = protection(json!({ "policyId": "", "protectionState": "ProtectionStopped" }));
        if !more.is_null() {
            body["properties"]["resourceGuardOperationRequests"] = more;
        }
        body
    };
    let refused = azure.put(&item(), stop(Value::Null)).await?.expect(403)?;
    assert_eq!(refused.code(), "UserErrorResourceGuardOperationRequestMissing");
    azure.put(&item(), stop(consent("deleteProtectedItemRequests"))).await?.expect(403)?;
    let started =
        azure.put(&item(), stop(consent("stopProtectionWithRetainDataRequests"))).await?.expect(202)?;
    over(&azure, &started).await?;

    azure.delete(&item()).await?.expect(403)?;
    let unlock = json!({ "resourceGuardOperationRequests": consent("deleteProtectedItemRequests"), "resourceToBeDeleted": item() });
    azure
        .post(&format!("{proxy}/unlockDelete"), json!({ "resourceToBeDeleted": item() }))
        .await?
        .expect(403)?;
    let unlocked = azure.post(&format!("{proxy}/unlockDelete"), unlock.clone()).await?.expect(200)?.body;
    assert!(unlocked["unlockDeleteExpiryTime"].is_string());
    azure.running.advance(2000.0);
    azure.delete(&item()).await?.expect(403)?;
    azure.post(&format!("{proxy}/unlockDelete"), unlock).await?.expect(200)?;
    azure.delete(&item()).await?.expect(202)?;

    azure.delete(&proxy).await?.expect(403)?;
    let free = json!({ "resourceGuardOperationRequests": consent("deleteResourceGuardProxyRequests"), "resourceToBeDeleted": proxy });
    azure.post(&format!("{proxy}/unlockDelete"), free).await?.expect(200)?;
    azure.delete(&proxy).await?.expect(200)?;
    azure.delete(&proxy).await?.expect(204)?;
    Ok(())
}
