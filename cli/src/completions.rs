//! `holdfast completions`: what a shell needs to complete commands and options.

use anyhow::Result;
use clap::{Args, Command};
use clap_complete::Shell;

use crate::exit::Exit;
use crate::out;

/// For which shell.
#[derive(Args)]
pub(crate) struct Options {
    /// The shell that is to complete.
    #[arg(value_enum)]
    shell: Shell,
}

/// Prints the script; the shell's manual says where it belongs.
pub(crate) fn run(options: Options, command: Command) -> Result<Exit> {
    out::page(&script(options.shell, command)?);
    Ok(Exit::Done)
}

fn script(shell: Shell, mut command: Command) -> Result<String> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, "holdfast", &mut script);
    Ok(String::from_utf8(script)?)
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, ValueEnum as _};

    use super::*;

    #[test]
    fn every_shell_is_told_of_every_command() {
        let command = crate::Cli::command();
        for shell in Shell::value_variants() {
            let script = script(*shell, command.clone()).unwrap();
            let missing: Vec<&str> = command
                .get_subcommands()
                .map(Command::get_name)
                .filter(|name| !script.contains(name))
                .collect();
            assert!(missing.is_empty(), "{shell} is not told of {missing:?}");
        }
    }
}
