//! Errors as programs read them: the API's envelope, no matter who refuses.

use std::fmt;

use serde_json::{Value, json};

use crate::client::{Refused, Unreached};
use crate::exit::Unusable;

/// An error of a command that has a code of its own.
#[derive(Debug)]
pub(crate) struct Coded {
    code: &'static str,
    message: String,
}

impl Coded {
    /// An error with this code, in these words.
    pub(crate) fn described(code: &'static str, message: impl Into<String>) -> anyhow::Error {
        anyhow::Error::new(Self { code, message: message.into() })
    }
}

impl fmt::Display for Coded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Coded {}

/// The error in the API's envelope: as the function app gave it, or with a code of the command.
pub(crate) fn envelope(error: &anyhow::Error) -> Value {
    if let Some(refused) = error.downcast_ref::<Refused>() {
        return json!({ "error": refused.body });
    }
    let code = if let Some(Coded { code, .. }) = error.downcast_ref() {
        code
    } else if error.is::<Unusable>() {
        "WrongUsage"
    } else if error.is::<Unreached>() {
        "NotReached"
    } else {
        "CommandFailed"
    };
    with_code(code, &format!("{error:#}"))
}

/// An envelope with this code and message.
pub(crate) fn with_code(code: &str, message: &str) -> Value {
    json!({ "error": { "code": code, "message": message } })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_has_a_code_whatever_was_said_about_it() {
        for (error, code) in [
            (Coded::described("NameNotFound", "x"), "NameNotFound"),
            (Unusable::described("x"), "WrongUsage"),
            (anyhow::anyhow!("x"), "CommandFailed"),
        ] {
            let envelope = envelope(&error.context("while doing y"));
            assert_eq!(envelope["error"]["code"], code);
            assert_eq!(envelope["error"]["message"], "while doing y: x");
        }
    }
}
