//! Fields as rules see them: a name that leads through arrays has several
//! values, and a test holds if one of them passes. Rules as SQL are written
//! with these functions.

mod any;
mod reach;

use datafusion::arrow::array::ArrayRef;
use datafusion::common::Result;

use super::Knowledge;
use super::entry::{Entry, Group, Returns, argument, optional};
use super::inputs::{Inputs, Memo};
use super::kind::Kind;

pub(super) use any::Values;
use any::{Relation, regexp, related};
use reach::Way;
use reach::leaves;
pub(super) use reach::{Reached, Ways};

const VALUES: &str = "values as `field_values` has them, or one text";
const WANTED: &str = "text or a list of texts, one of which will do";

/// The functions of this module.
#[rustfmt::skip] // One function, one block: it is read as a table.
pub(super) static ENTRIES: &[Entry] = &[
    Entry {
        name: "field_values", aliases: &[], group: Group::Json,
        arguments: &[
            argument("json", Kind::Text, "JSON text, such as `requestparameters`"),
            optional("name", Kind::Text, "a name as rules write it: `ipPermissions.items.ipRanges.items.cidrIp`; without it, the text itself"),
        ],
        returns: Returns::TextList, needs: None,
        run: |inputs, _| list(inputs, false),
        doc: "Every text, number and boolean that the name of a field leads to, as rules see them: through every member of the arrays on its way, and into keys with dots. `null` is a null among them, objects are left out. Null where the name leads nowhere.",
        example: (r#"field_values('{"items": [{"port": 22}, {"port": [80, 443]}]}', 'items.port')"#, "[22, 80, 443]"),
    },
    Entry {
        name: "field_texts", aliases: &[], group: Group::Json,
        arguments: &[
            argument("json", Kind::Text, "JSON text, such as `requestparameters`"),
            optional("name", Kind::Text, "a name as rules write it; without it, the text itself"),
        ],
        returns: Returns::TextList, needs: None,
        run: |inputs, _| list(inputs, true),
        doc: "As `field_values`, with objects among them, for searches inside them: as JSON without blanks, in which escapes are resolved, so that a policy inside a string reads as it was written.",
        example: (r#"field_texts('{"policy": {"Effect": "Allow"}}', 'policy')"#, r#"[{"Effect":"Allow"}]"#),
    },
    Entry {
        name: "field_absent", aliases: &[], group: Group::Json,
        arguments: &[
            argument("json", Kind::Text, "JSON text, such as `requestparameters`"),
            argument("name", Kind::Text, "a name as rules write it"),
        ],
        returns: Returns::Boolean, needs: None, run: absent,
        doc: "Whether the name of a field leads nowhere or to `null`, which are the same to rules that ask for `null`. `true` where there is no JSON.",
        example: (r#"field_absent('{"a": {"b": null}}', 'a.b')"#, "true"),
    },
    Entry {
        name: "leaf_values", aliases: &[], group: Group::Json,
        arguments: &[argument("json", Kind::Text, "JSON text, such as `record`")],
        returns: Returns::TextList, needs: None, run: leaf_values,
        doc: "Every text, number and boolean at any depth, as keywords of rules see them. The names of fields are not among them.",
        example: (r#"leaf_values('{"a": {"b": [1, "x"]}, "c": true}')"#, "[1, x, true]"),
    },
    Entry {
        name: "any_equals", aliases: &[], group: Group::Text,
        arguments: &[argument("values", Kind::Values, VALUES), argument("wanted", Kind::Values, WANTED)],
        returns: Returns::Boolean, needs: None,
        run: |inputs, _| related(inputs, Relation::Equals),
        doc: "Whether one of the values is one of the wanted ones, upper and lower case aside, as rules compare them. `false` where there is none.",
        example: ("any_equals(['Root', 'IAMUser'], 'iamuser')", "true"),
    },
    Entry {
        name: "any_contains", aliases: &[], group: Group::Text,
        arguments: &[argument("values", Kind::Values, VALUES), argument("wanted", Kind::Values, WANTED)],
        returns: Returns::Boolean, needs: None,
        run: |inputs, _| related(inputs, Relation::Contains),
        doc: "Whether one of the wanted texts stands in one of the values, upper and lower case aside. `false` where there is none.",
        example: ("any_contains('{\"Effect\":\"Allow\"}', ['\"allow\"', '\"deny\"'])", "true"),
    },
    Entry {
        name: "any_starts_with", aliases: &[], group: Group::Text,
        arguments: &[argument("values", Kind::Values, VALUES), argument("wanted", Kind::Values, WANTED)],
        returns: Returns::Boolean, needs: None,
        run: |inputs, _| related(inputs, Relation::Begins),
        doc: "Whether one of the values begins with one of the wanted texts, upper and lower case aside. `false` where there is none.",
        example: ("any_starts_with(['s3:GetObject', 's3:PutObject'], 'S3:Put')", "true"),
    },
    Entry {
        name: "any_ends_with", aliases: &[], group: Group::Text,
        arguments: &[argument("values", Kind::Values, VALUES), argument("wanted", Kind::Values, WANTED)],
        returns: Returns::Boolean, needs: None,
        run: |inputs, _| related(inputs, Relation::Ends),
        doc: "Whether one of the values ends with one of the wanted texts, upper and lower case aside. `false` where there is none.",
        example: ("any_ends_with('arn:aws:iam::aws:policy/AdministratorAccess', '/administratoraccess')", "true"),
    },
    Entry {
        name: "any_like", aliases: &[], group: Group::Text,
        arguments: &[argument("values", Kind::Values, VALUES), argument("pattern", Kind::Values, "a pattern of LIKE, or a list of them: `%` any text, `_` any character, `\\` before an ordinary one")],
        returns: Returns::Boolean, needs: None,
        run: |inputs, _| related(inputs, Relation::Like),
        doc: "Whether one of the values fits one of the patterns, upper and lower case aside, as ILIKE does for one value. `false` where there is none.",
        example: ("any_like(['s3:GetObject', 's3:PutObject'], 's3:p_t%')", "true"),
    },
    Entry {
        name: "any_regexp", aliases: &[], group: Group::Text,
        arguments: &[argument("values", Kind::Values, VALUES), argument("pattern", Kind::Text, "a regular expression")],
        returns: Returns::Boolean, needs: None, run: regexp,
        doc: "Whether a regular expression finds something in one of the values. `false` where there is none.",
        example: ("any_regexp(['a1', 'b2'], '^b[0-9]$')", "true"),
    },
    Entry {
        name: "any_number", aliases: &[], group: Group::Text,
        arguments: &[
            argument("values", Kind::Values, VALUES),
            argument("operator", Kind::Text, "`=`, `<`, `<=`, `>` or `>=`"),
            argument("number", Kind::Number, "what they are compared with"),
        ],
        returns: Returns::Boolean, needs: None, run: any::number,
        doc: "Whether one of the values is a number that stands so to the given one: `1.0` equals 1. `false` where there is none.",
        example: ("any_number(['22', 'x'], '<=', 1024)", "true"),
    },
];

fn list(inputs: &Inputs<'_>, objects: bool) -> Result<ArrayRef> {
    let (json, name) = (inputs.text(0), inputs.text(1));
    let mut ways = Memo::new();
    let mut text = String::new();
    inputs.text_lists(|row, put| {
        let given = if inputs.has(1) {
            name.get(row)
        } else {
            Some("")
        };
        let (Some(json), Some(given)) = (json.get(row), given) else {
            return Ok(false);
        };
        let way = ways.get(given, |name| Ok(Way::new(name)))?;
        let mut is_there = false;
        way.walk(json, &mut |value: Reached<'_>| {
            is_there = true;
            text.clear();
            match value {
                Reached::Null => put(None),
                Reached::Scalar(scalar) => put(scalar.write(&mut text).then_some(text.as_str())),
                Reached::Object(object) if objects => {
                    object.write(&mut text);
                    put(Some(&text));
                }
                Reached::Object(_) | Reached::EmptyArray => {}
            }
        });
        Ok(is_there)
    })
}

fn absent(inputs: &Inputs<'_>, _: &Knowledge) -> Result<ArrayRef> {
    let (json, name) = (inputs.text(0), inputs.text(1));
    let mut ways = Memo::new();
    inputs.flags(|row| {
        let (Some(json), Some(name)) = (json.get(row), name.get(row)) else {
            return Ok(Some(true));
        };
        let (mut is_there, mut is_null) = (false, false);
        let way = ways.get(name, |name| Ok(Way::new(name)))?;
        way.walk(json, &mut |value| {
            is_there = true;
            is_null |= matches!(value, Reached::Null);
        });
        Ok(Some(is_null || !is_there))
    })
}

fn leaf_values(inputs: &Inputs<'_>, _: &Knowledge) -> Result<ArrayRef> {
    let json = inputs.text(0);
    let mut text = String::new();
    inputs.text_lists(|row, put| {
        let Some(json) = json.get(row) else {
            return Ok(false);
        };
        leaves(json, &mut |scalar| {
            text.clear();
            put(scalar.write(&mut text).then_some(text.as_str()));
        });
        Ok(true)
    })
}
