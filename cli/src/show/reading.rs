//! What is made of answers where not all can be read.

use anyhow::Result;

use crate::client::Refused;

/// Adds what is not said yet: answers overlap.
pub(super) fn note(lines: Vec<String>, unread: &mut Vec<String>) {
    for line in lines {
        if !unread.contains(&line) {
            unread.push(line);
        }
    }
}

/// What was read; none, and a word about it, where the function app or Azure refuses: a vault may be out of reach, and
/// what is known besides is wanted most then.
pub(super) fn or_say<T>(read: Result<T>, what: &str, unread: &mut Vec<String>) -> Result<Option<T>> {
    match read {
        Ok(read) => Ok(Some(read)),
        Err(error) => match error.downcast_ref::<Refused>().map(Refused::way_out) {
            Some(way_out) => {
                let why = format!("{error:#}").replace('\n', ";");
                let way_out = if way_out.is_empty() { String::new() } else { format!("; {way_out}") };
                unread.push(format!("{what} could not be read: {why}{way_out}"));
                Ok(None)
            }
            None => Err(error),
        },
    }
}

/// None where the function app says that there is nothing of the kind.
pub(super) fn or_absent<T>(answer: Result<T>) -> Result<Option<T>> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(error) => match error.downcast_ref::<Refused>() {
            Some(refused) if refused.is_absence() => Ok(None),
            _ => Err(error),
        },
    }
}

#[test]
fn a_refusal_costs_the_part_that_was_refused() {
    let mut unread = Vec::new();
    assert!(matches!(or_say(Ok(1), "x", &mut unread), Ok(Some(1))) && unread.is_empty());
    assert!(or_say::<u8>(Err(anyhow::anyhow!("no answer")), "x", &mut unread).is_err());
}
