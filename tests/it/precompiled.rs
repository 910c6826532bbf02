//! A handler without a compiler: it decides from the native code that the package holds, or not at all.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use holdfast_tests::{Knobs, Stage, app};
use serde_json::Value;

use crate::world;

/// The packaged app with the handler that has no compiler.
fn without_compiler() -> Result<tempfile::TempDir> {
    let (packaged, folder) = (app()?, tempfile::tempdir()?);
    copy(&packaged, folder.path())?;
    let handler = packaged.with_file_name("handler-without-compiler");
    fs::copy(&handler, folder.path().join("holdfast-functions"))
        .with_context(|| format!("{} is missing: run `cargo xtask test`", handler.display()))?;
    Ok(folder)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    for entry in fs::read_dir(from)? {
        let path = entry?.path();
        let target = to.join(path.file_name().context("no name")?);
        if path.is_dir() {
            fs::create_dir_all(&target)?;
            copy(&path, &target)?;
        } else {
            fs::copy(&path, &target)?;
        }
    }
    Ok(())
}

async fn stage(app: PathBuf, key: &str) -> Result<Stage> {
    let settings = vec![("HOLDFAST_COMPILED_KEY".to_owned(), key.to_owned())];
    Stage::set(Knobs { estate: world::granted(), settings, app: Some(app), ..Knobs::default() }).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handler_without_a_compiler_protects_by_packaged_native_code() -> Result<()> {
    let folder = without_compiler()?;
    let key = fs::read_to_string(app()?.with_extension("key")).context("target/app.key")?;
    let stage = stage(folder.path().to_owned(), &key).await?;
    let disk = world::disk("rg-app", "erp-data");
    world::create_disk(&stage, &disk).await?;
    let story = stage.until_ended(std::slice::from_ref(&disk), Duration::from_secs(120)).await?;
    assert_eq!(story.end_of(&disk).context("no end")?["outcome"], "protected");
    let decision = story.decision_of(&disk).context("no decision")?;
    let fuel = decision["record"]["opinions"][0]["fuel"].as_u64();
    assert!(fuel > Some(0), "the rule ran in the sandbox: {decision}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn native_code_of_another_key_decides_nothing() -> Result<()> {
    let folder = without_compiler()?;
    let key = fs::read_to_string(app()?.with_extension("key")).context("target/app.key")?;
    let stage = stage(folder.path().to_owned(), &altered(&key).context("no key")?).await?;
    let asked = stage.functions("GET", "/api/rules", None).await;
    let served = matches!(&asked, Ok((200, rules)) if rules["revision"] != Value::Null);
    assert!(!served, "{asked:?}");
    Ok(())
}

/// The key with one digit changed.
fn altered(key: &str) -> Option<String> {
    let at = key.rfind(|digit: char| digit.is_ascii_hexdigit())?;
    let digit = if key.get(at..=at)? == "0" { "1" } else { "0" };
    Some(format!("{}{digit}{}", key.get(..at)?, key.get(at + 1..)?))
}
