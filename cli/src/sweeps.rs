//! `holdfast sweeps`: the last runs of the sweep, and the one under way.

use anyhow::Result;
use clap::Args;
use serde_json::Value;

use crate::client::Server;
use crate::exit::{self, Exit};
use crate::listing::{self, text};
use crate::words::counted;

/// How they are shown.
#[derive(Args)]
#[command(after_help = exit::HELP)]
pub(crate) struct Options {
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    server: Server,
}

/// Lists runs, the newest first.
pub(crate) async fn run(options: Options) -> Result<Exit> {
    let client = options.server.client().await?;
    let found = client.list("/api/sweeps", &[]).await?;
    listing::print_entries(&found.items, options.json, found.none("no sweep was taken yet"), entry)?;
    Ok(found.end())
}

/// A run in a few lines.
fn entry(run: &Value) -> Vec<String> {
    let counts = run.get("counts");
    let number =
        |name: &str| counts.and_then(|counts| counts.get(name)).and_then(Value::as_u64).unwrap_or_default();
    let end = match text(run, "state").as_str() {
        "running" => "is under way".to_owned(),
        _ => format!("ended {}", listing::time(run, "ended")),
    };
    let list = |name: &str| {
        let map = counts.and_then(|counts| counts.get(name)).and_then(Value::as_object);
        let parts: Vec<String> =
            map.into_iter().flatten().map(|(word, count)| format!("{count} {word}")).collect();
        if parts.is_empty() { "nothing".to_owned() } else { parts.join(", ") }
    };
    vec![
        format!("{}: {end}", text(run, "run")),
        format!(
            "  {} on {}: {}",
            counted(number("seen"), "target"),
            counted(number("pages"), "page"),
            list("outcomes")
        ),
        format!("  put to work: {}", list("queued")),
    ]
}

#[test]
fn a_run_of_one_page_has_one_page() {
    let mut run = serde_json::json!({ "run": "20260114T030000Z", "state": "running",
        "counts": { "seen": 26, "pages": 1, "outcomes": { "protected": 26 } } });
    assert_eq!(entry(&run)[1], "  26 targets on 1 page: 26 protected");
    run["counts"]["pages"] = 2.into();
    assert_eq!(entry(&run)[1], "  26 targets on 2 pages: 26 protected");
}
