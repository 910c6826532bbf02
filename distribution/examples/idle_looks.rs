//! What an idle hour costs: 120 looks at a rule set that nobody changes, in bytes over the wire and CPU time of this
//! process (the small registry in it included).
//!
//! ```sh
//! cargo run --release -p holdfast-distribution --example idle_looks
//! ```
//!
//! *Anew* is what each look cost before looks were told from fetches: a fetcher that knows nothing, and an empty cache.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::Result;
use axum::Router;
use axum::body::Bytes;
use axum::extract::Request;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use holdfast_distribution::{Fetcher, Source};
use holdfast_rule_set::Digest;
use rustix::time::{ClockId, clock_gettime};
use serde_json::{Value, json};

const LOOKS: usize = 120;
/// One rule in JavaScript with its native code, as the measurements of the rules have them.
const FILES: [(&str, usize); 2] = [("select.wasm", 12 << 20), ("compiled/x86.bin", 32 << 20)];

#[derive(Default)]
struct Registry {
    answers: BTreeMap<String, Bytes>,
    requests: AtomicUsize,
    bytes: AtomicUsize,
}

impl Registry {
    fn layer(&mut self, media_type: &str, title: &str, bytes: Vec<u8>) -> Value {
        let (digest, size) = (Digest::of(&bytes), bytes.len());
        self.answers.insert(format!("/v2/set/blobs/{digest}"), bytes.into());
        json!({ "mediaType": media_type, "digest": digest, "size": size,
            "annotations": { "org.opencontainers.image.title": title } })
    }

    fn answer(&self, request: &Request) -> Response {
        self.requests.fetch_add(1, Ordering::Relaxed);
        let Some(body) = self.answers.get(request.uri().path()) else {
            return StatusCode::NOT_FOUND.into_response();
        };
        let digest = [("docker-content-digest", Digest::of(body).to_string())];
        if request.method() == Method::HEAD {
            return digest.into_response();
        }
        self.bytes.fetch_add(body.len(), Ordering::Relaxed);
        body.clone().into_response()
    }
}

/// A registry with one rule set, and where it is.
async fn registry() -> Result<(Arc<Registry>, Source)> {
    let mut registry = Registry::default();
    let module = vec![1; 12 << 20];
    let rules = format!(
        "[[rule]]\nid = \"select\"\nmodule = \"select.wasm\"\ndigest = \"{}\"\n",
        Digest::of(&module)
    );
    let text = format!("revision = 1\n{rules}").into_bytes();
    let mut layers = vec![registry.layer("application/vnd.holdfast.rule-set.v1+toml", "ruleset.toml", text)];
    for (path, size) in FILES {
        layers.push(registry.layer("application/octet-stream", path, vec![1; size]));
    }
    let config = registry.layer("application/vnd.oci.empty.v1+json", "", b"{}".to_vec());
    let manifest = json!({ "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "artifactType": "application/vnd.holdfast.rule-set.v1", "config": config, "layers": layers });
    let manifest = Bytes::from(manifest.to_string());
    registry.answers.insert(format!("/v2/set/manifests/{}", Digest::of(&manifest)), manifest.clone());
    registry.answers.insert("/v2/set/manifests/stable".to_owned(), manifest);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let source = format!("oci://{}/set:stable", listener.local_addr()?).parse()?;
    let registry = Arc::new(registry);
    let served = Arc::clone(&registry);
    let router = Router::new().fallback(move |request: Request| {
        let answer = served.answer(&request);
        async move { answer }
    });
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok((registry, source))
}

/// CPU time of this process so far, in seconds.
fn cpu() -> Result<f64> {
    Ok(Duration::try_from(clock_gettime(ClockId::ProcessCPUTime))?.as_secs_f64())
}

#[tokio::main]
async fn main() -> Result<()> {
    let (registry, source) = registry().await?;
    let home = tempfile::tempdir()?;
    let kept = Fetcher::new(&home.path().join("kept"))?;
    kept.fetch(&source).await?;
    let mut costs = Vec::new();
    for anew in [true, false] {
        let begun = cpu()?;
        registry.requests.store(0, Ordering::Relaxed);
        registry.bytes.store(0, Ordering::Relaxed);
        for look in 0..LOOKS {
            if anew {
                let folder = home.path().join(look.to_string());
                Fetcher::new(&folder)?.fetch(&source).await?;
                std::fs::remove_dir_all(folder)?;
            } else {
                kept.fetch(&source).await?;
            }
        }
        let (requests, bytes) =
            (registry.requests.load(Ordering::Relaxed), registry.bytes.load(Ordering::Relaxed));
        costs.push((if anew { "anew" } else { "looked" }, requests, bytes, cpu()? - begun));
    }
    let mut out = std::io::stdout();
    writeln!(out, "{LOOKS} looks  requests         bytes    CPU seconds")?;
    for (name, requests, bytes, seconds) in &costs {
        writeln!(out, "{name:>9}  {requests:>8}  {bytes:>12}  {seconds:>13.2}")?;
    }
    if let [anew, looked] = costs.as_slice() {
        let ratio = anew.3 / looked.3.max(0.01);
        writeln!(out, "bodies: {} to {} bytes; CPU: {ratio:.0} to 1", anew.2, looked.2)?;
    }
    Ok(())
}
