//! ARM ids: parsed once at the edge, compared without case.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize, Serializer};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

/// The id of a subscription, a resource group or a resource.
///
/// Azure alternates the casing of ids between calls and even within one event,
/// so equality and hashing ignore it; [`fmt::Display`] gives the text as it came.
///
/// A clone costs nothing: ids travel with everything.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub struct ResourceId(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    text: String,
    subscription: String,
    resource_group: Option<String>,
    resource_type: String,
    name: String,
    /// Byte length of the parent's id.
    parent: usize,
}

impl PartialSchema for ResourceId {
    fn schema() -> RefOr<Schema> {
        let text = ObjectBuilder::new().schema_type(Type::String);
        let text = text.description(Some("ARM id; case is of no importance"));
        text.pattern(Some(r"^/[^/]+/[^/]+(/[^/]+)*$")).max_length(Some(LONGEST)).into()
    }
}

impl ToSchema for ResourceId {}

/// A text that is not an ARM id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is not an ARM id: {problem}; expected /subscriptions/<id>/resourceGroups/<group>/providers/<namespace>/<type>/<name>"
)]
pub struct ResourceIdError {
    text: String,
    problem: &'static str,
}

/// The ledger keeps documents under the id, and a blob's name has at most 1,024 characters.
const LONGEST: usize = 900;

impl ResourceId {
    /// The id of a resource group.
    pub fn resource_group_of(subscription: &str, group: &str) -> Result<Self, ResourceIdError> {
        format!("/subscriptions/{subscription}/resourceGroups/{group}").parse()
    }

    /// The id of a child, such as a policy of a vault.
    pub fn child(&self, kind: &str, name: &str) -> Result<Self, ResourceIdError> {
        format!("{}/{kind}/{name}", self.0.text).parse()
    }

    /// The text as it came, without surrounding blanks.
    pub fn as_str(&self) -> &str {
        &self.0.text
    }

    /// The form for comparing and for paths: lower case.
    pub fn key(&self) -> String {
        self.0.text.to_ascii_lowercase()
    }

    /// The subscription id.
    pub fn subscription(&self) -> &str {
        &self.0.subscription
    }

    /// The resource group's name, unless this is a subscription or lies outside groups.
    pub fn resource_group(&self) -> Option<&str> {
        self.0.resource_group.as_deref()
    }

    /// The id of the resource group.
    pub fn resource_group_id(&self) -> Option<ResourceId> {
        let group = self.resource_group()?;
        Self::resource_group_of(self.subscription(), group).ok()
    }

    /// The id of the subscription.
    pub fn subscription_id(&self) -> String {
        format!("/subscriptions/{}", self.0.subscription)
    }

    /// Namespace and type, such as `Microsoft.Compute/disks`, as the id spells them.
    pub fn resource_type(&self) -> &str {
        &self.0.resource_type
    }

    /// The last segment.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Whether a rule that names a resource, by its name or ARM id, means this one.
    pub fn is_called(&self, name: &str) -> bool {
        self.name().eq_ignore_ascii_case(name) || self.as_str().eq_ignore_ascii_case(name)
    }

    /// The resource that this one extends or belongs to.
    pub fn parent(&self) -> Option<ResourceId> {
        self.0.text.get(..self.0.parent)?.parse().ok()
    }

    /// Whether this is `scope` itself or lies below it.
    pub fn is_within(&self, scope: &str) -> bool {
        let scope = scope.trim_end_matches('/').to_ascii_lowercase();
        let key = self.key();
        key.strip_prefix(&scope).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

impl FromStr for ResourceId {
    type Err = ResourceIdError;

    fn from_str(raw: &str) -> Result<Self, Self::Err> {
        let fail = |problem| ResourceIdError { text: raw.chars().take(200).collect(), problem };
        if raw.len() > LONGEST {
            return Err(fail("longer than 900 characters"));
        }
        // CloudEvents examples of Event Grid carry stray blanks beside the slashes.
        let segments: Vec<&str> = raw.trim().trim_end_matches('/').split('/').map(str::trim).collect();
        let Some((&"", segments)) = segments.split_first() else {
            return Err(fail("it does not start with a slash"));
        };
        if segments.iter().any(|segment| segment.is_empty() || !segment.chars().all(legal)) {
            return Err(fail("a segment is empty or has an illegal character"));
        }
        // A URL would resolve these, and the call would go elsewhere.
        if segments.iter().any(|segment| matches!(*segment, "." | "..")) {
            return Err(fail("a segment is `.` or `..`"));
        }
        Ok(Self(Arc::new(parse_parts(segments).map_err(fail)?)))
    }
}

fn legal(character: char) -> bool {
    !character.is_control() && !matches!(character, '?' | '#' | '%' | '\\' | '<' | '>' | '"')
}

fn parse_parts(segments: &[&str]) -> Result<Parts, &'static str> {
    let (subscription, rest) = match segments {
        [word, id, rest @ ..] if word.eq_ignore_ascii_case("subscriptions") => (*id, rest),
        _ => return Err("it does not start with /subscriptions/<id>"),
    };
    let (resource_group, rest) = match rest {
        [word, group, rest @ ..] if word.eq_ignore_ascii_case("resourceGroups") => (Some(*group), rest),
        rest => (None, rest),
    };
    let provider = rest.iter().rposition(|segment| segment.eq_ignore_ascii_case("providers"));
    let (resource_type, name, last) = match provider.map(|at| rest.split_at(at).1) {
        Some([_, namespace, types_and_names @ ..]) if !types_and_names.is_empty() => {
            let (types, names): (Vec<_>, Vec<_>) =
                types_and_names.chunks(2).map(|pair| (pair.first(), pair.get(1))).unzip();
            let Some(Some(name)) = names.last() else { return Err("its last type has no name") };
            let types: Vec<&str> = types.into_iter().flatten().copied().collect();
            let last = if types.len() > 1 { 2 } else { 4 };
            (format!("{namespace}/{}", types.join("/")), **name, last)
        }
        Some(_) => return Err("its provider names no type"),
        None if !rest.is_empty() => {
            return Err("it has neither a resource group nor a provider where one belongs");
        }
        None => match resource_group {
            Some(group) => ("Microsoft.Resources/resourceGroups".to_owned(), group, 2),
            None => ("Microsoft.Resources/subscriptions".to_owned(), subscription, 2),
        },
    };
    let kept = segments.len().saturating_sub(last);
    let parent = segments.iter().take(kept).map(|segment| segment.len() + 1).sum();
    Ok(Parts {
        text: format!("/{}", segments.join("/")),
        subscription: subscription.to_owned(),
        resource_group: resource_group.map(str::to_owned),
        resource_type,
        name: name.to_owned(),
        parent,
    })
}

impl fmt::Display for ResourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.text)
    }
}

impl PartialEq for ResourceId {
    fn eq(&self, other: &Self) -> bool {
        self.0.text.eq_ignore_ascii_case(&other.0.text)
    }
}

impl Eq for ResourceId {}

impl Hash for ResourceId {
    fn hash<H: Hasher>(&self, state: &mut H) {
        for byte in self.0.text.bytes() {
            state.write_u8(byte.to_ascii_lowercase());
        }
        // Where it ends, as for any text.
        state.write_u8(0xff);
    }
}

impl TryFrom<String> for ResourceId {
    type Error = ResourceIdError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl Serialize for ResourceId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DISK: &str = "/subscriptions/s-1/resourcegroups/rg-app/providers/Microsoft.Compute/disks/data-0";

    #[test]
    fn a_resource_is_taken_apart() {
        let id: ResourceId = DISK.parse().unwrap();
        assert_eq!((id.subscription(), id.resource_group()), ("s-1", Some("rg-app")));
        assert_eq!((id.resource_type(), id.name()), ("Microsoft.Compute/disks", "data-0"));
        assert_eq!(id.parent().unwrap().as_str(), "/subscriptions/s-1/resourcegroups/rg-app");
    }

    #[test]
    fn casing_and_blanks_do_not_make_another_resource() {
        let id: ResourceId = DISK.parse().unwrap();
        let same: ResourceId =
            DISK.to_uppercase().replace("/RESOURCEGROUPS", " /resourceGroups").parse().unwrap();
        assert_eq!(id, same);
    }

    #[test]
    fn extensions_and_children_know_their_parent() {
        let tags: ResourceId = format!("{DISK}/providers/Microsoft.Resources/tags/default").parse().unwrap();
        assert_eq!(tags.resource_type(), "Microsoft.Resources/tags");
        assert_eq!(tags.parent().unwrap().as_str(), DISK);
        let child: ResourceId = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a/blobServices/default".parse().unwrap();
        assert_eq!(child.resource_type(), "Microsoft.Storage/storageAccounts/blobServices");
        assert_eq!(child.parent().unwrap().name(), "a");
    }

    #[test]
    fn scopes_hold_what_lies_below_them() {
        let id: ResourceId = DISK.parse().unwrap();
        assert!(id.is_within("/subscriptions/S-1"));
        assert!(id.is_within("/subscriptions/s-1/resourceGroups/RG-APP"));
        assert!(!id.is_within("/subscriptions/s-1/resourceGroups/rg"));
        assert!(id.is_within("/"));
    }

    #[test]
    fn what_is_no_id_is_refused_with_its_problem() {
        for (text, problem) in [
            ("", "/subscriptions"),
            ("disk-1", "slash"),
            ("/resourceGroups/x", "/subscriptions/<id>"),
            ("/subscriptions/s/providers/Microsoft.Compute", "names no type"),
            ("/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/disks", "no name"),
            ("/subscriptions/s//resourceGroups/g", "empty"),
            ("/subscriptions/s/resourceGroups/../providers/a/b/c", "`..`"),
            ("/subscriptions/s/resourceGroups/g/providers/a/b/c?x=1", "illegal"),
        ] {
            let error = text.parse::<ResourceId>().unwrap_err().to_string();
            assert!(error.contains(problem), "{text}: {error}");
        }
    }
}
