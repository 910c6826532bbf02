//! Has a component put back to its first state, where its code shows that this can be done.
//!
//! A rule that the SDK builds is one core module: a page of memory, a few globals, a table that is never
//! written. All that an evaluation can leave behind in such a module is bytes of memory and values of
//! globals, so its instance can be put back to its first state exactly, which costs a fraction of making
//! one. A component of this kind is given functions that do so, and which none of its own code can call. One with
//! a packed door exports its core module, too, with names of ours for what the host calls: that door needs no
//! component around it. Any other component stays as it is.

use wasm_encoder::{
    Alias, CanonicalFunctionSection, CanonicalOption, Component, ComponentAliasSection, ComponentExportKind,
    ComponentExportSection, ComponentTypeSection, ComponentValType, ExportKind, RawSection,
};
use wasmparser::types::Types;
use wasmparser::{BinaryReader, Validator};

use crate::engine::{engine_features, features};

use super::exports::Doors;
use super::{CORE, KEEP, RESET, core, module};

/// Sections by their ids, with their bytes.
pub(super) type Sections<'a> = Vec<(u8, &'a [u8])>;

/// Bytes before the first section.
const PREAMBLE: usize = 8;
/// Section of a component that holds a core module.
const CORE_MODULE: u8 = 1;

/// The component with what puts its instance back; none if that cannot be done.
pub(crate) fn exposed(component: &[u8]) -> Option<Vec<u8>> {
    let doors = Doors::find(component)?;
    let types = Validator::new_with_features(features()).validate_all(component).ok()?;
    let mut exposed = Component::new();
    for (id, data) in sections(component)? {
        let module = (id == CORE_MODULE).then(|| module::resettable(data, &doors));
        let data = match &module {
            Some(module) => module.as_deref()?,
            None => data,
        };
        exposed.section(&RawSection { id, data });
    }
    export(&mut exposed, &types, doors.are_called());
    let exposed = exposed.finish();
    Validator::new_with_features(engine_features()).validate_all(&exposed).ok()?;
    Some(exposed)
}

/// Exports the functions that keep and put back the only instance, and its module, if that `is_called` itself.
fn export(exposed: &mut Component, types: &Types, is_called: bool) {
    let types = types.as_ref();
    let (mut aliases, mut nothing) = (ComponentAliasSection::new(), ComponentTypeSection::new());
    let (mut functions, mut exports) = (CanonicalFunctionSection::new(), ComponentExportSection::new());
    let parameters: [(&str, ComponentValType); 0] = [];
    nothing.function().params(parameters).result(None);
    let ours = [(core::KEEP, KEEP), (core::RESET, RESET)];
    for ((name, exported), added) in ours.into_iter().zip(0..) {
        aliases.alias(Alias::CoreInstanceExport { instance: 0, kind: ExportKind::Func, name });
        let options: [CanonicalOption; 0] = [];
        functions.lift(types.function_count() + added, types.component_type_count(), options);
        // What is exported is a further function, behind both that are lifted.
        exports.export(exported, ComponentExportKind::Func, types.component_function_count() + added, None);
    }
    if is_called {
        exports.export(CORE, ComponentExportKind::Module, 0, None);
    }
    exposed.section(&aliases).section(&nothing).section(&functions).section(&exports);
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
