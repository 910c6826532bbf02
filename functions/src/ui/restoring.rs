//! What a restore asks for: the kinds that a resource has, their fields, and what was filled in as a wish.

use holdfast_page::{Cell, Choice as Offered, Field, FieldKind, address};
use holdfast_protection::ResourceId;
use holdfast_protection::points::Choice;
use holdfast_protection::restore::{DesiredRegion, DesiredRestore, RestoreTarget};
use serde_json::{Map, Value};

use super::act::{lines, several};
use super::pairs::Pairs;
use super::resource::read_workload;
use super::visitor::Visitor;
use crate::api::target::is_of;
use crate::problem::Problem;

/// Recovery points that can be chosen from a list; any other is named by its time.
const POINTS: usize = 60;

/// A kind of restore: its word, in words, of which type of resource, and what it asks for.
struct Kind {
    word: &'static str,
    label: &'static str,
    of: &'static str,
    fields: &'static [Wanted],
}

struct Wanted {
    name: &'static str,
    label: &'static str,
    hint: &'static str,
    form: Form,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Needed,
    Free,
    Several,
    Flag,
}

const fn wanted(name: &'static str, label: &'static str, hint: &'static str, form: Form) -> Wanted {
    Wanted { name, label, hint, form }
}

const GROUP: Wanted = wanted("resourceGroup", "Resource group", "its ARM id", Form::Needed);
const NAME: Wanted = wanted("name", "Name", "of what is made", Form::Needed);
const STAGING: Wanted =
    wanted("staging", "Staging account", "ARM id of a storage account in the vault's region", Form::Needed);

const KINDS: &[Kind] = &[
    Kind { word: "disk", label: "as a new disk", of: "Microsoft.Compute/disks", fields: &[GROUP, NAME] },
    Kind {
        word: "vm-disks",
        label: "its disks",
        of: "Microsoft.Compute/virtualMachines",
        fields: &[GROUP, STAGING],
    },
    Kind {
        word: "vm",
        label: "a new machine",
        of: "Microsoft.Compute/virtualMachines",
        fields: &[GROUP, NAME, wanted("subnet", "Subnet", "its ARM id", Form::Needed), STAGING],
    },
    Kind {
        word: "vm-in-place",
        label: "in place",
        of: "Microsoft.Compute/virtualMachines",
        fields: &[STAGING],
    },
    Kind {
        word: "blobs-in-place",
        label: "in place, to a moment",
        of: "Microsoft.Storage/storageAccounts",
        fields: &[
            wanted("containers", "Containers", "all of them without it", Form::Several),
            wanted("prefixes", "Prefixes", "as container/prefix", Form::Several),
        ],
    },
    Kind {
        word: "containers",
        label: "to another account",
        of: "Microsoft.Storage/storageAccounts",
        fields: &[
            wanted("account", "Storage account", "its ARM id", Form::Needed),
            wanted("containers", "Containers", "all that the point holds without it", Form::Several),
        ],
    },
    Kind {
        word: "files",
        label: "as files in a container",
        of: "Microsoft.DBforPostgreSQL/flexibleServers",
        fields: &[
            wanted("account", "Storage account", "its ARM id", Form::Needed),
            wanted("container", "Container", "one that is there already", Form::Needed),
            wanted("prefix", "Prefix", "what the names of the files begin with", Form::Free),
        ],
    },
    Kind {
        word: "database",
        label: "as a new database",
        of: "Microsoft.DBforPostgreSQL/servers/databases",
        fields: &[
            wanted("server", "Server", "its ARM id", Form::Needed),
            NAME,
            wanted("secret", "Secret", "URL of the Key Vault secret, for another server", Form::Free),
        ],
    },
    Kind {
        word: "cluster",
        label: "to a cluster",
        of: "Microsoft.ContainerService/managedClusters",
        fields: &[
            wanted("cluster", "Cluster", "ARM id of another one; the same without it", Form::Free),
            wanted("namespaces", "Namespaces", "all of them without it", Form::Several),
            wanted("clusterScope", "Resources of no namespace as well", "", Form::Flag),
        ],
    },
    Kind {
        word: "share",
        label: "the share",
        of: "Microsoft.Storage/storageAccounts/fileServices/shares",
        fields: &[
            wanted("share", "Another share", "its ARM id; the same without it", Form::Free),
            wanted("folder", "Folder", "in which it is put; the same place without it", Form::Free),
        ],
    },
    Kind {
        word: "sql-database",
        label: "as a database",
        of: "Microsoft.Compute/virtualMachines/sqlInstances/databases",
        fields: &[
            wanted("machine", "Machine", "ARM id of another one", Form::Free),
            wanted("instance", "Instance", "another one there", Form::Free),
            wanted("name", "Name", "another name", Form::Free),
            wanted("overwrite", "Overwrite a database of that name", "", Form::Flag),
        ],
    },
    Kind {
        word: "hana-database",
        label: "as a database",
        of: "Microsoft.Compute/virtualMachines/hanaSystems/databases",
        fields: &[
            wanted("machine", "Machine", "ARM id of another one", Form::Free),
            wanted("name", "Name", "another name", Form::Free),
            wanted("overwrite", "Overwrite a database of that name", "", Form::Flag),
        ],
    },
];

fn of(id: &ResourceId) -> impl Iterator<Item = &'static Kind> {
    let kind = id.resource_type().to_owned();
    KINDS.iter().filter(move |one| one.of.eq_ignore_ascii_case(&kind))
}

fn chosen(id: &ResourceId, query: &Pairs) -> Result<&'static Kind, Problem> {
    let word = query.get("to");
    let found = of(id).find(|kind| word.is_none_or(|word| word == kind.word));
    found.ok_or_else(|| {
        let message =
            format!("a {} is not restored from here; use `holdfast restore` or the API", id.resource_type());
        Problem::bad_request("BadQuery", message)
    })
}

/// What a resource can become, to choose from.
pub(super) fn kinds(id: &ResourceId, query: &Pairs) -> Vec<Cell> {
    let now = chosen(id, query).map(|kind| kind.word).unwrap_or_default();
    let choice = |kind: &Kind| {
        let workload = query.get("workload").unwrap_or_default();
        let pairs =
            [("kind", "restore"), ("resource", id.as_str()), ("workload", workload), ("to", kind.word)];
        let cell = Cell::text(kind.label);
        if kind.word == now { cell } else { cell.to(address("act", &pairs)) }
    };
    of(id).map(choice).collect()
}

/// What the form asks for.
pub(super) async fn fields(visitor: &Visitor, id: &ResourceId, query: &Pairs) -> Result<Vec<Field>, Problem> {
    let kind = chosen(id, query)?;
    let mut choices =
        vec![Offered { value: "latest".to_owned(), label: "the latest".to_owned(), chosen: true }];
    let workload = query.get("workload").map(read_workload).transpose()?;
    let instances = visitor.app.operations().instances_of(id).await?;
    for instance in instances.into_iter().filter(|one| is_of(one, workload)) {
        let mut points = visitor.app.azure.backups_of(&instance.vault)?.points(&instance.id).await?;
        points.sort_by_key(|point| std::cmp::Reverse(point.time));
        choices.extend(points.into_iter().take(POINTS).map(|point| Offered {
            label: format!("{}, {}", point.time.strftime("%Y-%m-%d %H:%M UTC"), point.kind),
            value: point.id,
            chosen: false,
        }));
    }
    let mut fields = vec![
        Field::text("point", "Recovery point", "").of(FieldKind::Select(choices)),
        Field::text(
            "moment",
            "Or a moment",
            "such as 2026-11-28T12:00:00Z: the last point at or before it; for continuous backup the moment itself",
        ),
    ];
    fields.push(Field::text("to", "Kind", "").with(kind.word).of(FieldKind::Select(vec![Offered {
        value: kind.word.to_owned(),
        label: kind.label.to_owned(),
        chosen: true,
    }])));
    fields.extend(kind.fields.iter().map(|wanted| {
        let name = format!("to.{}", wanted.name);
        let field = Field::text(&name, wanted.label, wanted.hint);
        match wanted.form {
            Form::Needed => field.must(),
            Form::Free => field,
            Form::Several => lines(&name, wanted.label, &format!("{}; one a line", wanted.hint)),
            Form::Flag => field.of(FieldKind::Flag),
        }
    }));
    Ok(fields)
}

/// What was filled in.
pub(super) fn desired(fields: &Pairs) -> Result<DesiredRestore, Problem> {
    let word = fields.get("to").unwrap_or_default();
    let kind = KINDS.iter().find(|kind| kind.word == word);
    let kind =
        kind.ok_or_else(|| Problem::bad_request("BadBody", format!("`{word}` is not a kind of restore")))?;
    let mut to = Map::from_iter([("kind".to_owned(), Value::from(word))]);
    for wanted in kind.fields {
        let Some(text) = fields.get(&format!("to.{}", wanted.name)) else { continue };
        let value = match wanted.form {
            Form::Needed | Form::Free => Value::from(text),
            Form::Flag => Value::from(text == "true"),
            // Containers of another account are named one by one, and may be renamed: here they keep their names.
            Form::Several if word == "containers" => {
                several(text).into_iter().map(|name| serde_json::json!({ "name": name })).collect()
            }
            Form::Several => Value::from(several(text)),
        };
        to.insert(wanted.name.to_owned(), value);
    }
    let to: Result<RestoreTarget, _> = serde_json::from_value(Value::Object(to));
    let to =
        to.map_err(|error| Problem::bad_request("BadBody", format!("the form cannot be read: {error}")))?;
    let point = match fields.get("moment") {
        Some(text) => Choice::At(text.parse().map_err(|_| no_moment(text))?),
        None => Choice::from(fields.owned("point").unwrap_or_else(|| "latest".to_owned())),
    };
    Ok(DesiredRestore {
        point,
        to,
        tier: None,
        rehydrate: None,
        region: DesiredRegion::Primary,
        even_if_suspicious: false,
    })
}

/// A moment without its zone would be looked for as the id of a point.
fn no_moment(text: &str) -> Problem {
    let message = format!(
        "`{text}` is not a moment with its time zone; write 2026-11-28T12:00:00Z for UTC, or 2026-11-28T13:00:00+01:00"
    );
    Problem::bad_request("BadBody", message)
}

#[cfg(test)]
mod tests {
    use holdfast_page::{Block, Page};

    use super::*;

    #[test]
    fn what_is_filled_in_is_what_is_wished() {
        let group = "/subscriptions/s/resourceGroups/g";
        let body =
            format!("kind=restore&to=disk&point=p1&to.resourceGroup={group}&to.name=erp-copy&to.other=x");
        let wanted = desired(&Pairs::read(body.as_bytes())).unwrap();
        assert_eq!(wanted.point, Choice::Id("p1".to_owned()));
        assert_eq!(
            wanted.to,
            RestoreTarget::Disk { resource_group: group.parse().unwrap(), name: "erp-copy".to_owned() }
        );
    }

    #[test]
    fn another_kind_is_of_the_same_workload() {
        let machine = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/vm";
        let id: ResourceId = machine.parse().unwrap();
        let query = Pairs::read(b"workload=azure-vm&to=vm");
        let html = Page::new("Restore", "resources").with([Block::Links(kinds(&id, &query))]).html();
        // There are three, of which one is chosen.
        assert_eq!(html.matches("workload=azure-vm").count(), 2, "{html}");
    }

    #[test]
    fn a_moment_outweighs_the_list_and_several_names_are_told_apart() {
        let body = "to=blobs-in-place&point=latest&moment=2026-11-28T12:00:00Z&to.containers=a%0D%0Ab, c";
        let wanted = desired(&Pairs::read(body.as_bytes())).unwrap();
        assert_eq!(wanted.point, Choice::At("2026-11-28T12:00:00Z".parse().unwrap()));
        let RestoreTarget::BlobsInPlace { containers, .. } = wanted.to else { panic!("another kind") };
        assert_eq!(containers, ["a", "b", "c"]);
        let local = desired(&Pairs::read(b"to=blobs-in-place&moment=2026-11-28+01:30")).unwrap_err();
        assert!(local.message().contains("not a moment with its time zone"), "{}", local.message());
        assert!(
            super::desired(&Pairs::read(b"to=disk")).is_err()
                && super::desired(&Pairs::read(b"to=x")).is_err()
        );
    }
}
