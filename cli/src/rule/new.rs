//! `holdfast rule new`: a project from a template that ends in a green test.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use clap::{Args, ValueEnum};
use serde_json::json;

use super::answer::{Answer, Ended};
use super::check::is_kebab;
use super::page::{GOOD, NAME, QUIET, counted};
use super::project::{FILE, Project};

mod embedded {
    //! Written by the build script.
    include!(concat!(env!("OUT_DIR"), "/embedded.rs"));
}

pub(crate) use embedded::{CONTRACT, SHIPPED};

/// Where the Rust SDK comes from when no path is given.
pub(crate) const SDK: &str = r#"{ git = "https://github.com/holdfast-backup/holdfast" }"#;

/// What to start.
#[derive(Args)]
pub(crate) struct Options {
    /// Name of the rule: lower case, digits and hyphens.
    name: String,
    /// The language to write it in.
    #[arg(long, required_unless_present = "template")]
    lang: Option<Lang>,
    /// Parent of the new folder.
    #[arg(long, default_value = ".", value_name = "DIR")]
    into: PathBuf,
    /// The rule SDK for Rust, as a folder. Default: the public repository.
    #[arg(long, value_name = "PATH")]
    sdk: Option<PathBuf>,
    /// A template of your own, as a folder, in place of a shipped one.
    #[arg(long, value_name = "DIR", conflicts_with = "lang")]
    template: Option<PathBuf>,
}

/// A language with a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Lang {
    /// Small and fast: microseconds for an evaluation.
    Rust,
    /// JavaScript or TypeScript.
    Js,
    /// Python.
    Python,
    /// Policy text for the shipped Rego rule; nothing is compiled.
    Rego,
}

impl Lang {
    fn name(self) -> &'static str {
        match self {
            Self::Rust => "rust",
            Self::Js => "js",
            Self::Python => "python",
            Self::Rego => "rego",
        }
    }
}

/// A file of a template: relative path and content.
type File = (String, Vec<u8>);

/// Writes the project.
///
/// # Errors
///
/// Fails if the name is none, the folder exists, or a file cannot be written.
pub(crate) fn run(options: &Options) -> anyhow::Result<Answer> {
    let name = &options.name;
    ensure!(
        is_kebab(name),
        "`{name}` is not a valid rule name; use lower case, digits and hyphens, such as keep-disks"
    );
    let folder = options.into.join(name);
    ensure!(
        !folder.exists(),
        "{} exists already and is left as it is; choose another name, or another place with `--into`",
        folder.display()
    );
    let mut files = match (&options.template, options.lang) {
        (Some(template), _) => own(template)?,
        (None, Some(lang)) => shipped(lang)?,
        (None, None) => bail!("give a language with `--lang`"),
    };
    let words = words(options)?;
    files.extend(contract(&folder, &files, &words)?);
    for (path, content) in &files {
        write(&folder.join(filled_in(path, &words)), content, &words)?;
    }
    let lang = options.lang.map(Lang::name);
    let json = json!({ "folder": folder, "lang": lang, "files": files.iter().map(|(path, _)| path).collect::<Vec<_>>() });
    Ok(Answer { page: page(name, &folder, files.len()), json, ended: Ended::Well })
}

/// The contract's files, if the template wants them.
fn contract(folder: &Path, files: &[File], words: &[(&str, String)]) -> anyhow::Result<Vec<File>> {
    let found = files.iter().find(|(path, _)| path == FILE);
    let (_, text) = found.with_context(|| format!("the template has no {FILE}"))?;
    let text = filled_in(&String::from_utf8_lossy(text), words);
    let project = Project::read(folder, Path::new(FILE), &text).context("the template")?;
    let Some(wit) = &project.about().wit else { return Ok(Vec::new()) };
    let version = &project.about().contract;
    // The first version lies at the top, the others in folders of their names.
    let of_version = |path: &'static str| match path.split_once('/') {
        None => (version == "1.0.0").then_some(path),
        Some((folder, file)) => (version == folder).then_some(file),
    };
    let files = CONTRACT.iter().filter(|(path, _)| path.ends_with(".wit"));
    let files: Vec<File> = files
        .filter_map(|(path, text)| Some((format!("{}/{}", wit.display(), of_version(path)?), text.to_vec())))
        .collect();
    ensure!(
        !files.is_empty(),
        "{FILE}: there is no version {version} of the contract; there are 1.0.0 and 1.1.0"
    );
    Ok(files)
}

/// Placeholders and what they stand for.
fn words(options: &Options) -> anyhow::Result<Vec<(&'static str, String)>> {
    let sdk = match &options.sdk {
        Some(path) => {
            ensure!(
                path.join("Cargo.toml").exists(),
                "{} is not the rule SDK: it has no Cargo.toml",
                path.display()
            );
            let path = path.canonicalize().with_context(|| format!("could not find {}", path.display()))?;
            format!("{{ path = {} }}", json!(path))
        }
        None => SDK.to_owned(),
    };
    let name = options.name.clone();
    let underscored = name.replace('-', "_");
    let mut type_name = String::new();
    for word in name.split('-') {
        let mut letters = word.chars();
        type_name.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        type_name.extend(letters);
    }
    Ok(vec![("{{name}}", name), ("{{crate}}", underscored), ("{{Type}}", type_name), ("{{sdk}}", sdk)])
}

fn filled_in(text: &str, words: &[(&str, String)]) -> String {
    words.iter().fold(text.to_owned(), |text, (placeholder, word)| text.replace(placeholder, word))
}

/// Text is filled in; anything else is copied.
fn write(path: &Path, content: &[u8], words: &[(&str, String)]) -> anyhow::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let content = match std::str::from_utf8(content) {
        Ok(text) => filled_in(text, words).into_bytes(),
        Err(_) => content.to_vec(),
    };
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(path, content))
        .with_context(|| format!("could not write {}", path.display()))
}

fn shipped(lang: Lang) -> anyhow::Result<Vec<File>> {
    let found = embedded::TEMPLATES.iter().find(|(name, _)| *name == lang.name());
    let (_, files) = found.with_context(|| {
        format!("this build carries no template for {}; give one with `--template DIR`", lang.name())
    })?;
    Ok(files.iter().map(|(path, content)| ((*path).to_owned(), content.to_vec())).collect())
}

fn own(template: &Path) -> anyhow::Result<Vec<File>> {
    ensure!(template.join(FILE).is_file(), "{} is not a template: it has no {}", template.display(), FILE);
    let mut files = Vec::new();
    collect(template, template, &mut files)
        .with_context(|| format!("could not read the template {}", template.display()))?;
    files.sort();
    Ok(files)
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<File>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(root, &path, files)?;
        } else if let Ok(name) = path.strip_prefix(root) {
            files.push((name.to_string_lossy().replace('\\', "/"), fs::read(&path)?));
        }
    }
    Ok(())
}

fn page(name: &str, folder: &Path, files: usize) -> String {
    let mut page = String::new();
    let _ = writeln!(
        page,
        "{GOOD}Started{GOOD:#} {NAME}{name}{NAME:#} in {} {QUIET}({}){QUIET:#}\n",
        folder.display(),
        counted(files, "file")
    );
    let _ = writeln!(page, "Next:\n  cd {}\n  holdfast rule build\n  holdfast rule test", folder.display());
    page
}
