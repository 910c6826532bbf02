//! `docs/commands.md` is written from the command line itself.

use std::fmt::Write as _;
use std::path::Path;

use clap::{Arg, Command, CommandFactory as _};

const PAGE: &str = "../docs/commands.md";

const HEAD: &str = "# Every command and its options

Written from the command line itself, by `HOLDFAST_BLESS=1 cargo test --package holdfast the_reference`; a test compares it.
[command-line.md](command-line.md) says what the commands are for, and what they all have in common.
";

#[test]
fn the_reference_of_commands_is_what_the_command_line_says() {
    let mut command = crate::Cli::command();
    command.build();
    let mut written = HEAD.to_owned();
    for inner in sorted(&command) {
        chapter(inner, &mut written);
    }
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join(PAGE);
    if std::env::var_os("HOLDFAST_BLESS").is_some() {
        std::fs::write(&page, &written).unwrap();
    }
    let found = std::fs::read_to_string(&page).unwrap_or_default();
    assert!(found == written, "docs/commands.md differs; write it with HOLDFAST_BLESS=1");
}

fn sorted(command: &Command) -> Vec<&Command> {
    let mut inner: Vec<&Command> =
        command.get_subcommands().filter(|one| one.get_name() != "help" && !one.is_hide_set()).collect();
    inner.sort_by_key(|one| one.get_name());
    inner
}

/// A command with its options, then those below it.
fn chapter(command: &Command, page: &mut String) {
    let name = command.get_bin_name().unwrap_or_else(|| command.get_name());
    let about = command.get_long_about().or_else(|| command.get_about());
    let _ = writeln!(page, "\n## {name}\n\n{}.", about.map(ToString::to_string).unwrap_or_default());
    let mut rows = command.get_arguments().filter(|one| !one.is_hide_set()).filter_map(row).peekable();
    if rows.peek().is_some() {
        page.push_str("\n| option | what it says |\n| --- | --- |\n");
    }
    rows.for_each(|row| page.push_str(&row));
    for inner in sorted(command) {
        chapter(inner, page);
    }
}

fn row(argument: &Arg) -> Option<String> {
    let help = argument.get_long_help().or_else(|| argument.get_help())?.to_string();
    if matches!(argument.get_id().as_str(), "help" | "version") {
        return None;
    }
    let mut said = help.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|");
    let values: Vec<String> = argument
        .get_possible_values()
        .iter()
        .filter(|one| !one.is_hide_set())
        .map(|one| format!("`{}`", one.get_name()))
        .collect();
    if !values.is_empty() && argument.get_action().takes_values() {
        let _ = write!(said, "; one of {}", values.join(", "));
    }
    let standard: Vec<String> =
        argument.get_default_values().iter().map(|one| format!("`{}`", one.to_string_lossy())).collect();
    if !standard.is_empty() && argument.get_action().takes_values() {
        let _ = write!(said, "; {} unless given", standard.join(", "));
    }
    if let Some(variable) = argument.get_env() {
        let _ = write!(said, "; also `{}`", variable.to_string_lossy());
    }
    Some(format!("| `{}` | {said} |\n", argument.to_string().replace('|', "\\|")))
}
