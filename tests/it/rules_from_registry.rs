//! Rule sets and modules in an Azure registry that wants to know who reads it, taken into force by the real handler.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::Ordering;

use anyhow::{Context, Result, ensure};
use holdfast_distribution::{
    Credentials, Labels, PushedFile, Reference, Registry, RetryTime, rule_set_files,
};
use holdfast_tests::{Knobs, Stage};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

use crate::azure_registry::{AzureRegistry, HOST};
use crate::docker_registry::PASSWORD;
use crate::world;

/// A web proxy that leads to the stand-in, as names on this machine can't.
async fn proxy(to: SocketAddr) -> Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let port = listener.local_addr()?.port();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            tokio::spawn(connect(client, to));
        }
    });
    Ok(port)
}

async fn connect(mut client: TcpStream, to: SocketAddr) -> Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(client.read_u8().await?);
    }
    ensure!(head.starts_with(b"CONNECT "), "no tunnel is asked for");
    let mut server = TcpStream::connect(to).await?;
    client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
    copy_bidirectional(&mut client, &mut server).await?;
    Ok(())
}

/// What a set is published under.
fn tag() -> Result<Reference> {
    Ok(format!("oci://{HOST}/rule-sets/prod:stable").parse()?)
}

/// Publishes the packaged rules under this revision, one module of them by itself.
async fn publish(running: &AzureRegistry, revision: u64) -> Result<()> {
    let ann = Credentials::Basic { user: "ann".to_owned(), password: PASSWORD.to_owned() };
    let registry = Registry::with_client(ann, RetryTime::default(), running.client());
    let folder = tempfile::tempdir()?;
    for entry in fs::read_dir(holdfast_tests::app()?.join("rules"))? {
        let path = entry?.path();
        if path.is_file() {
            fs::copy(&path, folder.path().join(path.file_name().context("no name")?))?;
        }
    }
    let select = fs::read(folder.path().join("select.wasm"))?;
    let by_itself: Reference = format!("oci://{HOST}/rules/select:1").parse()?;
    let pushed = registry.push_rule(&by_itself, &select, &Labels::default()).await?;
    let file = folder.path().join("ruleset.toml");
    let text = fs::read_to_string(&file)?
        .replace("module = \"select.wasm\"", &format!("module = \"{}\"", pushed.reference))
        .replacen("revision = 1", &format!("revision = {revision}"), 1);
    fs::write(&file, text)?;
    let files: Vec<PushedFile> = rule_set_files(&file).await?;
    ensure!(files.iter().all(|file| file.path != "select.wasm"), "it lies elsewhere now");
    registry.push_rule_set(&tag()?, &files, &Labels::default()).await?;
    Ok(())
}

/// A handler that reads its rules from the registry, with these settings besides.
async fn handler(running: &AzureRegistry, folder: &Path, more: &[(&str, String)]) -> Result<Stage> {
    let trusted = folder.join("certificates");
    fs::create_dir(&trusted)?;
    // Named as OpenSSL names them, by a hash.
    fs::write(trusted.join("0123abcd.0"), running.authority.pem())?;
    let text = |path: &Path| path.display().to_string();
    let own = [
        ("HOLDFAST_RULES", tag()?.to_string()),
        ("HOLDFAST_TRUST", text(&folder.join("no-trust.toml"))),
        ("HOLDFAST_RULES_REFRESH", "0".to_owned()),
        ("HOLDFAST_CACHE", text(&folder.join("cache"))),
        ("HTTPS_PROXY", format!("http://127.0.0.1:{}", proxy(running.address).await?)),
        ("NO_PROXY", "127.0.0.1,localhost".to_owned()),
        ("SSL_CERT_DIR", text(&trusted)),
    ];
    let settings = own.iter().chain(more).map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    Stage::set(Knobs { estate: world::granted(), settings, ..Knobs::default() }).await
}

async fn in_force(stage: &Stage) -> Result<Value> {
    let (status, rules) = stage.functions("GET", "/api/rules", None).await?;
    ensure!(status == 200, "{rules}");
    ensure!(rules["refused"] == Value::Null, "{rules}");
    Ok(rules["revision"].clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_come_from_an_azure_registry_by_managed_identity() -> Result<()> {
    let Some(running) = AzureRegistry::start().await else { return Ok(()) };
    publish(&running, 1).await?;
    let folder = tempfile::tempdir()?;
    let stage = handler(&running, folder.path(), &[]).await?;
    assert_eq!(in_force(&stage).await?, 1);
    publish(&running, 2).await?;
    let answer = stage.functions("POST", "/api/rules/refresh", Some(&json!({}))).await?;
    assert_eq!(answer, (200, json!({ "revision": 2 })));
    assert_eq!(in_force(&stage).await?, 2);
    assert_eq!(running.state.exchanges.load(Ordering::SeqCst), 1, "one sign-in for both looks");
    // What the rules decide is what they decide from a folder.
    let disk = world::disk("rg-app", "erp-data");
    world::create_disk(&stage, &disk).await?;
    let (_, body) = stage.functions("GET", &format!("/api/decide?resource={disk}"), None).await?;
    assert_eq!(body["decision"]["outcome"], "protect", "{body}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_come_from_a_registry_by_docker_credentials() -> Result<()> {
    let Some(running) = AzureRegistry::start().await else { return Ok(()) };
    publish(&running, 1).await?;
    let folder = tempfile::tempdir()?;
    let config = folder.path().join("config.json");
    for (auth, signed_in) in [
        (json!({ "username": "ann", "password": PASSWORD }), true),
        (json!({ "auth": "", "identitytoken": running.log_in() }), true),
        (json!({ "username": "ann", "password": "wrong" }), false),
    ] {
        fs::write(&config, json!({ "auths": { HOST: auth } }).to_string())?;
        let own = tempfile::tempdir()?;
        let named = [("HOLDFAST_DOCKER_CONFIG", config.display().to_string())];
        let stage = handler(&running, own.path(), &named).await?;
        if signed_in {
            assert_eq!(in_force(&stage).await?, 1, "{auth}");
        } else {
            let (status, problem) = stage.functions("GET", "/api/rules", None).await?;
            let text = problem.to_string();
            assert_eq!(status, 503, "{text}");
            assert!(text.contains("refuses `ann`") && !text.contains("wrong"), "{text}");
        }
    }
    assert_eq!(running.state.exchanges.load(Ordering::SeqCst), 0, "the identity was not asked");
    Ok(())
}
