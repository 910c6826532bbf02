//! The syntax of template expressions: calls, members, indexes, texts and numbers.

/// An expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node {
    Text(String),
    Number(u64),
    Call(String, Vec<Node>),
    Member(Box<Node>, String),
    Index(Box<Node>, Box<Node>),
}

/// How deep calls may lie in calls.
const DEPTH: usize = 32;

/// Reads an expression, whole or not at all.
pub(super) fn parse(text: &str) -> Option<Node> {
    let mut reader = Reader { rest: text };
    let node = reader.node(DEPTH)?;
    reader.rest.trim().is_empty().then_some(node)
}

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn node(&mut self, depth: usize) -> Option<Node> {
        let depth = depth.checked_sub(1)?;
        let mut node = self.first(depth)?;
        loop {
            if self.takes('.') {
                node = Node::Member(Box::new(node), self.word()?.to_owned());
            } else if self.takes('[') {
                node = Node::Index(Box::new(node), Box::new(self.node(depth)?));
                self.takes(']').then_some(())?;
            } else {
                return Some(node);
            }
        }
    }

    fn first(&mut self, depth: usize) -> Option<Node> {
        if self.takes('\'') {
            return self.text();
        }
        let word = self.word()?;
        if let Ok(number) = word.parse() {
            return Some(Node::Number(number));
        }
        self.takes('(').then_some(())?;
        let mut arguments = Vec::new();
        while !self.takes(')') {
            if !arguments.is_empty() {
                self.takes(',').then_some(())?;
            }
            arguments.push(self.node(depth)?);
        }
        Some(Node::Call(word.to_ascii_lowercase(), arguments))
    }

    /// A text after its opening quote; a quote in it is written twice.
    fn text(&mut self) -> Option<Node> {
        let mut text = String::new();
        loop {
            let (before, after) = self.rest.split_once('\'')?;
            text.push_str(before);
            match after.strip_prefix('\'') {
                Some(after) => {
                    text.push('\'');
                    self.rest = after;
                }
                None => {
                    self.rest = after;
                    return Some(Node::Text(text));
                }
            }
        }
    }

    fn word(&mut self) -> Option<&'a str> {
        let rest = self.rest.trim_start();
        let end = rest.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(rest.len());
        let (word, after) = rest.split_at_checked(end)?;
        self.rest = after;
        (!word.is_empty()).then_some(word)
    }

    fn takes(&mut self, letter: char) -> bool {
        match self.rest.trim_start().strip_prefix(letter) {
            Some(after) => {
                self.rest = after;
                true
            }
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_members_and_indexes_are_read() {
        let text = |text: &str| Node::Text(text.to_owned());
        let call = |name: &str, arguments| Node::Call(name.to_owned(), arguments);
        let names = call("variables", vec![text("names")]);
        assert_eq!(
            parse("variables('names').disks"),
            Some(Node::Member(Box::new(names.clone()), "disks".into()))
        );
        let index = Node::Index(Box::new(names), Box::new(Node::Number(0)));
        assert_eq!(parse(" Variables( 'names' ) [ 0 ]"), Some(index));
        assert_eq!(parse("concat('it''s', '')"), Some(call("concat", vec![text("it's"), text("")])));
        assert_eq!(parse("deployment()"), Some(call("deployment", Vec::new())));
    }

    #[test]
    fn what_is_torn_is_not_read() {
        for text in ["", "x", "f(", "f('a' 'b')", "f('a", "f().", "f()[1", "f() g()", "f(,)"] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(parse(&("f(".repeat(50_000))), None);
    }
}
