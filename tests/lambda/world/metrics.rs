//! What CloudWatch knows.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{Dimension, Statistic};

use super::World;

/// Around now, for what is stamped with processing time.
const RECENT: Duration = Duration::from_secs(3_600);
/// As far back as CloudWatch takes data.
const TWO_WEEKS: Duration = Duration::from_secs(14 * 86_400);

/// What was put into one series, over all of its times.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Series {
    pub(crate) sum: f64,
    pub(crate) count: f64,
    pub(crate) min: f64,
    pub(crate) max: f64,
}

impl World {
    /// A series of the last hour, with exactly these dimensions. `None`: there
    /// is nothing in it.
    pub(crate) async fn metric(&self, name: &str, dimensions: &[(&str, &str)]) -> Option<Series> {
        self.metric_since(RECENT, name, dimensions).await
    }

    /// The same as far back as CloudWatch goes, for what is stamped with the
    /// time of events.
    pub(crate) async fn old_metric(
        &self,
        name: &str,
        dimensions: &[(&str, &str)],
    ) -> Option<Series> {
        self.metric_since(TWO_WEEKS, name, dimensions).await
    }

    async fn metric_since(
        &self,
        age: Duration,
        name: &str,
        dimensions: &[(&str, &str)],
    ) -> Option<Series> {
        let now = SystemTime::now();
        let mut get = self
            .cloudwatch
            .get_metric_statistics()
            .namespace(self.namespace())
            .metric_name(name)
            .start_time(DateTime::from(now - age))
            .end_time(DateTime::from(now + RECENT))
            .period(3_600)
            .statistics(Statistic::Sum)
            .statistics(Statistic::SampleCount)
            .statistics(Statistic::Minimum)
            .statistics(Statistic::Maximum);
        for (name, value) in dimensions {
            get = get.dimensions(Dimension::builder().name(*name).value(*value).build());
        }
        let got = get.send().await.unwrap();
        let points = got.datapoints().iter().map(|p| Series {
            sum: p.sum().unwrap(),
            count: p.sample_count().unwrap(),
            min: p.minimum().unwrap(),
            max: p.maximum().unwrap(),
        });
        points.reduce(|a, b| Series {
            sum: a.sum + b.sum,
            count: a.count + b.count,
            min: a.min.min(b.min),
            max: a.max.max(b.max),
        })
    }

    /// Every series of the test's namespace: name and dimensions.
    pub(crate) async fn series(&self) -> Vec<(String, BTreeMap<String, String>)> {
        let list = self.cloudwatch.list_metrics().namespace(self.namespace());
        let mut pages = list.into_paginator().send();
        let mut out = Vec::new();
        while let Some(page) = pages.next().await {
            for metric in page.unwrap().metrics() {
                let dimensions = metric.dimensions().iter();
                let pair = |d: &Dimension| Some((d.name()?.to_owned(), d.value()?.to_owned()));
                let dimensions = dimensions.filter_map(pair).collect();
                out.push((metric.metric_name().unwrap().to_owned(), dimensions));
            }
        }
        out.sort();
        out
    }
}
