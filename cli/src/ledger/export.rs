//! `holdfast ledger export`: the entries as files, under the paths that they have in the ledger.

use std::path::{Component, Path, PathBuf};

use anyhow::{Context, Result};
use futures::{StreamExt, TryStreamExt};

use crate::exit::Exit;
use crate::words::counted;
use crate::written;

use super::Export;
use super::source::{READS, Source};

/// Copies every entry of the period; 1 if some were left out. One that cannot be read keeps no other from being copied.
#[expect(clippy::print_stdout, reason = "this is the command's output")]
pub(super) async fn run(options: &Export) -> Result<Exit> {
    let source = options.place.open()?;
    let period = options.span.period();
    let paths = source.paths().try_filter(|path| std::future::ready(period.has_entry(path)));
    let copied = paths.map(|path| copy(&source, path, &options.folder)).buffered(READS);
    let counts =
        copied.try_fold(Counts::default(), async |counts: Counts, outcome| Ok(counts.with(&outcome)));
    let counts = counts.await?;
    println!("{}", counts.in_words(&options.folder));
    Ok(if counts.left_out > 0 { Exit::Failed } else { Exit::Done })
}

#[derive(Debug, PartialEq, Eq)]
enum Copied {
    New,
    AlreadyThere,
    LeftOut,
}

/// How many entries were copied, or not.
#[derive(Debug, Default)]
struct Counts {
    new: u64,
    there: u64,
    left_out: u64,
}

impl Counts {
    fn with(self, outcome: &Copied) -> Self {
        match outcome {
            Copied::New => Self { new: self.new + 1, ..self },
            Copied::AlreadyThere => Self { there: self.there + 1, ..self },
            Copied::LeftOut => Self { left_out: self.left_out + 1, ..self },
        }
    }

    fn in_words(&self, folder: &Path) -> String {
        let Self { new, there, left_out } = self;
        let were = |number: u64| if number == 1 { "was" } else { "were" };
        let kept = match *there {
            0 => String::new(),
            there => format!("; {there} {} there already", were(there)),
        };
        let left = match *left_out {
            0 => String::new(),
            left => format!("; {left} {} left out, as told above: the same command tries again", were(left)),
        };
        format!("Wrote {} into {}{kept}{left}.", counted(*new, "entry"), folder.display())
    }
}

async fn copy(source: &Source, path: Result<String>, folder: &Path) -> Result<Copied> {
    let path = path?;
    let Some(file) = below(folder, &path) else {
        tracing::warn!("left out entry `{path}`: its name leads out of the folder");
        return Ok(Copied::LeftOut);
    };
    if file.exists() {
        return Ok(Copied::AlreadyThere);
    }
    let text = match source.read(&path).await {
        Ok(Some(text)) => text,
        Ok(None) => {
            tracing::warn!("left out entry `{path}`: it is not there any more");
            return Ok(Copied::LeftOut);
        }
        Err(error) => {
            tracing::warn!("left out entry `{path}`: {error:#}");
            return Ok(Copied::LeftOut);
        }
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

    #[tokio::test]
    async fn an_entry_that_cannot_be_read_keeps_no_other_from_being_copied() {
        let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        std::fs::create_dir_all(from.path().join("resources/a.json")).unwrap();
        std::fs::write(from.path().join("resources/b.json"), "{}").unwrap();
        let source = Source::Folder(from.path().to_owned());
        let mut counts = Counts::default();
        for (path, outcome) in [("resources/a.json", Copied::LeftOut), ("resources/b.json", Copied::New)] {
            let copied = copy(&source, Ok(path.to_owned()), to.path()).await.unwrap();
            assert_eq!(copied, outcome, "{path}");
            counts = counts.with(&copied);
        }
        let text = counts.in_words(Path::new("out"));
        assert!(text.starts_with("Wrote 1 entry into out; 1 was left out"), "{text}");
        assert_eq!(
            Counts { new: 2, there: 1, left_out: 0 }.in_words(Path::new("out")),
            "Wrote 2 entries into out; 1 was there already."
        );
    }

    #[test]
    fn no_entry_is_written_outside_of_the_folder() {
        let folder = Path::new("out");
        assert_eq!(below(folder, "resources/a/b.json"), Some(PathBuf::from("out/resources/a/b.json")));
        for path in ["", "/etc/passwd", "resources/../../x.json", "..", "a\\b"] {
            assert_eq!(below(folder, path), None, "{path}");
        }
    }
}
