//! The command line as a whole: its help, its pages, its tables.

mod documents;
mod reference;

use clap::CommandFactory;

#[test]
fn the_command_line_is_well_formed() {
    super::Cli::command().debug_assert();
}

/// Every command that says how it ends says it in the one table.
#[test]
fn exit_codes_have_one_table() {
    fn walk(command: &clap::Command, described: &mut usize) {
        let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        if help.contains("Exit codes") || help.contains("Ends with") {
            *described += 1;
            assert!(help.starts_with(super::exit::HELP), "{}: {help}", command.get_name());
        }
        command.get_subcommands().for_each(|inner| walk(inner, described));
    }
    let mut described = 0;
    walk(&super::Cli::command(), &mut described);
    assert!(described > 15, "only {described} commands say how they end");
}

#[test]
fn the_page_of_the_command_line_has_every_command() {
    let page = include_str!("../../docs/command-line.md");
    let command = super::Cli::command();
    let missing: Vec<&str> = command
        .get_subcommands()
        .map(clap::Command::get_name)
        .filter(|name| !page.contains(&format!("`{name}`")))
        .collect();
    assert!(missing.is_empty(), "docs/command-line.md has no row for {missing:?}");
}

/// Help is read at a terminal of 80 columns too.
#[test]
fn no_line_of_help_is_wider_than_the_page() {
    fn walk(command: &mut clap::Command, wide: &mut Vec<String>) {
        let help = command.render_help().to_string();
        let name = command.get_name().to_owned();
        wide.extend(
            help.lines()
                .filter(|line| line.chars().count() > crate::page::WIDTH)
                .map(|line| format!("{name}: {line}")),
        );
        command.get_subcommands_mut().for_each(|inner| walk(inner, wide));
    }
    let mut wide = Vec::new();
    let mut command = super::Cli::command();
    command.build();
    walk(&mut command, &mut wide);
    assert!(wide.is_empty(), "{}", wide.join("\n"));
}
