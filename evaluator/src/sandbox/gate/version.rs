//! Which version of the contract a module speaks.

use wasmparser::component_types::{ComponentDefinedType, ComponentEntityType, ComponentValType};
use wasmparser::types::Types;

use crate::contract::ContractVersion;

/// The version of the contract that a module speaks, by what its `describe` gives: only since 1.1.0 has a manifest
/// workloads. Whether everything else has the types of that version, linking decides.
pub(super) fn of(types: &Types) -> ContractVersion {
    let names_workloads = || {
        let ComponentEntityType::Func(describe) = types.component_item_for_export("describe")?.ty else {
            return None;
        };
        let ComponentValType::Type(manifest) = types.as_ref().get(describe)?.result? else { return None };
        let ComponentDefinedType::Record(manifest) = types.as_ref().get(manifest)? else { return None };
        Some(manifest.fields.keys().any(|field| field.as_str() == "workloads"))
    };
    if names_workloads() == Some(true) { ContractVersion::V1_1 } else { ContractVersion::V1_0 }
}
