//! How fast somebody would have to travel from one place to the next.

use std::collections::VecDeque;

use super::entry::Entry;
use super::value::{Place, Value};

/// The mean radius of the earth in kilometres.
const RADIUS_KM: f64 = 6371.0088;

/// The highest speed between neighbours in a window that slides.
#[derive(Debug)]
pub(super) struct Speeds {
    /// For each entry how fast its place was reached from the one before, in
    /// km/h; `None` where that was no journey.
    reached: Vec<Option<f64>>,
    /// The first entry in the window.
    low: usize,
    /// Entries whose speed may yet be the highest: speeds fall from the front to
    /// the back, while the places of their entries rise.
    best: VecDeque<(usize, f64)>,
}

impl Speeds {
    /// An empty window over `entries`, which are then added by their index.
    /// Places less than `km_min` apart are one.
    pub(super) fn new(entries: &[Entry], km_min: f64) -> Self {
        let journey = |pair: &[Entry]| {
            let [a, b] = pair else { return None };
            let (Value::Place(from), Value::Place(to)) = (&a.value, &b.value) else {
                return None;
            };
            let km = distance_km(*from, *to);
            (from != to && km >= km_min).then(|| speed(km, b.time.saturating_sub(a.time)))
        };
        let reached = std::iter::once(None).chain(entries.windows(2).map(journey));
        Self {
            reached: reached.collect(),
            low: 0,
            best: VecDeque::new(),
        }
    }

    pub(super) fn add(&mut self, at: usize) {
        let Some(speed) = self.reached.get(at).copied().flatten() else {
            return;
        };
        if at > self.low {
            while self.best.back().is_some_and(|(_, x)| *x <= speed) {
                self.best.pop_back();
            }
            self.best.push_back((at, speed));
        }
    }

    pub(super) fn remove(&mut self, at: usize) {
        // The next entry was reached from one that is no longer in the window.
        self.low = at + 1;
        while self.best.front().is_some_and(|(at, _)| *at <= self.low) {
            self.best.pop_front();
        }
    }

    /// The highest speed, if there was a journey.
    pub(super) fn highest(&self) -> Option<f64> {
        self.best.front().map(|(_, speed)| *speed)
    }
}

/// Kilometres per hour, in thousandths, so that it is the same number on every
/// machine. Less than a second counts as one.
fn speed(km: f64, elapsed_ms: i64) -> f64 {
    let hours = elapsed_ms.max(1000) as f64 / 3_600_000.0;
    (km / hours * 1000.0).round() / 1000.0
}

/// Along the great circle (haversine).
fn distance_km(a: Place, b: Place) -> f64 {
    let half = |from: f64, to: f64| ((to - from).to_radians() / 2.0).sin().powi(2);
    let shrunk = a.lat().to_radians().cos() * b.lat().to_radians().cos();
    let h = half(a.lat(), b.lat()) + shrunk * half(a.lon(), b.lon());
    2.0 * RADIUS_KM * h.clamp(0.0, 1.0).sqrt().asin()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(text: &str) -> Place {
        Place::parse(text).unwrap()
    }

    #[test]
    fn distances_on_the_globe() {
        let of = |a: &str, b: &str| distance_km(place(a), place(b)).round();
        let quarter = (RADIUS_KM * std::f64::consts::FRAC_PI_2).round();
        assert_eq!(of("0,0", "0,90"), quarter);
        assert_eq!(of("0,0", "90,17"), quarter);
        assert_eq!(
            of("0,-90", "0,90"),
            (RADIUS_KM * std::f64::consts::PI).round()
        );
        assert_eq!(of("0,179.5", "0,-179.5"), 111.0);
        // Berlin and Sydney; the way is well known to be about 16,100 km.
        let far = of("52.52,13.405", "-33.8688,151.2093");
        assert!((16_050.0..16_150.0).contains(&far), "{far}");
        assert_eq!(of("52.52,13.405", "52.52,13.405"), 0.0);
    }

    #[test]
    fn speeds_are_in_kilometres_an_hour() {
        assert_eq!(speed(900.0, 3_600_000), 900.0);
        assert_eq!(speed(1.0, 0), 3600.0);
        assert_eq!(speed(1.0, 7_200_000), 0.5);
    }
}
