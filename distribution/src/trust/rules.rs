//! The policy as the evaluator asks it, for each module of a rule set.

use holdfast_evaluator::{Offered, Trust};

use super::policy::{Offer, TrustPolicy};

impl Trust for TrustPolicy {
    fn admit(&self, offered: &Offered<'_>) -> Result<Option<String>, String> {
        let Offered { path, digest, bytes, name_version, .. } = *offered;
        let offer = Offer { path, digest, bytes, name_version };
        Self::admit(self, offered.layer, offer).map_err(|refusal| refusal.told())
    }
}
