//! What a registry asks for when it answers 401: `WWW-Authenticate`.

/// How to show who we are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Challenge {
    /// User and password with each call.
    Basic,
    /// A token, from the server at `realm`.
    Bearer { realm: String, service: Option<String>, scope: Option<String> },
}

impl Challenge {
    /// Reads one header value; none if its scheme is unknown or it names no realm.
    pub(super) fn parse(header: &str) -> Option<Self> {
        let (scheme, rest) = header.trim().split_once(' ').unwrap_or((header.trim(), ""));
        if scheme.eq_ignore_ascii_case("basic") {
            return Some(Self::Basic);
        }
        if !scheme.eq_ignore_ascii_case("bearer") {
            return None;
        }
        let parameters = parameters(rest);
        let get = |wanted: &str| {
            parameters.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, v)| v.clone())
        };
        Some(Self::Bearer { realm: get("realm")?, service: get("service"), scope: get("scope") })
    }
}

/// `name="value"` pairs with commas between; commas and `\"` may stand within quotes.
fn parameters(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while let Some((name, after)) = rest.split_once('=') {
        let (value, after) = match after.strip_prefix('"') {
            Some(quoted) => unquoted(quoted),
            None => {
                let (value, after) = after.split_once(',').unwrap_or((after, ""));
                (value.trim().to_owned(), after)
            }
        };
        found.push((name.trim().to_owned(), value));
        rest = after.trim_start_matches([',', ' ', '\t']);
    }
    found
}

fn unquoted(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((index, character)) = characters.next() {
        match character {
            '"' => return (value, text.get(index + 1..).unwrap_or_default()),
            '\\' => value.extend(characters.next().map(|(_, escaped)| escaped)),
            other => value.push(other),
        }
    }
    (value, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_schemes_are_read() {
        assert_eq!(Challenge::parse("Basic realm=\"registry\""), Some(Challenge::Basic));
        let header =
            r#"Bearer realm="https://auth.contoso.com/token",service="reg",scope="repository:a:pull,push""#;
        let expected = Challenge::Bearer {
            realm: "https://auth.contoso.com/token".to_owned(),
            service: Some("reg".to_owned()),
            scope: Some("repository:a:pull,push".to_owned()),
        };
        assert_eq!(Challenge::parse(header), Some(expected));
        let loose = Challenge::parse(r#"bearer Realm=https://a/t , service="a \"b\"""#);
        let expected = Challenge::Bearer {
            realm: "https://a/t".to_owned(),
            service: Some("a \"b\"".to_owned()),
            scope: None,
        };
        assert_eq!(loose, Some(expected));
    }

    #[test]
    fn nonsense_is_none() {
        for header in ["", "Negotiate", "Bearer", "Bearer realm", "Bearer service=\"x", "="] {
            assert_eq!(Challenge::parse(header), None, "{header}");
        }
    }
}
