//! How Azure shows what a vault knows of a machine.

use holdfast_protection::workload::in_machine::{DatabaseKind, Hosting};
use holdfast_protection::{Refusal, ResourceId, Retry};
use serde::Deserialize;

use crate::arm::refusal::sorted;
use crate::arm::wire::or_default;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct ContainerWire {
    #[serde(deserialize_with = "or_default")]
    pub(super) properties: MachineWire,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct MachineWire {
    pub(super) source_resource_id: Option<ResourceId>,
    #[serde(deserialize_with = "or_default")]
    pub(super) registration_status: String,
    #[serde(deserialize_with = "or_default")]
    pub(super) extended_info: ExtendedWire,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ExtendedWire {
    #[serde(deserialize_with = "or_default")]
    pub(super) inquiry_info: InquiryWire,
    #[serde(deserialize_with = "or_default")]
    pub(super) nodes_list: Vec<NodeWire>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct NodeWire {
    pub(super) source_resource_id: Option<ResourceId>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct InquiryWire {
    #[serde(deserialize_with = "or_default")]
    inquiry_details: Vec<InquiredWire>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct InquiredWire {
    #[serde(rename = "type", deserialize_with = "or_default")]
    kind: String,
    #[serde(deserialize_with = "or_default")]
    inquiry_validation: ValidationWire,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ValidationWire {
    #[serde(deserialize_with = "or_default")]
    status: String,
    #[serde(deserialize_with = "or_default")]
    error_detail: DetailWire,
    #[serde(deserialize_with = "or_default")]
    additional_detail: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct DetailWire {
    #[serde(deserialize_with = "or_default")]
    code: String,
    #[serde(deserialize_with = "or_default")]
    message: String,
    #[serde(deserialize_with = "or_default")]
    recommendations: Vec<String>,
}

/// Codes behind which Azure's extension in the machine does not answer: registering again sets it up again.
const LOST: [&str; 4] = [
    "WorkloadExtensionNotReachable",
    "UserErrorWorkloadExtensionNotInstalled",
    "WorkloadExtensionNotPresent",
    "WorkloadExtensionDidntDequeueMsg",
];

impl InquiryWire {
    /// What the vault knows of databases of a kind in the machine.
    pub(super) fn hosting(self, kind: DatabaseKind) -> Hosting {
        if self.inquiry_details.is_empty() {
            return Hosting::NotInquired;
        }
        let word = listed(kind);
        let mut details = self.inquiry_details.into_iter();
        let Some(found) = details.find(|one| one.kind.eq_ignore_ascii_case(word)) else {
            return Hosting::NotRegistered;
        };
        let ValidationWire { status, error_detail, additional_detail } = found.inquiry_validation;
        if !status.eq_ignore_ascii_case("Failed") {
            return Hosting::Known;
        }
        let DetailWire { code, message, recommendations } = error_detail;
        let message =
            if additional_detail.is_empty() { message } else { format!("{message} {additional_detail}") };
        let refusal = refused(code, message, recommendations);
        if LOST.iter().any(|code| refusal.is(code)) {
            Hosting::Lost(refusal)
        } else {
            Hosting::Refused(refusal)
        }
    }
}

pub(super) fn refused(code: String, message: String, recommendations: Vec<String>) -> Refusal {
    let described = recommendations.into_iter().filter(|text| !text.is_empty()).collect();
    sorted(200, code, message, described, Retry::Never)
}

/// Azure's word for a kind in lists: not the one that requests have.
fn listed(kind: DatabaseKind) -> &'static str {
    match kind {
        DatabaseKind::Sql => "SQL",
        DatabaseKind::Hana => "SAPHana",
    }
}
