//! Who is who: the tenant, those who sign in, and the principals of managed identities.

mod directory;
mod token;

pub(crate) use directory::Identities;
pub(crate) use token::{LIFETIME, caller, expired_token, jwt};

/// The tenant of everything here.
pub(crate) const TENANT: &str = "5a6f1d0c-7c07-4f3e-9a0b-3f6c1b2d4e50";

/// The object id of the managed identity that asks for tokens here.
pub(crate) const MANAGED_IDENTITY: &str = "0d9f6c1e-52d2-4f0f-8f5b-6a7c4f2f9b11";

/// The object id of everyone who signs in with a client secret.
pub(crate) const CLIENT: &str = "7b1f1f5e-7f0e-4f2d-9d34-1a6f8f1c2b77";

/// Whether `object` is meant by `name`: an object id, or `function-app` for the managed identity.
pub(crate) fn is(object: &str, name: &str) -> bool {
    object.eq_ignore_ascii_case(if name == "function-app" { MANAGED_IDENTITY } else { name })
}
