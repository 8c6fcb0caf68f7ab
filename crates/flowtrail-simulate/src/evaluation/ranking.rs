//! How well a score tells two sorts of things apart.

/// Scores of things that ought to rank high and of things that ought to rank
/// low.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Ranking {
    scores: Vec<(f64, bool)>,
}

impl Ranking {
    /// Adds one thing; a score that is no number ranks lowest.
    pub fn add(&mut self, score: f64, wanted: bool) {
        let score = if score.is_nan() {
            f64::NEG_INFINITY
        } else {
            score
        };
        self.scores.push((score, wanted));
    }

    /// Adds all of another one.
    pub fn merge(&mut self, other: Self) {
        self.scores.extend(other.scores);
    }

    /// How many there are that ought to rank high, or low.
    #[must_use]
    pub fn count(&self, wanted: bool) -> usize {
        self.scores.iter().filter(|(_, w)| *w == wanted).count()
    }

    /// The area under the curve of true against false positives: how likely one
    /// that ought to rank high does rank above one that ought not to, of two
    /// drawn at random. Equal scores count as a half. None without either sort.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        reason = "products of two counts of pairs are far below 2^53"
    )]
    pub fn area(&self) -> Option<f64> {
        let mut sorted = self.scores.clone();
        sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (mut below, mut half_wins) = (0_usize, 0_usize);
        for tied in sorted.chunk_by(|a, b| a.0 == b.0) {
            let high = tied.iter().filter(|(_, wanted)| *wanted).count();
            let low = tied.len() - high;
            half_wins += high * (2 * below + low);
            below += low;
        }
        let pairs = self.count(true) * below;
        (pairs > 0).then(|| half_wins as f64 / (2 * pairs) as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(high: &[f64], low: &[f64]) -> Option<f64> {
        let mut ranking = Ranking::default();
        high.iter().for_each(|s| ranking.add(*s, true));
        low.iter().for_each(|s| ranking.add(*s, false));
        ranking.area()
    }

    /// Pair by pair.
    fn slowly(high: &[f64], low: &[f64]) -> f64 {
        let pairs = high.iter().flat_map(|h| low.iter().map(move |l| (h, l)));
        let won: f64 = pairs
            .map(|(h, l)| match h.partial_cmp(l) {
                Some(std::cmp::Ordering::Greater) => 1.0,
                Some(std::cmp::Ordering::Equal) => 0.5,
                _ => 0.0,
            })
            .sum();
        won / (high.len() * low.len()) as f64
    }

    #[test]
    fn the_ends_and_the_middle() {
        assert_eq!(of(&[0.9, 0.8], &[0.1, 0.2, 0.3]), Some(1.0));
        assert_eq!(of(&[0.1], &[0.8, 0.9]), Some(0.0));
        assert_eq!(of(&[0.5, 0.5], &[0.5]), Some(0.5));
        assert_eq!(of(&[f64::NAN], &[0.0]), Some(0.0));
        assert_eq!((of(&[], &[0.5]), of(&[0.5], &[])), (None, None));
    }

    #[test]
    fn it_agrees_with_counting_pairs() {
        // Few values, so that many are equal.
        let mut random = crate::random::Random::keyed(&[3]);
        for _ in 0..50 {
            let mut draw = |n| -> Vec<f64> {
                (0..n)
                    .map(|_| [0.0, 0.25, 0.5, 0.75][usize::try_from(random.below(4)).unwrap()])
                    .collect()
            };
            let (high, low) = (draw(7), draw(13));
            let area = of(&high, &low).unwrap();
            assert!((area - slowly(&high, &low)).abs() < 1e-12);
        }
    }

    #[test]
    fn two_make_one() {
        let mut a = Ranking::default();
        a.add(0.4, true);
        let mut b = Ranking::default();
        b.add(0.6, false);
        b.add(0.2, false);
        a.merge(b);
        assert_eq!((a.count(true), a.count(false)), (1, 2));
        assert_eq!(a.area(), Some(0.5));
    }
}
