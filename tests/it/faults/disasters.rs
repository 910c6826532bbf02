//! What is lost, what the next sweep finds again, and what an operator does about the rest: docs/disaster.md, played.

use std::collections::BTreeMap;

use holdfast_protection::operations::OperationStatus;
use holdfast_protection::outcome::Outcome;
use holdfast_tests::SUBSCRIPTION;
use serde_json::{Value, json};

use super::paired_region::followed;
use super::parts::Queue;
use super::rules::rules_with;
use super::run::Run;
use super::sweeping::{Shelf, sweep_once};
use super::worlds::{disks, granted, ungranted};
use crate::world;

const HOUR: f64 = 3600.0;
const PAGE: usize = 5;

fn in_production(_: usize) -> Value {
    json!({ "env": "prod" })
}

/// A sweep that has seen nothing before, and the work that it makes.
async fn swept(run: &mut Run) -> usize {
    run.azure.advance(HOUR);
    let (_, put) = sweep_once(run, &Shelf::default(), PAGE).await;
    run.work_off().await;
    put
}

/// How Azure shows what protects each resource.
fn protections(run: &Run) -> BTreeMap<String, Vec<String>> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for instance in run.azure.instances().as_array().unwrap() {
        let text = |name: &str| instance[name].as_str().unwrap().to_owned();
        let of = found.entry(text("dataSourceId").to_ascii_lowercase()).or_default();
        of.push(text("currentProtectionState"));
    }
    found
}

/// Each of them is protected, once.
fn assert_protected(run: &Run, resources: &[String]) {
    let found = protections(run);
    for resource in resources {
        let states = found.get(&resource.to_ascii_lowercase()).map(Vec::as_slice).unwrap_or_default();
        assert_eq!(states, ["ProtectionConfigured"], "{resource}: {:?}", run.end_of(resource));
    }
    run.assert_no_double_role("after the loss");
}

async fn owner(run: &Run, method: &str, path: &str, body: &Value) {
    let url = format!("{}{path}", run.azure.http_url);
    let request =
        reqwest::Client::new().request(method.parse().unwrap(), &url).bearer_auth("owner").json(body);
    let answer = request.send().await.unwrap();
    let status = answer.status();
    assert!(status.is_success(), "{method} {url}: {status} {}", answer.text().await.unwrap());
}

/// With the account go the queue, what the sweep knew, and the process that worked with it.
#[tokio::test(flavor = "multi_thread")]
async fn the_hosts_account_is_lost_and_the_next_sweep_finds_what_was_under_way() {
    let (ids, bodies) = disks(12, in_production);
    for passes in [0, 6, 14] {
        let mut run = Run::of(ungranted(bodies.clone(), 60.0)).await;
        ids.iter().take(8).for_each(|id| run.tell(id));
        for _ in 0..passes {
            let (seen, message) = run.next().unwrap();
            run.wait_until(seen);
            run.offer(message).await;
        }
        assert!(run.queue.len() > 0, "there is work to lose");
        run.queue = Queue::default();
        run.restart();
        let found = swept(&mut run).await;
        assert!(found >= 4, "after {passes} passes: {found} of those that no event told of");
        assert_protected(&run, &ids);
        let again = swept(&mut run).await;
        assert_eq!(again, 0, "after {passes} passes");
    }
}

/// When a person says once more what was said before the loss.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Repeated {
    BeforeTheSweep,
    AfterIt,
    Never,
}

async fn repeat(run: &Run, disk: &str, stop: &Value) {
    let again = followed(run, disk, stop.clone()).await;
    assert!(matches!(again.status, OperationStatus::Succeeded { .. }), "{:?}", again.status);
}

/// The ledger is the one thing that cannot be made again: what people decided is in it alone.
#[tokio::test(flavor = "multi_thread")]
async fn the_ledgers_account_is_lost_and_a_hold_counts_again_once_it_is_repeated() {
    let stop = json!({ "action": "stop-and-retain" });
    for repeated in [Repeated::BeforeTheSweep, Repeated::AfterIt, Repeated::Never] {
        let (ids, bodies) = disks(2, in_production);
        let mut run = Run::of(granted(bodies)).await;
        run.evaluator = rules_with("[instances]\nstopped = \"resume\"");
        ids.iter().for_each(|id| run.tell(id));
        run.work_off().await;
        let stopped = followed(&run, &ids[0], stop.clone()).await;
        assert!(matches!(stopped.status, OperationStatus::Succeeded { .. }), "{:?}", stopped.status);
        swept(&mut run).await;
        assert_eq!(protections(&run)[&ids[0].to_ascii_lowercase()], ["ProtectionStopped"], "it is held");

        run.lose_ledger();
        if repeated == Repeated::BeforeTheSweep {
            repeat(&run, &ids[0], &stop).await;
        }
        swept(&mut run).await;
        let expected = match repeated {
            Repeated::BeforeTheSweep => "ProtectionStopped",
            Repeated::AfterIt | Repeated::Never => "ProtectionConfigured",
        };
        assert_eq!(protections(&run)[&ids[0].to_ascii_lowercase()], [expected], "{repeated:?}");
        if repeated == Repeated::AfterIt {
            repeat(&run, &ids[0], &stop).await;
        }
        swept(&mut run).await;
        let expected = match repeated {
            Repeated::BeforeTheSweep | Repeated::AfterIt => "ProtectionStopped",
            Repeated::Never => "ProtectionConfigured",
        };
        assert_eq!(protections(&run)[&ids[0].to_ascii_lowercase()], [expected], "{repeated:?}");
        assert_eq!(protections(&run)[&ids[1].to_ascii_lowercase()], ["ProtectionConfigured"]);
    }
}

/// Azure refuses every call of an identity whose roles are gone.
#[tokio::test(flavor = "multi_thread")]
async fn the_apps_roles_are_lost_and_what_came_meanwhile_is_found_once_they_are_given_again() {
    let (ids, bodies) = disks(6, in_production);
    let mut run = Run::of(granted(bodies)).await;
    ids.iter().take(3).for_each(|id| run.tell(id));
    run.work_off().await;
    let scope = format!("/subscriptions/{SUBSCRIPTION}");
    let without =
        json!({ "denyActions": [{ "action": "*", "scope": scope }], "denyRoleAssignments": [scope] });
    owner(&run, "POST", "/_simulator/settings", &without).await;
    ids.iter().for_each(|id| run.tell(id));
    run.work_off().await;
    for id in &ids {
        let end = run.end_of(id);
        let Some(Outcome::Failed { message, .. }) = end else { panic!("{id} ended as {end:?}") };
        assert!(message.contains("does not have authorization"), "{message}");
    }
    owner(&run, "POST", "/_simulator/settings", &json!({ "denyActions": [], "denyRoleAssignments": [] }))
        .await;
    let found = swept(&mut run).await;
    assert_eq!(found, 3, "those that are not protected");
    assert_protected(&run, &ids);
}

/// A vault's identity that is made anew has another principal: what the old one held is of no use to it.
#[tokio::test(flavor = "multi_thread")]
async fn a_vaults_identity_is_lost_and_the_one_after_it_gets_its_own_roles() {
    let (ids, bodies) = disks(4, in_production);
    let mut run = Run::of(ungranted(bodies, 60.0)).await;
    run.evaluator = rules_with("[create]\nvault-identities = true");
    ids.iter().take(2).for_each(|id| run.tell(id));
    run.work_off().await;
    let (before, held) = (principal(&run), holders(&run));
    assert!(held.contains_key(&before), "{held:?}");
    let vault = format!("{}?api-version=2024-04-01", world::vault());
    owner(&run, "PATCH", &vault, &json!({ "identity": { "type": "None" } })).await;
    run.azure.advance(60.0);
    run.restart();
    swept(&mut run).await;
    // What was protected before shows an error for lack of roles, and is seen to in its turn.
    ids.iter().for_each(|id| run.tell(id));
    run.work_off().await;
    assert_protected(&run, &ids);
    let after = principal(&run);
    assert_ne!(before, after);
    let holders = holders(&run);
    assert_eq!(holders.get(&before), held.get(&before), "those lead nowhere, and nobody touches them");
    assert!(holders.get(&after) >= held.get(&before), "{holders:?}");
}

fn principal(run: &Run) -> String {
    let state = run.azure.state();
    state["vaults"][0]["principalId"].as_str().unwrap_or_else(|| panic!("{:#}", state["vaults"])).to_owned()
}

/// How many role assignments each principal has.
fn holders(run: &Run) -> BTreeMap<String, usize> {
    let mut held = BTreeMap::new();
    for one in run.azure.state()["roleAssignments"].as_array().unwrap() {
        *held.entry(one["principalId"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    held
}

/// Whatever lies in the lost region answers nothing; the rest of the estate goes on.
#[tokio::test(flavor = "multi_thread")]
async fn a_region_is_lost_and_the_others_go_on_until_it_is_back() {
    let (ids, mut bodies) = disks(4, in_production);
    let north = "northeurope";
    bodies.iter_mut().skip(2).for_each(|body| body["location"] = json!(north));
    let mut estate = ungranted(bodies, 60.0);
    let in_north =
        |text: &Value| serde_json::from_str::<Value>(&text.to_string().replace("westeurope", north)).unwrap();
    let vault = in_north(&estate["vaults"][0]);
    estate["vaults"].as_array_mut().unwrap().push(vault);
    let groups = estate["resourceGroups"].as_array_mut().unwrap();
    let snapshots =
        groups.iter().find(|group| group["id"].as_str().unwrap().contains("rg-snapshots")).unwrap();
    groups.push(in_north(snapshots));
    let mut run = Run::of(estate).await;
    let lost = "/disks/data-0000[01]|bv-westeurope|rg-snapshots-westeurope";
    run.azure.fault(json!({ "path": lost, "status": 503, "times": 4_000_000_000_u32 })).unwrap();
    let begun = run.azure.now();
    ids.iter().for_each(|id| run.tell(id));
    run.work_off().await;
    for id in ids.iter().skip(2) {
        let ends = &run.ends[&id.to_ascii_lowercase()];
        assert!(matches!(ends.as_slice(), [(_, Outcome::Protected { .. })]), "{id}: {ends:?}");
        assert!(ends[0].0.duration_since(begun).as_secs_f64() < HOUR, "{id} waited for the other region");
    }
    for id in ids.iter().take(2) {
        assert!(matches!(run.end_of(id), Some(Outcome::Failed { .. })), "{id}: {:?}", run.end_of(id));
    }
    owner(&run, "DELETE", "/_simulator/faults", &json!({})).await;
    let found = swept(&mut run).await;
    assert!(found >= 2, "{found} of the two in the region that is back");
    assert_protected(&run, &ids);
}
