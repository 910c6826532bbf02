//! Proposals that are off: refused by the gate, plainly, with what to build without.

use crate::forge::Forged;
use crate::said::assert_says;

use super::Set;

/// A sound rule whose core module has this too.
fn refused(more: &str) -> anyhow::Result<String> {
    let sound = Forged::default().component()?;
    let text = wasmprinter::print_bytes(&sound)?;
    let at = text.find("(core module").ok_or_else(|| anyhow::anyhow!("there is no core module"))?;
    let (before, module) = text.split_at(at);
    Set::with(&wat::parse_str(format!("{before}(core module {more})\n{module}"))?, "")?.refused()
}

#[test]
fn what_is_off_is_refused_with_the_right_advice() -> anyhow::Result<()> {
    for more in [
        "(memory 1 1 shared)",
        "(memory 1) (memory 1 1 shared)",
        "(memory 1) (memory 1)",
        "(memory i64 1)",
        "(memory 1 (pagesize 1))",
        "(type (struct (field i32)))",
        "(type $a (array (mut i8))) (global (ref null $a) (ref.null $a))",
        "(global externref (ref.null extern))",
        "(global (mut anyref) (ref.null any))",
        "(global i31ref (ref.i31 (i32.const 7)))",
        "(tag (param i32))",
        "(type $f (func)) (func (param (ref null $f)) (call_ref $f (local.get 0)))",
        "(func (param v128 v128) (result v128) (i8x16.relaxed_swizzle (local.get 0) (local.get 1)))",
        "(func (param i32) (result i32) (i32.atomic.load (local.get 0))) (memory 1)",
    ] {
        let said = refused(more)?;
        assert_says(&said, &["`forged`", "a WebAssembly proposal that is off for rules", "build it without"]);
        assert!(!said.contains("current SDK"), "{more}: {said}");
    }
    Ok(())
}

#[test]
fn what_is_valid_nowhere_is_called_invalid() -> anyhow::Result<()> {
    let said = refused("(func (result i32))")?;
    assert_says(&said, &["`forged`", "not a valid component"]);
    Ok(())
}
