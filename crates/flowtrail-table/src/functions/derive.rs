//! Derived fields of rules as functions: they are computed by the code that
//! rules use, from columns instead of a record.

use datafusion::arrow::array::{Array, ArrayRef, AsArray as _, StringViewArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;
use flowtrail_context::Derivation;
use flowtrail_event::{Event, Projection, RawRecord, Record, Service, SlotId};

use super::fault;
use super::inputs::{Cells, Column, Inputs};
use super::json;

/// There is no record behind the columns, and derived fields never ask for it.
pub(super) struct NoRecord;

impl RawRecord for NoRecord {
    fn write_json(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"{}");
    }
}

/// Where the values of one base field are.
enum Source<'a> {
    /// The argument is the field.
    Whole(Cells<'a, StringViewArray>),
    /// The argument is a struct, and the field a leaf of it.
    Leaf(Leaf<'a>),
    /// The argument is JSON text, and the field lies in it. What begins with
    /// `arn:` is no JSON, but the ARN itself.
    Json {
        text: Cells<'a, StringViewArray>,
        keys: json::Keys,
        is_arn: bool,
    },
}

struct Leaf<'a> {
    /// The structs around it: where one of them is null, the leaf says nothing.
    around: Vec<&'a dyn Array>,
    values: ArrayRef,
    /// Where in the leaf, which is then JSON text, the field lies.
    inside: Option<json::Keys>,
    constant: bool,
}

/// Answers with the derived field called `field`. `roots` names, for each
/// argument, the field of a `CloudTrail` record that it is: a base field, or
/// one that has base fields inside.
pub(super) fn derived(
    inputs: &Inputs<'_>,
    field: &str,
    roots: &[&str],
    fallback: impl Fn(usize) -> Option<&'static str>,
) -> Result<ArrayRef> {
    derived_of(Service::CloudTrail, inputs, field, roots, fallback)
}

/// The same for another log than `CloudTrail`.
pub(super) fn derived_of(
    service: Service,
    inputs: &Inputs<'_>,
    field: &str,
    roots: &[&str],
    fallback: impl Fn(usize) -> Option<&'static str>,
) -> Result<ArrayRef> {
    let mut projection = Projection::new();
    let slot = projection.slot(field);
    let derivation = Derivation::plan(&mut projection, service.kind(), None);
    let derivation = derivation.map_err(|error| fault(error.to_string()))?;
    let mut sources = Vec::new();
    for (base, path) in projection.read_fields() {
        let root = roots.iter().enumerate().take(inputs.columns.len());
        for (ix, root) in root {
            sources.extend(source(inputs, ix, path, root)?.map(|source| (base, source)));
        }
    }
    let mut record = Record::new(projection.len());
    let mut scratch = String::new();
    inputs.texts(|row, out| {
        record.clear();
        for (base, source) in &sources {
            source.fill(row, &mut record, *base, &mut scratch);
        }
        let mut event = Event::new(service, &mut record, b"", &NoRecord);
        derivation.apply(&mut event);
        match event.str(slot).or_else(|| fallback(row)) {
            Some(text) => {
                out.push_str(text);
                Ok(true)
            }
            None => Ok(false),
        }
    })
}

/// The source of the base field at `path`, if the argument `ix` is it or has it.
fn source<'a>(
    inputs: &Inputs<'a>,
    ix: usize,
    path: &str,
    root: &str,
) -> Result<Option<Source<'a>>> {
    let Some(column) = inputs.column(ix) else {
        return Ok(None);
    };
    if path == root {
        return Ok(Some(Source::Whole(inputs.text(ix))));
    }
    let inner = path.strip_prefix(root).and_then(|p| p.strip_prefix('.'));
    let Some(inner) = inner else {
        return Ok(None);
    };
    if matches!(column.array.data_type(), DataType::Struct(_)) {
        return Ok(leaf(column, inner)?.map(Source::Leaf));
    }
    Ok(Some(Source::Json {
        text: inputs.text(ix),
        keys: json::Keys::new(inner),
        is_arn: inner == "arn",
    }))
}

/// The leaf at a path of names, ASCII case aside: Athena's columns are in lower
/// case. The end of the path may lie in the leaf, if that is JSON text. `None`
/// if the struct has no such leaf.
fn leaf<'a>(column: &'a Column, path: &str) -> Result<Option<Leaf<'a>>> {
    let mut around: Vec<&'a dyn Array> = Vec::new();
    let mut at = &column.array;
    let mut names = path.split('.').peekable();
    let mut inside = None;
    while let Some(name) = names.peek() {
        let Some(parent) = at.as_struct_opt() else {
            let rest: Vec<_> = names.collect();
            inside = Some(json::Keys::new(&rest.join(".")));
            break;
        };
        around.push(parent);
        let mut fields = parent.fields().iter().zip(parent.columns());
        let found = fields.find(|(field, _)| field.name().eq_ignore_ascii_case(name));
        let Some((_, child)) = found else {
            return Ok(None);
        };
        at = child;
        names.next();
    }
    if at.data_type().is_nested() {
        return Ok(None);
    }
    Ok(Some(Leaf {
        around,
        values: cast(at, &DataType::Utf8View)?,
        inside,
        constant: column.constant,
    }))
}

impl Leaf<'_> {
    fn get(&self, row: usize) -> Option<&str> {
        let row = if self.constant { 0 } else { row };
        let values = self.values.as_string_view_opt()?;
        let is_there = |array: &&dyn Array| row < array.len() && array.is_valid(row);
        let is_there = self.around.iter().all(is_there) && is_there(&(values as &dyn Array));
        is_there.then(|| values.value(row))
    }
}

impl Source<'_> {
    /// Puts the value of a row into the slot of its base field.
    fn fill(&self, row: usize, record: &mut Record, slot: SlotId, scratch: &mut String) {
        let value = match self {
            Self::Whole(cells) => cells.get(row),
            Self::Leaf(leaf) => match (leaf.get(row), &leaf.inside) {
                (Some(text), Some(keys)) => {
                    scratch.clear();
                    keys.write(text, scratch).then_some(scratch.as_str())
                }
                (text, _) => text,
            },
            Self::Json { text, keys, is_arn } => match text.get(row) {
                Some(arn) if arn.starts_with("arn:") => Some(arn).filter(|_| *is_arn),
                Some(text) => {
                    scratch.clear();
                    keys.write(text, scratch).then_some(scratch.as_str())
                }
                None => None,
            },
        };
        if let Some(value) = value {
            record.push_own_text(slot, value.as_bytes());
        }
    }
}
