//! Jobs of both families of vaults out of Resource Graph.

use async_trait::async_trait;
use holdfast_protection::job::{Job, JobFilter};
use holdfast_protection::ports::{JobPages, PageOf, Part, Subjects};
use holdfast_protection::target::Target;
use holdfast_protection::{AzureError, ResourceId};
use serde_json::Value;

use super::kql;
use super::protected::INSTANCES;
use super::resource_graph::{each_page, one_page};
use super::transport::ArmClient;
use super::{backup_vault, recovery_services, targets};

const ACTION: &str = "list jobs with Resource Graph";
const ABOUT: &str = "look for the instances of jobs with Resource Graph";

/// Rows of jobs, with `status`, `operation`, `began` and `ended` beside what the graph has.
const JOBS: &str = "recoveryservicesresources \
    | where type in~ ('microsoft.dataprotection/backupvaults/backupjobs', 'microsoft.recoveryservices/vaults/backupjobs') \
    | extend status = tostring(properties.status), began = todatetime(properties.startTime), \
      ended = todatetime(properties.endTime), \
      operation = coalesce(tostring(properties.operation), tostring(properties.operationCategory))";

#[async_trait]
impl JobPages for ArmClient {
    async fn jobs(&self, part: &Part<'_>, filter: &JobFilter) -> Result<PageOf<Job>, AzureError> {
        let query = format!(
            "{JOBS}{} | project id, type, properties, began | order by began desc, id asc",
            where_(filter)
        );
        let page = one_page(self, ACTION, part, &query).await?;
        let jobs = page.rows.into_iter().filter_map(job);
        Ok(PageOf { rows: jobs.filter(|job| filter.takes(job)).collect(), next: page.next })
    }

    async fn backups_of(
        &self,
        subscriptions: &[String],
        subjects: &Subjects,
        filter: &JobFilter,
    ) -> Result<Vec<Job>, AzureError> {
        let columns = ("tostring(properties.backupInstanceId)", "tostring(properties.entityFriendlyName)");
        let Some(about) = about(subjects, columns, |name| name) else { return Ok(Vec::new()) };
        let query = format!(
            "{JOBS}{} | where {about} | project id, type, properties, began | order by began asc, id asc",
            where_(filter)
        );
        let mut jobs = Vec::new();
        each_page(self, ACTION, subscriptions, &query, |rows| jobs.extend(rows.into_iter().filter_map(job)))
            .await?;
        jobs.retain(|job| filter.takes(job));
        Ok(jobs)
    }

    async fn instances_of_jobs(
        &self,
        subscriptions: &[String],
        subjects: &Subjects,
    ) -> Result<Vec<Target>, AzureError> {
        let columns = ("id", "tostring(properties.friendlyName)");
        let Some(about) = about(subjects, columns, plain_name) else { return Ok(Vec::new()) };
        let query = format!(
            "{INSTANCES} | where {about} | project id, datasource, state, policy, found = id | order by id asc"
        );
        let mut found = Vec::new();
        each_page(self, ABOUT, subscriptions, &query, |rows| {
            found.extend(rows.into_iter().filter_map(|row| targets::read(ABOUT, row)));
        })
        .await?;
        Ok(found)
    }
}

/// A job of a database says in brackets which server it is of; its instance has the name alone.
fn plain_name(name: &str) -> &str {
    let database = name.strip_suffix(']').and_then(|rest| rest.rsplit_once(" ["));
    database.map_or(name, |(database, _)| database)
}

/// The condition that a row is about one of these, by the columns of ids and of names; none if nothing can be asked for.
fn about(subjects: &Subjects, (id, name): (&str, &str), spelled: fn(&str) -> &str) -> Option<String> {
    let ids: Vec<&str> = subjects.instances.iter().map(ResourceId::as_str).collect();
    let names: Vec<&str> = subjects.names.iter().map(|name| spelled(name)).collect();
    let is_in = |column: &str, words: &[&str]| {
        (!words.is_empty()).then(|| format!("{column} in~ ({})", kql::texts(words)))
    };
    let conditions: Vec<String> = [is_in(id, &ids), is_in(name, &names)].into_iter().flatten().collect();
    Some(conditions.join(" or ")).filter(|text| !text.is_empty())
}

/// What the graph can tell of a filter. The rest is told by the jobs themselves.
fn where_(filter: &JobFilter) -> String {
    let mut conditions = Vec::new();
    conditions.extend(filter.status.as_ref().map(|status| format!("status =~ {}", kql::text(status))));
    if let Some(operation) = filter.operation {
        let is = |word| {
            let (whole, first) = (kql::text(word), kql::text(&format!("{word} (")));
            format!("operation =~ {whole} or operation startswith {first}")
        };
        let words: Vec<String> = operation.kind().words().map(is).collect();
        conditions.push(format!("({})", words.join(" or ")));
    }
    if filter.running {
        conditions.push(format!("status !in~ ({})", kql::texts(&Job::ENDS)));
    }
    conditions.extend(filter.since.map(|since| format!("began >= todatetime('{since}')")));
    conditions.extend(filter.until.map(|until| format!("began <= todatetime('{until}')")));
    conditions.extend(filter.ended_since.map(|since| format!("ended >= todatetime('{since}')")));
    conditions.extend(filter.ended_before.map(|before| format!("ended < todatetime('{before}')")));
    conditions.iter().map(|condition| format!(" | where {condition}")).collect()
}

/// A job of either family. What is not as they write it is left out and logged.
fn job(row: Value) -> Option<Job> {
    let kind = row.get("type").and_then(Value::as_str).unwrap_or_default().to_ascii_lowercase();
    let read = if kind.starts_with("microsoft.recoveryservices/") {
        recovery_services::job_of_row(row)
    } else {
        backup_vault::job_of_row(row)
    };
    read.inspect_err(|problem| tracing::warn!(action = ACTION, %problem, "left out a row of Resource Graph that cannot be understood; report it"))
        .ok()
}

#[cfg(test)]
mod tests {
    use holdfast_protection::job::JobOperation;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_row_of_either_family_is_read_as_a_job_of_its_vault_would_be() {
        let vaults = "/subscriptions/s/resourceGroups/g/providers";
        let disk = format!("{vaults}/Microsoft.Compute/disks/d");
        let of_backup_vault = json!({
            "id": format!("{vaults}/Microsoft.DataProtection/backupVaults/v/backupJobs/j"),
            "type": "microsoft.dataprotection/backupvaults/backupjobs",
            "properties": { "status": "Failed", "operation": "ScheduledBackup", "dataSourceId": disk,
                "startTime": "2026-01-14T02:00:00Z", "errorDetails": [{ "code": "CloudInternalError", "message": "no" }] } });
        let item = format!(
            "{vaults}/microsoft.recoveryservices/vaults/v/backupFabrics/Azure/protectionContainers/c;x/protectedItems/i;x"
        );
        let of_recovery_services = json!({
            "id": format!("{vaults}/Microsoft.RecoveryServices/vaults/v/backupJobs/j"),
            "type": "microsoft.recoveryservices/vaults/backupjobs",
            "properties": { "status": "Failed", "operation": "Backup", "entityFriendlyName": "vm", "backupInstanceId": item,
                "startTime": "2026-01-14T02:00:00Z",
                "errorDetails": [{ "errorCode": 400001, "errorTitle": "CloudInternalError", "errorString": "no" }] } });
        let jobs: Vec<Job> = [of_backup_vault, of_recovery_services].into_iter().filter_map(job).collect();
        let codes: Vec<&str> =
            jobs.iter().flat_map(|job| &job.errors).map(|error| error.code.as_str()).collect();
        assert_eq!(codes, ["CloudInternalError", "CloudInternalError"]);
        assert_eq!(jobs[1].instance.as_ref().map(ResourceId::as_str), Some(item.as_str()));
        assert_eq!(job(json!({ "id": "odd" })), None);
    }

    #[test]
    fn what_is_asked_for_is_narrowed_down_by_the_graph() {
        let filter = JobFilter {
            status: Some("Failed".to_owned()),
            operation: Some(JobOperation::Backup),
            since: Some("2026-01-14T02:00:00Z".parse().unwrap()),
            ended_before: Some("2026-01-15T02:00:00Z".parse().unwrap()),
            ..JobFilter::default()
        };
        let query = where_(&filter);
        assert!(query.contains("ended < todatetime('2026-01-15T02:00:00Z')"), "{query}");
        assert!(query.contains("status =~ 'Failed'") && query.contains("startswith 'Backup ('"), "{query}");
        assert!(query.contains("began >= todatetime('2026-01-14T02:00:00Z')"), "{query}");
        let strange = JobFilter { status: Some("x' or '1".to_owned()), ..JobFilter::default() };
        assert_eq!(where_(&strange), r" | where status =~ 'x\' or \'1'");
    }

    #[test]
    fn names_with_quotation_marks_are_asked_for_as_they_are() {
        let instance = "/subscriptions/s/resourceGroups/o'neill/providers/Microsoft.Compute/disks/d";
        let subjects =
            Subjects { instances: vec![instance.parse().unwrap()], names: vec![r"o'n\1".to_owned()] };
        let asked = about(&subjects, ("id", "name"), |name| name).unwrap();
        assert_eq!(asked, format!(r"id in~ ('{}') or name in~ ('o\'n\\1')", instance.replace('\'', r"\'")));
        assert_eq!((plain_name("sales [sql-1]"), plain_name("vm-1")), ("sales", "vm-1"));
    }
}
