//! `holdfast rule keygen`: an ed25519 key pair.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clap::Args;
use holdfast_distribution::SigningKey;
use serde_json::json;

use super::answer::{Answer, fields};
use super::file::beside;
use crate::exit::Unusable;

/// Where the keys go.
#[derive(Args)]
pub(crate) struct Options {
    /// Name of the key: NAME.key is the private one, NAME.pub the public one.
    #[arg(value_name = "NAME")]
    name: PathBuf,
}

/// Makes a key pair; never overwrites one.
pub(super) fn run(options: &Options) -> Result<Answer> {
    let (private, public) = (beside(&options.name, ".key"), beside(&options.name, ".pub"));
    let key = SigningKey::generate()?;
    // The private key first: if that name is taken, nothing has happened.
    if public.exists() {
        return Err(taken(&public));
    }
    create(&private, 0o600, &key.to_pem()?)?;
    create(&public, 0o644, &key.public().to_pem())?;
    let id = key.public().id().to_string();
    let rows = [
        ("private key", format!("{}  (keep it secret; readable by you only)", private.display())),
        ("public key", public.display().to_string()),
        ("key id", id.clone()),
    ];
    let page = format!(
        "Made a key pair.\n{}\nSign:    holdfast rule sign MODULE --key {}\nVerify:  holdfast rule verify MODULE --key {}\n",
        fields(&rows),
        private.display(),
        public.display()
    );
    Ok(Answer { page, json: json!({ "privateKey": private, "publicKey": public, "keyId": id }) })
}

fn create(path: &Path, mode: u32, text: &str) -> Result<()> {
    let opened = OpenOptions::new().write(true).create_new(true).mode(mode).open(path);
    let mut file = match opened {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => return Err(taken(path)),
        Err(error) => {
            return Err(error)
                .with_context(|| format!("could not write {}", path.display()))
                .map_err(Unusable::of);
        }
    };
    file.write_all(text.as_bytes()).with_context(|| format!("could not write {}", path.display()))
}

fn taken(path: &Path) -> anyhow::Error {
    Unusable::described(format!(
        "{} exists already and is not overwritten; choose another name",
        path.display()
    ))
}
