//! How much of everything a module may hold, counted while its bytes are read for the first time.
//!
//! Validating, linking and compiling take more than linear time and memory in several of these counts, and
//! only compiling has other bounds (`compiling.rs`). Real modules (JavaScript, Python, Rego) have at most half of each.

use wasmparser::{ElementItems, Encoding, Payload, TypeRef};

use crate::engine::shape::{CORE_INSTANCES, MEMORIES, TABLES};

use super::work::Work;
use super::{GateError, invalid};

/// Something that is counted, and how much of it there may be.
#[derive(Clone, Copy)]
struct Bound {
    what: &'static str,
    limit: u32,
}

const fn bound(what: &'static str, limit: u32) -> Bound {
    Bound { what, limit }
}

/// A component in a component; real ones have at most one, around the types of the contract.
const DEPTH: Bound = bound("levels of nesting", 4);
const COMPONENTS: Bound = bound("components", 8);
/// Python's have 38.
const MODULES: Bound = bound("core modules", 64);
const FUNCTIONS: Bound = bound("functions", 200_000);
const TYPES: Bound = bound("function types", 20_000);
const IMPORTS: Bound = bound("imports of core modules", 20_000);
const EXPORTS: Bound = bound("exports of core modules", 50_000);
const GLOBALS: Bound = bound("globals", 20_000);
/// JavaScript has 10,000; those that are too far apart become code of one function.
const SEGMENTS: Bound = bound("data segments", 15_000);
const ELEMENTS: Bound = bound("element segments", 5_000);
const ITEMS: Bound = bound("table elements in segments", 200_000);
const CORE_INSTANCES_MADE: Bound = bound("core instances", CORE_INSTANCES);
const MEMORIES_MADE: Bound = bound("memories", MEMORIES);
const TABLES_MADE: Bound = bound("tables", TABLES);
const ALIASES: Bound = bound("aliases", 20_000);
const COMPONENT_TYPES: Bound = bound("component types", 2_000);
const CORE_TYPES: Bound = bound("types of core modules", 64);
const INSTANCES: Bound = bound("component instances", 32);
const CANONICAL: Bound = bound("canonical functions", 64);
/// Bytes of the sections with component types: the contract's take 3 KB.
const TYPE_BYTES: Bound = bound("bytes of component types", 64 << 10);
/// Reading a type reads the types in it by recursion, so this bounds the stack.
const NESTED_TYPES: Bound = bound("component types in component types", 64);

/// What was counted so far.
#[derive(Default)]
pub(super) struct Bounds {
    depth: u32,
    components: u32,
    modules: u32,
    functions: u32,
    types: u32,
    imports: u32,
    exports: u32,
    globals: u32,
    segments: u32,
    elements: u32,
    items: u32,
    core_instances: u32,
    pub(super) memories: u32,
    pub(super) tables: u32,
    aliases: u32,
    component_types: u32,
    core_types: u32,
    instances: u32,
    canonical: u32,
    type_bytes: u32,
    nested_types: u32,
    work: Work,
}

impl Bounds {
    /// Counts a part, before anything else is done with it.
    pub(super) fn count(&mut self, payload: &Payload<'_>) -> Result<(), GateError> {
        match payload {
            Payload::Version { encoding, .. } => self.begin(*encoding),
            Payload::End(_) => {
                self.depth = self.depth.saturating_sub(1);
                Ok(())
            }
            Payload::TypeSection(section) => {
                for group in section.clone() {
                    let group = group.map_err(invalid)?;
                    add(&mut self.types, TYPES, number(group.types().len()))?;
                    group.types().for_each(|kind| self.work.kind(kind));
                }
                Ok(())
            }
            Payload::ImportSection(section) => {
                for import in section.clone().into_imports() {
                    add(&mut self.imports, IMPORTS, 1)?;
                    if let TypeRef::Func(kind) = import.map_err(invalid)?.ty {
                        self.work.function(kind);
                    }
                }
                Ok(())
            }
            Payload::FunctionSection(section) => {
                add(&mut self.functions, FUNCTIONS, section.count())?;
                for kind in section.clone() {
                    self.work.function(kind.map_err(invalid)?);
                }
                Ok(())
            }
            Payload::ExportSection(section) => add(&mut self.exports, EXPORTS, section.count()),
            Payload::GlobalSection(section) => add(&mut self.globals, GLOBALS, section.count()),
            Payload::MemorySection(section) => add(&mut self.memories, MEMORIES_MADE, section.count()),
            Payload::TableSection(section) => add(&mut self.tables, TABLES_MADE, section.count()),
            Payload::DataSection(section) => add(&mut self.segments, SEGMENTS, section.count()),
            Payload::ElementSection(section) => {
                add(&mut self.elements, ELEMENTS, section.count())?;
                for element in section.clone() {
                    let items = match element.map_err(invalid)?.items {
                        ElementItems::Functions(functions) => functions.count(),
                        ElementItems::Expressions(_, expressions) => expressions.count(),
                    };
                    add(&mut self.items, ITEMS, items)?;
                }
                Ok(())
            }
            Payload::CodeSectionEntry(body) => self.work.body(body),
            _ => self.component(payload),
        }
    }

    fn begin(&mut self, encoding: Encoding) -> Result<(), GateError> {
        add(&mut self.depth, DEPTH, 1)?;
        match encoding {
            Encoding::Component => add(&mut self.components, COMPONENTS, 1),
            Encoding::Module => {
                self.work.module();
                add(&mut self.modules, MODULES, u32::from(self.depth > 1))
            }
        }
    }

    /// The parts of a component.
    fn component(&mut self, payload: &Payload<'_>) -> Result<(), GateError> {
        match payload {
            Payload::InstanceSection(section) => {
                add(&mut self.core_instances, CORE_INSTANCES_MADE, section.count())
            }
            Payload::CoreTypeSection(section) => add(&mut self.core_types, CORE_TYPES, section.count()),
            Payload::ComponentInstanceSection(section) => {
                add(&mut self.instances, INSTANCES, section.count())
            }
            Payload::ComponentAliasSection(section) => add(&mut self.aliases, ALIASES, section.count()),
            Payload::ComponentCanonicalSection(section) => {
                add(&mut self.canonical, CANONICAL, section.count())
            }
            Payload::ComponentTypeSection(section) => {
                add(&mut self.component_types, COMPONENT_TYPES, section.count())?;
                add(&mut self.type_bytes, TYPE_BYTES, number(section.range().len()))
            }
            _ => Ok(()),
        }
    }

    /// Counts the places where one component type may begin in another, in the bytes of a section that is not
    /// read yet: a declaration of a type (1) that is a component's or an instance's (0x41, 0x42).
    pub(super) fn nesting(&mut self, section: &[u8]) -> Result<(), GateError> {
        let nested = section.windows(2).filter(|pair| matches!(pair, [1, 0x41 | 0x42])).count();
        add(&mut self.nested_types, NESTED_TYPES, number(nested))
    }

    /// Whether compiling stays within its bound.
    pub(super) fn end(&self) -> Result<(), GateError> {
        self.work.end()
    }
}

/// Sections state their counts themselves: a false one is found out later, and must not overflow.
fn add(sum: &mut u32, bound: Bound, count: u32) -> Result<(), GateError> {
    *sum = sum.saturating_add(count);
    if *sum > bound.limit {
        return Err(GateError::Count { what: bound.what, limit: bound.limit, found: *sum });
    }
    Ok(())
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
