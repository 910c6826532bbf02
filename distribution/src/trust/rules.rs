//! The policy as the evaluator asks it, for each module of a rule set.

use holdfast_evaluator::{Offered, Trust};

use super::policy::{Offer, TrustPolicy};

impl Trust for TrustPolicy {
    fn admit(&self, offered: &Offered<'_>) -> Result<Option<String>, String> {
        let Offered { path, digest, bytes, name_version, .. } = *offered;
        let offer = Offer { path, digest, bytes, name_version };
        Self::admit(self, offered.layer, offer).map_err(|refusal| chain(&refusal))
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
