//! What both families of vaults share.

pub(crate) mod identity;
pub(crate) mod region;
