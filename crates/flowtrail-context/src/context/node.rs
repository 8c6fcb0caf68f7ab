//! The file as a tree in which every value knows its place.
//!
//! Only what a context file needs is taken: one document of maps, lists and
//! scalars. Anchors, aliases and tags are refused, so that a small file cannot
//! stand for a large one and a value is what it looks like.

use std::borrow::Cow;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Span};

use super::problem::{Problems, Spot};

/// Bytes of a file: fifty thousand networks with all their keys take a third.
const FILE_BYTES_MAX: usize = 16 << 20;
/// Maps and lists inside each other; the deepest of the format are four.
const DEPTH_MAX: usize = 12;
/// Values of a file, about 100 bytes each: 200,000 networks have eleven.
const NODES_MAX: usize = 3_000_000;

/// A value and where it begins.
#[derive(Debug)]
pub(crate) struct Node<'t> {
    pub(crate) spot: Spot,
    pub(crate) value: Value<'t>,
}

#[derive(Debug)]
pub(crate) enum Value<'t> {
    /// Nothing, `~` or `null`.
    Null,
    Text {
        text: Cow<'t, str>,
        /// Without quotes.
        plain: bool,
    },
    List(Vec<Node<'t>>),
    Map(Vec<(Node<'t>, Node<'t>)>),
}

impl Node<'_> {
    /// The sort of value, as a problem names it.
    pub(crate) const fn sort(&self) -> &'static str {
        match &self.value {
            Value::Null => "nothing",
            Value::Text { .. } => "a single value",
            Value::List(_) => "a list",
            Value::Map(_) => "a map",
        }
    }
}

/// The document of `text`, or `None` with the problem that it has.
pub(crate) fn read<'t>(text: &'t str, problems: &mut Problems<'_>) -> Option<Node<'t>> {
    let top = Spot { line: 1, column: 1 };
    if text.len() > FILE_BYTES_MAX {
        let reason = format!(
            "the file has {} bytes, more than {FILE_BYTES_MAX}",
            text.len()
        );
        problems
            .error(top, reason)
            .hint(|| Some("join networks that say the same to larger ones".to_owned()));
        return None;
    }
    let mut tree = Tree::default();
    for next in Parser::new_from_str(text) {
        let refused = match next {
            Ok((event, span)) => tree.take(event, span),
            Err(e) => Err(Refusal {
                spot: spot(*e.marker()),
                reason: format!("this is no YAML: {}", e.info()),
                hint: "mind the indentation, and put quotes around texts with `:` or `#`",
            }),
        };
        if let Err(refusal) = refused {
            let hint = || Some(refusal.hint.to_owned());
            problems.error(refusal.spot, refusal.reason).hint(hint);
            return None;
        }
    }
    if tree.root.is_none() {
        problems
            .error(top, "the file is empty")
            .hint(|| Some("it begins with `version: 1`".to_owned()));
    }
    tree.root
}

/// The place of a marker, which counts columns from 0.
fn spot(marker: Marker) -> Spot {
    Spot {
        line: u32::try_from(marker.line()).unwrap_or(u32::MAX).max(1),
        column: u32::try_from(marker.col())
            .unwrap_or(u32::MAX)
            .saturating_add(1),
    }
}

struct Refusal {
    spot: Spot,
    reason: String,
    hint: &'static str,
}

/// A list or a map that is not closed yet. A map waits for the value of `key`.
enum Open<'t> {
    List(Spot, Vec<Node<'t>>),
    Map(Spot, Vec<(Node<'t>, Node<'t>)>, Option<Node<'t>>),
}

#[derive(Default)]
struct Tree<'t> {
    root: Option<Node<'t>>,
    open: Vec<Open<'t>>,
    nodes: usize,
}

impl<'t> Tree<'t> {
    fn take(&mut self, event: Event<'t>, span: Span) -> Result<(), Refusal> {
        let spot = spot(span.start);
        let refuse = |reason: &str, hint| {
            let reason = reason.to_owned();
            Err(Refusal { spot, reason, hint })
        };
        let (anchor, tag) = match &event {
            Event::Scalar(_, _, anchor, tag) => (*anchor, tag.is_some()),
            Event::SequenceStart(anchor, tag) | Event::MappingStart(anchor, tag) => {
                (*anchor, tag.is_some())
            }
            Event::Alias(_) => (1, false),
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd
            | Event::SequenceEnd
            | Event::MappingEnd => (0, false),
        };
        if anchor > 0 {
            return refuse("anchors and aliases are not taken", "write the value out");
        }
        if tag {
            return refuse("tags are not taken", "leave out what begins with `!`");
        }
        match event {
            Event::Scalar(text, style, ..) => self.put(scalar(text, style, spot)),
            Event::SequenceStart(..) => self.begin(Open::List(spot, Vec::new()), spot),
            Event::MappingStart(..) => self.begin(Open::Map(spot, Vec::new(), None), spot),
            Event::SequenceEnd | Event::MappingEnd => self.end(),
            Event::DocumentStart(_) if self.root.is_some() => refuse(
                "a second document begins",
                "everything stands in one document",
            ),
            Event::DocumentStart(_)
            | Event::DocumentEnd
            | Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::Alias(_) => Ok(()),
        }
    }

    fn begin(&mut self, open: Open<'t>, spot: Spot) -> Result<(), Refusal> {
        if self.open.len() >= DEPTH_MAX {
            return Err(Refusal {
                spot,
                reason: format!("lists and maps are nested deeper than {DEPTH_MAX}"),
                hint: "the reference of the file shows the shape of each part",
            });
        }
        self.open.push(open);
        Ok(())
    }

    fn end(&mut self) -> Result<(), Refusal> {
        match self.open.pop() {
            Some(Open::List(spot, items)) => self.put(Node {
                spot,
                value: Value::List(items),
            }),
            Some(Open::Map(spot, entries, _)) => self.put(Node {
                spot,
                value: Value::Map(entries),
            }),
            None => Ok(()),
        }
    }

    fn put(&mut self, node: Node<'t>) -> Result<(), Refusal> {
        self.nodes += 1;
        if self.nodes > NODES_MAX {
            return Err(Refusal {
                spot: node.spot,
                reason: format!("the file has more than {NODES_MAX} values"),
                hint: "join networks that say the same to larger ones",
            });
        }
        match self.open.last_mut() {
            None => self.root = Some(node),
            Some(Open::List(_, items)) => items.push(node),
            Some(Open::Map(_, entries, key)) => match key.take() {
                None => *key = Some(node),
                Some(key) => entries.push((key, node)),
            },
        }
        Ok(())
    }
}

fn scalar(text: Cow<'_, str>, style: ScalarStyle, spot: Spot) -> Node<'_> {
    let plain = matches!(style, ScalarStyle::Plain);
    let null = plain && matches!(&*text, "" | "~" | "null" | "Null" | "NULL");
    let value = if null {
        Value::Null
    } else {
        Value::Text { text, plain }
    };
    Node { spot, value }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        let mut problems = Problems::new("c.yaml");
        assert!(read(text, &mut problems).is_none(), "{text}");
        let list = problems.into_list();
        assert_eq!(list.len(), 1, "{list:?}");
        format!("{}:{} {}", list[0].line, list[0].column, list[0].reason)
    }

    #[test]
    fn what_is_refused_names_its_place() {
        assert_eq!(refusal(""), "1:1 the file is empty");
        assert_eq!(refusal("# nothing\n"), "1:1 the file is empty");
        let anchors = "anchors and aliases are not taken";
        assert_eq!(refusal("a: 1\nb: &x [1]\n"), format!("2:4 {anchors}"));
        assert_eq!(refusal("a: 1\nb: !!str 2\n"), "2:4 tags are not taken");
        assert_eq!(refusal("a: 1\n---\nb: 2\n"), "2:1 a second document begins");
        assert!(refusal("a: [1\nb: 2\n").contains("this is no YAML"));
        let deep = "- ".repeat(20);
        assert!(refusal(&deep).contains("nested deeper than 12"));
        let many = "-\n".repeat(NODES_MAX + 1);
        assert!(refusal(&many).contains("more than 3000000 values"));
        let large = " ".repeat(FILE_BYTES_MAX + 1);
        assert!(refusal(&large).contains("more than 16777216"));
    }

    #[test]
    fn values_know_their_place() {
        let mut problems = Problems::new("c.yaml");
        let node = read("a:\n  - 'x'\n  - ~\n  - {b: 007}\n", &mut problems).unwrap();
        let Value::Map(entries) = &node.value else {
            panic!("{node:?}")
        };
        let Value::List(items) = &entries[0].1.value else {
            panic!("{node:?}")
        };
        assert_eq!(items[0].spot, Spot { line: 2, column: 5 });
        assert!(matches!(&items[0].value, Value::Text { text, plain: false } if text == "x"));
        assert!(matches!(items[1].value, Value::Null));
        let Value::Map(inner) = &items[2].value else {
            panic!("{node:?}")
        };
        assert!(matches!(&inner[0].1.value, Value::Text { text, plain: true } if text == "007"));
    }
}
