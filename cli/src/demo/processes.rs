//! The demo's processes: each a real one, so that each can be killed.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use holdfast_protection::ResourceId;
use holdfast_simulator::Storage;
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;

use super::estate::{SUBSCRIPTION, base_estate};
use super::spread::over_vaults;

/// Two people, by the SHA-256 of their keys, which are `alice` and `bob`: one asks, the other agrees.
const PEOPLE: &str = "alice=2bd806c97f0e00af1a1fc3328fa763a9269723c8db8fac4f93af71db186d6e90, \
    bob=81b637d8fcd2c6da6359e6963113a1170de795e4b725b84d1e0b4cfd9ec58ce9";

/// The disk that people are told to try things with.
pub(super) const TO_TRY: &str = "shop-db-data";

/// The queue of notifications.
pub(super) const NEWS: &str = "demo-news";

/// How often the sweep runs.
pub(super) const SWEEP: Duration = Duration::from_secs(10);

/// Running simulator and host; the host runs the handler.
pub(super) struct Processes {
    simulator: Child,
    host: Option<Child>,
    /// `http://127.0.0.1:…` of the simulator.
    pub(super) azure_http: String,
    /// `https://localhost:…` of the simulator.
    azure_https: String,
    /// `http://127.0.0.1:…` of the Functions host.
    pub(super) functions: String,
    ca: PathBuf,
}

impl Processes {
    /// Starts them and waits until they answer.
    pub(super) async fn start(app: &Path, work: &Path, speed: f64, night: bool) -> Result<Self> {
        let app = app.canonicalize().with_context(|| {
            format!("there is no packaged app at {}; `cargo xtask demo` makes it", app.display())
        })?;
        std::fs::create_dir_all(work).with_context(|| format!("create {}", work.display()))?;
        let work = work.canonicalize()?;
        let [http, https, functions] = free_ports()?;
        let estate = work.join("estate.json");
        std::fs::write(&estate, base_estate(night)?).context("write the estate")?;
        let ports = [
            ("--port", http.to_string()),
            ("--https-port", https.to_string()),
            ("--speed", speed.to_string()),
        ];
        let mut simulator = holdfast(&work, "simulator")?;
        simulator.args(ports.iter().flat_map(|(name, value)| [*name, value.as_str()]));
        simulator.arg("--ca-dir").arg(&work).arg("--estate").arg(&estate);
        let mut processes = Self {
            simulator: simulator.spawn().context("start the simulator")?,
            host: None,
            azure_http: format!("http://127.0.0.1:{http}"),
            azure_https: format!("https://localhost:{https}"),
            functions: format!("http://127.0.0.1:{functions}"),
            ca: work.join("ca.pem"),
        };
        answers(&format!("{}/_simulator/state", processes.azure_http), "the simulator", &work).await?;
        let mut host = holdfast(&work, "host")?;
        host.arg("--app-root")
            .arg(&app)
            .args(["--port", &functions.to_string()])
            .envs(processes.app_settings())
            .envs(over_vaults(&app, &work)?.map(|rules| ("HOLDFAST_RULES", rules)))
            .envs(compiled_key(&app)?.map(|key| ("HOLDFAST_COMPILED_KEY", key)));
        processes.host = Some(host.spawn().context("start the Functions host")?);
        answers(&format!("{}/admin/host/status", processes.functions), "the Functions host", &work).await?;
        Ok(processes)
    }

    /// What infra/ sets in Azure, with the simulator's addresses.
    fn app_settings(&self) -> Vec<(&'static str, String)> {
        vec![
            ("AzureWebJobsStorage", self.storage()),
            ("FUNCTIONS_WORKER_RUNTIME", "custom".to_owned()),
            ("HOLDFAST_ARM_ENDPOINT", self.azure_https.clone()),
            ("HOLDFAST_SUBSCRIPTIONS", SUBSCRIPTION.to_owned()),
            ("HOLDFAST_SWEEP_SCHEDULE", format!("*/{} * * * * *", SWEEP.as_secs())),
            ("HOLDFAST_UNDELIVERED_SCHEDULE", "*/10 * * * * *".to_owned()),
            ("HOLDFAST_OPERATIONS_SCHEDULE", "*/5 * * * * *".to_owned()),
            ("HOLDFAST_RETRY_SCHEDULE", "*/5 * * * * *".to_owned()),
            ("HOLDFAST_NOTIFY_QUEUE", NEWS.to_owned()),
            ("HOLDFAST_ADMINS", "key:alice, key:bob".to_owned()),
            ("HOLDFAST_KEYS", PEOPLE.to_owned()),
            ("IDENTITY_ENDPOINT", format!("{}/msi/token", self.azure_http)),
            ("IDENTITY_HEADER", "demo".to_owned()),
            ("SSL_CERT_FILE", self.ca.display().to_string()),
        ]
    }

    /// Connection string of the simulated storage account.
    pub(super) fn storage(&self) -> String {
        Storage::connection_string(&self.azure_http)
    }

    /// Kills the handler, again and again, as only the kernel can.
    pub(super) fn kill_handler_every(&self, every: Duration) -> JoinHandle<()> {
        let status = format!("{}/admin/host/status", self.functions);
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(every).await;
                if let Some(pid) = handler(&status).await {
                    signal("-KILL", &pid).await;
                }
            }
        })
    }

    /// Stops everything: the host first, which takes the handler with it.
    pub(super) async fn stop(mut self) {
        for process in [self.host.as_mut(), Some(&mut self.simulator)].into_iter().flatten() {
            if let Some(pid) = process.id() {
                signal("-INT", &pid.to_string()).await;
            }
            if tokio::time::timeout(Duration::from_secs(5), process.wait()).await.is_err() {
                let _ = process.kill().await;
            }
        }
    }

    /// A command that restores a database to a moment, as it stands.
    #[expect(clippy::print_stdout, reason = "this is the demo's output")]
    pub(super) fn print_restore(&self, database: &ResourceId, moment: &str) -> Result<()> {
        let (command, name) = (holdfast_command()?, database.name());
        println!("\n# restore the database {name} to a moment, beside itself");
        println!("{} restore {name} --point {moment} --to sql-database:{name}-check", command.display());
        Ok(())
    }

    /// Lines that work as they stand.
    #[expect(clippy::print_stdout, reason = "this is the demo's output")]
    pub(super) fn print_what_to_try(&self) {
        let Self { functions, azure_http, azure_https, ca, .. } = self;
        let disk = format!(
            "/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-shop/providers/Microsoft.Compute/disks/{TO_TRY}"
        );
        println!(
            "\nStill serving; Ctrl-C ends it. The page, with the key `alice` or `bob`:\n\n  {functions}/api/ui\n"
        );
        println!("Try, in another terminal:\n");
        println!("export HOLDFAST_URL='{functions}' HOLDFAST_KEY=alice\nexport DISK='{disk}'\n");
        println!("# why is this disk protected, and by which rule?");
        println!("curl -s '{functions}/api/decide?resource={disk}'\n");
        println!("# what would be done about it now?");
        println!("curl -s '{functions}/api/what-if?resource={disk}'\n");
        println!("# back it up now, and list the jobs");
        println!(
            "curl -si -X POST '{functions}/api/backup' -H 'x-functions-key: alice' -H 'content-type: application/json' -d '{{\"resource\":\"{disk}\"}}'"
        );
        println!("curl -s '{functions}/api/jobs'\n");
        println!("# what an operator decided against the rules, and until when; resume ends it");
        println!("curl -s '{functions}/api/holds'\n");
        println!("# create one more disk and watch it become protected");
        println!(
            "curl -s --cacert {} -X PUT '{azure_https}{}?api-version=2023-04-02' -H 'authorization: Bearer x' -H 'content-type: application/json' -d '{{\"location\":\"eastus\",\"tags\":{{\"env\":\"prod\"}},\"properties\":{{\"diskSizeGB\":32,\"creationData\":{{\"createOption\":\"Empty\"}}}}}}'",
            ca.display(),
            disk.replace(TO_TRY, "mine").replace("rg-shop", "rg-analytics"),
        );
        println!("curl -s '{azure_http}/_simulator/instances'");
    }
}

fn holdfast_command() -> Result<PathBuf> {
    std::env::current_exe().context("find our own executable")
}

fn holdfast(work: &Path, role: &str) -> Result<Command> {
    let log = std::fs::File::create(work.join(format!("{role}.log"))).context("create a log file")?;
    let mut command = Command::new(holdfast_command()?);
    command.arg(role).stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).kill_on_drop(true);
    Ok(command)
}

/// Process id of the handler, as the host tells it.
async fn handler(status: &str) -> Option<String> {
    let described: serde_json::Value = reqwest::get(status).await.ok()?.json().await.ok()?;
    described.pointer("/handler/pid").map(ToString::to_string)
}

async fn signal(signal: &str, pid: &str) {
    let _ = Command::new("kill").args([signal, pid]).status().await;
}

fn free_ports<const N: usize>() -> Result<[u16; N]> {
    let listeners: Vec<TcpListener> = (0..N)
        .map(|_| TcpListener::bind(("127.0.0.1", 0)))
        .collect::<std::io::Result<_>>()
        .context("find free ports")?;
    let ports: Vec<u16> = listeners
        .iter()
        .map(|listener| listener.local_addr().map(|a| a.port()))
        .collect::<std::io::Result<_>>()?;
    ports.try_into().map_err(|_| anyhow::anyhow!("no free ports"))
}

async fn answers(url: &str, what: &str, work: &Path) -> Result<()> {
    for _ in 0..240 {
        if reqwest::get(url).await.is_ok() {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(125)).await;
    }
    bail!("{what} does not answer at {url}; see the logs in {}", work.display())
}

/// The key of the rules' native code, which `cargo xtask package` writes beside the app.
fn compiled_key(app: &Path) -> Result<Option<String>> {
    let path = app.with_extension("key");
    if !path.exists() {
        return Ok(None);
    }
    let key = std::fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
    Ok(Some(key.trim().to_owned()))
}
