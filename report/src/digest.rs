//! The report in a few lines, for a mail or a chat in the morning; nothing where nothing has changed.

use serde_json::{Value, json};

use crate::headline::counted;
use crate::{Cause, Gap, Report};

/// Lines of one kind.
const LINES: usize = 6;

/// A digest of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digest {
    /// The first sentence.
    pub sentence: String,
    /// Whether something needs a person.
    pub needs_you: bool,
    /// How much is protected, and since the last digest.
    pub coverage: String,
    /// What needs a person, and what to do.
    pub items: Vec<Item>,
    /// How many more things need a person.
    pub more: usize,
    /// What no longer does.
    pub over: Vec<String>,
    /// Where the page is.
    pub link: Option<String>,
}

/// Something that needs a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// What, and how many resources.
    pub title: String,
    /// In Azure's words, or those of a rule.
    pub text: String,
    /// What to do.
    pub way_out: String,
    /// Whether the last digest did not have it.
    pub is_new: bool,
}

impl Digest {
    /// The digest of a report since another one; none where nothing has changed that a person would want to know.
    pub fn since(before: Option<&Report>, now: &Report, link: Option<&str>) -> Option<Self> {
        let known = before.map(essence);
        if known.as_ref() == Some(&essence(now)) {
            return None;
        }
        let was = |title: &str| known.as_ref().is_some_and(|known| known.iter().any(|one| one.0 == title));
        let failures = now.failures.iter().map(|cause| (cause.code.as_str(), of_cause(cause)));
        let gaps =
            now.unprotected.iter().filter(|gap| gap.needs_you).map(|gap| (gap.code.as_str(), of_gap(gap)));
        let awaited = (now.awaiting_approval > 0).then(|| (AWAITED, of_awaited(now)));
        let mut items: Vec<Item> = awaited
            .into_iter()
            .chain(failures)
            .chain(gaps)
            .map(|(code, item)| Item { is_new: !was(code), ..item })
            .collect();
        let more = items.len().saturating_sub(LINES);
        items.truncate(LINES);
        let is = essence(now);
        let over = known.iter().flatten().filter(|(code, _)| !is.iter().any(|(now, _)| now == code));
        let mut over: Vec<String> =
            over.map(|(code, _)| code.clone()).filter(|code| code != COVERAGE).collect();
        if let left @ 1.. = over.len().saturating_sub(LINES) {
            over.truncate(LINES);
            over.push(format!("{left} more"));
        }
        Some(Self {
            sentence: now.headline.sentence.clone(),
            needs_you: now.headline.causes > 0,
            coverage: coverage(before, now),
            items,
            more,
            over,
            link: link.map(str::to_owned),
        })
    }

    /// What else needs a person; none where nothing does.
    pub fn left(&self) -> Option<String> {
        let more = self.more;
        (more > 0).then(|| format!("{more} more; the report has each of them"))
    }

    /// As plain text.
    pub fn text(&self) -> String {
        let mut lines = vec![self.sentence.clone(), self.coverage.clone()];
        for item in &self.items {
            let new = if item.is_new { "new: " } else { "" };
            lines.push(format!("\n- {new}{}\n  {}", item.title, item.text));
            if !item.way_out.is_empty() {
                lines.push(format!("  to do: {}", item.way_out));
            }
        }
        lines.extend(self.left().map(|left| format!("\n- {left}")));
        if !self.over.is_empty() {
            lines.push(format!("\nOver: {}", self.over.join(", ")));
        }
        lines.extend(self.link.iter().map(|link| format!("\n{link}")));
        lines.join("\n") + "\n"
    }

    /// As a message with an adaptive card, as a webhook of Teams takes it.
    pub fn card(&self) -> Value {
        let colour = if self.needs_you { "attention" } else { "good" };
        let block = |text: &str, more: Value| {
            let mut block = json!({ "type": "TextBlock", "text": escaped(text), "wrap": true });
            if let (Some(block), Some(more)) = (block.as_object_mut(), more.as_object()) {
                block.extend(more.clone());
            }
            block
        };
        let mut body = vec![
            block(&self.sentence, json!({ "size": "large", "weight": "bolder", "color": colour })),
            block(&self.coverage, json!({ "isSubtle": true })),
        ];
        for item in &self.items {
            let title = if item.is_new { format!("New: {}", item.title) } else { item.title.clone() };
            body.push(block(&title, json!({ "weight": "bolder", "separator": true })));
            body.push(block(&item.text, json!({ "spacing": "none" })));
            if !item.way_out.is_empty() {
                body.push(block(
                    &format!("To do: {}", item.way_out),
                    json!({ "spacing": "none", "isSubtle": true }),
                ));
            }
        }
        body.extend(self.left().map(|left| block(&left, json!({ "separator": true }))));
        if !self.over.is_empty() {
            body.push(block(&format!("Over: {}", self.over.join(", ")), json!({ "separator": true })));
        }
        let actions: Vec<Value> = self
            .link
            .iter()
            .map(|link| json!({ "type": "Action.OpenUrl", "title": "Open Holdfast", "url": link }))
            .collect();
        json!({ "type": "message", "attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive",
            "content": { "$schema": "http://adaptivecards.io/schemas/adaptive-card.json", "type": "AdaptiveCard", "version": "1.4",
                "body": body, "actions": actions } }] })
    }
}

/// The name under which what is missing is compared.
const COVERAGE: &str = "coverage";
/// The name under which operations that wait for a second person are compared.
const AWAITED: &str = "OperationsAwaitApproval";

/// What makes two digests different: causes and gaps with their counts, what waits for approval, and what is missing.
fn essence(report: &Report) -> Vec<(String, u64)> {
    let failures = report.failures.iter().map(|cause| (cause.code.clone(), cause.resources));
    let gaps = report.unprotected.iter().filter(|gap| gap.needs_you).map(|gap| (gap.code.clone(), gap.count));
    let missing = (COVERAGE.to_owned(), report.coverage.all.missing());
    let awaiting = report.awaiting_approval;
    let awaited = (awaiting > 0).then(|| (AWAITED.to_owned(), awaiting));
    let mut essence: Vec<(String, u64)> = failures.chain(gaps).chain(awaited).chain([missing]).collect();
    essence.sort();
    essence
}

fn of_cause(cause: &Cause) -> Item {
    Item {
        title: format!("{}: {}", cause.code, counted(cause.resources, "resource")),
        text: cause.message.clone(),
        way_out: cause.proposal.text.clone(),
        is_new: false,
    }
}

fn of_awaited(now: &Report) -> Item {
    let in_vain = match now.nobody_can_approve {
        0 => String::new(),
        some => format!("; {some} nobody can approve as the rules and the settings are"),
    };
    Item {
        title: format!("{AWAITED}: {}", counted(now.awaiting_approval, "operation")),
        text: format!("a second person has to agree before anything is done{in_vain}"),
        way_out: "`holdfast approve` lists them with what each would do, as the page does under Approvals"
            .to_owned(),
        is_new: false,
    }
}

fn of_gap(gap: &Gap) -> Item {
    Item {
        title: format!("{}: {} {}", gap.code, counted(gap.count, "resource"), gap.state.in_words()),
        text: gap.reason.clone(),
        way_out: gap.way_out.clone(),
        is_new: false,
    }
}

fn coverage(before: Option<&Report>, now: &Report) -> String {
    let all = &now.coverage.all;
    let Some(percent) = now.coverage.percent else { return "Nothing is to be protected".to_owned() };
    let since = before.and_then(|before| before.coverage.percent).filter(|was| *was != percent);
    let since = since.map(|was| format!(", {was} % at the last digest")).unwrap_or_default();
    format!("{percent} % of what should be protected is ({} of {}){since}", all.protected, all.due)
}

/// Cards take Markdown: what others have written is text.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for one in text.chars() {
        if matches!(one, '\\' | '*' | '_' | '[' | ']' | '(' | ')' | '#' | '`' | '~' | '>' | '<' | '|' | '!') {
            escaped.push('\\');
        }
        escaped.push(one);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tally::tests::line;
    use crate::{Failure, Input, Source, Tally};

    fn report(failing: &[&str], lines: &[(&str, &str)]) -> Report {
        let mut tally = Tally::default();
        tally.add(&lines.iter().map(|(name, outcome)| line(name, outcome)).collect::<Vec<_>>());
        let failures = failing.iter().map(|code| Failure {
            resource: "d".to_owned(),
            source: Source::Job,
            code: (*code).to_owned(),
            message: "it [failed](http://evil.example)".to_owned(),
            recommended: Some("mend it".to_owned()),
            at: None,
            job: None,
        });
        let input = Input { tally, failures: failures.collect(), ..Input::default() };
        Report::of(input, "2026-11-29T06:00:00Z".parse().unwrap())
    }

    #[test]
    fn nothing_is_said_where_nothing_has_changed() {
        let now = report(&["X"], &[("a", "protected")]);
        assert_eq!(Digest::since(Some(&now), &now, None), None);
        assert!(Digest::since(None, &now, None).is_some());
        let lost = report(&["X"], &[("a", "unprotected")]);
        assert!(Digest::since(Some(&now), &lost, None).unwrap().coverage.contains("0 %"));
    }

    #[test]
    fn what_is_new_and_what_is_over_is_told_apart() {
        let (before, now) =
            (report(&["X", "Y"], &[("a", "protected")]), report(&["Y", "Z"], &[("a", "protected")]));
        let digest = Digest::since(Some(&before), &now, Some("https://app.example/api/ui")).unwrap();
        let new: Vec<(&str, bool)> =
            digest.items.iter().map(|item| (item.title.as_str(), item.is_new)).collect();
        assert_eq!(new, [("Y: 1 resource", false), ("Z: 1 resource", true)]);
        assert_eq!(digest.over, ["X"]);
        let text = digest.text();
        assert!(
            text.starts_with("2 causes need you, 2 resources\n")
                && text.contains("new: Z")
                && text.contains("Over: X"),
            "{text}"
        );
    }

    #[test]
    fn an_operation_that_waits_for_a_second_person_is_news() {
        let before = report(&[], &[("a", "protected")]);
        let now = Report { awaiting_approval: 2, ..before.clone() };
        let digest = Digest::since(Some(&before), &now, None).unwrap();
        assert_eq!(digest.items[0].title, "OperationsAwaitApproval: 2 operations");
        assert!(!digest.items[0].text.contains("nobody can approve"), "{}", digest.items[0].text);
        let in_vain = Report { nobody_can_approve: 1, ..now.clone() };
        let told = Digest::since(Some(&before), &in_vain, None).unwrap().items[0].text.clone();
        assert!(told.ends_with("1 nobody can approve as the rules and the settings are"), "{told}");
        assert!(digest.items[0].is_new && digest.items[0].way_out.contains("`holdfast approve`"));
        let over = Digest::since(Some(&now), &before, None).unwrap();
        assert_eq!(over.over, ["OperationsAwaitApproval"]);
    }

    #[test]
    fn what_is_left_out_is_counted_and_nothing_is_to_be_done_without_words() {
        let codes = ["A", "B", "C", "D", "E", "F", "G", "H", "I"];
        let (none, many) = (report(&[], &[("a", "protected")]), report(&codes, &[("a", "protected")]));
        let mut digest = Digest::since(None, &many, None).unwrap();
        assert_eq!((digest.items.len(), digest.more), (6, 3));
        assert!(digest.text().contains("\n- 3 more; the report has each of them\n"), "{}", digest.text());
        assert!(digest.card().to_string().contains("3 more; the report"), "{}", digest.card());
        let over = Digest::since(Some(&many), &none, None).unwrap().over;
        assert_eq!((over.len(), over.last().map(String::as_str)), (7, Some("3 more")));
        digest.items.iter_mut().for_each(|item| item.way_out.clear());
        assert!(!digest.text().contains("to do:") && !digest.card().to_string().contains("To do:"));
    }

    #[test]
    fn words_of_others_make_no_link_in_a_card() {
        let now = report(&["X"], &[("a", "protected")]);
        let card = Digest::since(None, &now, Some("https://app.example/api/ui")).unwrap().card();
        let content = &card["attachments"][0]["content"];
        assert_eq!(content["version"], "1.4");
        assert_eq!(content["actions"][0]["url"], "https://app.example/api/ui");
        assert!(!content["body"].to_string().contains("](http"), "{content}");
    }
}
