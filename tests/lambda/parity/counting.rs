//! Whether each finding was counted, and none twice.

use std::collections::BTreeMap;

use flowtrail_sigma::Level;
use serde_json::Value;

use super::{Place, Replayed, sum};
use crate::world::{Item, World};

/// What a finding of several events rests on, as somebody was told.
#[derive(Debug, Clone)]
struct Told {
    level: String,
    /// Rule and group.
    about: (String, String),
    /// Times without their `Z`, so that text is in their order.
    first: String,
    last: String,
}

impl Told {
    fn of(finding: &Value) -> Self {
        let time = |name: &str| {
            finding[name]
                .as_str()
                .unwrap()
                .trim_end_matches('Z')
                .to_owned()
        };
        let rule = finding["rule"]["id"].as_str().unwrap().to_owned();
        Self {
            level: finding["rule"]["level"].as_str().unwrap().to_owned(),
            about: (rule, finding["group"].to_string()),
            first: time("first"),
            last: time("last"),
        }
    }

    fn overlaps(&self, other: &Self) -> bool {
        self.about == other.about && self.first <= other.last && other.first <= self.last
    }

    fn holds(&self, other: &Self) -> bool {
        self.about == other.about && self.first <= other.first && other.last <= self.last
    }
}

/// Compares the numbers of findings with those that there have to be. The
/// function tells of everything that it counts.
///
/// A finding of several events may have been two before an event in between
/// came, and no metric can be taken back. So more may have been counted than
/// there are in the end, but only what did not overlap when it was counted; and
/// of each finding in the end, some part was.
pub(super) async fn check(world: &World, place: &Place, want: &Replayed) {
    let (singles, windows) = want.parts();
    let told = told(world, place).await;
    let items = world.items(&place.table).await;
    let counted = items
        .iter()
        .filter(|((_, sk), item)| sk == "finding" && item.contains_key("object"))
        .map(|((pk, _), item)| (pk.trim_start_matches("finding#"), item));
    let counted: BTreeMap<&str, &Item> = counted.collect();
    assert!(singles.iter().all(|id| counted.contains_key(id.as_str())));
    // A finding that grew before it was counted was told of under its later id.
    let of_windows = counted.iter().filter(|(name, _)| !singles.contains(**name));
    let of_windows: Vec<&Told> = of_windows
        .map(|(name, item)| {
            let id = item["counted_as"].as_s().unwrap();
            told.get(id)
                .unwrap_or_else(|| panic!("{name} was counted as {id} and not told"))
        })
        .collect();
    for (at, one) in of_windows.iter().enumerate() {
        let mut others = of_windows.iter().skip(at + 1);
        let twice = others.find(|other| other.overlaps(one));
        assert!(twice.is_none(), "counted twice: {one:?} and {twice:?}");
    }
    let finals = finals(world, place).await;
    assert_eq!(finals.len(), windows.len());
    for window in &finals {
        let parts = of_windows.iter().filter(|part| window.holds(part));
        assert!(parts.count() > 0, "never counted: {window:?}");
    }
    let mut levels: BTreeMap<String, usize> = BTreeMap::new();
    for finding in want.findings.iter().filter(|f| f.value.is_none()) {
        *levels
            .entry(finding.rule.level.name().to_owned())
            .or_default() += 1;
    }
    for window in of_windows {
        assert!(
            finals.iter().any(|f| f.holds(window)),
            "of nothing: {window:?}"
        );
        *levels.entry(window.level.clone()).or_default() += 1;
    }
    for level in Level::ALL {
        let of = [("Level", level.name())];
        let want = levels.get(level.name()).copied().unwrap_or(0);
        let got = sum(world, "Findings", &of).await;
        assert_eq!(got, want as f64, "{}", level.name());
        let uncertain = sum(world, "UncertainFindings", &of).await;
        assert_eq!(uncertain, 0.0, "nobody was cut off: {}", level.name());
    }
}

/// What somebody was told first of each finding of several events.
async fn told(world: &World, place: &Place) -> BTreeMap<String, Told> {
    let mut out = BTreeMap::new();
    for message in world.drain(&place.told).await {
        for finding in message.body["findings"].as_array().unwrap() {
            if !finding["value"].is_null() {
                let id = finding["id"].as_str().unwrap().to_owned();
                out.entry(id).or_insert_with(|| Told::of(finding));
            }
        }
    }
    out
}

/// The findings of several events in the end.
async fn finals(world: &World, place: &Place) -> Vec<Told> {
    let windows = world.documents(&place.findings, "windows/").await;
    windows.values().map(Told::of).collect()
}
