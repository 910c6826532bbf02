//! What is let in: looked at before anything is compiled.

mod bounds;
mod error;
mod survey;
mod version;
mod work;

use holdfast_rule_set::LARGEST_MODULE;
use wasmparser::types::Types;
use wasmparser::{Parser, Payload, Validator, WasmFeatures};

use crate::engine::{Shape, features};

pub use error::GateError;

use bounds::Bounds;
use error::{invalid, shown};
use survey::Survey;

/// Pages of 64 KiB that are put back whole sooner than it is found out which of them were touched.
const SMALL_PAGES: u64 = 16;

/// Admits a component that imports nothing and exports the world `rule`, `review` or `verify`.
pub(crate) fn admit(bytes: &[u8]) -> Result<Shape, GateError> {
    if bytes.len() > LARGEST_MODULE {
        return Err(GateError::Size { limit: LARGEST_MODULE, found: bytes.len() });
    }
    let mut survey = Survey::default();
    let mut bounds = Bounds::default();
    for payload in Parser::new(0).parse_all(bytes) {
        let payload = payload.map_err(invalid)?;
        bounds.count(&payload)?;
        if let Payload::ComponentTypeSection(section) = &payload {
            bounds.nesting(bytes.get(section.range()).unwrap_or_default())?;
        }
        survey.look_at(&payload)?;
    }
    bounds.end()?;
    survey.counts()?;
    let world = survey.world()?;
    let types = validate(bytes)?;
    survey.only_of_the_contract(&types, world)?;
    Ok(Shape {
        world,
        version: version::of(&types),
        memories: bounds.memories,
        tables: bounds.tables,
        sparse: survey.pages > SMALL_PAGES,
    })
}

/// Validates as the engines do.
fn validate(bytes: &[u8]) -> Result<Types, GateError> {
    let error = match Validator::new_with_features(features()).validate_all(bytes) {
        Ok(types) => return Ok(types),
        Err(error) => error,
    };
    let is_valid_elsewhere = Validator::new_with_features(WasmFeatures::all()).validate_all(bytes).is_ok();
    Err(if is_valid_elsewhere { GateError::Proposal(shown(&error)) } else { invalid(error) })
}
