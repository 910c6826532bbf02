//! A registry whose storage somebody changed.

use holdfast_distribution::RegistryError;

use crate::docker_registry::{DockerRegistry, anonymous};
use crate::oci::labels;

#[tokio::test]
async fn a_changed_module_is_refused() {
    let Some(running) = DockerRegistry::start().await else { return };
    let registry = anonymous();
    let pushed = registry.push_rule(&running.tagged("select", "1"), b"\0asm good", &labels()).await.unwrap();
    assert!(registry.pull(&pushed.reference).await.is_ok());
    let kept = running.kept_as(pushed.content);
    assert_eq!(std::fs::read(&kept).unwrap(), b"\0asm good");
    std::fs::write(&kept, b"\0asm evil").unwrap();
    let error = registry.pull(&pushed.reference).await.unwrap_err();
    assert!(matches!(error, RegistryError::Tampered { .. }), "{error}");
    assert!(error.to_string().contains(&pushed.content.to_string()), "{error}");
    // Longer than the manifest says, or cut off.
    std::fs::write(&kept, b"\0asm good and more").unwrap();
    assert!(registry.pull(&pushed.reference).await.is_err());
    std::fs::write(&kept, b"\0asm").unwrap();
    assert!(registry.pull(&pushed.reference).await.is_err());
}

#[tokio::test]
async fn a_changed_manifest_is_refused() {
    let Some(running) = DockerRegistry::start().await else { return };
    let registry = anonymous();
    let tag = running.tagged("select", "1");
    let good = registry.push_rule(&tag, b"\0asm good", &labels()).await.unwrap();
    let evil = registry.push_rule(&running.tagged("select", "2"), b"\0asm evil", &labels()).await.unwrap();
    std::fs::copy(running.kept_as(evil.artifact), running.kept_as(good.artifact)).unwrap();
    let error = registry.pull(&good.reference).await.unwrap_err();
    assert!(!matches!(error, RegistryError::Unreachable { .. }), "{error}");
    assert!(registry.pull(&evil.reference).await.is_ok());
}
