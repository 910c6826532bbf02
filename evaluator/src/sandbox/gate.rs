//! What is let in: looked at before anything is compiled.

mod bounds;
mod version;
mod work;

use holdfast_rule_set::{LARGEST_MODULE, Visible};
use wasmparser::component_types::{ComponentEntityType, ComponentItem};
use wasmparser::types::Types;
use wasmparser::{
    CanonicalFunction, CanonicalOption, ComponentExport, ComponentExternalKind, ComponentImport,
    ComponentType, ComponentTypeRef, Encoding, Parser, Payload, TypeBounds, Validator, WasmFeatures,
};

use crate::contract::{EVALUATE_PACKED, TYPES_INTERFACES};
use crate::engine::{Shape, World, features};

use bounds::Bounds;

/// What Python's tools leave behind: an instance, and in it the function that they called before they took their
/// snapshot. Nothing calls it here.
const PYTHON_INSTANCE: &str = "exports";
const PYTHON_INIT: &str = "init";
/// Exports and imports; the contract has at most four exports, and its types as imports.
const NAMES: u32 = 64;

/// Why a module is not admitted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GateError {
    /// It is too large.
    #[error("it has {found} bytes: the limit is {limit}")]
    Size {
        /// Bytes.
        limit: usize,
        /// Bytes.
        found: usize,
    },
    /// It is not WebAssembly, or not valid.
    #[error("it is not a valid component: {0}")]
    Invalid(String),
    /// It uses a proposal that rules may not use.
    #[error(
        "it uses a WebAssembly proposal that is off for rules: {0}; build it without threads and shared \
         memory, garbage collection, exceptions, typed function references, 64-bit memory, several memories \
         and relaxed vector instructions"
    )]
    Proposal(String),
    /// It exports something that is not of the contract.
    #[error(
        "it exports {}, which the world `{world}` of holdfast:rule does not have; build it without",
        listed(.found)
    )]
    Foreign {
        /// The nearest world.
        world: &'static str,
        /// What it exports beside it.
        found: Vec<String>,
    },
    /// A core module in it uses a name of the host's.
    #[error("a core module in it exports `{0}`; names that begin with `{HOST_PREFIX}` are for the host")]
    HostName(String),
    /// It is a core module.
    #[error("it is a core module, not a component; turn it into one with `wasm-tools component new`")]
    CoreModule,
    /// It imports something.
    #[error(
        "it imports {}; a rule is told everything in its request and imports nothing \
         (build it for wasm32-unknown-unknown, or with WASI stubbed out)", listed(.0)
    )]
    Imports(Vec<String>),
    /// It lacks an export of the contract.
    #[error(
        "it exports {}, not the world `{}` of holdfast:rule; missing: {}",
        listed(.found), .world, listed(.missing)
    )]
    World {
        /// The nearest world.
        world: &'static str,
        /// What it exports.
        found: Vec<String>,
        /// What it lacks.
        missing: Vec<String>,
    },
    /// It is two kinds of rule at once.
    #[error(
        "it exports both `{0}` and `{1}`; a module judges resources, operations or restores, only one of them"
    )]
    TwoWorlds(&'static str, &'static str),
    /// Its text is not UTF-8.
    #[error("it passes text as {0}; only UTF-8 is admitted")]
    Encoding(&'static str),
    /// It uses resources, threads or asynchronous functions.
    #[error("it uses {0}, which no rule needs")]
    Feature(&'static str),
    /// It is made of components that call each other, as `wac` composes them.
    #[error(
        "it is composed of components that call each other; a rule is one component, so link the code before"
    )]
    Composed,
    /// A function is too large, or would take the compiler too long.
    #[error("a function in it has {found} {what}: the limit is {limit}; split the function")]
    Function {
        /// Such as `locals`.
        what: &'static str,
        /// Number.
        limit: u64,
        /// Number.
        found: u64,
    },
    /// All functions together would take the compiler too long.
    #[error(
        "compiling it takes up to {found} units of work: the limit for its size is {limit}; \
         use fewer local variables in functions with many branches"
    )]
    Work {
        /// Units.
        limit: u64,
        /// Units.
        found: u64,
    },
    /// It has too many of something.
    #[error("it has {found} {what}: the limit is {limit}")]
    Count {
        /// Such as `core modules`.
        what: &'static str,
        /// Number.
        limit: u32,
        /// Number.
        found: u32,
    },
}

/// Characters of the parser's message, which may quote a name.
const MESSAGE: usize = 500;
/// Names that a message lists, and characters of each.
const LISTED: usize = 8;
const NAME: usize = 100;
/// What the names begin with that the host itself gives to parts of a module.
const HOST_PREFIX: &str = "holdfast:";
/// What the names begin with that toolchains make out of the contract's.
const CONTRACT_PREFIX: &str = "holdfast:rule/";

/// Pages of 64 KiB that are put back whole sooner than it is found out which of them were touched.
const SMALL_PAGES: u64 = 16;

/// Admits a component that imports nothing and exports the world `rule` or `review`.
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

#[expect(clippy::needless_pass_by_value, reason = "the shape that `map_err` takes")]
fn invalid(error: wasmparser::BinaryReaderError) -> GateError {
    GateError::Invalid(shown(&error))
}

fn shown(error: &wasmparser::BinaryReaderError) -> String {
    Visible::within(&error.to_string(), MESSAGE).to_string()
}

fn listed(names: &[String]) -> String {
    let shown: Vec<String> =
        names.iter().take(LISTED).map(|name| Visible::within(name, NAME).to_string()).collect();
    match names.len().saturating_sub(LISTED) {
        _ if names.is_empty() => "nothing".to_owned(),
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

#[derive(Default)]
struct Survey {
    /// Nesting of modules and components; 1 is the component itself.
    depth: u32,
    imports: Vec<String>,
    exports: Vec<String>,
    /// Exports that no world has.
    foreign: Vec<String>,
    /// Exported instances.
    instances: Vec<String>,
    /// Of the largest memory, at the start.
    pages: u64,
}

impl Survey {
    fn look_at(&mut self, payload: &Payload<'_>) -> Result<(), GateError> {
        match payload {
            Payload::Version { encoding, .. } => {
                self.depth += 1;
                if (*encoding, self.depth) == (Encoding::Module, 1) {
                    return Err(GateError::CoreModule);
                }
            }
            Payload::End(_) => self.depth = self.depth.saturating_sub(1),
            Payload::MemorySection(section) => {
                for memory in section.clone() {
                    self.pages = self.pages.max(memory.map_err(invalid)?.initial);
                }
            }
            Payload::ComponentStartSection { .. } => return Err(GateError::Feature("a start function")),
            Payload::ComponentImportSection(section) if self.depth == 1 => {
                for import in section.clone() {
                    let import = import.map_err(invalid)?;
                    if !names_a_type(&import) {
                        self.imports.push(format!("`{}`", import.name.name));
                    }
                }
            }
            Payload::ComponentExportSection(section) if self.depth == 1 => {
                for export in section.clone() {
                    let export = export.map_err(invalid)?;
                    if !may_be_exported(&export) {
                        self.foreign.push(format!("`{}`", export.name.name));
                    }
                    if export.kind == ComponentExternalKind::Instance {
                        self.instances.push(export.name.name.to_owned());
                    }
                    self.exports.push(export.name.name.to_owned());
                }
            }
            Payload::ExportSection(section) => {
                for export in section.clone() {
                    let name = export.map_err(invalid)?.name;
                    if name.starts_with(HOST_PREFIX) && !name.starts_with(CONTRACT_PREFIX) {
                        return Err(GateError::HostName(Visible::within(name, NAME).to_string()));
                    }
                }
            }
            Payload::ComponentTypeSection(section) => {
                for defined in section.clone() {
                    if let ComponentType::Resource { .. } = defined.map_err(invalid)? {
                        return Err(GateError::Feature("resources"));
                    }
                }
            }
            Payload::ComponentCanonicalSection(section) => {
                for function in section.clone() {
                    canonical(&function.map_err(invalid)?)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn world(&self) -> Result<World, GateError> {
        if !self.imports.is_empty() {
            return Err(GateError::Imports(self.imports.clone()));
        }
        let exports = |wanted: &str| self.exports.iter().any(|name| name == wanted);
        let mut worlds = World::ALL.into_iter().filter(|world| exports(world.judge()));
        let world = worlds.next().unwrap_or_default();
        if let Some(other) = worlds.next() {
            return Err(GateError::TwoWorlds(world.judge(), other.judge()));
        }
        let missing = world.exports().into_iter().filter(|export| !exports(export));
        let missing: Vec<String> = missing.map(str::to_owned).collect();
        if !missing.is_empty() {
            let found = self.exports.clone();
            return Err(GateError::World { world: world.name(), found, missing });
        }
        let mut found = self.foreign.clone();
        if world != World::Rule && exports(EVALUATE_PACKED) {
            found.push(format!("`{EVALUATE_PACKED}`"));
        }
        if !found.is_empty() {
            return Err(GateError::Foreign { world: world.name(), found });
        }
        Ok(world)
    }

    /// An instance may hold the contract's types, and functions of the world once more.
    fn only_of_the_contract(&self, types: &Types, world: World) -> Result<(), GateError> {
        let known = |(name, item): (&String, &ComponentItem)| match item.ty {
            ComponentEntityType::Type { .. } => true,
            ComponentEntityType::Func(_) => name == PYTHON_INIT || world.exports().contains(&name.as_str()),
            ComponentEntityType::Module(_)
            | ComponentEntityType::Value(_)
            | ComponentEntityType::Instance(_)
            | ComponentEntityType::Component(_) => false,
        };
        let mut found = Vec::new();
        for name in &self.instances {
            let Some(ComponentEntityType::Instance(id)) =
                types.component_item_for_export(name).map(|item| item.ty)
            else {
                found.push(format!("`{name}`"));
                continue;
            };
            let items = types.as_ref().get(id).into_iter().flat_map(|instance| &instance.exports);
            let unknown = items.filter(|item| !known(*item)).map(|(item, _)| format!("`{item}` in `{name}`"));
            found.extend(unknown);
        }
        if found.is_empty() { Ok(()) } else { Err(GateError::Foreign { world: world.name(), found }) }
    }

    fn counts(&self) -> Result<(), GateError> {
        let counts = [("imports", NAMES, len(&self.imports)), ("exports", NAMES, len(&self.exports))];
        match counts.into_iter().find(|(_, limit, found)| found > limit) {
            Some((what, limit, found)) => Err(GateError::Count { what, limit, found }),
            None => Ok(()),
        }
    }
}

fn len(names: &[String]) -> u32 {
    u32::try_from(names.len()).unwrap_or(u32::MAX)
}

/// Contracts bring the names of their types along as imports, which nothing has to be given for.
fn names_a_type(import: &ComponentImport<'_>) -> bool {
    match import.ty {
        ComponentTypeRef::Type(TypeBounds::Eq(_)) => true,
        // Linking against nothing refuses a function that hides under this name.
        ComponentTypeRef::Instance(_) => TYPES_INTERFACES.contains(&import.name.name),
        _ => false,
    }
}

/// Functions of a world, and types. Which functions, linking decides by their types. What instances hold is asked
/// when the types are known.
fn may_be_exported(export: &ComponentExport<'_>) -> bool {
    let name = export.name.name;
    match export.kind {
        ComponentExternalKind::Func => {
            name == EVALUATE_PACKED || World::ALL.iter().any(|world| world.exports().contains(&name))
        }
        ComponentExternalKind::Type => !name.starts_with("holdfast-"),
        ComponentExternalKind::Instance => name == PYTHON_INSTANCE || TYPES_INTERFACES.contains(&name),
        ComponentExternalKind::Module | ComponentExternalKind::Value | ComponentExternalKind::Component => {
            false
        }
    }
}

fn canonical(function: &CanonicalFunction) -> Result<(), GateError> {
    let options = match function {
        CanonicalFunction::Lift { options, .. } => options,
        // What is lowered must be imported, or lifted from another component inside.
        CanonicalFunction::Lower { .. } => return Err(GateError::Composed),
        _ => return Err(GateError::Feature("resources, threads or asynchronous functions")),
    };
    for option in options {
        match option {
            CanonicalOption::UTF16 => return Err(GateError::Encoding("UTF-16")),
            CanonicalOption::CompactUTF16 => return Err(GateError::Encoding("Latin-1 or UTF-16")),
            CanonicalOption::Async | CanonicalOption::Callback(_) => {
                return Err(GateError::Feature("asynchronous functions"));
            }
            CanonicalOption::Gc | CanonicalOption::CoreType(_) => {
                return Err(GateError::Feature("garbage collection"));
            }
            CanonicalOption::UTF8
            | CanonicalOption::Memory(_)
            | CanonicalOption::Realloc(_)
            | CanonicalOption::PostReturn(_) => {}
        }
    }
    Ok(())
}
