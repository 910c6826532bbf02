//! `holdfast files`: single files out of a recovery point of a machine, by a session that a script mounts.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use clap::Args;
use holdfast_protection::shell;
use serde_json::{Value, json};

use crate::client::{Client, Ended, Server, resolve};
use crate::exit::{self, Exit};
use crate::listing::text;
use crate::operation::{self, Way};
use crate::{out, page};

/// The recovery point that is meant where none is named.
const LATEST: &str = "latest";
/// The folder that scripts are written to where none is named.
const HERE: &str = ".";

/// Whose files, and what to do.
#[derive(Args)]
#[command(after_help = exit::HELP)]
pub(crate) struct Options {
    /// The machine: ARM id, or its name if no other has it.
    #[arg(required_unless_present = "operation")]
    resource: Option<String>,
    /// `latest`, a time (RFC 3339), or the id of a recovery point; with --close, `latest` is the one that is open.
    #[arg(long, value_name = "POINT", default_value = LATEST)]
    point: String,
    /// The folder that the scripts and their password are written to, for nobody else to read.
    #[arg(long, value_name = "FOLDER", default_value = HERE)]
    to: PathBuf,
    /// End the session of the recovery point instead of opening one.
    #[arg(long)]
    close: bool,
    /// Fetch the scripts of a session that was asked for before, by the id of that operation.
    #[arg(
        long,
        value_name = "ID",
        conflicts_with_all = ["resource", "point", "close", "workload", "why", "dry_run", "key_of_request"]
    )]
    operation: Option<String>,
    #[command(flatten)]
    pub(crate) way: Way,
    #[command(flatten)]
    server: Server,
}

/// Opens or closes the files of a recovery point, or takes up what was opened before.
pub(crate) async fn run(options: Options) -> Result<Exit> {
    let client = options.server.client().await?;
    let again = again(&options.to);
    if let Some(id) = &options.operation {
        let client = options.way.bound(client);
        let ended = operation::taken_up(&client, id, options.way.no_wait, &again).await?;
        // How to end it is in the notes of the operation.
        return taken(&client, &options, ended, |_| None).await;
    }
    let resource = resolve(&client, options.resource.as_deref().unwrap_or_default()).await?;
    let workload = options.way.workload.as_deref();
    let body =
        json!({ "resource": resource, "point": options.point, "why": options.way.why, "workload": workload });
    if options.close {
        return operation::ask(client, "/api/files/close", &body, &options.way).await;
    }
    let client = options.way.bound(client);
    let ended = operation::carried_out(&client, "/api/files/open", &body, &options.way, &again).await?;
    let closing = |opened: &str| Some(closing(&resource, &options.point, opened, workload));
    taken(&client, &options, ended, closing).await
}

/// Writes the scripts of an open session, or says how they are fetched once it is open.
async fn taken(
    client: &Client,
    options: &Options,
    ended: Ended,
    closing: impl Fn(&str) -> Option<String>,
) -> Result<Exit> {
    let Ended { operation, code } = ended;
    operation::tell(&operation, options.way.json)?;
    let (id, status) = (text(&operation, "id"), text(&operation, "status"));
    if options.way.dry_run || status == "Failed" {
        return Ok(code);
    }
    if status != "Succeeded" {
        out::note(&format!("once it has succeeded, fetch the scripts with:\n  {} {id}", again(&options.to)));
        return Ok(code);
    }
    let mut written = fetched(client, &id, &options.to).await?;
    if let Some(closing) = closing(&text(&operation, "startTime")) {
        written.push("  end the session when the files are taken:".to_owned());
        written.push(format!("  {closing}"));
    }
    if !options.way.json {
        out::page(&page::of_lines(&written));
    }
    Ok(code)
}

/// The command that fetches the scripts of an operation, but for its id.
fn again(to: &Path) -> String {
    match to == Path::new(HERE) {
        true => "holdfast files --operation".to_owned(),
        false => format!("holdfast files --to {} --operation", shell::word(&to.display().to_string())),
    }
}

/// The command that ends a session which was opened at this time: another point may be the latest one by then.
fn closing(resource: &str, point: &str, opened: &str, workload: Option<&str>) -> String {
    let point = if point == LATEST { opened } else { point };
    let workload = workload.map(|workload| format!(" --workload {workload}")).unwrap_or_default();
    let (resource, point) = (shell::word(resource), shell::word(point));
    format!("holdfast files {resource} --point {point}{workload} --close")
}

/// Fetches the scripts and writes them; what was written, and never what is in it.
async fn fetched(client: &Client, operation: &str, folder: &Path) -> Result<Vec<String>> {
    let answer = client.get("/api/files/scripts", &[("operation", operation)]).await?.body;
    let scripts = answer.get("value").and_then(Value::as_array).cloned().unwrap_or_default();
    if scripts.is_empty() {
        bail!("the answer holds no script");
    }
    let mut lines = Vec::new();
    for script in &scripts {
        let (system, url) = (text(script, "system"), text(script, "url"));
        let name = file_name(&text(script, "fileName"))?;
        let password = folder.join(format!("{name}.password"));
        secret(&password, text(script, "password").as_bytes())?;
        let how = match script.get("content").and_then(Value::as_str) {
            Some(content) => {
                let script = BASE64_STANDARD.decode(content).context("read the script")?;
                let file = folder.join(&name);
                secret(&file, &script)?;
                format!("run {}", file.display())
            }
            None => format!("download {url} as {name}, and run it"),
        };
        lines.push(format!("  {system}: {how}; it asks for the password in {}", password.display()));
    }
    Ok(lines)
}

/// A name without a folder in it, whatever the answer says.
fn file_name(given: &str) -> Result<String> {
    let is_plain = !given.is_empty()
        && given.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
        && !given.starts_with('.');
    if is_plain { Ok(given.to_owned()) } else { bail!("the script has a name that no file can have") }
}

/// Writes a file that only its owner can read; one that is there stays as it is.
fn secret(path: &Path, content: &[u8]) -> Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = match options.open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => bail!(
            "{} exists already and is not overwritten; remove it, or name another folder with --to",
            path.display()
        ),
        Err(error) => return Err(error).with_context(|| format!("write {}", path.display())),
    };
    file.write_all(content).with_context(|| format!("write {}", path.display()))
}

#[test]
fn the_session_that_is_ended_is_the_one_that_was_opened() {
    let opened = "2026-01-14T03:00:00Z";
    let closing = |point, workload| closing("/vms/erp", point, opened, workload);
    assert_eq!(closing("latest", None), "holdfast files /vms/erp --point 2026-01-14T03:00:00Z --close");
    assert_eq!(closing("42", None), "holdfast files /vms/erp --point 42 --close");
    let of_machine = "holdfast files /vms/erp --point 42 --workload azure-vm --close";
    assert_eq!(closing("42", Some("azure-vm")), of_machine);
}

#[test]
fn a_script_that_is_there_is_kept_and_the_way_out_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("erp.py");
    secret(&file, b"one").unwrap();
    let error = secret(&file, b"other").unwrap_err();
    assert!(error.to_string().contains("--to"), "{error}");
    assert_eq!(std::fs::read(&file).unwrap(), b"one");
}

#[test]
fn a_script_is_written_beside_nothing_else() {
    assert_eq!(file_name("erp_we_1.py").unwrap(), "erp_we_1.py");
    for odd in ["", "../erp.py", "/etc/passwd", ".profile", "a b"] {
        assert!(file_name(odd).is_err(), "{odd}");
    }
}
