//! The tag that names a database's secret.

use holdfast_evaluator::Resource;

use super::secret::SecretUri;
use crate::impossible::Impossible;
use crate::workload::tag::tag;

/// Identifier of the Key Vault secret that a database is dumped with.
pub const SECRET_TAG: &str = "holdfast-secret";

/// The secret that a database's tag names; `None` if no tag does.
pub(crate) fn named_secret(database: &Resource) -> Result<Option<SecretUri>, Impossible> {
    tag(database, SECRET_TAG).map(|_| secret(database)).transpose()
}

/// The same, where there has to be one.
pub(super) fn secret(database: &Resource) -> Result<SecretUri, Impossible> {
    let way_out = format!(
        "store the credentials in a key vault, and put the secret's identifier into the tag `{SECRET_TAG}` of the server"
    );
    let Some(text) = tag(database, SECRET_TAG) else {
        let message = format!(
            "database `{}` is dumped with a secret, and no tag `{SECRET_TAG}` names one",
            database.name
        );
        return Err(Impossible::new("SecretMissing", message, way_out));
    };
    SecretUri::try_from(text.to_owned()).map_err(|problem| {
        Impossible::new("SecretNotUsable", format!("tag `{SECRET_TAG}`: {problem}"), way_out)
    })
}
