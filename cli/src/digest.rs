//! `holdfast digest`: the report in a few lines for a mail or for Teams, and nothing where nothing has changed.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use clap::{Args, ValueEnum};
use holdfast_azure::web;
use holdfast_report::{Digest, Report};
use url::Url;

use crate::client::Server;
use crate::exit::{self, Exit, Unusable};
use crate::{out, written};

/// Longest wait for a webhook.
const LONGEST: Duration = Duration::from_secs(30);

/// In which form, compared with what, and where to.
#[derive(Args)]
#[command(after_help = exit::HELP)]
pub(crate) struct Options {
    /// In which form.
    #[arg(long, value_enum, default_value_t = Form::Text)]
    format: Form,
    /// File with the report of the last digest. Where nothing has changed since, nothing is printed or sent; then the
    /// report of now is kept in it.
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Webhook of Teams that the digest is sent to, as a card.
    #[arg(long, value_name = "URL", env = "HOLDFAST_DIGEST_WEBHOOK", hide_env_values = true)]
    webhook: Option<Url>,
    /// Address of the page, where people reach the function app by another one than this command.
    #[arg(long, value_name = "URL")]
    page: Option<Url>,
    #[command(flatten)]
    server: Server,
}

/// Forms of a digest.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    /// Plain text.
    Text,
    /// HTML for a mail.
    Html,
    /// An adaptive card, as a webhook of Teams takes it.
    Teams,
}

/// Prints the digest, or sends it.
pub(crate) async fn run(options: Options) -> Result<Exit> {
    let client = options.server.client().await?;
    let answer = client.get("/api/report", &[]).await?.body;
    let now: Report = serde_json::from_value(answer).context("read the report")?;
    let before = options.state.as_deref().map(kept).transpose()?.flatten();
    let link = options.page.clone().map_or_else(|| options.server.address("/api/ui"), Ok)?;
    let Some(digest) = Digest::since(before.as_ref(), &now, Some(link.as_str())) else {
        return Ok(Exit::Done);
    };
    match &options.webhook {
        Some(webhook) => send(webhook, &digest).await?,
        None => print(options.format, &digest)?,
    }
    // Only what was told is kept: whatever fails before is told by the next one.
    if let Some(file) = &options.state {
        written::whole(file, serde_json::to_string(&now)?.as_bytes())
            .with_context(|| format!("write {}", file.display()))?;
    }
    Ok(Exit::Done)
}

fn kept(file: &Path) -> Result<Option<Report>> {
    match std::fs::read_to_string(file) {
        Ok(text) => serde_json::from_str(&text).map(Some).map_err(|error| {
            Unusable::described(format!(
                "{} holds no report: {error}; remove it to begin anew",
                file.display()
            ))
        }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Unusable::described(format!("could not read {}: {error}", file.display()))),
    }
}

fn print(form: Form, digest: &Digest) -> Result<()> {
    match form {
        Form::Text => out::page(&digest.text()),
        Form::Html => out::page(&holdfast_page::mail(digest)),
        Form::Teams => out::json(&digest.card())?,
    }
    Ok(())
}

async fn send(webhook: &Url, digest: &Digest) -> Result<()> {
    let http = web::builder()?.timeout(LONGEST).redirect(reqwest::redirect::Policy::none()).build()?;
    // The address of a webhook is a secret: it is not repeated.
    let answer = http.post(webhook.clone()).json(&digest.card()).send().await;
    let answer = answer.map_err(reqwest::Error::without_url).context("reach the webhook")?;
    ensure!(answer.status().is_success(), "the webhook answered {}", answer.status());
    Ok(())
}

#[test]
fn a_file_that_holds_no_report_is_input_that_cannot_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("last.json");
    assert!(kept(&file).unwrap().is_none());
    std::fs::write(&file, "{}").unwrap();
    let error = kept(&file).unwrap_err();
    assert_eq!(Exit::of(&error), Exit::Usage);
    assert!(error.to_string().contains("remove it to begin anew"), "{error}");
    assert_eq!(Exit::of(&kept(folder.path()).unwrap_err()), Exit::Usage);
}
