//! A value of a file that is no map and no list.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};

/// Text or a number. Makers of files disagree on which of them a thing is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Scalar<'f> {
    Text(&'f str),
    /// Numbers of systems have 32 bits, which this holds exactly.
    Number(f64),
}

impl<'f> Scalar<'f> {
    /// Text that is not empty.
    pub(super) fn text(self) -> Option<&'f str> {
        match self {
            Self::Text(text) => Some(text).filter(|t| !t.is_empty()),
            Self::Number(_) => None,
        }
    }

    /// A number, or text that is one.
    pub(super) fn number(self) -> Option<f64> {
        match self {
            Self::Text(text) => text.parse().ok(),
            Self::Number(number) => Some(number),
        }
        .filter(|n: &f64| n.is_finite())
    }

    /// The number of an autonomous system: `64500`, or `AS64500` as text.
    pub(super) fn system(self) -> Option<u32> {
        match self {
            Self::Text(text) => text.strip_prefix("AS").unwrap_or(text).parse().ok(),
            Self::Number(number) => {
                let is_one = number.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&number);
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "it was looked at above"
                )]
                is_one.then_some(number as u32)
            }
        }
    }
}

struct OfFile;

impl<'f> Visitor<'f> for OfFile {
    type Value = Scalar<'f>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text or a number")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'f str) -> Result<Scalar<'f>, E> {
        Ok(Scalar::Text(text))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Scalar<'f>, E> {
        Ok(Scalar::Number(number))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Scalar<'f>, E> {
        #[expect(
            clippy::cast_precision_loss,
            reason = "numbers of 32 bits are exact, and no others are asked for"
        )]
        let number = number as f64;
        Ok(Scalar::Number(number))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Scalar<'f>, E> {
        #[expect(
            clippy::cast_precision_loss,
            reason = "numbers of 32 bits are exact, and no others are asked for"
        )]
        let number = number as f64;
        Ok(Scalar::Number(number))
    }
}

impl<'f> Deserialize<'f> for Scalar<'f> {
    fn deserialize<D: Deserializer<'f>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OfFile)
    }
}
