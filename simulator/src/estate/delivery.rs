//! How events are delivered, for an estate and for the control surface.

use serde::{Deserialize, Serialize};

/// How unruly the delivery is. Spans are in seconds of Azure's time.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct DeliveryKnobs {
    /// How often every event is delivered at least; tests set more than 1.
    pub copies: u32,
    /// The chance, from 0 to 1, that an event is delivered twice.
    pub duplicate_probability: f64,
    /// Events are delayed by a random part of this, so that they overtake each other.
    pub reorder_seconds: f64,
    /// Every event waits this long.
    pub delay_seconds: f64,
}

impl Default for DeliveryKnobs {
    fn default() -> Self {
        Self { copies: 1, duplicate_probability: 0.02, reorder_seconds: 2.0, delay_seconds: 1.0 }
    }
}
