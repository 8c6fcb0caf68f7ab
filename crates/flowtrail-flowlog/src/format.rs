//! Which column of a flow-log line holds which field.

use flowtrail_event::Service;

use crate::fields::{DEFAULT_TGW_FORMAT, DEFAULT_VPC_FORMAT, FieldInfo, field};

/// Columns of one format. AWS has 72 fields after eleven versions; more than
/// three times that is no flow log, and a line is split no further.
pub const COLUMNS_MAX: usize = 256;

/// One column of a format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// AWS's name with hyphens; the name as written if the field is not known.
    pub name: String,
    /// The field, if it is known. A second column of the same field has none.
    pub info: Option<&'static FieldInfo>,
}

/// The columns of a flow log, in the order of its lines.
///
/// AWS lets every flow log choose its fields and their order, so a format
/// belongs to one file, not to a bucket. Names that are not known are kept:
/// they come from a newer version, and lines have to be counted with them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Format {
    columns: Vec<Column>,
}

/// Why a text is no format.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    /// No name at all.
    #[error("the flow-log format is empty")]
    Empty,
    /// More names than [`COLUMNS_MAX`].
    #[error("the flow-log format has {0} columns; at most {COLUMNS_MAX} are read")]
    TooLong(usize),
    /// A token that cannot be the name of a field.
    #[error(
        "`{0}` in the flow-log format is no field name\nhint: write names as in `${{srcaddr}} ${{dstaddr}}` or `srcaddr dstaddr`"
    )]
    NotAName(String),
    /// Not one name that AWS documents.
    #[error(
        "no field of the flow-log format is known\nhint: names are AWS's, for example `srcaddr`"
    )]
    NothingKnown,
}

impl Format {
    /// The default format of VPC flow logs.
    #[must_use]
    pub fn vpc_default() -> Self {
        Self::from_names(DEFAULT_VPC_FORMAT.split(' '))
    }

    /// The default format of Transit Gateway flow logs.
    #[must_use]
    pub fn tgw_default() -> Self {
        Self::from_names(DEFAULT_TGW_FORMAT.split(' '))
    }

    /// Parses a format that somebody wrote down: AWS's `LogFormat`
    /// (`${version} ${account-id}`, also with Terraform's `$${…}`) or plain
    /// names, separated by blanks or commas.
    ///
    /// # Errors
    /// If it is empty or too long, if a token is no name, or if no name is known.
    pub fn parse(text: &str) -> Result<Self, FormatError> {
        let mut names = Vec::new();
        for token in text.split(|c: char| c.is_ascii_whitespace() || c == ',') {
            if token.is_empty() {
                continue;
            }
            let name = without_braces(token);
            if !is_name(name.as_bytes()) {
                return Err(FormatError::NotAName(token.to_owned()));
            }
            names.push(name);
        }
        if names.is_empty() {
            return Err(FormatError::Empty);
        }
        if names.len() > COLUMNS_MAX {
            return Err(FormatError::TooLong(names.len()));
        }
        let format = Self::from_names(names.into_iter());
        if format.columns.iter().all(|c| c.info.is_none()) {
            return Err(FormatError::NothingKnown);
        }
        Ok(format)
    }

    /// The format that a header line names, or `None` if `line` is no header.
    ///
    /// A header is known by its content, because files are concatenated and
    /// `CloudWatch` Logs writes none: every token looks like a name, the first
    /// one is a known field, and so are most of at least three, or all. No
    /// record passes for one: `-`, numbers, addresses and `ACCEPT` do not look
    /// like names, so a tag value cannot smuggle in a header.
    #[must_use]
    pub fn from_header(line: &[u8]) -> Option<Self> {
        if !line
            .first()
            .is_some_and(|b| b.is_ascii_lowercase() || matches!(b, b' ' | b'\t'))
        {
            return None;
        }
        let text = std::str::from_utf8(line).ok()?;
        let mut tokens = text.split_ascii_whitespace();
        field(tokens.next()?)?;
        let (mut all, mut known) = (0, 0);
        for token in text.split_ascii_whitespace() {
            if !is_name(token.as_bytes()) {
                return None;
            }
            all += 1;
            known += usize::from(field(token).is_some());
        }
        let most = all >= 3 && known * 2 > all;
        if all > COLUMNS_MAX || !(most || known == all) {
            return None;
        }
        Some(Self::from_names(text.split_ascii_whitespace()))
    }

    /// The columns in order.
    #[must_use]
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Number of columns that every line has.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.columns.len()
    }

    /// Whether there is no column; never true of a format that was parsed.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.columns.is_empty()
    }

    /// Where the field `name` (with hyphens) stands, counted from 0.
    #[must_use]
    pub fn position(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|c| c.name == name)
    }

    /// Transit Gateway if a column is there that only its logs have, else VPC.
    #[must_use]
    pub fn service(&self) -> Service {
        service_of(self.columns.iter().filter_map(|c| c.info))
    }

    /// The format of these columns, whatever their names.
    pub(crate) fn from_names<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        let mut columns: Vec<Column> = Vec::new();
        for name in names {
            columns.push(new_column(&columns, name));
        }
        Self { columns }
    }
}

/// Transit Gateway if one of the fields is found only in its logs, else VPC.
pub(crate) fn service_of<'a>(mut fields: impl Iterator<Item = &'a FieldInfo>) -> Service {
    if fields.any(|f| f.tgw && !f.vpc) {
        Service::TgwFlow
    } else {
        Service::VpcFlow
    }
}

/// AWS never repeats a field. If a header does, the first column is the field
/// and a later one gets a name of its own, so that JSON keys stay distinct.
fn new_column(before: &[Column], name: &str) -> Column {
    let info = field(name);
    let name = info.map_or(name, |f| f.name);
    if before.iter().all(|c| c.name != name) {
        return Column {
            name: name.to_owned(),
            info,
        };
    }
    Column {
        name: format!("{name}#{}", before.len() + 1),
        info: None,
    }
}

fn without_braces(token: &str) -> &str {
    let inner = token.strip_prefix('$').unwrap_or(token);
    let inner = inner.strip_prefix('$').unwrap_or(inner);
    inner
        .strip_prefix('{')
        .and_then(|t| t.strip_suffix('}'))
        .unwrap_or(inner)
}

/// A lower-case letter, then lower-case letters, digits, hyphens or underscores.
pub(crate) fn is_name(token: &[u8]) -> bool {
    let Some((first, rest)) = token.split_first() else {
        return false;
    };
    first.is_ascii_lowercase()
        && rest
            .iter()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(f: &Format) -> Vec<&str> {
        f.columns().iter().map(|c| c.name.as_str()).collect()
    }

    #[test]
    fn a_format_is_parsed_in_every_spelling() {
        let expected = ["version", "pkt-srcaddr", "some-new-field"];
        for text in [
            "${version} ${pkt-srcaddr} ${some-new-field}",
            "$${version} $${pkt-srcaddr} $${some-new-field}",
            "version pkt_srcaddr some-new-field",
            " version,\tpkt-srcaddr , some-new-field\n",
        ] {
            let f = Format::parse(text).unwrap();
            assert_eq!(names(&f), expected, "{text}");
            assert_eq!(f.position("pkt-srcaddr"), Some(1));
            assert!(f.columns()[2].info.is_none());
        }
    }

    #[test]
    fn what_is_no_format_is_refused() {
        assert_eq!(Format::parse(" , "), Err(FormatError::Empty));
        assert_eq!(Format::parse("foo bar"), Err(FormatError::NothingKnown));
        assert_eq!(
            Format::parse("version ${srcaddr"),
            Err(FormatError::NotAName("${srcaddr".to_owned()))
        );
        assert!(matches!(
            Format::parse(&"version ".repeat(COLUMNS_MAX + 1)),
            Err(FormatError::TooLong(_))
        ));
    }

    #[test]
    fn a_header_is_known_by_its_content() {
        assert_eq!(
            Format::from_header(DEFAULT_VPC_FORMAT.as_bytes()),
            Some(Format::vpc_default())
        );
        let reordered = Format::from_header(b"dstaddr srcaddr  brand-new\tend ").unwrap();
        assert_eq!(
            names(&reordered),
            ["dstaddr", "srcaddr", "brand-new", "end"]
        );
        assert!(Format::from_header(b"srcaddr dstaddr").is_some());
        for no_header in [
            "",
            "2 123 eni-1 - - - - - - - 1 2 - NODATA",
            "srcaddr new-field",
            "srcaddr new-a new-b new-c",
            "new-field srcaddr dstaddr",
            "start end 10.0.0.1 bytes",
            "start end - bytes",
            "start end ACCEPT",
        ] {
            assert_eq!(
                Format::from_header(no_header.as_bytes()),
                None,
                "{no_header}"
            );
        }
        assert_eq!(Format::from_header(b"srcaddr dstaddr \xff"), None);
    }

    #[test]
    fn a_repeated_name_does_not_repeat_the_field() {
        let f = Format::parse("srcaddr srcaddr end srcaddr").unwrap();
        assert_eq!(names(&f), ["srcaddr", "srcaddr#2", "end", "srcaddr#4"]);
        assert!(f.columns()[1].info.is_none());
    }

    #[test]
    fn the_columns_tell_the_service() {
        assert_eq!(Format::vpc_default().service(), Service::VpcFlow);
        assert_eq!(Format::tgw_default().service(), Service::TgwFlow);
        assert_eq!(
            (Format::vpc_default().len(), Format::tgw_default().len()),
            (14, 36)
        );
    }
}
