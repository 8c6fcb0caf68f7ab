//! Statements of SQL: how a text is taken apart into them, and how the values
//! of parameters get into them.
//!
//! A parameter is written `$name`. Its value takes its place in the parsed
//! statement, as a literal of its type; it never becomes text that is parsed, so
//! that a value can not turn into SQL.

mod addresses;
mod dots;
mod value;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use datafusion::sql::parser::{DFParserBuilder, Statement as Parsed};
use datafusion::sql::sqlparser::ast::{
    Expr, Value as Literal, visit_expressions, visit_expressions_mut, visit_relations,
};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer};

pub use value::{ParameterKind, ParameterValue};

/// How deep a statement may be nested: the parser's stack has to hold.
const DEPTH_MAX: usize = 50;

/// ParameterValues of parameters, by their names without the dollar.
pub type ParameterValues = BTreeMap<String, ParameterValue>;

/// A parsed statement.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement(Parsed);

/// Why a statement could not be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StatementError {
    /// It is no SQL.
    #[error("{0}")]
    Syntax(String),
    /// It asks for parameters that were not given.
    #[error("there is no value for {}", list(.0))]
    Missing(Vec<String>),
}

impl StatementError {
    /// What may help, if that is known.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Syntax(_) => None,
            Self::Missing(names) => {
                let given = names.iter().map(|n| format!("--param {n}=…"));
                let given: Vec<String> = given.collect();
                Some(format!("give {}", given.join(" ")))
            }
        }
    }
}

fn list(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|n| format!("`${n}`")).collect();
    quoted.join(", ")
}

impl Statement {
    /// The statements of a text, in their order.
    ///
    /// # Errors
    /// If one of them is no SQL, so that nothing of a text is run that breaks
    /// off somewhere.
    pub fn parse(text: &str) -> Result<Vec<Self>, StatementError> {
        let syntax = |e: &dyn std::fmt::Display| StatementError::Syntax(plain(&e.to_string()));
        let text = addresses::spelt_out(text);
        let mut parser = DFParserBuilder::new(text.as_ref())
            .with_dialect(&GenericDialect {})
            .with_recursion_limit(DEPTH_MAX)
            .build()
            .map_err(|e| syntax(&e))?;
        let statements = parser.parse_statements().map_err(|e| syntax(&e))?;
        Ok(statements
            .into_iter()
            .map(|s| Self(dots::planned(s)))
            .collect())
    }

    /// Whether a text ends where a statement does: behind a semicolon that
    /// stands in no quotes and no comment. A shell asks for another line until
    /// it does.
    #[must_use]
    pub fn is_complete(text: &str) -> bool {
        let tokens = Tokenizer::new(&GenericDialect {}, text).tokenize();
        let last = |tokens: &Vec<Token>| {
            let spoken = |t: &&Token| !matches!(t, Token::Whitespace(_));
            tokens.iter().rfind(spoken) == Some(&Token::SemiColon)
        };
        // What is no token will not become one by another line, unless it is
        // the rest of something that is quoted.
        tokens
            .as_ref()
            .map_or_else(|e| !is_unfinished(&e.message), last)
    }

    /// The names of its parameters, without the dollar.
    #[must_use]
    pub fn parameters(&self) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        self.each(&mut |sql| {
            let _: ControlFlow<()> = visit_expressions(sql, |e| {
                names.extend(placeholder(e).map(str::to_owned));
                ControlFlow::Continue(())
            });
        });
        names
    }

    /// The tables that it reads, common table expressions among them.
    #[must_use]
    pub fn relations(&self) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        self.each(&mut |sql| {
            let _: ControlFlow<()> = visit_relations(sql, |name| {
                names.insert(name.to_string());
                ControlFlow::Continue(())
            });
        });
        names
    }

    /// Whether it asks how it would be run, or was.
    #[must_use]
    pub fn is_explain(&self) -> bool {
        use datafusion::sql::sqlparser::ast::Statement as Sql;
        match &self.0 {
            Parsed::Explain(_) => true,
            Parsed::Statement(sql) => {
                matches!(**sql, Sql::Explain { .. })
            }
            Parsed::CreateExternalTable(_) | Parsed::CopyTo(_) | Parsed::Reset(_) => false,
        }
    }

    /// The statement with the values of its parameters.
    ///
    /// # Errors
    /// If a parameter has no value. ParameterValues that it has no parameter for are no
    /// error: the statements of a text share them.
    pub fn bind(mut self, values: &ParameterValues) -> Result<Self, StatementError> {
        let asked = self.parameters();
        let missing = asked.into_iter().filter(|n| !values.contains_key(n));
        let missing: Vec<String> = missing.collect();
        if !missing.is_empty() {
            return Err(StatementError::Missing(missing));
        }
        each_mut(&mut self.0, &mut |sql| {
            let _: ControlFlow<()> = visit_expressions_mut(sql, |e| {
                let value = placeholder(e).and_then(|name| values.get(name));
                if let Some(value) = value {
                    *e = value.expression();
                }
                ControlFlow::Continue(())
            });
        });
        Ok(self)
    }

    /// As the planner takes it.
    #[must_use]
    pub fn into_parsed(self) -> Parsed {
        self.0
    }

    /// Calls `f` with each part of it that is a statement of standard SQL.
    fn each(&self, f: &mut dyn FnMut(&datafusion::sql::sqlparser::ast::Statement)) {
        use datafusion::sql::parser::CopyToSource;
        let mut next = Some(&self.0);
        while let Some(parsed) = next.take() {
            match parsed {
                Parsed::Statement(sql) => f(sql),
                Parsed::Explain(explain) => next = Some(&explain.statement),
                Parsed::CopyTo(copy) => {
                    if let CopyToSource::Query(query) = &copy.source {
                        let query = Box::clone(query);
                        f(&datafusion::sql::sqlparser::ast::Statement::Query(query));
                    }
                }
                Parsed::CreateExternalTable(_) | Parsed::Reset(_) => {}
            }
        }
    }
}

/// The same, to change them.
fn each_mut(
    parsed: &mut Parsed,
    f: &mut dyn FnMut(&mut datafusion::sql::sqlparser::ast::Statement),
) {
    use datafusion::sql::parser::CopyToSource;
    use datafusion::sql::sqlparser::ast::Statement as Sql;
    match parsed {
        Parsed::Statement(sql) => f(sql),
        Parsed::Explain(explain) => each_mut(&mut explain.statement, f),
        Parsed::CopyTo(copy) => {
            if let CopyToSource::Query(query) = &mut copy.source {
                let mut sql = Sql::Query(query.clone());
                f(&mut sql);
                if let Sql::Query(bound) = sql {
                    *query = bound;
                }
            }
        }
        Parsed::CreateExternalTable(_) | Parsed::Reset(_) => {}
    }
}

/// The name of a parameter, if the expression is one.
fn placeholder(expression: &Expr) -> Option<&str> {
    let Expr::Value(value) = expression else {
        return None;
    };
    let Literal::Placeholder(name) = &value.value else {
        return None;
    };
    Some(name.trim_start_matches('$'))
}

/// What the parser says, without what only a programmer understands.
fn plain(message: &str) -> String {
    let message = message.split("\n\nbacktrace:").next().unwrap_or(message);
    let heads = ["SQL error: ", "ParserError(\"", "TokenizerError(\""];
    let mut text = message;
    for head in heads {
        text = text.strip_prefix(head).unwrap_or(text);
    }
    let text = text.strip_suffix("\")").unwrap_or(text);
    text.replace("\\\"", "\"")
}

fn is_unfinished(message: &str) -> bool {
    ["Unterminated", "Unexpected EOF", "Expected close delimiter"]
        .iter()
        .any(|head| message.starts_with(head))
}

#[cfg(test)]
mod tests;
