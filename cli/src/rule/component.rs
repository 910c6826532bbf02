//! From a core module, as compilers write it, to the component that a rule set takes.

use anyhow::{Context as _, ensure};
use wit_component::ComponentEncoder;

/// How a core module begins; a component has another version.
const CORE: &[u8] = b"\0asm\x01\0\0\0";
const WASM: &[u8] = b"\0asm";

/// The component: these bytes themselves if they are one.
///
/// # Errors
///
/// Fails if the bytes are not WebAssembly, or the module was not built against the contract.
pub(crate) fn of(bytes: Vec<u8>) -> anyhow::Result<Vec<u8>> {
    ensure!(bytes.starts_with(WASM), "it is not WebAssembly");
    if !bytes.starts_with(CORE) {
        return Ok(bytes);
    }
    ComponentEncoder::default()
        .validate(true)
        .module(&bytes)
        .and_then(|mut encoder| encoder.encode())
        .context(
            "it could not be turned into a component; build it for wasm32-unknown-unknown with the rule SDK",
        )
}
