//! From tokens to a query: a table and the operators that its rows pass.

use serde_json::Value;

use super::expression::{Comparison, Expression};
use super::function;
use super::lexer::{Token, tokens};

/// A table and its operators.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Query {
    pub(crate) table: String,
    pub(crate) operators: Vec<Operator>,
}

/// Which rows a join keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JoinKind {
    Inner,
    LeftOuter,
    LeftAnti,
}

/// A column and where its value comes from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Named {
    pub(crate) name: String,
    pub(crate) value: Expression,
}

/// A step of a query.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Operator {
    Where(Expression),
    Extend(Vec<Named>),
    Project(Vec<Named>),
    ProjectAway(Vec<String>),
    Order(Vec<(Expression, bool)>),
    Take(usize),
    Count,
    Distinct(Vec<Named>),
    SummarizeCount { name: String, by: Vec<Named> },
    Join { kind: JoinKind, right: Query, on: Vec<(String, String)> },
}

/// Reads a whole query; the error names what was not understood.
pub(crate) fn parse(text: &str) -> Result<Query, String> {
    let mut parser = Parser { tokens: tokens(text)?, at: 0 };
    let query = parser.query()?;
    match parser.peek() {
        None => Ok(query),
        Some(rest) => Err(format!("unexpected {rest:?} after the query")),
    }
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    fn takes(&mut self, sign: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Sign(found)) if *found == sign);
        self.at += usize::from(found);
        found
    }

    fn takes_word(&mut self, word: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Word(found)) if found.eq_ignore_ascii_case(word));
        self.at += usize::from(found);
        found
    }

    fn needs(&mut self, sign: &str) -> Result<(), String> {
        if self.takes(sign) { Ok(()) } else { Err(format!("expected '{sign}', found {}", self.shown())) }
    }

    fn shown(&self) -> String {
        self.peek().map_or_else(|| "the end of the query".to_owned(), |token| format!("{token:?}"))
    }

    fn word(&mut self, what: &str) -> Result<String, String> {
        match self.peek() {
            Some(Token::Word(word)) => {
                let word = word.clone();
                self.at += 1;
                Ok(word)
            }
            _ => Err(format!("expected {what}, found {}", self.shown())),
        }
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
        let right = self.query()?;
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

    fn expression(&mut self) -> Result<Expression, String> {
        let mut left = self.conjunction()?;
        while self.takes_word("or") {
            left = Expression::Or(Box::new(left), Box::new(self.conjunction()?));
        }
        Ok(left)
    }

    fn conjunction(&mut self) -> Result<Expression, String> {
        let mut left = self.comparison()?;
        while self.takes_word("and") {
            left = Expression::And(Box::new(left), Box::new(self.comparison()?));
        }
        Ok(left)
    }

    fn comparison(&mut self) -> Result<Expression, String> {
        let left = self.sum()?;
        if let Some((any_case, negated)) = self.peek().and_then(membership) {
            self.at += 1;
            return Ok(Expression::In { needle: Box::new(left), list: self.arguments()?, any_case, negated });
        }
        if let Some(comparison) = self.peek().and_then(comparison) {
            self.at += 1;
            return Ok(Expression::Compare(comparison, Box::new(left), Box::new(self.sum()?)));
        }
        Ok(left)
    }

    fn sum(&mut self) -> Result<Expression, String> {
        let mut left = self.postfix()?;
        loop {
            if self.takes("+") {
                left = Expression::Add(Box::new(left), Box::new(self.postfix()?));
            } else if self.takes("-") {
                left = Expression::Subtract(Box::new(left), Box::new(self.postfix()?));
            } else {
                return Ok(left);
            }
        }
    }

    fn postfix(&mut self) -> Result<Expression, String> {
        let mut value = self.primary()?;
        loop {
            if self.takes(".") {
                value = Expression::Member(Box::new(value), self.word("a member")?);
            } else if self.takes("[") {
                let index = self.expression()?;
                self.needs("]")?;
                value = Expression::Index(Box::new(value), Box::new(index));
            } else {
                return Ok(value);
            }
        }
    }

    fn primary(&mut self) -> Result<Expression, String> {
        if self.takes("(") {
            let inner = self.expression()?;
            self.needs(")")?;
            return Ok(inner);
        }
        let shown = self.shown();
        match self.next() {
            Some(Token::Text(text)) => Ok(Expression::Constant(Value::String(text))),
            Some(Token::Number(number)) => Ok(Expression::Constant(function::numeric(number))),
            Some(Token::Word(word)) => self.named_value(word),
            _ => Err(format!("expected a value, found {shown}")),
        }
    }

    fn named_value(&mut self, word: String) -> Result<Expression, String> {
        match word.to_lowercase().as_str() {
            "true" => return Ok(Expression::Constant(Value::Bool(true))),
            "false" => return Ok(Expression::Constant(Value::Bool(false))),
            _ => {}
        }
        if !matches!(self.peek(), Some(Token::Sign("("))) {
            return Ok(Expression::Column(word));
        }
        let name = word.to_lowercase();
        let arguments = self.arguments()?;
        function::check(&name, arguments.len())?;
        Ok(Expression::Call(name, arguments))
    }

    fn arguments(&mut self) -> Result<Vec<Expression>, String> {
        self.needs("(")?;
        let mut list = Vec::new();
        if self.takes(")") {
            return Ok(list);
        }
        loop {
            list.push(self.expression()?);
            if !self.takes(",") {
                self.needs(")")?;
                return Ok(list);
            }
        }
    }
}

/// Whether a token asks for membership, and if so whether case and sense matter.
fn membership(token: &Token) -> Option<(bool, bool)> {
    let Token::Word(word) = token else { return None };
    match word.to_lowercase().as_str() {
        "in" => Some((false, false)),
        "in~" => Some((true, false)),
        "!in" => Some((false, true)),
        "!in~" => Some((true, true)),
        _ => None,
    }
}

fn comparison(token: &Token) -> Option<Comparison> {
    use Comparison as C;
    let name = match token {
        Token::Sign(sign) => (*sign).to_owned(),
        Token::Word(word) => word.to_lowercase(),
        _ => return None,
    };
    Some(match name.as_str() {
        "==" => C::Equal,
        "!=" => C::NotEqual,
        "=~" => C::EqualAnyCase,
        "!~" => C::NotEqualAnyCase,
        "<" => C::Less,
        "<=" => C::LessOrEqual,
        ">" => C::Greater,
        ">=" => C::GreaterOrEqual,
        "contains" => C::Contains,
        "!contains" => C::NotContains,
        "has" => C::Has,
        "!has" => C::NotHas,
        "startswith" => C::StartsWith,
        "!startswith" => C::NotStartsWith,
        "endswith" => C::EndsWith,
        "!endswith" => C::NotEndsWith,
        _ => return None,
    })
}
