//! Errors and their causes in words that may be logged and shown.

/// An error and its causes in one line, each said once.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    without_queries(&text)
}

/// Takes the queries out of URLs: those of operations carry signatures, which belong in no log and no answer.
fn without_queries(text: &str) -> String {
    let cut = |word: &str| match (word.contains("://"), word.split_once('?')) {
        (true, Some((address, query))) => format!(
            "{address}{}",
            query.split_once(')').map(|(_, rest)| format!("){rest}")).unwrap_or_default()
        ),
        _ => word.to_owned(),
    };
    text.split(' ').map(cut).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_signature_in_a_url_is_not_told() {
        let described =
            super::without_queries("error sending request for url (https://a.b/c?t=1&s=SECRET): refused?");
        assert_eq!(described, "error sending request for url (https://a.b/c): refused?");
    }
}
