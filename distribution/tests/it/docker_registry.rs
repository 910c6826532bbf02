//! The CNCF's registry as Debian packages it, unpacked below `target/` if it isn't installed.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use holdfast_distribution::{Credentials, Reference, Registry, Repository, RetryTime};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::sync::OnceCell;

/// The password `correct horse` of the user `ann`, as htpasswd keeps it.
const HTPASSWD: &str = "ann:$2a$05$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2\n";
pub(crate) const PASSWORD: &str = "correct horse";

/// A running registry with a storage of its own; it ends with this value.
pub(crate) struct DockerRegistry {
    _process: Child,
    pub(crate) port: u16,
    pub(crate) folder: TempDir,
}

impl DockerRegistry {
    /// An empty one, open to all; none if the environment says to skip it.
    pub(crate) async fn start() -> Option<Self> {
        Self::start_with("", &[]).await
    }

    /// One that wants the user `ann`.
    pub(crate) async fn start_guarded() -> Option<Self> {
        Self::start_with("auth: {htpasswd: {realm: registry, path: htpasswd}}\n", &[("htpasswd", HTPASSWD)])
            .await
    }

    /// One with `more` in its configuration, beside these files.
    pub(crate) async fn start_with(more: &str, files: &[(&str, &str)]) -> Option<Self> {
        if std::env::var_os("HOLDFAST_SKIP_REGISTRY").is_some_and(|value| value == "1") {
            eprintln!("SKIPPED: HOLDFAST_SKIP_REGISTRY=1, so nothing was tested against a real registry");
            return None;
        }
        let program = program().await;
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let config = format!(
            "version: 0.1\nlog: {{level: error, accesslog: {{disabled: true}}}}\n\
             storage: {{filesystem: {{rootdirectory: data}}, delete: {{enabled: true}}}}\n\
             http: {{addr: '127.0.0.1:{port}', secret: test}}\n{more}"
        );
        std::fs::write(folder.path().join("config.yml"), config).unwrap();
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let process = Command::new(program)
            .args(["serve", "config.yml"])
            .current_dir(folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            assert!(begun.elapsed() < Duration::from_secs(60), "docker-registry did not open port {port}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Some(Self { _process: process, port, folder })
    }

    pub(crate) fn repository(&self, name: &str) -> Repository {
        format!("oci://127.0.0.1:{}/{name}", self.port).parse().unwrap()
    }

    pub(crate) fn tagged(&self, name: &str, tag: &str) -> Reference {
        format!("{}:{tag}", self.repository(name)).parse().unwrap()
    }

    /// The file in which the registry keeps these bytes.
    pub(crate) fn kept_as(&self, digest: holdfast_rule_set::Digest) -> PathBuf {
        let hex = digest.to_string().replace("sha256:", "");
        let blobs = self.folder.path().join("data/docker/registry/v2/blobs/sha256");
        blobs.join(&hex[..2]).join(hex).join("data")
    }
}

/// A client that gives up soon.
pub(crate) fn client(credentials: Credentials) -> Registry {
    Registry::new(credentials, hasty()).unwrap()
}

pub(crate) fn anonymous() -> Registry {
    client(Credentials::Anonymous)
}

pub(crate) fn ann(password: &str) -> Credentials {
    Credentials::Basic { user: "ann".to_owned(), password: password.to_owned() }
}

pub(crate) fn hasty() -> RetryTime {
    RetryTime {
        tries: 4,
        first_wait: Duration::from_millis(5),
        longest_wait: Duration::from_millis(50),
        silence: Duration::from_secs(4),
        ..RetryTime::default()
    }
}

/// Where the registry's program is: in the path, or taken out of Debian's package.
async fn program() -> PathBuf {
    static PROGRAM: OnceCell<PathBuf> = OnceCell::const_new();
    PROGRAM.get_or_init(find_program).await.clone()
}

async fn find_program() -> PathBuf {
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let installed = std::env::split_paths(&paths).map(|folder| folder.join("docker-registry"));
    if let Some(installed) = installed.into_iter().find(|path| path.exists()) {
        return installed;
    }
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/docker-registry");
    let program = folder.join("usr/bin/docker-registry");
    if program.exists() {
        return program;
    }
    std::fs::create_dir_all(&folder).unwrap();
    if !download(&folder).await {
        // The list of packages may be missing or old.
        let _ = Command::new("apt-get").args(["-q", "update"]).stdout(Stdio::null()).status().await;
        assert!(
            download(&folder).await && program.exists(),
            "could not get Debian's docker-registry with apt-get download; \
             install it (apt-get install docker-registry), or set HOLDFAST_SKIP_REGISTRY=1"
        );
    }
    program
}

async fn download(folder: &Path) -> bool {
    let script = "apt-get -q download docker-registry >/dev/null 2>&1 && dpkg -x docker-registry_*.deb .";
    let status = Command::new("sh").args(["-c", script]).current_dir(folder).status().await;
    status.is_ok_and(|status| status.success())
}
