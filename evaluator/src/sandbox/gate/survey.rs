//! What a component imports, exports and uses, against what the contract has.

use holdfast_rule_set::Visible;
use wasmparser::component_types::{ComponentEntityType, ComponentItem};
use wasmparser::types::Types;
use wasmparser::{
    CanonicalFunction, CanonicalOption, ComponentExport, ComponentExternalKind, ComponentImport,
    ComponentType, ComponentTypeRef, Encoding, Payload, TypeBounds,
};

use super::error::{CONTRACT_PREFIX, GateError, HOST_PREFIX, NAME, invalid};
use crate::contract::{EVALUATE_PACKED, TYPES_INTERFACES};
use crate::engine::World;

/// What Python's tools leave behind: an instance, and in it the function that they called before they took their
/// snapshot. Nothing calls it here.
const PYTHON_INSTANCE: &str = "exports";
const PYTHON_INIT: &str = "init";
/// Exports and imports; the contract has at most four exports, and its types as imports.
const NAMES: u32 = 64;

#[derive(Default)]
pub(super) struct Survey {
    /// Nesting of modules and components; 1 is the component itself.
    depth: u32,
    imports: Vec<String>,
    exports: Vec<String>,
    /// Exports that no world has.
    foreign: Vec<String>,
    /// Exported instances.
    instances: Vec<String>,
    /// Of the largest memory, at the start.
    pub(super) pages: u64,
}

impl Survey {
    pub(super) fn look_at(&mut self, payload: &Payload<'_>) -> Result<(), GateError> {
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

    pub(super) fn world(&self) -> Result<World, GateError> {
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
    pub(super) fn only_of_the_contract(&self, types: &Types, world: World) -> Result<(), GateError> {
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

    pub(super) fn counts(&self) -> Result<(), GateError> {
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
