//! A machine with databases: registered, looked into, and each database protected once, whatever call the process dies of,
//! and whatever Azure refuses of some of them.

use holdfast_protection::instance::ProtectionState;
use holdfast_protection::outcome::Outcome;
use holdfast_tests::SUBSCRIPTION;
use serde_json::{Value, json};

use super::run::Run;

fn group(name: &str) -> String {
    format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/{name}")
}

pub(super) fn machine() -> String {
    format!("{}/providers/Microsoft.Compute/virtualMachines/sql-1", group("rg-app"))
}

pub(super) fn database(name: &str) -> String {
    format!("{}/sqlInstances/MSSQLSERVER/databases/{name}", machine())
}

/// All that an instance with two databases of its own has.
const DATABASES: [&str; 5] = ["master", "model", "msdb", "sales", "stock"];

pub(super) fn estate() -> Value {
    let vault = format!("{}/providers/Microsoft.RecoveryServices/vaults/rsv-westeurope", group("rg-backup"));
    json!({
        "resourceGroups": [
            { "id": group("rg-app"), "location": "westeurope" },
            { "id": group("rg-backup"), "location": "westeurope" },
        ],
        "vaults": [{ "id": vault, "location": "westeurope", "identity": false }],
        "resources": [{
            "id": machine(),
            "location": "westeurope",
            "tags": { "env": "prod", "holdfast-workloads": "sql-in-vm" },
            "properties": { "storageProfile": { "osDisk": { "name": "os", "osType": "Windows" }, "dataDisks": [] } },
        }],
        "guests": [{
            "machine": machine(),
            "instances": [{ "engine": "sql", "name": "MSSQLSERVER", "databases": [{ "name": "sales" }, { "name": "stock" }] }],
        }],
    })
}

/// Tells it from the beginning; gives the calls that it took.
async fn told(run: &mut Run, death: Option<u32>, story: &str) -> u32 {
    run.begin_anew();
    let before = run.line.calls();
    if let Some(number) = death {
        run.line.die_at(before + number);
    }
    run.tell(&machine());
    run.work_off().await;
    let calls = run.line.calls() - before;
    assert_eq!(run.deaths, u32::from(death.is_some()), "{story}");
    for name in DATABASES {
        let id = database(name);
        let end = run.end_of(&id);
        assert!(matches!(end, Some(Outcome::Protected { .. })), "{story}: {name} ended as {end:?}");
        let found = run.operations().instances_of(&id.parse().unwrap()).await.unwrap();
        let states: Vec<&ProtectionState> = found.iter().map(|one| &one.state).collect();
        assert_eq!(states, [&ProtectionState::Configured], "{story}: {name}");
    }
    calls
}

#[tokio::test(flavor = "multi_thread")]
async fn a_death_of_any_call_leaves_each_database_protected_once() {
    let mut run = Run::of(estate()).await;
    let calls = told(&mut run, None, "undisturbed").await;
    for number in 1..=calls {
        told(&mut run, Some(number), &format!("died of call {number}")).await;
    }
    println!("a machine with {} databases: {calls} calls, as many deaths", DATABASES.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_azure_refuses_of_one_database_keeps_no_other_from_its_end() {
    let mut run = Run::of(estate()).await;
    for (name, status) in [("sales", 429), ("stock", 503), ("master", 409)] {
        run.begin_anew();
        let path = format!("protectedItems/SQLDataBase;MSSQLSERVER;{name}");
        let harm = json!({ "method": "PUT", "path": path, "status": status, "code": "ServiceUnavailable", "retryAfter": 7 });
        run.azure.fault(harm).unwrap();
        run.tell(&machine());
        run.work_off().await;
        for name in DATABASES {
            let end = run.end_of(&database(name));
            assert!(matches!(end, Some(Outcome::Protected { .. })), "{status}: {name} ended as {end:?}");
        }
    }
}
