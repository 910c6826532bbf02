//! Words of a shell. Commands are shown to be copied, and what they name was named by somebody else.

use std::borrow::Cow;

/// A text as one word of a command, which no shell expands or ends.
///
/// Groups may have brackets in their names, containers of machines have semicolons, and a database nearly anything.
pub fn word(text: &str) -> Cow<'_, str> {
    let is_plain = |one: char| one.is_ascii_alphanumeric() || "-_./:,=@+".contains(one);
    if !text.is_empty() && text.chars().all(is_plain) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(format!("'{}'", text.replace('\'', r"'\''")))
}

#[test]
fn a_name_of_anything_is_one_word_and_runs_nothing() {
    let id = "/subscriptions/s/resourceGroups/rg-app_1.x/providers/Microsoft.Compute/disks/d";
    assert_eq!(word(id), id);
    for (text, shown) in [
        ("rg(test)", "'rg(test)'"),
        ("VMAppContainer;Compute;rg;erp", "'VMAppContainer;Compute;rg;erp'"),
        ("$(reboot)`reboot`", "'$(reboot)`reboot`'"),
        ("o'neill; reboot", r"'o'\''neill; reboot'"),
        ("", "''"),
    ] {
        assert_eq!(word(text), shown);
    }
}
