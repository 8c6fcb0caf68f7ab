//! The longest prefix of an address, by one look-up in an index and a short
//! search in sorted ranges.
//!
//! Nested prefixes are laid out flat once: the line of addresses is cut where a
//! prefix begins or ends, and each piece names the innermost prefix over it.
//! The index says, for the upper bits of an address, which pieces can hold it.

use std::net::IpAddr;

use ipnet::IpNet;

/// No prefix covers the piece.
const NONE: u32 = u32::MAX;

/// Bits of the index. 65,536 places of four bytes fit the second cache, and
/// with 50,000 prefixes a place has few pieces.
const INDEX_BITS: u32 = 16;

/// Prefixes, each with a number.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ranges {
    v4: Line<u32>,
    v6: Line<u128>,
}

impl Ranges {
    /// The prefixes with their numbers. Of equal ones the first counts.
    pub(crate) fn new(prefixes: impl Iterator<Item = (IpNet, u32)>) -> Self {
        let (mut v4, mut v6) = (Vec::new(), Vec::new());
        for (prefix, number) in prefixes {
            match prefix {
                IpNet::V4(net) => v4.push(Span {
                    first: u32::from(net.network()),
                    last: u32::from(net.broadcast()),
                    number,
                }),
                IpNet::V6(net) => v6.push(Span {
                    first: u128::from(net.network()),
                    last: u128::from(net.broadcast()),
                    number,
                }),
            }
        }
        Self {
            v4: Line::new(v4),
            v6: Line::new(v6),
        }
    }

    /// The number of the longest prefix of `address`, an IPv4 address being one
    /// however it is written.
    #[inline]
    pub(crate) fn longest(&self, address: IpAddr) -> Option<u32> {
        let number = match address.to_canonical() {
            IpAddr::V4(v4) => self.v4.at(u32::from(v4)),
            IpAddr::V6(v6) => self.v6.at(u128::from(v6)),
        };
        (number != NONE).then_some(number)
    }
}

/// What one prefix covers.
#[derive(Debug, Clone, Copy)]
struct Span<T> {
    first: T,
    last: T,
    number: u32,
}

/// An address as a number.
trait Address: Copy + Ord {
    fn next(self) -> Option<Self>;
    /// Bits that all numbers between two have in common, from above.
    fn common_bits(self, other: Self) -> u32;
    /// The place in an index that leaves out the upper `skip` bits.
    fn place(self, skip: u32) -> usize;
}

impl Address for u32 {
    fn next(self) -> Option<Self> {
        self.checked_add(1)
    }

    fn common_bits(self, other: Self) -> u32 {
        (self ^ other).leading_zeros()
    }

    #[inline]
    fn place(self, skip: u32) -> usize {
        (self.unbounded_shl(skip) >> (Self::BITS - INDEX_BITS)) as usize
    }
}

impl Address for u128 {
    fn next(self) -> Option<Self> {
        self.checked_add(1)
    }

    fn common_bits(self, other: Self) -> u32 {
        (self ^ other).leading_zeros()
    }

    #[inline]
    fn place(self, skip: u32) -> usize {
        usize::try_from(self.unbounded_shl(skip) >> (Self::BITS - INDEX_BITS)).unwrap_or(0)
    }
}

/// One line of addresses, cut into pieces.
#[derive(Debug, Clone)]
struct Line<T> {
    /// Where each piece begins.
    starts: Vec<T>,
    /// The prefix over each piece.
    numbers: Vec<u32>,
    /// For each place the last piece that begins before it, or in front of it.
    index: Vec<u32>,
    /// The upper bits that all cuts have in common; the index leaves them out.
    skip: u32,
    /// The first and the last address that any prefix covers.
    bounds: Option<(T, T)>,
}

impl<T> Default for Line<T> {
    fn default() -> Self {
        Self {
            starts: Vec::new(),
            numbers: Vec::new(),
            index: Vec::new(),
            skip: 0,
            bounds: None,
        }
    }
}

impl<T: Address> Line<T> {
    fn new(mut spans: Vec<Span<T>>) -> Self {
        // Outer ones first; of equal ones the first stays.
        spans.sort_by(|a, b| a.first.cmp(&b.first).then(b.last.cmp(&a.last)));
        spans.dedup_by(|next, kept| next.first == kept.first && next.last == kept.last);
        let mut line = Self::default();
        line.cut(&spans);
        let first = spans.first().map(|s| s.first);
        let last = spans.iter().map(|s| s.last).max();
        if let (Some(first), Some(last)) = (first, last) {
            line.bounds = Some((first, last));
            line.skip = first.common_bits(last);
            line.fill_index(first);
        }
        line
    }

    /// Prefixes lie inside each other or apart, so the open ones are a stack.
    fn cut(&mut self, spans: &[Span<T>]) {
        let mut open: Vec<Span<T>> = Vec::new();
        for span in spans {
            self.close(&mut open, Some(span.first));
            self.push(span.first, span.number);
            open.push(*span);
        }
        self.close(&mut open, None);
    }

    /// Ends the open spans that end before `next`.
    fn close(&mut self, open: &mut Vec<Span<T>>, next: Option<T>) {
        while let Some(top) = open.last().copied() {
            if next.is_some_and(|next| top.last >= next) {
                break;
            }
            open.pop();
            if let Some(after) = top.last.next() {
                let outer = open.last().map_or(NONE, |s| s.number);
                self.push(after, outer);
            }
        }
    }

    fn push(&mut self, start: T, number: u32) {
        if self.starts.last() == Some(&start) {
            // What ended here is followed at once.
            self.starts.pop();
            self.numbers.pop();
        }
        if self.numbers.last() != Some(&number) {
            self.starts.push(start);
            self.numbers.push(number);
        }
    }

    fn fill_index(&mut self, first: T) {
        let places = 1_usize << INDEX_BITS;
        self.index = Vec::with_capacity(places + 1);
        let mut piece = 0_u32;
        let mut starts = self.starts.iter().skip(1).peekable();
        for place in 0..places {
            self.index.push(piece);
            while let Some(start) = starts.peek() {
                let inside = start.common_bits(first) >= self.skip;
                if inside && start.place(self.skip) > place {
                    break;
                }
                if !inside {
                    break;
                }
                starts.next();
                piece += 1;
            }
        }
        self.index.push(piece);
    }

    #[inline]
    fn at(&self, address: T) -> u32 {
        match self.bounds {
            Some((first, last)) if first <= address && address <= last => {}
            Some(_) | None => return NONE,
        }
        let place = address.place(self.skip);
        let low = self.index.get(place).copied().unwrap_or(0) as usize;
        let high = self.index.get(place + 1).copied().unwrap_or(0) as usize;
        // The piece that holds it begins in this place, or is the last before it.
        let pieces = self.starts.get(low..=high).unwrap_or_default();
        let behind = pieces.partition_point(|start| *start <= address);
        let piece = (low + behind).wrapping_sub(1);
        self.numbers.get(piece).copied().unwrap_or(NONE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(prefixes: &[&str]) -> Ranges {
        let nets = prefixes.iter().map(|p| p.parse().unwrap());
        Ranges::new(nets.zip(0..))
    }

    fn longest(ranges: &Ranges, address: &str) -> Option<u32> {
        ranges.longest(address.parse().unwrap())
    }

    #[test]
    fn the_innermost_prefix_counts() {
        let ranges = of(&[
            "10.0.0.0/8",
            "10.1.0.0/16",
            "10.1.255.0/24",
            "10.1.255.255/32",
            "10.2.0.0/16",
            "0.0.0.0/32",
            "255.255.255.255/32",
        ]);
        for (address, expected) in [
            ("10.0.0.0", Some(0)),
            ("9.255.255.255", None),
            ("10.1.0.0", Some(1)),
            ("10.1.254.255", Some(1)),
            ("10.1.255.0", Some(2)),
            ("10.1.255.255", Some(3)),
            ("::ffff:10.1.255.255", Some(3)),
            ("10.2.0.0", Some(4)),
            ("10.3.0.0", Some(0)),
            ("10.255.255.255", Some(0)),
            ("11.0.0.0", None),
            ("0.0.0.0", Some(5)),
            ("0.0.0.1", None),
            ("255.255.255.255", Some(6)),
            ("::1", None),
        ] {
            assert_eq!(longest(&ranges, address), expected, "{address}");
        }
    }

    #[test]
    fn lines_with_one_prefix_or_none() {
        assert_eq!(longest(&of(&[]), "10.0.0.1"), None);
        for (prefix, inside, outside) in [
            ("10.1.2.3/32", "10.1.2.3", Some("10.1.2.4")),
            ("0.0.0.0/0", "203.0.113.1", None),
            ("::/0", "2001:db8::1", None),
            ("2001:db8::/32", "2001:db8:ffff::", Some("2001:db9::")),
            ("2001:db8::1/128", "2001:db8::1", Some("2001:db8::2")),
        ] {
            let ranges = of(&[prefix]);
            assert_eq!(longest(&ranges, inside), Some(0), "{prefix}");
            if let Some(outside) = outside {
                assert_eq!(longest(&ranges, outside), None, "{prefix}");
            }
        }
    }

    #[test]
    fn of_equal_prefixes_the_first_counts() {
        let ranges = of(&["10.0.0.0/8", "10.0.0.0/8"]);
        assert_eq!(longest(&ranges, "10.0.0.1"), Some(0));
    }
}
