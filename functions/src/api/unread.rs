//! What an answer lacks, because a part of it could not be read: which part, why, and what to do.

use std::fmt;

use holdfast_protection::family::Family;
use holdfast_protection::observe::UnreadInstances;
use holdfast_protection::operations::UnreadOperation;
use holdfast_protection::ports::StorageError;
use serde::Serialize;
use utoipa::ToSchema;

use crate::problem::Problem;

/// What was read of several parts, and what could not be: one that is out of reach hides no other.
#[derive(Debug)]
pub(crate) struct Readable<T> {
    pub(crate) items: Vec<T>,
    pub(crate) unread: Vec<UnreadPart>,
    /// Whether a part could be read, if only to find nothing in it.
    is_any_read: bool,
}

/// A part that could not be read.
#[derive(Debug)]
pub(crate) struct UnreadPart {
    what: String,
    target: String,
    why: Problem,
}

/// Something that an answer lacks, because it could not be read.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Unread {
    /// What, in words, such as `the jobs of vault bv-1`.
    what: String,
    /// ARM id of what was asked for it, such as a vault; of documents of the ledger their path, or that of their
    /// folder.
    target: String,
    /// A stable word: Azure's own, where Azure refused.
    code: String,
    /// Why.
    message: String,
    /// What to do next; left out where the message says it.
    #[serde(skip_serializing_if = "String::is_empty")]
    way_out: String,
}

impl<T> Readable<T> {
    /// Nothing yet, but for what is lacking already.
    pub(crate) fn lacking(unread: Vec<UnreadPart>) -> Self {
        Self { items: Vec::new(), unread, is_any_read: false }
    }

    /// Takes what a part has, or why it could not be read.
    pub(crate) fn take(
        &mut self,
        what: impl Into<String>,
        target: impl fmt::Display,
        read: Result<impl IntoIterator<Item = T>, impl Into<Problem>>,
    ) {
        match read {
            Ok(found) => self.add(found),
            Err(why) => self.unread.push(UnreadPart::of(what, target, why)),
        }
    }

    /// Takes what a part has.
    pub(crate) fn add(&mut self, found: impl IntoIterator<Item = T>) {
        self.items.extend(found);
        self.is_any_read = true;
    }

    /// That; or the refusal where nothing at all could be read, which an empty list would hide.
    pub(crate) fn or_refused(self) -> Result<Self, Problem> {
        let Self { items, unread, is_any_read } = self;
        let mut unread = unread.into_iter();
        match unread.next() {
            Some(first) if !is_any_read => Err(first.why),
            first => Ok(Self { items, unread: first.into_iter().chain(unread).collect(), is_any_read }),
        }
    }
}

impl UnreadPart {
    /// A part, and why it could not be read.
    pub(crate) fn of(what: impl Into<String>, target: impl fmt::Display, why: impl Into<Problem>) -> Self {
        Self { what: what.into(), target: target.to_string(), why: why.into() }
    }

    /// The vaults of a family in a subscription, which could not be listed.
    pub(crate) fn of_vaults(family: Family, subscription: &str, why: impl Into<Problem>) -> Self {
        let what = format!("the {}s of subscription {subscription}", family.vault_noun());
        Self::of(what, format!("/subscriptions/{subscription}"), why)
    }

    /// A hold, by where it lies in the ledger.
    pub(crate) fn of_hold((path, why): (String, StorageError)) -> Self {
        Self::of(format!("the hold at `{path}` of the ledger"), path, why)
    }

    /// An operation, of which a document cannot be read.
    pub(crate) fn of_operation(UnreadOperation { id, why }: UnreadOperation) -> Self {
        Self::of(format!("operation {id}"), format!("operations/{id}/"), why)
    }

    /// What to do next; nothing where the problem's own words say it.
    fn way_out(&self) -> &'static str {
        match (self.why.code(), self.why.status().as_u16()) {
            ("Unauthenticated", _) => "",
            ("Unreadable", _) => "report it with this message",
            ("InternalError", _) => "leave the document as it is, and report it with this message",
            ("StorageUnavailable", _) => "ask again in a few minutes, and report it if it stays so",
            (_, 403) => {
                "give the function app's identity the roles that infra/README.md lists, on the scope that Azure names"
            }
            (_, 404) => "see whether it is still there: it may have been deleted a moment ago",
            (_, 408 | 429 | 500..) => {
                "ask again in a few minutes; if it stays so, see the health of Azure there"
            }
            _ => "",
        }
    }
}

/// What was read; none, and a note of it, where it could not be: what else is known is wanted most then.
pub(crate) fn or_note<T>(
    read: Result<T, impl Into<Problem>>,
    what: impl Into<String>,
    target: impl fmt::Display,
    unread: &mut Vec<UnreadPart>,
) -> Option<T> {
    read.map_err(|why| unread.push(UnreadPart::of(what, target, why))).ok()
}

impl fmt::Display for UnreadPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} could not be read: {}", self.what, self.why.message())?;
        match self.way_out() {
            "" => Ok(()),
            way_out => write!(f, "; {way_out}"),
        }
    }
}

impl From<UnreadInstances> for UnreadPart {
    fn from(UnreadInstances { what, target, why }: UnreadInstances) -> Self {
        Self::of(what, target, why)
    }
}

impl From<UnreadPart> for Unread {
    fn from(part: UnreadPart) -> Self {
        let (code, message) = (part.why.code().to_owned(), part.why.message().to_owned());
        Self { way_out: part.way_out().to_owned(), what: part.what, target: part.target, code, message }
    }
}

#[cfg(test)]
mod tests {
    use holdfast_protection::AzureError;

    use super::*;

    const VAULT: &str =
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.DataProtection/backupVaults/bv-1";

    fn refused() -> Result<Vec<u8>, Problem> {
        Err(Problem::forbidden("AuthorizationFailed", "may not read it"))
    }

    #[test]
    fn a_part_that_cannot_be_read_hides_no_other_and_is_named_with_what_to_do() {
        let mut found = Readable::lacking(Vec::new());
        found.take("the jobs of vault bv-1", VAULT, refused());
        found.take("the jobs of vault bv-2", "/x", Ok::<_, Problem>(vec![7]));
        let Readable { items, mut unread, .. } = found.or_refused().unwrap();
        assert_eq!((items.as_slice(), unread.len()), (&[7][..], 1));
        let part = unread.remove(0);
        let text = part.to_string();
        assert!(
            text.starts_with("the jobs of vault bv-1 could not be read: may not read it; give the"),
            "{text}"
        );
        let shown = serde_json::to_value(Unread::from(part)).unwrap();
        assert_eq!((&shown["target"], &shown["code"]), (&VAULT.into(), &"AuthorizationFailed".into()));
        assert!(shown["wayOut"].as_str().unwrap().contains("infra/README.md"), "{shown}");
    }

    #[test]
    fn where_nothing_could_be_read_the_answer_is_the_refusal_and_no_empty_list() {
        let mut found = Readable::lacking(vec![UnreadPart::of("the graph", VAULT, refused().unwrap_err())]);
        found.take("the jobs of vault bv-1", VAULT, refused());
        assert_eq!(found.or_refused().unwrap_err().code(), "AuthorizationFailed");
        let mut found = Readable::lacking(Vec::new());
        found.take("the jobs of vault bv-1", VAULT, refused());
        found.take("the jobs of vault bv-2", VAULT, Ok::<_, Problem>(Vec::new()));
        assert!(found.or_refused().is_ok(), "there is nothing in one of them");
    }

    #[test]
    fn what_to_do_is_told_once() {
        let unknown =
            AzureError::Unauthenticated { action: "list them".to_owned(), detail: "no token".to_owned() };
        let text = UnreadPart::of("they", VAULT, unknown).to_string();
        assert!(text.ends_with("who is signed in here"), "{text}");
        let down = AzureError::Unavailable {
            action: "list them".to_owned(),
            detail: "503".to_owned(),
            retry_after: None,
        };
        assert!(UnreadPart::of("they", VAULT, down).to_string().contains("ask again in a few minutes"));
    }
}
