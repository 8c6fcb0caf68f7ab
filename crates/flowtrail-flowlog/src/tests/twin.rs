//! A slow reader that is easy to check by eye, and the real one against it.

use flowtrail_event::{EventTime, Limits, SkipReason};
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::testing::{Said, Witness, projection};
use crate::{DEFAULT_VPC_FORMAT, FIELDS, Form, TextReader};

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Naive {
    Event {
        time: Option<i64>,
        values: Vec<Option<String>>,
    },
    Skip(SkipReason),
}

pub(super) fn naive(text: &str, wanted: &[&str]) -> Vec<Naive> {
    let mut header: Option<Vec<String>> = None;
    let mut all = Vec::new();
    for line in text.split('\n') {
        let mut tokens: Vec<&str> = line.trim_end_matches('\r').split([' ', '\t']).collect();
        tokens.retain(|t| !t.is_empty());
        if tokens.len() > 1 && EventTime::parse(tokens[0].as_bytes()).is_some() {
            tokens.remove(0);
        }
        if tokens.is_empty() {
            continue;
        }
        if is_header(&tokens) {
            header = Some(tokens.iter().map(|t| t.replace('_', "-")).collect());
            continue;
        }
        let default = || {
            DEFAULT_VPC_FORMAT
                .split(' ')
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        let names = header.clone().or_else(|| is_default(&tokens).then(default));
        all.push(match names {
            None => Naive::Skip(SkipReason::UnknownFormat),
            Some(names) if names.len() != tokens.len() => Naive::Skip(SkipReason::WrongColumns),
            Some(names) => record(&names, &tokens, wanted),
        });
    }
    all
}

fn known(name: &str) -> Option<&'static crate::FieldInfo> {
    FIELDS.iter().find(|f| f.name == name.replace('_', "-"))
}

fn is_header(tokens: &[&str]) -> bool {
    let count = tokens.iter().filter(|t| known(t).is_some()).count();
    let names = tokens.iter().all(|t| {
        t.starts_with(|c: char| c.is_ascii_lowercase())
            && t.chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(c))
    });
    names
        && known(tokens[0]).is_some()
        && (count == tokens.len() || (tokens.len() > 2 && 2 * count > tokens.len()))
}

fn is_default(t: &[&str]) -> bool {
    t.len() == 14
        && t[0] == "2"
        && (["unknown", "-"].contains(&t[1]) || t[1].chars().all(|c| c.is_ascii_digit()))
        && (t[2] == "-" || t[2].starts_with("eni-"))
        && ["ACCEPT", "REJECT", "-"].contains(&t[12])
        && ["OK", "NODATA", "SKIPDATA"].contains(&t[13])
}

fn record(names: &[String], tokens: &[&str], wanted: &[&str]) -> Naive {
    let get = |name: &str| {
        let at = names.iter().position(|n| n == name)?;
        (tokens[at] != "-").then(|| tokens[at].to_owned())
    };
    for (name, token) in names.iter().zip(tokens) {
        let first = names.iter().position(|n| n == name)
            == names.iter().position(|n| std::ptr::eq(n, name));
        let number = known(name).is_some_and(|f| matches!(f.form, Form::Int | Form::Time));
        let plus = token.starts_with('+');
        let fits = token
            .parse::<i128>()
            .is_ok_and(|n| (i128::from(i64::MIN)..=i128::from(u64::MAX)).contains(&n));
        if number && first && *token != "-" && (plus || !fits) {
            return Naive::Skip(SkipReason::BadNumber);
        }
    }
    let secs = |name: &str| get(name).and_then(|t| t.parse::<i64>().ok());
    Naive::Event {
        time: secs("end")
            .or_else(|| secs("start"))
            .map(|s| EventTime::from_secs(s).0),
        values: wanted.iter().map(|name| get(name)).collect(),
    }
}

pub(super) fn real(text: &str, wanted: &[&str]) -> Vec<Naive> {
    let p = projection(wanted);
    let mut reader = TextReader::new(&p, &Limits::default(), None);
    let mut sink = Witness::new(&p);
    for chunk in text.as_bytes().chunks(53) {
        reader.push(chunk, &mut sink);
    }
    reader.finish(&mut sink);
    let naive = |said| match said {
        Said::Event(e) => Some(Naive::Event {
            time: e.time,
            values: e.values.iter().map(|v| v.first().cloned()).collect(),
        }),
        Said::Skip(s) => Some(Naive::Skip(s.reason)),
        Said::Note(_) => None,
    };
    sink.said.into_iter().filter_map(naive).collect()
}

const WANTED: [&str; 8] = [
    "version",
    "srcaddr",
    "dstport",
    "end",
    "pkt-srcaddr",
    "tgw-id",
    "log-status",
    "traffic-path",
];

fn header() -> impl Strategy<Value = String> {
    let names: Vec<_> = FIELDS
        .iter()
        .map(|f| f.name.to_owned())
        .chain(["brand-new".to_owned()])
        .collect();
    let subset = proptest::sample::subsequence(names, 1..20).prop_shuffle();
    prop_oneof![
        Just(DEFAULT_VPC_FORMAT.to_owned()),
        subset.prop_map(|n| n.join(" "))
    ]
}

/// A line of as many tokens as the header has, sometimes one more or fewer.
fn line(columns: usize) -> impl Strategy<Value = String> {
    let token = select(vec![
        "-",
        "0",
        "6",
        "443",
        "1700000000",
        "18446744073709551615",
        "18446744073709551616",
        "-5",
        "+5",
        "1.5",
        "10.0.0.1",
        "2001:db8::1",
        "eni-1",
        "ACCEPT",
        "OK",
        "caf\u{e9}",
    ]);
    let number_heavy = prop_oneof![3 => Just("7"), 2 => token];
    let length =
        prop_oneof![8 => Just(columns), 1 => Just(columns + 1), 1 => Just(columns.max(2) - 1)];
    let end = select(vec!["\n", "\n", "\r\n", "\n\n", " \n"]);
    let blank = select(vec![" ", " ", " ", "\t", "  "]);
    (
        length,
        proptest::collection::vec(number_heavy, columns + 1),
        end,
        blank,
    )
        .prop_map(|(n, tokens, end, blank)| tokens[..n].join(blank) + end)
}

fn section() -> impl Strategy<Value = String> {
    (header(), any::<Index>()).prop_flat_map(|(header, place)| {
        let columns = header.split(' ').count();
        proptest::collection::vec(line(columns), 0..8).prop_map(move |mut lines| {
            // The header stands first, or in the middle, or nowhere.
            let at = place.index(lines.len() + 2);
            if at <= lines.len() {
                lines.insert(at, format!("{header}\n"));
            }
            lines.concat()
        })
    })
}

proptest! {
    #[test]
    fn the_reader_agrees_with_the_naive_one(sections in proptest::collection::vec(section(), 1..5)) {
        let text = sections.concat();
        prop_assert_eq!(real(&text, &WANTED), naive(&text, &WANTED));
    }

    #[test]
    fn default_lines_agree_too(
        tokens in proptest::collection::vec(select(vec!["-", "7", "eni-1", "OK", "ACCEPT", "NODATA"]), 11),
        edges in select(vec![("2", "unknown", "OK"), ("2", "123456789012", "NODATA"), ("3", "1", "OK")]),
    ) {
        let line = format!("{} {} {} {}", edges.0, edges.1, tokens.join(" "), edges.2);
        prop_assert_eq!(real(&line, &WANTED), naive(&line, &WANTED));
    }
}
