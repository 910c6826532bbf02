//! People and pipelines that sign through sigstore: who issued the identity, and what it is called.

use std::str::FromStr;

use jiff::Timestamp;

/// A subject such as `https://github.com/contoso/rules/.github/workflows/release.yml@refs/tags/*`:
/// `*` stands for any text within one segment, `**` for any text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubjectPattern {
    text: String,
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    WithinSegment,
    Any,
}

/// The pattern fits everybody, or nobody.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` would fit everybody; state who may sign, with `*` only for the parts that vary")]
pub struct PatternError(String);

impl FromStr for SubjectPattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        if text.chars().all(|character| character == '*') {
            return Err(PatternError(text.to_owned()));
        }
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(star) = rest.find('*') {
            let (before, after) = rest.split_at(star);
            if !before.is_empty() {
                pieces.push(Piece::Text(before.to_owned()));
            }
            let (piece, stars) =
                if after.starts_with("**") { (Piece::Any, 2) } else { (Piece::WithinSegment, 1) };
            pieces.push(piece);
            rest = after.get(stars..).unwrap_or_default();
        }
        if !rest.is_empty() {
            pieces.push(Piece::Text(rest.to_owned()));
        }
        Ok(Self { text: text.to_owned(), pieces })
    }
}

impl SubjectPattern {
    /// Whether the whole of `subject` fits.
    pub fn fits(&self, subject: &str) -> bool {
        // Which ends of a prefix the pieces so far can explain: linear in both, whatever the stars.
        let mut reached = vec![false; subject.len() + 1];
        reached.first_mut().into_iter().for_each(|start| *start = true);
        for piece in &self.pieces {
            reached = step(piece, subject.as_bytes(), &reached);
        }
        reached.last().copied().unwrap_or(false)
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

fn step(piece: &Piece, subject: &[u8], reached: &[bool]) -> Vec<bool> {
    let mut next = vec![false; reached.len()];
    let mut open = false;
    for (index, here) in reached.iter().enumerate() {
        match piece {
            Piece::Text(text) => {
                let rest = subject.get(index..).unwrap_or_default();
                if *here && rest.starts_with(text.as_bytes()) {
                    next.get_mut(index + text.len()).into_iter().for_each(|end| *end = true);
                }
            }
            Piece::WithinSegment | Piece::Any => {
                let crossed = index.checked_sub(1).and_then(|before| subject.get(before)) == Some(&b'/');
                open = *here || (open && !(crossed && *piece == Piece::WithinSegment));
                next.get_mut(index).into_iter().for_each(|end| *end = open);
            }
        }
    }
    next
}

/// An identity that may vouch.
#[derive(Debug, Clone)]
pub(super) struct Identity {
    pub(super) name: String,
    pub(super) issuer: String,
    pub(super) subject: SubjectPattern,
    pub(super) not_before: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(pattern: &str, subject: &str) -> bool {
        pattern.parse::<SubjectPattern>().unwrap().fits(subject)
    }

    #[test]
    fn a_star_stays_within_its_segment() {
        let release = "https://github.com/contoso/rules/.github/workflows/release.yml@refs/tags/*";
        let tag = "https://github.com/contoso/rules/.github/workflows/release.yml@refs/tags/v1.2.0";
        assert!(fits(release, tag));
        assert!(fits(tag, tag));
        assert!(!fits(release, &format!("{tag}/more")));
        assert!(!fits(release, &tag.replace("tags", "heads")));
        assert!(!fits("https://github.com/contoso/*", "https://github.com/contoso/rules/x"));
        assert!(fits("https://github.com/contoso/**", "https://github.com/contoso/rules/x"));
        assert!(fits("*@contoso.com", "ann@contoso.com"));
        assert!(!fits("*@contoso.com", "ann@contoso.com.evil"));
        assert!(!fits("*@contoso.com", "https://evil/@contoso.com"));
        assert!(fits("a*b*c", "aXbYbZc"));
        assert!(!fits("a*b*c", "aXc"));
    }

    #[test]
    fn a_pattern_for_everybody_is_refused() {
        for text in ["", "*", "**", "***"] {
            assert!(text.parse::<SubjectPattern>().is_err(), "{text}");
        }
    }

    #[test]
    fn many_stars_take_no_time() {
        assert!(!fits(&"a*".repeat(500), &"a".repeat(2_000).replace("aa", "ab")[..1_001].replace('a', "c")));
    }
}
