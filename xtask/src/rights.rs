//! `cargo xtask rights`: the role that a deployment makes, in every form in which it is written down, from the one list in
//! `azure/src/arm/actions.rs`.

mod list;

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};

use crate::run::run;
use list::{Action, actions};

const SOURCE: &str = "azure/src/arm/actions.rs";
const TABLE: &str = "docs/rights.md";

/// The functions that say in the list what an action needs; what the templates call such actions; the allowance.
const LISTS: [(&str, &str, &str); 4] = [
    ("always", "protectActions", "always"),
    ("creation", "createActions", "`allowCreation`"),
    ("restore", "restoreActions", "`allowRestore`"),
    ("deletion", "deleteActions", "`allowDelete`"),
];

const TEMPLATES: [&str; 5] = [
    "infra/main.json",
    "infra/subscription.json",
    "infra/management-group.json",
    "infra/access.bicep",
    "infra/management-group.bicep",
];

/// Writes all of them, and the Terraform module, which is made of `main.json`.
pub(crate) fn write(root: &Path) -> Result<()> {
    for (path, text) in wanted(root)? {
        fs::write(root.join(path), text).with_context(|| path.to_owned())?;
    }
    run(root, "python3", &["infra/terraform.py"])
}

/// Fails with each file that does not have the list.
pub(crate) fn check(root: &Path) -> Result<()> {
    let mut wrong = Vec::new();
    for (path, text) in wanted(root)? {
        if read(root, path)? != text {
            wrong.push(path);
        }
    }
    ensure!(
        wrong.is_empty(),
        "{} have other actions than {SOURCE}; run `cargo xtask rights`",
        wrong.join(", ")
    );
    Ok(())
}

fn read(root: &Path, path: &str) -> Result<String> {
    fs::read_to_string(root.join(path)).with_context(|| path.to_owned())
}

/// Each file as it has to be.
fn wanted(root: &Path) -> Result<Vec<(&'static str, String)>> {
    let actions = actions(&read(root, SOURCE)?).with_context(|| SOURCE.to_owned())?;
    let mut files = Vec::new();
    for path in TEMPLATES {
        let mut text = read(root, path)?;
        for (function, list, _) in LISTS {
            let names: Vec<&str> =
                actions.iter().filter(|one| one.function == function).map(|one| one.name.as_str()).collect();
            text = with_list(&text, list, &names).with_context(|| path.to_owned())?;
        }
        files.push((path, text));
    }
    files.push((TABLE, with_table(&read(root, TABLE)?, &actions).with_context(|| TABLE.to_owned())?));
    Ok(files)
}

/// The template with these names in its list, each on a line of its own, in the manner of the file.
fn with_list(text: &str, list: &str, names: &[&str]) -> Result<String> {
    let (head, quote, between) = match text.contains(&format!("\"{list}\": [\n")) {
        true => (format!("\"{list}\": [\n"), '"', ","),
        false => (format!("var {list} = [\n"), '\'', ""),
    };
    let Some((before, after)) = text.split_once(&head) else { bail!("there is no list `{list}`") };
    let end = after.find(']').with_context(|| format!("the list `{list}` has no end"))?;
    let last = after.get(..end).and_then(|body| body.rfind('\n')).map_or(0, |at| at + 1);
    let (items, rest) = (after.get(..last).unwrap_or_default(), after.get(last..).unwrap_or_default());
    let indent: String = items.chars().take_while(|one| *one == ' ').collect();
    let lines: Vec<String> = names.iter().map(|name| format!("{indent}{quote}{name}{quote}")).collect();
    Ok(format!("{before}{head}{}\n{rest}", lines.join(&format!("{between}\n"))))
}

/// The page with a row for each action.
fn with_table(page: &str, actions: &[Action]) -> Result<String> {
    const HEAD: &str = "| action | for | needs |\n| --- | --- | --- |\n";
    let (before, after) = page.split_once(HEAD).context("there is no table of actions")?;
    let rest = after.find("\n\n").and_then(|at| after.get(at + 1..)).context("the table has no end")?;
    let mut rows = String::new();
    for action in actions {
        let found = LISTS.iter().find(|(function, ..)| *function == action.function);
        let (_, _, needs) = found.with_context(|| format!("`{}` is unknown", action.function))?;
        rows.push_str(&format!("| `{}` | {} | {needs} |\n", action.name, action.purpose));
    }
    Ok(format!("{before}{HEAD}{rows}{rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_role_of_every_template_has_the_actions_of_the_code_and_no_other() {
        check(&crate::root()).unwrap();
    }

    /// One action removed from the list is missed in every file.
    #[test]
    fn an_action_that_is_taken_off_the_list_leaves_every_file() {
        let root = crate::root();
        let source = read(&root, SOURCE).unwrap();
        let mut actions = actions(&source).unwrap();
        let removed = actions.remove(8);
        for path in TEMPLATES {
            let text = read(&root, path).unwrap();
            let names: Vec<&str> =
                actions.iter().filter(|one| one.function == "always").map(|one| one.name.as_str()).collect();
            let changed = with_list(&text, "protectActions", &names).unwrap();
            assert!(changed != text && changed.len() < text.len(), "{path} never had {}", removed.name);
        }
        let page = read(&root, TABLE).unwrap();
        let changed = with_table(&page, &actions).unwrap();
        assert_eq!(changed.lines().count() + 1, page.lines().count());
    }
}
