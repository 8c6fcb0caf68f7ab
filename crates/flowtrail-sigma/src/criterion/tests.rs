use super::*;

fn read(condition: &str) -> Value {
    let text = format!("correlation: {{condition: {condition}}}");
    yaml::documents(&text).next().unwrap()
}

#[test]
fn thresholds_are_read_as_they_are_written() {
    let of = |condition: &str| {
        let document = read(condition);
        thresholds(document.get("correlation")?.get("condition")?).ok()
    };
    assert_eq!(of("{gte: 3}"), Some(vec![(Op::Gte, 3.0)]));
    assert_eq!(of("{gt: -1.5, field: x}"), Some(vec![(Op::Gt, -1.5)]));
    assert_eq!(
        of("{lte: '9', gt: 2}"),
        Some(vec![(Op::Lte, 9.0), (Op::Gt, 2.0)])
    );
    for bad in [
        "{}",
        "{gte: many}",
        "{gte: .inf}",
        "{ge: 3}",
        "{gte: 3, feld: x}",
    ] {
        assert_eq!(of(bad), None, "{bad}");
    }
}

#[test]
fn only_what_the_parser_cannot_take_is_blunted() {
    let of = |condition: &str| {
        let mut document = read(condition);
        let changed = blunt(&mut document);
        (changed, document)
    };
    assert_eq!(of("{gte: 3}"), (false, read("{gte: 3}")));
    assert_eq!(of("{gte: many}"), (false, read("{gte: many}")));
    assert_eq!(of("fail and ok"), (false, read("fail and ok")));
    assert_eq!(of("{gt: 0.5, lt: 7}"), (true, read("{gt: 0, lt: 7}")));
    assert_eq!(of("{gt: -1}"), (true, read("{gt: 0}")));
}

#[test]
fn parts_that_the_parser_would_drop_are_refused() {
    let of = |parts: &str| {
        let section = yaml::documents(parts).next().unwrap();
        check_parts(&section).map_err(|r| r.reason)
    };
    for good in [
        "{rules: [a, b], group-by: ip, aliases: {host: {a: src}}, generate: true}",
        "{rules: a, group-by: [], type: event_count}",
    ] {
        assert_eq!(of(good), Ok(()), "{good}");
    }
    for (bad, part) in [
        ("{rules: [a, 5]}", "`rules`"),
        ("{group-by: [ip, 443]}", "`group-by`"),
        ("{group-by: }", "`group-by`"),
        ("{aliases: [host]}", "`aliases`"),
        ("{aliases: {host: src}}", "`aliases`"),
        ("{generate: 'yes'}", "`generate`"),
    ] {
        assert!(of(bad).unwrap_err().contains(part), "{bad}");
    }
}

#[test]
fn percentiles_go_from_0_to_100() {
    for (text, want) in [
        ("50", Some(50.0)),
        ("'99.9'", Some(99.9)),
        ("0", Some(0.0)),
        ("100", Some(100.0)),
        ("100.1", None),
        ("-1", None),
        ("high", None),
        (".nan", None),
    ] {
        let value = yaml::documents(text).next().unwrap();
        assert_eq!(percentile(&value).ok(), want, "{text}");
    }
}
