//! Python's official storage packages, if an interpreter that has them is named.

use std::io::Write as _;
use std::process::Stdio;

use anyhow::Result;
use holdfast_simulator_storage::Storage;
use tokio::process::Command;

use crate::server::Server;

/// Names a Python interpreter with `azure-storage-blob` and `azure-storage-queue`.
const INTERPRETER: &str = "HOLDFAST_PYTHON";

#[tokio::test]
async fn pythons_clients_work_by_connection_string() -> Result<()> {
    let Ok(interpreter) = std::env::var(INTERPRETER) else {
        assert!(
            std::env::var_os("HOLDFAST_REQUIRE_REFERENCE").is_none_or(|value| value != "1"),
            "{INTERPRETER} is not set: set it to a Python that has azure-storage-blob and azure-storage-queue, \
             or unset HOLDFAST_REQUIRE_REFERENCE to skip what needs it"
        );
        let _ = writeln!(
            std::io::stderr(),
            "skipped: set {INTERPRETER} to a Python that has azure-storage-blob and azure-storage-queue"
        );
        return Ok(());
    };
    let server = Server::start(1.0).await;
    let output = Command::new(interpreter)
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python/clients.py"))
        .env("STORAGE", Storage::connection_string(&server.origin))
        .stdin(Stdio::null())
        .output()
        .await?;
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(said.trim(), "queue and blob are served");
    Ok(())
}
