//! A diff over the last recorded decision about each resource.

use anyhow::Result;
use futures::stream::{self, Stream};
use futures::{StreamExt, TryStreamExt};
use holdfast_replay::{BrokenEntry, DiffReport, Period, Recorded, ResourceChange};

use super::{Diff, Sets, threads};
use crate::ledger::source::{READS, Source};

/// Decisions that a thread compares at a time.
const BATCH: usize = 256;

/// Compares the last decision about each resource in the period.
pub(super) async fn diff(source: &Source, period: &Period, sets: &Sets, examples: usize) -> Result<Diff> {
    let decisions = source.paths().try_filter(|path| std::future::ready(period.has_decision(path)));
    let read = last_of_each(decisions)
        .map_ok(async |path| Ok((source.read(&path).await?, path)))
        .try_buffered(READS);
    let batches = read.try_chunks(BATCH).map_err(|error| error.1);
    let compared = batches.map_ok(|batch| {
        let sets = sets.clone();
        async move { Ok(tokio::task::spawn_blocking(move || of_batch(&sets, batch, examples)).await?) }
    });
    let nothing = Diff { report: DiffReport::default(), unreadable: Vec::new() };
    compared
        .try_buffered(threads() + 1)
        .try_fold(nothing, async |mut all, part| {
            all.report.merge(part.report, examples);
            all.unreadable.extend(part.unreadable);
            Ok(all)
        })
        .await
}

/// Of paths in order, the last of each folder: the latest decision about a resource.
fn last_of_each(paths: impl Stream<Item = Result<String>>) -> impl Stream<Item = Result<String>> {
    let ended = paths.map_ok(Some).chain(stream::once(async { Ok(None) }));
    let mut before: Option<String> = None;
    ended.try_filter_map(move |path| {
        let is_same = path.is_some() && before.as_deref().map(folder_of) == path.as_deref().map(folder_of);
        let last = std::mem::replace(&mut before, path);
        std::future::ready(Ok(last.filter(|_| !is_same)))
    })
}

fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn of_batch(sets: &Sets, batch: Vec<(Option<Vec<u8>>, String)>, examples: usize) -> Diff {
    let mut diff = Diff { report: DiffReport::default(), unreadable: Vec::new() };
    for (document, path) in batch {
        match document.map(|document| compared(sets, &path, &document)) {
            Some(Ok(change)) => diff.report.add(change, examples),
            Some(Err(broken)) => diff.unreadable.push((path, broken.to_string())),
            None => diff.unreadable.push((path, "it was listed, but is not there any more".to_owned())),
        }
    }
    diff
}

fn compared(sets: &Sets, path: &str, document: &[u8]) -> Result<ResourceChange, BrokenEntry> {
    let recorded = Recorded::read(path, document)?;
    let old = match &sets.current {
        Some(current) => current.decide(&recorded.request),
        None => recorded.decision()?,
    };
    Ok(sets.change(&old, &recorded.request))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_last_of_each_folder_is_taken() {
        let paths = ["r/a/1", "r/a/2", "r/a/b/1", "r/c/1", "r/c/2", "r/c/3"];
        let last = last_of_each(stream::iter(paths.map(|path| Ok(path.to_owned()))));
        let last: Vec<String> = last.try_collect().await.unwrap();
        assert_eq!(last, ["r/a/2", "r/a/b/1", "r/c/3"]);
        let none: Vec<String> = last_of_each(stream::empty()).try_collect().await.unwrap();
        assert_eq!(none, Vec::<String>::new());
    }
}
