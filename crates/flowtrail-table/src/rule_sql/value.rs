//! Values of rules as text and as patterns of LIKE.

use rsigma_parser::{SigmaString, SigmaValue, SpecialChar, StringPart};

use super::NoStatement;

/// How text is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    Whole,
    Contains,
    Begins,
    Ends,
}

/// A value without wildcards as text.
pub(super) fn plain(value: &SigmaValue) -> Result<String, NoStatement> {
    let text = match value {
        SigmaValue::String(text) => literal(text),
        SigmaValue::Integer(n) => Some(n.to_string()),
        SigmaValue::Float(n) => Some(n.to_string()),
        SigmaValue::Bool(b) => Some(b.to_string()),
        SigmaValue::Null => None,
    };
    text.ok_or_else(|| NoStatement::new(format!("`{value}` is not plain text")))
}

/// Text without wildcards.
pub(super) fn literal(text: &SigmaString) -> Option<String> {
    let mut out = String::new();
    for part in &text.parts {
        match part {
            StringPart::Plain(text) => out.push_str(text),
            StringPart::Special(_) => return None,
        }
    }
    Some(out)
}

/// The pattern of LIKE.
pub(super) fn like(text: &SigmaString, how: How) -> String {
    let mut out = String::new();
    let any = |out: &mut String| {
        if !out.ends_with('%') || out.ends_with("\\%") {
            out.push('%');
        }
    };
    if matches!(how, How::Contains | How::Ends) {
        any(&mut out);
    }
    for part in &text.parts {
        match part {
            StringPart::Plain(text) => {
                for c in text.chars() {
                    if matches!(c, '%' | '_' | '\\') {
                        out.push('\\');
                    }
                    out.push(c);
                }
            }
            StringPart::Special(SpecialChar::WildcardMulti) => any(&mut out),
            StringPart::Special(SpecialChar::WildcardSingle) => out.push('_'),
        }
    }
    if matches!(how, How::Contains | How::Begins) {
        any(&mut out);
    }
    out
}
