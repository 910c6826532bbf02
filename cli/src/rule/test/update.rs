//! Writes what the rule says now into a file of cases; everything else in the file stays as it was.

use std::path::Path;

use anyhow::{Context as _, bail};
use serde_json::Value;

use crate::rule::cases::{CaseFile, Expect};
use crate::rule::compare::differences;
use crate::rule::yaml;
use crate::written;

use super::emit;
use super::{Ran, Sheet};

/// Line and column, both from 1.
pub(crate) type Place = (usize, usize);

/// Rewrites the expectations that fail or are missing. A case that only burns too much fuel is left:
/// a budget is raised by a person.
///
/// # Errors
///
/// Fails if a file cannot be written, or is laid out so that an expectation cannot be replaced
/// without touching anything else; that file is then left alone.
pub(crate) fn apply(sheets: &mut [Sheet]) -> anyhow::Result<usize> {
    let mut written = 0;
    for sheet in sheets {
        let stale: Vec<usize> =
            (0..sheet.results.len()).filter(|index| sheet.results.get(*index).is_some_and(stale)).collect();
        if stale.is_empty() {
            continue;
        }
        let mut text = sheet.text.clone();
        // From the end, so that places before it stay where they are.
        for ran in stale.iter().rev().filter_map(|index| sheet.results.get(*index)) {
            text = replaced(&sheet.path, &text, ran)?;
        }
        let read = CaseFile::read(&sheet.path, &text).context("the file with its new expectations")?;
        if untouched(&sheet.path, &sheet.text)? != untouched(&sheet.path, &text)? {
            bail!(
                "could not write the new expectations into {} without changing anything else; \
                 write them by hand, each `expect:` as a block of its own",
                sheet.path.display()
            );
        }
        for index in stale {
            let Some(ran) = sheet.results.get_mut(index) else { continue };
            let case = read.cases.get(ran.index).context("a case is gone from the rewritten file")?;
            ran.expected = case.value.expect.as_ref().map(|expect| expect.value.clone());
            let expected = ran.expected.clone().unwrap_or_default();
            ran.differences = differences(&expected, ran.budget, &ran.heard);
            ran.updated = true;
            written += 1;
        }
        written::anew(&sheet.path, text.as_bytes())
            .with_context(|| format!("could not write {}", sheet.path.display()))?;
    }
    Ok(written)
}

fn stale(ran: &Ran) -> bool {
    ran.differences.iter().any(|difference| difference.field != "fuel")
}

/// Everything in the file but the expectations.
fn untouched(path: &Path, text: &str) -> anyhow::Result<Value> {
    let mut whole: Value = yaml::read(path, text)?;
    let cases = whole.get_mut("cases").and_then(Value::as_array_mut);
    for case in cases.into_iter().flatten() {
        if let Some(case) = case.as_object_mut() {
            case.remove("expect");
        }
    }
    Ok(whole)
}

/// The text with this case's expectation replaced by what was heard, or added.
fn replaced(path: &Path, text: &str, ran: &Ran) -> anyhow::Result<String> {
    let expect = Expect::of(&ran.heard, ran.expected.as_ref());
    let stated = expect.stated();
    let fields: emit::Fields<'_> = stated.iter().map(|(name, value)| (*name, value)).collect();
    let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let edited = match ran.expect_at {
        Some((line, column)) => {
            let opens = lines.get(line - 1).and_then(|text| text.get(column - 1..)).unwrap_or_default();
            if opens.starts_with('{') {
                flow(&mut lines, (line, column), &emit::braces(&fields))
            } else {
                let end = end_of_block(&lines, (line, column));
                let block = emit::block(&fields, column - 1);
                lines.splice(line - 1..end, block);
                Some(())
            }
        }
        None => append(&mut lines, ran.case_at, |indent| emit::block(&fields, indent)),
    };
    edited.with_context(|| {
        format!(
            "{}:{}: could not place the new expectation of `{}`; write it by hand:\nexpect:\n{}",
            path.display(),
            ran.line,
            ran.name,
            emit::block(&fields, 2).join("\n")
        )
    })?;
    Ok(lines.join(newline) + newline)
}

/// Replaces a map in braces.
fn flow(lines: &mut Vec<String>, (line, column): Place, with: &str) -> Option<()> {
    let mut depth = 0_u32;
    let mut quote: Option<char> = None;
    for at in line - 1..lines.len() {
        let from = if at == line - 1 { column - 1 } else { 0 };
        for (index, character) in lines.get(at)?.char_indices().filter(|(index, _)| *index >= from) {
            match (quote, character) {
                (Some(open), character) if open == character => quote = None,
                (Some(_), _) => {}
                (None, '\'' | '"') => quote = Some(character),
                (None, '{' | '[') => depth += 1,
                (None, '}' | ']') => depth -= 1,
                (None, _) => {}
            }
            if depth == 0 {
                let before = lines.get(line - 1)?.get(..column - 1)?.to_owned();
                let after = lines.get(at)?.get(index + 1..)?.to_owned();
                lines.splice(line - 1..=at, [format!("{before}{with}{after}")]);
                return Some(());
            }
        }
    }
    None
}

/// Adds an expectation at the end of a case that has none.
fn append(
    lines: &mut Vec<String>,
    (line, column): Place,
    expect: impl Fn(usize) -> Vec<String>,
) -> Option<()> {
    if lines.get(line - 1)?.get(column - 1..)?.starts_with('{') {
        return None;
    }
    let end = end_of_block(lines, (line, column));
    let mut block = vec![format!("{:1$}expect:", "", column - 1)];
    block.extend(expect(column + 1));
    lines.splice(end..end, block);
    Some(())
}

/// Index of the line after a block that starts here: blank lines and comments after it are not part of it.
fn end_of_block(lines: &[String], (line, column): Place) -> usize {
    let mut end = line;
    for (index, text) in lines.iter().enumerate().skip(line) {
        let content = text.trim_start();
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        if text.len() - content.len() < column - 1 {
            break;
        }
        end = index + 1;
    }
    end
}
