//! Functions that reach into JSON text. A value is found by walking the text;
//! no tree is built. Paths are those of Presto; [`path`] tells them.

mod path;
mod walk;

use datafusion::arrow::array::ArrayRef;
use datafusion::common::Result;

use super::entry::{Entry, Group, Returns, argument, optional};
use super::inputs::{Inputs, Memo};
use super::kind::Kind;
use super::{Knowledge, fault};

use path::{Path, Step};
use walk::{Found, Sort, find, is_json, visit};

/// The functions of this module.
#[rustfmt::skip] // One function, one block: it is read as a table.
pub(super) static ENTRIES: &[Entry] = &[
    Entry {
        name: "json_extract_scalar", aliases: &["json_value"], group: Group::Json,
        arguments: &[
            argument("json", Kind::Text, "JSON text, such as `requestparameters`"),
            argument("path", Kind::Text, "the path to the value: `$.a['b'][0].c`"),
        ],
        returns: Returns::Text, needs: None, run: extract_scalar,
        doc: "The text, number or boolean at a path, as text. Null where the path leads nowhere or to `null`, an array or an object, and where the text is no JSON.",
        example: (r#"json_extract_scalar('{"bucketName": "logs", "acl": ["private"]}', '$.acl[0]')"#, "private"),
    },
    Entry {
        name: "json_extract", aliases: &["json_query"], group: Group::Json,
        arguments: &[
            argument("json", Kind::Text, "JSON text"),
            argument("path", Kind::Text, "the path to the value; with `*` in it the values are put into an array"),
        ],
        returns: Returns::Text, needs: None, run: extract,
        doc: "The value at a path as JSON text, as it was written. Null where the path leads nowhere.",
        example: (r#"json_extract('{"items": [{"id": "i-1"}, {"id": "i-2"}]}', '$.items[*].id')"#, r#"["i-1","i-2"]"#),
    },
    Entry {
        name: "json_extract_text", aliases: &[], group: Group::Json,
        arguments: &[
            argument("json", Kind::Text, "JSON text"),
            argument("path", Kind::Text, "the path to the value"),
        ],
        returns: Returns::Text, needs: None, run: extract_text,
        doc: "The value at a path: scalars as `json_extract_scalar` has them, arrays and objects as JSON text. `CAST(json_extract(…) AS VARCHAR)` means this.",
        example: (r#"json_extract_text('{"tags": ["a", "b"]}', '$.tags')"#, r#"["a", "b"]"#),
    },
    Entry {
        name: "json_values", aliases: &[], group: Group::Json,
        arguments: &[
            argument("json", Kind::Text, "JSON text"),
            optional("path", Kind::Text, "the path to an array or, with `*` in it, to the values themselves"),
        ],
        returns: Returns::TextList, needs: None, run: values,
        doc: "The elements of an array as a list of texts, for `UNNEST`; or all values that a path with `*` leads to. A value that is no array is a list of one. Null where the path leads nowhere or to `null`.",
        example: (r#"json_values('{"items": [{"id": "i-1"}, {"id": "i-2"}]}', '$.items[*].id')"#, "[i-1, i-2]"),
    },
    Entry {
        name: "json_exists", aliases: &[], group: Group::Json,
        arguments: &[
            argument("json", Kind::Text, "JSON text"),
            argument("path", Kind::Text, "the path"),
        ],
        returns: Returns::Boolean, needs: None, run: exists,
        doc: "Whether a path leads to a value; `null` is one.",
        example: (r#"json_exists('{"a": null}', '$.a')"#, "true"),
    },
    Entry {
        name: "json_size", aliases: &[], group: Group::Json,
        arguments: &[
            argument("json", Kind::Text, "JSON text"),
            argument("path", Kind::Text, "the path"),
        ],
        returns: Returns::Integer, needs: None, run: size,
        doc: "How many members or elements the object or the array at a path has; 0 for a scalar. Null where the path leads nowhere.",
        example: (r#"json_size('{"a": {"b": 1, "c": 2}}', '$.a')"#, "2"),
    },
    Entry {
        name: "json_array_length", aliases: &[], group: Group::Json,
        arguments: &[argument("json", Kind::Text, "JSON text")],
        returns: Returns::Integer, needs: None, run: array_length,
        doc: "How many elements an array has. Null for what is no array.",
        example: ("json_array_length('[1, [2, 3]]')", "2"),
    },
    Entry {
        name: "json_array_get", aliases: &[], group: Group::Json,
        arguments: &[
            argument("json", Kind::Text, "JSON text"),
            argument("index", Kind::Integer, "which element, from 0; from the end if negative"),
        ],
        returns: Returns::Text, needs: None, run: array_get,
        doc: "An element of an array as JSON text. Null for what is no array and where it has no such element.",
        example: (r#"json_array_get('["a", {"b": 1}]', -1)"#, r#"{"b": 1}"#),
    },
    Entry {
        name: "json_array_contains", aliases: &[], group: Group::Json,
        arguments: &[
            argument("json", Kind::Text, "JSON text"),
            argument("value", Kind::Scalar, "text, a number or a boolean"),
        ],
        returns: Returns::Boolean, needs: None, run: array_contains,
        doc: "Whether an array has an element that is this text, number or boolean. Null for what is no array.",
        example: (r#"json_array_contains('["s3:GetObject", 7]', 's3:GetObject')"#, "true"),
    },
    Entry {
        name: "is_json_scalar", aliases: &[], group: Group::Json,
        arguments: &[argument("json", Kind::Text, "JSON text")],
        returns: Returns::Boolean, needs: None, run: is_scalar,
        doc: "Whether JSON text is a text, a number, a boolean or `null`. Null for what is no JSON.",
        example: ("is_json_scalar('[1]')", "false"),
    },
    Entry {
        name: "json_parse", aliases: &[], group: Group::Json,
        arguments: &[argument("text", Kind::Text, "JSON text")],
        returns: Returns::Text, needs: None, run: parse,
        doc: "The text itself, since JSON is text here; null for what is no JSON, so that it tells the two apart.",
        example: ("json_parse('{\"a\": 1}')", "{\"a\": 1}"),
    },
    Entry {
        name: "json_format", aliases: &[], group: Group::Json,
        arguments: &[argument("json", Kind::Text, "JSON text")],
        returns: Returns::Text, needs: None, run: |inputs, _| {
            let json = inputs.text(0);
            inputs.borrowed(|row| Ok(json.get(row)))
        },
        doc: "The text itself, since JSON is text here.",
        example: ("json_format(json_extract('{\"a\": [1]}', '$.a'))", "[1]"),
    },
];

/// Answers with what `write` makes of JSON text and a path, both not null.
fn with_path(
    inputs: &Inputs<'_>,
    write: impl Fn(&str, &Path, &mut String) -> Result<bool>,
) -> Result<ArrayRef> {
    let (json, path) = (inputs.text(0), inputs.text(1));
    let mut paths = Memo::new();
    inputs.texts(|row, out| match (json.get(row), path.get(row)) {
        (Some(json), Some(path)) => write(json, paths.get(path, Path::parse)?, out),
        _ => Ok(false),
    })
}

fn extract_scalar(inputs: &Inputs<'_>, _: &Knowledge) -> Result<ArrayRef> {
    with_path(inputs, |json, path, out| {
        if path.is_many() {
            return Err(fault(
                "a path with `*` leads to several values\nhint: `json_values(json, path)` has them as a list, `json_extract` as JSON",
            ));
        }
        Ok(find(json, &path.steps).is_some_and(|found| found.write_scalar(out)))
    })
}

fn extract(inputs: &Inputs<'_>, _: &Knowledge) -> Result<ArrayRef> {
    with_path(inputs, |json, path, out| Ok(write_json(json, path, out)))
}

fn extract_text(inputs: &Inputs<'_>, _: &Knowledge) -> Result<ArrayRef> {
    with_path(inputs, |json, path, out| {
        if path.is_many() {
            return Ok(write_json(json, path, out));
        }
        Ok(find(json, &path.steps).is_some_and(|found| found.write_value(out)))
    })
}

/// Appends the value as it is written, or all values in an array.
fn write_json(json: &str, path: &Path, out: &mut String) -> bool {
    if !path.is_many() {
        let found = find(json, &path.steps);
        out.push_str(found.map_or("", |f| f.text));
        return found.is_some();
    }
    out.push('[');
    visit(json, &path.steps, &mut |found| {
        if out.len() > 1 {
            out.push(',');
        }
        out.push_str(found.text);
        true
    });
    let is_any = out.len() > 1;
    out.push(']');
    is_any
}

fn values(inputs: &Inputs<'_>, _: &Knowledge) -> Result<ArrayRef> {
    let (json, path) = (inputs.text(0), inputs.text(1));
    let mut paths = Memo::new();
    let mut text = String::new();
    inputs.text_lists(|row, put| {
        let given = if inputs.has(1) {
            path.get(row)
        } else {
            Some("$")
        };
        let (Some(json), Some(given)) = (json.get(row), given) else {
            return Ok(false);
        };
        let path = paths.get(given, Path::parse)?;
        let Some(first) = find(json, &path.steps) else {
            return Ok(false);
        };
        let mut see = |found: Found<'_>| {
            text.clear();
            put(found.write_value(&mut text).then_some(text.as_str()));
            true
        };
        if !path.is_many() && first.sort == Sort::Null {
            return Ok(false);
        }
        if !path.is_many() && first.sort == Sort::Array {
            visit(first.text, &[Step::All], &mut see);
        } else {
            visit(json, &path.steps, &mut see);
        }
        Ok(true)
    })
}

fn exists(inputs: &Inputs<'_>, _: &Knowledge) -> Result<ArrayRef> {
    let (json, path) = (inputs.text(0), inputs.text(1));
    let mut paths = Memo::new();
    inputs.flags(|row| match (json.get(row), path.get(row)) {
        (Some(json), Some(path)) => Ok(Some(
            find(json, &paths.get(path, Path::parse)?.steps).is_some(),
        )),
        _ => Ok(None),
    })
}

fn size(inputs: &Inputs<'_>, _: &Knowledge) -> Result<ArrayRef> {
    let (json, path) = (inputs.text(0), inputs.text(1));
    let mut paths = Memo::new();
    inputs.integers(|row| match (json.get(row), path.get(row)) {
        (Some(json), Some(path)) => {
            Ok(find(json, &paths.get(path, Path::parse)?.steps).map(members))
        }
        _ => Ok(None),
    })
}

fn members(found: Found<'_>) -> i64 {
    let mut n = 0;
    visit(found.text, &[Step::All], &mut |_| {
        n += 1;
        true
    });
    n
}

fn array_length(inputs: &Inputs<'_>, _: &Knowledge) -> Result<ArrayRef> {
    let json = inputs.text(0);
    inputs.integers(|row| Ok(json.get(row).and_then(array).map(members)))
}

/// The whole text, if it is an array.
fn array(json: &str) -> Option<Found<'_>> {
    find(json, &[]).filter(|found| found.sort == Sort::Array)
}

fn array_get(inputs: &Inputs<'_>, _: &Knowledge) -> Result<ArrayRef> {
    let (json, index) = (inputs.text(0), inputs.integer(1));
    inputs.borrowed(|row| {
        let (Some(json), Some(index)) = (json.get(row), index.get(row)) else {
            return Ok(None);
        };
        Ok(find(json, &[Step::Index(index)]).map(|found| found.text))
    })
}

fn array_contains(inputs: &Inputs<'_>, _: &Knowledge) -> Result<ArrayRef> {
    let json = inputs.text(0);
    let (text, number, flag) = (inputs.text(1), inputs.number(1), inputs.flag(1));
    let mut written = String::new();
    inputs.flags(|row| {
        let Some(array) = json.get(row).and_then(array) else {
            return Ok(None);
        };
        let (text, number, flag) = (text.get(row), number.get(row), flag.get(row));
        if text.is_none() && number.is_none() && flag.is_none() {
            return Ok(None);
        }
        let mut is_wanted = |found: Found<'_>| match found.sort {
            Sort::Text => text.is_some_and(|wanted| {
                written.clear();
                found.write_scalar(&mut written) && written == wanted
            }),
            Sort::Number => number.is_some_and(|n| found.text.parse() == Ok(n)),
            Sort::Boolean => flag.is_some_and(|f| found.text.parse() == Ok(f)),
            Sort::Null | Sort::Array | Sort::Object => false,
        };
        let none = visit(array.text, &[Step::All], &mut |f| !is_wanted(f));
        Ok(Some(!none))
    })
}

fn is_scalar(inputs: &Inputs<'_>, _: &Knowledge) -> Result<ArrayRef> {
    let json = inputs.text(0);
    let is_scalar = |found: Found<'_>| !matches!(found.sort, Sort::Array | Sort::Object);
    inputs.flags(|row| {
        let json = json.get(row).filter(|json| is_json(json));
        Ok(json.and_then(|json| find(json, &[])).map(is_scalar))
    })
}

fn parse(inputs: &Inputs<'_>, _: &Knowledge) -> Result<ArrayRef> {
    let json = inputs.text(0);
    inputs.borrowed(|row| Ok(json.get(row).filter(|json| is_json(json))))
}

/// The way into an object by names alone, as `sessionContext.attributes`.
pub(super) struct Keys(Vec<Step>);

impl Keys {
    /// The way that dots separate.
    pub(super) fn new(path: &str) -> Self {
        Self(
            path.split('.')
                .map(|key| Step::Key(key.to_owned()))
                .collect(),
        )
    }

    /// Appends the scalar there. `false` if there is none.
    pub(super) fn write(&self, json: &str, out: &mut String) -> bool {
        find(json, &self.0).is_some_and(|found| found.write_scalar(out))
    }
}
