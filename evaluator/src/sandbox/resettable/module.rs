//! Whether a core module can be put back to its first state, and the names by which the host does so.

use std::collections::BTreeMap;

use wasm_encoder::{ExportKind, ExportSection, Module, RawSection, Section as _};
use wasmparser::{ConstExpr, DataKind, ElementKind, ExternalKind, Operator, Parser, Payload};

use super::analysis::sections;
use super::exports::CoreExports;
use super::{EVALUATE, GLOBAL, MEMORY, POST_RETURN, REALLOC};

/// What all names of ours begin with.
const OURS: &str = "holdfast:";
/// Largest memory in bytes that is quicker put back than made again.
const LARGEST: u64 = 256 << 10;
const PAGE: u64 = 64 << 10;

/// What was found out about a module.
#[derive(Default)]
struct Survey {
    exports: BTreeMap<String, (ExternalKind, u32)>,
    /// Indexes of globals that can be set.
    globals: Vec<u32>,
}

/// The module with names of ours; none if it has state beyond one small memory and globals.
pub(super) fn with_names(module: &[u8], door: &CoreExports) -> Option<Vec<u8>> {
    let survey = Survey::of(module)?;
    let section = survey.named(door)?;
    let mut named = Module::new();
    let mut written = false;
    for (id, data) in sections(module)? {
        if id == section.id() {
            named.section(&section);
            written = true;
        } else {
            named.section(&RawSection { id, data });
        }
    }
    written.then(|| named.finish())
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
            Payload::MemorySection(section) => {
                let [memory] = section.into_iter().collect::<Result<Vec<_>, _>>().ok()?.try_into().ok()?;
                let small = memory.initial.saturating_mul(PAGE) <= LARGEST;
                let plain = !memory.memory64 && !memory.shared && memory.page_size_log2.is_none();
                (small && plain).then_some(())?;
            }
            Payload::GlobalSection(section) => {
                for (index, global) in (0..).zip(section) {
                    let global = global.ok()?;
                    // What a reference leads to may be changed, even if the reference itself may not.
                    (!global.ty.content_type.is_reference_type()).then_some(())?;
                    is_constant(&global.init_expr)?;
                    if global.ty.mutable {
                        self.globals.push(index);
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
    fn named(&self, door: &CoreExports) -> Option<ExportSection> {
        let mut section = ExportSection::new();
        for (name, (kind, index)) in &self.exports {
            section.export(name, ExportKind::from(*kind), *index);
        }
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
        for index in &self.globals {
            section.export(&format!("{GLOBAL}{index}"), ExportKind::Global, *index);
        }
        Some(section)
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
