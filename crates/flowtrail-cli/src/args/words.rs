//! What stands behind an option, read and checked.

use std::time::Duration;

use flowtrail_event::EventTime;
use flowtrail_output::Format;
use flowtrail_sigma::Level;
use flowtrail_table::{ParameterKind, ParameterValue};

pub(crate) fn level(word: &str) -> Result<Level, String> {
    Level::from_name(word).ok_or_else(|| {
        let known: Vec<&str> = Level::ALL.iter().map(|l| l.name()).collect();
        format!("levels are {}", known.join(", "))
    })
}

pub(crate) fn format(word: &str) -> Result<Format, String> {
    Format::from_name(word).ok_or_else(|| {
        let known: Vec<&str> = Format::ALL.iter().map(|f| f.name()).collect();
        format!("formats are {}", known.join(", "))
    })
}

/// A day stands for its first instant, a minute too; all in UTC.
pub(crate) fn time(word: &str) -> Result<EventTime, String> {
    let ends = ["", "Z", ":00Z", "T00:00:00Z"];
    let mut times = ends.iter().map(|end| format!("{word}{end}"));
    times
        .find_map(|t| EventTime::parse(t.as_bytes()))
        .ok_or_else(|| "write it as 2026-11-21 or 2026-11-21T10:00 (UTC)".to_owned())
}

/// A protocol by its IANA number, and the port that serves.
pub(crate) fn port(word: &str) -> Result<(u8, u16), String> {
    let wrong = || "write it as tcp/5432, udp/53, icmp or protocol/47".to_owned();
    if word == "icmp" {
        return Ok((1, 0));
    }
    let (protocol, number) = word.split_once('/').ok_or_else(wrong)?;
    let port = || number.parse().map_err(|_| wrong());
    match protocol {
        "tcp" => Ok((6, port()?)),
        "udp" => Ok((17, port()?)),
        "protocol" => Ok((number.parse().map_err(|_| wrong())?, 0)),
        _ => Err(wrong()),
    }
}

/// A span of time.
pub(crate) fn duration(word: &str) -> Result<Duration, String> {
    let ParameterValue::Duration(secs) = ParameterKind::Duration.read(word)? else {
        return Err("this is no span of time".to_owned());
    };
    Ok(Duration::from_secs(secs.into()))
}

pub(crate) fn size(word: &str) -> Result<u64, String> {
    let upper = word.to_ascii_uppercase();
    let digits = upper.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match upper.get(digits.len()..).unwrap_or("") {
        "" | "B" => 1,
        "K" | "KB" => 1_000,
        "M" | "MB" => 1_000_000,
        "G" | "GB" => 1_000_000_000,
        _ => return Err("units are KB, MB, GB".to_owned()),
    };
    let number: u64 = digits
        .parse()
        .map_err(|_| "write it as 500KB, 20MB or 3GB".to_owned())?;
    number
        .checked_mul(unit)
        .ok_or_else(|| "that is too much".to_owned())
}

pub(crate) fn attack(word: &str) -> Result<flowtrail_simulate::Attack, String> {
    flowtrail_simulate::Attack::from_name(word)
        .ok_or_else(|| "`flowtrail simulate --list-attacks` lists them".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read() {
        assert_eq!(size("20MB"), Ok(20_000_000));
        assert_eq!(size("3g"), Ok(3_000_000_000));
        assert!(size("MB").is_err() && size("3XB").is_err());
        assert_eq!(time("1970-01-02"), Ok(EventTime(86_400_000)));
        for word in [
            "1970-01-02T00:00",
            "1970-01-02T00:00:00",
            "1970-01-02T00:00:00Z",
        ] {
            assert_eq!(time(word), Ok(EventTime(86_400_000)), "{word}");
        }
        assert!(time("yesterday").is_err() && time("1970-01-02T").is_err());
        assert_eq!(duration("7d"), Ok(Duration::from_secs(604_800)));
        assert!(duration("7").is_err() && duration("soon").is_err());
        assert_eq!(port("tcp/5432"), Ok((6, 5432)));
        assert_eq!(port("protocol/47"), Ok((47, 0)));
        for word in ["5432", "tcp", "tcp/", "tcp/65536", "sctp/1", "protocol/256"] {
            assert!(port(word).is_err(), "{word}");
        }
        assert_eq!(level("high"), Ok(Level::High));
        assert!(format("xml").is_err());
    }
}
