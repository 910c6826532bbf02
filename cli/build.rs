//! Puts rule templates, the rule contract and the shipped rules into the binary, so that it needs no repository.
//!
//! The shipped rules are those that `cargo xtask rules` has built so far. They are not built here: that takes the
//! WebAssembly target and minutes, which neither a test run nor a demo should pay. A binary that was made
//! without them says so when one is needed.

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// What a build or an editor leaves behind in a template.
const LEFT_OUT: [&str; 7] = ["target", "node_modules", "dist", "build", "__pycache__", ".venv", ".git"];

fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("..");
    let templates = root.join("rules/templates");
    let contract = root.join("evaluator/wit");
    println!("cargo::rerun-if-changed={}", root.join("rules").display());
    println!("cargo::rerun-if-changed={}", contract.display());
    let mut text = String::from(
        "type Files = &'static [(&'static str, &'static [u8])];\n\
         pub(crate) static TEMPLATES: &[(&str, Files)] = &[\n",
    );
    for folder in folders(&templates)? {
        if folder.join("holdfast-rule.toml").is_file() {
            println!("cargo::rerun-if-changed={}", folder.display());
            let lang = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
            writeln!(text, "({lang:?}, &{}),", embedded(&folder)?)?;
        }
    }
    text.push_str("];\n");
    writeln!(text, "pub(crate) static CONTRACT: Files = &{};", embedded(&contract)?)?;
    writeln!(text, "pub(crate) static SHIPPED: Files = &{};", shipped(&root.join("target/rules"))?)?;
    fs::write(PathBuf::from(env::var("OUT_DIR")?).join("embedded.rs"), text)?;
    Ok(())
}

/// Modules in the folder of built rules, as Rust source.
fn shipped(folder: &Path) -> Result<String, Box<dyn Error>> {
    println!("cargo::rerun-if-changed={}", folder.display());
    let entries = if folder.is_dir() { fs::read_dir(folder)?.flatten().collect() } else { Vec::new() };
    let mut modules: Vec<PathBuf> = entries.into_iter().map(|entry| entry.path()).collect();
    modules.retain(|path| path.extension().is_some_and(|extension| extension == "wasm"));
    of_files(folder, modules)
}

fn folders(parent: &Path) -> std::io::Result<Vec<PathBuf>> {
    if !parent.is_dir() {
        return Ok(Vec::new());
    }
    let mut found: Vec<PathBuf> = fs::read_dir(parent)?.flatten().map(|entry| entry.path()).collect();
    found.retain(|path| path.is_dir());
    found.sort();
    Ok(found)
}

/// The folder's files as Rust source: pairs of relative path and bytes.
fn embedded(folder: &Path) -> Result<String, Box<dyn Error>> {
    let mut files = Vec::new();
    collect(folder, &mut files)?;
    of_files(folder, files)
}

fn of_files(folder: &Path, mut files: Vec<PathBuf>) -> Result<String, Box<dyn Error>> {
    files.sort();
    let mut text = String::from("[");
    for file in files {
        let name = file.strip_prefix(folder)?.to_string_lossy().replace('\\', "/");
        let path = file.canonicalize()?;
        write!(text, "({name:?}, include_bytes!({:?}).as_slice()), ", path.to_string_lossy())?;
    }
    text.push(']');
    Ok(text)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_file() {
            files.push(path);
        } else if path.is_dir() && !LEFT_OUT.contains(&name.as_str()) {
            collect(&path, files)?;
        }
    }
    Ok(())
}
