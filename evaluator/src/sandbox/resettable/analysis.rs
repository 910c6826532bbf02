//! Lets the packed door be called without the component around it, where that changes nothing.
//!
//! A rule that the SDK builds is one core module: a page of memory, a few globals, a table that is never
//! written. All that an evaluation can leave behind in such a module is bytes of memory and values of
//! globals, so its instance can be put back to its first state exactly, which costs a fraction of making
//! one. Where the code shows that a component is of this kind, it is given one more export: its core
//! module, with names of ours for what the host calls and puts back. Any other component stays as it is.

use wasm_encoder::{Component, ComponentExportKind, ComponentExportSection, RawSection};
use wasmparser::{BinaryReader, Validator};

use crate::engine::features;

use super::CORE;
use super::exports::CoreExports;
use super::module;

/// Sections by their ids, with their bytes.
pub(super) type Sections<'a> = Vec<(u8, &'a [u8])>;

/// Bytes before the first section.
const PREAMBLE: usize = 8;
/// Section of a component that holds a core module.
const CORE_MODULE: u8 = 1;

/// The component with its core module exported; none if an instance of it cannot be put back.
pub(crate) fn exposed(component: &[u8]) -> Option<Vec<u8>> {
    let exposed = with_core(component)?;
    Validator::new_with_features(features()).validate_all(&exposed).ok()?;
    Some(exposed)
}

fn with_core(component: &[u8]) -> Option<Vec<u8>> {
    let core = CoreExports::find(component)?;
    let mut exposed = Component::new();
    for (id, data) in sections(component)? {
        let module = (id == CORE_MODULE).then(|| module::with_names(data, &core));
        let data = match &module {
            Some(renamed) => renamed.as_deref()?,
            None => data,
        };
        exposed.section(&RawSection { id, data });
    }
    let mut exports = ComponentExportSection::new();
    exports.export(CORE, ComponentExportKind::Module, 0, None);
    exposed.section(&exports);
    Some(exposed.finish())
}

pub(super) fn sections(bytes: &[u8]) -> Option<Sections<'_>> {
    let mut reader = BinaryReader::new(bytes.get(PREAMBLE..)?, PREAMBLE);
    let mut sections = Vec::new();
    while !reader.eof() {
        let id = reader.read_u8().ok()?;
        let length = usize::try_from(reader.read_var_u32().ok()?).ok()?;
        sections.push((id, reader.read_bytes(length).ok()?));
    }
    Some(sections)
}
