//! Which top modules of a crate name which others, read from the source with all its `use` declarations and paths.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, ImplItemFn, Item, ItemMod, ItemUse, Meta, UseTree};

/// A module at the top of a crate, with everything below it.
#[derive(Debug, Default)]
pub(super) struct Module {
    /// The other top modules that it names, and the files in which it does.
    pub(super) uses: BTreeMap<String, BTreeSet<String>>,
}

/// The top modules of the crate with this `lib.rs`, without the code of tests.
pub(super) fn read(library: &Path) -> Result<BTreeMap<String, Module>> {
    let folder = library.parent().context("a library lies in a folder")?;
    let file = parse(library)?;
    let mut roots = Roots::default();
    let names: Vec<String> = file.items.iter().filter_map(|item| roots.take(item)).collect();
    roots.tops.extend(names.iter().cloned());
    let mut modules = BTreeMap::new();
    for name in names {
        let mut reading =
            Reading { roots: &roots, source: folder, module: Module::default(), place: vec![name.clone()] };
        reading.file(&file_of(folder, &name)?, &folder.join(&name))?;
        reading.module.uses.remove(&name);
        modules.insert(name, reading.module);
    }
    Ok(modules)
}

/// What paths that begin at the root of the crate can name.
#[derive(Default)]
struct Roots {
    tops: BTreeSet<String>,
    /// Names that the root exports, and the top module of each.
    exported: BTreeMap<String, String>,
}

impl Roots {
    /// Takes in an item of the root; gives the name of a module that is not a test's.
    fn take(&mut self, item: &Item) -> Option<String> {
        match item {
            Item::Mod(module) if !is_test(&module.attrs) => Some(module.ident.to_string()),
            Item::Use(exported) => {
                for path in leaves(&exported.tree) {
                    if let [top, .., name] = path.as_slice() {
                        self.exported.insert(name.clone(), top.clone());
                    }
                }
                None
            }
            _ => None,
        }
    }

    fn top<'a>(&'a self, first: &'a str) -> Option<&'a str> {
        if self.tops.contains(first) { Some(first) } else { self.exported.get(first).map(String::as_str) }
    }
}

struct Reading<'a> {
    roots: &'a Roots,
    source: &'a Path,
    module: Module,
    /// The module at hand, from the root.
    place: Vec<String>,
}

impl Reading<'_> {
    /// Reads a file and those of its modules, which lie in `folder`.
    fn file(&mut self, path: &Path, folder: &Path) -> Result<()> {
        let file = parse(path)?;
        let shown = path.strip_prefix(self.source).unwrap_or(path).display().to_string();
        let mut below = Vec::new();
        let mut naming = Naming { place: self.place.clone(), paths: Vec::new(), below: &mut below };
        naming.visit_file(&file);
        for path in naming.paths {
            if let Some(top) = path.first().and_then(|first| self.roots.top(first)) {
                self.module.uses.entry(top.to_owned()).or_default().insert(shown.clone());
            }
        }
        for place in below {
            let Some((name, within)) = place.split_last() else { continue };
            let inline = within.get(self.place.len()..).unwrap_or_default();
            let folder: PathBuf = inline.iter().fold(folder.to_owned(), |folder, name| folder.join(name));
            let before = std::mem::replace(&mut self.place, place.clone());
            self.file(&file_of(&folder, name)?, &folder.join(name))?;
            self.place = before;
        }
        Ok(())
    }
}

/// Collects the paths in a file that lead to the root of the crate, from there on.
struct Naming<'a> {
    place: Vec<String>,
    paths: Vec<Vec<String>>,
    /// Modules with files of their own.
    below: &'a mut Vec<Vec<String>>,
}

impl Naming<'_> {
    fn take(&mut self, path: &[String]) {
        let mut place = self.place.clone();
        let mut rest = path;
        match rest.split_first() {
            Some((first, after)) if first == "crate" => (place, rest) = (Vec::new(), after),
            Some((first, _)) if first == "super" || first == "self" => {}
            _ => return,
        }
        while let Some((first, after)) = rest.split_first() {
            match first.as_str() {
                "super" => drop(place.pop()),
                "self" => {}
                _ => break,
            }
            rest = after;
        }
        place.extend(rest.iter().cloned());
        self.paths.push(place);
    }

    /// Macros are given tokens, in which paths are looked for.
    fn tokens(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        for (at, token) in tokens.iter().enumerate() {
            match token {
                TokenTree::Group(group) => self.tokens(group.stream()),
                TokenTree::Ident(first) if first == "crate" || first == "super" => {
                    self.take(&segments(tokens.get(at..).unwrap_or_default()));
                }
                _ => {}
            }
        }
    }
}

impl<'ast> Visit<'ast> for Naming<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        if !is_test(attributes(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_impl_item_fn(&mut self, function: &'ast ImplItemFn) {
        if !is_test(&function.attrs) {
            visit::visit_impl_item_fn(self, function);
        }
    }

    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        self.place.push(module.ident.to_string());
        match &module.content {
            Some((_, items)) => items.iter().for_each(|item| self.visit_item(item)),
            None => self.below.push(self.place.clone()),
        }
        self.place.pop();
    }

    fn visit_item_use(&mut self, declared: &'ast ItemUse) {
        for path in leaves(&declared.tree) {
            self.take(&path);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.take(&segments);
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, called: &'ast syn::Macro) {
        self.tokens(called.tokens.clone());
        visit::visit_macro(self, called);
    }

    fn visit_attribute(&mut self, _: &'ast Attribute) {}
}

/// Every path that a `use` declares.
fn leaves(tree: &UseTree) -> Vec<Vec<String>> {
    match tree {
        UseTree::Path(path) => {
            let first = path.ident.to_string();
            let rests = leaves(&path.tree).into_iter();
            rests.map(|rest| std::iter::once(first.clone()).chain(rest).collect()).collect()
        }
        UseTree::Name(name) => vec![vec![name.ident.to_string()]],
        UseTree::Rename(rename) => vec![vec![rename.ident.to_string()]],
        UseTree::Glob(_) => vec![vec!["*".to_owned()]],
        UseTree::Group(group) => group.items.iter().flat_map(leaves).collect(),
    }
}

/// The names of the path that these tokens begin with.
fn segments(mut tokens: &[TokenTree]) -> Vec<String> {
    let is_colon = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ':');
    let mut names = Vec::new();
    while let [TokenTree::Ident(name), rest @ ..] = tokens {
        names.push(name.to_string());
        match rest {
            [one, other, rest @ ..] if is_colon(one) && is_colon(other) => tokens = rest,
            _ => break,
        }
    }
    names
}

fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::Path(path) => path.is_ident("test"),
        Meta::List(list) if list.path.is_ident("cfg") => {
            let tokens: Vec<String> =
                list.tokens.clone().into_iter().map(|token| token.to_string()).collect();
            match tokens.as_slice() {
                [only] => only == "test",
                [all, conditions] => all == "all" && conditions.starts_with("(test"),
                _ => false,
            }
        }
        _ => false,
    })
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

fn parse(path: &Path) -> Result<syn::File> {
    let text = fs::read_to_string(path).with_context(|| format!("read {}", path.display()))?;
    syn::parse_file(&text).with_context(|| format!("parse {}", path.display()))
}

/// The file of a module, in either of the two places that Rust has for it.
fn file_of(folder: &Path, name: &str) -> Result<PathBuf> {
    let candidates = [folder.join(format!("{name}.rs")), folder.join(name).join("mod.rs")];
    let found = candidates.into_iter().find(|path| path.exists());
    found.with_context(|| format!("module `{name}` has no file in {}", folder.display()))
}
