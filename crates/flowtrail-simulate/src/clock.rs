//! Slots of five minutes: the rhythm in which AWS delivers.

use crate::random::Random;
use flowtrail_event::EventTime;

/// Seconds in a slot.
pub(crate) const SLOT_SECS: i64 = 300;

/// Slots in a day.
pub(crate) const SLOTS_PER_DAY: u64 = 288;

/// How busy each hour of a day is (UTC), in thousandths of the mean: machines
/// follow their customers, who sleep. The sum is 24,000.
const HOURS: [u64; 24] = [
    700, 640, 760, 580, 580, 640, 780, 960, 1140, 1260, 1320, 1340, 1280, 1300, 1340, 1320, 1260,
    1180, 1120, 1080, 1020, 920, 780, 700,
];

/// The first slot of a plan that starts at `start`.
pub(crate) fn first_slot(start: EventTime) -> i64 {
    start.secs().div_euclid(SLOT_SECS)
}

/// How many of `per_day` things with a share of `weight` in `weights` happen in
/// a slot. Where that is few, most slots stay empty and some get about
/// `clump`: activity of small accounts comes in clumps too, and AWS writes no
/// empty objects.
pub(crate) fn count(
    per_day: u64,
    (weight, weights): (u64, u64),
    slot: i64,
    clump: u64,
    random: &mut Random,
) -> u64 {
    let hour = slot.rem_euclid(288).div_euclid(12);
    let curve = usize::try_from(hour)
        .ok()
        .and_then(|h| HOURS.get(h))
        .copied()
        .unwrap_or(1000);
    let milli = u128::from(per_day) * u128::from(weight) * u128::from(curve)
        / u128::from(SLOTS_PER_DAY * weights.max(1));
    let milli = u64::try_from(milli).unwrap_or(u64::MAX);
    // Between three and five quarters of the mean, the mean itself kept.
    let quarters = random.between(750, 1250);
    if milli >= clump * 1000 {
        return random.round(milli / 1000 * quarters);
    }
    if random.below(clump * 1000) < milli {
        random.round(clump * quarters)
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_of_the_hours_is_one() {
        assert_eq!(HOURS.iter().sum::<u64>(), 24_000);
    }

    #[test]
    fn a_day_has_as_many_as_it_should() {
        for per_day in [100, 5_000, 2_000_000] {
            let mut random = Random::keyed(&[per_day]);
            let days = 40_000_000 / per_day.max(200_000);
            let sum: u64 = (0..days * 288)
                .map(|s| count(per_day, (1, 4), i64::try_from(s).unwrap(), 16, &mut random))
                .sum();
            let want = per_day * days / 4;
            let off = sum.abs_diff(want) * 100 / want;
            assert!(off <= 8, "{per_day}: {sum} instead of {want}");
        }
    }

    #[test]
    fn quiet_places_are_silent_most_of_the_time() {
        let mut random = Random::keyed(&[5]);
        let counts: Vec<u64> = (0..288)
            .map(|s| count(300, (1, 1), s, 16, &mut random))
            .collect();
        assert!(counts.iter().filter(|n| **n == 0).count() > 250);
        assert!(counts.iter().all(|n| *n == 0 || *n >= 10));
    }
}
