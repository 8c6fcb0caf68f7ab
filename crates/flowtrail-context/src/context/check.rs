//! What is wrong between entries that are right each by itself.

use std::collections::BTreeMap;

use ipnet::IpNet;

use super::matrix::Building;
use super::model::{AccountIx, Declared, Network, VpcIx};
use super::problem::{Problems, Spot};
use super::read::Spots;

/// Entries for one prefix. Each of them is looked at for each address in it, so
/// they are few; what is the same in thousands of VPCs needs no VPC.
const SAME_PREFIX_MAX: usize = 1000;

/// Checks the parts against each other.
pub(super) fn whole(problems: &mut Problems<'_>, declared: &Declared, spots: &Spots) {
    networks(problems, declared, spots);
    trusted(problems, declared, spots);
    matrix(problems, declared, spots);
}

/// The part of the organisation that an entry is about.
type Part = (Option<VpcIx>, Option<AccountIx>);

/// Two entries of one prefix and one scope may not hold at one time.
fn networks(problems: &mut Problems<'_>, declared: &Declared, spots: &Spots) {
    let mut same: BTreeMap<IpNet, Vec<usize>> = BTreeMap::new();
    for (ix, network) in declared.networks.iter().enumerate() {
        for cidr in &network.cidrs {
            same.entry(*cidr).or_default().push(ix);
        }
    }
    for (cidr, entries) in same {
        if let Some(beyond) = entries.get(SAME_PREFIX_MAX) {
            let reason = format!("more than {SAME_PREFIX_MAX} entries are about `{cidr}`");
            problems
                .error(spots.network(*beyond), reason)
                .hint(|| Some("leave out `vpc` and `account` where all say the same".to_owned()));
            continue;
        }
        let mut by_part: BTreeMap<Part, Vec<usize>> = BTreeMap::new();
        for ix in entries {
            if let Some(network) = declared.networks.get(ix) {
                by_part.entry(part(network)).or_default().push(ix);
            }
        }
        for entries in by_part.values() {
            one_scope(problems, declared, spots, (cidr, entries));
        }
    }
}

/// A VPC decides whatever account stands beside it.
fn part(network: &Network) -> Part {
    match network.vpc {
        Some(vpc) => (Some(vpc), None),
        None => (None, network.account),
    }
}

fn one_scope(
    problems: &mut Problems<'_>,
    declared: &Declared,
    spots: &Spots,
    (cidr, entries): (IpNet, &[usize]),
) {
    let mut earlier: Vec<(usize, &Network)> = Vec::new();
    for ix in entries {
        let Some(network) = declared.networks.get(*ix) else {
            continue;
        };
        let clash = earlier
            .iter()
            .find(|(_, e)| e.valid.overlaps(network.valid));
        if let Some((other, before)) = clash {
            let line = spots.network(*other).line;
            let at = spots.network(*ix);
            let same =
                before.environment == network.environment && before.segment == network.segment;
            if same {
                problems.warn(at, format!("`{cidr}` stands in line {line} already"));
            } else {
                let reason = format!("`{cidr}` is said to be something else in line {line}");
                problems.error(at, reason).hint(|| {
                    Some("say it once, or tell the two apart by `vpc`, `account`, `from` and `until`".to_owned())
                });
            }
        }
        earlier.push((*ix, network));
    }
}

/// A trusted CIDR belongs to one name, and is not called a network too.
fn trusted(problems: &mut Problems<'_>, declared: &Declared, spots: &Spots) {
    let mut seen: BTreeMap<IpNet, usize> = BTreeMap::new();
    for (ix, trusted) in declared.trusted.iter().enumerate() {
        for cidr in &trusted.cidrs {
            match seen
                .get(cidr)
                .and_then(|first| declared.trusted.get(*first))
            {
                None => {
                    seen.insert(*cidr, ix);
                }
                Some(first) => {
                    let reason = format!("`{cidr}` belongs to `{}` already", first.name);
                    problems.warn(spots.trusted(ix), reason);
                }
            }
        }
    }
}

/// An entry that earlier ones cover never decides anything.
fn matrix(problems: &mut Problems<'_>, declared: &Declared, spots: &Spots) {
    let mut building = Building::default();
    for (ix, entry) in (0_u32..).zip(&declared.matrix) {
        let Some(shadowed) = building.add(ix, entry) else {
            continue;
        };
        let at: Spot = spots.entry(ix as usize);
        let line = spots.entry(shadowed.by as usize).line;
        if shadowed.contradicts {
            let reason = format!("the entry of line {line} comes first and says the opposite");
            problems.error(at, reason).hint(|| {
                Some("the first entry that fits decides; put the narrower one first".to_owned())
            });
        } else {
            let reason = format!("the entry of line {line} says this already");
            problems
                .warn(at, reason)
                .hint(|| Some("take one of them out".to_owned()));
        }
    }
}
