//! Rights that a management group gives, and what limits the right to give rights.

use anyhow::{Context as _, Result};
use holdfast_tests::SUBSCRIPTION;
use serde_json::{Value, json};

use super::{Azure, Deployed, OTHER, OUTSIDE, operator, read};

/// The management group of the estate, and the parameter files that name it.
const PLATFORM: &str = "/providers/Microsoft.Management/managementGroups/platform";
const READER: &str = "acdd72a7-3385-48ef-bd42-f606fba81ae7";
const GRANTER: &str = "f58310d9-a9f6-439a-9e8d-f62e7b41a168";
const CONTRIBUTOR: &str = "b24988ac-6180-42a0-ab88-20f7382dd24c";

impl Azure {
    /// Deploys `management-group.json` with one of the parameter files.
    async fn management_group(&self, parameters: &str) -> Result<Deployed> {
        let parameters = serde_json::from_str(&read(&format!("tests/deployments/{parameters}.json"))?)?;
        let deployed = self.deploy_at("management-group", PLATFORM, &parameters).await?;
        deployed.map_err(|refused| anyhow::anyhow!("{refused:#}"))
    }

    /// The role assignments that hold at a scope, by the name of their role's id.
    async fn holding_at(&self, scope: &str) -> Result<Vec<Value>> {
        let list = self.get(&format!("{scope}/providers/Microsoft.Authorization/roleAssignments")).await?;
        Ok(list["value"].as_array().cloned().unwrap_or_default())
    }
}

/// Ends of ids, to compare roles whatever the scope that their ids begin with.
fn role_of(assignment: &Value) -> &str {
    let id = assignment["properties"]["roleDefinitionId"].as_str().unwrap_or_default();
    id.rsplit('/').next().unwrap_or_default()
}

#[tokio::test]
async fn a_management_group_gives_its_rights_to_every_subscription_below_and_to_no_other() -> Result<()> {
    let azure = Azure::start().await?;
    let made = azure.management_group("group-defaults").await?;
    assert_eq!(made.resources.len(), 4, "{:#?}", made.resources);
    assert!(made.resources.iter().all(|id| id.starts_with(&format!("{PLATFORM}/providers/"))));
    let role = azure.get(made.of("Microsoft.Authorization/roleDefinitions")[0]).await?;
    assert_eq!(role["properties"]["roleName"], "Holdfast operator (platform)");
    assert_eq!(role["properties"]["assignableScopes"], json!([PLATFORM]));
    let actions = operator(&azure, &made).await?;
    assert!(actions.iter().any(|one| one.ends_with("/backupInstances/write")));
    for closed in ["/backupVaults/write", "/restore/action", "/backupInstances/delete"] {
        assert!(!actions.iter().any(|one| one.ends_with(closed)), "{closed}");
    }
    for below in [SUBSCRIPTION, OTHER] {
        let holding = azure.holding_at(&format!("/subscriptions/{below}")).await?;
        let mut roles: Vec<&str> = holding.iter().map(role_of).collect();
        roles.sort_unstable();
        let mut expected = vec![READER, GRANTER, role["name"].as_str().unwrap_or_default()];
        expected.sort_unstable();
        assert_eq!(roles, expected, "{below}");
        assert!(holding.iter().all(|one| one["properties"]["scope"] == PLATFORM));
    }
    assert_eq!(azure.holding_at(&format!("/subscriptions/{OUTSIDE}")).await?, Vec::<Value>::new());
    Ok(())
}

/// What the app may grant is in the condition of the one role that lets it grant, in each template.
#[tokio::test]
async fn the_right_to_assign_roles_is_limited_by_a_condition() -> Result<()> {
    for (file, powerful) in [("group-defaults", false), ("group-everything", true)] {
        let azure = Azure::start().await?;
        azure.management_group(file).await?;
        limited(&azure.holding_at(PLATFORM).await?, powerful)?;
    }
    for (file, powerful) in [("defaults", false), ("everything", true)] {
        let azure = Azure::start().await?;
        azure.main(file).await?;
        limited(&azure.holding_at(&format!("/subscriptions/{SUBSCRIPTION}")).await?, powerful)?;
    }
    let azure = Azure::start().await?;
    azure.main("closed").await?;
    let holding = azure.holding_at(&format!("/subscriptions/{SUBSCRIPTION}")).await?;
    assert!(!holding.iter().any(|one| role_of(one) == GRANTER), "a management group gives the rights");
    Ok(())
}

fn limited(holding: &[Value], powerful: bool) -> Result<()> {
    let granting: Vec<&Value> = holding.iter().filter(|one| role_of(one) == GRANTER).collect();
    let [granting] = granting.as_slice() else { anyhow::bail!("{} assignments let grant", granting.len()) };
    assert_eq!(granting["properties"]["conditionVersion"], "2.0");
    let condition = granting["properties"]["condition"].as_str().context("there is no condition")?;
    for verb in ["write", "delete"] {
        let clause = format!("!(ActionMatches{{'Microsoft.Authorization/roleAssignments/{verb}'}})");
        assert!(condition.contains(&clause), "{condition}");
    }
    assert_eq!(condition.matches("StringEqualsIgnoreCase {'ServicePrincipal'}").count(), 2, "{condition}");
    for list in condition.split("GuidEquals {").skip(1) {
        let (list, _) = list.split_once('}').context("a list does not end")?;
        let roles: Vec<&str> = list.split(", ").collect();
        assert!(roles.contains(&READER), "{list}");
        assert_eq!(roles.contains(&CONTRIBUTOR), powerful, "{list}");
        assert!(!roles.contains(&GRANTER), "who may grant this may grant anything: {list}");
    }
    Ok(())
}

#[tokio::test]
async fn allowances_of_a_management_group_add_their_actions_and_deploying_again_doubles_nothing() -> Result<()>
{
    let azure = Azure::start().await?;
    let first = azure.management_group("group-defaults").await?;
    let few = operator(&azure, &first).await?;
    let second = azure.management_group("group-everything").await?;
    assert_eq!(first.resources, second.resources);
    assert_eq!(azure.holding_at(PLATFORM).await?.len(), 3);
    let many = operator(&azure, &second).await?;
    for open in ["/backupVaults/write", "/backupInstances/restore/action", "/backupInstances/delete"] {
        assert!(many.iter().any(|one| one.ends_with(open)), "{open}");
    }
    assert!(few.iter().all(|action| many.contains(action)));
    Ok(())
}

/// With `assignRoles` off, the rights come from the management group, and the two templates together lack nothing.
#[tokio::test]
async fn an_app_without_rights_of_its_own_gets_those_of_the_management_group() -> Result<()> {
    let azure = Azure::start().await?;
    let app = azure.main("closed").await?;
    assert!(operator(&azure, &app).await.is_err());
    let given = json!({ "parameters": { "principalId": { "value": app.output("principalId") } } });
    let made = azure.deploy_at("management-group", PLATFORM, &given).await?;
    let made = made.map_err(|refused| anyhow::anyhow!("{refused:#}"))?;
    assert!(!operator(&azure, &made).await?.is_empty());
    let holding = azure.holding_at(&format!("/subscriptions/{SUBSCRIPTION}")).await?;
    let own = |one: &&Value| one["properties"]["principalId"] == app.output("principalId");
    assert_eq!(holding.iter().filter(own).filter(|one| one["properties"]["scope"] == PLATFORM).count(), 3);
    Ok(())
}

#[tokio::test]
async fn a_management_group_that_is_not_there_takes_no_deployment() -> Result<()> {
    let azure = Azure::start().await?;
    let parameters = json!({ "parameters": { "principalId": { "value": OTHER } } });
    let elsewhere = PLATFORM.replace("platform", "elsewhere");
    let refused = azure.deploy_at("management-group", &elsewhere, &parameters).await?.err();
    assert_eq!(refused.context("it was deployed")?["error"]["code"], "AuthorizationFailed");
    let lacking = azure.deploy_at("management-group", PLATFORM, &json!({ "parameters": {} })).await?.err();
    assert!(lacking.context("it was deployed")?.to_string().contains("principalId"));
    Ok(())
}
