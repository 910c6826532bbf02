//! The fenced blocks of every document of the repository.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

/// One fenced block.
pub(crate) struct Block {
    /// Path of the document below the repository, with `/`.
    pub(crate) document: String,
    /// Line of the opening fence.
    pub(crate) line: usize,
    pub(crate) language: String,
    pub(crate) text: String,
}

impl Block {
    /// Where a reader finds it.
    pub(crate) fn place(&self) -> String {
        format!("{}:{} ({})", self.document, self.line, self.language)
    }
}

/// The repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Every block of every document, in order.
pub(crate) fn every() -> Result<Vec<Block>> {
    let mut documents = Vec::new();
    collect(&root(), &mut documents)?;
    documents.sort();
    let mut blocks = Vec::new();
    for document in documents {
        let name = document.strip_prefix(root())?.to_string_lossy().replace('\\', "/");
        let text = std::fs::read_to_string(&document).with_context(|| name.clone())?;
        blocks.extend(of(&name, &text)?);
    }
    Ok(blocks)
}

/// Documents of the repository itself: nothing that was built, installed or is hidden.
fn collect(folder: &Path, documents: &mut Vec<PathBuf>) -> Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() && !path.is_symlink() {
            if !name.starts_with('.') && !["target", "node_modules"].contains(&&*name) {
                collect(&path, documents)?;
            }
        } else if path.extension().is_some_and(|extension| extension == "md") {
            documents.push(path);
        }
    }
    Ok(())
}

/// The blocks of one document. The indentation of a block in a list is taken off its lines.
pub(crate) fn of(document: &str, text: &str) -> Result<Vec<Block>> {
    let mut blocks = Vec::new();
    let mut open: Option<(Block, usize)> = None;
    for (number, line) in (1..).zip(text.lines()) {
        let bare = line.trim_start();
        let indent = line.len() - bare.len();
        match (bare.strip_prefix("```"), open.take()) {
            (Some(language), None) => {
                let language = language.trim().to_owned();
                ensure!(!language.is_empty(), "{document}:{number}: a block without a language");
                let block =
                    Block { document: document.to_owned(), line: number, language, text: String::new() };
                open = Some((block, indent));
            }
            (Some(_), Some((block, _))) => blocks.push(block),
            (None, Some((mut block, indent))) => {
                block.text.push_str(line.get(indent..).unwrap_or(bare));
                block.text.push('\n');
                open = Some((block, indent));
            }
            (None, None) => {}
        }
    }
    ensure!(open.is_none(), "{document}: the last block is not closed");
    Ok(blocks)
}
