//! What the command line itself gets wrong, and what `--help` says.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Error;
use clap::error::ErrorKind;

use crate::exit::Exit;
use crate::{out, refusal};

/// Tells what clap found: help as it is, an error like every other one.
pub(crate) fn described(found: &Error) -> ExitCode {
    if !found.use_stderr() {
        let _ = found.print();
        return Exit::Done.into();
    }
    // A command without its subcommand shows its help, in place of an error.
    if found.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        let _ = found.print();
    } else {
        out::error(words(found).trim_end());
    }
    if wants_json(std::env::args_os()) {
        // Text is always JSON.
        let _ = out::json(&refusal::with_code("WrongUsage", &first_paragraph(&words(found))));
    }
    Exit::Usage.into()
}

fn words(found: &Error) -> String {
    let text = found.render().to_string();
    text.strip_prefix("error: ").unwrap_or(&text).to_owned()
}

/// What is wrong, without the advice that follows it.
fn first_paragraph(text: &str) -> String {
    let paragraph = text.split("\n\n").next().unwrap_or_default();
    paragraph.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The command line could not be read, so that its words are all there is to go by.
fn wants_json(arguments: impl Iterator<Item = OsString>) -> bool {
    arguments.skip(1).take_while(|argument| argument != "--").any(|argument| argument == "--json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_wanted_where_it_is_an_option() {
        let wants = |line: &str| wants_json(line.split(' ').map(OsString::from));
        assert!(wants("holdfast jobs --json --status x"));
        assert!(!wants("holdfast jobs --status x") && !wants("holdfast rule new -- --json"));
    }

    #[cfg(unix)]
    #[test]
    fn words_that_are_no_text_are_passed_over() {
        let odd: OsString = std::os::unix::ffi::OsStringExt::from_vec(vec![0xff]);
        let line: [OsString; 3] = ["holdfast".into(), odd, "--json".into()];
        assert!(wants_json(line.into_iter()));
    }
}
