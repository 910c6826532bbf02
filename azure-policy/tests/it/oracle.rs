//! Azure Policy's conditions as Regorus understands them, and scopes as ARM does.

use regorus::languages::azure_policy::aliases::AliasRegistry;
use regorus::languages::azure_policy::{compiler, parser};
use regorus::rvm::RegoVM;
use regorus::{Rc, Source, Value as Rego};
use serde_json::{Value, json};

use crate::definitions::Definition;
use crate::estate::{Asset, Assigned};

/// One definition, compiled.
pub(crate) struct Oracle {
    machine: RegoVM,
    aliases: Rc<AliasRegistry>,
}

impl Oracle {
    pub(crate) fn new(definition: &Definition) -> anyhow::Result<Self> {
        let mut aliases = AliasRegistry::new();
        aliases.load_from_json(&aliases_of_the_definitions().to_string())?;
        let aliases = Rc::new(aliases);
        let source = Source::from_contents("definition".into(), definition.policy_rule().to_string())?;
        let rule = parser::parse_policy_rule(&source).map_err(|error| anyhow::anyhow!("{error}"))?;
        let program = compiler::compile_policy_rule_with_aliases(&rule, Rc::clone(&aliases))?;
        let mut machine = RegoVM::new();
        machine.load_program(program);
        Ok(Self { machine, aliases })
    }

    /// Whether the assigned definition selects the asset.
    pub(crate) fn selects(&mut self, assigned: &Assigned, asset: &Asset) -> anyhow::Result<bool> {
        if !assigned.covers(&asset.id) {
            return Ok(false);
        }
        let rego = |value: &Value| Rego::from_json_str(&value.to_string());
        let parameters = rego(&assigned.parameters_with_plain_location())?;
        let resource = rego(&asset.as_arm_shows_it())?;
        let input =
            self.aliases.normalize_and_wrap(&resource, None, Some(rego(&json!({}))?), Some(parameters));
        self.machine.set_input(input);
        let found = self.machine.execute_entry_point_by_name("main")?;
        Ok(found != Rego::Undefined)
    }
}

fn aliases_of_the_definitions() -> Value {
    let alias = |name: &str, path: &str| json!({ "name": name, "defaultPath": path, "paths": [] });
    let image = |part: &str| format!("properties.storageProfile.imageReference.{part}");
    json!([
        { "namespace": "Microsoft.Compute", "resourceTypes": [
            { "resourceType": "virtualMachines", "aliases": [
                alias("Microsoft.Compute/imagePublisher", &image("publisher")),
                alias("Microsoft.Compute/imageOffer", &image("offer")),
                alias("Microsoft.Compute/imageSKU", &image("sku")),
            ] },
            { "resourceType": "disks", "aliases": [] },
        ] },
        { "namespace": "Microsoft.Storage", "resourceTypes": [
            { "resourceType": "storageAccounts", "aliases": [
                alias("Microsoft.Storage/storageAccounts/sku.name", "sku.name"),
                alias("Microsoft.Storage/storageAccounts/isHnsEnabled", "properties.isHnsEnabled"),
                alias("Microsoft.Storage/storageAccounts/isNfsV3Enabled", "properties.isNfsV3Enabled"),
            ] },
        ] },
    ])
}
