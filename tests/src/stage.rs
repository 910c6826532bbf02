//! One simulated Azure with one function app in it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use holdfast_functions_host::{Host, HostConfig};
use holdfast_simulator::{Config, Estate, Simulator, Storage};
use serde_json::{Value, json};

use crate::Story;
use crate::subscribing::{self, Events};

/// The subscription of every stage.
pub const SUBSCRIPTION: &str = "5b0f1d3a-6c1e-4b5e-9d53-0d2f7c3e9a10";

/// A schedule that no test lives to see: tests have timed functions run when they want.
const NEVER: &str = "0 0 0 1 1 *";

/// Options of a stage.
pub struct Knobs {
    /// What exists at start.
    pub estate: Value,
    /// How much faster than Azure.
    pub speed: f64,
    /// Further app settings, or others.
    pub settings: Vec<(String, String)>,
    /// Schema in which Event Grid delivers.
    pub event_schema: &'static str,
    /// Where Event Grid delivers.
    pub events: Events,
    /// Folder of the function app; the packaged one if none is given.
    pub app: Option<PathBuf>,
}

impl Default for Knobs {
    fn default() -> Self {
        Self {
            estate: json!({}),
            speed: 100.0,
            settings: Vec::new(),
            event_schema: "EventGridSchema",
            events: Events::ToFunction,
            app: None,
        }
    }
}

/// Everything that runs; it ends when it is dropped.
pub struct Stage {
    /// The simulated Azure.
    pub azure: holdfast_simulator::Running,
    /// The Functions host.
    pub host: holdfast_functions_host::Running,
    /// Folder of the certificates.
    pub folder: tempfile::TempDir,
    client: reqwest::Client,
}

impl Stage {
    /// Sets the stage: all is up, and Event Grid tells the app of every change.
    pub async fn set(knobs: Knobs) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let estate = subscribing::prepared(knobs.estate, knobs.events);
        let estate: Estate = serde_json::from_value(estate).context("read the estate")?;
        let config = Config {
            ca_dir: Some(folder.path().to_owned()),
            estate: Some(estate),
            speed: knobs.speed,
            ..Config::default()
        };
        let azure = Simulator::start(config).await?;
        // As the roles of infra/ have it: what is recorded can be read and added to, and not rewritten.
        for container in ["holdfast-ledger", "holdfast-rules"] {
            ensure!(azure.storage.let_only_add(container), "`{container}` is not a name of a container");
        }
        let mut settings = settings(&azure, folder.path());
        settings.extend(knobs.settings);
        let app_root = knobs.app.map_or_else(app, Ok)?;
        let config = HostConfig { app_root, port: 0, settings, speed: knobs.speed, ..HostConfig::default() };
        let host = Host::start(config).await?;
        let stage = Self { azure, host, folder, client: reqwest::Client::new() };
        stage.subscribe(knobs.events, knobs.event_schema).await?;
        Ok(stage)
    }

    /// Calls the simulator as an owner of the estate would; anything but 2xx is an error.
    pub async fn azure(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Value> {
        let url = format!("{}{path}", self.azure.http_url);
        let mut request = self.client.request(method.parse()?, &url).bearer_auth("owner");
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await.with_context(|| format!("{method} {url}"))?;
        let (status, text) = (answer.status(), answer.text().await?);
        if !status.is_success() {
            bail!("{method} {url}: {status} {text}");
        }
        Ok(serde_json::from_str(&text).unwrap_or_default())
    }

    /// Calls the function app; gives status and body.
    pub async fn functions(&self, method: &str, path: &str, body: Option<&Value>) -> Result<(u16, Value)> {
        let url = format!("{}{path}", self.host.url());
        let mut request = self.client.request(method.parse()?, &url);
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await.with_context(|| format!("{method} {url}"))?;
        let status = answer.status().as_u16();
        Ok((status, answer.json().await.unwrap_or_default()))
    }

    /// What the ledger holds.
    pub fn story(&self) -> Result<Story> {
        Story::read(&self.azure.storage)
    }

    /// The items of Recovery Services vaults that protect the resource, as Azure shows them.
    pub async fn protected_items(&self, resource: &str) -> Result<Vec<Value>> {
        const KINDS: [&str; 4] = [
            "backupManagementType eq 'AzureIaasVM' and itemType eq 'VM'",
            "backupManagementType eq 'AzureStorage' and itemType eq 'AzureFileShare'",
            "backupManagementType eq 'AzureWorkload' and itemType eq 'SQLDataBase'",
            "backupManagementType eq 'AzureWorkload' and itemType eq 'SAPHanaDatabase'",
        ];
        let path = format!(
            "/subscriptions/{SUBSCRIPTION}/providers/Microsoft.RecoveryServices/vaults?api-version=2024-04-01"
        );
        let vaults = self.azure("GET", &path, None).await?;
        let mut found = Vec::new();
        for vault in vaults["value"].as_array().into_iter().flatten().filter_map(|vault| vault["id"].as_str())
        {
            for kind in KINDS {
                let path = format!("{vault}/backupProtectedItems?api-version=2024-04-01&$filter={kind}");
                let list = self.azure("GET", &path, None).await?;
                let items = list["value"].as_array().into_iter().flatten();
                found.extend(items.filter(|item| protects(item, resource)).cloned());
            }
        }
        Ok(found)
    }

    /// Protection states, in Azure's words, of everything that protects the resource.
    pub async fn protection_states(&self, resource: &str) -> Result<Vec<String>> {
        let items = self.protected_items(resource).await?;
        let states = items.iter().filter_map(|item| item["properties"]["protectionState"].as_str());
        let states: Vec<String> = states.map(str::to_owned).collect();
        if !states.is_empty() {
            return Ok(states);
        }
        let path =
            format!("{resource}/providers/Microsoft.DataProtection/backupInstances?api-version=2024-04-01");
        let list = self.azure("GET", &path, None).await?;
        let state =
            |one: &Value| one.pointer("/properties/currentProtectionState")?.as_str().map(str::to_owned);
        Ok(list["value"].as_array().into_iter().flatten().filter_map(state).collect())
    }

    /// Waits until the ledger says how each resource ended.
    pub async fn until_ended(&self, resources: &[String], patience: Duration) -> Result<Story> {
        self.until_all(resources, patience, |story, id| story.end_of(id).is_some()).await
    }

    /// Waits until the ledger says of each resource that it was left out: as its end, or as a decision alone.
    pub async fn until_left_out(&self, resources: &[String], patience: Duration) -> Result<Story> {
        self.until_all(resources, patience, |story, id| story.end_of(id).is_some() || story.is_left_out(id))
            .await
    }

    async fn until_all(
        &self,
        resources: &[String],
        patience: Duration,
        is_over: impl Fn(&Story, &str) -> bool,
    ) -> Result<Story> {
        for _ in 0..patience.as_millis() / 100 {
            let story = self.story()?;
            if resources.iter().all(|id| is_over(&story, id)) {
                return Ok(story);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let story = self.story()?;
        let open: Vec<&String> = resources.iter().filter(|id| !is_over(&story, id)).collect();
        bail!("not ended after {} s: {open:?}\n{story:?}", patience.as_secs())
    }
}

/// Whether an item is of this machine, of this database in a machine, or of this share: that is known by its account and its
/// name.
fn protects(item: &Value, resource: &str) -> bool {
    let text = |name: &str| item["properties"][name].as_str().unwrap_or_default();
    let database = |collection: &str| {
        let (machine, holder, name) = (text("sourceResourceId"), text("parentName"), text("friendlyName"));
        format!("{machine}/{collection}/{holder}/databases/{name}").eq_ignore_ascii_case(resource)
    };
    match text("workloadType") {
        "SQLDataBase" => return database("sqlInstances"),
        "SAPHanaDatabase" => return database("hanaSystems"),
        _ => {}
    }
    let share = format!("{}/fileServices/default/shares/{}", text("sourceResourceId"), text("friendlyName"));
    [text("sourceResourceId"), &share].iter().any(|one| one.eq_ignore_ascii_case(resource))
}

impl Stage {
    /// Waits until the ledger says that a resource waits for something.
    pub async fn until_waiting(&self, resource: &str, word: &str, patience: Duration) -> Result<Story> {
        for _ in 0..patience.as_millis() / 100 {
            let story = self.story()?;
            if story.waits_of(resource).iter().any(|wait| wait == word) {
                return Ok(story);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        bail!("{resource} does not wait for {word}: {:?}", self.story()?.waits_of(resource))
    }
}

/// The app settings that infra/ sets in Azure, with the simulator's addresses.
pub fn settings(azure: &holdfast_simulator::Running, folder: &Path) -> BTreeMap<String, String> {
    let base = &azure.http_url;
    // The key that signed the native code of the packaged rules: without it each start would compile them again.
    let compiled = app().ok().and_then(|app| std::fs::read_to_string(app.with_extension("key")).ok());
    let compiled = compiled.map(|key| ("HOLDFAST_COMPILED_KEY".to_owned(), key));
    let storage = Storage::connection_string(base);
    let own = [
        ("AzureWebJobsStorage", storage.clone()),
        ("HOLDFAST_DEAD_LETTERS", storage),
        ("FUNCTIONS_WORKER_RUNTIME", "custom".to_owned()),
        ("HOLDFAST_ARM_ENDPOINT", azure.https_url.clone()),
        ("HOLDFAST_SUBSCRIPTIONS", SUBSCRIPTION.to_owned()),
        ("HOLDFAST_SWEEP_SCHEDULE", NEVER.to_owned()),
        ("HOLDFAST_UNDELIVERED_SCHEDULE", NEVER.to_owned()),
        ("HOLDFAST_OPERATIONS_SCHEDULE", NEVER.to_owned()),
        ("HOLDFAST_RETRY_SCHEDULE", NEVER.to_owned()),
        ("HOLDFAST_ADMINS", "function-key".to_owned()),
        ("IDENTITY_ENDPOINT", format!("{base}/msi/token")),
        ("IDENTITY_HEADER", "stage".to_owned()),
        ("SSL_CERT_FILE", folder.join("ca.pem").display().to_string()),
    ];
    let own = own.map(|(name, value)| (name.to_owned(), value));
    std::env::vars().chain(own).chain(compiled).collect()
}

/// The packaged app; `cargo xtask test` makes it.
pub fn app() -> Result<PathBuf> {
    let app = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/app");
    app.canonicalize()
        .context("target/app is missing: run `cargo xtask package --profile dev`, or `cargo xtask test`")
}
