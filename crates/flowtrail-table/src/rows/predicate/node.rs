//! The tree of tests and its evaluation on one record.

use std::collections::HashSet;

use super::literal::{DAY_NANOS, MILLI_NANOS};
use super::pattern::Pattern;
use crate::rows::cell::{Cell, Row, Scalar, Typed};
use crate::rows::shape::{Binder, Shape};
use crate::schema::Column;

/// A column of a predicate that is not bound yet.
#[derive(Debug, Clone)]
pub(super) struct Leaf(pub(super) &'static Column);

/// A test, or several. What it gives is true, false or, none, unknown.
#[derive(Debug, Clone)]
pub(super) enum Node<L> {
    Is(Option<bool>),
    /// AND; the cheapest first.
    All(Vec<Node<L>>),
    /// OR; the cheapest first.
    Any(Vec<Node<L>>),
    Not(Box<Node<L>>),
    /// IS TRUE, IS FALSE, IS UNKNOWN.
    Same(Box<Node<L>>, Option<bool>),
    /// IS NULL.
    Null(L),
    /// IS NULL of a struct or a list.
    NoObject(Container),
    Text(L, TextTest),
    Number(L, NumberTest),
    /// One column against another, both of text.
    Texts(L, Op, L),
    /// One column against another, both of integers or both of instants.
    Numbers(L, Op, L),
}

/// A struct or a list, of which only its presence is known.
#[derive(Debug, Clone)]
pub(super) enum Container {
    Column(&'static Column),
    Bound(Shape),
}

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Op {
    Eq,
    NotEq,
    Lt,
    LtEq,
    Gt,
    GtEq,
}

impl Op {
    /// The comparison with its sides exchanged.
    pub(super) const fn flipped(self) -> Self {
        match self {
            Self::Eq => Self::Eq,
            Self::NotEq => Self::NotEq,
            Self::Lt => Self::Gt,
            Self::LtEq => Self::GtEq,
            Self::Gt => Self::Lt,
            Self::GtEq => Self::LtEq,
        }
    }

    #[inline]
    fn holds<T: Ord + ?Sized>(self, left: &T, right: &T) -> bool {
        match self {
            Self::Eq => left == right,
            Self::NotEq => left != right,
            Self::Lt => left < right,
            Self::LtEq => left <= right,
            Self::Gt => left > right,
            Self::GtEq => left >= right,
        }
    }
}

/// A test of text.
#[derive(Debug, Clone)]
pub(super) enum TextTest {
    Compare(Op, Box<[u8]>),
    /// `null`: the list has a NULL, so that nothing is surely not in it.
    In {
        set: HashSet<Box<[u8]>>,
        null: bool,
    },
    /// `unsure`: what is given for text of which the pattern cannot say.
    Like {
        pattern: Pattern,
        unsure: bool,
    },
}

/// A test of an integer or of an instant in nanoseconds.
#[derive(Debug, Clone)]
pub(super) enum NumberTest {
    Compare(Op, i128),
    In { list: Vec<i128>, null: bool },
}

/// Where values are put together that do not stand in a record.
#[derive(Debug, Default)]
pub(in crate::rows) struct Rooms(Vec<u8>, Vec<u8>);

impl<L> Node<L> {
    /// What a test costs, roughly, against a comparison of short texts.
    fn cost(&self) -> u32 {
        match self {
            Self::Is(_) => 0,
            Self::All(nodes) | Self::Any(nodes) => {
                nodes.iter().fold(0, |sum, n| sum.saturating_add(n.cost()))
            }
            Self::Not(node) | Self::Same(node, _) => node.cost(),
            Self::Null(_) | Self::NoObject(_) | Self::Number(..) => 1,
            Self::Text(_, TextTest::Compare(..)) => 2,
            Self::Texts(..) | Self::Numbers(..) => 3,
            Self::Text(_, TextTest::In { .. }) => 4,
            Self::Text(_, TextTest::Like { .. }) => 10,
        }
    }

    fn sorted(mut nodes: Vec<Self>) -> Vec<Self> {
        nodes.sort_by_key(Self::cost);
        nodes
    }

    /// AND.
    pub(super) fn all(nodes: Vec<Self>) -> Self {
        Self::All(Self::sorted(nodes))
    }

    /// OR.
    pub(super) fn any(nodes: Vec<Self>) -> Self {
        Self::Any(Self::sorted(nodes))
    }

    /// NOT.
    pub(super) fn negated(self) -> Self {
        if let Self::Is(known) = self {
            Self::Is(known.map(|k| !k))
        } else {
            Self::Not(Box::new(self))
        }
    }
}

impl Node<Leaf> {
    pub(super) fn bind(&self, binder: &mut Binder) -> Node<Cell> {
        let mut all = |nodes: &[Self]| nodes.iter().map(|n| n.bind(binder)).collect();
        match self {
            Self::Is(known) => Node::Is(*known),
            Self::All(nodes) => Node::All(all(nodes)),
            Self::Any(nodes) => Node::Any(all(nodes)),
            Self::Not(node) => Node::Not(Box::new(node.bind(binder))),
            Self::Same(node, known) => Node::Same(Box::new(node.bind(binder)), *known),
            Self::NoObject(Container::Column(column)) => {
                Node::NoObject(Container::Bound(binder.shape(column)))
            }
            Self::NoObject(bound @ Container::Bound(_)) => Node::NoObject(bound.clone()),
            Self::Null(leaf) => with(leaf, binder, Node::Null),
            Self::Text(leaf, test) => with(leaf, binder, |c| Node::Text(c, test.clone())),
            Self::Number(leaf, test) => with(leaf, binder, |c| Node::Number(c, test.clone())),
            Self::Texts(left, op, right) => {
                let pair = [left, right];
                with_both(pair, binder, |l, r| Node::Texts(l, *op, r))
            }
            Self::Numbers(left, op, right) => {
                let pair = [left, right];
                with_both(pair, binder, |l, r| Node::Numbers(l, *op, r))
            }
        }
    }
}

/// A leaf is a column without fields; the compiler sees to it.
fn with(leaf: &Leaf, binder: &mut Binder, node: impl FnOnce(Cell) -> Node<Cell>) -> Node<Cell> {
    match binder.shape(leaf.0) {
        Shape::Cell(cell) => node(cell),
        Shape::Struct { .. } | Shape::List { .. } => Node::Is(None),
    }
}

fn with_both(
    [left, right]: [&Leaf; 2],
    binder: &mut Binder,
    node: impl FnOnce(Cell, Cell) -> Node<Cell>,
) -> Node<Cell> {
    match (binder.shape(left.0), binder.shape(right.0)) {
        (Shape::Cell(left), Shape::Cell(right)) => node(left, right),
        (Shape::Struct { .. } | Shape::List { .. }, _)
        | (_, Shape::Struct { .. } | Shape::List { .. }) => Node::Is(None),
    }
}

impl Node<Cell> {
    /// Whether the test is true: a little less work than telling false from
    /// unknown.
    #[inline]
    pub(super) fn passes(&self, row: Row<'_>, rooms: &mut Rooms) -> bool {
        match self {
            Self::All(nodes) => nodes.iter().all(|n| n.passes(row, rooms)),
            Self::Any(nodes) => nodes.iter().any(|n| n.passes(row, rooms)),
            Self::Is(_)
            | Self::Not(_)
            | Self::Same(..)
            | Self::Null(_)
            | Self::NoObject(_)
            | Self::Text(..)
            | Self::Number(..)
            | Self::Texts(..)
            | Self::Numbers(..) => self.evaluate(row, rooms) == Some(true),
        }
    }

    fn evaluate(&self, row: Row<'_>, rooms: &mut Rooms) -> Option<bool> {
        match self {
            Self::Is(known) => *known,
            Self::All(nodes) => until(nodes, false, row, rooms),
            Self::Any(nodes) => until(nodes, true, row, rooms),
            Self::Not(node) => node.evaluate(row, rooms).map(|b| !b),
            Self::Same(node, known) => Some(node.evaluate(row, rooms) == *known),
            Self::Null(cell) => Some(cell.is_null(row, &mut rooms.0)),
            Self::NoObject(Container::Bound(shape)) => Some(shape.is_null(row)),
            // Bound tests have bound containers.
            Self::NoObject(Container::Column(_)) => None,
            Self::Text(cell, test) => test.evaluate(cell.text(row, &mut rooms.0)?),
            Self::Number(cell, test) => test.evaluate(number(cell, row)?),
            Self::Texts(left, op, right) => {
                let left = left.text(row, &mut rooms.0)?;
                let right = right.text(row, &mut rooms.1)?;
                Some(op.holds(left, right))
            }
            Self::Numbers(left, op, right) => {
                Some(op.holds(&number(left, row)?, &number(right, row)?))
            }
        }
    }
}

/// AND (`decides`: false) or OR (`decides`: true).
fn until(nodes: &[Node<Cell>], decides: bool, row: Row<'_>, rooms: &mut Rooms) -> Option<bool> {
    let mut all = Some(!decides);
    for node in nodes {
        match node.evaluate(row, rooms) {
            Some(known) if known == decides => return Some(decides),
            Some(_) => {}
            None => all = None,
        }
    }
    all
}

/// An integer as it is, an instant or a day in nanoseconds.
fn number(cell: &Cell, row: Row<'_>) -> Option<i128> {
    let Typed::Is(n) = cell.integer(row) else {
        return None;
    };
    Some(match cell.holds {
        Scalar::Time => i128::from(n) * MILLI_NANOS,
        Scalar::Day => i128::from(n) * DAY_NANOS,
        Scalar::Int | Scalar::BigInt | Scalar::Double | Scalar::Text | Scalar::Json => {
            i128::from(n)
        }
    })
}

/// The answer of IN for a value that is, or is not, among the constants.
fn among(found: bool, null: bool) -> Option<bool> {
    if found {
        Some(true)
    } else {
        (!null).then_some(false)
    }
}

impl TextTest {
    #[inline]
    fn evaluate(&self, text: &[u8]) -> Option<bool> {
        match self {
            Self::Compare(op, with) => Some(op.holds(text, &**with)),
            Self::In { set, null } => among(set.contains(text), *null),
            Self::Like { pattern, unsure } => Some(pattern.matches(text).unwrap_or(*unsure)),
        }
    }
}

impl NumberTest {
    #[inline]
    fn evaluate(&self, number: i128) -> Option<bool> {
        match self {
            Self::Compare(op, with) => Some(op.holds(&number, with)),
            Self::In { list, null } => among(list.contains(&number), *null),
        }
    }
}
