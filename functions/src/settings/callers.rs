//! Who may call, as the settings say.

use anyhow::Context as _;
use url::Url;

use super::Settings;
use super::parse::bad;
use crate::callers::{BearerOptions, BearerTokens, Callers, Front, Grants, NamedKeys, Role};

impl Settings {
    /// Who may call, and for what.
    pub fn callers(&self, front: Front) -> anyhow::Result<Callers> {
        let get = |name: &'static str| self.callers.get(name).map_or("", String::as_str);
        let mut grants = Grants::default();
        for role in Role::ALL {
            let list = get(role.setting());
            grants.give(role, list).map_err(|error| bad(role.setting(), list, error.to_string()))?;
        }
        let keys = NamedKeys::read(get("HOLDFAST_KEYS"));
        let keys = keys.map_err(|error| bad("HOLDFAST_KEYS", "(digests)", error.to_string()))?;
        let app_service = match get("HOLDFAST_APP_SERVICE_AUTH") {
            "on" => true,
            "off" => false,
            other => return Err(bad("HOLDFAST_APP_SERVICE_AUTH", other, "neither `on` nor `off`").into()),
        };
        Ok(Callers { front, keys, app_service, bearer: self.bearer()?, grants })
    }

    fn bearer(&self) -> anyhow::Result<Option<BearerTokens>> {
        let get = |name: &'static str| self.callers.get(name).map_or("", String::as_str);
        let [tenant, audience, authority] =
            ["HOLDFAST_TENANT", "HOLDFAST_AUDIENCE", "HOLDFAST_AUTHORITY"].map(|name| (name, get(name)));
        if tenant.1.is_empty() {
            return Ok(None);
        }
        if audience.1.is_empty() {
            let why = "empty, although HOLDFAST_TENANT is set: tokens for other applications would be taken";
            return Err(bad(audience.0, audience.1, why).into());
        }
        let url: Url =
            authority.1.parse().map_err(|error| bad(authority.0, authority.1, format!("no URL: {error}")))?;
        if url.scheme() != "https" {
            let why =
                "signing keys are fetched over https only: whoever changes them on the way says who calls";
            return Err(bad(authority.0, authority.1, why).into());
        }
        let options =
            BearerOptions { authority: url, tenant: tenant.1.to_owned(), audience: audience.1.to_owned() };
        Ok(Some(BearerTokens::new(options).context("make a client of Microsoft Entra")?))
    }
}
