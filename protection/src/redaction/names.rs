//! Names of properties, settings and tags that say that a value is a secret, whatever the type of the resource.

/// With what such a name ends, in lower case and without what separates words.
const ENDINGS: [&str; 27] = [
    "password",
    "passwd",
    "pwd",
    "passphrase",
    "secret",
    "connectionstring",
    "connectionstrings",
    "accesskey",
    "accesskeys",
    "accountkey",
    "accountkeys",
    "apikey",
    "masterkey",
    "primarykey",
    "privatekey",
    "secondarykey",
    "secretkey",
    "sharedkey",
    "storagekey",
    "accesstoken",
    "bearertoken",
    "refreshtoken",
    "sastoken",
    "sasuri",
    "sasurl",
    "protectedsettings",
    "securevalue",
];

/// Names that say so only as a whole: more words before them make them something else.
const WHOLE: [&str; 4] = ["customdata", "sas", "token", "userdata"];

/// Tags that Holdfast itself reads: they name secrets in key vaults, and hold none.
const OURS: &str = "holdfast-";

/// The words of both lists.
#[cfg(test)]
pub(super) fn words() -> impl Iterator<Item = &'static str> {
    ENDINGS.into_iter().chain(WHOLE)
}

/// Whether a value of this name is a secret.
pub(super) fn is_secret(name: &str) -> bool {
    may_be(name)
        && !name.get(..OURS.len()).is_some_and(|start| start.eq_ignore_ascii_case(OURS))
        && (ENDINGS.iter().any(|ending| before(name, ending).is_some())
            || WHOLE.iter().any(|whole| before(name, whole) == Some(0)))
}

/// How many letters and digits a name has before this ending, if it ends like that.
fn before(name: &str, ending: &str) -> Option<usize> {
    let mut letters = letters_from_the_end(name);
    let is_ending = ending.bytes().rev().all(|letter| letters.next() == Some(letter));
    is_ending.then(|| letters.count())
}

fn letters_from_the_end(name: &str) -> impl Iterator<Item = u8> {
    name.bytes().rev().filter(u8::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase())
}

/// The last two letters tell nearly all other names apart, and every property of every resource is asked about.
fn may_be(name: &str) -> bool {
    let mut letters = letters_from_the_end(name);
    let (last, before) = (letters.next(), letters.next());
    matches!(
        (before, last),
        (Some(b'r' | b'w'), Some(b'd'))
            | (Some(b's' | b'u'), Some(b'e'))
            | (Some(b'e'), Some(b't' | b'y' | b'n'))
            | (Some(b'n'), Some(b'g'))
            | (Some(b'g' | b'y' | b'a'), Some(b's'))
            | (Some(b'r'), Some(b'i' | b'l'))
            | (Some(b't'), Some(b'a'))
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_of_the_lists_is_passed_over() {
        for name in ENDINGS.iter().chain(&WHOLE) {
            assert!(is_secret(name) && is_secret(&name.to_uppercase()), "{name}");
        }
        assert!(ENDINGS.iter().all(|ending| is_secret(&format!("app_{ending}"))));
    }

    #[test]
    fn a_name_is_read_whatever_its_spelling() {
        for name in
            ["adminPassword", "DB_PASSWORD", "db-pwd", "ConnectionStrings", "connection-string", "api.key"]
        {
            assert!(is_secret(name), "{name}");
        }
        let others = [
            "passwordAuth",
            "publicKey",
            "keyName",
            "secretName",
            "secretUrl",
            "myUserData",
            "continuationToken",
        ];
        for name in others.into_iter().chain(["", "key", "holdfast-secret", "disablePasswordAuthentication"])
        {
            assert!(!is_secret(name), "{name}");
        }
    }
}
