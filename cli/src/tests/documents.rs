//! Every command of the documents is one that the command line takes, whether or not a test can run it.

use std::path::{Path, PathBuf};

use clap::Parser as _;

/// The documents with commands, beside those in `docs`.
const OTHERS: [&str; 3] = ["README.md", "CONTRIBUTING.md", "infra/README.md"];
/// How the command is run in the repository.
const BY_CARGO: &str = "cargo run --package holdfast --";

#[test]
fn every_command_of_the_documents_is_one() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut refused = Vec::new();
    let mut taken = 0;
    for document in documents(&root) {
        for line in commands(&std::fs::read_to_string(&document).unwrap()) {
            match crate::Cli::try_parse_from(words(&line)) {
                Err(error) if error.use_stderr() => {
                    refused.push(format!("{}: {line}\n{error}", document.display()));
                }
                Ok(_) | Err(_) => taken += 1,
            }
        }
    }
    assert!(refused.is_empty(), "{}", refused.join("\n"));
    assert!(taken > 40, "only {taken} commands were found");
}

fn documents(root: &Path) -> Vec<PathBuf> {
    let in_docs = std::fs::read_dir(root.join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let pages = in_docs.filter(|path| path.extension().is_some_and(|ending| ending == "md"));
    pages.chain(OTHERS.map(|name| root.join(name))).collect()
}

/// The lines of `sh` blocks that run the command.
fn commands(text: &str) -> Vec<String> {
    let joined = text.replace("\\\n", " ");
    let mut is_shell = false;
    let mut found = Vec::new();
    for line in joined.lines().map(str::trim) {
        match line.strip_prefix("```") {
            Some(language) => is_shell = language == "sh",
            None if !is_shell => {}
            None => {
                let line = line.replace(BY_CARGO, "holdfast");
                found.extend(line.starts_with("holdfast ").then_some(line));
            }
        }
    }
    found
}

/// The words of a line as a shell takes them apart, up to a comment, a pipe or a file that the output goes to.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for one in line.chars() {
        match (quote, one) {
            (Some(open), one) if open == one => quote = None,
            (None, '"' | '\'') => {
                quote = Some(one);
                word.get_or_insert_default();
            }
            (None, '#' | '|' | '>') if word.is_none() => break,
            (None, ' ') => words.extend(word.take()),
            (_, one) => word.get_or_insert_default().push(one),
        }
    }
    words.extend(word);
    words
}

#[test]
fn a_line_is_taken_apart_as_a_shell_does() {
    assert_eq!(words("holdfast diff --live <id>   # over all"), ["holdfast", "diff", "--live", "<id>"]);
    assert_eq!(words("a --why \"before it\" '' > b"), ["a", "--why", "before it", ""]);
}
