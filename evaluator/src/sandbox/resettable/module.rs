//! Whether a core module can be put back to its first state, and the module that can do so itself.

use std::collections::BTreeMap;

use wasm_encoder::{DataCountSection, Encode, ExportKind, ExportSection, Module, RawSection};
use wasmparser::{
    BinaryReader, ConstExpr, Data, DataKind, ElementKind, ExternalKind, Operator, Parser, Payload,
};

use super::analysis::sections;
use super::core::{EVALUATE, MEMORY, POST_RETURN, REALLOC, RESET};
use super::exports::CoreExports;
use super::reset::FirstState;

/// What all names of ours begin with.
const OURS: &str = "holdfast:";
/// Largest memory in bytes that is quicker put back than made again.
const LARGEST: u64 = 256 << 10;
const PAGE: u64 = 64 << 10;
/// Ids of sections.
const TYPE: u8 = 1;
const FUNCTION: u8 = 3;
const EXPORT: u8 = 7;
const CODE: u8 = 10;
const DATA: u8 = 11;
const DATA_COUNT: u8 = 12;
/// What an expression ends with.
const END: u8 = 0x0b;
/// The type of a function that takes nothing and gives nothing.
const NOTHING: [u8; 3] = [0x60, 0, 0];

/// What was found out about a module.
#[derive(Default)]
struct Survey {
    exports: BTreeMap<String, (ExternalKind, u32)>,
    types: u32,
    functions: u32,
    segments: u32,
    first: FirstState,
}

/// The module with a function that puts it back, and names of ours; none if it has state beyond one small memory and globals.
pub(super) fn resettable(module: &[u8], door: Option<&CoreExports>) -> Option<Vec<u8>> {
    let survey = Survey::of(module)?;
    let (exports, put_back) = (survey.named(door)?, survey.first.put_back(survey.segments)?);
    let mut made = Module::new();
    for (id, data) in sections(module)? {
        let longer = match id {
            TYPE => with(data, &NOTHING)?,
            FUNCTION => with(data, &encoded(&survey.types))?,
            CODE => {
                made.section(&DataCountSection { count: survey.segments.checked_add(1)? });
                with(data, &encoded(&put_back))?
            }
            DATA_COUNT => continue,
            EXPORT => {
                made.section(&exports);
                continue;
            }
            DATA => continue,
            _ => data.to_vec(),
        };
        made.section(&RawSection { id, data: &longer });
    }
    let none = encoded(&0_u32);
    let data = sections(module)?.into_iter().find_map(|(id, data)| (id == DATA).then_some(data));
    let data = with(data.unwrap_or(&none), &survey.first.segment())?;
    made.section(&RawSection { id: DATA, data: &data });
    Some(made.finish())
}

/// A section with one more item.
fn with(section: &[u8], item: &[u8]) -> Option<Vec<u8>> {
    let mut reader = BinaryReader::new(section, 0);
    let count = reader.read_var_u32().ok()?.checked_add(1)?;
    let items = reader.read_bytes(reader.bytes_remaining()).ok()?;
    Some([&encoded(&count), items, item].concat())
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
        Some(survey)
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
                self.first.memory(memory.initial)?;
            }
            Payload::GlobalSection(section) => {
                for (index, global) in (0..).zip(section) {
                    let global = global.ok()?;
                    // What a reference leads to may be changed, even if the reference itself may not.
                    (!global.ty.content_type.is_reference_type()).then_some(())?;
                    let value = constant(&global.init_expr)?;
                    if global.ty.mutable {
                        self.first.global(index, value);
                    }
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
                self.segments = section.count();
                for data in section {
                    self.data(&data.ok()?)?;
                }
            }
            Payload::ElementSection(section) => {
                for element in section {
                    match element.ok()?.kind {
                        ElementKind::Active { offset_expr, .. } => drop(constant(&offset_expr)?),
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

    fn data(&mut self, segment: &Data<'_>) -> Option<()> {
        match &segment.kind {
            DataKind::Active { offset_expr, .. } => self.first.data(address(offset_expr)?, segment.data),
            // A snapshot leaves an empty one behind; whether that is dropped makes no difference.
            DataKind::Passive => segment.data.is_empty().then_some(()),
        }
    }

    /// The exports, and ours behind them.
    fn named(&self, door: Option<&CoreExports>) -> Option<ExportSection> {
        let mut section = ExportSection::new();
        for (name, (kind, index)) in &self.exports {
            section.export(name, ExportKind::from(*kind), *index);
        }
        section.export(RESET, ExportKind::Func, self.functions);
        let Some(door) = door else { return Some(section) };
        let mut ours = |name: &str, wanted: &str, kind: ExternalKind| {
            let (_, index) = self.exports.get(wanted).filter(|(found, _)| *found == kind)?;
            section.export(name, ExportKind::from(kind), *index);
            Some(())
        };
        ours(MEMORY, &door.memory, ExternalKind::Memory)?;
        ours(EVALUATE, &door.evaluate, ExternalKind::Func)?;
        ours(REALLOC, &door.realloc, ExternalKind::Func)?;
        if let Some(post_return) = &door.post_return {
            ours(POST_RETURN, post_return, ExternalKind::Func)?;
        }
        Some(section)
    }
}

/// The only instruction of an expression. What has to be computed burns fuel when an instance is made, of which a reset
/// knows nothing.
fn constant<'a>(expression: &ConstExpr<'a>) -> Option<&'a [u8]> {
    let mut operators = expression.get_operators_reader();
    operators.read().ok()?;
    matches!(operators.read().ok()?, Operator::End).then_some(())?;
    let mut reader = expression.get_binary_reader();
    reader.read_bytes(reader.bytes_remaining()).ok()?.strip_suffix(&[END])
}

/// Where data lies.
fn address(expression: &ConstExpr<'_>) -> Option<u32> {
    constant(expression)?;
    match expression.get_operators_reader().read().ok()? {
        Operator::I32Const { value } => Some(value.cast_unsigned()),
        _ => None,
    }
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
