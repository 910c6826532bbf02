//! What a template acts on: nothing, while it is checked, or this world.

use std::cell::RefCell;

use axum::http::Method;
use serde_json::{Value, json};

use super::expression::UNKNOWN;
use super::template::{Cloud, invalid};
use crate::front::carried_out;
use crate::wire::{ArmError, ArmPath, Call};
use crate::world::World;

/// In this version is read what the template deploys itself, for which it need not name one.
const DEFAULT: &str = "2022-09-01";

/// Checks a template, and keeps the ids of what it would make.
#[derive(Debug, Default)]
pub(super) struct Dry {
    pub(super) ids: RefCell<Vec<String>>,
}

impl Cloud for Dry {
    fn look(&self, _id: &str, _version: Option<&str>) -> Result<Value, ArmError> {
        Ok(json!({ "properties": UNKNOWN }))
    }

    fn put(&self, call: Call) -> Result<(), ArmError> {
        self.ids.borrow_mut().push(call.path.id());
        Ok(())
    }

    fn nested(&self, _id: &str, _outputs: Value) {}
}

/// Acts as the deployer.
pub(super) struct Real<'a> {
    pub(super) world: RefCell<&'a mut World>,
    pub(super) deployment: &'a Call,
    pub(super) correlation: &'a str,
    pub(super) ids: RefCell<Vec<String>>,
    /// Deployments that were nested and have ended: id and outputs.
    pub(super) nested: RefCell<Vec<(String, Value)>>,
}

impl Cloud for Real<'_> {
    fn look(&self, id: &str, version: Option<&str>) -> Result<Value, ArmError> {
        let nested = self.nested.borrow();
        if let Some((_, outputs)) = nested.iter().find(|(one, _)| one.eq_ignore_ascii_case(id)) {
            return Ok(json!({ "properties": { "outputs": outputs } }));
        }
        let path = ArmPath::parse(id).ok_or_else(|| invalid(format!("'{id}' is no resource id")))?;
        let call = Call {
            method: Method::GET,
            raw_path: id.to_owned(),
            path,
            query: vec![("api-version".to_owned(), version.unwrap_or(DEFAULT).to_owned())],
            body: None,
            base: self.deployment.base.clone(),
            headers: self.deployment.headers.clone(),
            caller: self.deployment.caller.clone(),
        };
        let reply = carried_out(&mut self.world.borrow_mut(), &call, self.correlation)?;
        Ok(reply.body.unwrap_or_default())
    }

    fn put(&self, call: Call) -> Result<(), ArmError> {
        carried_out(&mut self.world.borrow_mut(), &call, self.correlation)?;
        self.ids.borrow_mut().push(call.path.id());
        Ok(())
    }

    fn nested(&self, id: &str, outputs: Value) {
        self.nested.borrow_mut().push((id.to_owned(), outputs));
    }
}
