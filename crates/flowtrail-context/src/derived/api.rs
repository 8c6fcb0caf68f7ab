//! `flowtrail.api`: the call, without the version that some services append.

use super::base::{Base, View};
use super::text::{TextBuf, service_labels};

/// `service:Call`. Absent unless both source and name are known.
pub(super) fn api(view: View<'_>, out: &mut TextBuf) -> Option<()> {
    let source = view.text(Base::EventSource)?;
    let name = view.text(Base::EventName)?;
    let service = service_labels(source).filter(|s| !s.is_empty());
    out.push_all(&[service.unwrap_or(source), b":", without_version(name)])
}

/// Lambda appends the date of its API (`UpdateFunctionCode20150331v2`),
/// `CloudFront` writes it with underscores (`UpdateDistribution2020_05_31`).
/// Digits that are part of a name (`ListObjectsV2`, `GetRoute53Zone`) stay.
pub(super) fn without_version(name: &[u8]) -> &[u8] {
    compact_date(name)
        .or_else(|| spaced_date(name))
        .filter(|stem| stem.last().is_some_and(u8::is_ascii_alphabetic))
        .unwrap_or(name)
}

/// The stem of `Name20150331` and `Name20150331v2`.
fn compact_date(name: &[u8]) -> Option<&[u8]> {
    let dated = without_revision(name);
    let (stem, date) = dated.split_at_checked(dated.len().checked_sub(8)?)?;
    let (year, month_day) = date.split_at_checked(4)?;
    let (month, day) = month_day.split_at_checked(2)?;
    is_date(year, month, day).then_some(stem)
}

/// The stem of `Name2020_05_31`.
fn spaced_date(name: &[u8]) -> Option<&[u8]> {
    let (stem, date) = name.split_at_checked(name.len().checked_sub(10)?)?;
    let mut parts = date.split(|b| *b == b'_');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    // Ten bytes hold no fourth part beside a date.
    is_date(year, month, day).then_some(stem)
}

/// Cuts a trailing `v` with digits.
fn without_revision(name: &[u8]) -> &[u8] {
    let digits = name.iter().rev().take_while(|b| b.is_ascii_digit()).count();
    let head = name.get(..name.len().saturating_sub(digits));
    match head.and_then(|h| h.strip_suffix(b"v")) {
        Some(stem) if digits > 0 => stem,
        Some(_) | None => name,
    }
}

/// Every version of an AWS API is dated 20xx; asking for that and for a real
/// month and day keeps serial numbers from passing as dates.
fn is_date(year: &[u8], month: &[u8], day: &[u8]) -> bool {
    year.len() == 4
        && year.starts_with(b"20")
        && number(year).is_some()
        && month.len() == 2
        && number(month).is_some_and(|m| (1..=12).contains(&m))
        && day.len() == 2
        && number(day).is_some_and(|d| (1..=31).contains(&d))
}

fn number(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0_u32, |n, b| {
        let digit = b.is_ascii_digit().then(|| u32::from(b - b'0'))?;
        n.checked_mul(10)?.checked_add(digit)
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::cloudtrail;
    use super::*;

    #[test]
    fn versions_are_cut_and_other_digits_stay() {
        for (name, expected) in [
            ("UpdateFunctionCode20150331v2", "UpdateFunctionCode"),
            ("CreateFunction20150331", "CreateFunction"),
            ("GetAccountSettings20160819", "GetAccountSettings"),
            ("Invoke20150331v10", "Invoke"),
            ("UpdateDistribution2020_05_31", "UpdateDistribution"),
            ("ListObjectsV2", "ListObjectsV2"),
            ("DescribeInstancesv2", "DescribeInstancesv2"),
            ("GetRoute53Zone", "GetRoute53Zone"),
            ("Batch20159931", "Batch20159931"),
            ("Batch20151232", "Batch20151232"),
            ("Batch120150331", "Batch120150331"),
            ("Batch19990331", "Batch19990331"),
            ("Foo20150331v", "Foo20150331v"),
            ("Update_2020_05_31", "Update_2020_05_31"),
            ("Update2020-05-31", "Update2020-05-31"),
            ("Update2020_13_31", "Update2020_13_31"),
            ("Update2020_5_311", "Update2020_5_311"),
            ("20150331", "20150331"),
            ("2020_05_31", "2020_05_31"),
            ("v2", "v2"),
            ("2", "2"),
            ("", ""),
        ] {
            assert_eq!(
                without_version(name.as_bytes()),
                expected.as_bytes(),
                "{name}"
            );
        }
    }

    #[test]
    fn the_service_is_the_event_source_without_the_domain() {
        let api = |source: &str, name: &str| {
            cloudtrail(
                "flowtrail.api",
                &[("eventSource", source), ("eventName", name)],
            )
        };
        let lambda = "lambda.amazonaws.com";
        assert_eq!(
            api(lambda, "UpdateFunctionCode20150331v2").as_deref(),
            Some("lambda:UpdateFunctionCode")
        );
        assert_eq!(
            api("signin.amazonaws.com", "ConsoleLogin").as_deref(),
            Some("signin:ConsoleLogin")
        );
        assert_eq!(
            api("s3.amazonaws.com.cn", "GetObject").as_deref(),
            Some("s3:GetObject")
        );
        assert_eq!(
            api("partner.example.com", "Ping").as_deref(),
            Some("partner.example.com:Ping")
        );
        assert_eq!(
            api(".amazonaws.com", "Ping").as_deref(),
            Some(".amazonaws.com:Ping")
        );
        assert_eq!(api(lambda, ""), None);
        assert_eq!(api("", "Invoke"), None);
    }
}
