//! Percentiles of a window that slides.

/// Which of a fixed set of numbers stand in the window, in order of size: a
/// binary indexed tree over their ranks, so that coming, going and asking cost
/// the logarithm of their number.
#[derive(Debug)]
pub(super) struct Ranks {
    sorted: Vec<f64>,
    /// For each number, in the order in which it was given, its place in `sorted`.
    places: Vec<usize>,
    /// Node `i`, counted from 1, holds how many of the `i & -i` places that end
    /// at `i` are in the window.
    tree: Vec<usize>,
    inside: usize,
}

impl Ranks {
    /// The numbers that may come; none is in the window yet.
    pub(super) fn new(numbers: impl Iterator<Item = f64>) -> Self {
        let mut order: Vec<(f64, usize)> = numbers.zip(0..).collect();
        order.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut places = vec![0; order.len()];
        for (place, (_, at)) in order.iter().enumerate() {
            if let Some(slot) = places.get_mut(*at) {
                *slot = place;
            }
        }
        let tree = vec![0; order.len() + 1];
        Self {
            sorted: order.into_iter().map(|(x, _)| x).collect(),
            places,
            tree,
            inside: 0,
        }
    }

    /// Number `at` comes into the window.
    pub(super) fn add(&mut self, at: usize) {
        self.inside += 1;
        self.walk(at, |count| *count += 1);
    }

    /// Number `at` leaves it.
    pub(super) fn remove(&mut self, at: usize) {
        self.inside = self.inside.saturating_sub(1);
        self.walk(at, |count| *count = count.saturating_sub(1));
    }

    fn walk(&mut self, at: usize, change: impl Fn(&mut usize)) {
        let mut node = self.places.get(at).map_or(usize::MAX, |place| place + 1);
        while let Some(count) = self.tree.get_mut(node) {
            change(count);
            node += node & node.wrapping_neg();
        }
    }

    /// The smallest number in the window with at least `percent` of the window
    /// at or below it (nearest rank). `None` over an empty window.
    pub(super) fn percentile(&self, percent: f64) -> Option<f64> {
        if self.inside == 0 {
            return None;
        }
        self.sorted
            .get(self.place_of(nearest_rank(percent, self.inside)))
            .copied()
    }

    /// The place of the `rank`-th number in the window, counted from 1.
    fn place_of(&self, rank: usize) -> usize {
        let (mut place, mut left) = (0, rank);
        let mut step = (self.sorted.len() + 1).next_power_of_two();
        while step > 0 {
            if let Some(count) = self.tree.get(place + step).filter(|count| **count < left) {
                left -= count;
                place += step;
            }
            step /= 2;
        }
        place
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "between 0 and `count`; anything else is clamped to 1..=count"
)]
fn nearest_rank(percent: f64, count: usize) -> usize {
    // Multiplied first: 7 % of 100 is 7, but 0.07 * 100 is more than 7.
    let rank = (percent.clamp(0.0, 100.0) * count as f64 / 100.0).ceil();
    (rank as usize).clamp(1, count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_ranks() {
        for percent in 1..=100_u8 {
            assert_eq!(nearest_rank(f64::from(percent), 100), usize::from(percent));
        }
        assert_eq!(nearest_rank(0.0, 10), 1);
        assert_eq!(nearest_rank(50.0, 3), 2);
        assert_eq!(nearest_rank(99.9, 1000), 999);
        assert_eq!(nearest_rank(-5.0, 10), 1);
        assert_eq!(nearest_rank(500.0, 10), 10);
        assert_eq!(nearest_rank(f64::NAN, 10), 1);
    }

    #[test]
    fn a_percentile_follows_the_window() {
        let numbers = [5.0, 1.0, 9.0, 1.0, -3.0];
        let mut ranks = Ranks::new(numbers.into_iter());
        assert_eq!(ranks.percentile(50.0), None);
        ranks.add(0);
        assert_eq!(ranks.percentile(50.0), Some(5.0));
        for at in 1..5 {
            ranks.add(at);
        }
        assert_eq!(ranks.percentile(0.0), Some(-3.0));
        assert_eq!(ranks.percentile(50.0), Some(1.0));
        assert_eq!(ranks.percentile(61.0), Some(5.0));
        assert_eq!(ranks.percentile(100.0), Some(9.0));
        ranks.remove(2);
        ranks.remove(1);
        assert_eq!(ranks.percentile(100.0), Some(5.0));
        assert_eq!(ranks.percentile(34.0), Some(1.0));
    }
}
