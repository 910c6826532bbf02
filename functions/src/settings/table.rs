//! Every setting, with its default and what it is for.

/// A setting that Holdfast reads.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// Name of the environment variable.
    pub name: &'static str,
    /// Value when it is not set; empty when there is none.
    pub default: &'static str,
    /// What it is for.
    pub meaning: &'static str,
}

/// Every setting of our own; docs/configuration.md lists the same.
pub const SETTINGS: &[Setting] = &[
    Setting {
        name: "HOLDFAST_SUBSCRIPTIONS",
        default: "",
        meaning: "subscription ids that the sweep and `jobs` look at, separated by commas",
    },
    Setting {
        name: "HOLDFAST_RULES",
        default: "rules/ruleset.toml",
        meaning: "rule set: a file relative to the app's folder, a blob's URL, or oci://registry/repository@sha256:…",
    },
    Setting {
        name: "HOLDFAST_TRUST",
        default: "rules/trust.toml",
        meaning: "trust policy file, relative to the app's folder; without the file, digests pinned in the rule set suffice",
    },
    Setting {
        name: "HOLDFAST_COMPILED_KEY",
        default: "",
        meaning: "public key whose precompiled rules are loaded instead of compiling, as `holdfast rule precompile` prints it",
    },
    Setting {
        name: "HOLDFAST_COMPILE_SECONDS",
        default: "120",
        meaning: "seconds of processor time that compiling one rule may take",
    },
    Setting {
        name: "HOLDFAST_COMPILE_MEGABYTES",
        default: "1024",
        meaning: "megabytes of memory that compiling one rule may take, in a process of its own",
    },
    Setting {
        name: "HOLDFAST_RULES_REFRESH",
        default: "30",
        meaning: "seconds between two looks at the rule set's source; 0 looks only at start and on request",
    },
    Setting {
        name: "HOLDFAST_CACHE",
        default: "",
        meaning: "folder for rule sets from elsewhere; empty for one in the system's temporary folder",
    },
    Setting {
        name: "HOLDFAST_DOCKER_CONFIG",
        default: "",
        meaning: "docker configuration file with credentials for registries, relative to the app's folder; Azure registries that it does not name are read by identity",
    },
    Setting {
        name: "HOLDFAST_STRICT_FRESH",
        default: "off",
        meaning: "`on` (or 1) gives the memory of each evaluation back to the system and uses no instance of a rule twice, so that rules are given their settings each time: slower by far, for hosts that are shared with rules you do not trust",
    },
    Setting {
        name: "HOLDFAST_HOLD_DAYS",
        default: "30",
        meaning: "for how many days what an operator did against the rules is not undone, where the operator states no `until`; 1 to 366",
    },
    Setting {
        name: "HOLDFAST_SWEEP_RUNS",
        default: "28",
        meaning: "how many runs of the sweep are kept whole, the newest; of older ones, one a day is kept for a month, then one a month for a year",
    },
    Setting {
        name: "HOLDFAST_RETRY_BUDGET",
        default: "100",
        meaning: "how many failed backups one run of `Retry` takes again; the next run takes the others",
    },
    Setting {
        name: "HOLDFAST_EXPORT",
        default: "",
        meaning: "`jsonl`, `csv`, `parquet` or `openreports` has what sweeps saw and what jobs came to written into the container `holdfast-export`, hourly; empty for nothing",
    },
    Setting {
        name: "HOLDFAST_DIGEST",
        default: "",
        meaning: "`daily` or `weekly` (on Mondays) has the report told in a few lines to where notifications go, unless nothing has changed; empty for never",
    },
    Setting {
        name: "HOLDFAST_DIGEST_HOUR",
        default: "6",
        meaning: "hour of the day, in UTC, from which on the digest is told; 0 to 23",
    },
    Setting {
        name: "HOLDFAST_ARM_ENDPOINT",
        default: "https://management.azure.com",
        meaning: "Azure Resource Manager of the cloud",
    },
    Setting {
        name: "HOLDFAST_CREDENTIAL",
        default: "managed-identity",
        meaning: "managed-identity, workload-identity, azure-cli or developer-tools",
    },
    Setting {
        name: "HOLDFAST_CLIENT_ID",
        default: "",
        meaning: "client id of a user-assigned identity; empty for the system-assigned one",
    },
    Setting {
        name: "HOLDFAST_READERS",
        default: "function-key, role:Holdfast.Reader",
        meaning: "who may see decisions, plans, jobs and recovery points: `function-key`, `key:<name>`, `role:<app role>`, or object ids of principals and groups",
    },
    Setting {
        name: "HOLDFAST_OPERATORS",
        default: "role:Holdfast.Operator",
        meaning: "who may back up, stop, suspend and resume, as far as the operation-review rules let",
    },
    Setting {
        name: "HOLDFAST_RESTORERS",
        default: "role:Holdfast.Restorer",
        meaning: "who may restore, as far as the operation-review rules let",
    },
    Setting {
        name: "HOLDFAST_ADMINS",
        default: "role:Holdfast.Admin",
        meaning: "who may do everything, approve operations and order the rule set back",
    },
    Setting {
        name: "HOLDFAST_KEYS",
        default: "",
        meaning: "names of function keys, as <name>=<SHA-256 of the key>, separated by commas",
    },
    Setting {
        name: "HOLDFAST_APP_SERVICE_AUTH",
        default: "off",
        meaning: "`on` where App Service authentication stands before the app: only then is its principal header believed",
    },
    Setting {
        name: "HOLDFAST_TENANT",
        default: "",
        meaning: "tenant whose bearer tokens are taken; empty takes none",
    },
    Setting {
        name: "HOLDFAST_AUDIENCE",
        default: "",
        meaning: "application id that bearer tokens must be meant for",
    },
    Setting {
        name: "HOLDFAST_AUTHORITY",
        default: "https://login.microsoftonline.com",
        meaning: "Microsoft Entra of the cloud",
    },
    Setting {
        name: "HOLDFAST_NOTIFY_WEBHOOK",
        default: "",
        meaning: "webhook that is told what happens: an https URL; docs/notifications.md has the events",
    },
    Setting {
        name: "HOLDFAST_NOTIFY_SECRET",
        default: "",
        meaning: "secret that signs what the webhook gets: `whsec_` and 24 to 64 bytes in base64",
    },
    Setting {
        name: "HOLDFAST_NOTIFY_MODE",
        default: "structured",
        meaning: "how events travel to the webhook: `structured` or `binary`",
    },
    Setting {
        name: "HOLDFAST_NOTIFY_TOPIC",
        default: "",
        meaning: "custom topic of Event Grid that is told what happens: its endpoint",
    },
    Setting {
        name: "HOLDFAST_NOTIFY_QUEUE",
        default: "",
        meaning: "queue that is told what happens, in the account of AzureWebJobsStorage",
    },
    Setting {
        name: "HOLDFAST_NOTIFY_TEAMS",
        default: "",
        meaning: "webhook of a channel of Teams that gets the digest as a card: an https URL",
    },
    Setting {
        name: "HOLDFAST_NOTIFY_HOSTS",
        default: "",
        meaning: "hosts that notifications may go to although they are not of the internet, separated by commas",
    },
    Setting {
        name: "HOLDFAST_NOTIFY_KINDS",
        default: "",
        meaning: "kinds of events that are told, separated by commas; empty for all",
    },
    Setting {
        name: "HOLDFAST_NOTIFY_COVERAGE",
        default: "0",
        meaning: "share of protected targets in per cent below which it is told; 0 tells it never",
    },
    Setting {
        name: "HOLDFAST_LOG",
        default: "info",
        meaning: "log filter, such as `info,holdfast_azure=debug`",
    },
    Setting {
        name: "HOLDFAST_LOG_FORMAT",
        default: "text",
        meaning: "how a line of the log is written: `text`, or `json` for an object with `message`, `level`, `time` and what it is about",
    },
];

/// Those of them that say who may call.
pub(super) const CALLERS: [&str; 9] = [
    "HOLDFAST_READERS",
    "HOLDFAST_OPERATORS",
    "HOLDFAST_RESTORERS",
    "HOLDFAST_ADMINS",
    "HOLDFAST_KEYS",
    "HOLDFAST_APP_SERVICE_AUTH",
    "HOLDFAST_TENANT",
    "HOLDFAST_AUDIENCE",
    "HOLDFAST_AUTHORITY",
];

/// Those of them whose values are shown to nobody. An address may hold a key.
pub(super) const SECRETS: [&str; 3] =
    ["HOLDFAST_NOTIFY_SECRET", "HOLDFAST_NOTIFY_WEBHOOK", "HOLDFAST_NOTIFY_TEAMS"];
