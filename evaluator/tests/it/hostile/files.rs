//! Rule set files with mistakes, and modules that are not the pinned ones.

use std::fs;

use holdfast_evaluator::Digest;

use crate::forge::Forged;
use crate::said::assert_says;

use super::Set;

#[test]
fn a_module_that_is_not_the_pinned_one_is_refused() -> anyhow::Result<()> {
    let set = Set::forged(Forged::default(), "")?;
    let other = Forged { pages: 2, ..Forged::default() };
    let other = other.component()?;
    fs::write(set.folder.path().join("forged.wasm"), &other)?;
    let found = Digest::of(&other).to_string();
    assert_says(&set.refused()?, &["`forged`", "expected sha256:", &found, "restore the module"]);

    let mut unpinned = Set::forged(Forged::default(), "")?;
    let kept = unpinned.text.lines().filter(|line| !line.contains("digest"));
    unpinned.text = kept.collect::<Vec<_>>().join("\n");
    assert_says(&unpinned.refused()?, &["does not pin", "digest = \"sha256:", "cargo xtask rules"]);
    Ok(())
}

#[test]
fn mistakes_in_the_file_are_located() -> anyhow::Result<()> {
    for (binding, expected) in [
        ("colour = 1", "rule[1].colour"),
        ("mode = \"loud\"", "rule[1].mode"),
        ("on-error = \"ignore\"", "is for shadow rules"),
        ("types = [", "TOML parse error"),
    ] {
        assert_says(&Set::forged(Forged::default(), binding)?.refused()?, &[expected]);
    }
    let mut set = Set::forged(Forged::default(), "")?;
    set.text.push_str("\n[defaults.all]\nretention = { min-days = 9, max-days = 3 }\n");
    assert_says(&set.refused()?, &["defaults.all.retention", "less than min-days"]);
    let mut set = Set::forged(Forged::default(), "")?;
    set.text.push_str("\n[create.vaults]\nresource-group = \"rg\"\nsoft-delete-days = 7\n");
    assert_says(&set.refused()?, &["create.vaults.soft-delete-days", "14 to 180"]);
    let mut set = Set::forged(Forged::default(), "")?;
    set.text.push_str("\n[ending]\nexcluded = \"forget\"\n");
    assert_says(&set.refused()?, &["ending.excluded", "forget", "leave"]);
    let mut set = Set::forged(Forged::default(), "")?;
    set.text = set.text.replace("name = \"organisation\"", "name = \"platform\"");
    assert_says(&set.refused()?, &["the layer `organisation` is not stated", "platform"]);
    Ok(())
}
