//! Words that parts of a crate must not say: what serves every family and workload names none of them.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use proc_macro2::{TokenStream, TokenTree};

/// Top modules of a crate, and what their code may not name; tests and comments may.
const BLIND: &[(&str, &[&str], &[&str])] = &[(
    "protection",
    &["place", "plan", "apply", "protect", "operations", "observe", "restore"],
    &[
        "Backup vault",
        "Recovery Services",
        "DataProtection",
        "RecoveryServices",
        "backupVaults",
        "backupInstances",
        "backupPolicies",
        "AzureDisks",
        "AzureBlobs",
        "DataLake",
        "PostgresqlFlexible",
        "PostgresqlSingle",
        "Aks",
        "AzureVm",
        "AzureFiles",
        "SqlInVm",
        "HanaInVm",
    ],
)];

/// Files and folders below these modules that belong to one workload, or to one kind of what is restored.
const OWN: &[&str] = &["aks", "kind"];

/// Every place that says what it must not.
pub(super) fn wrong(root: &Path) -> Result<Vec<String>> {
    let mut wrong = Vec::new();
    for (name, modules, words) in BLIND {
        let source = root.join(name).join("src");
        for module in *modules {
            for file in files(&source, module)? {
                let text = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
                let said = said(&text, words).with_context(|| file.display().to_string())?;
                let shown = file.strip_prefix(root).unwrap_or(&file).display().to_string();
                wrong.extend(
                    said.into_iter().map(|word| format!("{shown} names `{word}`, which it must not know")),
                );
            }
        }
    }
    Ok(wrong)
}

/// The file of a top module and all below it, without files of tests and those of one workload.
fn files(source: &Path, module: &str) -> Result<Vec<PathBuf>> {
    let is_own = |name: &str| OWN.contains(&name.trim_end_matches(".rs"));
    let mut found = vec![source.join(format!("{module}.rs"))];
    found.extend(sources(&source.join(module), is_own)?);
    Ok(found)
}

/// The Rust files below a folder, in order; none of tests, of golden files, or of what is left out by its name. A folder that is not
/// there has none.
pub(super) fn sources(folder: &Path, is_left_out: impl Fn(&str) -> bool) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        if !folder.is_dir() {
            continue;
        }
        for entry in fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
            let path = entry?.path();
            match path.file_name().and_then(|name| name.to_str()) {
                Some("tests" | "tests.rs" | "golden" | "golden.rs") => {}
                Some(name) if is_left_out(name) => {}
                Some(name) if name.ends_with(".rs") => found.push(path),
                _ => folders.push(path),
            }
        }
    }
    found.sort();
    Ok(found)
}

/// The words that code says, each once.
fn said<'w>(text: &str, words: &[&'w str]) -> Result<Vec<&'w str>> {
    let tokens: TokenStream = text.parse().map_err(|error| anyhow!("it is not Rust: {error}"))?;
    let mut names = Vec::new();
    collect(tokens, &mut names);
    Ok(words.iter().copied().filter(|word| names.iter().any(|name| speaks_of(name, word))).collect())
}

/// An identifier is compared whole, so that `Aks` is not found in `Tasks`; a text may hold the word anywhere.
fn speaks_of(name: &str, word: &str) -> bool {
    if name.starts_with('"') { name.contains(word) } else { name == word }
}

/// Identifiers and literals, without attributes (comments of documentation are such) and without tests.
pub(super) fn collect(tokens: TokenStream, names: &mut Vec<String>) {
    let mut is_test = false;
    let mut after_hash = false;
    for token in tokens {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == '#' => after_hash = true,
            TokenTree::Punct(punct) if punct.as_char() == '!' && after_hash => {}
            TokenTree::Group(group) if after_hash => {
                after_hash = false;
                is_test |= group.stream().to_string().replace(' ', "") == "cfg(test)";
            }
            TokenTree::Group(_) if is_test => is_test = false,
            TokenTree::Punct(punct) if is_test && punct.as_char() == ';' => is_test = false,
            _ if is_test => {}
            TokenTree::Group(group) => collect(group.stream(), names),
            TokenTree::Ident(ident) => names.push(ident.to_string()),
            TokenTree::Literal(literal) => names.push(format!("\"{literal}")),
            TokenTree::Punct(_) => after_hash = false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORDS: &[&str] = &["DataProtection", "Aks"];

    #[test]
    fn a_planted_word_is_found_in_code_and_in_texts() -> Result<()> {
        for planted in [
            "fn f() { DataProtection::new() }",
            "const TYPE: &str = \"Microsoft.DataProtection/backupVaults\";",
            "fn f() { println!(\"{} of DataProtection\", 1) }",
            "#[derive(Debug)] struct S(DataProtection);",
        ] {
            assert_eq!(said(planted, WORDS)?, ["DataProtection"], "{planted}");
        }
        assert_eq!(said("fn f(w: Workload) -> bool { w == Workload::Aks }", WORDS)?, ["Aks"]);
        Ok(())
    }

    #[test]
    fn comments_tests_and_longer_names_are_not() -> Result<()> {
        for sound in [
            "// DataProtection\nfn f() {}",
            "/// Of Microsoft.DataProtection.\nfn f() {}",
            "#[cfg(test)] mod tests { const T: &str = \"Microsoft.DataProtection\"; }",
            "#[cfg(test)] mod tests; fn f() {}",
            "fn Aksel() {}",
        ] {
            assert_eq!(said(sound, WORDS)?, Vec::<&str>::new(), "{sound}");
        }
        assert_eq!(said("#[cfg(test)] mod t { }\nfn f() { Aks }", WORDS)?, ["Aks"], "after the tests");
        Ok(())
    }
}
