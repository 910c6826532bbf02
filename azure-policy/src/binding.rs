//! A binding of the shipped rule `conditions`, before it is written.

use holdfast_rule_set::Mode;

use crate::toml_text;

/// A binding of the rule `conditions`: one case that selects what an assignment selects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// Id of the rule.
    pub id: String,
    /// Last segment of the definition's id.
    pub definition: &'static str,
    /// Lines without the mark of a comment: where the binding comes from, and what differs.
    pub comments: Vec<String>,
    /// Name of the layer.
    pub layer: String,
    /// Higher wins within the layer.
    pub priority: i32,
    /// File name or reference of the module.
    pub module: String,
    /// Digest of the module, if it is known.
    pub digest: Option<String>,
    /// Whether the rule is heeded.
    pub mode: Mode,
    /// The resource type that it is asked about.
    pub resource_type: &'static str,
    /// Name of the case.
    pub case: String,
    /// All of these have to hold.
    pub when: Vec<Condition>,
    /// How to protect.
    pub protect: Protect,
}

/// A condition on a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// Each holds.
    All(Vec<Condition>),
    /// One holds.
    Any(Vec<Condition>),
    /// On a field by its name.
    Field(&'static str, Expected),
    /// On a tag.
    Tag(String, Expected),
    /// On a place in the body, by JSON pointer.
    Body(&'static str, Expected),
    /// The image of a virtual machine is one that the built-in definitions take.
    KnownImage,
}

/// What a condition expects of its field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// Equal to this.
    Equals(String),
    /// Not `true`.
    NotTrue,
    /// Equal to one of these.
    In(Vec<String>),
    /// Equal to none of these.
    NotIn(Vec<String>),
    /// Contains this.
    Contains(String),
    /// Does not contain this.
    NotContains(String),
    /// An ARM id at or below one of these.
    Under(Vec<String>),
    /// No ARM id at or below any of these.
    NotUnder(Vec<String>),
}

/// How to protect; what is left out is left to other rules.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Protect {
    /// ARM id of an existing policy.
    pub policy_id: Option<String>,
    /// Name of a vault.
    pub vault: Option<String>,
    /// Name of a policy in it.
    pub policy: Option<String>,
    /// Name of the resource group for snapshots.
    pub snapshot_resource_group: Option<String>,
    /// Period and first time of day.
    pub schedule: Option<(&'static str, &'static str)>,
    /// Days that recovery points are kept.
    pub retention_days: Option<u32>,
    /// `operational` or `vault`.
    pub tier: Option<&'static str>,
}

impl Binding {
    /// The binding as a `[[rule]]` of a rule set, comments first, with a newline at its end.
    pub fn to_toml(&self) -> String {
        toml_text::write(self)
    }
}
