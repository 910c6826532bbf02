//! A digest as a mail: its style is in its elements, as mail programs want it.

use askama::Template;
use holdfast_report::{Digest, Item};

use crate::text::{clean, cut};

/// Characters of a text in a mail.
const LONGEST: usize = 400;

#[derive(Template)]
#[template(path = "mail.html")]
struct Mail {
    digest: Digest,
}

/// The HTML of a mail with this digest.
pub fn mail(digest: &Digest) -> String {
    let shown = |text: &str| cut(&clean(text), LONGEST).0;
    let item = |item: &Item| Item {
        title: shown(&item.title),
        text: shown(&item.text),
        way_out: shown(&item.way_out),
        is_new: item.is_new,
    };
    let digest = Digest {
        items: digest.items.iter().map(item).collect(),
        over: digest.over.iter().map(|one| shown(one)).collect(),
        ..digest.clone()
    };
    // Writing to a string does not fail.
    Mail { digest }.render().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_has_no_element_of_others() {
        let item = Item {
            title: "<script>x</script>: 1 resource".to_owned(),
            text: "\u{202e}".to_owned(),
            way_out: "<a href=x>".to_owned(),
            is_new: true,
        };
        let digest = Digest {
            sentence: "1 cause needs you, 1 resource".to_owned(),
            needs_you: true,
            coverage: "99 %".to_owned(),
            items: vec![item],
            more: 4,
            over: Vec::new(),
            link: Some("https://app.example/api/ui".to_owned()),
        };
        let html = mail(&digest);
        assert!(
            !html.contains("<script") && !html.contains("<a href=x") && !html.contains('\u{202e}'),
            "{html}"
        );
        assert!(
            html.contains("1 cause needs you")
                && html.contains("4 more; the report")
                && html.contains("https://app.example/api/ui")
        );
    }
}
