//! Looking at a resource the way Azure compares names.

use crate::owned::AzResource;

impl AzResource {
    /// The value of a tag. Azure compares tag names without case, so this does too.
    pub fn tag(&self, name: &str) -> Option<&str> {
        self.tags.iter().find(|tag| tag.name.eq_ignore_ascii_case(name)).map(|tag| tag.value.as_str())
    }

    /// Whether the resource is of this type, compared without case.
    pub fn is(&self, resource_type: &str) -> bool {
        self.type_.eq_ignore_ascii_case(resource_type)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Tag;

    fn disk(tags: &[(&str, &str)]) -> AzResource {
        AzResource {
            id: String::new(),
            type_: "microsoft.compute/Disks".into(),
            name: "data".into(),
            location: "westeurope".into(),
            resource_group: "rg".into(),
            subscription: String::new(),
            tags: tags
                .iter()
                .map(|(name, value)| Tag { name: (*name).into(), value: (*value).into() })
                .collect(),
            sku: None,
            kind: None,
            body: "{}".into(),
        }
    }

    #[test]
    fn names_are_compared_without_case() {
        let resource = disk(&[("Env", "Prod")]);
        assert_eq!(resource.tag("env"), Some("Prod"));
        assert_eq!(resource.tag("tier"), None);
        assert!(resource.is("Microsoft.Compute/disks"));
        assert!(!resource.is("Microsoft.Compute/snapshots"));
    }
}
