//! The state of a module, and the functions that keep and put back the first of it.
//!
//! What an evaluation finds lies in a second memory, which only these functions know: a module's own code was valid
//! before that memory, these functions and their globals had numbers. Bytes before the first and behind the last that
//! is not zero are not copied but filled: that is quicker, and leaves the processor's caches to others.

use wasm_encoder::{BlockType, ConstExpr, Encode, Function, GlobalType, Instruction, MemArg, ValType};

/// The memory of the module itself.
const OWN: u32 = 0;
/// The memory that the first state is kept in.
const KEPT: u32 = 1;
/// A page is two to the power of this.
const PAGE_BITS: i32 = 16;
/// Bytes that are looked at together.
const WORD: i32 = 8;
/// Globals of ours before those that hold values: how many pages there were, where the first byte lies that is not zero,
/// and the end of the last.
const PLACES: u32 = 3;

/// Globals that can be set and are kept: compilers make a few.
const MOST_VARIABLES: usize = 256;

/// Globals of a module.
#[derive(Default)]
pub(super) struct State {
    /// How many there are.
    globals: u32,
    /// Those that can be set.
    variables: Vec<(u32, ValType)>,
}

impl State {
    /// It has one more global; one that `can_be_set` is part of its state.
    pub(super) fn global(&mut self, of: ValType, can_be_set: bool) {
        if can_be_set {
            self.variables.push((self.globals, of));
        }
        self.globals += 1;
    }

    /// Whether what keeps its globals adds little to an instance.
    pub(super) fn is_small(&self) -> bool {
        self.variables.len() <= MOST_VARIABLES
    }

    /// Globals that are added behind its own, encoded.
    pub(super) fn added_globals(&self) -> Option<Vec<Vec<u8>>> {
        let places = (0..PLACES).map(|_| ValType::I32);
        let kept = self.variables.iter().map(|(_, of)| *of);
        places.chain(kept).map(zero).collect()
    }

    fn pages(&self) -> u32 {
        self.globals
    }

    fn start(&self) -> u32 {
        self.globals + 1
    }

    fn end(&self) -> u32 {
        self.globals + 2
    }

    /// Each variable, and the global that holds what it was first.
    fn kept(&self) -> impl Iterator<Item = (u32, u32)> {
        self.variables.iter().map(|(variable, _)| *variable).zip(self.globals + PLACES..)
    }

    /// The function that keeps what there is now.
    pub(super) fn keep(&self) -> Function {
        let (pages, start, end) = (self.pages(), self.start(), self.end());
        let mut function = Function::new([]);
        add(
            &mut function,
            [
                Instruction::MemorySize(OWN),
                Instruction::GlobalSet(pages),
                Instruction::GlobalGet(pages),
                Instruction::MemoryGrow(KEPT),
                Instruction::I32Const(-1),
                Instruction::I32Eq,
                Instruction::If(BlockType::Empty),
                Instruction::Unreachable,
                Instruction::End,
                Instruction::GlobalGet(pages),
                Instruction::I32Const(PAGE_BITS),
                Instruction::I32Shl,
                Instruction::GlobalSet(end),
            ],
        );
        // From both ends to what is not zero.
        let before_end = [Instruction::GlobalGet(end), Instruction::I32Const(WORD), Instruction::I32Sub];
        let behind_start = [Instruction::GlobalGet(start), Instruction::I32Const(WORD), Instruction::I32Add];
        narrow(&mut function, (start, end), &[Instruction::GlobalGet(start)], &behind_start, start);
        narrow(&mut function, (start, end), &before_end, &before_end, end);
        self.copy(&mut function, KEPT, OWN);
        for (variable, kept) in self.kept() {
            add(&mut function, [Instruction::GlobalGet(variable), Instruction::GlobalSet(kept)]);
        }
        function.instruction(&Instruction::End);
        function
    }

    /// The function that puts it back, and traps if memory has grown.
    pub(super) fn put_back(&self) -> Function {
        let (pages, start, end) = (self.pages(), self.start(), self.end());
        let mut function = Function::new([]);
        add(
            &mut function,
            [
                Instruction::MemorySize(OWN),
                Instruction::GlobalGet(pages),
                Instruction::I32Ne,
                Instruction::If(BlockType::Empty),
                Instruction::Unreachable,
                Instruction::End,
                Instruction::I32Const(0),
                Instruction::I32Const(0),
                Instruction::GlobalGet(start),
                Instruction::MemoryFill(OWN),
            ],
        );
        self.copy(&mut function, OWN, KEPT);
        add(
            &mut function,
            [
                Instruction::GlobalGet(end),
                Instruction::I32Const(0),
                Instruction::GlobalGet(pages),
                Instruction::I32Const(PAGE_BITS),
                Instruction::I32Shl,
                Instruction::GlobalGet(end),
                Instruction::I32Sub,
                Instruction::MemoryFill(OWN),
            ],
        );
        for (variable, kept) in self.kept() {
            add(&mut function, [Instruction::GlobalGet(kept), Instruction::GlobalSet(variable)]);
        }
        function.instruction(&Instruction::End);
        function
    }

    /// Copies what is not zero to the same place in the other memory.
    fn copy(&self, function: &mut Function, dst_mem: u32, src_mem: u32) {
        let (start, end) = (self.start(), self.end());
        add(
            function,
            [
                Instruction::GlobalGet(start),
                Instruction::GlobalGet(start),
                Instruction::GlobalGet(end),
                Instruction::GlobalGet(start),
                Instruction::I32Sub,
                Instruction::MemoryCopy { src_mem, dst_mem },
            ],
        );
    }
}

/// While `start` lies before `end` and the word at `place` is zero, sets `moved` to the `next` place.
fn narrow(
    function: &mut Function,
    (start, end): (u32, u32),
    place: &[Instruction<'static>],
    next: &[Instruction<'static>],
    moved: u32,
) {
    let word = MemArg { offset: 0, align: 3, memory_index: OWN };
    add(
        function,
        [
            Instruction::Block(BlockType::Empty),
            Instruction::Loop(BlockType::Empty),
            Instruction::GlobalGet(start),
            Instruction::GlobalGet(end),
            Instruction::I32GeU,
            Instruction::BrIf(1),
        ],
    );
    add(function, place.iter().cloned());
    add(
        function,
        [Instruction::I64Load(word), Instruction::I64Const(0), Instruction::I64Ne, Instruction::BrIf(1)],
    );
    add(function, next.iter().cloned());
    add(function, [Instruction::GlobalSet(moved), Instruction::Br(0), Instruction::End, Instruction::End]);
}

fn add(function: &mut Function, instructions: impl IntoIterator<Item = Instruction<'static>>) {
    for instruction in instructions {
        function.instruction(&instruction);
    }
}

/// A global that begins with zero, encoded; `None` for one of references.
fn zero(of: ValType) -> Option<Vec<u8>> {
    let value = match of {
        ValType::I32 => ConstExpr::i32_const(0),
        ValType::I64 => ConstExpr::i64_const(0),
        ValType::F32 => ConstExpr::f32_const(0.0.into()),
        ValType::F64 => ConstExpr::f64_const(0.0.into()),
        ValType::V128 => ConstExpr::v128_const(0),
        ValType::Ref(_) => return None,
    };
    let mut global = Vec::new();
    GlobalType { val_type: of, mutable: true, shared: false }.encode(&mut global);
    value.encode(&mut global);
    Some(global)
}
