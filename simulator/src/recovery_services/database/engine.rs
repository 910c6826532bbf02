//! The two kinds of database servers, and the words of the service for each.

/// A kind of database server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::recovery_services) enum Engine {
    Sql,
    Hana,
}

impl Engine {
    /// Reads `workloadType`, as requests and filters write it.
    pub(in crate::recovery_services) fn parse(word: &str) -> Option<Self> {
        let is = |words: &[&str]| words.iter().any(|known| known.eq_ignore_ascii_case(word));
        match word {
            _ if is(&["SQLDataBase", "SQL", "SQLInstance"]) => Some(Self::Sql),
            _ if is(&["SAPHanaDatabase", "SAPHana", "SAPHanaDBInstance"]) => Some(Self::Hana),
            _ => None,
        }
    }

    /// `workloadType` of what answers list (recorded: not the word of requests).
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Sql => "SQL",
            Self::Hana => "SAPHana",
        }
    }

    /// `protectableItemType` of an instance.
    pub(super) fn instance_type(self) -> &'static str {
        match self {
            Self::Sql => "SQLInstance",
            Self::Hana => "SAPHanaSystem",
        }
    }

    /// `protectableItemType` of a database.
    pub(super) fn database_type(self) -> &'static str {
        match self {
            Self::Sql => "SQLDataBase",
            Self::Hana => "SAPHanaDatabase",
        }
    }

    /// The databases that every instance has.
    pub(super) fn system_databases(self) -> &'static [&'static str] {
        match self {
            Self::Sql => &["master", "model", "msdb"],
            Self::Hana => &["SYSTEMDB"],
        }
    }

    /// The code of a database that is not there (documentation).
    pub(super) fn no_database(self) -> &'static str {
        match self {
            Self::Sql => "UserErrorSQLPODoesNotExist",
            Self::Hana => "UserErrorHANAPODoesNotExist",
        }
    }
}
