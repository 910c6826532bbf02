//! What is logged down to the last detail, and what is recorded: none of the secrets that Azure hands out is in it.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use holdfast_evaluator::Caller;
use holdfast_protection::ResourceId;
use holdfast_protection::operations::{OperationId, OperationStatus};
use holdfast_protection::ports::Ledger as _;
use holdfast_protection::work::Occasion;
use holdfast_tests::SUBSCRIPTION;
use serde_json::{Value, json};
use tracing::Dispatch;
use tracing::subscriber::{DefaultGuard, NoSubscriber};
use tracing_subscriber::EnvFilter;

use super::paired_region::followed;
use super::rules::rules_with;
use super::run::Run;
use super::worlds::{machine_and_share, recovering};

/// All of ours, and the library that makes the calls.
const EVERYTHING: &str =
    "holdfast_azure=trace,holdfast_protection=trace,azure_core=trace,typespec_client_core=trace";

/// A log in memory.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// What this thread logs, as long as the second value lives.
    fn of_this_thread() -> (Self, (Dispatch, DefaultGuard)) {
        let log = Self::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_env_filter(EnvFilter::new(EVERYTHING))
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .finish();
        // With a single subscriber, tracing asks the thread that comes by first whether anything is to be logged, and other
        // tests' threads have none.
        let second = Dispatch::new(NoSubscriber::new());
        (log, (second, tracing::subscriber::set_default(subscriber)))
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

// Everything happens on this thread, and so does what is logged.
#[tokio::test]
async fn no_secret_of_a_file_session_or_of_the_paired_region_is_logged_or_recorded() {
    let (log, _logged) = Log::of_this_thread();
    let (run, machine, staging) = backed_up().await;

    let opened = followed(&run, &machine, json!({ "action": "open-files", "point": "latest" })).await;
    assert!(matches!(opened.status, OperationStatus::Succeeded { .. }), "{:?}", opened.status);
    let dana = Caller { id: "dana".to_owned(), name: "Dana".to_owned(), roles: Vec::new() };
    let id = OperationId::of_key(&dana.id, &json!({ "action": "open-files", "point": "latest" }).to_string());
    let scripts = run.operations().scripts(id, &dana, run.azure.now()).await.unwrap();
    let password = scripts.first().unwrap().password.clone();

    let group = format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-other");
    let to = json!({ "kind": "vm-disks", "resourceGroup": group, "staging": staging });
    let restored =
        followed(&run, &machine, json!({ "action": "restore", "region": "secondary", "to": to })).await;
    assert!(matches!(restored.status, OperationStatus::Succeeded { .. }), "{:?}", restored.status);

    let shown = run.azure.state();
    let handed_out = shown["recoveryServicesSecrets"].as_array().unwrap().iter().filter_map(Value::as_str);
    let secrets: Vec<String> = handed_out.map(str::to_owned).chain([password]).collect();
    assert!(secrets.len() >= 3, "a token, a suffix and a password: {}", secrets.len());
    let mut written = log.text();
    assert!(written.contains("backupCrrJob"), "nothing was captured");
    for path in run.ledger().list("").await.unwrap() {
        written += &run.ledger().read(&path).await.unwrap().unwrap_or_default().to_string();
    }
    for secret in secrets {
        let at = written.find(&secret);
        assert_eq!(at, None, "a secret of {} characters is written down", secret.len());
    }
}

/// What a body of a machine may hold: by its place, by its name and by its form.
fn telling(machine: &mut Value, secret: &str) {
    machine["tags"]["db-password"] = json!(secret);
    machine["properties"]["osProfile"]["adminPassword"] = json!(secret);
    machine["properties"]["osProfile"]["customData"] = json!(secret);
    machine["properties"]["userData"] = json!(secret);
    machine["properties"]["diagnosticsProfile"]["bootDiagnostics"]["storageUri"] =
        json!(format!("https://diag.blob.core.windows.net/?sv=2022-11-02&sig={secret}"));
    machine["properties"]["extensions"] = json!([{ "type": "Microsoft.Compute/virtualMachines/extensions",
        "properties": { "settings": { "commandToExecute": format!("mysql -p {secret}") } } }]);
}

#[tokio::test]
async fn secrets_in_a_resources_body_are_shown_to_no_rule_and_recorded_nowhere() {
    const SECRET: &str = "hunter2-hunter2";
    let (log, _logged) = Log::of_this_thread();
    let case = machine_and_share().into_iter().find(|case| case.name == "azure-vm").unwrap();
    let mut estate = recovering(case.estate);
    let resources = estate["resources"].as_array_mut().unwrap();
    telling(resources.iter_mut().find(|one| one["id"] == case.resource.as_str()).unwrap(), SECRET);
    let mut run = Run::of(estate).await;
    run.tell(&case.resource);
    run.work_off().await;
    run.assert_sound(std::slice::from_ref(&case.resource), "with secrets");

    let occasion = Occasion::question(run.azure.now());
    let resource: ResourceId = case.resource.parse().unwrap();
    let preview = run.reconciler().preview(&resource, &occasion).await.unwrap();
    let mut written = format!("{preview:?}") + &log.text();
    for path in run.ledger().list("").await.unwrap() {
        written += &run.ledger().read(&path).await.unwrap().unwrap_or_default().to_string();
    }
    assert!(written.contains(holdfast_protection::redaction::MARKER), "what was there cannot be seen");
    let at = written.find(SECRET).and_then(|at| written.get(at.saturating_sub(200)..at));
    assert_eq!(at, None, "a secret of the body is written down");
}

/// A machine with a recovery point that the paired region has, and a storage account there.
async fn backed_up() -> (Run, String, String) {
    let case = machine_and_share().into_iter().find(|case| case.name == "azure-vm").unwrap();
    let staging = format!(
        "/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-other/providers/Microsoft.Storage/storageAccounts/north"
    );
    let mut estate = recovering(case.estate);
    estate["vaults"][0]["redundancy"] = json!("GeoRedundant");
    estate["vaults"][0]["crossRegionRestore"] = json!(true);
    let account = json!({ "id": staging, "location": "northeurope", "kind": "StorageV2",
        "sku": { "name": "Standard_LRS" }, "properties": {} });
    estate["resources"].as_array_mut().unwrap().push(account);
    let mut run = Run::of(estate).await;
    run.evaluator = rules_with("");
    run.tell(&case.resource);
    run.work_off().await;
    let ended = followed(&run, &case.resource, json!({ "action": "backup" })).await;
    assert!(matches!(ended.status, OperationStatus::Succeeded { .. }), "{:?}", ended.status);
    run.azure.advance(24.0 * 3600.0);
    (run, case.resource, staging)
}
