//! Granting roles: idempotence, collisions, refusals, and lists.

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::azure::{Azure, DISK, GROUP, SUBSCRIPTION, VAULT, estate, granted};

const READER: &str = "acdd72a7-3385-48ef-bd42-f606fba81ae7";
const SOMEBODY: &str = "9f1d4c52-2b0a-4a64-8f3c-1d5f0b6c7a88";
const NAME: &str = "3f0a1b2c-0000-4000-8000-000000000001";

fn at(scope: &str, name: &str) -> String {
    format!("{scope}/providers/Microsoft.Authorization/roleAssignments/{name}")
}

fn body(role: &str, principal: &str) -> Value {
    json!({ "properties": {
        "roleDefinitionId": format!("/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{role}"),
        "principalId": principal, "principalType": "ServicePrincipal",
    }})
}

#[tokio::test]
async fn a_contributor_may_do_everything_but_grant() -> Result<()> {
    let azure = Azure::start(1.0, estate()).await?;
    let list = format!(
        "{GROUP}/providers/Microsoft.Authorization/roleDefinitions?$filter=roleName eq 'Contributor'"
    );
    let role = azure.get(&list).await?.expect(200)?.body["value"][0].clone();
    let permissions = &role["properties"]["permissions"][0];
    let excepted = permissions["notActions"].as_array().context("no notActions")?;
    assert_eq!((excepted.len(), &permissions["actions"]), (8, &json!(["*"])));
    assert_eq!(excepted[..2], ["Microsoft.Authorization/*/Delete", "Microsoft.Authorization/*/Write"]);
    Ok(())
}

#[tokio::test]
async fn the_same_assignment_may_be_put_again_and_no_other_under_its_name() -> Result<()> {
    let azure = Azure::start(1.0, estate()).await?;
    azure.put(&at(GROUP, NAME), body(READER, SOMEBODY)).await?.expect(201)?;
    azure.put(&at(GROUP, NAME), body(READER, SOMEBODY)).await?.expect(200)?;
    let other_name = NAME.replace("0001", "0002");
    let exists = azure.put(&at(GROUP, &other_name), body(READER, SOMEBODY)).await?.expect(409)?;
    assert_eq!(exists.code(), "RoleAssignmentExists");
    let moved = azure.put(&at(DISK, NAME), body(READER, SOMEBODY)).await?.expect(400)?;
    assert_eq!(moved.code(), "RoleAssignmentUpdateNotPermitted");
    assert_eq!(
        azure.put(&at(GROUP, "not-a-guid"), body(READER, SOMEBODY)).await?.expect(400)?.code(),
        "InvalidRoleAssignmentId"
    );
    Ok(())
}

#[tokio::test]
async fn a_fresh_identity_needs_its_type_told() -> Result<()> {
    let azure = Azure::start(1.0, estate()).await?;
    let vault = azure.get(VAULT).await?.body;
    let principal = vault["identity"]["principalId"].as_str().context("no principal")?;
    let mut untyped = body(READER, principal);
    untyped["properties"].as_object_mut().context("no object")?.remove("principalType");
    assert_eq!(azure.put(&at(GROUP, NAME), untyped).await?.expect(400)?.code(), "PrincipalNotFound");
    azure.put(&at(GROUP, NAME), body(READER, principal)).await?.expect(201)?;
    Ok(())
}

#[tokio::test]
async fn unknown_roles_and_scopes_are_refused() -> Result<()> {
    let azure = Azure::start(1.0, estate()).await?;
    let unknown = azure.put(&at(GROUP, NAME), body(NAME, SOMEBODY)).await?.expect(400)?;
    assert_eq!(unknown.code(), "RoleDefinitionDoesNotExist");
    let nowhere =
        azure.put(&at(&DISK.replace("/d1", "/d9"), NAME), body(READER, SOMEBODY)).await?.expect(404)?;
    assert_eq!(nowhere.code(), "ResourceNotFound");
    Ok(())
}

#[tokio::test]
async fn where_granting_is_denied_the_refusal_names_action_and_scope() -> Result<()> {
    let mut estate = estate();
    estate["denyRoleAssignments"] = json!([GROUP]);
    let azure = Azure::start(1.0, estate).await?;
    let refused = azure.put(&at(DISK, NAME), body(READER, SOMEBODY)).await?.expect(403)?;
    assert_eq!(refused.code(), "AuthorizationFailed");
    let message = refused.body["error"]["message"].as_str().context("no message")?;
    assert!(message.contains("roleAssignments/write") && message.contains("disks/d1"), "{message}");
    Ok(())
}

#[tokio::test]
async fn lists_know_above_and_below() -> Result<()> {
    let azure = Azure::start(1.0, granted()).await?;
    let count = async |scope: &str, filter: &str| -> Result<usize> {
        let path = format!("{scope}/providers/Microsoft.Authorization/roleAssignments?$filter={filter}");
        Ok(azure.get(&path).await?.expect(200)?.body["value"].as_array().map_or(0, Vec::len))
    };
    assert_eq!(count(DISK, "atScope()").await?, 2, "its own and its group's");
    assert_eq!(count(GROUP, "atScope()").await?, 1, "not the disk's");
    assert_eq!(count(GROUP, &format!("principalId eq '{SOMEBODY}'")).await?, 0);
    let vault = azure.get(VAULT).await?.body;
    let principal = vault["identity"]["principalId"].as_str().context("no principal")?;
    assert_eq!(count(GROUP, &format!("principalId eq '{principal}'")).await?, 2, "above and below");
    assert_eq!(count(DISK, &format!("atScope() and assignedTo('{principal}')")).await?, 2);
    Ok(())
}

#[tokio::test]
async fn a_deleted_assignment_no_longer_counts() -> Result<()> {
    let azure = Azure::start(100.0, granted()).await?;
    let path = format!("{DISK}/providers/Microsoft.Authorization/roleAssignments?$filter=atScope()");
    let listed = azure.get(&path).await?.body;
    let own = listed["value"].as_array().into_iter().flatten().find(|one| one["properties"]["scope"] == DISK);
    let id = own.context("no assignment on the disk")?["id"].as_str().context("no id")?.to_owned();
    azure.delete(&id).await?.expect(200)?;
    azure.delete(&id).await?.expect(204)?;
    let request = json!({ "backupInstance": crate::azure::disk_instance() });
    let started = azure.post(&format!("{VAULT}/validateForBackup"), request).await?.expect(202)?;
    assert_eq!(azure.follow(&started).await?["error"]["code"], "UserErrorMissingRequiredPermissions");
    Ok(())
}
