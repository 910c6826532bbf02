//! Pages of which Azure refuses one.

use super::*;

/// The real pages, but for one call that Azure refuses.
pub(super) struct Refusing {
    pub(super) arm: holdfast_azure::ArmClient,
    /// How many calls come before it.
    pub(super) left: Mutex<u32>,
    /// Whether only a call with a token is refused.
    pub(super) of_token: bool,
    /// Whether all calls after that one are refused, too.
    pub(super) for_ever: bool,
}

impl Refusing {
    fn refuses(&self, part: &Part<'_>) -> Result<(), AzureError> {
        if self.of_token && part.after.is_none() {
            return Ok(());
        }
        let mut left = self.left.lock().unwrap();
        let is_now = *left == 0;
        if !(is_now && self.for_ever) {
            *left = left.wrapping_sub(1);
        }
        if !is_now {
            return Ok(());
        }
        let (status, code) = if self.of_token { (400, "BadRequest") } else { (403, "AccessDenied") };
        let refusal = Refusal {
            status,
            code: code.to_owned(),
            message: "no".to_owned(),
            recommended_action: Vec::new(),
            advice: None,
            kind: RefusalKind::Unknown,
            retry: Retry::Never,
        };
        Err(AzureError::Refused { action: "ask".to_owned(), refusal })
    }
}

#[async_trait]
impl SweepPages for Refusing {
    async fn rows(&self, part: &Part<'_>, types: &[&str]) -> Result<RowPage, AzureError> {
        self.refuses(part)?;
        self.arm.rows(part, types).await
    }

    async fn resources(&self, ids: &[ResourceId]) -> Result<Vec<Resource>, AzureError> {
        self.arm.resources(ids).await
    }

    async fn gone(&self, part: &Part<'_>) -> Result<PageOf<Target>, AzureError> {
        self.refuses(part)?;
        self.arm.gone(part).await
    }
}
