//! A binding as a rule set writes it: which module is asked, in whose name, with which settings.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use crate::layer::Layer;
use crate::rank::{Decides, Mode, OnError, Rank};

/// A `[[rule]]` of a rule set.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct BindingEntry {
    /// Name of the rule in the rule set.
    pub id: String,
    /// Path of the module, relative to the rule set, or a reference to where it can be fetched.
    pub module: String,
    /// Digest of the module, which pins it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// Name of the layer.
    pub layer: String,
    /// Higher wins within the layer.
    #[serde(default)]
    pub priority: i32,
    /// Whether its opinion is heeded.
    #[serde(default)]
    pub mode: Mode,
    /// What it has a say in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decides: Option<Decides>,
    /// What its failure means.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_error: Option<OnError>,
    /// Whether its module may be of a lower version than the one in force.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub allow_downgrade: bool,
    /// Resource types that it is asked about; none stated means all that the module speaks of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub types: Vec<String>,
    /// Workloads that it is asked about; none stated means those that the module names, and where that names none,
    /// the first workload of each type.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub workloads: Vec<String>,
    /// What one evaluation may use.
    #[serde(default, skip_serializing_if = "LimitsEntry::is_unstated")]
    pub limits: LimitsEntry,
    /// The settings that the rule is configured with.
    #[serde(default, deserialize_with = "table", skip_serializing_if = "toml::Table::is_empty")]
    pub settings: toml::Table,
}

/// The `limits` of a binding: they may only be lowered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct LimitsEntry {
    /// Fuel of one evaluation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fuel: Option<u64>,
    /// Bytes over all linear memories together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_bytes: Option<usize>,
}

impl LimitsEntry {
    fn is_unstated(&self) -> bool {
        *self == Self::default()
    }
}

impl BindingEntry {
    /// Its rank among these layers; `None` where they do not have its own.
    pub fn rank(&self, layers: &[Layer]) -> Option<Rank> {
        let layer = layers.iter().position(|layer| layer.name == self.layer)?;
        Some(Rank {
            id: self.id.as_str().into(),
            layer,
            priority: self.priority,
            mode: self.mode,
            decides: self.decides.unwrap_or_default(),
            on_error: self.on_error.unwrap_or_default(),
        })
    }

    /// What it says against itself, or against the layers of its rule set.
    pub(crate) fn contradiction(&self, layers: &[Layer]) -> Option<String> {
        if !layers.iter().any(|layer| layer.name == self.layer) {
            let known: Vec<&str> = layers.iter().map(|layer| layer.name.as_str()).collect();
            return Some(format!(
                "the layer `{}` is not stated; known are: {}",
                self.layer,
                known.join(", ")
            ));
        }
        (self.on_error == Some(OnError::Ignore) && self.mode == Mode::Enforce).then(|| {
            "`on-error = \"ignore\"` is for shadow rules, since a failure would go unseen; \
             choose `protect-with-default` or `hold`"
                .to_owned()
        })
    }
}

/// A table; the message of what is none does not repeat it, as serde's own would.
fn table<'de, D: Deserializer<'de>>(from: D) -> Result<toml::Table, D::Error> {
    match toml::Value::deserialize(from)? {
        toml::Value::Table(table) => Ok(table),
        other => Err(D::Error::custom(format_args!("expected a table, found {}", other.type_str()))),
    }
}
