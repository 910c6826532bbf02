//! Assignments and resources to try them on, made near the edges of what is selected.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

use crate::definitions::Definition;

const SUBSCRIPTION: &str = "/subscriptions/11111111-2222-3333-4444-555555555555";
const NEIGHBOUR: &str = "/subscriptions/11111111-2222-3333-4444-55555555555";

/// A resource.
#[derive(Debug, Clone)]
pub(crate) struct Asset {
    pub(crate) id: String,
    pub(crate) resource_type: String,
    pub(crate) location: String,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) sku: Option<String>,
    pub(crate) kind: Option<String>,
    pub(crate) properties: Value,
}

/// A definition's parameters, and where it is assigned.
#[derive(Debug, Clone)]
pub(crate) struct Assigned {
    pub(crate) scope: String,
    pub(crate) not_scopes: Vec<String>,
    pub(crate) tag: String,
    pub(crate) values: Vec<String>,
    pub(crate) location: String,
    names: (&'static str, &'static str, Option<&'static str>),
}

impl Assigned {
    /// As ARM shows the assignment of a definition.
    pub(crate) fn assignment(&self, definition: &Definition) -> Value {
        let mut parameters = self.parameters();
        let provider = match definition.builtin().resource_type() {
            "Microsoft.Compute/disks" | "Microsoft.Storage/storageAccounts" => {
                "Microsoft.DataProtection/backupVaults"
            }
            _ => "Microsoft.RecoveryServices/vaults",
        };
        let policy = format!(
            "{SUBSCRIPTION}/resourceGroups/rg-backup/providers/{provider}/central/backupPolicies/daily"
        );
        for (name, value) in [
            ("backupPolicyId", policy.as_str()),
            ("snapshotResourceGroupName", "rg-snapshots"),
            ("vaultName", "new-vault"),
            (
                "storageAccountId",
                "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/a",
            ),
        ] {
            if definition.builtin().takes(name) {
                parameters.insert(name.into(), json!(value));
            }
        }
        let parameters: Map<String, Value> =
            parameters.into_iter().map(|(name, value)| (name, json!({ "value": value }))).collect();
        json!({
            "id": format!("{}/providers/Microsoft.Authorization/policyAssignments/backup", self.scope),
            "name": "backup",
            "properties": {
                "policyDefinitionId":
                    format!("/providers/Microsoft.Authorization/policyDefinitions/{}", definition.builtin().id),
                "scope": self.scope,
                "notScopes": self.not_scopes,
                "parameters": parameters,
            },
        })
    }

    fn parameters(&self) -> Map<String, Value> {
        let (name, values, location) = self.names;
        let mut parameters = Map::new();
        parameters.insert(name.into(), json!(self.tag));
        parameters.insert(values.into(), json!(self.values));
        if let Some(location) = location {
            parameters.insert(location.into(), json!(self.location));
        }
        parameters
    }

    /// Regorus compares locations as texts; Azure takes `West Europe` for `westeurope`.
    pub(crate) fn parameters_with_plain_location(&self) -> Value {
        let plain = Self { location: self.location.replace(' ', ""), ..self.clone() };
        Value::Object(plain.parameters())
    }

    /// Whether an id lies in the scope and in none of the excluded ones.
    pub(crate) fn covers(&self, id: &str) -> bool {
        let lies_in = |scope: &String| {
            format!("{}/", id.to_lowercase()).starts_with(&format!("{}/", scope.to_lowercase()))
        };
        lies_in(&self.scope) && !self.not_scopes.iter().any(lies_in)
    }
}

impl Asset {
    pub(crate) fn as_arm_shows_it(&self) -> Value {
        let mut body = json!({
            "id": self.id,
            "name": self.id.rsplit('/').next(),
            "type": self.resource_type,
            "location": self.location,
            "tags": self.tags,
            "properties": self.properties,
        });
        if let (Some(body), Some(sku)) = (body.as_object_mut(), &self.sku) {
            body.insert("sku".into(), json!({ "name": sku }));
        }
        if let (Some(body), Some(kind)) = (body.as_object_mut(), &self.kind) {
            body.insert("kind".into(), json!(kind));
        }
        body
    }
}

pub(crate) fn assigned(definition: &Definition) -> impl Strategy<Value = Assigned> + use<> {
    let names = (definition.name, definition.values, definition.location);
    let scope = prop_oneof![
        3 => Just(SUBSCRIPTION.to_owned()),
        2 => Just(format!("{SUBSCRIPTION}/resourceGroups/rg-shop")),
        1 => Just(format!("{}/RESOURCEGROUPS/RG-Shop", SUBSCRIPTION.to_uppercase())),
    ];
    let not_scopes = prop_oneof![
        3 => Just(Vec::new()),
        1 => Just(vec![format!("{SUBSCRIPTION}/resourceGroups/rg-sho"), format!("{NEIGHBOUR}6")]),
        1 => Just(vec![format!("{SUBSCRIPTION}/resourcegroups/rg-shop2")]),
    ];
    let tag = prop_oneof![
        1 => Just(String::new()),
        8 => select(vec!["backup", "Env", "a/b", "cost center", "größe", "x.y", "x-y_z"]).prop_map(str::to_owned),
    ];
    let value = select(vec!["yes", "NO", "", "École", "true", "7", "a,b", "[x", "\"", "gold *"])
        .prop_map(str::to_owned);
    let values = prop_oneof![1 => Just(Vec::new()), 8 => prop::collection::vec(value, 1..4)];
    let location =
        select(vec!["westeurope", "WestEurope", "West Europe", "northeurope"]).prop_map(str::to_owned);
    (scope, not_scopes, tag, values, location).prop_map(move |(scope, not_scopes, tag, values, location)| {
        Assigned { scope, not_scopes, tag, values, location, names }
    })
}

/// Resources of the definition's type, mostly near to what the assignment selects.
pub(crate) fn asset(definition: &Definition, assigned: &Assigned) -> BoxedStrategy<Asset> {
    let own = definition.builtin().resource_type().to_owned();
    let body = match own.as_str() {
        "Microsoft.Compute/virtualMachines" => machine().boxed(),
        "Microsoft.Storage/storageAccounts" => account().boxed(),
        _ => Just((None, None, json!({}))).boxed(),
    };
    let spelled =
        prop_oneof![8 => Just(own.clone()), 1 => Just(own.to_lowercase()), 1 => Just(own.to_uppercase())];
    let location = assigned.location.replace(' ', "").to_lowercase();
    let location = prop_oneof![
        38 => Just(location.clone()),
        1 => Just(format!("{location}2")),
        1 => Just("eastasia".to_owned()),
    ];
    (id(own), spelled, location, tags(assigned), body)
        .prop_map(|(id, resource_type, location, tags, (sku, kind, properties))| Asset {
            id,
            resource_type,
            location,
            tags,
            sku,
            kind,
            properties,
        })
        .boxed()
}

fn id(own: String) -> impl Strategy<Value = String> {
    let subscription = prop_oneof![
        38 => Just(SUBSCRIPTION.to_owned()),
        1 => Just(format!("{NEIGHBOUR}6")),
        1 => Just(format!("{SUBSCRIPTION}5")),
    ];
    let group = prop_oneof![
        4 => select(vec!["rg-shop", "RG-Shop"]),
        1 => select(vec!["rg-shop2", "rg-sho", "databricks-rg-7", "Databricks-RG-", "databricks-rg", "my-databricks-rg-1"]),
    ];
    let keyword = select(vec!["resourceGroups", "resourceGroups", "resourcegroups"]);
    (subscription, keyword, group, "[a-z]{1,8}").prop_map(move |(subscription, keyword, group, name)| {
        let (provider, types) = own.split_once('/').unwrap_or((&own, ""));
        let path: Vec<String> = types.split('/').map(|segment| format!("{segment}/{name}")).collect();
        format!("{subscription}/{keyword}/{group}/providers/{provider}/{}", path.join("/"))
    })
}

fn tags(assigned: &Assigned) -> impl Strategy<Value = BTreeMap<String, String>> + use<> {
    let tag = if assigned.tag.is_empty() { "backup".to_owned() } else { assigned.tag.clone() };
    let own = assigned.values.first().cloned().unwrap_or_else(|| "yes".to_owned());
    let any = assigned.values.last().cloned().unwrap_or_else(|| "yes".to_owned());
    let name = prop_oneof![
        16 => Just(tag.clone()),
        6 => Just(tag.to_uppercase()),
        1 => Just(format!("{tag}2")),
        1 => Just(tag.chars().skip(1).collect::<String>() + "x"),
    ];
    let value = prop_oneof![
        8 => Just(own.clone()),
        6 => Just(any.to_uppercase()),
        4 => Just(any.to_lowercase()),
        1 => Just(format!("{own} ")),
        1 => Just(format!("{own},{any}")),
        1 => Just(String::new()),
        1 => Just("other".to_owned()),
    ];
    let other = ("[a-z]{1,4}", "[a-z]{0,4}");
    (prop::option::weighted(0.9, (name, value)), prop::collection::vec(other, 0..3)).prop_map(
        |(near, others)| {
            let mut tags: BTreeMap<String, String> = others.into_iter().collect();
            // Azure has each tag name once, whatever its case.
            if let Some((name, value)) = near {
                tags.retain(|known, _| known.to_lowercase() != name.to_lowercase());
                tags.insert(name, value);
            }
            tags
        },
    )
}

type Body = (Option<String>, Option<String>, Value);

fn account() -> impl Strategy<Value = Body> {
    let sku = prop_oneof![
        8 => select(vec!["Standard_LRS", "standard_zrs", "STANDARD_RAGRS"]),
        1 => select(vec!["Premium_LRS", "Standar_LRS"]),
    ];
    let kind = prop_oneof![
        8 => select(vec!["StorageV2", "storagev2"]),
        1 => select(vec!["Storage", "BlobStorage", "StorageV22"]),
    ];
    let flag = || {
        prop_oneof![
            10 => Just(None),
            10 => Just(Some(json!(false))),
            1 => Just(Some(json!(true))),
            1 => Just(Some(json!("True"))),
            1 => Just(Some(Value::Null)),
            1 => Just(Some(json!("truex"))),
        ]
    };
    let sku = prop::option::weighted(0.95, sku.prop_map(str::to_owned));
    let kind = prop::option::weighted(0.95, kind.prop_map(str::to_owned));
    (sku, kind, flag(), flag()).prop_map(|(sku, kind, hns, nfs)| {
        let mut properties = Map::new();
        properties.extend(hns.map(|flag| ("isHnsEnabled".to_owned(), flag)));
        properties.extend(nfs.map(|flag| ("isNfsV3Enabled".to_owned(), flag)));
        (sku, kind, Value::Object(properties))
    })
}

/// Images that the definitions take, one for each way in.
const TAKEN: [(&str, &str, &str); 40] = [
    ("MicrosoftWindowsServer", "WindowsServer", "2008-R2-SP1"),
    ("MicrosoftWindowsServer", "WindowsServer", "2012-R2-Datacenter-smalldisk"),
    ("MicrosoftWindowsServer", "WindowsServer", "2016-datacenter-gensecond"),
    ("MicrosoftWindowsServer", "WindowsServer", "2019-Datacenter-Core-with-Containers-smalldisk"),
    ("MicrosoftWindowsServer", "WindowsServer", "2022-datacenter-azure-edition"),
    ("MicrosoftWindowsServer", "WindowsServer", "2022-datacenter-core-smalldisk"),
    ("MicrosoftWindowsServer", "WindowsServerSemiAnnual", "Datacenter-Core-1709-smalldisk"),
    ("MicrosoftWindowsServerHPCPack", "WindowsServerHPCPack", "2012R2"),
    ("MicrosoftSQLServer", "sql2019-ws2022", "standard-gen2"),
    ("MicrosoftSQLServer", "SQL2019-WS2019", "Enterprise"),
    ("MicrosoftSQLServer", "SQL2017-WS2016", "x"),
    ("MicrosoftSQLServer", "SQL2016SP1-WS2016-BYOL", "x"),
    ("MicrosoftSQLServer", "SQL2014SP2-WS2012R2", "x"),
    ("MicrosoftSQLServer", "SQL2014SP2-WS2012R2-BYOL", "x"),
    ("MicrosoftRServer", "MLServer-WS2016", "Enterprise"),
    ("MicrosoftVisualStudio", "VisualStudio", "x"),
    ("MicrosoftVisualStudio", "Windows", "Windows-10-N-x64"),
    ("MicrosoftDynamicsAX", "Dynamics", "Pre-Req-AX7-Onebox-U8"),
    ("microsoft-ads", "windows-data-science-vm", "windows2016"),
    ("MicrosoftWindowsDesktop", "Windows-10", "19h2-pro"),
    ("MicrosoftWindowsDesktop", "Windows-11", "win11-24h2-ent"),
    ("RedHat", "RHEL-BYOS", "rhel-lvm77"),
    ("RedHat", "RHEL", "6.10"),
    ("RedHat", "RHEL-SAP-HANA", "7_9"),
    ("RedHat", "RHEL", "8-lvm"),
    ("SUSE", "SLES", "12-SP5"),
    ("SUSE", "SLES-SAPCAL", "12"),
    ("SUSE", "SLES-HPC-Priority", "12-sp4"),
    ("Canonical", "UbuntuServer", "14.04.5-LTS"),
    ("Canonical", "UbuntuServer", "16.04-LTS"),
    ("Canonical", "UbuntuServer", "18.04LTS"),
    ("Canonical", "0001-com-ubuntu-server-focal", "20_04-lts-gen2"),
    ("Canonical", "0001-com-ubuntu-pro-focal", "pro-20_04-lts"),
    ("Canonical", "0001-com-ubuntu-server-jammy", "22_04-lts-gen2"),
    ("Oracle", "Oracle-Linux", "6.10"),
    ("Oracle", "Oracle-Linux", "78"),
    ("OpenLogic", "CentOS-HPC", "7_9-gen2"),
    ("OpenLogic", "CentOS", "7.9"),
    ("OpenLogic", "Centos-LVM", "6.9"),
    ("cloudera", "cloudera-centos-os", "7_5"),
];

const SKUS: [&str; 14] = [
    "6",
    "6.x",
    "7",
    "17",
    "8",
    "9-lvm",
    "12",
    "11-SP4",
    "15",
    "14.04-DAILY",
    "20_04-lts",
    "20_04",
    "22_04-lts",
    "2025-datacenter",
];

fn machine() -> impl Strategy<Value = Body> {
    let flipped = |text: String, flip: u8| match flip {
        0 => text.to_uppercase(),
        1 => text.to_lowercase(),
        2 => format!("{text}x"),
        3 => format!("x{text}"),
        _ => text,
    };
    let taken = || select(TAKEN.to_vec());
    let parts = (taken(), taken(), select(SKUS.to_vec()), 0..20_u8, [0..50_u8, 0..50_u8, 0..50_u8]);
    let image = parts.prop_map(move |(own, other, sku, mix, flips)| {
        let (publisher, offer, own_sku) = match mix {
            0 => (own.0, other.1, own.2),
            1 => (own.0, own.1, other.2),
            2 => (own.0, own.1, sku),
            3 => (select_publisher(flips[0]), own.1, own.2),
            _ => own,
        };
        let [one, two, three] = flips;
        (flipped(publisher.into(), one), flipped(offer.into(), two), flipped(own_sku.into(), three))
    });
    let missing = 0..30_u8;
    (image, missing).prop_map(|((publisher, offer, sku), missing)| {
        let mut image = json!({ "publisher": publisher, "offer": offer, "sku": sku, "version": "latest" });
        if let Some(image) = image.as_object_mut() {
            match missing {
                0 => drop(image.remove("publisher")),
                1 => drop(image.remove("offer")),
                2 => drop(image.remove("sku")),
                3 => drop(image.insert("sku".into(), Value::Null)),
                4 => image.clear(),
                _ => {}
            }
        }
        let mut storage = json!({ "imageReference": image, "osDisk": { "osType": "Linux" } });
        if missing == 5
            && let Some(storage) = storage.as_object_mut()
        {
            storage.remove("imageReference");
        }
        (None, None, json!({ "storageProfile": storage, "hardwareProfile": { "vmSize": "Standard_B1s" } }))
    })
}

fn select_publisher(roll: u8) -> &'static str {
    match roll % 3 {
        0 => "azureopenshift",
        1 => "AzureDatabricks",
        _ => "contoso",
    }
}
