//! `holdfast rule list`: the tags of a repository.

use anyhow::{Context as _, Result};
use clap::Args;
use holdfast_distribution::{Listed, Repository};
use holdfast_evaluator::Visible;
use serde_json::{Value, json};

use super::answer::{Answer, size};
use super::login::Login;
use crate::exit::Unusable;

/// Which repository.
#[derive(Args)]
pub(crate) struct Options {
    /// The repository, such as oci://registry.contoso.com/rules/select.
    #[arg(value_name = "REPOSITORY")]
    repository: String,
    #[command(flatten)]
    login: Login,
}

/// Lists; who signed is what the artifacts claim, unverified.
pub(super) async fn run(options: &Options) -> Result<Answer> {
    let repository: Repository = options.repository.parse().map_err(Unusable::of)?;
    let registry = options.login.registry(&repository)?;
    let listed = registry.list(&repository).await.with_context(|| format!("could not list {repository}"))?;
    let artifacts: Vec<Value> = listed.iter().map(|one| row(&repository, one)).collect();
    Ok(Answer { page: page(&repository, &listed), json: json!({ "artifacts": artifacts }) })
}

fn row(repository: &Repository, listed: &Listed) -> Value {
    json!({
        "tag": listed.tag,
        "artifact": repository.at(listed.digest).to_string(),
        "kind": listed.kind.map(|kind| kind.to_string()),
        "name": listed.labels.name,
        "version": listed.labels.version,
        "summary": listed.labels.summary,
        "bytes": listed.bytes,
        "claimedSigners": listed.signed_by,
    })
}

/// Characters of a cell, which somebody who may push to the repository has written.
const CELL: usize = 200;

/// Two lines for each tag, since a digest fills one.
fn page(repository: &Repository, listed: &[Listed]) -> String {
    if listed.is_empty() {
        return format!("{repository} has no tags.\n");
    }
    let mut page = format!("{repository}\n\n");
    let cells = |cells: [&str; 5]| {
        let [tag, name, version, size, signed] = cells.map(|cell| Visible::within(cell, CELL).to_string());
        let line = format!("{tag:<14} {name:<18} {version:<10} {size:>9}  {signed}");
        line.trim_end().to_owned() + "\n"
    };
    page += &cells(["TAG", "NAME", "VERSION", "SIZE", "CLAIMS TO BE SIGNED BY"]);
    for one in listed {
        let signed = one.signed_by.join(", ");
        let signed = match (one.kind, signed.as_str()) {
            (None, _) => "(no rule or rule set)",
            (Some(_), "") => "-",
            (Some(_), signed) => signed,
        };
        page += &cells([&one.tag, &one.labels.name, &one.labels.version, &size(one.bytes), signed]);
        page += &format!("  {}\n", one.digest);
    }
    page + "\nSignatures are not verified here: use `holdfast rule pull` with --trust.\n"
}
