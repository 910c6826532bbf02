//! A module that the gate admits and that keeps a compiler busy for minutes: small code, refused within bounds.

use crate::slow::slow;
use crate::stage::Stage;

#[test]
#[cfg(target_os = "linux")]
fn what_takes_a_compiler_too_long_is_refused_within_its_bound() -> anyhow::Result<()> {
    let stage = Stage::new()?;
    stage.write("slow.wasm", slow()?)?;
    let second = [("HOLDFAST_COMPILE_SECONDS", "1")];
    let ran = stage.rule_with(&["check", "slow.wasm"], &second)?;
    ran.expect(1, &["ok     gate", "WRONG  compile", "took more than 1 s"]);
    stage.write("disk.yaml", "type: Microsoft.Compute/disks")?;
    let ran = stage.rule_with(&["run", "slow.wasm", "--resource", "disk.yaml"], &second)?;
    assert_ne!(ran.code, 0);
    let said: Vec<&str> = ran.err.split_whitespace().collect();
    assert!(said.join(" ").contains("could not be compiled: compiling it took more than 1 s"), "{ran:?}");
    Ok(())
}

/// The line comes after a second, and the compiler is given two.
#[test]
#[cfg(target_os = "linux")]
fn what_takes_more_than_a_second_says_so_beside_the_answer() -> anyhow::Result<()> {
    let stage = Stage::new()?;
    stage.write("slow.wasm", slow()?)?;
    let ran = stage.rule_with(&["check", "slow.wasm", "--json"], &[("HOLDFAST_COMPILE_SECONDS", "2")])?;
    ran.expect(1, &["holdfast: checking slow.wasm ..."]);
    let answer: serde_json::Value = serde_json::from_str(&ran.out)?;
    assert_eq!(answer["passed"], false);
    let quick = stage.rule_with(&["check", "slow.wasm"], &[("HOLDFAST_COMPILE_SECONDS", "soon")])?;
    assert!(!quick.err.contains(" ...\n"), "{quick:?}");
    Ok(())
}

#[test]
#[cfg(target_os = "linux")]
fn what_takes_a_compiler_too_much_memory_is_refused_for_that() -> anyhow::Result<()> {
    let stage = Stage::new()?;
    stage.write("large.wasm", slow()?)?;
    let ran = stage.rule_with(&["check", "large.wasm"], &[("HOLDFAST_COMPILE_MEGABYTES", "200")])?;
    ran.expect(1, &["WRONG  compile", "took more than 200 MB"]);
    Ok(())
}

#[test]
fn a_bound_that_is_none_is_wrong_usage() -> anyhow::Result<()> {
    let stage = Stage::new()?;
    stage.shipped("select")?;
    let ran = stage.rule_with(&["check", "select.wasm"], &[("HOLDFAST_COMPILE_SECONDS", "soon")])?;
    ran.expect(2, &["HOLDFAST_COMPILE_SECONDS is `soon`; set it to a whole number"]);
    Ok(())
}

#[test]
#[cfg(target_os = "linux")]
fn a_child_that_cannot_read_its_component_refuses_it() -> anyhow::Result<()> {
    use std::process::{Command, Stdio};
    // As its parent calls it, with what no gate has admitted.
    let output = Command::new(env!("CARGO_BIN_EXE_holdfast"))
        .args(["compile-one-component", "evaluating", "10", "2000", "1"])
        .stdin(Stdio::null())
        .output()?;
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(10), &b""[..]));
    assert!(!output.stderr.is_empty());
    Ok(())
}

/// Eight gigabytes of stacks do not fit into two: whether a bound leaves room for threads says nothing of the module.
#[test]
#[cfg(target_os = "linux")]
fn a_child_without_room_for_threads_compiles_without_them() -> anyhow::Result<()> {
    use std::process::Command;
    let stage = Stage::new()?;
    stage.shipped("select")?;
    let output = Command::new(env!("CARGO_BIN_EXE_holdfast"))
        .args(["compile-one-component", "checking", "60", "2000", "1000"])
        .envs([("RAYON_NUM_THREADS", "1000"), ("RUST_MIN_STACK", "8388608")])
        .stdin(std::fs::File::open(stage.path("select.wasm"))?)
        .output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(output.stdout.len() > 1000);
    Ok(())
}
