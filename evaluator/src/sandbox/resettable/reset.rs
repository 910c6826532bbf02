//! The first state of a module, and the function that puts it back.

use wasm_encoder::{BlockType, Encode, Function, Instruction};

const PAGE: usize = 64 << 10;
/// A segment of data that is copied when it is asked for.
const PASSIVE: u8 = 1;

/// What an evaluation finds: memory, and the globals that can be set.
#[derive(Default)]
pub(super) struct FirstState {
    /// All of it; `None` for a module without.
    memory: Option<Vec<u8>>,
    /// Indexes, and the instruction that gives the value.
    globals: Vec<(u32, Vec<u8>)>,
}

impl FirstState {
    /// It has a memory of so many pages.
    pub(super) fn memory(&mut self, pages: u64) -> Option<()> {
        self.memory = Some(vec![0; usize::try_from(pages).ok()?.checked_mul(PAGE)?]);
        Some(())
    }

    /// Memory begins with this at this address; `None` if that is outside.
    pub(super) fn data(&mut self, address: u32, data: &[u8]) -> Option<()> {
        let start = usize::try_from(address).ok()?;
        let place = self.memory.as_mut()?.get_mut(start..start.checked_add(data.len())?)?;
        place.copy_from_slice(data);
        Some(())
    }

    /// The global of this index begins with what this instruction gives.
    pub(super) fn global(&mut self, index: u32, value: &[u8]) {
        self.globals.push((index, value.to_vec()));
    }

    /// Where the first byte lies that is not zero, and all from there to the last.
    fn bytes(&self) -> (usize, &[u8]) {
        let memory = self.memory.as_deref().unwrap_or_default();
        let start = memory.iter().position(|byte| *byte != 0).unwrap_or(memory.len());
        let end = memory.iter().rposition(|byte| *byte != 0).map_or(start, |last| last + 1);
        (start, memory.get(start..end).unwrap_or_default())
    }

    /// A segment that holds these bytes, encoded.
    pub(super) fn segment(&self) -> Vec<u8> {
        let mut segment = vec![PASSIVE];
        self.bytes().1.encode(&mut segment);
        segment
    }

    /// The function that puts everything back from the segment of this index, and traps if memory has grown; `None` for
    /// a module without memory.
    pub(super) fn put_back(&self, segment: u32) -> Option<Function> {
        let length = self.memory.as_ref()?.len();
        let (start, bytes) = self.bytes();
        let end = start + bytes.len();
        let mut function = Function::new([]);
        function.instruction(&Instruction::MemorySize(0));
        function.instruction(&number(length / PAGE)?);
        function.instruction(&Instruction::I32Ne);
        function.instruction(&Instruction::If(BlockType::Empty));
        function.instruction(&Instruction::Unreachable);
        function.instruction(&Instruction::End);
        for [at, value, length] in [[0, 0, start], [end, 0, length - end]] {
            function.instruction(&number(at)?);
            function.instruction(&number(value)?);
            function.instruction(&number(length)?);
            function.instruction(&Instruction::MemoryFill(0));
        }
        function.instruction(&number(start)?);
        function.instruction(&number(0)?);
        function.instruction(&number(bytes.len())?);
        function.instruction(&Instruction::MemoryInit { mem: 0, data_index: segment });
        for (index, value) in &self.globals {
            function.raw(value.iter().copied());
            function.instruction(&Instruction::GlobalSet(*index));
        }
        function.instruction(&Instruction::End);
        Some(function)
    }
}

fn number(number: usize) -> Option<Instruction<'static>> {
    i32::try_from(number).ok().map(Instruction::I32Const)
}
