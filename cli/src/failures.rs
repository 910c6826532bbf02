//! `holdfast failures`: backups that failed, by their cause, and what is done about each.

use anyhow::{Context, Result};
use clap::Args;
use serde_json::Value;

use crate::client::{Server, stated, told, unread};
use crate::exit::{self, Exit};
use crate::listing::{self, text};
use crate::moment::Moment;
use crate::words::{counted, name};
use crate::{out, page};

/// Which failures.
#[derive(Args)]
#[command(after_help = exit::HELP)]
pub(crate) struct Options {
    /// Since when: RFC 3339, a date, or how long ago, such as 7d; the last 24 hours without it. Azure's index knows 14 days.
    #[arg(long, value_name = "TIME")]
    from: Option<Moment>,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    server: Server,
}

/// Lists failures by cause, the most frequent first.
pub(crate) async fn run(options: Options) -> Result<Exit> {
    let client = options.server.client().await?;
    let given = [("from", options.from.map(|Moment(time)| time.to_string()))];
    let answer = client.get("/api/failures", &stated(&given)).await?.body;
    let unread = unread(&answer);
    if options.json {
        out::json(&answer)?;
        return Ok(told(&unread));
    }
    let groups = answer.get("value").and_then(Value::as_array).context("the answer is not a list")?;
    if groups.is_empty() && !unread.is_empty() {
        out::page("no failed backup in what could be read\n");
    } else if groups.is_empty() {
        let from = listing::time(&answer, "from");
        out::page(&page::of_lines(&[format!(
            "no backup failed since {from}, as far as Azure's index goes back: 14 days"
        )]));
    }
    for group in groups {
        out::page(&page::of_lines(&entry(group)));
    }
    Ok(told(&unread))
}

/// A group in a few lines.
fn entry(group: &Value) -> Vec<String> {
    let count = |name: &str| group.get(name).and_then(Value::as_u64).unwrap_or_default();
    let mut lines = vec![
        format!(
            "{}: {} of {}",
            text(group, "code"),
            counted(count("count"), "failure"),
            counted(count("resources"), "resource")
        ),
        format!("  from {} to {}", listing::time(group, "since"), listing::time(group, "last")),
        format!("  Holdfast: {}", remedy(&text(group, "remedy"))),
        format!("  to do: {}", text(group, "action")),
    ];
    let samples: Vec<&Value> = group.get("samples").and_then(Value::as_array).into_iter().flatten().collect();
    let left = count("count").saturating_sub(samples.len() as u64);
    for sample in samples {
        let message = text(sample, "message");
        let told = if message.is_empty() { String::new() } else { format!(": {message}") };
        lines.push(format!(
            "  {} {}{told}",
            listing::time(sample, "began"),
            name(&text(sample, "datasource"))
        ));
    }
    if left > 0 {
        lines.push(format!("  {left} more; holdfast jobs --status failed has each of them"));
    }
    lines
}

fn remedy(word: &str) -> &str {
    match word {
        "retry" => "takes the backup again before the next scheduled one",
        "grant" => "sees to the permissions",
        "tell" => "leaves it to a person",
        other => other,
    }
}

#[test]
fn a_group_counts_what_it_leaves_out() {
    let mut group = serde_json::json!({ "code": "X", "count": 7, "resources": 3, "remedy": "tell", "action": "mend it",
        "samples": [{ "began": "2026-01-01T00:00:00Z", "datasource": "/x/disks/erp", "message": "no" }] });
    let lines = entry(&group);
    assert_eq!(lines[0], "X: 7 failures of 3 resources");
    assert_eq!(
        lines[4..],
        ["  2026-01-01T00:00:00Z erp: no", "  6 more; holdfast jobs --status failed has each of them"]
    );
    group["count"] = 1.into();
    group["resources"] = 1.into();
    assert_eq!((entry(&group).len(), entry(&group)[0].as_str()), (5, "X: 1 failure of 1 resource"));
}
