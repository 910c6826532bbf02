//! Whether a component is one core module, and which functions of it what the host calls is made of.

use wasmparser::{
    CanonicalFunction, CanonicalOption, ComponentAlias, ComponentExternalKind, ExternalKind, Instance,
    Parser, Payload,
};

use crate::contract::{CONFIGURE, EVALUATE_PACKED};

/// Exports of the core module that a function of the component is lifted from, with texts in UTF-8.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Lifted {
    pub(super) function: String,
    pub(super) realloc: String,
    pub(super) post_return: Option<String>,
    pub(super) memory: String,
}

/// What a component has defined so far, in the order of its index spaces.
#[derive(Default)]
struct Defined {
    /// Core functions, by the name under which the only core instance exports them.
    core_functions: Vec<String>,
    memories: Vec<String>,
    /// Component functions; `None` where it is not known what they are.
    functions: Vec<Option<Lifted>>,
    modules: u32,
    instances: u32,
    doors: Doors,
}

/// What the host calls of a component that is one core module, instantiated once, without imports.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Doors {
    pub(super) packed: Option<Lifted>,
    pub(super) configure: Option<Lifted>,
}

impl Doors {
    /// Whether the core module can be asked without the component around it.
    pub(super) fn are_called(&self) -> bool {
        self.packed.is_some() && self.configure.is_some()
    }

    /// `None` for any other component.
    pub(super) fn find(component: &[u8]) -> Option<Self> {
        let (mut defined, mut depth) = (Defined::default(), 0_u32);
        for payload in Parser::new(0).parse_all(component) {
            let payload = payload.ok()?;
            match &payload {
                Payload::Version { .. } => depth += 1,
                Payload::End(_) => depth = depth.saturating_sub(1),
                _ if depth == 1 => defined.look_at(&payload)?,
                _ => {}
            }
        }
        (defined.modules == 1 && defined.instances == 1).then_some(defined.doors)
    }
}

impl Defined {
    /// `None` for what would make the index spaces others than they are taken for.
    fn look_at(&mut self, payload: &Payload<'_>) -> Option<()> {
        match payload {
            Payload::ModuleSection { .. } => self.modules += 1,
            Payload::ComponentSection { .. } | Payload::ComponentStartSection { .. } => return None,
            Payload::InstanceSection(section) => {
                for instance in section.clone() {
                    let Instance::Instantiate { module_index: 0, args } = instance.ok()? else { return None };
                    args.is_empty().then_some(())?;
                    self.instances += 1;
                }
            }
            Payload::ComponentAliasSection(section) => {
                section.clone().into_iter().try_for_each(|alias| self.alias(&alias.ok()?))?;
            }
            Payload::ComponentCanonicalSection(section) => {
                section.clone().into_iter().try_for_each(|function| self.function(&function.ok()?))?;
            }
            Payload::ComponentExportSection(section) => {
                for export in section.clone() {
                    let export = export.ok()?;
                    if export.kind == ComponentExternalKind::Func {
                        self.export(export.name.name, export.index)?;
                    }
                }
            }
            _ => {}
        }
        Some(())
    }

    fn alias(&mut self, alias: &ComponentAlias<'_>) -> Option<()> {
        match alias {
            ComponentAlias::CoreInstanceExport { kind: ExternalKind::Func, instance_index: 0, name } => {
                self.core_functions.push((*name).to_owned());
            }
            ComponentAlias::CoreInstanceExport { kind: ExternalKind::Memory, instance_index: 0, name } => {
                self.memories.push((*name).to_owned());
            }
            ComponentAlias::CoreInstanceExport { .. } => return None,
            ComponentAlias::InstanceExport { kind: ComponentExternalKind::Type, .. }
            | ComponentAlias::Outer { .. } => {}
            ComponentAlias::InstanceExport { .. } => return None,
        }
        Some(())
    }

    fn function(&mut self, function: &CanonicalFunction) -> Option<()> {
        let CanonicalFunction::Lift { core_func_index, options, .. } = function else { return None };
        let core = |index: u32| self.core_functions.get(usize::try_from(index).ok()?).cloned();
        let mut door = Lifted { function: core(*core_func_index)?, ..Lifted::default() };
        let mut is_utf8 = true;
        for option in options {
            match option {
                CanonicalOption::Memory(index) => {
                    door.memory = self.memories.get(usize::try_from(*index).ok()?)?.clone();
                }
                CanonicalOption::Realloc(index) => door.realloc = core(*index)?,
                CanonicalOption::PostReturn(index) => door.post_return = Some(core(*index)?),
                CanonicalOption::UTF16 | CanonicalOption::CompactUTF16 => is_utf8 = false,
                _ => {}
            }
        }
        let has_all = !door.realloc.is_empty() && !door.memory.is_empty();
        self.functions.push((has_all && is_utf8).then_some(door));
        Some(())
    }

    /// An exported function is a further one.
    fn export(&mut self, name: &str, index: u32) -> Option<()> {
        let exported = self.functions.get_mut(usize::try_from(index).ok()?)?;
        match name {
            EVALUATE_PACKED => self.doors.packed = exported.take(),
            CONFIGURE => self.doors.configure = exported.take(),
            _ => {}
        }
        self.functions.push(None);
        Some(())
    }
}
