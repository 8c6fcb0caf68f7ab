//! One alarm, before the names of a deployment are filled in.

use std::collections::BTreeMap;

use flowtrail_aws::metrics::Metric;
use flowtrail_sigma::Level;
use serde::{Serialize, Serializer};

use crate::late::{Publisher, evaluation_periods};
use crate::names::{DEAD_LETTERS, FUNCTION, NAMESPACE};

/// Characters of an alarm's description in `CloudWatch`.
const DESCRIPTION_CHARS_MAX: usize = 1_024;

/// An alarm, with the keys of `flowtrail.alarms.v1` in their order; the README of
/// `infra/modules/alarms` explains each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Alarm {
    /// Unique among the alarms of a deployment: lower case, digits, hyphens.
    pub name: String,
    /// For whoever is woken: what it means, and what to do.
    pub description: String,
    /// What it watches.
    pub kind: Kind,
    /// The level of what it watches; `None` for health.
    pub level: Option<Level>,
    /// A placeholder, or one of AWS's own.
    pub namespace: &'static str,
    /// The metric.
    pub metric: &'static str,
    /// Exactly the dimensions of the metric; a value may be a placeholder.
    pub dimensions: BTreeMap<&'static str, String>,
    /// What is made of the data of a period.
    pub statistic: Statistic,
    /// Seconds.
    pub period: u32,
    /// N of M out of N.
    pub evaluation_periods: u32,
    /// M of M out of N.
    pub datapoints_to_alarm: u32,
    /// What the statistic is compared with.
    pub threshold: u32,
    /// How it is compared.
    pub comparison: Comparison,
    /// What a period without data means.
    pub treat_missing_data: Missing,
    /// Whether it is worth telling that it is over: it is about a state, which ends
    /// when somebody has mended it, and not about events, which are only past.
    pub tells_recovery: bool,
    /// By them its owner knows it again.
    pub tags: BTreeMap<&'static str, String>,
    /// Whose data it stands on, which says how late they may come.
    #[serde(skip)]
    pub publisher: Publisher,
}

/// An enum whose variants are words of CloudWatch or of the schema.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$of:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name {
            $($(#[$of])* $variant,)*
        }

        impl $name {
            /// The word for it.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(self.name())
            }
        }
    };
}

words! {
    /// What an alarm watches.
    Kind {
        /// Findings of a level.
        Findings = "findings",
        /// Findings of a single rule.
        Rule = "rule",
        /// The detector itself.
        Health = "health",
    }
}

words! {
    /// What is made of the data of a period.
    Statistic {
        /// Their sum.
        Sum = "Sum",
        /// The largest.
        Maximum = "Maximum",
        /// The one that nine tenths are not above.
        P90 = "p90",
    }
}

words! {
    /// `ComparisonOperator` of `PutMetricAlarm`.
    Comparison {
        /// Above the threshold.
        Greater = "GreaterThanThreshold",
        /// At it, or above.
        GreaterOrEqual = "GreaterThanOrEqualToThreshold",
        /// Below it.
        Less = "LessThanThreshold",
    }
}

words! {
    /// `TreatMissingData` of `PutMetricAlarm`.
    Missing {
        /// Nothing is well.
        NotBreaching = "notBreaching",
        /// Nothing is a sign of trouble.
        Breaching = "breaching",
    }
}

/// A metric that an alarm stands on.
#[derive(Debug, Clone)]
pub(crate) enum Watched {
    /// One of the function's own, and the value of its dimension, if it has one.
    Own(Metric, Option<String>),
    /// One of AWS's about the function.
    Function(&'static str),
    /// One of AWS's about a queue, whose placeholder is given.
    Queue(&'static str, &'static str),
}

/// When an alarm goes off, but for how far it looks back.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rule {
    pub(crate) statistic: Statistic,
    /// Seconds.
    pub(crate) period: u32,
    /// Periods that have to be over the threshold.
    pub(crate) datapoints: u32,
    pub(crate) threshold: u32,
    pub(crate) comparison: Comparison,
}

impl Rule {
    /// Once above nothing within a minute: for what should never happen.
    pub(crate) const EVER: Self = Self::sum_above(0, 60);

    const fn sum_above(threshold: u32, period: u32) -> Self {
        Self {
            statistic: Statistic::Sum,
            period,
            datapoints: 1,
            threshold,
            comparison: Comparison::Greater,
        }
    }
}

impl Alarm {
    /// An alarm of health that goes off by `rule`, looking back as far as late data
    /// need it.
    pub(crate) fn over(name: &str, description: &str, watched: Watched, rule: Rule) -> Self {
        let publisher = match watched {
            Watched::Own(..) => Publisher::Function,
            Watched::Function(_) => Publisher::Lambda,
            Watched::Queue(..) => Publisher::Queue,
        };
        let (namespace, metric, dimension) = match watched {
            Watched::Own(metric, value) => {
                let dimension = metric.dimension().name().zip(value);
                (NAMESPACE, metric.name(), dimension)
            }
            Watched::Function(metric) => {
                let dimension = ("FunctionName", FUNCTION.to_owned());
                ("AWS/Lambda", metric, Some(dimension))
            }
            Watched::Queue(metric, queue) => {
                let dimension = ("QueueName", queue.to_owned());
                ("AWS/SQS", metric, Some(dimension))
            }
        };
        Self {
            name: name.to_owned(),
            description: description.chars().take(DESCRIPTION_CHARS_MAX).collect(),
            kind: Kind::Health,
            level: None,
            namespace,
            metric,
            dimensions: dimension.into_iter().collect(),
            statistic: rule.statistic,
            period: rule.period,
            evaluation_periods: evaluation_periods(rule.datapoints, publisher, rule.period),
            datapoints_to_alarm: rule.datapoints,
            threshold: rule.threshold,
            comparison: rule.comparison,
            treat_missing_data: Missing::NotBreaching,
            tells_recovery: false,
            tags: BTreeMap::from([("flowtrail:kind", Kind::Health.name().to_owned())]),
            publisher,
        }
    }

    /// The same about findings of a level.
    pub(crate) fn about(mut self, kind: Kind, level: Level) -> Self {
        self.kind = kind;
        self.level = Some(level);
        self.tags.insert("flowtrail:kind", kind.name().to_owned());
        self.tags.insert("flowtrail:level", level.name().to_owned());
        self
    }

    /// The same about a state, which somebody waits for to end.
    pub(crate) const fn of_state(mut self) -> Self {
        self.tells_recovery = true;
        self
    }

    /// An alarm that goes off when nothing was counted for `period` seconds.
    pub(crate) fn silence(name: &str, description: &str, watched: Watched, period: u32) -> Self {
        let rule = Rule {
            comparison: Comparison::Less,
            ..Rule::sum_above(1, period)
        };
        Self {
            // A source that sends nothing sends no zero, either. What is late is
            // still within the period, which is much longer.
            treat_missing_data: Missing::Breaching,
            evaluation_periods: 1,
            tells_recovery: true,
            ..Self::over(name, description, watched, rule)
        }
    }

    /// Whom it tells: its level, or health.
    #[must_use]
    pub fn told(&self) -> &'static str {
        self.level.map_or(Kind::Health.name(), Level::name)
    }
}

/// The depth of the queue of what was given up.
pub(crate) const fn dead_letters() -> Watched {
    Watched::Queue("ApproximateNumberOfMessagesVisible", DEAD_LETTERS)
}
