//! From tokens to a query: a table and the operators that its rows pass.

mod expressions;
mod tokens;

use super::lexer::{Token, tokens};
use super::syntax::{JoinKind, Named, Operator, Query};

/// How often expressions and queries may stand in one another.
const DEEPEST: usize = 64;

/// Reads a whole query; the error names what was not understood.
pub(crate) fn parse(text: &str) -> Result<Query, String> {
    let mut parser = Parser { tokens: tokens(text)?, at: 0, depth: 0 };
    let query = parser.query()?;
    match parser.peek() {
        None => Ok(query),
        Some(rest) => Err(format!("unexpected {rest:?} after the query")),
    }
}

fn too_deep() -> String {
    format!("the query is nested deeper than {DEEPEST} times")
}

/// What is left of a query.
struct Parser {
    tokens: Vec<Token>,
    at: usize,
    /// How deep the place lies.
    depth: usize,
}

impl Parser {
    /// Reads what may hold its like.
    fn deeper<T>(&mut self, read: fn(&mut Self) -> Result<T, String>) -> Result<T, String> {
        if self.depth == DEEPEST {
            return Err(too_deep());
        }
        self.depth += 1;
        let found = read(self);
        self.depth -= 1;
        found
    }

    fn query(&mut self) -> Result<Query, String> {
        let table = self.word("a table name")?;
        let mut operators = Vec::new();
        while self.takes("|") {
            operators.push(self.operator()?);
        }
        Ok(Query { table, operators })
    }

    fn operator(&mut self) -> Result<Operator, String> {
        let word = self.word("an operator")?.to_lowercase();
        match word.as_str() {
            "where" | "filter" => Ok(Operator::Where(self.expression()?)),
            "extend" => Ok(Operator::Extend(self.named_list()?)),
            "project" if self.takes("-") => self.project_away(),
            "project" => Ok(Operator::Project(self.named_list()?)),
            "order" | "sort" => self.order(),
            "top" => Err("the operator 'top' is not supported; use order by and take".into()),
            "take" | "limit" => self.take(),
            "count" => Ok(Operator::Count),
            "distinct" => Ok(Operator::Distinct(self.named_list()?)),
            "summarize" => self.summarize(),
            "join" => self.join(),
            other => Err(format!("the operator '{other}' is unknown")),
        }
    }

    fn project_away(&mut self) -> Result<Operator, String> {
        if !self.takes_word("away") {
            return Err("only 'project' and 'project-away' are supported".into());
        }
        let mut names = vec![self.word("a column")?];
        while self.takes(",") {
            names.push(self.word("a column")?);
        }
        Ok(Operator::ProjectAway(names))
    }

    fn order(&mut self) -> Result<Operator, String> {
        if !self.takes_word("by") {
            return Err("expected 'by' after 'order'".into());
        }
        let mut keys = Vec::new();
        loop {
            let key = self.expression()?;
            // Without a word, the language sorts downwards.
            let ascending = self.takes_word("asc");
            if !ascending {
                self.takes_word("desc");
            }
            keys.push((key, ascending));
            if !self.takes(",") {
                return Ok(Operator::Order(keys));
            }
        }
    }

    fn take(&mut self) -> Result<Operator, String> {
        match self.next() {
            Some(Token::Number(count)) if count >= 0.0 => Ok(Operator::Take(count as usize)),
            _ => Err("expected a number after 'take'".into()),
        }
    }

    fn summarize(&mut self) -> Result<Operator, String> {
        let first = self.word("an aggregation")?;
        let name = if self.takes("=") {
            if !self.takes_word("count") {
                return Err("only the aggregation count() is supported".into());
            }
            first
        } else if first.eq_ignore_ascii_case("count") {
            "count_".to_owned()
        } else {
            return Err(format!("the aggregation '{first}' is not supported; only count() is"));
        };
        self.needs("(")?;
        self.needs(")")?;
        let by = if self.takes_word("by") { self.named_list()? } else { Vec::new() };
        Ok(Operator::SummarizeCount { name, by })
    }

    fn join(&mut self) -> Result<Operator, String> {
        let mut kind = JoinKind::Inner;
        if self.takes_word("kind") {
            self.needs("=")?;
            let word = self.word("a kind of join")?;
            kind = match word.to_lowercase().as_str() {
                "inner" | "innerunique" => JoinKind::Inner,
                "leftouter" => JoinKind::LeftOuter,
                "leftanti" => JoinKind::LeftAnti,
                other => return Err(format!("the join kind '{other}' is not supported")),
            };
        }
        self.needs("(")?;
        let right = self.deeper(Self::query)?;
        self.needs(")")?;
        if !self.takes_word("on") {
            return Err(format!("expected 'on', found {}", self.shown()));
        }
        let mut on = vec![self.join_key()?];
        while self.takes(",") {
            on.push(self.join_key()?);
        }
        Ok(Operator::Join { kind, right, on })
    }

    /// `name`, or `$left.name == $right.other`.
    fn join_key(&mut self) -> Result<(String, String), String> {
        let name = self.word("a column")?;
        if name != "$left" {
            return Ok((name.clone(), name));
        }
        self.needs(".")?;
        let left = self.word("a column")?;
        self.needs("==")?;
        if self.word("$right")? != "$right" {
            return Err("expected '$right' after '=='".into());
        }
        self.needs(".")?;
        Ok((left, self.word("a column")?))
    }

    fn named_list(&mut self) -> Result<Vec<Named>, String> {
        let mut list = Vec::new();
        loop {
            list.push(self.named(list.len() + 1)?);
            if !self.takes(",") {
                return Ok(list);
            }
        }
    }

    fn named(&mut self, position: usize) -> Result<Named, String> {
        let named = matches!(
            (self.peek(), self.tokens.get(self.at + 1)),
            (Some(Token::Word(_)), Some(Token::Sign("=")))
        );
        if named {
            let name = self.word("a column")?;
            self.needs("=")?;
            return Ok(Named { name, value: self.expression()? });
        }
        let value = self.expression()?;
        let name = value.default_name().unwrap_or_else(|| format!("Column{position}"));
        Ok(Named { name, value })
    }
}

#[test]
fn nesting_has_an_end() {
    let nested = |depth: usize| format!("Resources | where {}true{}", "(".repeat(depth), ")".repeat(depth));
    assert!(parse(&nested(32)).is_ok());
    assert!(parse(&nested(100_000)).unwrap_err().contains("nested deeper"));
    assert!(parse(&"Resources | join (".repeat(100_000)).unwrap_err().contains("nested deeper"));
    let chained = |link: &str, links: usize| format!("Resources | where a{}", link.repeat(links));
    for link in [" + 1", ".b", "[0]"] {
        assert!(parse(&chained(link, 32)).is_ok(), "{link}");
        assert!(parse(&chained(link, 100_000)).unwrap_err().contains("nested deeper"), "{link}");
    }
}

#[test]
fn chains_may_be_long() {
    for link in [" or a", " and a"] {
        let query = parse(&format!("Resources | where a{}", link.repeat(100_000))).unwrap();
        assert_eq!(query.leading().map(|condition| condition.columns().len()).sum::<usize>(), 100_001);
    }
}
