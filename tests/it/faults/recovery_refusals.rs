//! What users have seen Azure refuse of machines and shares (field) and what its pages tell of (documentation), put in the
//! way of a call: it ends under Azure's code, with what to do next.

use holdfast_protection::outcome::Outcome;
use serde_json::{Value, json};

use super::rules::rules_with;
use super::run::Run;
use super::worlds::{machine_and_share, recovering};

/// A refusal, where it meets us, and a part of what a person is told to do.
struct Refused {
    workload: &'static str,
    call: (&'static str, &'static str),
    how: How,
    code: &'static str,
    says: &'static str,
}

/// When Azure says it.
enum How {
    /// At once, with this status.
    AtOnce(u16),
    /// At the end of the operation that it began.
    Later,
}

const ITEM: (&str, &str) = ("PUT", "/protectedItems/[^/]+$");
const POLICY: (&str, &str) = ("PUT", "/backupPolicies/[^/]+$");

const fn machine(
    call: (&'static str, &'static str),
    how: How,
    code: &'static str,
    says: &'static str,
) -> Refused {
    Refused { workload: "azure-vm", call, how, code, says }
}

const fn share(
    call: (&'static str, &'static str),
    how: How,
    code: &'static str,
    says: &'static str,
) -> Refused {
    Refused { workload: "azure-files", call, how, code, says }
}

const REFUSED: &[Refused] = &[
    machine(ITEM, How::AtOnce(400), "BMSUserErrorInvalidConfigureProtectionRequest", "in the vault's region"),
    machine(ITEM, How::AtOnce(400), "BMSUserErrorInvalidPolicyForGivenProvider", "let the rules choose one"),
    machine(ITEM, How::AtOnce(400), "BMSUserErrorInvalidInput", "Azure does not say which input is wrong"),
    machine(POLICY, How::AtOnce(400), "BMSUserErrorInvalidPolicyInput", "within the bounds"),
    machine(
        POLICY,
        How::AtOnce(400),
        "BMSUserErrorInstantRPRetentionExceedsVaultedRetention",
        "`snapshot-days`",
    ),
    machine(POLICY, How::AtOnce(400), "UserErrorMaxBackupPoliciesReached", ""),
    machine(ITEM, How::AtOnce(403), "RequestDisallowedByPolicy", "exempt the resource"),
    machine(ITEM, How::Later, "UserErrorRequestDisallowedByPolicy", "exempt the resource"),
    machine(ITEM, How::Later, "UserErrorGuestAgentStatusUnavailable", "install or start the Azure VM agent"),
    machine(ITEM, How::Later, "UserErrorVmNotFoundV2", "restore it under its name"),
    machine(ITEM, How::Later, "UserErrorCMKKeyVaultAuthFailure", ""),
    machine(
        ITEM,
        How::AtOnce(400),
        "BMSUserErrorCrossRegionRestoreNotEnabledInThisVault",
        "Cross Region Restore",
    ),
    share(ITEM, How::Later, "BMSUserErrorDataSourceObjectNotFound", "Azure knows no such machine or share"),
    share(ITEM, How::Later, "UserErrorStorageKeyBasedAuthenticationNotPermitted", "allow them"),
    share(ITEM, How::Later, "UserErrorStorageAccountIsLocked", "remove the read-only lock"),
    share(ITEM, How::Later, "UserErrorSourceOrTargetAccountNotAccessible", "let trusted services in"),
    share(ITEM, How::Later, "AFSMaxSnapshotReached", "delete some"),
];

#[tokio::test(flavor = "multi_thread")]
async fn what_azure_refuses_of_a_machine_or_a_share_is_told_with_what_to_do() {
    let mut wrong = Vec::new();
    for refused in REFUSED {
        let case = machine_and_share().into_iter().find(|case| case.name == refused.workload).unwrap();
        let mut run = Run::of(recovering(case.estate)).await;
        let (method, path) = refused.call;
        let mut fault = json!({ "method": method, "path": path, "times": 10_000 });
        match refused.how {
            How::AtOnce(status) => {
                fault["status"] = json!(status);
                fault["code"] = json!(refused.code);
            }
            How::Later => fault["operation"] = json!({ "fail": refused.code }),
        }
        run.azure.fault(fault).unwrap();
        run.tell(&case.resource);
        run.work_off().await;
        if let Err(problem) = checked(refused, run.end_of(&case.resource)) {
            wrong.push(format!("{}: {problem}", refused.code));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Field: Azure refuses cross-region restore where it does not let customers into the paired region.
#[tokio::test(flavor = "multi_thread")]
async fn a_vault_whose_paired_region_is_restricted_is_told_and_made_once_the_rule_set_asks_for_less() {
    const CODE: &str = "BMSUserErrorUnableToEnableCrossRegionRestore";
    const VAULT: &str = "[create.vaults]\nresource-group = \"rg-backup\"\n";
    const PAIRED: &str = "[create.vaults]\nresource-group = \"rg-backup\"\nredundancy = \"geo-redundant\"\n\
         cross-region-restore = true\n";
    let case = machine_and_share().remove(0);
    let mut world = recovering(case.estate);
    world["vaults"] = json!([]);
    let mut run = Run::of(world).await;
    run.evaluator = rules_with(PAIRED);
    let vaults = "Microsoft.RecoveryServices/vaults/[^/]+$";
    let refusing = json!({ "method": "PUT", "path": vaults, "status": 400, "code": CODE, "times": 1 });
    run.azure.fault(refusing).unwrap();
    run.tell(&case.resource);
    run.work_off().await;
    let Some(Outcome::Failed { code, way_out, .. }) = run.end_of(&case.resource) else {
        panic!("{:?}", run.end_of(&case.resource))
    };
    assert!(code == CODE && way_out.contains("do without cross-region restore"), "{code}: {way_out}");
    run.evaluator = rules_with(VAULT);
    run.tell(&case.resource);
    run.work_off().await;
    assert!(matches!(run.end_of(&case.resource), Some(Outcome::Protected { .. })), "{:?}", run.ends);
}

fn checked(refused: &Refused, outcome: Option<&Outcome>) -> Result<(), String> {
    let told: Value = serde_json::to_value(outcome).unwrap();
    let Some(Outcome::Failed { code, way_out, .. }) = outcome else { return Err(told.to_string()) };
    if !code.eq_ignore_ascii_case(refused.code) || !way_out.contains(refused.says) || way_out.is_empty() {
        return Err(told.to_string());
    }
    Ok(())
}
