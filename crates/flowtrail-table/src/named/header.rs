//! The comments at the head of a query's file.

use super::{NamedQuery, Parameter, ParameterDefault};
use crate::statement::ParameterKind;

/// What is wrong with the head of a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct HeaderError {
    /// The line, from one.
    pub line: usize,
    /// What is wrong, and how it has to be.
    pub message: String,
}

impl NamedQuery {
    /// Reads a file. Comments behind the first line that is none belong to the
    /// statement.
    ///
    /// # Errors
    /// If a line that begins with `-- @` is none that there is.
    pub fn parse(name: &str, text: &str) -> Result<Self, HeaderError> {
        let mut query = Self {
            name: name.to_owned(),
            title: String::new(),
            description: String::new(),
            parameters: Vec::new(),
            techniques: Vec::new(),
            athena: false,
            text: text.to_owned(),
        };
        let mut paragraphs: Vec<String> = vec![String::new()];
        let comments = text.lines().map(|l| l.trim().strip_prefix("--"));
        for (at, comment) in comments.map_while(|c| c).enumerate() {
            let comment = comment.trim();
            if let Some(line) = comment.strip_prefix('@') {
                query.read(line).map_err(|message| HeaderError {
                    line: at + 1,
                    message,
                })?;
            } else if comment.is_empty() {
                paragraphs.push(String::new());
            } else if let Some(last) = paragraphs.last_mut() {
                if !last.is_empty() {
                    last.push(' ');
                }
                last.push_str(comment);
            }
        }
        paragraphs.retain(|p| !p.is_empty());
        let mut paragraphs = paragraphs.into_iter();
        query.title = paragraphs.next().unwrap_or_default();
        query.description = paragraphs.collect::<Vec<_>>().join("\n\n");
        Ok(query)
    }

    /// Takes a line behind its `@`.
    fn read(&mut self, line: &str) -> Result<(), String> {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        let rest = rest.trim();
        match word {
            "param" => self.parameters.push(parameter(rest)?),
            "attack" => self
                .techniques
                .extend(rest.split_whitespace().map(str::to_owned)),
            "athena" => {
                self.athena = match rest {
                    "yes" => true,
                    "no" => false,
                    _ => return Err("write `@athena yes` or `@athena no`".to_owned()),
                }
            }
            _ => {
                return Err(format!(
                    "`@{word}` is none of `@param`, `@attack`, `@athena`"
                ));
            }
        }
        Ok(())
    }
}

fn parameter(text: &str) -> Result<Parameter, String> {
    let how = "write `@param NAME KIND; what it does`, with ` = DEFAULT` or ` optional` before \
               the semicolon";
    let (head, doc) = text.split_once(';').ok_or(how)?;
    let (head, default) = match head.split_once(" = ") {
        Some((head, default)) => (head, ParameterDefault::Is(default.trim().to_owned())),
        None => match head.trim_end().strip_suffix(" optional") {
            Some(head) => (head, ParameterDefault::Null),
            None => (head, ParameterDefault::Required),
        },
    };
    let mut words = head.split_whitespace();
    let (Some(name), Some(kind), None) = (words.next(), words.next(), words.next()) else {
        return Err(how.to_owned());
    };
    let Some(kind) = ParameterKind::from_name(kind) else {
        let known: Vec<_> = ParameterKind::ALL.iter().map(|k| k.name()).collect();
        return Err(format!("`{kind}` is none of {}", known.join(", ")));
    };
    if let ParameterDefault::Is(word) = &default {
        kind.read(word)
            .map_err(|how| format!("the default `{word}` is no {}: {how}", kind.name()))?;
    }
    Ok(Parameter {
        name: name.to_owned(),
        kind,
        default,
        doc: doc.trim().to_owned(),
    })
}
