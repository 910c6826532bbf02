//! App Service authentication: the principal that the platform put into a header.
//!
//! Source: the App Service documentation of `X-MS-CLIENT-PRINCIPAL`: base64 of JSON with a list of claims.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use uuid::Uuid;

use super::{Identity, Rejected};

/// The header's content.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ClientPrincipal {
    #[serde(default)]
    claims: Vec<Claim>,
    #[serde(default)]
    name_typ: Option<String>,
    #[serde(default)]
    role_typ: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Claim {
    typ: String,
    val: String,
}

/// Claims have a short name in tokens and a long one in what the platform makes of them.
const OBJECT_ID: [&str; 2] = ["oid", "http://schemas.microsoft.com/identity/claims/objectidentifier"];
const TENANT: [&str; 2] = ["tid", "http://schemas.microsoft.com/identity/claims/tenantid"];
const ROLES: [&str; 2] = ["roles", "http://schemas.microsoft.com/ws/2008/06/identity/claims/role"];
const NAMES: [&str; 4] =
    ["preferred_username", "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name", "name", "azp"];

impl ClientPrincipal {
    /// Reads the header; a principal without an object id is refused, because it could be anybody, and so is one of another
    /// tenant, whose administrators may give it any app role.
    pub(super) fn read(header: &str, tenant: Option<&str>) -> Result<Self, Rejected> {
        let bad = |detail: String| Rejected::new(format!("the header x-ms-client-principal {detail}"));
        let text = STANDARD.decode(header).map_err(|error| bad(format!("is not base64: {error}")))?;
        let principal: Self =
            serde_json::from_slice(&text).map_err(|error| bad(format!("holds no principal: {error}")))?;
        let is_of =
            |wanted: &str| principal.first(&TENANT).is_none_or(|tenant| tenant.eq_ignore_ascii_case(wanted));
        if !tenant.is_none_or(is_of) {
            return Err(bad("is of another tenant than HOLDFAST_TENANT names".to_owned()));
        }
        // Another provider may let people choose what they are called, be it as the holder of a key.
        match principal.first(&OBJECT_ID).filter(|id| Uuid::try_parse(id).is_ok()) {
            Some(_) => Ok(principal),
            None => {
                Err(bad("names no object id; let App Service authentication use Microsoft Entra".to_owned()))
            }
        }
    }

    fn first(&self, types: &[&str]) -> Option<&str> {
        let of = |kind: &&str| self.claims.iter().find(|claim| claim.typ == **kind);
        types.iter().find_map(of).map(|claim| claim.val.as_str())
    }

    fn all<'a>(&'a self, types: &'a [&str]) -> impl Iterator<Item = String> + 'a {
        let role_type = self.role_typ.as_deref();
        let fits = move |claim: &&Claim| {
            types.contains(&claim.typ.as_str()) || (types == ROLES && role_type == Some(claim.typ.as_str()))
        };
        self.claims.iter().filter(fits).map(|claim| claim.val.clone())
    }
}

impl From<ClientPrincipal> for Identity {
    fn from(principal: ClientPrincipal) -> Self {
        let id = principal.first(&OBJECT_ID).unwrap_or_default().to_owned();
        let named = principal.name_typ.as_deref().and_then(|kind| principal.first(&[kind]));
        let name = named.or_else(|| principal.first(&NAMES)).unwrap_or(&id).to_owned();
        let groups = principal.all(&["groups"]).collect();
        let app_roles = principal.all(&ROLES).collect();
        Self { id, name, groups, app_roles }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn header(claims: &serde_json::Value) -> String {
        STANDARD.encode(
            json!({ "auth_typ": "aad", "claims": claims, "name_typ": "name", "role_typ": "roles" })
                .to_string(),
        )
    }

    #[test]
    fn the_platform_tells_who_it_is() {
        let claims = json!([
            { "typ": OBJECT_ID[1], "val": "9f1d4c52-2b0a-4a64-8f3c-1d5f0b6c7a88" },
            { "typ": "name", "val": "Alice" },
            { "typ": "groups", "val": "g1" },
            { "typ": "roles", "val": "Holdfast.Operator" },
        ]);
        let identity: Identity = ClientPrincipal::read(&header(&claims), None).unwrap().into();
        assert_eq!(
            (identity.id.as_str(), identity.name.as_str()),
            ("9f1d4c52-2b0a-4a64-8f3c-1d5f0b6c7a88", "Alice")
        );
        assert!(identity.groups.contains("g1") && identity.app_roles.contains("Holdfast.Operator"));
    }

    #[test]
    fn a_principal_without_an_object_id_is_nobody() {
        let anonymous = header(&json!([{ "typ": "name", "val": "somebody" }]));
        assert!(ClientPrincipal::read(&anonymous, None).unwrap_err().to_string().contains("object id"));
        for chosen in ["key:alice", "function-key", ""] {
            let chosen = header(&json!([{ "typ": "oid", "val": chosen }]));
            assert!(ClientPrincipal::read(&chosen, None).unwrap_err().to_string().contains("object id"));
        }
        assert!(ClientPrincipal::read("not base64!", None).is_err());
        assert!(ClientPrincipal::read(&STANDARD.encode("[]"), None).is_err());
    }

    #[test]
    fn a_principal_of_another_tenant_is_refused_where_ours_is_named() {
        let of = |tenant: &str| {
            header(
                &json!([{ "typ": OBJECT_ID[0], "val": "9f1d4c52-2b0a-4a64-8f3c-1d5f0b6c7a88" }, { "typ": TENANT[1], "val": tenant }]),
            )
        };
        assert!(ClientPrincipal::read(&of("OURS"), Some("ours")).is_ok());
        let refused = ClientPrincipal::read(&of("theirs"), Some("ours")).unwrap_err().to_string();
        assert!(refused.contains("another tenant"), "{refused}");
        assert!(ClientPrincipal::read(&of("theirs"), None).is_ok());
    }
}
