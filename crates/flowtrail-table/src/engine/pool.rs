//! Memory that sorts and groupings share.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};

use datafusion::common::{Result, resources_err};
use datafusion::execution::memory_pool::{
    FairSpillPool, MemoryConsumer, MemoryLimit, MemoryPool, MemoryReservation,
};

/// [`FairSpillPool`], in which those that can spill share one half.
///
/// Whoever spills has to merge what it spilled, in memory that it cannot spill:
/// up to half of its share, by how long batches are and how many runs are
/// merged at once. In the pool of `DataFusion` another one that can spill may
/// take that half in the moment before it is asked for, and the query fails.
#[derive(Debug)]
pub(super) struct Halves {
    all: FairSpillPool,
    half: usize,
    spillers: AtomicUsize,
}

impl Halves {
    /// A pool of so many bytes.
    pub(super) fn new(bytes: usize) -> Self {
        Self {
            all: FairSpillPool::new(bytes),
            half: bytes / 2,
            spillers: AtomicUsize::new(0),
        }
    }
}

impl fmt::Display for Halves {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.all.fmt(f)
    }
}

impl MemoryPool for Halves {
    fn name(&self) -> &'static str {
        "halves"
    }

    fn register(&self, consumer: &MemoryConsumer) {
        if consumer.can_spill() {
            self.spillers.fetch_add(1, Ordering::Relaxed);
        }
        self.all.register(consumer);
    }

    fn unregister(&self, consumer: &MemoryConsumer) {
        if consumer.can_spill() {
            self.spillers.fetch_sub(1, Ordering::Relaxed);
        }
        self.all.unregister(consumer);
    }

    fn grow(&self, reservation: &MemoryReservation, additional: usize) {
        self.all.grow(reservation, additional);
    }

    fn shrink(&self, reservation: &MemoryReservation, shrink: usize) {
        self.all.shrink(reservation, shrink);
    }

    fn try_grow(&self, reservation: &MemoryReservation, additional: usize) -> Result<()> {
        let consumer = reservation.consumer();
        if consumer.can_spill() {
            let share = self.half / self.spillers.load(Ordering::Relaxed).max(1);
            let wanted = reservation.size().saturating_add(additional);
            if wanted > share {
                return resources_err!(
                    "{} asks for {wanted} bytes of the {share} that it may hold before it spills",
                    consumer.name()
                );
            }
        }
        self.all.try_grow(reservation, additional)
    }

    fn reserved(&self) -> usize {
        self.all.reserved()
    }

    fn memory_limit(&self) -> MemoryLimit {
        self.all.memory_limit()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn half_is_left_for_what_cannot_spill() {
        let pool: Arc<dyn MemoryPool> = Arc::new(Halves::new(100));
        let of = |name: &str, spills| {
            MemoryConsumer::new(name)
                .with_can_spill(spills)
                .register(&pool)
        };
        let (one, merge) = (of("one", true), of("merge", false));
        one.try_grow(50).unwrap();
        let error = one.try_grow(1).unwrap_err().to_string();
        assert!(error.contains("51 bytes of the 50"), "{error}");
        // Two share the half; what the first had before, it may keep.
        let two = of("two", true);
        two.try_grow(25).unwrap();
        assert!(two.try_grow(1).is_err());
        merge.try_grow(25).unwrap();
        assert!(merge.try_grow(1).is_err());
        drop(two);
        merge.try_grow(25).unwrap();
        assert_eq!(pool.reserved(), 100);
        assert!(matches!(pool.memory_limit(), MemoryLimit::Finite(100)));
    }
}
