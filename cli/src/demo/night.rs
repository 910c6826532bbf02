//! A night passes: scheduled backups run, some fail, each for another cause, and Holdfast sees to them.

mod morning;
mod news;
mod trouble;

use std::collections::BTreeMap;
use std::io::{Write, stderr, stdout};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use holdfast_evaluator::Visible;

use super::estate::Azure;
use super::operator::Api;
use super::processes::Processes;
use super::progress::Watched;

pub(super) use morning::Morning;
use news::News;
use trouble::{Seen, TROUBLES};

/// How often it is looked for news.
const PAUSE: Duration = Duration::from_millis(500);
/// Longest that everything may take after the night.
const PATIENCE: Duration = Duration::from_secs(600);

/// Has the night pass, and tells of it as it goes.
pub(super) async fn pass(
    processes: &Processes,
    azure: &Azure,
    watched: &Watched,
    aside: bool,
) -> Result<Morning> {
    let api = Api::of(processes)?;
    let news = News::of(processes)?;
    // What was told so far is of the day.
    while !news.take().await?.is_empty() {}
    let mut seen = Vec::new();
    for trouble in &TROUBLES {
        seen.push(Seen::of(trouble, trouble.befall(azure, &api).await?));
    }
    say(aside, "\nEvening. Backups are due at two; four of them are going to fail, each for another cause.")?;
    let (from, until) = azure.until_after_the_backups().await?;
    say(aside, &format!("It is {}: they have run.\n", until.strftime("%H:%M UTC on %d %B")))?;
    let mut told = BTreeMap::new();
    let begun = Instant::now();
    while !seen.iter().all(Seen::is_over) {
        ensure!(begun.elapsed() < PATIENCE, "not seen to after {PATIENCE:?}: {seen:?}");
        tokio::time::sleep(PAUSE).await;
        for (path, document) in watched.documents("retries/").await? {
            for one in &mut seen {
                if let Some(line) = one.take_in(&path, &document) {
                    say(aside, &line)?;
                }
            }
        }
        for one in &mut seen {
            if let Some(line) = one.look(&api).await? {
                say(aside, &line)?;
            }
        }
        for (id, line) in news.take().await? {
            if told.insert(id, line.clone()).is_none() {
                say(aside, &format!("  told       {}", Visible::of(&line)))?;
            }
        }
    }
    Morning::of(&api, seen, told.into_values().collect(), from).await
}

/// Progress goes to standard error where standard output is for a program.
fn say(aside: bool, line: &str) -> Result<()> {
    let mut out: Box<dyn Write> = if aside { Box::new(stderr()) } else { Box::new(stdout()) };
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}
