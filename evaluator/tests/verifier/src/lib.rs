//! A rule for tests that judges restores: all bytes have to be there. Its reasons repeat what it was told.

use holdfast_rule_sdk::{Manifest, Measured, Verification, Verify, VerifyRequest, verify_rule};

/// The rule; see the crate's documentation.
pub struct Verifier;

impl Verify for Verifier {
    type Settings = std::collections::BTreeMap<String, u32>;

    fn manifest() -> Manifest {
        Manifest {
            name: "verifier".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            summary: "a restore has as many bytes as its source".into(),
            resource_types: vec!["Microsoft.Compute/disks".into()],
            workloads: vec!["azure-disks".into()],
            reason_codes: vec!["told".into(), "bytes-missing".into(), "not-measured".into()],
            ..Manifest::default()
        }
    }

    fn verify(_: &Self::Settings, request: &VerifyRequest) -> Verification {
        let bytes = |name| match request.measured(name) {
            Some(Measured::Number(bytes)) => Some(*bytes),
            _ => None,
        };
        let judged = match (bytes("source-bytes"), bytes("restored-bytes")) {
            (Some(source), Some(restored)) if restored >= source => Verification::passed(),
            (Some(source), Some(restored)) => Verification::failed()
                .because("bytes-missing", format!("{restored} of {source} bytes were restored")),
            _ => Verification::inconclusive().because("not-measured", "nobody has counted the bytes"),
        };
        let told = format!(
            "{} {:?} {:?} {:?} {:?}",
            request.workload, request.labels, request.point, request.restored, request.measurements
        );
        judged.because("told", "this").seen("/", told)
    }
}

verify_rule!(Verifier);
