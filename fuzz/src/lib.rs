//! Every parser of foreign input, fed with what it does not expect: none may panic, whatever comes.
//!
//! A target is a function of bytes. What it is fed with is made from a corpus, by a seeded run that is the same on every machine. It needs
//! no nightly compiler, and so is not guided by what the code does; the dictionary that it draws from is the corpus itself.

mod corpus;
mod mutation;
mod targets;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use anyhow::{Context as _, Result, bail};

pub use targets::{TARGETS, Target};

/// Feeds a target with its corpus, then with so many inputs made of it.
///
/// # Errors
///
/// Names the file below `target/fuzz/` that holds the input which broke the parser.
pub fn run(target: &Target, root: &Path, executions: u64, seed: u64) -> Result<()> {
    let corpus = corpus::read(root, target)?;
    for input in &corpus {
        feed(target, root, input)?;
    }
    let mut maker = mutation::Maker::of(&corpus, seed);
    let mut input = Vec::new();
    for _ in 0..executions {
        maker.make(&mut input);
        feed(target, root, &input)?;
    }
    Ok(())
}

fn feed(target: &Target, root: &Path, input: &[u8]) -> Result<()> {
    if catch_unwind(AssertUnwindSafe(|| (target.parse)(input))).is_ok() {
        return Ok(());
    }
    let folder = root.join("target/fuzz");
    let path = folder.join(format!("{}.input", target.name));
    std::fs::create_dir_all(&folder)
        .and_then(|()| std::fs::write(&path, input))
        .with_context(|| format!("write {}", path.display()))?;
    bail!("the parser of {} panicked; its input is {}", target.name, path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Inputs for each target; the long runs are made by hand.
    const SHORT: u64 = 3_000;

    #[test]
    fn no_parser_of_foreign_input_panics() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        for target in TARGETS {
            run(target, &root, SHORT, 1).unwrap();
        }
    }

    #[test]
    fn a_parser_that_panics_is_named_with_its_input() {
        let root = std::env::temp_dir().join(format!("holdfast-fuzz-{}", std::process::id()));
        let corpus = root.join("fuzz/corpus/broken");
        std::fs::create_dir_all(&corpus).unwrap();
        std::fs::write(corpus.join("one"), "{\"a\": 1}").unwrap();
        let broken =
            Target { name: "broken", parse: |bytes| assert!(!bytes.contains(&b'1'), "a number"), also: &[] };
        let error = run(&broken, &root, 10, 1).unwrap_err().to_string();
        assert!(error.contains("broken") && error.contains("broken.input"), "{error}");
        std::fs::remove_dir_all(&root).unwrap();
    }
}
