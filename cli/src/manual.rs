//! `holdfast manual`: a manual page for each command.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::{Args, Command};

use crate::exit::Exit;

/// Where to.
#[derive(Args)]
pub(crate) struct Options {
    /// Folder that the pages are written into; it is made where it is missing.
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
}

/// Writes the pages: `holdfast.1`, `holdfast-restore.1` and so on.
pub(crate) fn run(options: &Options, command: Command) -> Result<Exit> {
    let folder = &options.folder;
    fs::create_dir_all(folder)
        .and_then(|()| clap_mangen::generate_to(command, folder))
        .with_context(|| format!("could not write manual pages into {}", folder.display()))?;
    Ok(Exit::Done)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn every_command_has_a_page() {
        let folder = tempfile::tempdir().unwrap();
        let options = Options { folder: folder.path().join("man1") };
        run(&options, crate::Cli::command()).unwrap();
        for command in crate::Cli::command().get_subcommands() {
            let page = options.folder.join(format!("holdfast-{}.1", command.get_name()));
            let text = fs::read_to_string(&page).unwrap();
            assert!(text.contains(".SH SYNOPSIS"), "{}", page.display());
        }
        let page = fs::read_to_string(options.folder.join("holdfast.1")).unwrap();
        assert!(page.contains("Backup protection for Azure that arrives with the resource"));
    }
}
