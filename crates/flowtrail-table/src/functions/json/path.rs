//! Paths into JSON, as Presto and Athena write them: `$.a['b'][0].c`.

use datafusion::common::Result;

use super::super::fault;

/// Steps that a path may have; a log record is not nested deeper.
const STEPS_MAX: usize = 64;

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// Into the member of an object.
    Key(String),
    /// To the element of an array, from 0; from its end if it is negative.
    Index(i64),
    /// To every member or element.
    All,
}

/// A path that was found right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Path {
    pub(super) steps: Vec<Step>,
}

impl Path {
    /// Reads a path: `$`, then any number of `.key`, `."key"`, `['key']`,
    /// `["key"]`, `[n]`, `[*]` and `.*`. The words `lax` and `strict` of SQL's
    /// own paths may stand before it.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub(super) fn parse(text: &str) -> Result<Self> {
        let trimmed = text.trim();
        let body = ["lax ", "strict "]
            .into_iter()
            .find_map(|word| trimmed.strip_prefix(word))
            .unwrap_or(trimmed)
            .trim_start();
        let Some(mut rest) = body.strip_prefix('$') else {
            let meant = body.trim_start_matches('.').escape_debug();
            return Err(refused(text, &format!("it begins with `$`: `$.{meant}`")));
        };
        let mut steps = Vec::new();
        while !rest.is_empty() {
            let (step, after) = match rest.strip_prefix('[') {
                Some(inner) => bracket(inner),
                None => rest.strip_prefix('.').and_then(member),
            }
            .ok_or_else(|| {
                let at = rest.escape_debug();
                refused(
                    text,
                    &format!("cannot read `{at}`; steps are `.key`, `['key']`, `[0]` and `[*]`"),
                )
            })?;
            if steps.len() == STEPS_MAX {
                return Err(refused(
                    text,
                    &format!("it has more than {STEPS_MAX} steps"),
                ));
            }
            steps.push(step);
            rest = after;
        }
        Ok(Self { steps })
    }

    /// Whether it can lead to several values.
    pub(super) fn is_many(&self) -> bool {
        self.steps.contains(&Step::All)
    }
}

fn refused(path: &str, hint: &str) -> datafusion::common::DataFusionError {
    let path = path.escape_debug();
    fault(format!("`{path}` is no path into JSON\nhint: {hint}"))
}

/// The step behind a dot.
fn member(rest: &str) -> Option<(Step, &str)> {
    if let Some(quoted) = rest.strip_prefix('"') {
        return key(quoted, '"');
    }
    if let Some(after) = rest.strip_prefix('*') {
        return Some((Step::All, after));
    }
    let end = rest.find(['.', '[']).unwrap_or(rest.len());
    let (name, after) = rest.split_at_checked(end)?;
    (!name.is_empty()).then(|| (Step::Key(name.to_owned()), after))
}

/// The step behind an opening bracket.
fn bracket(inner: &str) -> Option<(Step, &str)> {
    let inner = inner.trim_start();
    for quote in ['\'', '"'] {
        if let Some(quoted) = inner.strip_prefix(quote) {
            let (step, after) = key(quoted, quote)?;
            return Some((step, after.trim_start().strip_prefix(']')?));
        }
    }
    let (number, after) = inner.split_once(']')?;
    match number.trim() {
        "*" => Some((Step::All, after)),
        number => Some((Step::Index(number.parse().ok()?), after)),
    }
}

/// A quoted key; a backslash takes the next character as it is.
fn key(quoted: &str, quote: char) -> Option<(Step, &str)> {
    let mut name = String::new();
    let mut chars = quoted.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => name.push(chars.next()?),
            c if c == quote => return Some((Step::Key(name), chars.as_str())),
            c => name.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(path: &str) -> String {
        let show = |step: &Step| match step {
            Step::Key(key) => format!("<{key}>"),
            Step::Index(n) => format!("{n}"),
            Step::All => "*".to_owned(),
        };
        let path = Path::parse(path).unwrap();
        path.steps.iter().map(show).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn every_way_to_write_a_step() {
        for (path, expected) in [
            ("$", ""),
            ("$.a.b", "<a> <b>"),
            ("$.a[0].b", "<a> 0 <b>"),
            ("$['a']['b.c'][-1]", "<a> <b.c> -1"),
            (r#"$["a"]."b c".d"#, "<a> <b c> <d>"),
            ("$.items[*].id", "<items> * <id>"),
            ("$.*", "*"),
            ("lax $.a", "<a>"),
            ("strict $[ 3 ]", "3"),
            (r"$['it\'s']", "<it's>"),
            ("$.x-amz-acl", "<x-amz-acl>"),
            ("$.größe", "<größe>"),
        ] {
            assert_eq!(keys(path), expected, "{path}");
        }
    }

    #[test]
    fn what_is_no_path_is_told() {
        for (path, part) in [
            ("", "begins with `$`"),
            ("a.b", "`$.a.b`"),
            (".a", "`$.a`"),
            ("$a", "cannot read `a`"),
            ("$.", "cannot read `.`"),
            ("$..a", "cannot read `..a`"),
            ("$.a[", "cannot read `[`"),
            ("$.a[x]", "cannot read `[x]`"),
            ("$.a['b", "cannot read"),
            ("$.a['b'", "cannot read"),
            ("$.a[99999999999999999999]", "cannot read"),
        ] {
            let error = Path::parse(path).unwrap_err().to_string();
            assert!(error.contains(part), "{path}: {error}");
        }
        let long = format!("${}", ".a".repeat(65));
        assert!(Path::parse(&long).is_err());
    }
}
