//! Correlations and matches at random.

use flowtrail_event::{EventTime, Location};
use flowtrail_sigma::{
    Condition, Correlation, CorrelationIx, CorrelationKind, Member, MemberExpr, MemberOf, Op,
    RuleIx,
};

use super::super::Observation;
use super::super::testing::{Dice, correlation, evidence, field};
use crate::finding::Evidence;

fn expression(dice: &mut Dice, members: u64, depth: u64) -> MemberExpr {
    if depth == 0 {
        return MemberExpr::Member(usize::try_from(dice.roll(members)).unwrap());
    }
    match dice.roll(4) {
        0 => MemberExpr::And(pair(dice, members, depth)),
        1 => MemberExpr::Or(pair(dice, members, depth)),
        2 => MemberExpr::Not(Box::new(expression(dice, members, depth - 1))),
        _ => expression(dice, members, 0),
    }
}

fn pair(dice: &mut Dice, members: u64, depth: u64) -> Vec<MemberExpr> {
    (0..2)
        .map(|_| expression(dice, members, depth - 1))
        .collect()
}

fn condition(dice: &mut Dice, kind: CorrelationKind, members: u64) -> Condition {
    let temporal = matches!(
        kind,
        CorrelationKind::Temporal | CorrelationKind::TemporalOrdered
    );
    match dice.roll(3) {
        0 if temporal => Condition::AllMembers,
        1 if temporal => Condition::Members(expression(dice, members, 2)),
        _ => {
            let ops = [Op::Gte, Op::Gt, Op::Gte, Op::Lt, Op::Lte, Op::Eq, Op::Neq];
            let one = |dice: &mut Dice| {
                let limit = u32::try_from(dice.roll(5)).unwrap();
                (*dice.pick(&ops), f64::from(limit))
            };
            Condition::Threshold((0..=dice.roll(2)).map(|_| one(dice)).collect())
        }
    }
}

pub(super) fn rule(dice: &mut Dice) -> Correlation {
    let kind = *dice.pick(&[
        CorrelationKind::EventCount,
        CorrelationKind::ValueCount,
        CorrelationKind::Temporal,
        CorrelationKind::TemporalOrdered,
        CorrelationKind::ValueSum,
        CorrelationKind::ValueAvg,
        CorrelationKind::ValuePercentile(50.0),
        CorrelationKind::ValuePercentile(95.0),
        CorrelationKind::Score { names: 1 },
        CorrelationKind::Score { names: 3 },
        CorrelationKind::Ratio { min: 1 },
        CorrelationKind::Ratio { min: 3 },
        CorrelationKind::Scan { min: 1 },
        CorrelationKind::Scan { min: 3 },
        CorrelationKind::Beacon { min: 4 },
        CorrelationKind::Beacon { min: 6 },
        CorrelationKind::Silence { min: 1 },
        CorrelationKind::Silence { min: 3 },
        CorrelationKind::Travel { km_min: 0.0 },
        CorrelationKind::Travel { km_min: 1500.0 },
    ]);
    let is_pair = matches!(
        kind,
        CorrelationKind::Ratio { .. } | CorrelationKind::Scan { .. }
    );
    let members = if is_pair { 2 } else { 1 + dice.roll(4) };
    let timespan = *dice.pick(&[0, 1, 40, 200, 3000]);
    let condition = if matches!(kind, CorrelationKind::Silence { .. }) {
        Condition::Threshold(Vec::new())
    } else {
        condition(dice, kind, members)
    };
    correlation(kind, u32::try_from(members).unwrap(), timespan, condition)
}

/// A few correlations, the later ones sometimes over the earlier.
pub(super) fn rules(dice: &mut Dice) -> Vec<Correlation> {
    let mut rules: Vec<Correlation> = (0..=dice.roll(3)).map(|_| rule(dice)).collect();
    for (at, rule) in (0_u64..).zip(&mut rules).skip(1) {
        for (i, member) in (0..).zip(&mut rule.members) {
            let of = match dice.roll(3) {
                0 => MemberOf::Correlation(CorrelationIx(u32::try_from(dice.roll(at)).unwrap())),
                _ => MemberOf::Rule(RuleIx(i)),
            };
            let value = if dice.roll(2) == 0 { "who" } else { "what" };
            *member = Member {
                of,
                value: vec![field(value)],
                ..member.clone()
            };
        }
    }
    rules
}

pub(super) fn proof(dice: &mut Dice) -> Evidence {
    Evidence {
        location: Location {
            offset: dice.roll(3),
            len: 1,
        },
        ..evidence(dice.pick::<&str>(&["o1", "o2"]))
    }
}

/// What a match of this kind may have to say, and what it cannot use.
fn value(dice: &mut Dice, kind: CorrelationKind) -> &'static str {
    const SCORES: [&str; 9] = [
        "a=1",
        "b=0.25",
        "a=3",
        "c=2",
        r#"["a=2","b=0.5","d=0","x","b=1"]"#,
        r#"["c=7","a=-1"]"#,
        "x",
        "[]",
        "",
    ];
    const NUMBERS: [&str; 11] = [
        "0",
        "1",
        "2",
        "-3",
        "4.0",
        "0.25",
        "9007199254740993",
        "x",
        "",
        "-",
        "1e999",
    ];
    const PLACES: [&str; 8] = [
        "0,0",
        "0,10",
        "52.52,13.405",
        "48.1374,11.5755",
        "-33.8688,151.2093",
        "0,190",
        "x",
        "",
    ];
    let of_kind: &[&str] = if matches!(kind, CorrelationKind::Score { .. }) {
        &SCORES
    } else if matches!(kind, CorrelationKind::Travel { .. }) {
        &PLACES
    } else {
        &NUMBERS
    };
    dice.pick::<&str>(of_kind)
}

pub(super) fn matches(dice: &mut Dice, rules: &[Correlation]) -> Vec<Observation> {
    let one = |dice: &mut Dice| {
        let c = dice.roll(rules.len() as u64);
        let rule = &rules[usize::try_from(c).unwrap()];
        let members = rule.members.len() as u64;
        Observation {
            correlation: CorrelationIx(u32::try_from(c).unwrap()),
            member: u32::try_from(dice.roll(members)).unwrap(),
            time: EventTime(i64::try_from(dice.roll(1000)).unwrap() - 300),
            key: dice.roll(4).into(),
            group: [(*dice.pick(&["1", "2"])).into()].into(),
            value: Some(value(dice, rule.kind).into()),
            evidence: proof(dice),
        }
    };
    let mut seen: Vec<_> = (0..dice.roll(60)).map(|_| one(dice)).collect();
    // One match has one value; only its evidence may differ between copies.
    seen.sort_by(|a, b| identity(a).cmp(&identity(b)));
    seen.dedup_by(|a, b| identity(a) == identity(b));
    seen
}

fn identity(o: &Observation) -> impl Ord + '_ {
    (o.correlation, &o.group, o.time, o.key, o.member)
}
