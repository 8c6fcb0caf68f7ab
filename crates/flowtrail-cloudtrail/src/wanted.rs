//! The wanted fields as a tree of keys, so that one look at a key tells whether
//! its value is worth reading.

use flowtrail_event::{Projection, SlotId};

/// What the reader itself must know of a record, whatever the rules ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    /// `eventVersion`: a record has it.
    Version,
    /// `eventTime`: the time of the record.
    Time,
    /// `eventName` or `insightDetails`: with a time, also a record.
    Name,
    /// `eventType`: tells Insights and aggregates.
    Type,
    /// `eventCategory`: the same in newer versions.
    Category,
    /// `digestS3Object`: the object is a digest.
    Digest,
    /// `messageType`: an envelope of a `CloudWatch` Logs subscription.
    MessageType,
    /// `Records`, `Events` or `logEvents`: a list of records follows.
    List,
}

/// The number of a node in [`Wanted`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NodeId(u32);

/// One key on the way to a wanted field.
#[derive(Debug, Default)]
pub(crate) struct Node {
    pub(crate) slot: Option<SlotId>,
    pub(crate) mark: Option<Mark>,
    /// An array is one value of the slot, not as many as it has members.
    pub(crate) keeps_arrays: bool,
    children: Vec<Child>,
    /// Open addressing over `children`, sized to a power of two: index + 1. A
    /// projection has at most 65,535 fields, so that each child has a number.
    table: Box<[u16]>,
}

#[derive(Debug)]
struct Child {
    ends: Ends,
    name: Box<[u8]>,
    node: NodeId,
}

/// Length, first and last bytes of a key. Up to [`Ends::ALL`] bytes they are
/// all that there is, so that most keys are compared without a look at the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Ends {
    len: usize,
    head: u64,
    tail: u64,
}

impl Ends {
    /// The longest key of which they leave nothing out.
    const ALL: usize = 16;

    #[inline]
    fn of(key: &[u8]) -> Self {
        let (head, tail) = if let (Some(head), Some(tail)) = (key.first_chunk(), key.last_chunk()) {
            (u64::from_le_bytes(*head), u64::from_le_bytes(*tail))
        } else if let (Some(head), Some(tail)) = (key.first_chunk(), key.last_chunk()) {
            let (head, tail) = (u32::from_le_bytes(*head), u32::from_le_bytes(*tail));
            (u64::from(head), u64::from(tail))
        } else {
            let short = key.iter().fold(0, |all, b| (all << 8) | u64::from(*b));
            (short, 0)
        };
        let len = key.len();
        Self { len, head, tail }
    }

    #[inline]
    const fn hash(self) -> usize {
        const MIX: u64 = 0x9E37_79B9_7F4A_7C15;
        let mixed = self.head ^ self.tail.rotate_left(29) ^ ((self.len as u64) << 56);
        (mixed.wrapping_mul(MIX) >> 40) as usize
    }
}

impl Node {
    #[inline]
    pub(crate) fn has_children(&self) -> bool {
        !self.children.is_empty()
    }

    #[inline]
    fn child(&self, key: &[u8]) -> Option<NodeId> {
        let ends = Ends::of(key);
        let mask = self.table.len().wrapping_sub(1);
        let mut at = ends.hash() & mask;
        loop {
            let index = *self.table.get(at)?;
            if index == 0 {
                return None;
            }
            if let Some(child) = self.children.get(usize::from(index) - 1)
                && child.ends == ends
                && (ends.len <= Ends::ALL || *child.name == *key)
            {
                return Some(child.node);
            }
            at = (at + 1) & mask;
        }
    }

    fn build_table(&mut self) {
        let len = (self.children.len() * 4).next_power_of_two();
        let mut table = vec![0_u16; len];
        for (i, child) in self.children.iter().enumerate() {
            let Ok(index) = u16::try_from(i + 1) else {
                continue;
            };
            let mut at = child.ends.hash() & (len - 1);
            while table.get(at).is_some_and(|&b| b != 0) {
                at = (at + 1) & (len - 1);
            }
            if let Some(cell) = table.get_mut(at) {
                *cell = index;
            }
        }
        self.table = table.into();
    }
}

/// The tree of wanted keys.
#[derive(Debug)]
pub(crate) struct Wanted {
    nodes: Vec<Node>,
    pub(crate) every_value: Option<SlotId>,
}

/// The keys that the reader marks at the top of a record.
const MARKS: [(&str, Mark); 11] = [
    ("eventVersion", Mark::Version),
    ("eventTime", Mark::Time),
    ("eventName", Mark::Name),
    ("insightDetails", Mark::Name),
    ("eventType", Mark::Type),
    ("eventCategory", Mark::Category),
    ("digestS3Object", Mark::Digest),
    ("messageType", Mark::MessageType),
    ("Records", Mark::List),
    ("Events", Mark::List),
    ("logEvents", Mark::List),
];

impl Wanted {
    pub(crate) const ROOT: NodeId = NodeId(0);

    pub(crate) fn new(projection: &Projection) -> Self {
        let mut tree = Self {
            nodes: vec![Node::default()],
            every_value: projection.every_value(),
        };
        for (key, mark) in MARKS {
            let id = tree.child_or_new(Self::ROOT, key);
            if let Some(node) = tree.nodes.get_mut(id.0 as usize) {
                node.mark = Some(mark);
            }
        }
        for (slot, path) in projection.read_fields() {
            let id = path
                .split('.')
                .fold(Self::ROOT, |at, key| tree.child_or_new(at, key));
            if let Some(node) = tree.nodes.get_mut(id.0 as usize) {
                node.slot = Some(slot);
                node.keeps_arrays = projection.keeps_arrays(slot);
            }
        }
        for node in &mut tree.nodes {
            node.build_table();
        }
        tree
    }

    #[inline]
    pub(crate) fn node(&self, id: NodeId) -> Option<&Node> {
        self.nodes.get(id.0 as usize)
    }

    /// The node below `at` under `key`. A key that itself has dots stands for
    /// the path that it spells.
    #[inline]
    pub(crate) fn below(&self, at: NodeId, key: &[u8]) -> Option<NodeId> {
        let node = self.node(at)?;
        if let Some(child) = node.child(key) {
            return Some(child);
        }
        if memchr::memchr(b'.', key).is_some() {
            return self.dotted(at, key);
        }
        None
    }

    fn dotted(&self, at: NodeId, key: &[u8]) -> Option<NodeId> {
        key.split(|&b| b == b'.')
            .try_fold(at, |at, part| self.node(at)?.child(part))
    }

    fn child_or_new(&mut self, at: NodeId, key: &str) -> NodeId {
        let next = NodeId(u32::try_from(self.nodes.len()).unwrap_or(0));
        let Some(node) = self.nodes.get_mut(at.0 as usize) else {
            return Self::ROOT;
        };
        let key = key.as_bytes();
        if let Some(child) = node.children.iter().find(|c| *c.name == *key) {
            return child.node;
        }
        node.children.push(Child {
            ends: Ends::of(key),
            name: key.into(),
            node: next,
        });
        self.nodes.push(Node::default());
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_paths_plain_and_dotted() {
        let mut p = Projection::new();
        let arn = p.slot("userIdentity.sessionContext.sessionIssuer.arn");
        let user = p.slot("userIdentity");
        p.slot("flowtrail.principal");
        let w = Wanted::new(&p);
        let u = w.below(Wanted::ROOT, b"userIdentity").unwrap();
        assert_eq!(w.node(u).unwrap().slot, Some(user));
        let s = w.below(u, b"sessionContext").unwrap();
        let a = w.below(s, b"sessionIssuer.arn").unwrap();
        assert_eq!(w.node(a).unwrap().slot, Some(arn));
        assert_eq!(w.below(u, b"nothing"), None);
        assert_eq!(w.below(Wanted::ROOT, b"flowtrail"), None);
        assert_eq!(w.below(Wanted::ROOT, b""), None);
    }

    #[test]
    fn keys_that_differ_in_one_byte_are_two() {
        let key = |len: usize| -> Vec<u8> { (b'a'..).take(len).collect() };
        for len in 0..24 {
            let mut p = Projection::new();
            let name = String::from_utf8(key(len)).unwrap();
            p.slot(&format!("top.{name}"));
            let w = Wanted::new(&p);
            let top = w.below(Wanted::ROOT, b"top").unwrap();
            assert!(w.below(top, name.as_bytes()).is_some(), "{name}");
            for at in 0..len {
                let mut other = key(len);
                other[at] = b'Z';
                assert_eq!(w.below(top, &other), None, "{name} {at}");
            }
            assert_eq!(w.below(top, &key(len + 1)), None);
        }
        // Short keys are one number; a zero in front of one is another key.
        let mut p = Projection::new();
        p.slot("a");
        let w = Wanted::new(&p);
        assert_eq!(w.below(Wanted::ROOT, b"\0a"), None);
    }

    #[test]
    fn many_keys_in_one_object_are_all_found() {
        let mut p = Projection::new();
        let names: Vec<String> = (0..400)
            .map(|i| format!("requestParameters.k{i}"))
            .collect();
        for n in &names {
            p.slot(n);
        }
        let w = Wanted::new(&p);
        let r = w.below(Wanted::ROOT, b"requestParameters").unwrap();
        for i in 0..400 {
            assert!(w.below(r, format!("k{i}").as_bytes()).is_some(), "{i}");
        }
        assert!(w.below(r, b"k400").is_none());
    }
}
