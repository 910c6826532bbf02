//! The rule: what Holdfast asks of every disk.

use holdfast_rule_sdk::{
    ExclusionKind, Manifest, Opinion, Protection, Request, Retention, Rule, rule, tag_pointer,
};

/// What an administrator may tune; `settings.schema.json` describes the same.
#[derive(Debug, serde::Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Settings {
    /// Name of the tag.
    tag: String,
    /// Values that ask for protection.
    values: Vec<String>,
    /// Days that backups are kept at least.
    min_days: u32,
}

/// Protects disks whose tag says so.
pub struct {{Type}};

impl Rule for {{Type}} {
    type Settings = Settings;

    fn manifest() -> Manifest {
        Manifest {
            name: "{{name}}".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            summary: "protects disks whose tag says so, for as long as the settings ask".into(),
            resource_types: vec!["Microsoft.Compute/disks".into()],
            workloads: vec![],
            fact_kinds: vec![],
            settings_schema: include_str!("settings.schema.json").into(),
            reason_codes: vec!["tag-asks".into(), "no-tag".into(), "short-lived".into()],
        }
    }

    /// The same request always gives the same opinion: there is no clock but `request.event_time`,
    /// no chance and no network.
    fn evaluate(settings: &Settings, request: &Request<'_>) -> Opinion {
        let target = &request.target;
        if target.tag("lifetime") == Some("ephemeral") {
            return Opinion::exclude(ExclusionKind::Ephemeral)
                .because("short-lived", "tag lifetime=ephemeral")
                .seen(tag_pointer("lifetime"), "ephemeral");
        }
        let found = target.tag(&settings.tag).filter(|value| settings.values.iter().any(|asks| asks == value));
        let Some(value) = found else {
            let message = format!("no tag {} asks for protection", settings.tag);
            return Opinion::abstain().because("no-tag", message);
        };
        let retention = Retention { min_days: Some(settings.min_days), max_days: None };
        Opinion::protect(Protection { retention: Some(retention), ..Protection::default() })
            .because("tag-asks", format!("tag {}={value}", settings.tag))
            .seen(tag_pointer(&settings.tag), value)
    }
}

rule!({{Type}});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_settings_are_read_as_the_schema_has_them() {
        let settings: Settings =
            serde_json::from_str(r#"{ "tag": "env", "values": ["prod"], "min-days": 30 }"#).expect("settings");
        assert_eq!(settings.min_days, 30);
        let manifest = {{Type}}::manifest();
        serde_json::from_str::<serde_json::Value>(&manifest.settings_schema).expect("a schema");
    }
}
