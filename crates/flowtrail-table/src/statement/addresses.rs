//! `IPADDRESS '10.0.0.0'`: a literal of a type that the parser does not know.

use std::borrow::Cow;

use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer};

/// The text with such literals as casts, and those of networks as texts.
pub(super) fn spelt_out(text: &str) -> Cow<'_, str> {
    let lower = text.to_ascii_lowercase();
    if !lower.contains("ipaddress") && !lower.contains("ipprefix") {
        return Cow::Borrowed(text);
    }
    // Quotes stay as they are written. What is no token is the parser's to tell.
    let mut tokens = Tokenizer::new(&GenericDialect {}, text).with_unescape(false);
    let Ok(tokens) = tokens.tokenize() else {
        return Cow::Borrowed(text);
    };
    let mut out = String::with_capacity(text.len());
    let mut tokens = tokens.iter().peekable();
    while let Some(token) = tokens.next() {
        let Some(kind) = kind(token) else {
            out.push_str(&token.to_string());
            continue;
        };
        let mut blanks = String::new();
        while let Some(blank @ Token::Whitespace(_)) = tokens.peek() {
            blanks.push_str(&blank.to_string());
            tokens.next();
        }
        match (kind, tokens.peek()) {
            (Kind::Address, Some(literal @ Token::SingleQuotedString(_))) => {
                out.push_str(&format!("CAST({literal}{blanks}AS IPADDRESS)"));
                tokens.next();
            }
            (Kind::Network, Some(literal @ Token::SingleQuotedString(_))) => {
                out.push_str(&format!("{literal}{blanks}"));
                tokens.next();
            }
            (Kind::Address | Kind::Network, _) => out.push_str(&format!("{token}{blanks}")),
        }
    }
    Cow::Owned(out)
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Address,
    Network,
}

fn kind(token: &Token) -> Option<Kind> {
    let Token::Word(word) = token else {
        return None;
    };
    let is = |name: &str| word.quote_style.is_none() && word.value.eq_ignore_ascii_case(name);
    if is("ipaddress") {
        Some(Kind::Address)
    } else {
        is("ipprefix").then_some(Kind::Network)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_of_addresses_are_casts() {
        for (written, spelt) in [
            (
                "SELECT a > IPADDRESS '10.0.0.0' -- it's so\n, 'x''y' FROM t",
                "SELECT a > CAST('10.0.0.0' AS IPADDRESS) -- it's so\n, 'x''y' FROM t",
            ),
            (
                "contains(IPPREFIX '10.0.0.0/8', CAST(a AS IPADDRESS))",
                "contains('10.0.0.0/8' , CAST(a AS IPADDRESS))",
            ),
            ("SELECT \"ipaddress\" 'x'", "SELECT \"ipaddress\" 'x'"),
            ("SELECT ipaddress", "SELECT ipaddress"),
            ("SELECT 'ipaddress' || 'x'", "SELECT 'ipaddress' || 'x'"),
            ("ipaddress 'unfinished", "ipaddress 'unfinished"),
        ] {
            assert_eq!(spelt_out(written), spelt);
        }
    }
}
