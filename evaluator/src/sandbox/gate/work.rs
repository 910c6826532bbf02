//! An estimate of what compiling a module costs, from its code alone.
//!
//! It refuses early, and the same everywhere, what is known to be slow. It is not a promise of a time: the bounds of
//! the compiler's process (`compiling.rs`) are, and hold for what this does not foresee. What makes small code slow
//! to compile is how many values meet where control flow meets: each local that a function uses may need a value
//! of its own at each label, for each branch there. Their product is the work, and the square of the places
//! where control flow meets. The weights come from measuring nested loops and branch tables with Wasmtime 48;
//! other shapes may take many times as long for each unit.

use wasmparser::{BlockType, CompositeInnerType, FunctionBody, Operator, SubType};

use super::{GateError, invalid};

/// Locals that one function declares; JavaScript's engine has at most 442.
const LOCALS: u32 = 5_000;
/// Locals over all functions.
const ALL_LOCALS: u32 = 1_000_000;
/// Bytes of one function; JavaScript's engine has one of 172 KB.
const BODY_BYTES: usize = 1 << 20;
/// Units that any function may cost.
const FUNCTION_BASE: u64 = 100_000;
/// And for each of its instructions; Python has a function with 38, but for its branch tables.
const PER_INSTRUCTION: u64 = 48;
/// The most that one function may cost; JavaScript's engine has one with 0.9 million.
const FUNCTION_MOST: u64 = 1_800_000;
/// Units for each function, however small: 20,000 of them take as long as one large one.
const EACH_FUNCTION: u64 = 60;
/// Places where control flow meets in one function; JavaScript's engine has one with 18,000.
const MEETINGS: u64 = 30_000;
/// The part of the square of these places that counts.
const SQUARE: u64 = 500;
/// Units that any module may cost.
const MODULE_BASE: u64 = 1_000_000;
/// And for each byte of its code; JavaScript's engine costs 1.7, Python 1.4, the Rego engine 1.8.
const PER_BYTE: u64 = 3;

/// Branches that the compiler makes where a table's entry is read, which may have to be made first.
const ENTRY: u64 = 2;

/// The work of all functions so far.
#[derive(Default)]
pub(super) struct Work {
    /// Values in and out of each function type of the module that is being read.
    kinds: Vec<(u32, u32)>,
    /// Types of its functions, imported ones first.
    functions: Vec<u32>,
    locals: u32,
    bytes: u64,
    units: u64,
}

impl Work {
    /// Another module begins.
    pub(super) fn module(&mut self) {
        self.kinds.clear();
        self.functions.clear();
    }

    pub(super) fn kind(&mut self, kind: &SubType) {
        let (inputs, outputs) = match &kind.composite_type.inner {
            CompositeInnerType::Func(kind) => (kind.params().len(), kind.results().len()),
            _ => (0, 0),
        };
        let count = |values: usize| u32::try_from(values).unwrap_or(u32::MAX);
        self.kinds.push((count(inputs), count(outputs)));
    }

    pub(super) fn function(&mut self, kind: u32) {
        self.functions.push(kind);
    }

    /// Adds a function; refuses one that costs too much by itself.
    pub(super) fn body(&mut self, body: &FunctionBody<'_>) -> Result<(), GateError> {
        let bytes = body.range().len();
        if bytes > BODY_BYTES {
            return Err(GateError::Function { what: "bytes", limit: BODY_BYTES as u64, found: bytes as u64 });
        }
        self.bytes = self.bytes.saturating_add(bytes as u64);
        let mut declared = 0_u32;
        for run in body.get_locals_reader().map_err(invalid)? {
            declared = declared.saturating_add(run.map_err(invalid)?.0);
        }
        if declared > LOCALS {
            let (limit, found) = (LOCALS.into(), declared.into());
            return Err(GateError::Function { what: "locals", limit, found });
        }
        self.locals = self.locals.saturating_add(declared);
        if self.locals > ALL_LOCALS {
            return Err(GateError::Count { what: "locals", limit: ALL_LOCALS, found: self.locals });
        }
        let units = self.units_of(body)?;
        self.units = self.units.saturating_add(units).saturating_add(EACH_FUNCTION);
        Ok(())
    }

    fn units_of(&mut self, body: &FunctionBody<'_>) -> Result<u64, GateError> {
        let kinds = Kinds { kinds: &self.kinds, functions: &self.functions };
        let mut flow = Flow::default();
        for operator in body.get_operators_reader().map_err(invalid)? {
            flow.add(&operator.map_err(invalid)?, kinds);
        }
        let limit = FUNCTION_BASE.saturating_add(flow.instructions * PER_INSTRUCTION).min(FUNCTION_MOST);
        if flow.meetings > MEETINGS {
            return Err(GateError::Function { what: "branches", limit: MEETINGS, found: flow.meetings });
        }
        let units = flow.units();
        if units > limit {
            return Err(GateError::Function { what: "units of work for the compiler", limit, found: units });
        }
        Ok(units)
    }

    /// Whether the whole stays within its bound.
    pub(super) fn end(&self) -> Result<(), GateError> {
        let limit = MODULE_BASE.saturating_add(self.bytes.saturating_mul(PER_BYTE));
        if self.units > limit {
            return Err(GateError::Work { limit, found: self.units });
        }
        Ok(())
    }
}

/// The types of a module, by their indices; what is not there is refused by validating.
#[derive(Clone, Copy)]
struct Kinds<'a> {
    kinds: &'a [(u32, u32)],
    functions: &'a [u32],
}

impl Kinds<'_> {
    fn values(self, kind: u32) -> u64 {
        let kind = usize::try_from(kind).ok().and_then(|kind| self.kinds.get(kind));
        kind.map_or(0, |(inputs, outputs)| u64::from(*inputs) + u64::from(*outputs))
    }

    fn called(self, function: u32) -> u64 {
        let kind = usize::try_from(function).ok().and_then(|function| self.functions.get(function));
        kind.map_or(0, |kind| self.values(*kind))
    }

    fn block(self, kind: BlockType) -> u64 {
        match kind {
            BlockType::Empty => 0,
            BlockType::Type(_) => 1,
            BlockType::FuncType(kind) => self.values(kind),
        }
    }
}

/// Where the control flow of one function meets, and what is handed over there.
#[derive(Default)]
struct Flow {
    instructions: u64,
    /// Locals that are read or written, by their indices.
    used: Vec<bool>,
    locals: u64,
    labels: Vec<u64>,
    meetings: u64,
    /// Those of them that have a block of their own: the targets of a branch table share theirs.
    splits: u64,
    /// Values that blocks, branches and calls hand over.
    passed: u64,
}

impl Flow {
    fn units(&self) -> u64 {
        let square = self.splits.saturating_mul(self.splits) / SQUARE;
        self.locals.saturating_mul(self.meetings).saturating_add(self.passed).saturating_add(square)
    }

    fn add(&mut self, operator: &Operator<'_>, kinds: Kinds<'_>) {
        self.instructions += 1;
        match operator {
            Operator::Block { blockty } | Operator::Loop { blockty } => self.label(1, kinds.block(*blockty)),
            Operator::If { blockty } => self.label(2, kinds.block(*blockty)),
            Operator::Else => self.meet(1, self.labels.last().copied().unwrap_or_default()),
            Operator::End => {
                self.labels.pop();
            }
            Operator::Br { relative_depth } => self.branch(*relative_depth, 1),
            Operator::BrIf { relative_depth } => self.branch(*relative_depth, 2),
            Operator::BrTable { targets } => {
                self.target(targets.default(), 1);
                for target in targets.targets().map_while(Result::ok) {
                    self.target(target, 1);
                }
            }
            Operator::Return => self.meet(1, 0),
            Operator::Call { function_index } => self.passed += kinds.called(*function_index),
            Operator::CallIndirect { type_index, .. } => {
                self.meet(ENTRY, 0);
                self.passed += kinds.values(*type_index);
            }
            Operator::TableGet { .. } | Operator::TableSet { .. } => self.meet(ENTRY, 0),
            Operator::LocalGet { local_index }
            | Operator::LocalSet { local_index }
            | Operator::LocalTee { local_index } => self.local(*local_index),
            _ => {}
        }
    }

    fn label(&mut self, meetings: u64, values: u64) {
        self.labels.push(values);
        self.meet(meetings, values);
    }

    fn branch(&mut self, depth: u32, meetings: u64) {
        self.splits += meetings;
        self.target(depth, meetings);
    }

    fn target(&mut self, depth: u32, meetings: u64) {
        let from_top = usize::try_from(depth).unwrap_or(usize::MAX);
        let values = self.labels.iter().rev().nth(from_top).copied().unwrap_or_default();
        self.hand_over(meetings, values);
    }

    fn meet(&mut self, meetings: u64, values: u64) {
        self.splits += meetings;
        self.hand_over(meetings, values);
    }

    fn hand_over(&mut self, meetings: u64, values: u64) {
        self.meetings += meetings;
        self.passed = self.passed.saturating_add(values.saturating_mul(meetings));
    }

    fn local(&mut self, index: u32) {
        // Parameters come on top of what is declared; an index beyond both is refused by validating.
        let Some(index) = usize::try_from(index).ok().filter(|index| *index < 2 * LOCALS as usize) else {
            return;
        };
        if self.used.len() <= index {
            self.used.resize(index + 1, false);
        }
        if let Some(used) = self.used.get_mut(index).filter(|used| !**used) {
            *used = true;
            self.locals += 1;
        }
    }
}
