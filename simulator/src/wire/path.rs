//! ARM paths: `/subscriptions/{s}/resourceGroups/{g}/providers/{namespace}/{type}/{name}...`, matched without regard to case.

/// The longest path that ARM is asked to read here; longer ones are refused as malformed.
const MAX_SEGMENTS: usize = 64;

/// A request path, cut at its last `providers` segment: what lies before is the scope, what follows names the resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ArmPath {
    /// Canonical scope id without a trailing slash; empty for the tenant.
    pub(crate) scope: String,
    /// The provider namespace as it was sent, when there is one.
    pub(crate) namespace: Option<String>,
    /// Type and name segments after the namespace, or after the scope when there is no namespace.
    pub(crate) rest: Vec<String>,
}

impl ArmPath {
    /// Reads a percent-encoded path; `None` when it holds undecodable text or far too many segments.
    pub(crate) fn parse(path: &str) -> Option<Self> {
        let segments: Vec<String> =
            path.split('/').filter(|segment| !segment.is_empty()).map(decoded).collect::<Option<_>>()?;
        if segments.len() > MAX_SEGMENTS {
            return None;
        }
        let cut = segments.iter().rposition(|segment| segment.eq_ignore_ascii_case("providers"));
        if let Some(at) = cut
            && let Some(namespace) = segments.get(at + 1)
        {
            let scope = canonical(segments.get(..at)?);
            let rest = segments.get(at + 2..).unwrap_or_default().to_vec();
            return Some(Self { scope, namespace: Some(namespace.clone()), rest });
        }
        let scope_length = scope_segments(&segments);
        let scope = canonical(segments.get(..scope_length)?);
        Some(Self { scope, namespace: None, rest: segments.get(scope_length..)?.to_vec() })
    }

    pub(crate) fn namespace_is(&self, name: &str) -> bool {
        self.namespace.as_deref().is_some_and(|namespace| namespace.eq_ignore_ascii_case(name))
    }

    /// Whether the path asks for a provider's registration instead of anything of its own.
    pub(crate) fn is_registration(&self) -> bool {
        let asked = self.rest.is_empty() || (self.rest.len() == 1 && self.is(0, "register"));
        self.namespace.is_some() && asked && self.group().is_none()
    }

    /// The subscription named by the scope, if any.
    pub(crate) fn subscription(&self) -> Option<&str> {
        subscription_of(&self.scope)
    }

    /// The resource group named by the scope, if any.
    pub(crate) fn group(&self) -> Option<&str> {
        group_of(&self.scope)
    }

    /// Segment `index` of the rest.
    pub(crate) fn segment(&self, index: usize) -> Option<&str> {
        self.rest.get(index).map(String::as_str)
    }

    /// Whether segment `index` of the rest is `word`, whatever its case.
    pub(crate) fn is(&self, index: usize, word: &str) -> bool {
        self.segment(index).is_some_and(|segment| segment.eq_ignore_ascii_case(word))
    }

    /// The id of the whole path with canonical keywords.
    pub(crate) fn id(&self) -> String {
        let mut id = self.scope.clone();
        if let Some(namespace) = &self.namespace {
            id.push_str("/providers/");
            id.push_str(namespace);
        }
        for segment in &self.rest {
            id.push('/');
            id.push_str(segment);
        }
        id
    }

    /// The resource type of the path: namespace and every second segment of the rest.
    pub(crate) fn resource_type(&self) -> String {
        let mut full = self.namespace.clone().unwrap_or_default();
        for segment in self.rest.iter().step_by(2) {
            full.push('/');
            full.push_str(segment);
        }
        full
    }
}

/// The key under which an id is stored: lower case, no trailing slash.
pub(crate) fn key(id: &str) -> String {
    id.trim_end_matches('/').to_ascii_lowercase()
}

/// The subscription id inside `id`.
pub(crate) fn subscription_of(id: &str) -> Option<&str> {
    after(id, "subscriptions")
}

/// The resource group name inside `id`.
pub(crate) fn group_of(id: &str) -> Option<&str> {
    after(id, "resourceGroups")
}

/// The id of the resource group that `id` lies in.
pub(crate) fn group_id_of(id: &str) -> Option<String> {
    Some(format!("/subscriptions/{}/resourceGroups/{}", subscription_of(id)?, group_of(id)?))
}

/// The last segment of `id`.
pub(crate) fn name_of(id: &str) -> &str {
    id.trim_end_matches('/').rsplit('/').next().unwrap_or_default()
}

/// Whether `id` is `scope` or lies below it, whatever the case. The tenant scope `/` holds everything.
pub(crate) fn within(id: &str, scope: &str) -> bool {
    let (id, scope) = (key(id), key(scope));
    id.strip_prefix(&scope).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn after<'a>(id: &'a str, keyword: &str) -> Option<&'a str> {
    let mut segments = id.split('/').filter(|segment| !segment.is_empty());
    segments.find(|segment| segment.eq_ignore_ascii_case(keyword))?;
    segments.next()
}

fn scope_segments(segments: &[String]) -> usize {
    let keyword =
        |index: usize, word: &str| segments.get(index).is_some_and(|found| found.eq_ignore_ascii_case(word));
    match (
        keyword(0, "subscriptions") && segments.len() > 1,
        keyword(2, "resourceGroups") && segments.len() > 3,
    ) {
        (true, true) => 4,
        (true, false) => 2,
        _ => 0,
    }
}

fn canonical(segments: &[String]) -> String {
    let mut id = String::new();
    for (index, segment) in segments.iter().enumerate() {
        id.push('/');
        id.push_str(match index {
            0 if segment.eq_ignore_ascii_case("subscriptions") => "subscriptions",
            2 if segment.eq_ignore_ascii_case("resourceGroups") => "resourceGroups",
            _ if segment.eq_ignore_ascii_case("providers") => "providers",
            _ => segment,
        });
    }
    id
}

/// `text` with its percent escapes resolved; `None` when they are broken or give no UTF-8.
pub(crate) fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let high = char::from(rest.next()?).to_digit(16)?;
            let low = char::from(rest.next()?).to_digit(16)?;
            bytes.push(u8::try_from(high * 16 + low).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keywords_are_read_whatever_their_case() {
        let path =
            ArmPath::parse("/SUBSCRIPTIONS/s1/resourcegroups/Rg/PROVIDERS/Microsoft.Compute/disks/d%201")
                .unwrap();
        assert_eq!(path.scope, "/subscriptions/s1/resourceGroups/Rg");
        assert_eq!((path.subscription(), path.group()), (Some("s1"), Some("Rg")));
        assert_eq!(path.id(), "/subscriptions/s1/resourceGroups/Rg/providers/Microsoft.Compute/disks/d 1");
        assert_eq!(path.resource_type(), "Microsoft.Compute/disks");
    }

    #[test]
    fn the_last_providers_segment_cuts_the_scope() {
        let path = ArmPath::parse(
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/disks/d/providers/Microsoft.Authorization/roleAssignments/x",
        )
        .unwrap();
        assert_eq!(path.scope, "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/disks/d");
        assert!(path.namespace_is("microsoft.authorization"));
        assert_eq!(path.rest, ["roleAssignments", "x"]);
    }

    #[test]
    fn a_path_without_provider_keeps_its_tail() {
        let path = ArmPath::parse("/subscriptions/s/resourceGroups/g/resources").unwrap();
        assert_eq!((path.scope.as_str(), path.rest.len()), ("/subscriptions/s/resourceGroups/g", 1));
        assert_eq!(ArmPath::parse("/subscriptions").unwrap().rest, ["subscriptions"]);
    }

    #[test]
    fn broken_escapes_are_no_path() {
        assert_eq!(ArmPath::parse("/subscriptions/%zz"), None);
        assert_eq!(ArmPath::parse("/subscriptions/%f"), None);
    }

    #[test]
    fn a_scope_holds_itself_and_what_lies_below() {
        assert!(within("/subscriptions/S/resourceGroups/g", "/subscriptions/s"));
        assert!(within("/subscriptions/s", "/"));
        assert!(!within("/subscriptions/s2", "/subscriptions/s"));
    }
}
