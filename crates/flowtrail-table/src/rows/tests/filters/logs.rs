//! Logs with few values, so that filters meet them, and with all kinds of them.

/// Numbers that look random and are the same every time.
struct Dice(u64);

impl Dice {
    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        from[usize::try_from(self.0 >> 33).unwrap() % from.len()]
    }
}

const NAMES: [&str; 9] = [
    r#""ListUsers""#,
    r#""AssumeRole""#,
    r#""assumerole""#,
    r#""""#,
    "null",
    "7",
    r#""a_b%c\\d""#,
    r#""é\u212a""#,
    r#"["x"]"#,
];
const TIMES: [&str; 6] = [
    r#""2026-03-01T00:00:00Z""#,
    r#""2026-03-01T23:59:59.999Z""#,
    r#""2026-03-02T00:00:00Z""#,
    r#""1969-12-31T23:59:59.5Z""#,
    r#""yesterday""#,
    "null",
];

pub(super) fn trail() -> String {
    let mut dice = Dice(1);
    let record = |dice: &mut Dice| {
        format!(
            r#"{{"eventVersion":"1.11","eventTime":{},"eventName":{},"errorCode":{},"readOnly":{},"recipientAccountId":{},"awsRegion":{},"requestParameters":{},"resources":{},"userIdentity":{}}}"#,
            dice.pick(&TIMES),
            dice.pick(&NAMES),
            dice.pick(&["null", r#""AccessDenied""#, r#""Client.UnauthorizedOperation""#, r#"{"a":1}"#]),
            dice.pick(&["true", "false", "null"]),
            dice.pick(&["null", r#""123456789012""#, r#""111111111111""#]),
            dice.pick(&["null", r#""us-east-1""#, r#""eu-west-1""#]),
            dice.pick(&["null", "{}", r#"{"userName":"ListUsers"}"#, r#""ListUsers""#, "[]"]),
            dice.pick(&["null", "[]", r#"[{"ARN":"ListUsers"}]"#, "{}"]),
            dice.pick(&[
                "null", "{}", r#""x""#, r#"{"type":"Root","arn":"arn:aws:iam::123456789012:root","accountId":"123456789012"}"#,
                r#"{"type":"AssumedRole","arn":"ListUsers","accountId":"111111111111","sessionContext":{"sessionIssuer":{"arn":"AssumeRole"}}}"#,
                r#"{"arn":"AssumeRole","accountId":"111111111111","sessionContext":{}}"#,
            ]),
        )
    };
    let records: Vec<_> = (0..120).map(|_| record(&mut dice)).collect();
    records.join("\n")
}

pub(super) fn flows() -> String {
    let mut dice = Dice(2);
    let mut text = "version account-id srcaddr dstaddr srcport dstport protocol packets bytes start end action region\n".to_owned();
    for _ in 0..120 {
        let line = [
            "2",
            dice.pick(&["123456789012", "unknown", "-"]),
            dice.pick(&["10.0.0.1", "10.0.0.2", "-"]),
            dice.pick(&["10.0.0.1", "10.0.0.9", "-"]),
            dice.pick(&["22", "443", "50000", "-", "99999999999"]),
            dice.pick(&["22", "443", "0022", "-"]),
            dice.pick(&["6", "17", "1", "-"]),
            dice.pick(&["1", "10", "-"]),
            dice.pick(&[
                "0",
                "40",
                "18446744073709551615",
                "9223372036854775807",
                "-",
            ]),
            dice.pick(&["1772323200", "0", "-"]),
            dice.pick(&["1772323200", "1772409599", "-", "0"]),
            dice.pick(&["ACCEPT", "REJECT", "-"]),
            dice.pick(&["us-east-1", "eu-west-1", "-"]),
        ];
        text.push_str(&line.join(" "));
        text.push('\n');
    }
    text
}
