//! What we publish, read by other OCI tools, and what they publish, read by us.

use std::path::{Path, PathBuf};

use holdfast_rule_set::Digest;
use tokio::process::Command;
use tokio::sync::OnceCell;

use crate::docker_registry::{DockerRegistry, anonymous};
use crate::oci::{labels, module};

/// The ORAS project's client for Python.
const ORAS: &str = "oras==0.2.43";

/// A Python with it, installed below `target/`; none if the environment says to skip it.
async fn python() -> Option<PathBuf> {
    static PYTHON: OnceCell<PathBuf> = OnceCell::const_new();
    if std::env::var_os("HOLDFAST_SKIP_ORAS").is_some_and(|value| value == "1") {
        eprintln!("SKIPPED: HOLDFAST_SKIP_ORAS=1, so no other OCI client read what we published");
        return None;
    }
    Some(PYTHON.get_or_init(install).await.clone())
}

async fn install() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/test-oras");
    let python = folder.join("bin/python");
    let stamp = folder.join("holdfast-packages.txt");
    if std::fs::read_to_string(&stamp).is_ok_and(|have| have == ORAS) {
        return python;
    }
    let folder_text = folder.display().to_string();
    assert!(
        run("python3", &["-m", "venv", &folder_text]).await,
        "the tests need Python 3 with venv (Debian: apt-get install python3-venv), or HOLDFAST_SKIP_ORAS=1"
    );
    let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", ORAS];
    assert!(
        run(&python.display().to_string(), &install).await,
        "could not install {ORAS} with pip; check the network, or set HOLDFAST_SKIP_ORAS=1"
    );
    std::fs::write(stamp, ORAS).unwrap();
    python
}

async fn run(program: &str, arguments: &[&str]) -> bool {
    Command::new(program).args(arguments).status().await.is_ok_and(|status| status.success())
}

/// Runs a script with `client` in place, connected to the registry on `port`; gives what it printed.
async fn oras(python: &Path, folder: &Path, port: u16, script: &str) -> String {
    let whole = format!(
        "import json, oras.client\n\
         host = 'localhost:{port}'\n\
         client = oras.client.OrasClient(hostname=host, insecure=True)\n{script}"
    );
    let output = Command::new(python).current_dir(folder).args(["-c", &whole]).output().await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test]
async fn oras_reads_what_we_publish() {
    let (Some(running), Some(python)) = (DockerRegistry::start().await, python().await) else { return };
    let (folder, module) = (tempfile::tempdir().unwrap(), module(100_000));
    let tag = running.tagged("rules/select", "1.2.0");
    let pushed = anonymous().push_rule(&tag, &module, &labels()).await.unwrap();
    let script = format!(
        "files = client.pull(target=host + '/rules/select@{}', outdir='out')\n\
         manifest = client.get_manifest(host + '/rules/select:1.2.0')\n\
         print(json.dumps([files, manifest, client.get_tags(host + '/rules/select')]))",
        pushed.artifact
    );
    let printed = oras(&python, folder.path(), running.port, &script).await;
    let [files, manifest, tags]: [serde_json::Value; 3] =
        serde_json::from_str(printed.lines().last().unwrap()).unwrap();
    let file = folder.path().join("out/select.wasm");
    assert_eq!(std::fs::read(&file).unwrap(), module, "{files}");
    assert_eq!(manifest["layers"][0]["mediaType"], "application/wasm");
    assert_eq!(manifest["config"]["mediaType"], "application/vnd.wasm.config.v0+json");
    assert_eq!(manifest["annotations"]["org.opencontainers.image.version"], "1.2.0");
    assert_eq!(tags, serde_json::json!(["1.2.0"]));
}

#[tokio::test]
async fn we_read_what_oras_publishes() {
    let (Some(running), Some(python)) = (DockerRegistry::start().await, python().await) else { return };
    let (folder, module) = (tempfile::tempdir().unwrap(), module(100_000));
    std::fs::write(folder.path().join("c.wasm"), &module).unwrap();
    let script = "client.push(target=host + '/theirs:1', files=['c.wasm:application/wasm'], \
                  disable_path_validation=True)\n\
                  client.push(target=host + '/theirs:text', files=['c.wasm:text/plain'], \
                  disable_path_validation=True)";
    oras(&python, folder.path(), running.port, script).await;
    let pulled = anonymous().pull(&running.tagged("theirs", "1")).await.unwrap();
    assert_eq!(Digest::of(pulled.content()), Digest::of(&module));
    let error = anonymous().pull(&running.tagged("theirs", "text")).await.unwrap_err().to_string();
    assert!(error.contains("is not a rule or rule set: it holds `text/plain`"), "{error}");
}

#[tokio::test]
async fn skopeo_copies_what_we_publish() {
    let Some(running) = DockerRegistry::start().await else { return };
    let folder = tempfile::tempdir().unwrap();
    let module = module(100_000);
    let pushed = anonymous().push_rule(&running.tagged("select", "1"), &module, &labels()).await.unwrap();
    let source = format!("docker://127.0.0.1:{}/select:1", running.port);
    let target = format!("oci:{}:1", folder.path().join("copy").display());
    let arguments = ["--insecure-policy", "copy", "--quiet", "--src-tls-verify=false", &source, &target];
    let Ok(status) = Command::new("skopeo").args(arguments).status().await else {
        eprintln!("SKIPPED: skopeo is not installed (Debian: apt-get install skopeo), so it copied nothing");
        return;
    };
    assert!(status.success());
    let hex = pushed.content.to_string().replace("sha256:", "");
    let copied = std::fs::read(folder.path().join("copy/blobs/sha256").join(hex)).unwrap();
    assert_eq!(copied, module);
}
