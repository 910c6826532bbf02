//! The port [`Azure`]: which client speaks with the vaults of which family.

use holdfast_protection::family::Family;
use holdfast_protection::ports::{Azure, Backups};

use super::super::backup_vault::BackupVaults;
use super::super::recovery_services::RecoveryServices;
use super::super::transport::ArmClient;

impl Azure for ArmClient {
    fn backups(&self, family: Family) -> Box<dyn Backups + '_> {
        match family {
            Family::BackupVault => Box::new(BackupVaults(self)),
            Family::RecoveryServices => Box::new(RecoveryServices(self)),
        }
    }
}
