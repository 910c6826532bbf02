//! What only the sandbox itself can be asked.

#[path = "../../tests/it/forge.rs"]
pub(crate) mod forge;

mod clock;
mod deadline;
mod fuel;
mod reset;
mod swapped;

use std::collections::BTreeMap;

use forge::Forged;

use super::{ModuleLoader, Prepared, admit};
use crate::model::{Request, Resource};

/// A request that says nothing.
pub(crate) fn request() -> Request {
    let resource = Resource {
        id: String::new(),
        resource_type: String::new(),
        name: String::new(),
        location: String::new(),
        resource_group: String::new(),
        subscription: String::new(),
        tags: BTreeMap::new(),
        sku: None,
        kind: None,
        body: String::new(),
    };
    Request { resource, ..Request::default() }
}

/// A forged rule, configured.
fn prepared(forged: Forged<'_>) -> anyhow::Result<Prepared> {
    let module = forged.component()?;
    ModuleLoader::open(&module, admit(&module)?)?
        .configure("{}")
        .map_err(|_| anyhow::anyhow!("the forged rule could not be configured"))
}

/// Items of a forged rule: a packed door that does this and abstains.
pub(crate) fn packed(body: &str) -> String {
    format!(
        r#"(func (export "evaluate-packed") (param i32 i32) (result i32) {body}
            (i32.store8 (i32.const 4096) (i32.const 1))
            (i32.store (i32.const 8192) (i32.const 4096)) (i32.store (i32.const 8196) (i32.const 9))
            i32.const 8192)"#
    )
}
