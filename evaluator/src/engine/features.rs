//! What of WebAssembly a module may use: said once, for the gate and for every engine.

use wasmtime::WasmFeatures;

/// The proposals that are on. All others are off by name, whatever Wasmtime's defaults and crate features are:
/// garbage collection, exceptions and function references bring state that no reset can see; threads, shared and
/// 64-bit memories, custom page sizes and several memories in a module are not reset; relaxed vector instructions
/// differ between machines.
pub(crate) fn features() -> WasmFeatures {
    WasmFeatures::WASM2
        .union(WasmFeatures::TAIL_CALL)
        .union(WasmFeatures::EXTENDED_CONST)
        .union(WasmFeatures::COMPONENT_MODEL)
        .difference(WasmFeatures::GC_TYPES)
}

/// What engines take: what a module may use, and the second memory that the host itself gives to what it puts back.
pub(crate) fn engine_features() -> WasmFeatures {
    features().union(WasmFeatures::MULTI_MEMORY)
}

#[cfg(all(test, feature = "compiler"))]
mod tests {
    use super::*;

    #[test]
    fn every_engine_has_exactly_these() -> anyhow::Result<()> {
        let engines = [super::super::checking()?, super::super::publishing()?];
        for engine in engines {
            assert_eq!(engine.get_wasm_features(), engine_features());
        }
        for off in [
            WasmFeatures::GC,
            WasmFeatures::GC_TYPES,
            WasmFeatures::EXCEPTIONS,
            WasmFeatures::FUNCTION_REFERENCES,
            WasmFeatures::THREADS,
            WasmFeatures::MEMORY64,
            WasmFeatures::MULTI_MEMORY,
            WasmFeatures::CUSTOM_PAGE_SIZES,
            WasmFeatures::RELAXED_SIMD,
            WasmFeatures::STACK_SWITCHING,
            WasmFeatures::CM_ASYNC,
        ] {
            assert!(!features().intersects(off), "{off:?} is on");
        }
        Ok(())
    }
}
