//! Containers that Azure protects by itself.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Containers of a storage account are protected by Azure itself, as they come: no list of ours is needed, or wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AutoProtection {
    /// Containers whose names begin with one of these are left out.
    pub excluded_prefixes: Vec<String>,
}

impl fmt::Display for AutoProtection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Azure protects its containers by itself")?;
        if self.excluded_prefixes.is_empty() {
            return Ok(());
        }
        let prefixes: Vec<String> =
            self.excluded_prefixes.iter().map(|prefix| format!("`{prefix}`")).collect();
        write!(f, ", but for those that begin with {}", prefixes.join(" or "))
    }
}
