//! Running other programs, with errors that say which one and why.

use std::io::{Write as _, stderr, stdout};
use std::os::fd::AsFd as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use anyhow::{Context, Result, ensure};

/// Cargo's arguments that give a build of some packages the features that the whole workspace has, so that nothing
/// is compiled twice. See `workspace-hack/Cargo.toml`.
pub(crate) const ONE_FEATURE_SET: [&str; 4] =
    ["--package", "workspace-hack", "--features", "workspace-hack/product"];

/// Runs a program in `root` and waits for it. What it prints goes to standard error.
pub(crate) fn run(root: &Path, program: &str, arguments: &[&str]) -> Result<()> {
    let aside = stderr().as_fd().try_clone_to_owned().context("share standard error")?;
    let mut command = Command::new(program);
    finish(command.current_dir(root).args(arguments).stdout(aside), program, arguments)
}

/// The same, for what the task is all about: what it prints goes to standard output.
pub(crate) fn show(
    root: &Path,
    program: &str,
    arguments: &[&str],
    environment: &[(&str, &str)],
) -> Result<()> {
    let mut command = Command::new(program);
    command.current_dir(root).args(arguments).envs(environment.iter().copied());
    finish(&mut command, program, arguments)
}

/// The same, but what it prints is kept until it has ended.
pub(crate) fn collect(
    root: &Path,
    program: &str,
    arguments: &[&str],
    environment: &[(&str, &str)],
) -> Result<Output> {
    let mut command = Command::new(program);
    command.current_dir(root).args(arguments).envs(environment.iter().copied()).stdin(Stdio::null());
    command.output().with_context(|| not_started(program))
}

/// Prints what was collected, and fails if its program did.
pub(crate) fn print(output: &Output, program: &str, arguments: &[&str]) -> Result<()> {
    stderr().write_all(&output.stderr)?;
    stdout().write_all(&output.stdout)?;
    ensure!(output.status.success(), ended(program, arguments, output.status));
    Ok(())
}

fn finish(command: &mut Command, program: &str, arguments: &[&str]) -> Result<()> {
    let status = command.status().with_context(|| not_started(program))?;
    ensure!(status.success(), ended(program, arguments, status));
    Ok(())
}

fn not_started(program: &str) -> String {
    format!("`{program}` could not be started; is it installed?")
}

fn ended(program: &str, arguments: &[&str], status: std::process::ExitStatus) -> String {
    format!("`{program} {}` ended with {status}; its messages are above", arguments.join(" "))
}

/// Cargo, with further variables. What it prints goes to standard error.
pub(crate) fn cargo_with(
    root: &Path,
    arguments: &[&str],
    environment: &[(&'static str, String)],
) -> Result<()> {
    let aside = stderr().as_fd().try_clone_to_owned().context("share standard error")?;
    let program = cargo_program();
    let mut command = Command::new(&program);
    command.current_dir(root).args(arguments).stdout(aside);
    command.envs(environment.iter().map(|(name, value)| (name, value)));
    finish(&mut command, &program, arguments)
}

/// Cargo, the one that runs us.
pub(crate) fn cargo(root: &Path, arguments: &[&str]) -> Result<()> {
    run(root, &cargo_program(), arguments)
}

/// Path of the cargo that runs us.
pub(crate) fn cargo_program() -> String {
    std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned())
}
