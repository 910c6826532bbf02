//! What of a call its quotas depend on.

use azure_core::http::headers::Headers;
use azure_core::http::{Method, Url};
use holdfast_protection::family::Family;

/// How Azure Resource Manager counts a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Reads,
    Writes,
    Deletes,
}

impl Kind {
    /// Bucket size and refill per second that Azure documents for subscriptions and tenants alike.
    pub(super) fn documented(self) -> (f64, f64) {
        match self {
            Self::Reads => (250.0, 25.0),
            Self::Writes | Self::Deletes => (200.0, 10.0),
        }
    }

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Reads => "reads",
            Self::Writes => "writes",
            Self::Deletes => "deletes",
        }
    }
}

/// A class of calls that share their quotas.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(in crate::arm) struct Call {
    /// Lower-case subscription id; none for calls at the tenant.
    pub(super) subscription: Option<String>,
    pub(super) kind: Kind,
    /// Lower-case namespace of the resource provider that answers.
    pub(super) provider: String,
}

impl Call {
    pub(in crate::arm) fn new(method: Method, url: &Url) -> Self {
        let path = url.path().to_ascii_lowercase();
        let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
        let after = |word: &str| {
            let at = segments.iter().rposition(|segment| *segment == word)?;
            segments.get(at + 1).map(|segment| (*segment).to_owned())
        };
        let kind = match method {
            Method::Get | Method::Head => Kind::Reads,
            Method::Delete => Kind::Deletes,
            // Azure does not say how it counts a POST; as the scarcer of the two it does no harm.
            _ => Kind::Writes,
        };
        Self { subscription: after("subscriptions"), kind, provider: after("providers").unwrap_or_default() }
    }

    /// A call to the vaults of one family in a subscription.
    pub(super) fn of_backup(family: Family, subscription: &str, kind: Kind) -> Self {
        let provider = family.vault_type().split('/').next().unwrap_or_default().to_ascii_lowercase();
        Self { subscription: Some(subscription.to_owned()), kind, provider }
    }

    /// Resource Graph has a quota of its own, in other headers.
    pub(super) fn is_of_resource_graph(&self) -> bool {
        self.provider == "microsoft.resourcegraph"
    }

    /// Where the quotas of the call are counted.
    pub(super) fn scope(&self) -> &str {
        self.subscription.as_deref().unwrap_or("tenant")
    }

    /// Name of the quota that every call of the kind draws on.
    pub(super) fn own_quota(&self) -> String {
        if self.is_of_resource_graph() {
            GRAPH.to_owned()
        } else {
            own_quota(self.subscription.is_some(), self.kind)
        }
    }

    /// Name of the quota of a provider that refuses without showing what it counts.
    pub(super) fn providers_quota(&self) -> String {
        format!("{} of {}", self.kind.as_str(), self.provider)
    }

    /// Name of a quota as a header gives it; a provider's own ones are kept apart by provider and kind.
    pub(super) fn quota(&self, header: &str) -> String {
        if header.contains("-resource-") || header.ends_with("-resource") {
            format!("{header} of {} {}", self.kind.as_str(), self.provider)
        } else {
            header.to_owned()
        }
    }
}

/// Name of Resource Graph's quota, which counts queries of whatever subscriptions.
pub(super) const GRAPH: &str = "graph";

/// Name of the quota that every call of `kind` draws on.
pub(super) fn own_quota(in_subscription: bool, kind: Kind) -> String {
    let scope = if in_subscription { "subscription" } else { "tenant" };
    format!("{scope}-{}", kind.as_str())
}

/// What an answer says of quotas: each one's name, and how many calls it still allows.
pub(super) fn remaining<'h>(
    call: &'h Call,
    headers: &'h Headers,
) -> impl Iterator<Item = (String, f64)> + 'h {
    headers.iter().filter_map(|(name, value)| {
        let header = match name.as_str() {
            "x-ms-user-quota-remaining" => GRAPH,
            name => name.strip_prefix("x-ms-ratelimit-remaining-")?,
        };
        let left: f64 = value.as_str().trim().parse().ok().filter(|left: &f64| left.is_finite())?;
        Some((call.quota(header), left.max(0.0)))
    })
}

/// The region that answered, as `x-ms-routing-request-id` begins with it.
pub(super) fn region(headers: &Headers) -> Option<String> {
    let routing = headers.get_optional_str(&"x-ms-routing-request-id".into())?;
    routing.split(':').next().filter(|region| !region.is_empty()).map(str::to_ascii_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(method: Method, path: &str) -> Call {
        Call::new(method, &format!("https://management.azure.com{path}").parse().unwrap())
    }

    #[test]
    fn a_call_is_counted_where_azure_counts_it() {
        let tags = call(
            Method::Get,
            "/Subscriptions/S/resourceGroups/g/providers/Microsoft.Compute/disks/d/providers/Microsoft.Resources/tags/default",
        );
        assert_eq!((tags.scope(), tags.own_quota().as_str()), ("s", "subscription-reads"));
        assert_eq!(tags.provider, "microsoft.resources");
        let graph = call(Method::Post, "/providers/Microsoft.ResourceGraph/resources");
        assert!(graph.is_of_resource_graph());
        assert_eq!((graph.scope(), graph.own_quota().as_str()), ("tenant", "graph"));
    }

    #[test]
    fn a_providers_own_quota_is_not_mixed_with_anothers() {
        let read = call(Method::Get, "/subscriptions/s/providers/Microsoft.DataProtection/backupVaults");
        let write = call(Method::Put, "/subscriptions/s/providers/Microsoft.DataProtection/backupVaults/v");
        let header = "subscription-resource-requests";
        assert_ne!(read.quota(header), write.quota(header));
        assert_eq!(read.quota("subscription-reads"), "subscription-reads");
    }
}
