//! Words of the query language.

/// A piece of a query.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Token {
    /// A name or keyword.
    Word(String),
    Text(String),
    Number(f64),
    /// Punctuation and operators, such as `=~` or `|`.
    Sign(&'static str),
}

/// Longer signs first, so that `==` is not read as two `=`.
const SIGNS: [&str; 21] = [
    "=~", "!~", "==", "!=", "<=", ">=", "<", ">", "=", "|", "(", ")", "[", "]", ",", ".", "+", "-", "*", "/",
    "%",
];

/// Cuts `query` into tokens; the error names the place that fits nothing.
pub(crate) fn tokens(query: &str) -> Result<Vec<Token>, String> {
    let mut found = Vec::new();
    let mut rest = query;
    loop {
        rest = rest.trim_start();
        if let Some(comment) = rest.strip_prefix("//") {
            rest = comment.split_once('\n').map_or("", |(_, after)| after);
            continue;
        }
        let Some(first) = rest.chars().next() else { return Ok(found) };
        let (token, after) = match first {
            '\'' | '"' => text(rest, first)?,
            '@' if rest.starts_with("@'") || rest.starts_with("@\"") => verbatim(rest)?,
            _ if first.is_ascii_digit() => number(rest)?,
            _ if first.is_alphabetic() || matches!(first, '_' | '$') => word(rest),
            _ => sign(rest)?,
        };
        found.push(token);
        rest = after;
    }
}

fn word(rest: &str) -> (Token, &str) {
    let end = rest
        .find(|character: char| !(character.is_alphanumeric() || matches!(character, '_' | '$')))
        .unwrap_or(rest.len());
    let (word, after) = rest.split_at(end);
    // `!in` and `!has` are signs glued to words and handled with the sign `!`; `in~` and `has_any` are words.
    match after.strip_prefix('~') {
        Some(after) if word.eq_ignore_ascii_case("in") => (Token::Word("in~".into()), after),
        _ => (Token::Word(word.to_owned()), after),
    }
}

fn number(rest: &str) -> Result<(Token, &str), String> {
    let end =
        rest.find(|character: char| !(character.is_ascii_digit() || character == '.')).unwrap_or(rest.len());
    let (digits, after) = rest.split_at(end);
    digits
        .parse()
        .map(|number| (Token::Number(number), after))
        .map_err(|_| format!("'{digits}' is no number"))
}

fn text(rest: &str, quote: char) -> Result<(Token, &str), String> {
    let mut content = String::new();
    let mut characters = rest.char_indices().skip(1);
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => content.extend(characters.next().map(|(_, escaped)| unescaped(escaped))),
            _ if character == quote => {
                let after = rest.get(at + character.len_utf8()..).unwrap_or_default();
                return Ok((Token::Text(content), after));
            }
            _ => content.push(character),
        }
    }
    Err(format!("a text is not closed: {}", shortened(rest)))
}

fn unescaped(character: char) -> char {
    match character {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        other => other,
    }
}

fn verbatim(rest: &str) -> Result<(Token, &str), String> {
    let quote = rest.chars().nth(1).unwrap_or('\'');
    let body = rest.get(2..).unwrap_or_default();
    let (content, after) =
        body.split_once(quote).ok_or_else(|| format!("a text is not closed: {}", shortened(rest)))?;
    Ok((Token::Text(content.to_owned()), after))
}

fn sign(rest: &str) -> Result<(Token, &str), String> {
    if let Some(sign) = SIGNS.into_iter().find(|sign| rest.starts_with(sign)) {
        return Ok((Token::Sign(sign), rest.get(sign.len()..).unwrap_or_default()));
    }
    if let Some(after) = rest.strip_prefix('!') {
        let (Token::Word(word), after) = word(after) else {
            return Err(format!("unexpected text at: {}", shortened(rest)));
        };
        return Ok((Token::Word(format!("!{word}")), after));
    }
    Err(format!("unexpected text at: {}", shortened(rest)))
}

fn shortened(text: &str) -> String {
    text.chars().take(24).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_texts_and_signs_are_told_apart() {
        let found =
            tokens("Resources | where type =~ 'a\\'b' and name !in~ (\"x\") // note\n| take 5").unwrap();
        assert_eq!(found.first(), Some(&Token::Word("Resources".into())));
        assert!(found.contains(&Token::Text("a'b".into())));
        assert!(found.contains(&Token::Word("!in~".into())));
        assert_eq!(found.last(), Some(&Token::Number(5.0)));
        assert!(tokens("where a == 'open").unwrap_err().contains("not closed"));
        assert!(tokens("where a # b").unwrap_err().contains("# b"));
    }
}
