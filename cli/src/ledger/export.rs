//! `holdfast ledger export`: the entries as files, under the paths that they have in the ledger.

use std::path::{Component, Path, PathBuf};

use anyhow::{Context, Result};
use futures::{StreamExt, TryStreamExt};

use crate::exit::Exit;
use crate::written;

use super::Export;
use super::source::{READS, Source};

/// Copies every entry of the period.
#[expect(clippy::print_stdout, reason = "this is the command's output")]
pub(super) async fn run(options: &Export) -> Result<Exit> {
    let source = options.place.open()?;
    let period = options.span.period();
    let paths = source.paths().try_filter(|path| std::future::ready(period.has_entry(path)));
    let copied = paths.map(|path| copy(&source, path, &options.folder)).buffered(READS);
    let outcomes = copied.try_fold((0_u64, 0_u64), async |(new, there), outcome| {
        Ok(match outcome {
            Copied::New => (new + 1, there),
            Copied::AlreadyThere => (new, there + 1),
            Copied::Refused => (new, there),
        })
    });
    let (new, there) = outcomes.await?;
    let kept = if there > 0 { format!("; {there} were there already") } else { String::new() };
    println!("Wrote {new} entries into {}{kept}.", options.folder.display());
    Ok(Exit::Done)
}

enum Copied {
    New,
    AlreadyThere,
    Refused,
}

async fn copy(source: &Source, path: Result<String>, folder: &Path) -> Result<Copied> {
    let path = path?;
    let Some(file) = below(folder, &path) else {
        tracing::warn!("left out entry `{path}`: its name leads out of the folder");
        return Ok(Copied::Refused);
    };
    if file.exists() {
        return Ok(Copied::AlreadyThere);
    }
    let Some(text) = source.read(&path).await? else {
        tracing::warn!("left out entry `{path}`: it is not there any more");
        return Ok(Copied::Refused);
    };
    written::whole(&file, &text).with_context(|| format!("could not write {}", file.display()))?;
    Ok(Copied::New)
}

/// The file of an entry; names come from storage and must not lead elsewhere.
fn below(folder: &Path, path: &str) -> Option<PathBuf> {
    let is_plain = Path::new(path).components().all(|part| matches!(part, Component::Normal(_)));
    (is_plain && !path.is_empty() && !path.contains(['\\', '\0'])).then(|| folder.join(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_entry_is_written_outside_of_the_folder() {
        let folder = Path::new("out");
        assert_eq!(below(folder, "resources/a/b.json"), Some(PathBuf::from("out/resources/a/b.json")));
        for path in ["", "/etc/passwd", "resources/../../x.json", "..", "a\\b"] {
            assert_eq!(below(folder, path), None, "{path}");
        }
    }
}
