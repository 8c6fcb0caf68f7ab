//! Which findings are wanted, and in what order: parts of a statement that
//! somebody wrote without the rest of it.

use datafusion::error::DataFusionError;
use datafusion::sql::parser::DFParserBuilder;
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::parser::{Parser, ParserError};
use datafusion::sql::sqlparser::tokenizer::Token;

use super::FindingsProvider;
use crate::engine::QueryError;
use crate::statement::Statement;

/// How deep an expression may be nested: the parser's stack has to hold.
const DEPTH_MAX: usize = 50;

/// Some of the findings, in some order. The default is all of them, by time.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pick {
    /// A condition over the columns of `findings`, in SQL.
    pub condition: Option<String>,
    /// By what they are ordered, in SQL: `severity DESC, time`. Where that says
    /// nothing they are ordered by time.
    pub order: Option<String>,
    /// How many, the first in that order.
    pub limit: Option<u64>,
}

impl Pick {
    /// Whether it is all of them, whatever the order.
    #[must_use]
    pub const fn is_all(&self) -> bool {
        self.condition.is_none() && self.limit.is_none()
    }

    /// The statement that gives their places: the column `finding_no`.
    ///
    /// # Errors
    /// If the condition or the order is not one expression or one list of them.
    pub fn statement(&self) -> Result<Statement, QueryError> {
        let mut text = format!("SELECT finding_no FROM {}", FindingsProvider::NAME);
        if let Some(condition) = &self.condition {
            let condition = parsed(condition, "condition", |p| p.parse_expr())?;
            text.push_str(&format!(" WHERE {condition}"));
        }
        text.push_str(" ORDER BY ");
        if let Some(order) = &self.order {
            let each = |p: &mut Parser<'_>| p.parse_comma_separated(Parser::parse_order_by_expr);
            for by in parsed(order, "order", each)? {
                text.push_str(&format!("{by}, "));
            }
        }
        // Who does not say which comes first gets the earlier one.
        text.push_str("finding_no");
        if let Some(limit) = self.limit {
            text.push_str(&format!(" LIMIT {limit}"));
        }
        let statements = Statement::parse(&text).map_err(|e| QueryError::new(e.to_string()))?;
        let mut statements = statements.into_iter();
        statements
            .next()
            .ok_or_else(|| QueryError::new("there is no statement to run"))
    }
}

/// What `read` reads of all of `text`.
fn parsed<T>(
    text: &str,
    what: &str,
    read: impl FnOnce(&mut Parser<'_>) -> Result<T, ParserError>,
) -> Result<T, QueryError> {
    let wrong = |reason: String| QueryError {
        message: format!("cannot read the {what} `{text}`: {reason}"),
        hint: None,
    };
    let told = |e: &DataFusionError| wrong(QueryError::plain(e).message);
    let parser = DFParserBuilder::new(text)
        .with_dialect(&GenericDialect {})
        .with_recursion_limit(DEPTH_MAX)
        .build();
    let mut parser = parser.map_err(|e| told(&e))?.parser;
    let read = read(&mut parser);
    let read = read.map_err(|e| told(&DataFusionError::SQL(Box::new(e), None)))?;
    let rest = parser.next_token();
    if rest.token == Token::EOF {
        Ok(read)
    } else {
        Err(wrong(format!("it ends before `{rest}`")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statement(condition: Option<&str>, order: Option<&str>, limit: Option<u64>) -> String {
        let pick = Pick {
            condition: condition.map(str::to_owned),
            order: order.map(str::to_owned),
            limit,
        };
        match pick.statement() {
            Ok(statement) => statement.into_parsed().to_string(),
            Err(e) => format!("error: {e}"),
        }
    }

    #[test]
    fn parts_become_a_statement() {
        assert_eq!(
            statement(None, None, None),
            "SELECT finding_no FROM findings ORDER BY finding_no"
        );
        assert_eq!(
            statement(
                Some("level = 'high' OR account LIKE '1%'"),
                Some("severity desc, time"),
                Some(3)
            ),
            "SELECT finding_no FROM findings WHERE level = 'high' OR account LIKE '1%' \
             ORDER BY severity DESC, time, finding_no LIMIT 3"
        );
    }

    /// A part is a part, and never the end of the statement.
    #[test]
    fn what_is_more_than_a_part_is_refused() {
        for condition in [
            "true) OR (true",
            "true ORDER BY 1",
            "true; DROP TABLE x",
            "true AS x",
            "level = ",
            "",
            "level = 'high",
        ] {
            let told = statement(Some(condition), None, None);
            let begins = format!("error: cannot read the condition `{condition}`: ");
            assert!(told.starts_with(&begins), "{condition}: {told}");
        }
        for order in ["time LIMIT 1", "", "time,", "time desc desc"] {
            let told = statement(None, Some(order), None);
            assert!(told.starts_with("error: cannot read the order"), "{told}");
        }
        let deep = "(".repeat(5000);
        assert!(statement(Some(&deep), None, None).starts_with("error: "));
        // What is commented out cannot take the rest with it.
        assert!(!statement(Some("true --"), None, None).starts_with("error"));
    }
}
