//! The policy as the evaluator asks it, for each module of a rule set.

use holdfast_rule_set::{Offered, OfferedCode, Trust};

use super::policy::{Offer, TrustPolicy};

impl Trust for TrustPolicy {
    fn admit(&self, offered: &Offered<'_>) -> Result<Vec<String>, String> {
        let Offered { path, digest, bytes, name_version, .. } = *offered;
        let offer = Offer { path, digest, bytes, name_version };
        Self::admit(self, offered.layer, offer).map_err(|refusal| refusal.described())
    }

    fn admit_precompiled(&self, offered: &OfferedCode<'_>) -> Result<(), String> {
        self.admit_code(offered.layer, offered.digest, offered.signed_by)
            .map_err(|refusal| refusal.described())
    }
}
