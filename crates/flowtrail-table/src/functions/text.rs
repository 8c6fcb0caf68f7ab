//! Functions over text that `DataFusion` lacks, or has with another meaning
//! than Athena: pieces of text, bytes as text, and addresses of the web.

use base64::Engine as _;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use base64::engine::{DecodePaddingMode, general_purpose::STANDARD};
use datafusion::arrow::array::{ArrayRef, BinaryBuilder};
use datafusion::common::Result;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use std::sync::Arc;
use url::Url;

use super::entry::{Entry, Group, Returns, argument, optional};
use super::inputs::{Inputs, Memo};
use super::kind::Kind;
use super::{Knowledge, fault};

const URL: &str = "an address of the web, as `https://host/path?name=value`";

/// The functions of this module.
#[rustfmt::skip] // One function, one block: it is read as a table.
pub(super) static ENTRIES: &[Entry] = &[
    Entry {
        name: "split", aliases: &[], group: Group::Text,
        arguments: &[
            argument("text", Kind::Text, "text"),
            argument("delimiter", Kind::Text, "what stands between the pieces"),
            optional("limit", Kind::Integer, "how many pieces at most; the last one has the rest"),
        ],
        returns: Returns::TextList, needs: None, run: split,
        doc: "The pieces of text between a delimiter, as a list.",
        example: ("split('role/Deploy/session', '/')", "[role, Deploy, session]"),
    },
    Entry {
        name: "split_part", aliases: &[], group: Group::Text,
        arguments: &[
            argument("text", Kind::Text, "text"),
            argument("delimiter", Kind::Text, "what stands between the pieces"),
            argument("number", Kind::Integer, "which piece, from 1; from the end if negative"),
        ],
        returns: Returns::Text, needs: None, run: split_part,
        doc: "One piece of text between a delimiter. Null where there are fewer, as in Athena.",
        example: ("split_part('arn:aws:iam::111122223333:user/ann', ':', 5)", "111122223333"),
    },
    Entry {
        name: "from_base64", aliases: &["from_base64url"], group: Group::Text,
        arguments: &[argument("text", Kind::Text, "text in base64, of either alphabet, padded or not")],
        returns: Returns::Bytes, needs: None, run: from_base64,
        doc: "The bytes that text in base64 stands for, such as the user data of an instance. Null for what is no base64.",
        example: ("from_utf8(from_base64('IyEvYmluL3No'))", "#!/bin/sh"),
    },
    Entry {
        name: "to_base64", aliases: &[], group: Group::Text,
        arguments: &[argument("bytes", Kind::Bytes, "bytes or text")],
        returns: Returns::Text, needs: None,
        run: |inputs, _| {
            let bytes = inputs.bytes(0);
            inputs.texts(|row, out| {
                let bytes = bytes.get(row);
                bytes.inspect(|bytes| STANDARD.encode_string(bytes, out));
                Ok(bytes.is_some())
            })
        },
        doc: "Bytes as text in base64.",
        example: ("to_base64('#!/bin/sh')", "IyEvYmluL3No"),
    },
    Entry {
        name: "from_utf8", aliases: &[], group: Group::Text,
        arguments: &[argument("bytes", Kind::Bytes, "bytes")],
        returns: Returns::Text, needs: None,
        run: |inputs, _| {
            let bytes = inputs.bytes(0);
            inputs.texts(|row, out| {
                let text = bytes.get(row).map(String::from_utf8_lossy);
                out.push_str(text.as_deref().unwrap_or_default());
                Ok(text.is_some())
            })
        },
        doc: "Bytes as text; a character that is broken becomes `\u{fffd}`.",
        example: ("from_utf8(from_base64('5Lit'))", "中"),
    },
    Entry {
        name: "url_extract_host", aliases: &[], group: Group::Text,
        arguments: &[argument("url", Kind::Text, URL)],
        returns: Returns::Text, needs: None,
        run: |inputs, _| of_url(inputs, |url| url.host_str().map(str::to_owned)),
        doc: "The host of an address of the web. Null for what is none.",
        example: ("url_extract_host('https://logs.s3.amazonaws.com/a?b=c')", "logs.s3.amazonaws.com"),
    },
    Entry {
        name: "url_extract_path", aliases: &[], group: Group::Text,
        arguments: &[argument("url", Kind::Text, URL)],
        returns: Returns::Text, needs: None,
        run: |inputs, _| of_url(inputs, |url| Some(decoded(url.path(), false))),
        doc: "The path of an address of the web, decoded.",
        example: ("url_extract_path('https://host/a%20b?c=d')", "/a b"),
    },
    Entry {
        name: "url_extract_query", aliases: &[], group: Group::Text,
        arguments: &[argument("url", Kind::Text, URL)],
        returns: Returns::Text, needs: None,
        run: |inputs, _| of_url(inputs, |url| url.query().map(str::to_owned)),
        doc: "What stands behind the question mark of an address of the web.",
        example: ("url_extract_query('https://host/a?b=c&d=e')", "b=c&d=e"),
    },
    Entry {
        name: "url_extract_protocol", aliases: &[], group: Group::Text,
        arguments: &[argument("url", Kind::Text, URL)],
        returns: Returns::Text, needs: None,
        run: |inputs, _| of_url(inputs, |url| Some(url.scheme().to_owned())),
        doc: "The scheme of an address of the web.",
        example: ("url_extract_protocol('https://host/a')", "https"),
    },
    Entry {
        name: "url_extract_port", aliases: &[], group: Group::Text,
        arguments: &[argument("url", Kind::Text, URL)],
        returns: Returns::Integer, needs: None,
        run: |inputs, _| {
            let text = inputs.text(0);
            let port = |text| Url::parse(text).ok()?.port();
            inputs.integers(|row| Ok(text.get(row).and_then(port).map(i64::from)))
        },
        doc: "The port that an address of the web names. Null if it names none.",
        example: ("url_extract_port('https://host:8443/a')", "8443"),
    },
    Entry {
        name: "url_extract_parameter", aliases: &[], group: Group::Text,
        arguments: &[argument("url", Kind::Text, URL), argument("name", Kind::Text, "the name of the parameter")],
        returns: Returns::Text, needs: None, run: url_parameter,
        doc: "The first value of a parameter in an address of the web, decoded.",
        example: ("url_extract_parameter('https://host/?X-Amz-Expires=600', 'X-Amz-Expires')", "600"),
    },
    Entry {
        name: "url_decode", aliases: &[], group: Group::Text,
        arguments: &[argument("text", Kind::Text, "encoded text, such as the key of an object")],
        returns: Returns::Text, needs: None,
        run: |inputs, _| {
            let text = inputs.text(0);
            inputs.texts(|row, out| {
                let text = text.get(row).map(|text| decoded(text, true));
                out.push_str(text.as_deref().unwrap_or_default());
                Ok(text.is_some())
            })
        },
        doc: "Text without the encoding of addresses of the web.",
        example: ("url_decode('a%2Fb+c')", "a/b c"),
    },
    Entry {
        name: "url_encode", aliases: &[], group: Group::Text,
        arguments: &[argument("text", Kind::Text, "text")],
        returns: Returns::Text, needs: None,
        run: |inputs, _| {
            let text = inputs.text(0);
            inputs.texts(|row, out| {
                let text = text.get(row);
                utf8_percent_encode(text.unwrap_or_default(), ENCODED).for_each(|part| out.push_str(part));
                Ok(text.is_some())
            })
        },
        doc: "Text as it may stand in an address of the web.",
        example: ("url_encode('a/b c')", "a%2Fb%20c"),
    },
];

/// All but what never has to be encoded (RFC 3986, section 2.3).
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// Reads base64 padded or not; the last bits need not be zero.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

fn split(inputs: &Inputs<'_>, _: &Knowledge) -> Result<ArrayRef> {
    let (text, delimiter, limit) = (inputs.text(0), inputs.text(1), inputs.integer(2));
    inputs.text_lists(|row, put| {
        let limit = if inputs.has(2) {
            limit.get(row)
        } else {
            Some(i64::MAX)
        };
        let (Some(text), Some(delimiter), Some(limit)) = (text.get(row), delimiter.get(row), limit)
        else {
            return Ok(false);
        };
        check_delimiter(delimiter)?;
        let limit = usize::try_from(limit).ok().filter(|limit| *limit > 0);
        let limit = limit.ok_or_else(|| fault("`split` makes one piece at least"))?;
        text.splitn(limit, delimiter)
            .for_each(|piece| put(Some(piece)));
        Ok(true)
    })
}

fn split_part(inputs: &Inputs<'_>, _: &Knowledge) -> Result<ArrayRef> {
    let (text, delimiter, number) = (inputs.text(0), inputs.text(1), inputs.integer(2));
    inputs.borrowed(|row| {
        let (Some(text), Some(delimiter), Some(number)) =
            (text.get(row), delimiter.get(row), number.get(row))
        else {
            return Ok(None);
        };
        check_delimiter(delimiter)?;
        let Some(before) = number.unsigned_abs().checked_sub(1) else {
            return Err(fault(
                "`split_part` counts from 1\nhint: -1 is the last piece",
            ));
        };
        let before = usize::try_from(before).unwrap_or(usize::MAX);
        Ok(if number > 0 {
            text.split(delimiter).nth(before)
        } else {
            text.rsplit(delimiter).nth(before)
        })
    })
}

fn check_delimiter(delimiter: &str) -> Result<()> {
    if delimiter.is_empty() {
        return Err(fault("a delimiter has one character at least"));
    }
    Ok(())
}

fn from_base64(inputs: &Inputs<'_>, _: &Knowledge) -> Result<ArrayRef> {
    let text = inputs.text(0);
    let mut out = BinaryBuilder::new();
    for row in 0..inputs.rows {
        out.append_option(text.get(row).and_then(bytes_of));
    }
    Ok(Arc::new(out.finish()))
}

/// Line breaks inside, as MIME has them, do not count.
fn bytes_of(text: &str) -> Option<Vec<u8>> {
    let plain = |b: u8| match b {
        b'-' => b'+',
        b'_' => b'/',
        b => b,
    };
    let text = text.bytes().filter(|b| !b.is_ascii_whitespace());
    LENIENT.decode(text.map(plain).collect::<Vec<u8>>()).ok()
}

fn decoded(text: &str, plus_is_space: bool) -> String {
    if plus_is_space && text.contains('+') {
        let text = text.replace('+', " ");
        return percent_decode_str(&text).decode_utf8_lossy().into_owned();
    }
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

fn of_url(inputs: &Inputs<'_>, part: fn(&Url) -> Option<String>) -> Result<ArrayRef> {
    let text = inputs.text(0);
    inputs.texts(|row, out| {
        let url = text.get(row).and_then(|text| Url::parse(text).ok());
        let part = url.as_ref().and_then(part);
        out.push_str(part.as_deref().unwrap_or_default());
        Ok(part.is_some())
    })
}

fn url_parameter(inputs: &Inputs<'_>, _: &Knowledge) -> Result<ArrayRef> {
    let (text, name) = (inputs.text(0), inputs.text(1));
    let mut urls = Memo::new();
    inputs.texts(|row, out| {
        let (Some(text), Some(name)) = (text.get(row), name.get(row)) else {
            return Ok(false);
        };
        let url = urls.get(text, |text| Ok(Url::parse(text).ok()))?;
        let mut pairs = url.iter().flat_map(Url::query_pairs);
        let value = pairs.find(|(key, _)| key == name).map(|(_, value)| value);
        out.push_str(value.as_deref().unwrap_or_default());
        Ok(value.is_some())
    })
}
