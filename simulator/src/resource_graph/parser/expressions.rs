//! Expressions, from the weakest operator to the strongest.

use serde_json::Value;

use super::{DEEPEST, Parser, too_deep};
use crate::resource_graph::expression::{Comparison, Expression};
use crate::resource_graph::function;
use crate::resource_graph::lexer::Token;

impl Parser {
    pub(super) fn expression(&mut self) -> Result<Expression, String> {
        self.deeper(Self::disjunction)
    }

    fn disjunction(&mut self) -> Result<Expression, String> {
        self.chain("or", Self::conjunction, Expression::Or)
    }

    fn conjunction(&mut self) -> Result<Expression, String> {
        self.chain("and", Self::comparison, Expression::And)
    }

    /// One part, or several with `word` between them: side by side, since such chains may be long.
    fn chain(
        &mut self,
        word: &str,
        part: fn(&mut Self) -> Result<Expression, String>,
        all: fn(Vec<Expression>) -> Expression,
    ) -> Result<Expression, String> {
        let first = part(self)?;
        if !self.takes_word(word) {
            return Ok(first);
        }
        let mut parts = vec![first];
        loop {
            parts.push(part(self)?);
            if !self.takes_word(word) {
                return Ok(all(parts));
            }
        }
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
        for links in 0.. {
            bounded(links)?;
            if self.takes("+") {
                left = Expression::Add(Box::new(left), Box::new(self.postfix()?));
            } else if self.takes("-") {
                left = Expression::Subtract(Box::new(left), Box::new(self.postfix()?));
            } else {
                break;
            }
        }
        Ok(left)
    }

    fn postfix(&mut self) -> Result<Expression, String> {
        let mut value = self.primary()?;
        for links in 0.. {
            bounded(links)?;
            if self.takes(".") {
                value = Expression::Member(Box::new(value), self.word("a member")?);
            } else if self.takes("[") {
                let index = self.expression()?;
                self.needs("]")?;
                value = Expression::Index(Box::new(value), Box::new(index));
            } else {
                break;
            }
        }
        Ok(value)
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

/// Each link of a sum or of a path holds what comes before it, as expressions do that stand in one another.
fn bounded(links: usize) -> Result<(), String> {
    if links > DEEPEST { Err(too_deep()) } else { Ok(()) }
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
