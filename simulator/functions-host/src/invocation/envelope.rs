//! The body of an invocation: `{"Data":{…},"Metadata":{…}}`.

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::value::{Encoded, ticks_text};

/// Data and metadata of one invocation, values encoded already.
#[derive(Clone, Debug)]
pub(crate) struct Envelope {
    data: Map<String, Value>,
    metadata: Map<String, Value>,
}

impl Envelope {
    /// An envelope with the trigger's value and no metadata.
    pub(crate) fn new(binding: &str, value: Encoded) -> Self {
        Self { data: Map::from_iter([(binding.to_owned(), value.0)]), metadata: Map::new() }
    }

    /// Adds metadata. Names do not differ by case: a later value takes an earlier one's place and keeps its spelling.
    pub(crate) fn add_metadata(&mut self, name: &str, value: Encoded) {
        // The host drops these, whoever made them.
        if name.to_lowercase().ends_with("trigger") {
            return;
        }
        let known = self.metadata.keys().find(|known| known.eq_ignore_ascii_case(name)).cloned();
        self.metadata.insert(known.unwrap_or_else(|| name.to_owned()), value.0);
    }

    /// Says that this is a retry, and of what.
    pub(super) fn set_retry_context(&mut self, context: Value) {
        self.metadata.insert("RetryContext".into(), context);
    }

    /// The body, with a fresh `sys`.
    pub(super) fn to_json(&self, function: &str) -> String {
        let mut metadata = self.metadata.clone();
        let sys = json!({
            "MethodName": function,
            "UtcNow": format!("{}Z", ticks_text(Timestamp::now())),
            "RandGuid": Uuid::new_v4(),
        });
        metadata.insert("sys".into(), sys);
        json!({ "Data": self.data, "Metadata": metadata }).to_string()
    }
}
