//! Comparing texts the way Azure Policy does: without case.

/// Whether two texts are equal but for case.
pub(crate) fn equal(one: &str, other: &str) -> bool {
    if one.is_ascii() && other.is_ascii() {
        return one.eq_ignore_ascii_case(other);
    }
    folded(one).eq(folded(other))
}

/// Whether `text` holds `part`, which is given [`fold`]ed.
pub(crate) fn holds(text: &str, part: &str) -> bool {
    if !text.is_ascii() {
        return fold(text).contains(part);
    }
    let (text, part) = (text.as_bytes(), part.as_bytes());
    part.is_empty() || text.windows(part.len()).any(|window| window.eq_ignore_ascii_case(part))
}

/// Lower case, letter by letter.
pub(crate) fn fold(text: &str) -> String {
    if text.is_ascii() { text.to_ascii_lowercase() } else { folded(text).collect() }
}

fn folded(text: &str) -> impl Iterator<Item = char> {
    text.chars().flat_map(char::to_lowercase)
}

/// A text in which `*` stands for any number of characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pattern {
    /// What stands between the wildcards, folded; one more than there are wildcards.
    parts: Vec<String>,
}

impl Pattern {
    pub(crate) fn new(text: &str) -> Self {
        Self { parts: text.split('*').map(fold).collect() }
    }

    /// Whether it accepts every text.
    pub(crate) fn accepts_all(&self) -> bool {
        self.parts.len() > 1 && self.parts.iter().all(String::is_empty)
    }

    /// Whether it accepts a text that is given [`fold`]ed.
    pub(crate) fn matches(&self, text: &str) -> bool {
        let Some((first, rest)) = self.parts.split_first() else { return false };
        let Some((last, middle)) = rest.split_last() else { return text == first };
        let Some(mut remaining) = text.strip_prefix(first.as_str()) else { return false };
        for part in middle {
            let Some((_, after)) = remaining.split_once(part.as_str()) else { return false };
            remaining = after;
        }
        remaining.ends_with(last.as_str())
    }
}

/// Whether an ARM id is that of `scope`, which ends without a slash, or of something below it.
pub(crate) fn is_under(id: &str, scope: &str) -> bool {
    let is_end = |rest: &str| rest.is_empty() || rest.starts_with('/');
    if !id.is_ascii() || !scope.is_ascii() {
        return fold(id).strip_prefix(&fold(scope)).is_some_and(is_end);
    }
    let Some((head, rest)) = id.split_at_checked(scope.len()) else { return false };
    is_end(rest) && head.eq_ignore_ascii_case(scope)
}

/// A region without blanks, in lower case: Azure writes `West Europe` and `westeurope` alike.
pub(crate) fn region(text: &str) -> String {
    fold(text).replace(' ', "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_never_counts() {
        assert!(equal("Prod", "pROD"));
        assert!(equal("Größe", "GRÖSSE".replace("SS", "ß").as_str()));
        assert!(!equal("prod", "prod "));
        assert!(holds("/subscriptions/x/resourceGroups/Databricks-RG-7", "/resourcegroups/databricks-rg-"));
        assert!(!holds("abc", "abcd"));
        assert!(holds("abc", ""));
        assert!(holds("ÉCOLE", "école"));
    }

    #[test]
    fn a_star_stands_for_any_number_of_characters() {
        for (pattern, text, expected) in [
            ("14.04*LTS", "14.04.5-lts", true),
            ("14.04*LTS", "14.04LTS", true),
            ("14.04*LTS", "14.04-LTS-x", false),
            ("*-WS2019", "SQL2019-ws2019", true),
            ("*-WS2019", "SQL2019-ws2019-byol", false),
            ("7*", "7", true),
            ("7*", "17", false),
            ("*ubuntu*", "0001-com-Ubuntu-server", true),
            ("a*a", "a", false),
            ("*a*a*", "a", false),
            ("plain", "PLAIN", true),
            ("*", "", true),
        ] {
            assert_eq!(Pattern::new(pattern).matches(&fold(text)), expected, "{pattern} on {text}");
        }
        assert!(Pattern::new("*").accepts_all());
        assert!(!Pattern::new("").accepts_all());
    }

    #[test]
    fn a_scope_ends_at_a_segment() {
        let id = "/subscriptions/S/resourceGroups/rg-shop/providers/Microsoft.Compute/disks/one";
        assert!(is_under(id, "/subscriptions/s"));
        assert!(is_under(id, "/subscriptions/s/resourcegroups/RG-shop"));
        assert!(is_under(id, id));
        assert!(!is_under(id, "/subscriptions/s/resourceGroups/rg"));
        assert!(!is_under("/subscriptions/s", id));
        assert!(is_under("/subscriptions/s/resourceGroups/Größe/x", "/subscriptions/s/resourcegroups/grÖße"));
        assert!(!is_under("/subscriptions/s/resourceGroups/Größe2", "/subscriptions/s/resourcegroups/größe"));
    }
}
