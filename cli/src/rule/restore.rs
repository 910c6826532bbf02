//! A restore in a test case.

use std::collections::BTreeMap;

use anyhow::{Context as _, bail};
use holdfast_evaluator::{
    Fact, Labels, Measured, Measurement, RecoveryPoint, Resource, TargetWorkload, Tier, VerifyRequest,
};
use serde::Deserialize;
use serde_json::Value;

use super::input;
use super::resource::CaseResource;

/// A restore in a case: from what, to what, and what was found out about it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct CaseRestore {
    /// When the recovery point was taken.
    point: String,
    tier: Option<Tier>,
    restored: Option<CaseResource>,
    /// Numbers, truths, texts; a text that is an RFC 3339 time counts as one.
    #[serde(default)]
    measurements: BTreeMap<String, Value>,
}

impl CaseRestore {
    /// What the rule is asked.
    pub(super) fn of(
        self,
        resource: Resource,
        workload: Option<TargetWorkload>,
        labels: Labels,
        facts: Vec<Fact>,
        event_time: String,
    ) -> anyhow::Result<VerifyRequest> {
        let measurements = self.measurements.into_iter().map(|(name, value)| {
            let value = measured(&value).with_context(|| format!("the measurement `{name}`"))?;
            Ok(Measurement { name, value })
        });
        Ok(VerifyRequest {
            resource,
            workload,
            labels,
            point: RecoveryPoint {
                id: String::new(),
                time: input::event_time(&self.point)?,
                tier: self.tier,
            },
            restored: self.restored.map(CaseResource::complete).transpose()?,
            measurements: measurements.collect::<anyhow::Result<_>>()?,
            facts,
            event_time,
        })
    }
}

fn measured(value: &Value) -> anyhow::Result<Measured> {
    Ok(match value {
        Value::Bool(truth) => Measured::Truth(*truth),
        Value::String(text) if input::event_time(text).is_ok() => Measured::Time(text.clone()),
        Value::String(text) => Measured::Text(text.clone()),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(number), _) => Measured::Number(number),
            (None, Some(fraction)) => Measured::Fraction(fraction),
            (None, None) => bail!("{number} is too large"),
        },
        Value::Null | Value::Array(_) | Value::Object(_) => bail!("expected a number, a text, true or false"),
    })
}
