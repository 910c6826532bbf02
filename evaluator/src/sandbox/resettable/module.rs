//! Whether a core module can be put back to its first state, and the module that can do so itself.

use std::collections::BTreeMap;

use wasm_encoder::{Encode, ExportKind, ExportSection, MemoryType, Module, RawSection, ValType};
use wasmparser::{BinaryReader, ConstExpr, DataKind, ElementKind, ExternalKind, Operator, Parser, Payload};

use super::analysis::sections;
use super::core;
use super::door;
use super::exports::{Doors, Lifted};
use super::state::State;

/// What all names of ours begin with.
const OURS: &str = "holdfast:";
/// Largest memory in bytes that is quicker put back than made again.
pub(in crate::sandbox) const LARGEST: u64 = 256 << 10;
const PAGE: u64 = 64 << 10;

/// Ids of sections.
const TYPE: u8 = 1;
const FUNCTION: u8 = 3;
const MEMORY: u8 = 5;
const GLOBAL: u8 = 6;
const EXPORT: u8 = 7;
const CODE: u8 = 10;
/// A section without items.
const EMPTY: [u8; 1] = [0];
/// The type of a function that takes nothing and gives nothing.
const NOTHING: [u8; 3] = [0x60, 0, 0];

/// What was found out about a module.
#[derive(Default)]
struct Survey {
    exports: BTreeMap<String, (ExternalKind, u32)>,
    types: u32,
    functions: u32,
    has_memory: bool,
    has_globals: bool,
    state: State,
}

/// The module with functions that keep its state and put it back, and names of ours; none if it has state beyond one
/// small memory and globals.
pub(super) fn resettable(module: &[u8], doors: &Doors) -> Option<Vec<u8>> {
    let survey = Survey::of(module)?;
    let (exports, globals) = (survey.named(doors)?, survey.state.added_globals()?);
    let functions = [encoded(&survey.state.keep()), encoded(&survey.state.put_back())];
    let kept = MemoryType { minimum: 0, maximum: None, memory64: false, shared: false, page_size_log2: None };
    let mut made = Module::new();
    for (id, data) in sections(module)? {
        let longer = match id {
            TYPE => with(data, &[NOTHING.to_vec()])?,
            FUNCTION => with(data, &[encoded(&survey.types), encoded(&survey.types)])?,
            MEMORY => with(data, &[encoded(&kept)])?,
            GLOBAL => with(data, &globals)?,
            CODE => with(data, &functions)?,
            EXPORT => {
                if !survey.has_globals {
                    made.section(&RawSection { id: GLOBAL, data: &with(&EMPTY, &globals)? });
                }
                made.section(&exports);
                continue;
            }
            _ => data.to_vec(),
        };
        made.section(&RawSection { id, data: &longer });
    }
    Some(made.finish())
}

/// A section with more items.
fn with(section: &[u8], added: &[Vec<u8>]) -> Option<Vec<u8>> {
    let mut reader = BinaryReader::new(section, 0);
    let count = reader.read_var_u32().ok()?.checked_add(u32::try_from(added.len()).ok()?)?;
    let items = reader.read_bytes(reader.bytes_remaining()).ok()?;
    Some([&encoded(&count), items, &added.concat()].concat())
}

fn encoded(item: &impl Encode) -> Vec<u8> {
    let mut bytes = Vec::new();
    item.encode(&mut bytes);
    bytes
}

impl Survey {
    fn of(module: &[u8]) -> Option<Self> {
        let mut survey = Self::default();
        for payload in Parser::new(0).parse_all(module) {
            survey.look_at(payload.ok()?)?;
        }
        (survey.has_memory && survey.state.is_small()).then_some(survey)
    }

    fn look_at(&mut self, payload: Payload<'_>) -> Option<()> {
        match payload {
            Payload::ImportSection(_) | Payload::StartSection { .. } | Payload::TagSection(_) => return None,
            Payload::TypeSection(section) => {
                for group in section {
                    self.types += u32::try_from(group.ok()?.types().len()).ok()?;
                }
            }
            Payload::FunctionSection(section) => self.functions = section.count(),
            Payload::MemorySection(section) => {
                let [memory] = section.into_iter().collect::<Result<Vec<_>, _>>().ok()?.try_into().ok()?;
                let small = memory.initial.saturating_mul(PAGE) <= LARGEST;
                let plain = !memory.memory64 && !memory.shared && memory.page_size_log2.is_none();
                (small && plain).then_some(())?;
                self.has_memory = true;
            }
            Payload::GlobalSection(section) => {
                self.has_globals = true;
                for global in section {
                    let global = global.ok()?;
                    is_constant(&global.init_expr)?;
                    self.state.global(number(global.ty.content_type)?, global.ty.mutable);
                }
            }
            Payload::ExportSection(section) => {
                for export in section {
                    let export = export.ok()?;
                    (!export.name.starts_with(OURS)).then_some(())?;
                    self.exports.insert(export.name.to_owned(), (export.kind, export.index));
                }
            }
            Payload::DataSection(section) => {
                for data in section {
                    let data = data.ok()?;
                    if let DataKind::Active { offset_expr, .. } = &data.kind {
                        is_constant(offset_expr)?;
                    }
                    // A snapshot leaves an empty one behind; whether that is dropped makes no difference.
                    (matches!(data.kind, DataKind::Active { .. }) || data.data.is_empty()).then_some(())?;
                }
            }
            Payload::ElementSection(section) => {
                for element in section {
                    match element.ok()?.kind {
                        ElementKind::Active { offset_expr, .. } => is_constant(&offset_expr)?,
                        ElementKind::Declared => {}
                        ElementKind::Passive => return None,
                    }
                }
            }
            Payload::CodeSectionEntry(body) => {
                for operator in body.get_operators_reader().ok()? {
                    leaves_tables_alone(&operator.ok()?).then_some(())?;
                }
            }
            _ => {}
        }
        Some(())
    }

    /// The exports, and ours behind them.
    fn named(&self, doors: &Doors) -> Option<ExportSection> {
        let mut section = ExportSection::new();
        for (name, (kind, index)) in &self.exports {
            section.export(name, ExportKind::from(*kind), *index);
        }
        section.export(core::KEEP, ExportKind::Func, self.functions);
        section.export(core::RESET, ExportKind::Func, self.functions.checked_add(1)?);
        for (lifted, names) in [(&doors.packed, door::PACKED), (&doors.configure, door::CONFIGURE)] {
            let Some(Lifted { function, realloc, post_return, memory }) = lifted else { continue };
            let ours = [
                (names.function, Some(function), ExternalKind::Func),
                (names.realloc, Some(realloc), ExternalKind::Func),
                (names.post_return, post_return.as_ref(), ExternalKind::Func),
                (names.memory, Some(memory), ExternalKind::Memory),
            ];
            for (name, wanted, kind) in ours {
                let Some(wanted) = wanted else { continue };
                let (_, index) = self.exports.get(wanted).filter(|(found, _)| *found == kind)?;
                section.export(name, ExportKind::from(kind), *index);
            }
        }
        Some(section)
    }
}

/// The type of a number or a vector. What a reference leads to may be changed, even if the reference itself may not.
fn number(of: wasmparser::ValType) -> Option<ValType> {
    match of {
        wasmparser::ValType::I32 => Some(ValType::I32),
        wasmparser::ValType::I64 => Some(ValType::I64),
        wasmparser::ValType::F32 => Some(ValType::F32),
        wasmparser::ValType::F64 => Some(ValType::F64),
        wasmparser::ValType::V128 => Some(ValType::V128),
        wasmparser::ValType::Ref(_) => None,
    }
}

/// What has to be computed burns fuel when an instance is made, of which a reset knows nothing.
fn is_constant(expression: &ConstExpr<'_>) -> Option<()> {
    let mut operators = expression.get_operators_reader();
    operators.read().ok()?;
    matches!(operators.read().ok()?, Operator::End).then_some(())
}

/// Tables that are never written need not be put back.
fn leaves_tables_alone(operator: &Operator<'_>) -> bool {
    !matches!(
        operator,
        Operator::TableSet { .. }
            | Operator::TableGrow { .. }
            | Operator::TableFill { .. }
            | Operator::TableCopy { .. }
            | Operator::TableInit { .. }
            | Operator::ElemDrop { .. }
    )
}
