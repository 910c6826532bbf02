//! Questions to the person at the terminal.

use std::io::{BufRead, IsTerminal, Write};

use anyhow::Result;

use crate::exit::Unusable;
use crate::out;

/// Tells what is about to happen, and asks; anyone who is at no terminal has to have said `--yes`.
///
/// # Errors
///
/// Wrong usage when nobody can be asked.
pub(crate) fn agreed(what: &str, question: &str) -> Result<bool> {
    let stdin = std::io::stdin();
    if !stdin.is_terminal() {
        return Err(Unusable::described(format!(
            "{what}\nNobody can be asked here: there is no terminal. Add --yes to agree"
        )));
    }
    out::note(what);
    let mut stderr = std::io::stderr();
    write!(stderr, "{question} [y/N] ")?;
    stderr.flush()?;
    let mut line = String::new();
    stdin.lock().read_line(&mut line)?;
    Ok(matches!(line.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}
