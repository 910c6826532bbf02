//! Which resources are worked on first when Azure takes less than there is to do.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A clause of `[[important]]`: a resource fits if it is of one of the types and carries every tag.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Important {
    /// Resource types; none stated means any.
    pub types: Vec<String>,
    /// Tags with the values that count; none stated for a tag means any value.
    pub tags: BTreeMap<String, Vec<String>>,
}

impl Important {
    /// Whether it says nothing: every resource would be important, so none would be.
    pub fn is_empty(&self) -> bool {
        self.types.is_empty() && self.tags.is_empty()
    }

    /// Whether a resource fits. Tags that are not known yet fit no clause that asks for some.
    pub fn fits(&self, resource_type: &str, tags: Option<&BTreeMap<String, String>>) -> bool {
        let of_type = self.types.is_empty()
            || self.types.iter().any(|wanted| wanted.eq_ignore_ascii_case(resource_type));
        let carries = |(name, values): (&String, &Vec<String>)| {
            let tagged = tags.into_iter().flatten().find(|(tag, _)| tag.eq_ignore_ascii_case(name));
            tagged.is_some_and(|(_, value)| values.is_empty() || values.contains(value))
        };
        of_type && self.tags.iter().all(carries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clause(text: &str) -> Important {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn a_clause_asks_for_a_type_and_for_every_tag() {
        let gold =
            clause("types = ['Microsoft.Compute/disks']\ntags = { tier = ['gold', 'platinum'], owner = [] }");
        let tags = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        let fitting = tags(&[("Tier", "gold"), ("owner", "x")]);
        assert!(gold.fits("microsoft.compute/DISKS", Some(&fitting)));
        assert!(!gold.fits("Microsoft.Storage/storageAccounts", Some(&fitting)));
        assert!(!gold.fits("Microsoft.Compute/disks", Some(&tags(&[("tier", "gold")]))));
        assert!(!gold.fits("Microsoft.Compute/disks", Some(&tags(&[("tier", "silver"), ("owner", "x")]))));
        assert!(!gold.fits("Microsoft.Compute/disks", None), "its tags are not known yet");
        assert!(clause("types = ['Microsoft.Compute/disks']").fits("Microsoft.Compute/disks", None));
    }
}
