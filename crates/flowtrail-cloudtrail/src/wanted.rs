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
    children: Vec<(Box<[u8]>, NodeId)>,
    /// Open addressing over `children`, sized to a power of two: index + 1.
    table: Box<[u8]>,
}

impl Node {
    #[inline]
    pub(crate) fn has_children(&self) -> bool {
        !self.children.is_empty()
    }

    #[inline]
    fn child(&self, key: &[u8]) -> Option<NodeId> {
        let mask = self.table.len().wrapping_sub(1);
        let mut at = hash(key) & mask;
        loop {
            let index = *self.table.get(at)?;
            if index == 0 {
                return None;
            }
            if let Some((name, id)) = self.children.get(usize::from(index) - 1)
                && **name == *key
            {
                return Some(*id);
            }
            at = (at + 1) & mask;
        }
    }

    fn build_table(&mut self) {
        let len = (self.children.len() * 4).next_power_of_two();
        let mut table = vec![0_u8; len];
        for (i, (name, _)) in self.children.iter().enumerate() {
            // More than 254 keys in one object are found by the slow way.
            let Ok(index) = u8::try_from(i + 1) else {
                continue;
            };
            let mut at = hash(name) & (len - 1);
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

/// Length, first and last bytes tell AWS's keys apart well enough.
#[inline]
fn hash(key: &[u8]) -> usize {
    let head = key.first_chunk::<4>().map_or(0, |c| u32::from_le_bytes(*c));
    let tail = key.last_chunk::<4>().map_or(0, |c| u32::from_le_bytes(*c));
    let mixed = (u64::from(head) ^ (u64::from(tail) << 20) ^ ((key.len() as u64) << 48))
        .wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (mixed >> 40) as usize & 0xFF_FFFF
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
        if node.children.len() > 254 {
            return self.slow_child(node, key);
        }
        if memchr::memchr(b'.', key).is_some() {
            return self.dotted(at, key);
        }
        None
    }

    fn slow_child(&self, node: &Node, key: &[u8]) -> Option<NodeId> {
        let found = node.children.iter().find(|(name, _)| **name == *key);
        found.map(|(_, id)| *id)
    }

    fn dotted(&self, at: NodeId, key: &[u8]) -> Option<NodeId> {
        key.split(|&b| b == b'.').try_fold(at, |at, part| {
            let node = self.node(at)?;
            self.slow_child(node, part)
        })
    }

    fn child_or_new(&mut self, at: NodeId, key: &str) -> NodeId {
        let next = NodeId(u32::try_from(self.nodes.len()).unwrap_or(0));
        let Some(node) = self.nodes.get_mut(at.0 as usize) else {
            return Self::ROOT;
        };
        if let Some((_, id)) = node
            .children
            .iter()
            .find(|(name, _)| **name == *key.as_bytes())
        {
            return *id;
        }
        node.children.push((key.as_bytes().into(), next));
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
