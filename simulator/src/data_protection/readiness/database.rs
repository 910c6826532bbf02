//! PostgreSQL single server: reachable, and with a secret in a key vault that the vault's identity may read.

use jiff::Timestamp;
use serde_json::Value;

use super::Subject;
use crate::authorization::role;
use crate::data_protection::permission::{self, Requirement};
use crate::data_protection::user_error::UserError;
use crate::wire::json as body_json;
use crate::wire::path::{key, name_of};
use crate::world::World;

/// The datasource type of a database of a single server.
pub(super) const SINGLE: &str = "Microsoft.DBforPostgreSQL/servers/databases";

/// The type of key vaults, in lower case.
const KEY_VAULTS: &str = "microsoft.keyvault/vaults";

pub(super) fn check(subject: &Subject<'_>, source: &Value) -> Result<(), UserError> {
    if !subject.is(SINGLE) {
        return Ok(());
    }
    // Where the database itself says nothing, its server would; a database that ARM shows stands for both.
    let closed = body_json::text(source, &["properties", "publicNetworkAccess"]) == Some("Disabled");
    if closed {
        let message = format!("The server of {} refuses the network of Azure services.", subject.id);
        let action = "Allow access to Azure services in the firewall of the server.";
        return Err(UserError::new("UserErrorMissingNetworkSecurityPermissions", message, action));
    }
    Ok(())
}

/// The secret with which the database is reached exists and may be read.
pub(super) fn check_secret(
    world: &World,
    subject: &Subject<'_>,
    principal: &str,
    at: Timestamp,
) -> Result<(), UserError> {
    if !subject.is(SINGLE) {
        return Ok(());
    }
    server_open(world, subject)?;
    let credentials =
        body_json::member(subject.properties, "datasourceAuthCredentials").cloned().unwrap_or_default();
    readable(world, &credentials, principal, at)
}

/// The secret that `credentials` name exists and may be read.
pub(crate) fn readable(
    world: &World,
    credentials: &Value,
    principal: &str,
    at: Timestamp,
) -> Result<(), UserError> {
    let uri = body_json::text(credentials, &["secretStoreResource", "uri"]).unwrap_or_default();
    let Some(secret) = Secret::read(uri) else {
        let message = format!("The secret store '{uri}' is no secret of a key vault.");
        let action = "Provide the URI of a key vault secret that holds the connection string.";
        return Err(UserError::new("UserErrorInvalidSecretStore", message, action));
    };
    let Some(vault) = secret.vault(world) else {
        let message = format!("The key vault '{}' could not be found.", secret.vault);
        return Err(UserError::new("UserErrorInvalidSecretStore", message, "Check the URI of the secret."));
    };
    let id = body_json::text(vault, &["id"]).unwrap_or_default();
    services_let_in(vault, id)?;
    may_read(world, vault, id, principal, at)?;
    if !world.arm.resources.contains_key(&key(&format!("{id}/secrets/{}", secret.name))) {
        let message = format!("The key vault '{}' has no secret '{}'.", secret.vault, secret.name);
        return Err(UserError::new("UserErrorInvalidSecret", message, "Check the URI of the secret."));
    }
    Ok(())
}

/// The key vault's firewall lets trusted services in. The code for it is not documented.
fn services_let_in(vault: &Value, id: &str) -> Result<(), UserError> {
    let says = |name: &str| body_json::text(vault, &["properties", "networkAcls", name]);
    let closed = says("defaultAction") == Some("Deny") && says("bypass") == Some("None");
    if !closed {
        return Ok(());
    }
    let message = format!("The key vault '{}' refuses the network of Azure services.", name_of(id));
    let action = "Allow trusted Microsoft services to bypass the firewall of the key vault.";
    Err(UserError::new("UserErrorInvalidSecretStore", message, action))
}

/// The server lets Azure services in.
fn server_open(world: &World, subject: &Subject<'_>) -> Result<(), UserError> {
    let server = permission::parent(&subject.id);
    match world.arm.resources.get(&key(&server)) {
        Some(body) => check(subject, body),
        None => Ok(()),
    }
}

struct Secret<'a> {
    vault: &'a str,
    name: &'a str,
}

impl<'a> Secret<'a> {
    /// `https://{vault}.vault.azure.net/secrets/{name}[/{version}]`
    fn read(uri: &'a str) -> Option<Self> {
        let (host, path) = uri.strip_prefix("https://")?.split_once('/')?;
        let vault = host.strip_suffix(".vault.azure.net")?;
        let name = path.strip_prefix("secrets/")?.split('/').next()?;
        (!vault.is_empty() && !name.is_empty()).then_some(Self { vault, name })
    }

    /// The key vault, whose name is unique in Azure.
    fn vault<'b>(&self, world: &'b World) -> Option<&'b Value> {
        let is_it = |body: &&Value| {
            let of_type =
                body_json::text(body, &["type"]).is_some_and(|kind| kind.eq_ignore_ascii_case(KEY_VAULTS));
            let named = body_json::text(body, &["id"]).map(name_of);
            of_type && named.is_some_and(|name| name.eq_ignore_ascii_case(self.vault))
        };
        world.arm.resources.values().find(is_it)
    }
}

/// By a role where the key vault goes by roles, by an access policy where it does not.
fn may_read(world: &World, vault: &Value, id: &str, principal: &str, at: Timestamp) -> Result<(), UserError> {
    let by_roles = body_json::reach(vault, &["properties", "enableRbacAuthorization"])
        .and_then(Value::as_bool)
        == Some(true);
    let allowed = if by_roles {
        let needed = Requirement::of_vault(
            &[&role::KEY_VAULT_SECRETS_USER],
            id,
            "Microsoft.KeyVault/vaults/secrets/getSecret/action",
            "UserErrorMissingPermissionsOnSecretStore",
            principal,
        );
        permission::missing(world, vec![needed], at).is_none()
    } else {
        body_json::list(vault, &["properties", "accessPolicies"])
            .iter()
            .any(|policy| grants(policy, principal))
    };
    if allowed {
        return Ok(());
    }
    let message = format!("The identity of the Backup vault may not read the secrets of {}.", name_of(id));
    let action = if by_roles {
        format!("Grant the role 'Key Vault Secrets User' on {id} to the vault's managed identity.")
    } else {
        format!("Add an access policy to {id} that lets the vault's managed identity get and list secrets.")
    };
    let detail = format!("The client '{principal}' may not get the secrets of '{id}'.");
    Err(UserError::new("UserErrorMissingPermissionsOnSecretStore", message, action)
        .because("UserErrorMissingPermissionsOnSecretStore", detail))
}

fn grants(policy: &Value, principal: &str) -> bool {
    let of_principal =
        body_json::text(policy, &["objectId"]).is_some_and(|object| object.eq_ignore_ascii_case(principal));
    let allowed: Vec<String> = body_json::list(policy, &["permissions", "secrets"])
        .iter()
        .filter_map(Value::as_str)
        .map(str::to_ascii_lowercase)
        .collect();
    let may = |verb: &str| allowed.iter().any(|one| one == verb || one == "all");
    of_principal && may("get") && may("list")
}

#[test]
fn a_secret_is_read_from_its_uri() {
    let secret = Secret::read("https://kv1.vault.azure.net/secrets/pg/0123").unwrap();
    assert_eq!((secret.vault, secret.name), ("kv1", "pg"));
    assert!(Secret::read("https://kv1.example/secrets/pg").is_none());
    assert!(Secret::read("https://kv1.vault.azure.net/keys/pg").is_none());
}
