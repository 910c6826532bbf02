//! `holdfast files`: single files out of a recovery point of a machine, by a session that a script mounts.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use clap::Args;
use serde_json::{Value, json};

use crate::client::{Client, Ended, Server, resolve};
use crate::exit::{self, Exit};
use crate::listing::text;
use crate::operation::{self, Way};
use crate::{out, page};

/// The recovery point that is meant where none is named.
const LATEST: &str = "latest";

/// Whose files, and what to do.
#[derive(Args)]
#[command(after_help = exit::HELP)]
pub(crate) struct Options {
    /// The machine: ARM id, or its name if no other has it.
    resource: String,
    /// `latest`, a time (RFC 3339), or the id of a recovery point.
    #[arg(long, value_name = "POINT", default_value = LATEST)]
    point: String,
    /// The folder that the scripts and their password are written to, for nobody else to read.
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    to: PathBuf,
    /// End the session of the recovery point instead of opening one.
    #[arg(long)]
    close: bool,
    #[command(flatten)]
    pub(crate) way: Way,
    #[command(flatten)]
    server: Server,
}

/// Opens or closes the files of a recovery point.
pub(crate) async fn run(options: Options) -> Result<Exit> {
    let client = options.server.client().await?;
    let resource = resolve(&client, &options.resource).await?;
    let body = json!({ "resource": resource, "point": options.point, "why": options.way.why,
        "workload": options.way.workload });
    if options.close {
        return operation::ask(client, "/api/files/close", &body, &options.way).await;
    }
    let client = options.way.bound(client);
    let Ended { operation, code } =
        operation::carried_out(&client, "/api/files/open", &body, &options.way).await?;
    operation::tell(&operation, options.way.json)?;
    if options.way.dry_run || text(&operation, "status") != "Succeeded" {
        return Ok(code);
    }
    let mut written = fetched(&client, &text(&operation, "id"), &options.to).await?;
    written.push("  end the session when the files are taken:".to_owned());
    written.push(format!("  {}", closing(&resource, &options.point, &text(&operation, "startTime"))));
    if !options.way.json {
        out::page(&page::of_lines(&written));
    }
    Ok(code)
}

/// The command that ends a session which was opened at this time: another point may be the latest one by then.
fn closing(resource: &str, point: &str, opened: &str) -> String {
    let point = if point == LATEST { opened } else { point };
    format!("holdfast files {resource} --point {point} --close")
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
    let closing = |point| closing("/vms/erp", point, opened);
    assert_eq!(closing("latest"), "holdfast files /vms/erp --point 2026-01-14T03:00:00Z --close");
    assert_eq!(closing("42"), "holdfast files /vms/erp --point 42 --close");
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
