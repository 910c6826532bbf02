//! One step of a run, as the queue carries it.

use serde::{Deserialize, Serialize};

use super::{Counts, Turn};

/// A list that a run goes through, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Section {
    /// What exists.
    Estate,
    /// What is gone, but for its protection.
    Gone,
}

/// Where a run is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Place {
    /// The list.
    pub section: Section,
    /// How many chunks of subscriptions are done.
    #[serde(default)]
    pub chunk: usize,
    /// Azure's token; from the beginning of the chunk without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// The page of the last finished run beside which this one is.
    #[serde(default)]
    pub beside: u32,
}

impl Place {
    /// Where every run begins.
    pub fn first() -> Self {
        Self { section: Section::Estate, chunk: 0, after: None, beside: 0 }
    }
}

/// One step of a run: what it takes to go on, and nothing that grows with the estate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// The form of the message.
    pub format: String,
    /// The run, by the moment at which it began.
    pub run: String,
    /// How many steps came before.
    pub number: u32,
    /// Where it is.
    pub place: Place,
    /// Whose turn it is.
    pub turn: Turn,
    /// What the run has come to so far.
    #[serde(default)]
    pub counts: Counts,
}

/// The form of these messages.
pub(super) const FORMAT: &str = "holdfast.sweep/1";

/// The text is not a step of a sweep.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this is not a step of a sweep that this version can take: {0}")]
pub struct BadStep(String);

impl Step {
    /// The step as a message.
    pub fn text(&self) -> String {
        // Text, numbers and flags are always JSON.
        serde_json::json!(self).to_string()
    }

    /// Reads a message.
    ///
    /// # Errors
    ///
    /// If it is something else, or of a form that this version does not know.
    pub fn read(text: &str) -> Result<Self, BadStep> {
        let step: Self = serde_json::from_str(text).map_err(|error| BadStep(error.to_string()))?;
        if step.format != FORMAT {
            return Err(BadStep(format!("its format is `{}`", step.format)));
        }
        Ok(step)
    }

    /// Whether it is the very next one after that step.
    pub fn follows(&self, step: &Self) -> bool {
        self.run == step.run && self.number == step.number.saturating_add(1)
    }

    /// The same run from its beginning: Azure does not go on from where it was.
    #[must_use]
    pub(super) fn restarted(self) -> Self {
        let number = self.number.saturating_add(1);
        let counts = Counts { restarts: self.counts.restarts.saturating_add(1), ..Counts::default() };
        Self { number, place: Place::first(), counts, ..self }
    }

    /// The step after this one.
    #[must_use]
    pub fn then(self, place: Place) -> Self {
        Self { number: self.number.saturating_add(1), place, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_read_as_it_is_written() {
        let step = Step {
            format: FORMAT.to_owned(),
            run: "20261129T141500Z".to_owned(),
            number: 7,
            place: Place { section: Section::Gone, chunk: 1, after: Some("ey==".to_owned()), beside: 3 },
            turn: Turn::of(3, 2_000),
            counts: Counts::default(),
        };
        assert_eq!(Step::read(&step.text()), Ok(step.clone()));
        let other = step.text().replace("sweep/1", "sweep/2");
        assert!(Step::read(&other).unwrap_err().to_string().contains("holdfast.sweep/2"));
        assert!(Step::read("{}").is_err());
    }
}
