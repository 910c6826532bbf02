//! A whole estate out of Resource Graph, against a GET of each of its resources.

use holdfast_azure::ArmClient;
use holdfast_protection::ports::Arm as _;
use holdfast_simulator::{Config, Estate, Running, SEEDED_SUBSCRIPTIONS, Simulator};

use crate::failing_server::client_of;

const TYPES: [&str; 3] = [
    "Microsoft.Compute/disks",
    "Microsoft.DBforPostgreSQL/flexibleServers",
    "Microsoft.Storage/storageAccounts",
];

async fn simulated(resources: usize) -> (Running, ArmClient) {
    let config = Config { estate: Some(Estate::seeded(7, resources)), speed: 1000.0, ..Config::default() };
    let running = Simulator::start(config).await.unwrap();
    let (_, port) = running.http_url.rsplit_once(':').unwrap();
    let client = client_of(port.parse().unwrap());
    (running, client)
}

#[tokio::test]
async fn the_graph_shows_each_resource_as_a_get_does() {
    let (_azure, client) = simulated(1500).await;
    let subscriptions = SEEDED_SUBSCRIPTIONS.map(str::to_owned);
    let mut pages = Vec::new();
    client.estate(&subscriptions, &TYPES, |page| pages.push(page)).await.unwrap();
    assert!(pages.len() > 1, "1,500 resources are more than a page");
    let estate: Vec<_> = pages.into_iter().flatten().collect();
    assert!(estate.len() > 1000, "{}", estate.len());
    assert!(estate.is_sorted_by(|one, other| one.id < other.id));
    for resource in estate.iter().step_by(20) {
        let read = client.resource(&resource.id.parse().unwrap()).await.unwrap().unwrap().resource;
        assert_eq!(*resource, read, "{}", resource.id);
    }
}

#[tokio::test]
async fn other_subscriptions_and_types_are_left_out() {
    let (_azure, client) = simulated(200).await;
    let mut seen = Vec::new();
    let one = &SEEDED_SUBSCRIPTIONS.map(str::to_owned)[..1];
    client.estate(one, &TYPES[..1], |page| seen.extend(page)).await.unwrap();
    assert!(!seen.is_empty());
    let is_asked = |id: &str| id.contains(SEEDED_SUBSCRIPTIONS[0]) && id.contains("/disks/");
    assert!(seen.iter().all(|resource| is_asked(&resource.id)));
    client.estate(one, &[], |page| panic!("{page:?}")).await.unwrap();
    let error = client.estate(one, &["disks' or true"], |_| ()).await.unwrap_err().to_string();
    assert!(error.contains("not a resource type"), "{error}");
}
