//! From the tree to what it declares. Everything wrong is reported, not only
//! the first.

mod fields;
mod lookup;
mod matrix;
mod networks;
mod owners;
mod people;
mod values;

use super::model::Declared;
use super::names::Names;
use super::node::{Node, Value};
use super::problem::{Problems, Spot};
use fields::Fields;

/// Entries of each part but for networks and the matrix; there is one for each
/// account, team or contract, so that thousands are many.
const ENTRIES_MAX: usize = 20_000;

/// The parts of a file, in the order in which they are written.
const SECTIONS: [&str; 12] = [
    "version",
    "environments",
    "segments",
    "accounts",
    "partners",
    "networks",
    "vpcs",
    "trusted",
    "matrix",
    "callers",
    "regions",
    "key_rotation_days",
];

/// The last part, which is the longest name.
const SUPPRESSIONS: &str = "suppressions";

/// Where entries stand, for problems between two of them.
#[derive(Debug, Default)]
pub(super) struct Spots {
    networks: Vec<Spot>,
    trusted: Vec<Spot>,
    matrix: Vec<Spot>,
}

impl Spots {
    pub(super) fn network(&self, ix: usize) -> Spot {
        self.networks.get(ix).copied().unwrap_or_default()
    }

    pub(super) fn trusted(&self, ix: usize) -> Spot {
        self.trusted.get(ix).copied().unwrap_or_default()
    }

    pub(super) fn entry(&self, ix: usize) -> Spot {
        self.matrix.get(ix).copied().unwrap_or_default()
    }
}

/// The file while it is read.
pub(super) struct Reading<'p, 'f> {
    pub(super) problems: &'p mut Problems<'f>,
    pub(super) declared: Declared,
    pub(super) names: Names,
    pub(super) spots: Spots,
}

impl<'p, 'f> Reading<'p, 'f> {
    /// Reads the whole file.
    pub(super) fn of(root: &Node<'_>, problems: &'p mut Problems<'f>) -> Self {
        let mut reading = Self {
            problems,
            declared: Declared::default(),
            names: Names::default(),
            spots: Spots::default(),
        };
        let keys: Vec<&str> = SECTIONS.into_iter().chain([SUPPRESSIONS]).collect();
        let file = Fields::sections(root, "the file", &keys, reading.problems);
        if let Some(file) = file {
            reading.version(file);
            reading.owners(file);
            reading.vpcs(file);
            reading.trusted(file);
            reading.networks(file);
            reading.matrix(file);
            reading.people(file);
            reading.numbers(file);
        }
        reading
    }

    fn version(&mut self, file: Fields<'_, '_>) {
        let hint = "begin the file with `version: 1`";
        let Some(version) = file.need("version", hint, self.problems) else {
            if let Some(null) = file.written("version") {
                self.problems.error(null, "`version` has no value");
            }
            return;
        };
        if fields::text_of(version) != Some("1") {
            let reason = format!("version `{}` is not known", fields::shown(version));
            let hint = || Some("write `version: 1`".to_owned());
            self.problems.error(version, reason).hint(hint);
        }
    }

    /// The regions and the days of key rotation.
    fn numbers(&mut self, file: Fields<'_, '_>) {
        if let Some(node) = file.get("regions") {
            let mut regions: Vec<String> = Vec::new();
            for item in self.entries(node, "`regions`", ENTRIES_MAX) {
                let Some(region) = values::region(item, self.problems) else {
                    continue;
                };
                if regions.iter().any(|r| r == region) {
                    self.problems
                        .warn(item, format!("region `{region}` stands twice"));
                } else {
                    regions.push(region.to_owned());
                }
            }
            if matches!(&node.value, Value::List(items) if items.is_empty()) {
                self.problems
                    .error(node, "`regions` is empty")
                    .hint(|| Some("leave it out if anything may happen anywhere".to_owned()));
            }
            self.declared.regions = Some(regions);
        }
        if let Some(node) = file.get("key_rotation_days") {
            self.declared.key_rotation_days = values::number(node, (1, 3650), self.problems);
        }
    }

    /// The items of a list of at most `max`.
    fn entries<'n, 't>(&mut self, node: &'n Node<'t>, what: &str, max: usize) -> &'n [Node<'t>] {
        let items = fields::items(node, what, self.problems);
        match items.get(max) {
            None => items,
            Some(beyond) => {
                let reason = format!("{what} has {} entries, more than {max}", items.len());
                self.problems.error(beyond, reason);
                items.get(..max).unwrap_or_default()
            }
        }
    }
}
