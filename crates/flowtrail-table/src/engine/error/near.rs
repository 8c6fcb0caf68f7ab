//! The names that were perhaps meant.

use strsim::osa_distance;

/// Names that a hint lists at most.
pub(super) const NAMES_LISTED_MAX: usize = 3;

/// Names of columns in older tables of AWS's documentation, and of the columns
/// that tables in Athena are partitioned by, with ours.
pub(super) const OTHER_NAMES: &[(&str, &str)] = &[
    ("sourceaddress", "srcaddr"),
    ("destinationaddress", "dstaddr"),
    ("sourceport", "srcport"),
    ("destinationport", "dstport"),
    ("numpackets", "packets"),
    ("numbytes", "bytes"),
    ("starttime", "start"),
    ("endtime", "end"),
    ("date", "day"),
    ("dt", "day"),
    ("date_partition", "day"),
    ("event_date", "day"),
    ("timestamp", "day"),
    ("year", "day"),
    ("month", "day"),
    ("region_partition", "region"),
    ("account_partition", "account"),
];

/// The names nearest to one that is not there, if any is near: other case or
/// other separators, the beginning or the end of it, or a slip in each four
/// characters, of which two that changed places are one.
pub(super) fn nearest(names: &[String], wrong: &str) -> Vec<String> {
    let plain = |name: &str| {
        let letters = name.chars().filter(|c| !matches!(c, '_' | '-' | ' '));
        letters.collect::<String>().to_lowercase()
    };
    let target = plain(wrong);
    // Of a letter or two, every other name is a slip away.
    let slips_max = match target.chars().count() {
        0..3 => 0,
        letters => (letters / 4).clamp(1, 4),
    };
    let mut near: Vec<_> = names
        .iter()
        .filter_map(|name| {
            let candidate = plain(name);
            let slips = osa_distance(&candidate, &target);
            let part = target.len() >= 4
                && (candidate.starts_with(&target) || candidate.ends_with(&target));
            match slips {
                slips if slips <= slips_max => Some((slips, name)),
                _ if part => Some((slips_max + 1, name)),
                _ => None,
            }
        })
        .collect();
    near.sort();
    let best = near.first().map_or(0, |(slips, _)| *slips);
    near.retain(|(slips, _)| *slips <= best + 1);
    near.truncate(NAMES_LISTED_MAX);
    near.into_iter().map(|(_, name)| name.clone()).collect()
}

/// The question of a hint; none without names.
pub(super) fn did_you_mean(names: &[String]) -> Option<String> {
    match names {
        [] => None,
        [first @ .., last] if !first.is_empty() => {
            Some(format!("did you mean {} or `{last}`?", quoted(first)))
        }
        [only, ..] => Some(format!("did you mean `{only}`?")),
    }
}

/// Names as text has them.
pub(super) fn quoted(names: &[String]) -> String {
    let names: Vec<_> = names.iter().map(|n| format!("`{n}`")).collect();
    names.join(", ")
}
