//! Resource Graph: queries, joins, pages, quota, lag.

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::azure::{Answer, Azure, DISK, GROUP, SUBSCRIPTION, granted, protect};

async fn ask(azure: &Azure, query: &str, options: Value) -> Result<Answer> {
    let path = "/providers/Microsoft.ResourceGraph/resources?api-version=2021-03-01";
    azure.post(path, json!({ "subscriptions": [SUBSCRIPTION], "query": query, "options": options })).await
}

pub(crate) async fn names(azure: &Azure, query: &str) -> Result<Vec<String>> {
    let answer = ask(azure, query, json!({})).await?.expect(200)?;
    let rows = answer.body["data"].as_array().context("no rows")?;
    Ok(rows.iter().filter_map(|row| row["name"].as_str()).map(str::to_owned).collect())
}

fn world(disks: usize) -> Value {
    let mut world = granted();
    let more = (2..=disks).map(|number| {
        let env = if number % 2 == 0 { "prod" } else { "test" };
        json!({ "id": DISK.replace("/d1", &format!("/d{number}")), "location": "westeurope", "tags": { "env": env } })
    });
    let listed = [json!({ "id": DISK, "location": "westeurope" })].into_iter().chain(more);
    world["resources"] = Value::Array(listed.collect());
    world["graphLagSeconds"] = json!(0);
    world
}

#[tokio::test]
async fn rows_are_filtered_projected_and_ordered() -> Result<()> {
    let azure = Azure::start(100.0, world(4)).await?;
    let disks = "resources | where type =~ 'Microsoft.Compute/disks'";
    assert_eq!(
        names(&azure, &format!("{disks} | project id, name | order by name desc")).await?,
        ["d4", "d3", "d2", "d1"]
    );
    assert_eq!(
        names(&azure, &format!("{disks} and tags.env == 'prod' | order by id asc")).await?,
        ["d2", "d4"]
    );
    assert_eq!(
        names(
            &azure,
            &format!("{disks} | where isempty(tags.env) or tags['env'] =~ 'TEST' | order by id asc")
        )
        .await?,
        ["d1", "d3"]
    );
    assert_eq!(
        names(&azure, "resources | where type in~ ('a', 'MICROSOFT.COMPUTE/DISKS') and not(name != 'd3')")
            .await?,
        ["d3"]
    );
    assert_eq!(names(&azure, "resourcecontainers | where name == 'rg-app'").await?, ["rg-app"]);
    let counted = ask(&azure, &format!("{disks} | count"), json!({})).await?.body;
    assert_eq!(counted["data"], json!([{ "Count": 4 }]));
    let summed =
        ask(&azure, &format!("{disks} | summarize n = count() by env = tostring(tags.env)"), json!({}))
            .await?
            .body;
    assert_eq!(summed["data"].as_array().map(Vec::len), Some(3));
    Ok(())
}

#[tokio::test]
async fn the_unprotected_are_found_by_a_left_outer_join() -> Result<()> {
    let azure = Azure::start(100.0, world(3)).await?;
    protect(&azure).await?;
    let query = "resources | where type =~ 'microsoft.compute/disks' | extend rid = tolower(id) \
        | join kind=leftouter (recoveryservicesresources \
            | where type =~ 'microsoft.dataprotection/backupvaults/backupinstances' \
            | project rid = tolower(tostring(properties.dataSourceInfo.resourceID)), state = tostring(properties.currentProtectionState)) on rid \
        | where isempty(rid1) | project id, name | order by id asc";
    assert_eq!(names(&azure, query).await?, ["d2", "d3"]);
    Ok(())
}

#[tokio::test]
async fn pages_follow_each_other_by_token() -> Result<()> {
    let azure = Azure::start(100.0, world(25)).await?;
    let query = "resources | where type == 'microsoft.compute/disks' | project id, name | order by id asc";
    let (mut seen, mut token) = (Vec::new(), None);
    loop {
        let options =
            token.map_or(json!({ "$top": 10 }), |token: String| json!({ "$top": 10, "$skipToken": token }));
        let page = ask(&azure, query, options).await?.expect(200)?.body;
        seen.extend(
            page["data"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|row| row["id"].as_str().map(str::to_owned)),
        );
        token = page["$skipToken"].as_str().map(str::to_owned);
        if token.is_none() {
            break;
        }
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 25);
    let without_id = ask(&azure, "resources | project name", json!({ "$top": 5 })).await?.body;
    assert_eq!((&without_id["resultTruncated"], without_id.get("$skipToken")), (&json!("true"), None));
    Ok(())
}

#[tokio::test]
async fn what_comes_and_goes_between_pages_neither_hides_nor_doubles_others() -> Result<()> {
    // Each with the name of what comes before all that was told.
    for (order, early) in [("id asc", "d0"), ("name desc", "e1")] {
        let azure = Azure::frozen(world(25)).await?;
        let query = format!(
            "resources | where type == 'microsoft.compute/disks' | project id, name | order by {order}"
        );
        let first = ask(&azure, &query, json!({ "$top": 10 })).await?.expect(200)?.body;
        let told = ids(&first);
        for gone in [&told[0], &told[9]] {
            azure.delete(gone).await?.expect(202)?;
        }
        let comes = azure
            .put(&DISK.replace("/d1", &format!("/{early}")), json!({ "location": "westeurope" }))
            .await?;
        assert!(comes.status < 300, "{comes:?}");
        azure.running.advance(10.0);
        let rest = json!({ "$top": 1000, "$skipToken": first["$skipToken"] });
        let rest = ids(&ask(&azure, &query, rest).await?.expect(200)?.body);
        let all: std::collections::BTreeSet<&String> = told.iter().chain(&rest).collect();
        assert_eq!((told.len() + rest.len(), all.len()), (25, 25), "{order}: {told:?} {rest:?}");
    }
    Ok(())
}

fn ids(page: &Value) -> Vec<String> {
    let rows = page["data"].as_array().into_iter().flatten();
    rows.filter_map(|row| row["id"].as_str().map(str::to_owned)).collect()
}

#[tokio::test]
async fn what_is_not_understood_is_refused() -> Result<()> {
    let azure = Azure::start(100.0, world(1)).await?;
    for (query, named) in [
        ("resources | where", "expected a value"),
        ("resources | mv-expand x", "mv"),
        ("nothing | take 1", "nothing"),
        ("resources | where parse_json(tags) == 1", "parse_json"),
        ("resources | take 'x'", "number"),
    ] {
        let refused = ask(&azure, query, json!({})).await?.expect(400)?;
        assert_eq!(refused.code(), "BadRequest");
        assert!(refused.body["error"]["details"].to_string().contains(named), "{query}: {:?}", refused.body);
    }
    Ok(())
}

#[tokio::test]
async fn the_sixteenth_query_of_a_window_is_refused() -> Result<()> {
    let azure = Azure::start(0.1, world(1)).await?;
    for left in (0..15).rev() {
        let answer = ask(&azure, "resources | take 1", json!({})).await?.expect(200)?;
        assert_eq!(answer.header("x-ms-user-quota-remaining"), Some(left.to_string().as_str()));
    }
    let refused = ask(&azure, "resources | take 1", json!({})).await?.expect(429)?;
    assert!(refused.header("retry-after").is_some());
    Ok(())
}

#[tokio::test]
async fn the_graph_lags_behind() -> Result<()> {
    let mut world = world(1);
    world["graphLagSeconds"] = json!(100_000);
    let azure = Azure::start(100.0, world).await?;
    let made = DISK.replace("/d1", "/late");
    azure.put(&made, json!({ "location": "westeurope", "properties": {} })).await?.expect(201)?;
    azure.get(&made).await?.expect(200)?;
    assert_eq!(
        names(&azure, "resources | where type =~ 'microsoft.compute/disks'").await?,
        ["d1"],
        "known only from the start"
    );
    assert!(
        names(&azure, &format!("resources | where id startswith '{GROUP}'"))
            .await?
            .contains(&"bv1".to_owned())
    );
    Ok(())
}
