//! From `DataFusion`'s expressions to tests.

use datafusion::common::ScalarValue;
use datafusion::logical_expr::expr::{Between, BinaryExpr, Cast, InList, Like, TryCast};
use datafusion::logical_expr::{Expr, Operator};

use super::kind::{Kind, keeps_values, kind_of, number};
use super::literal::Literal;
use super::node::{Container, Leaf, Node, NumberTest, Op, TextTest};
use super::pattern::Pattern;
use crate::rows::path::ColumnPath;
use crate::schema::{Column, Holds, LogTable};

/// Compiles the filters of a table.
pub(super) struct Compiler {
    pub(super) table: LogTable,
}

/// A test, and whether it decides all of its expression.
pub(super) struct Compiled {
    pub(super) node: Node<Leaf>,
    pub(super) exact: bool,
}

impl Compiled {
    fn exactly(node: Node<Leaf>) -> Self {
        Self { node, exact: true }
    }

    /// Of an expression that cannot be decided.
    fn undecided(passes: bool) -> Self {
        Self {
            node: Node::Is(Some(passes)),
            exact: false,
        }
    }
}

/// A side of a comparison.
enum Operand {
    Column(&'static Column, Kind),
    Literal(Literal),
}

impl Compiler {
    /// The test of `expr`. What cannot be decided is taken for `passes`: true
    /// where more rows would pass by it, false below a NOT.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "expressions that are not named here are not decided"
    )]
    pub(super) fn compile(&self, expr: &Expr, passes: bool) -> Compiled {
        let exact = match expr {
            Expr::BinaryExpr(BinaryExpr {
                op: op @ (Operator::And | Operator::Or),
                ..
            }) => return self.joined(*op, expr, passes),
            Expr::Not(inner) => return negated(self.compile(inner, !passes)),
            Expr::IsTrue(inner) => return same(self.compile(inner, passes), true),
            Expr::IsNotFalse(inner) => return negated(same(self.compile(inner, passes), false)),
            Expr::IsFalse(inner) => return same(self.compile(inner, !passes), false),
            Expr::IsNotTrue(inner) => return negated(same(self.compile(inner, !passes), true)),
            Expr::Like(like) => return self.like(like, passes),
            Expr::IsNull(inner) | Expr::IsUnknown(inner) => self.null(inner),
            Expr::IsNotNull(inner) | Expr::IsNotUnknown(inner) => {
                self.null(inner).map(Node::negated)
            }
            Expr::BinaryExpr(binary) => self.comparison(binary),
            Expr::Between(between) => self.between(between),
            Expr::InList(list) => self.in_list(list),
            Expr::Literal(value, _) => constant(value),
            _ => None,
        };
        exact.map_or_else(|| Compiled::undecided(passes), Compiled::exactly)
    }

    fn joined(&self, op: Operator, expr: &Expr, passes: bool) -> Compiled {
        let is_and = op == Operator::And;
        let mut exact = true;
        let mut nodes = Vec::new();
        for part in parts(op, expr) {
            let compiled = self.compile(part, passes);
            exact &= compiled.exact;
            if let Node::Is(Some(known)) = compiled.node {
                // What decides nothing is left out.
                if known != is_and {
                    return Compiled {
                        node: Node::Is(Some(known)),
                        exact,
                    };
                }
                continue;
            }
            nodes.push(compiled.node);
        }
        let node = match (nodes.len(), is_and) {
            (0, _) => Node::Is(Some(is_and)),
            (1, _) => nodes.remove(0),
            (_, true) => Node::all(nodes),
            (_, false) => Node::any(nodes),
        };
        Compiled { node, exact }
    }

    /// IS NULL.
    fn null(&self, inner: &Expr) -> Option<Node<Leaf>> {
        if let Some(column) = self.column(inner) {
            return Some(match column.holds {
                Holds::Struct(_) | Holds::List(_) => Node::NoObject(Container::Column(column)),
                Holds::Text
                | Holds::Json
                | Holds::Int
                | Holds::BigInt
                | Holds::Double
                | Holds::Time
                | Holds::Day => Node::Null(Leaf(column)),
            });
        }
        if let Some(Operand::Column(column, _)) = self.operand(inner) {
            return Some(Node::Null(Leaf(column)));
        }
        // A test is unknown or not; what is half decided does not say.
        let compiled = self.compile(inner, true);
        compiled
            .exact
            .then(|| Node::Same(Box::new(compiled.node), None))
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "operators that are not named here are not decided"
    )]
    fn comparison(&self, binary: &BinaryExpr) -> Option<Node<Leaf>> {
        let (left, right) = (self.operand(&binary.left)?, self.operand(&binary.right)?);
        let op = match binary.op {
            Operator::Eq => Op::Eq,
            Operator::NotEq => Op::NotEq,
            Operator::Lt => Op::Lt,
            Operator::LtEq => Op::LtEq,
            Operator::Gt => Op::Gt,
            Operator::GtEq => Op::GtEq,
            Operator::IsNotDistinctFrom => return distinct(left, right).map(Node::negated),
            Operator::IsDistinctFrom => return distinct(left, right),
            _ => return None,
        };
        compare(left, op, right)
    }

    fn between(&self, between: &Between) -> Option<Node<Leaf>> {
        let low = compare(
            self.operand(&between.expr)?,
            Op::GtEq,
            self.operand(&between.low)?,
        )?;
        let high = compare(
            self.operand(&between.expr)?,
            Op::LtEq,
            self.operand(&between.high)?,
        )?;
        let node = Node::all(vec![low, high]);
        Some(if between.negated {
            node.negated()
        } else {
            node
        })
    }

    fn in_list(&self, list: &InList) -> Option<Node<Leaf>> {
        let Operand::Column(column, kind) = self.operand(&list.expr)? else {
            return None;
        };
        let mut null = false;
        let mut literals = Vec::with_capacity(list.list.len());
        for item in &list.list {
            match self.operand(item)? {
                Operand::Literal(Literal::Null) => null = true,
                Operand::Literal(literal) => literals.push(literal),
                Operand::Column(..) => return None,
            }
        }
        let node = if kind == Kind::Text {
            let texts = literals.into_iter().map(|l| match l {
                Literal::Text(text) => Some(text),
                Literal::Null | Literal::Bool(_) | Literal::Integer(_) | Literal::Instant(_) => {
                    None
                }
            });
            let set = texts.collect::<Option<_>>()?;
            Node::Text(Leaf(column), TextTest::In { set, null })
        } else {
            let numbers = literals.iter().map(|l| number(l, kind));
            let list = numbers.collect::<Option<_>>()?;
            Node::Number(Leaf(column), NumberTest::In { list, null })
        };
        Some(if list.negated { node.negated() } else { node })
    }

    fn like(&self, like: &Like, passes: bool) -> Compiled {
        let (Some(Operand::Column(column, Kind::Text)), Some(Operand::Literal(pattern))) =
            (self.operand(&like.expr), self.operand(&like.pattern))
        else {
            return Compiled::undecided(passes);
        };
        let text = match &pattern {
            Literal::Null => return Compiled::exactly(Node::Is(None)),
            Literal::Text(text) => std::str::from_utf8(text).ok(),
            Literal::Bool(_) | Literal::Integer(_) | Literal::Instant(_) => None,
        };
        let escape = matches!(like.escape_char, None | Some('\\'));
        let Some(text) = text.filter(|_| escape) else {
            return Compiled::undecided(passes);
        };
        let pattern = if like.case_insensitive {
            Pattern::ilike(text)
        } else {
            Some(Pattern::like(text))
        };
        let Some(pattern) = pattern else {
            return Compiled::undecided(passes);
        };
        let unsure = passes != like.negated;
        let node = Node::Text(Leaf(column), TextTest::Like { pattern, unsure });
        Compiled {
            node: if like.negated { node.negated() } else { node },
            exact: !like.case_insensitive,
        }
    }

    /// The column that an expression is, casts that change no value left out.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "whatever is no cast may be a column"
    )]
    fn operand(&self, expr: &Expr) -> Option<Operand> {
        let (inner, to) = match expr {
            Expr::Literal(value, _) => return Literal::of(value).map(Operand::Literal),
            Expr::Cast(Cast { expr, field }) | Expr::TryCast(TryCast { expr, field }) => {
                (expr.as_ref(), Some(field.data_type()))
            }
            _ => (expr, None),
        };
        let column = self.column(inner)?;
        let kind = kind_of(&column.holds)?;
        let same = to.is_none_or(|to| keeps_values(&column.holds, to));
        same.then_some(Operand::Column(column, kind))
    }

    fn column(&self, expr: &Expr) -> Option<&'static Column> {
        ColumnPath::of_expr(expr)?.resolve(self.table)
    }
}

/// The parts of a chain of ANDs, or of ORs. It may be thousands long and leans to
/// the left, so that recursion would exhaust the stack.
fn parts(op: Operator, expr: &Expr) -> Vec<&Expr> {
    let mut parts = Vec::new();
    let mut open = vec![expr];
    while let Some(next) = open.pop() {
        if let Expr::BinaryExpr(binary) = next
            && binary.op == op
        {
            open.push(&binary.right);
            open.push(&binary.left);
        } else {
            parts.push(next);
        }
    }
    parts
}

fn negated(compiled: Compiled) -> Compiled {
    Compiled {
        node: compiled.node.negated(),
        exact: compiled.exact,
    }
}

fn same(compiled: Compiled, known: bool) -> Compiled {
    let node = if let Node::Is(is) = compiled.node {
        Node::Is(Some(is == Some(known)))
    } else {
        Node::Same(Box::new(compiled.node), Some(known))
    };
    Compiled {
        node,
        exact: compiled.exact,
    }
}

fn constant(value: &ScalarValue) -> Option<Node<Leaf>> {
    match Literal::of(value)? {
        Literal::Null => Some(Node::Is(None)),
        Literal::Bool(known) => Some(Node::Is(Some(known))),
        Literal::Text(_) | Literal::Integer(_) | Literal::Instant(_) => None,
    }
}

fn compare(left: Operand, op: Op, right: Operand) -> Option<Node<Leaf>> {
    let (column, kind, op, literal) = match (left, right) {
        (Operand::Column(column, kind), Operand::Literal(l)) => (column, kind, op, l),
        (Operand::Literal(l), Operand::Column(column, kind)) => (column, kind, op.flipped(), l),
        (Operand::Column(left, kind), Operand::Column(right, other)) if kind == other => {
            let (left, right) = (Leaf(left), Leaf(right));
            return Some(match kind {
                Kind::Text => Node::Texts(left, op, right),
                Kind::Integer | Kind::Instant => Node::Numbers(left, op, right),
            });
        }
        (Operand::Column(..), Operand::Column(..)) | (Operand::Literal(_), Operand::Literal(_)) => {
            return None;
        }
    };
    if literal == Literal::Null {
        return Some(Node::Is(None));
    }
    if let (Kind::Text, Literal::Text(text)) = (kind, &literal) {
        return Some(Node::Text(
            Leaf(column),
            TextTest::Compare(op, text.clone()),
        ));
    }
    let number = number(&literal, kind)?;
    Some(Node::Number(Leaf(column), NumberTest::Compare(op, number)))
}

/// IS DISTINCT FROM: never unknown.
fn distinct(left: Operand, right: Operand) -> Option<Node<Leaf>> {
    let (column, literal) = match (left, right) {
        (Operand::Column(column, kind), Operand::Literal(literal))
        | (Operand::Literal(literal), Operand::Column(column, kind)) => ((column, kind), literal),
        (Operand::Column(..), Operand::Column(..)) | (Operand::Literal(_), Operand::Literal(_)) => {
            return None;
        }
    };
    if literal == Literal::Null {
        return Some(Node::Null(Leaf(column.0)).negated());
    }
    let equal = compare(
        Operand::Column(column.0, column.1),
        Op::Eq,
        Operand::Literal(literal),
    )?;
    Some(Node::Same(Box::new(equal), Some(true)).negated())
}
