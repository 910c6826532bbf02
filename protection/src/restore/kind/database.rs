//! A new database on a PostgreSQL single server.

use super::{Kind, LooksFor, There};
use crate::impossible::Impossible;
use crate::instance::BackupInstance;
use crate::restore::ground::SeenPlace;
use crate::restore::roles::Need;
use crate::restore::{RestoreGround, RestoreInto, TargetDatasource, names};
use crate::roles::Role;
use crate::workload::postgresql_single::SecretUri;
use crate::{Location, ResourceId};

pub(super) struct Database<'a> {
    pub(super) server: &'a ResourceId,
    pub(super) name: &'a str,
    pub(super) secret: Option<&'a str>,
}

impl Kind for Database<'_> {
    fn place(&self, _source: &BackupInstance) -> Option<ResourceId> {
        Some(self.server.clone())
    }

    fn place_type(&self) -> (&'static str, &'static str) {
        ("Microsoft.DBforPostgreSQL/servers", "`server` has to be the ARM id of a PostgreSQL single server")
    }

    fn absent(&self) -> (&'static str, &'static str, &'static str) {
        ("UserErrorAzureResourceNotFoundByPlugin", "server", "create it, or name another as `server`")
    }

    fn looks_for(&self, place: &ResourceId) -> LooksFor {
        LooksFor::Resource(place.child("databases", self.name).ok())
    }

    fn request(&self, there: &There<'_>) -> Result<(RestoreInto, Location), Impossible> {
        there.in_region()?;
        Ok((database(self.name, self.secret, there.ground, there.seen)?, there.region.clone()))
    }

    fn needs(&self, ground: &RestoreGround, principal: &str) -> Result<Vec<Need>, Impossible> {
        let by_role = match &ground.key_vault {
            Some(key_vault) => key_vault.governed_by_roles(principal)?,
            None => None,
        };
        let secrets = by_role.map(|one| Need::new(Role::KeyVaultSecretsUser, &one.id, principal));
        let read = Need::new(Role::Reader, &ground.place.id, principal);
        Ok(std::iter::once(read).chain(secrets).collect())
    }

    fn crosses_regions(&self) -> bool {
        true
    }

    /// As wished, else that of the instance.
    fn secret(&self, source: &BackupInstance) -> Option<SecretUri> {
        let named = self.secret.map(str::to_owned);
        named.or_else(|| source.stated.secret.clone())?.try_into().ok()
    }
}

fn database(
    name: &str,
    secret: Option<&str>,
    ground: &RestoreGround,
    seen: &SeenPlace,
) -> Result<RestoreInto, Impossible> {
    names::database(name)?;
    let server = &ground.place.id;
    let unusable = || {
        Impossible::new(
            "NameNotUsable",
            format!("`{name}` cannot be the name of a database"),
            "name it otherwise",
        )
    };
    let id = server.child("databases", name).map_err(|_| unusable())?;
    if !ground.place.taken.is_empty() {
        return Err(Impossible::new(
            "UserErrorDatabaseNameAlreadyInUse",
            format!(
                "server `{}` has a database `{name}` already, and a restore never overwrites one",
                server.name()
            ),
            "give the restored database a new name",
        ));
    }
    let same_server = ground.source.datasource.parent().as_ref() == Some(server);
    let own = ground.source.stated.secret.as_deref().filter(|_| same_server);
    let Some(secret) = secret.or(own) else {
        return Err(Impossible::new(
            "UserErrorInvalidSecretStore",
            format!("no Key Vault secret is known to write to server `{}` with", server.name()),
            "name the secret's identifier as `secret`: https://<vault>.vault.azure.net/secrets/<name>",
        ));
    };
    let target = TargetDatasource {
        id,
        datasource_type: ground.source.datasource_type.clone(),
        location: seen.location.clone(),
        set: Some(server.clone()),
        secret: Some(secret_identifier(secret)?),
    };
    Ok(RestoreInto::Whole { target })
}

/// The identifier of a secret; a text that is none may be the secret itself, so it is not repeated.
fn secret_identifier(text: &str) -> Result<String, Impossible> {
    SecretUri::try_from(text.to_owned()).map(String::from).map_err(|_| {
        Impossible::new(
            "UserErrorSecretValueInUnsupportedFormat",
            "`secret` is not an identifier of a Key Vault secret",
            "write https://<vault>.vault.azure.net/secrets/<name>; never the secret itself",
        )
    })
}
