//! Permissions that we may not give: somebody else deploys the template, and protection goes on by itself.

use holdfast_protection::outcome::Outcome;
use holdfast_protection::ports::Ledger;
use holdfast_tests::SUBSCRIPTION;
use serde_json::{Value, json};

use super::run::Run;
use super::worlds::{Case, cases, ungranted};

const HOUR: f64 = 3600.0;
const SCOPE: &str = "/subscriptions/5b0f1d3a-6c1e-4b5e-9d53-0d2f7c3e9a10";
const LETTING_IN: &str = "Microsoft.ContainerService/managedClusters/trustedAccessRoleBindings/write";

/// A run in which we may assign no role and let nobody into a cluster.
async fn forbidden(case: &Case) -> Run {
    let mut estate = ungranted(case.estate.clone(), 120.0);
    estate["denyRoleAssignments"] = json!([SCOPE]);
    estate["denyActions"] = json!([{ "action": LETTING_IN, "scope": SCOPE }]);
    let mut run = Run::of(estate).await;
    run.tell(&case.resource);
    run
}

/// Takes looks until the ledger holds a template; gives it.
async fn template(run: &mut Run, case: &Case) -> Value {
    for _ in 0..20 {
        let (seen, message) = run.next().unwrap();
        run.wait_until(seen);
        run.offer(message).await;
        let paths = run.ledger().list("templates/").await.unwrap();
        if let [only] = paths.as_slice() {
            return run.ledger().read(only).await.unwrap().unwrap();
        }
    }
    panic!("{} gets no template; it ended as {:?}", case.name, run.end_of(&case.resource));
}

/// An administrator deploys it. What is forbidden is forbidden to us before and after.
async fn deploy(run: &Run, template: Value) {
    permit(run, true).await;
    let path = format!("/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Resources/deployments/roles");
    let body =
        json!({ "location": "westeurope", "properties": { "mode": "Incremental", "template": template } });
    let url = format!("{}{path}?api-version=2022-09-01", run.azure.http_url);
    let answer = reqwest::Client::new().put(url).bearer_auth("owner").json(&body).send().await.unwrap();
    assert_eq!(answer.status(), 201, "{}", answer.text().await.unwrap());
    run.azure.advance(30.0);
    permit(run, false).await;
}

async fn permit(run: &Run, permitted: bool) {
    let settings = if permitted {
        json!({ "denyRoleAssignments": [], "denyActions": [] })
    } else {
        json!({ "denyRoleAssignments": [SCOPE], "denyActions": [{ "action": LETTING_IN, "scope": SCOPE }] })
    };
    let url = format!("{}/_simulator/settings", run.azure.http_url);
    let answer = reqwest::Client::new().post(url).json(&settings).send().await.unwrap();
    assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn protection_goes_on_by_itself_once_the_template_is_deployed() {
    for case in cases() {
        let mut run = forbidden(&case).await;
        let template = template(&mut run, &case).await;
        let inner = template["resources"].as_array().unwrap().iter();
        let given: Vec<&Value> =
            inner.flat_map(|one| one["properties"]["template"]["resources"].as_array().unwrap()).collect();
        run.azure.advance(2.0 * HOUR);
        deploy(&run, template.clone()).await;
        let before = run.azure.now();
        run.work_off().await;
        run.assert_sound(std::slice::from_ref(&case.resource), case.name);
        let refused =
            run.calls().iter().filter(|(method, _, status)| method == "PUT" && *status == 403).count();
        let took = run.ends.values().next().unwrap()[0].0.duration_since(before).as_secs();
        println!(
            "{}: {} permissions in the template, {refused} refusals, protected {took} s after it was deployed",
            case.name,
            given.len()
        );
        assert!(took < 3 * 3600, "{}: {took} s", case.name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_permits_ends_after_a_day_with_the_command_that_helps() {
    for case in cases() {
        let mut run = forbidden(&case).await;
        let begun = run.azure.now();
        run.work_off().await;
        let Some(Outcome::Failed { code, message, way_out }) = run.end_of(&case.resource) else {
            panic!("{} ended as {:?}", case.name, run.end_of(&case.resource));
        };
        assert_eq!(code, "UserCannotAssignRoles", "{message}");
        assert!(
            way_out.contains("templates/subscriptions/") && way_out.contains("az deployment sub create"),
            "{way_out}"
        );
        let hours = run.azure.now().duration_since(begun).as_hours();
        assert!((23..=26).contains(&hours), "{}: {hours} h", case.name);
        let templates = run.ledger().list("templates/").await.unwrap();
        assert_eq!(templates.len(), 1, "the same permissions have the same template: {templates:?}");
    }
}
