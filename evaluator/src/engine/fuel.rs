//! What an instruction costs: about what a machine pays for it, so that fuel ends an evaluation before the clock.
//!
//! One unit is an instruction of a nanosecond or less. What can take a machine much longer is charged more, by
//! its slowest case: a division, a load that misses every cache, a call into the host. With these figures the
//! whole fuel of an evaluation is a second or so of processor time in the worst case that could be
//! constructed, and some hundredths of a second in code that compilers make.

use wasmtime::OperatorCost;

/// Version of the table, of which fuel figures in records are; counts up with every change of it.
pub(crate) const VERSION: u32 = 2;

/// A division of whole numbers, up to 30 ns on older processors.
const DIVISION: u8 = 8;
/// A division or root of floating-point numbers, up to 10 ns; a rounding, a library call without SSE4.1.
const FRACTION: u8 = 4;
/// The same for each half or quarter of a vector.
const VECTOR_FRACTION: u8 = 12;
/// A load, 100 ns and more where it misses every cache.
const LOAD: u8 = 6;
/// A store: waits less, since nothing depends on it.
const STORE: u8 = 2;
/// A call, with its check of stack, fuel and clock.
const CALL: u8 = 2;
/// The same through a table, mispredicted.
const INDIRECT: u8 = 6;
/// A call into the host, before what it does for each byte.
const HOST: u8 = 24;
/// Asking the system for memory, however much: all that may be had is a few milliseconds' worth.
const GROWTH: u8 = 255;
/// An element of a table, which may have to be made.
const ELEMENT: u8 = 8;

macro_rules! charge {
    ($table:ident, $cost:ident: $($operator:ident)*) => { $($table.$operator = $cost;)* };
}

/// The cost of every operator; those that are not named cost one unit, as Wasmtime has it.
pub(crate) fn costs() -> OperatorCost {
    let mut table = OperatorCost::new();
    charge!(table, DIVISION: I32DivS I32DivU I32RemS I32RemU I64DivS I64DivU I64RemS I64RemU);
    charge!(table, FRACTION: F32Div F64Div F32Sqrt F64Sqrt F32Ceil F32Floor F32Trunc F32Nearest F64Ceil F64Floor
        F64Trunc F64Nearest I32TruncF32S I32TruncF32U I32TruncF64S I32TruncF64U I64TruncF32S I64TruncF32U
        I64TruncF64S I64TruncF64U I32TruncSatF32S I32TruncSatF32U I32TruncSatF64S I32TruncSatF64U
        I64TruncSatF32S I64TruncSatF32U I64TruncSatF64S I64TruncSatF64U F32ConvertI64U F64ConvertI64U
        I32Popcnt I64Popcnt I32Clz I64Clz I32Ctz I64Ctz I8x16Popcnt I8x16Swizzle I8x16Shuffle I64x2Mul
        I64x2ShrS I8x16ShrS I32x4TruncSatF32x4S I32x4TruncSatF32x4U I32x4TruncSatF64x2SZero
        I32x4TruncSatF64x2UZero F32x4Min F32x4Max F64x2Min F64x2Max);
    charge!(table, VECTOR_FRACTION: F32x4Div F64x2Div F32x4Sqrt F64x2Sqrt F32x4Ceil F32x4Floor F32x4Trunc
        F32x4Nearest F64x2Ceil F64x2Floor F64x2Trunc F64x2Nearest);
    charge!(table, LOAD: I32Load I64Load F32Load F64Load I32Load8S I32Load8U I32Load16S I32Load16U I64Load8S
        I64Load8U I64Load16S I64Load16U I64Load32S I64Load32U V128Load V128Load8x8S V128Load8x8U V128Load16x4S
        V128Load16x4U V128Load32x2S V128Load32x2U V128Load8Splat V128Load16Splat V128Load32Splat
        V128Load64Splat V128Load32Zero V128Load64Zero V128Load8Lane V128Load16Lane V128Load32Lane
        V128Load64Lane);
    charge!(table, STORE: I32Store I64Store F32Store F64Store I32Store8 I32Store16 I64Store8 I64Store16
        I64Store32 V128Store V128Store8Lane V128Store16Lane V128Store32Lane V128Store64Lane);
    charge!(table, CALL: Call ReturnCall);
    charge!(table, INDIRECT: CallIndirect ReturnCallIndirect BrTable TableGet);
    charge!(table, HOST: MemoryCopy MemoryFill MemoryInit DataDrop ElemDrop TableCopy TableFill TableInit RefFunc);
    charge!(table, GROWTH: MemoryGrow TableGrow);
    table.variable.table_copy_per_element = ELEMENT;
    table.variable.table_fill_per_element = ELEMENT;
    table.variable.table_init_per_element = ELEMENT;
    table
}
