//! Azurite, Microsoft's own storage emulator, from npm.

use std::io::Write as _;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

use holdfast_azure::StorageOptions;
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use crate::{npm, reference};

/// The newest version that runs on Node 20.
const VERSION: &str = "3.35.0";
const KEY: &str = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

/// A running Azurite; it ends with this value.
pub(crate) struct Azurite {
    _process: Child,
    pub(crate) options: StorageOptions,
}

impl Azurite {
    /// Starts a fresh one, installing it first if need be; none if the environment says to skip it.
    pub(crate) async fn start() -> Option<Self> {
        if std::env::var_os("HOLDFAST_SKIP_AZURITE").is_some_and(|value| value == "1") {
            assert!(
                !reference::is_required(),
                "HOLDFAST_SKIP_AZURITE=1 and HOLDFAST_REQUIRE_REFERENCE=1 contradict each other: unset one of them"
            );
            let _ = writeln!(
                std::io::stderr(),
                "SKIPPED: HOLDFAST_SKIP_AZURITE=1, so nothing was tested against Azurite"
            );
            return None;
        }
        let script = install();
        let [blob, queue, table] = free_ports();
        let process = Command::new("node")
            .arg(script)
            .args(["--inMemoryPersistence", "--skipApiVersionCheck", "--disableTelemetry", "--silent"])
            .args([
                "--blobPort",
                &blob.to_string(),
                "--queuePort",
                &queue.to_string(),
                "--tablePort",
                &table.to_string(),
            ])
            .stdout(Stdio::null())
            .stderr(Stdio::inherit())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        for port in [blob, queue] {
            until_open(port).await;
        }
        Some(Self {
            _process: process,
            options: options(&format!("127.0.0.1:{blob}"), &format!("127.0.0.1:{queue}")),
        })
    }
}

/// Options for an emulated account, given where its two services are.
pub(crate) fn options(blob: &str, queue: &str) -> StorageOptions {
    let account = "devstoreaccount1";
    let text = format!(
        "DefaultEndpointsProtocol=http;AccountName={account};AccountKey={KEY};\
         BlobEndpoint=http://{blob}/{account};QueueEndpoint=http://{queue}/{account};"
    );
    StorageOptions::from_settings("AzureWebJobsStorage", |_| Some(text.clone())).unwrap()
}

fn install() -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/azurite");
    let package = format!("azurite@{VERSION}");
    npm::install(&folder, &[&package]).unwrap_or_else(|problem| {
        panic!(
            "could not install {package} with npm: {problem}; install Node 20 with npm, or set HOLDFAST_SKIP_AZURITE=1"
        )
    });
    folder.join("node_modules/azurite/dist/src/azurite.js")
}

fn free_ports() -> [u16; 3] {
    let listeners = [(); 3].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    listeners.map(|listener| listener.local_addr().unwrap().port())
}

async fn until_open(port: u16) {
    let begun = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "Azurite did not open port {port} within a minute"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
