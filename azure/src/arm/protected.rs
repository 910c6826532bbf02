//! What Resource Graph shows of everything that is protected, in whatever family: one query with one set of columns.

/// Rows of instances of every family, with `datasource`, `state` and `policy` beside what the graph has. What protects a
/// database of a machine names the machine; its own name tells the database.
pub(super) const INSTANCES: &str = "recoveryservicesresources \
    | where type in~ ('microsoft.dataprotection/backupvaults/backupinstances', \
      'microsoft.recoveryservices/vaults/backupfabrics/protectioncontainers/protecteditems') \
    | extend source = coalesce(tostring(properties.dataSourceInfo.resourceID), tostring(properties.sourceResourceId)), \
      state = coalesce(tostring(properties.currentProtectionState), tostring(properties.protectionState)), \
      policy = coalesce(tostring(properties.policyInfo.policyId), tostring(properties.policyId)) \
    | extend datasource = case(\
      tostring(split(name, ';')[0]) =~ 'SQLDataBase', strcat(source, '/sqlInstances/', tostring(split(name, ';')[1]), \
        '/databases/', tostring(split(name, ';')[2])), \
      tostring(split(name, ';')[0]) =~ 'SAPHanaDatabase', strcat(source, '/hanaSystems/', tostring(split(name, ';')[1]), \
        '/databases/', tostring(split(name, ';')[2])), \
      source)";

/// The vault of such a row, in lower case.
pub(super) const VAULT: &str =
    "tostring(split(tostring(split(tolower(id), '/backupinstances/')[0]), '/backupfabrics/')[0])";
