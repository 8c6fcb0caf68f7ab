//! Statements before they are run: a text, a file or a named query, and the
//! values of its parameters.

use std::collections::BTreeSet;

use anyhow::anyhow;
use flowtrail_table::{
    NamedError, NamedQuery, ParameterKind, ParameterValues, Statement, StatementError,
};

use super::args::Param;

/// Statements with what is known of their parameters.
#[derive(Debug)]
pub(super) struct Script {
    query: NamedQuery,
    statements: Vec<Statement>,
    /// It is one that ships, so that it takes what it says and nothing else.
    ships: bool,
}

impl Script {
    /// The query of a name.
    ///
    /// # Errors
    /// If there is none.
    pub(super) fn named(name: &str) -> anyhow::Result<Self> {
        let query = NamedQuery::find(name).map_err(named)?;
        Ok(Self {
            statements: Statement::parse(&query.text).map_err(stated)?,
            query: query.clone(),
            ships: true,
        })
    }

    /// The statements of a text. A file's head is read as that of a named query.
    ///
    /// # Errors
    /// If it is no SQL, or its head is wrong.
    pub(super) fn parse(name: &str, text: &str) -> anyhow::Result<Self> {
        let query = NamedQuery::parse(name, text).map_err(|e| anyhow!("{name}: {e}"))?;
        Ok(Self {
            statements: Statement::parse(text).map_err(stated)?,
            query,
            ships: false,
        })
    }

    /// The statements with their values.
    ///
    /// # Errors
    /// If a parameter has no value, a value no parameter, or it is not what the
    /// parameter takes.
    pub(super) fn bind(self, given: &[Param]) -> anyhow::Result<Vec<Statement>> {
        let values = self.values(given)?;
        let bind = |s: Statement| s.bind(&values).map_err(stated);
        self.statements.into_iter().map(bind).collect()
    }

    fn values(&self, given: &[Param]) -> anyhow::Result<ParameterValues> {
        let is_declared = |p: &&Param| self.query.parameters.iter().any(|d| d.name == p.name);
        let (declared, others): (Vec<&Param>, Vec<&Param>) =
            given.iter().partition(|p| self.ships || is_declared(p));
        let words = declared.iter().map(|p| (p.name.clone(), p.value.clone()));
        let words: Vec<_> = words.collect();
        let mut values = self.query.values(&words).map_err(named)?;
        let asked = self.statements.iter().flat_map(Statement::parameters);
        let asked: BTreeSet<String> = asked.collect();
        for param in others {
            if !asked.contains(&param.name) {
                return Err(unasked(&param.name, &asked));
            }
            let kind = param.kind.unwrap_or(ParameterKind::Text);
            let read = kind.read(&param.value);
            let value = read.map_err(|how| {
                let (value, name) = (&param.value, &param.name);
                anyhow!("`{value}` is no {} for `{name}`: {how}", kind.name())
            })?;
            values.insert(param.name.clone(), value);
        }
        Ok(values)
    }
}

fn unasked(name: &str, asked: &BTreeSet<String>) -> anyhow::Error {
    let asked: Vec<String> = asked.iter().map(|n| format!("`${n}`")).collect();
    let hint = match asked.as_slice() {
        [] => "hint: a parameter is written `$name` in the statement; within double quotes a \
               shell replaces it, so use single ones"
            .to_owned(),
        asked => format!("hint: it has {}", asked.join(", ")),
    };
    anyhow!("the statement has no parameter `${name}`\n{hint}")
}

/// An error of a named query, with its hint.
pub(super) fn named(error: NamedError) -> anyhow::Error {
    match error.hint() {
        Some(hint) => anyhow!("{error}\nhint: {hint}"),
        None => anyhow!("{error}"),
    }
}

fn stated(error: StatementError) -> anyhow::Error {
    match error.hint() {
        Some(hint) => anyhow!("{error}\nhint: {hint}"),
        None => anyhow!("{error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::args::param;
    use super::*;

    fn bound(text: &str, words: &[&str]) -> Result<Vec<String>, String> {
        let given: Vec<Param> = words.iter().map(|w| param(w).unwrap()).collect();
        let script = Script::parse("x.sql", text).map_err(|e| e.to_string())?;
        let statements = script.bind(&given).map_err(|e| e.to_string())?;
        Ok(statements
            .into_iter()
            .map(|s| s.into_parsed().to_string())
            .collect())
    }

    #[test]
    fn a_head_gives_kinds_and_defaults() {
        let text = "-- T\n-- @param n integer = 2; how many\nSELECT $n, $x; SELECT $n";
        assert_eq!(
            bound(text, &["x=y"]).unwrap(),
            ["SELECT 2, 'y'", "SELECT 2"]
        );
        assert_eq!(
            bound(text, &["x:integer=7", "n=3"]).unwrap()[0],
            "SELECT 3, 7"
        );
        let error = bound(text, &["x=1", "n=many"]).unwrap_err();
        assert!(error.contains("`many` is no integer for `n`"), "{error}");
    }

    #[test]
    fn what_does_not_fit_is_said() {
        let error = bound("SELECT $a", &["b=1"]).unwrap_err();
        assert_eq!(
            error,
            "the statement has no parameter `$b`\nhint: it has `$a`"
        );
        assert!(
            bound("SELECT 1", &["b=1"])
                .unwrap_err()
                .contains("single ones")
        );
        let error = bound("SELECT $a", &[]).unwrap_err();
        assert_eq!(error, "there is no value for `$a`\nhint: give --param a=…");
        let error = bound("SELECT $a", &["a:time=soon"]).unwrap_err();
        assert!(
            error.contains("`soon` is no time for `a`: write it as"),
            "{error}"
        );
        let error = bound("-- @parm x\nSELECT 1", &[]).unwrap_err();
        assert!(
            error.starts_with("x.sql: line 1: `@parm` is none of"),
            "{error}"
        );
    }
}
