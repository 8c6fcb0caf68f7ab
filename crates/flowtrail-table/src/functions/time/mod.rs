//! Functions about points in time. Everything is in UTC and counts in
//! milliseconds; weeks begin on Monday.

mod pattern;
mod preimage;
mod units;

use chrono::{DateTime, Datelike as _, NaiveDateTime, Timelike as _};
use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;

use super::Knowledge;
use super::entry::{Entry, Group, Returns, argument};
use super::inputs::{Inputs, Memo};
use super::kind::Kind;

use pattern::{Pattern, Syntax};
pub(super) use preimage::preimage;
use units::Unit;

const MILLIS: i64 = 1000;
const DAY_MILLIS: i64 = 86_400_000;

const MOMENT: &str = "a timestamp, a date or text in ISO 8601";
const UNIT: &str =
    "`millisecond`, `second`, `minute`, `hour`, `day`, `week`, `month`, `quarter` or `year`";
const MYSQL: &str = "a pattern as MySQL has it: `%Y-%m-%d %H:%i:%s`";
const JODA: &str = "a pattern as Joda has it: `yyyy-MM-dd'T'HH:mm:ss'Z'`";

/// The functions of this module, but for the parts of a date.
#[rustfmt::skip] // One function, one block: it is read as a table.
pub(super) static ENTRIES: &[Entry] = &[
    Entry {
        name: "from_iso8601_timestamp", aliases: &["from_iso8601_timestamp_nanos"], group: Group::Time,
        arguments: &[argument("text", Kind::Moment, "text in ISO 8601, such as `eventtime`")],
        returns: Returns::Moment, needs: None, run: moment,
        doc: "The point in time that text in ISO 8601 names; without a zone it is in UTC. Null for what is no such text. The column `time` is this already.",
        example: ("from_iso8601_timestamp('2026-11-21T19:20:00Z')", "2026-11-21T19:20:00Z"),
    },
    Entry {
        name: "from_iso8601_date", aliases: &["date"], group: Group::Time,
        arguments: &[argument("text", Kind::Moment, MOMENT)],
        returns: Returns::Date, needs: None,
        run: |inputs, _| {
            let time = inputs.moment(0);
            inputs.dates(|row| Ok(time.get(row).and_then(day)))
        },
        doc: "The day, in UTC. Null for text that names none.",
        example: ("date('2026-11-21T19:20:00Z')", "2026-11-21"),
    },
    Entry {
        name: "to_iso8601", aliases: &[], group: Group::Time,
        arguments: &[argument("time", Kind::Moment, MOMENT)],
        returns: Returns::Text, needs: None,
        run: |inputs, _| {
            let time = inputs.moment(0);
            let pattern = Pattern::parse("%Y-%m-%dT%H:%M:%S.%3fZ", Syntax::Strftime)?;
            inputs.texts(|row, out| Ok(time.get(row).and_then(civil).is_some_and(|t| pattern.write(&t, out))))
        },
        doc: "A point in time as text in ISO 8601.",
        example: ("to_iso8601(from_unixtime(1700000000))", "2023-11-14T22:13:20.000Z"),
    },
    Entry {
        name: "from_unixtime", aliases: &[], group: Group::Time,
        arguments: &[argument("seconds", Kind::Number, "seconds since 1970, such as `start`")],
        returns: Returns::Moment, needs: None, run: from_unixtime,
        doc: "The point in time so many seconds after the beginning of 1970.",
        example: ("from_unixtime(1700000000)", "2023-11-14T22:13:20Z"),
    },
    Entry {
        name: "to_unixtime", aliases: &[], group: Group::Time,
        arguments: &[argument("time", Kind::Moment, MOMENT)],
        returns: Returns::Number, needs: None, run: to_unixtime,
        doc: "Seconds since the beginning of 1970, with their fraction.",
        example: ("to_unixtime('2023-11-14T22:13:20.5Z')", "1700000000.5"),
    },
    Entry {
        name: "date_diff", aliases: &[], group: Group::Time,
        arguments: &[
            argument("unit", Kind::Text, UNIT),
            argument("from", Kind::Moment, MOMENT),
            argument("to", Kind::Moment, MOMENT),
        ],
        returns: Returns::Integer, needs: None, run: date_diff,
        doc: "How many whole units lie between two points in time; negative if the second is the earlier one.",
        example: ("date_diff('minute', '2026-11-21T19:20:00Z', '2026-11-21T20:50:30Z')", "90"),
    },
    Entry {
        name: "date_add", aliases: &[], group: Group::Time,
        arguments: &[
            argument("unit", Kind::Text, UNIT),
            argument("count", Kind::Integer, "how many; negative for the past"),
            argument("time", Kind::Moment, MOMENT),
        ],
        returns: Returns::LikeThird, needs: None, run: date_add,
        doc: "The point in time so many units later. A month after the 31st is the last day of a shorter month. A date stays a date.",
        example: ("date_add('month', -1, DATE '2026-03-31')", "2026-02-28"),
    },
    Entry {
        name: "date_format", aliases: &[], group: Group::Time,
        arguments: &[argument("time", Kind::Moment, MOMENT), argument("pattern", Kind::Text, MYSQL)],
        returns: Returns::Text, needs: None, run: |inputs, _| format(inputs, Syntax::MySql),
        doc: "A point in time as text. The pattern is MySQL's, as in Athena; `to_char` takes the one of strftime.",
        example: ("date_format('2026-11-21T19:20:05Z', '%d.%m.%Y %H:%i')", "21.11.2026 19:20"),
    },
    Entry {
        name: "date_parse", aliases: &[], group: Group::Time,
        arguments: &[argument("text", Kind::Text, "text"), argument("pattern", Kind::Text, MYSQL)],
        returns: Returns::Moment, needs: None, run: |inputs, _| parse(inputs, Syntax::MySql),
        doc: "The point in time that text names in a pattern of MySQL. Null for text that is not written so.",
        example: ("date_parse('2026-11-21 19:20', '%Y-%m-%d %H:%i')", "2026-11-21T19:20:00Z"),
    },
    Entry {
        name: "format_datetime", aliases: &[], group: Group::Time,
        arguments: &[argument("time", Kind::Moment, MOMENT), argument("pattern", Kind::Text, JODA)],
        returns: Returns::Text, needs: None, run: |inputs, _| format(inputs, Syntax::Joda),
        doc: "A point in time as text in a pattern of Joda.",
        example: ("format_datetime('2026-11-21T19:20:05Z', 'EEE, d MMM yyyy HH:mm')", "Sat, 21 Nov 2026 19:20"),
    },
    Entry {
        name: "parse_datetime", aliases: &[], group: Group::Time,
        arguments: &[argument("text", Kind::Text, "text, such as `eventtime`"), argument("pattern", Kind::Text, JODA)],
        returns: Returns::Moment, needs: None, run: |inputs, _| parse(inputs, Syntax::Joda),
        doc: "The point in time that text names in a pattern of Joda. Null for text that is not written so.",
        example: ("parse_datetime('2026-11-21T19:20:00Z', 'yyyy-MM-dd''T''HH:mm:ss''Z''')", "2026-11-21T19:20:00Z"),
    },
];

/// One function that takes a part out of a point in time.
macro_rules! part {
    ($name:literal, $aliases:expr, $doc:literal, $answer:literal, $of:expr) => {
        Entry {
            name: $name,
            aliases: $aliases,
            group: Group::Time,
            arguments: &[argument("time", Kind::Moment, MOMENT)],
            returns: Returns::Integer,
            needs: None,
            run: |inputs, _| {
                let time = inputs.moment(0);
                inputs.integers(|row| Ok(time.get(row).and_then(civil).map($of)))
            },
            doc: $doc,
            example: (concat!($name, "('2026-11-21T19:20:05.250Z')"), $answer),
        }
    };
}

/// The functions that take parts out of a point in time.
pub(super) static PARTS: &[Entry] = &[
    part!("year", &[], "The year.", "2026", |t| i64::from(t.year())),
    part!(
        "quarter",
        &[],
        "The quarter of the year, 1 to 4.",
        "4",
        |t| { i64::from(t.month0() / 3 + 1) }
    ),
    part!("month", &[], "The month, 1 to 12.", "11", |t| i64::from(
        t.month()
    )),
    part!(
        "week",
        &["week_of_year"],
        "The week of ISO 8601, 1 to 53.",
        "47",
        |t| { i64::from(t.iso_week().week()) }
    ),
    part!(
        "day",
        &["day_of_month"],
        "The day of the month, 1 to 31.",
        "21",
        |t| { i64::from(t.day()) }
    ),
    part!(
        "day_of_week",
        &["dow"],
        "The day of the week: 1 is Monday, 7 is Sunday.",
        "6",
        |t| i64::from(t.weekday().number_from_monday())
    ),
    part!(
        "day_of_year",
        &["doy"],
        "The day of the year, 1 to 366.",
        "325",
        |t| { i64::from(t.ordinal()) }
    ),
    part!("hour", &[], "The hour of the day, 0 to 23.", "19", |t| {
        i64::from(t.hour())
    }),
    part!("minute", &[], "The minute of the hour.", "20", |t| {
        i64::from(t.minute())
    }),
    part!("second", &[], "The second of the minute.", "5", |t| {
        i64::from(t.second())
    }),
    part!(
        "millisecond",
        &[],
        "The millisecond of the second.",
        "250",
        |t| { i64::from(t.and_utc().timestamp_subsec_millis()) }
    ),
];

/// The parts of a point in time; `None` beyond the year 262,000.
fn civil(millis: i64) -> Option<NaiveDateTime> {
    DateTime::from_timestamp_millis(millis).map(|time| time.naive_utc())
}

fn millis(time: NaiveDateTime) -> i64 {
    time.and_utc().timestamp_millis()
}

/// The day of a point in time, in days since 1970.
fn day(millis: i64) -> Option<i32> {
    i32::try_from(millis.div_euclid(DAY_MILLIS)).ok()
}

/// The argument was made a point in time already.
fn moment(inputs: &Inputs<'_>, _: &Knowledge) -> Result<ArrayRef> {
    let time = inputs.moment(0);
    inputs.moments(|row| Ok(time.get(row)))
}

fn from_unixtime(inputs: &Inputs<'_>, _: &Knowledge) -> Result<ArrayRef> {
    let seconds = inputs.number(0);
    let is_near = |millis: &f64| millis.abs() < 9e15;
    inputs.moments(|row| {
        let millis = seconds
            .get(row)
            .map(|s| (s * 1000.0).round())
            .filter(is_near);
        #[expect(
            clippy::cast_possible_truncation,
            reason = "it is a whole number below 2^53"
        )]
        let millis = millis.map(|millis| millis as i64);
        Ok(millis)
    })
}

fn to_unixtime(inputs: &Inputs<'_>, _: &Knowledge) -> Result<ArrayRef> {
    let time = inputs.moment(0);
    inputs.numbers(|row| {
        let Some(millis) = time.get(row) else {
            return Ok(None);
        };
        #[expect(
            clippy::cast_precision_loss,
            reason = "milliseconds beyond 2^53 lie 285,000 years away"
        )]
        let seconds = millis as f64 / 1000.0;
        Ok(Some(seconds))
    })
}

fn date_diff(inputs: &Inputs<'_>, _: &Knowledge) -> Result<ArrayRef> {
    let (unit, from, to) = (inputs.text(0), inputs.moment(1), inputs.moment(2));
    let mut units = Memo::new();
    inputs.integers(|row| {
        let (Some(unit), Some(from), Some(to)) = (unit.get(row), from.get(row), to.get(row)) else {
            return Ok(None);
        };
        Ok(units.get(unit, Unit::parse)?.between(from, to))
    })
}

fn date_add(inputs: &Inputs<'_>, _: &Knowledge) -> Result<ArrayRef> {
    let (unit, count, time) = (inputs.text(0), inputs.integer(1), inputs.moment(2));
    let mut units = Memo::new();
    let times = inputs.moments(|row| {
        let (Some(unit), Some(count), Some(time)) = (unit.get(row), count.get(row), time.get(row))
        else {
            return Ok(None);
        };
        Ok(units.get(unit, Unit::parse)?.after(time, count))
    })?;
    if !inputs.was_date(2) {
        return Ok(times);
    }
    for row in 0..inputs.rows {
        if let Some(unit) = unit.get(row) {
            units.get(unit, Unit::parse)?.check_for_date()?;
        }
    }
    Ok(cast(&times, &DataType::Date32)?)
}

fn format(inputs: &Inputs<'_>, syntax: Syntax) -> Result<ArrayRef> {
    let (time, pattern) = (inputs.moment(0), inputs.text(1));
    let mut patterns = Memo::new();
    inputs.texts(|row, out| {
        let (Some(time), Some(pattern)) = (time.get(row), pattern.get(row)) else {
            return Ok(false);
        };
        let pattern = patterns.get(pattern, |text| Pattern::parse(text, syntax))?;
        Ok(civil(time).is_some_and(|time| pattern.write(&time, out)))
    })
}

fn parse(inputs: &Inputs<'_>, syntax: Syntax) -> Result<ArrayRef> {
    let (text, pattern) = (inputs.text(0), inputs.text(1));
    let mut patterns = Memo::new();
    inputs.moments(|row| {
        let (Some(text), Some(pattern)) = (text.get(row), pattern.get(row)) else {
            return Ok(None);
        };
        let pattern = patterns.get(pattern, |text| Pattern::parse(text, syntax))?;
        Ok(pattern.read(text))
    })
}
