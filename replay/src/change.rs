//! What differs between two decisions about one resource.

use std::fmt;

use holdfast_evaluator::{Decision, Outcome};
use serde::Serialize;
use serde_json::Value;

use crate::cause::{Cause, Records};

/// In which way a decision differs from another one. The worst comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// It was to be protected, and is not any more.
    LosesProtection,
    /// It was not to be protected, nor held, and now waits for a person.
    BecomesHeld,
    /// It was not to be protected, and now is.
    GainsProtection,
    /// It is protected in another way.
    ChangesProtection,
    /// It was not covered or held, and is now left alone on purpose.
    BecomesExcluded,
    /// It is protected in the same way, for another reason.
    SameForAnotherReason,
    /// It stays unprotected, for another reason.
    UnprotectedForAnotherReason,
    /// Nothing differs that a person would act on.
    Same,
}

impl Kind {
    /// Whether anything becomes of it: another reason alone is not a change.
    pub fn is_change(self) -> bool {
        match self {
            Self::LosesProtection
            | Self::BecomesHeld
            | Self::ChangesProtection
            | Self::BecomesExcluded
            | Self::GainsProtection => true,
            Self::SameForAnotherReason | Self::UnprotectedForAnotherReason | Self::Same => false,
        }
    }

    /// What one resource does, such as `loses protection`.
    pub fn verb(self) -> &'static str {
        match self {
            Self::LosesProtection => "loses protection",
            Self::BecomesHeld => "becomes held",
            Self::ChangesProtection => "changes",
            Self::BecomesExcluded => "becomes excluded",
            Self::GainsProtection => "gains protection",
            Self::SameForAnotherReason => "protected the same way; the reason changed",
            Self::UnprotectedForAnotherReason => "unprotected for another reason",
            Self::Same => "stays as it is",
        }
    }

    /// What several resources do, such as `lose protection`.
    pub fn plural_verb(self) -> &'static str {
        match self {
            Self::LosesProtection => "lose protection",
            Self::BecomesHeld => "become held",
            Self::ChangesProtection => "change",
            Self::BecomesExcluded => "become excluded",
            Self::GainsProtection => "gain protection",
            Self::SameForAnotherReason | Self::UnprotectedForAnotherReason => self.verb(),
            Self::Same => "stay as they are",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.verb())
    }
}

/// What differs, field by field, and because of which rules.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// In which way.
    pub kind: Kind,
    /// For another way of protection: its fields, sorted. For another *whether*: that alone.
    pub fields: Vec<FieldChange>,
}

/// One field that differs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FieldChange {
    /// A field of *how* such as `vault`, or `whether`.
    pub field: String,
    /// Value before; none if nobody stated it.
    pub from: Option<Value>,
    /// Value now.
    pub to: Option<Value>,
    /// Rules that did it.
    pub because: Vec<Cause>,
}

impl Change {
    /// What differs from `old` to `new`.
    pub fn between(old: &Decision, new: &Decision) -> Self {
        let records = Records { old: &old.record, new: &new.record };
        let kind = kind(old, new);
        let whether = |because| {
            let shown = |decision: &Decision| Some(Value::from(decision.record.summary.as_str()));
            vec![FieldChange { field: "whether".to_owned(), from: shown(old), to: shown(new), because }]
        };
        let fields = match kind {
            Kind::Same => Vec::new(),
            Kind::ChangesProtection => fields(old, new, records),
            Kind::LosesProtection | Kind::BecomesHeld | Kind::BecomesExcluded | Kind::GainsProtection => {
                whether(records.of_whether())
            }
            Kind::SameForAnotherReason | Kind::UnprotectedForAnotherReason => whether(records.of_reason()),
        };
        Self { kind, fields }
    }
}

fn kind(old: &Decision, new: &Decision) -> Kind {
    use Outcome::{Exclude, Hold, NotCovered, Protect};
    let same_reason = old.record.summary == new.record.summary;
    match (&old.outcome, &new.outcome) {
        (Protect { protection: before }, Protect { protection: now }) if before != now => {
            Kind::ChangesProtection
        }
        (Protect { .. }, Protect { .. }) if same_reason => Kind::Same,
        (Protect { .. }, Protect { .. }) => Kind::SameForAnotherReason,
        (Protect { .. }, Exclude { .. } | NotCovered | Hold { .. }) => Kind::LosesProtection,
        (Exclude { .. } | NotCovered | Hold { .. }, Protect { .. }) => Kind::GainsProtection,
        (Exclude { .. } | NotCovered, Hold { .. }) => Kind::BecomesHeld,
        (NotCovered | Hold { .. }, Exclude { .. }) => Kind::BecomesExcluded,
        (before, now) if before == now && same_reason => Kind::Same,
        (Exclude { .. }, Exclude { .. } | NotCovered)
        | (NotCovered, NotCovered)
        | (Hold { .. }, Hold { .. } | NotCovered) => Kind::UnprotectedForAnotherReason,
    }
}

fn fields(old: &Decision, new: &Decision, records: Records<'_>) -> Vec<FieldChange> {
    let (before, now) = (how(old), how(new));
    let mut names: Vec<&String> =
        [&before, &now].into_iter().filter_map(Value::as_object).flat_map(|one| one.keys()).collect();
    names.sort();
    names.dedup();
    let differing = names.into_iter().filter(|name| before.get(name) != now.get(name));
    let change = |name: &String| FieldChange {
        field: name.clone(),
        from: before.get(name).cloned(),
        to: now.get(name).cloned(),
        because: records.of_field(name),
    };
    differing.map(change).collect()
}

/// The fields of *how*; an empty object if it is not to be protected.
fn how(decision: &Decision) -> Value {
    match &decision.outcome {
        Outcome::Protect { protection } => serde_json::to_value(protection).unwrap_or_default(),
        Outcome::Exclude { .. } | Outcome::NotCovered | Outcome::Hold { .. } => {
            Value::Object(serde_json::Map::new())
        }
    }
}
