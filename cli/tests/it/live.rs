//! What another rule set would change, over an estate of 10,000 resources in the simulator.

use std::process::Command;
use std::time::Instant;

use holdfast_simulator::{Config, Estate, SEEDED_SUBSCRIPTIONS, Simulator};
use serde_json::Value;

use crate::rules::{candidate, holdfast, run, shipped};

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_resources_are_compared() {
    let folder = tempfile::tempdir().unwrap();
    let estate = Estate::seeded(7, 10_000);
    let workloads = ["/disks/", "/storageAccounts/", "/flexibleServers/", "/virtualMachines/"];
    let covered =
        estate.resources.iter().filter(|one| workloads.iter().any(|word| one.id.contains(word))).count();
    let config = Config { ca_dir: Some(folder.path().to_owned()), estate: Some(estate), ..Config::default() };
    let azure = Simulator::start(config).await.unwrap();
    let candidate = candidate();
    let command = |current: &std::path::Path, candidate: &std::path::Path| {
        let mut command: Command = holdfast();
        command
            .args(["diff", "--live", "--json", "--subscription", &SEEDED_SUBSCRIPTIONS.join(",")])
            .args(["--arm-endpoint", &azure.https_url, "--credential", "managed-identity"])
            .arg("--current")
            .arg(current)
            .arg("--candidate")
            .arg(candidate)
            .env("SSL_CERT_FILE", folder.path().join("ca.pem"))
            .env("IDENTITY_ENDPOINT", format!("{}/msi/token", azure.http_url))
            .env("IDENTITY_HEADER", "test");
        command
    };
    let (mut there, mut back) = (command(shipped(), candidate.path()), command(candidate.path(), shipped()));
    let started = Instant::now();
    let there = tokio::task::spawn_blocking(move || run(&mut there)).await.unwrap();
    // How long it may take, benches/estate.rs holds to: this build is not optimised.
    eprintln!("diff over {covered} of 10,000 resources took {:.1} s", started.elapsed().as_secs_f64());
    let there: Value = serde_json::from_str(&there.out).unwrap_or_else(|_| panic!("{}", there.err));
    let back = tokio::task::spawn_blocking(move || run(&mut back)).await.unwrap();
    let back: Value = serde_json::from_str(&back.out).unwrap();

    assert_eq!(there["resources"], covered);
    let count = |diff: &Value, kind: &str| diff["kinds"][kind].as_u64().unwrap_or(0);
    for (one, other) in [
        ("gains-protection", "loses-protection"),
        ("loses-protection", "gains-protection"),
        ("changes-protection", "changes-protection"),
    ] {
        assert!(count(&there, one) > 0, "no resource {one}");
        assert_eq!(count(&there, one), count(&back, other), "{one} there, {other} back");
    }
}
