//! Foreign programs that the tests run against, installed below `target/` when they are missing.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::run::run;

/// Packages of the independent clients, pinned: a newer client is a change to look at.
const PYTHON_PACKAGES: [&str; 13] = [
    "azure-mgmt-dataprotection==2.2.0",
    "azure-mgmt-authorization==4.0.0",
    "azure-mgmt-resourcegraph==8.0.1",
    "azure-mgmt-recoveryservices==4.3.0",
    "azure-mgmt-recoveryservicesbackup==11.2.0",
    "azure-storage-blob==12.31.1",
    "azure-storage-queue==12.18.1",
    "schemathesis==4.32.5",
    "cloudevents==2.2.0",
    "standardwebhooks==1.1.0",
    "oteltap==1.0.0",
    "duckdb==2.0.1",
    "cyclonedx-python-lib[json-validation]==11.12.0",
];

/// Azure's command line, in a Python of its own: it pins other versions of the SDK.
const AZ_PACKAGES: [&str; 1] = ["azure-cli==2.91.0"];

/// A Python with the Azure SDK.
pub(crate) fn python(root: &Path) -> Result<PathBuf> {
    venv(root, "target/test-python", &PYTHON_PACKAGES).context("install the Azure SDK for Python")
}

/// `az`.
pub(crate) fn az(root: &Path) -> Result<PathBuf> {
    let python = venv(root, "target/test-az", &AZ_PACKAGES).context("install azure-cli")?;
    Ok(python.with_file_name("az"))
}

/// The Python of a virtual environment with exactly these packages.
fn venv(root: &Path, folder: &str, packages: &[&str]) -> Result<PathBuf> {
    let folder = root.join(folder);
    let python = folder.join("bin/python");
    let wanted = packages.join("\n");
    let stamp = folder.join("holdfast-packages.txt");
    if fs::read_to_string(&stamp).is_ok_and(|have| have == wanted) {
        return Ok(python);
    }
    run(root, "python3", &["-m", "venv", &folder.to_string_lossy()])
        .context("the tests need Python 3 with venv (Debian: apt-get install python3-venv)")?;
    // What of azure-cli is used is compiled when it is: all of it would take a minute.
    let mut install = vec!["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"];
    install.extend(packages);
    run(root, &python.to_string_lossy(), &install)?;
    fs::write(stamp, wanted)?;
    Ok(python)
}
