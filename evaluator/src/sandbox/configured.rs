//! A configured component, compiled when it is first needed, and once for all rule sets that it serves.

use std::sync::{Arc, Mutex, PoisonError};

use crate::compiling::{CompileError, Purpose};

use super::code::Code;

/// A configured component, and its code as soon as somebody has asked for it.
pub(crate) struct Configured {
    bytes: Vec<u8>,
    code: Mutex<Option<Arc<Code>>>,
}

impl Configured {
    pub(super) fn new(bytes: Vec<u8>) -> Self {
        Self { bytes, code: Mutex::new(None) }
    }

    /// The component.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Its code; anyone who asks meanwhile waits.
    pub(super) fn code(&self) -> Result<Arc<Code>, CompileError> {
        let mut known = self.code.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(code) = &*known {
            return Ok(Arc::clone(code));
        }
        let code = Arc::new(Code::compile(&self.bytes, Purpose::Evaluating)?);
        *known = Some(Arc::clone(&code));
        Ok(code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_component_is_compiled_once_however_many_ask() -> anyhow::Result<()> {
        let configured = Configured::new(wat::parse_str("(component)")?);
        let (one, other) = (configured.code()?, configured.code()?);
        assert!(Arc::ptr_eq(&one, &other));
        Ok(())
    }

    #[test]
    fn what_did_not_compile_is_tried_again() {
        let configured = Configured::new(b"no component".to_vec());
        assert!(configured.code().is_err() && configured.code().is_err());
    }
}
