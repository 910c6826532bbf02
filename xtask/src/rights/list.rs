//! The list of actions, read from its source.

use anyhow::{Context as _, Result, bail, ensure};
use syn::{Expr, Item, Lit};

/// An action of the list.
#[derive(Debug)]
pub(super) struct Action {
    /// The function that makes it: what it needs.
    pub(super) function: String,
    pub(super) name: String,
    pub(super) purpose: String,
}

/// `ACTIONS` of this source: calls with a name and a purpose.
pub(super) fn actions(source: &str) -> Result<Vec<Action>> {
    let file = syn::parse_file(source).context("this is not Rust")?;
    let list = file.items.iter().find_map(|item| match item {
        Item::Const(found) if found.ident == "ACTIONS" => Some(&*found.expr),
        _ => None,
    });
    let Some(Expr::Reference(list)) = list else { bail!("there is no list `ACTIONS`") };
    let Expr::Array(list) = &*list.expr else { bail!("`ACTIONS` is not a list") };
    let actions: Vec<Action> = list.elems.iter().map(action).collect::<Result<_>>()?;
    ensure!(!actions.is_empty(), "`ACTIONS` is empty");
    Ok(actions)
}

fn action(element: &Expr) -> Result<Action> {
    let Expr::Call(call) = element else { bail!("an element of `ACTIONS` is not a call") };
    let Expr::Path(function) = &*call.func else { bail!("an element of `ACTIONS` calls no function") };
    let function = function.path.get_ident().context("an element of `ACTIONS` calls a path")?.to_string();
    let mut texts = call.args.iter().map(|argument| match argument {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Str(text) => Some(text.value()),
            _ => None,
        },
        _ => None,
    });
    let mut text = || texts.next().flatten().context("an action has a name and a purpose, both as text");
    Ok(Action { function, name: text()?, purpose: text()? })
}
