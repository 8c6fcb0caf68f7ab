use std::time::{Duration, SystemTime};

use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{Dimension, MetricDatum, StatisticSet};
use flowtrail_aws::{Fault, FaultKind};

use crate::proxy::Proxy;
use crate::world::World;

fn dimension(name: &str, value: &str) -> Dimension {
    Dimension::builder().name(name).value(value).build()
}

async fn put(world: &World, namespace: &str, data: Vec<MetricDatum>) -> Result<(), Fault> {
    let put = world.cloudwatch.put_metric_data().namespace(namespace);
    let put = put.set_metric_data(Some(data)).send().await;
    put.map(drop).map_err(|e| Fault::of("PutMetricData", &e))
}

fn value(name: &str, value: f64) -> MetricDatum {
    MetricDatum::builder()
        .metric_name(name)
        .value(value)
        .build()
}

#[tokio::test]
async fn a_series_is_a_name_with_exactly_its_dimensions() {
    let Some(world) = World::of("series").await else {
        return;
    };
    let level = |value| dimension("Level", value);
    let many = MetricDatum::builder()
        .metric_name("F")
        .dimensions(level("high"));
    let many = many.values(2.0).values(5.0).counts(3.0).counts(1.0).build();
    let countless = MetricDatum::builder()
        .metric_name("F")
        .dimensions(level("low"));
    let countless = countless.values(1.0).values(9.0).counts(2e6).counts(1.0);
    let set = StatisticSet::builder()
        .sum(7.0)
        .sample_count(2.0)
        .minimum(3.0)
        .maximum(4.0);
    let set = MetricDatum::builder()
        .metric_name("G")
        .statistic_values(set.build());
    let set = set.timestamp(DateTime::from(SystemTime::now())).build();
    let data = vec![value("F", 100.0), many, countless.build(), set];
    put(&world, &world.namespace(), data).await.unwrap();
    put(&world, &world.named("other"), vec![value("F", 1.0)])
        .await
        .unwrap();
    let read = async |name, dimensions: &[(&str, &str)]| {
        let s = world.metric(name, dimensions).await?;
        Some((s.sum, s.count, s.min, s.max))
    };
    assert_eq!(read("F", &[]).await, Some((100.0, 1.0, 100.0, 100.0)));
    let high = [("Level", "high")];
    assert_eq!(read("F", &high).await, Some((11.0, 4.0, 2.0, 5.0)));
    let low = Some((2e6 + 9.0, 2e6 + 1.0, 1.0, 9.0));
    assert_eq!(read("F", &[("Level", "low")]).await, low);
    assert_eq!(read("G", &[]).await, Some((7.0, 2.0, 3.0, 4.0)));
    assert_eq!(read("G", &high).await, None);
    assert_eq!(read("H", &[]).await, None);
    let series = world.series().await;
    let names: Vec<_> = series.iter().map(|(n, d)| (n.as_str(), d.len())).collect();
    assert_eq!(names, [("F", 0), ("F", 1), ("F", 1), ("G", 0)]);
}

#[tokio::test]
async fn old_data_are_found_when_asked_for() {
    let Some(world) = World::of("old").await else {
        return;
    };
    let yesterday = SystemTime::now() - Duration::from_secs(86_400);
    let old = MetricDatum::builder().metric_name("E").value(4.0);
    let old = old.timestamp(DateTime::from(yesterday)).build();
    put(&world, &world.namespace(), vec![old]).await.unwrap();
    assert_eq!(world.metric("E", &[]).await, None);
    assert_eq!(world.old_metric("E", &[]).await.unwrap().sum, 4.0);
}

#[tokio::test]
async fn large_requests_are_compressed_and_arrive() {
    let Some(world) = World::of("large").await else {
        return;
    };
    let proxy = Proxy::before(&world.endpoint);
    let through = World::at(&proxy.url(), "large").await;
    let datum = |n: u32| {
        let datum = MetricDatum::builder()
            .metric_name("Many")
            .value(f64::from(n));
        datum
            .dimensions(dimension("Source", &format!("source-{n}")))
            .build()
    };
    let data = (1..=1_000).map(datum).collect();
    put(&through, &world.namespace(), data).await.unwrap();
    let calls = proxy.calls("cloudwatch:PutMetricData");
    assert_eq!(calls[0].encoding.as_deref(), Some("gzip"));
    assert!(calls[0].body.len() < 20_000, "{}", calls[0].body.len());
    let one = world.metric("Many", &[("Source", "source-1000")]).await;
    assert_eq!(one.unwrap().sum, 1_000.0);
    assert_eq!(world.series().await.len(), 1_000);
}

/// The limits of PutMetricData, each just passed. moto knows few of them.
#[tokio::test]
async fn what_cloudwatch_refuses_is_refused_as_a_whole() {
    let Some(world) = World::of("refused").await else {
        return;
    };
    let with = |d: Dimension| {
        let datum = MetricDatum::builder().metric_name("m").value(1.0);
        datum.dimensions(d).build()
    };
    let at = |time: SystemTime| {
        let datum = MetricDatum::builder().metric_name("m").value(1.0);
        datum.timestamp(DateTime::from(time)).build()
    };
    let mut crowded = MetricDatum::builder().metric_name("m").value(1.0);
    for n in 0..31 {
        crowded = crowded.dimensions(dimension(&format!("d{n}"), "v"));
    }
    let mut long = MetricDatum::builder().metric_name("m");
    for n in 0..151 {
        long = long.values(f64::from(n));
    }
    let uneven = MetricDatum::builder().metric_name("m").values(1.0);
    let uneven = uneven.counts(1.0).counts(2.0).build();
    let now = SystemTime::now();
    let hour = Duration::from_secs(3_600);
    let bad = [
        vec![],
        vec![value("m", 1.0); 1_001],
        vec![value("", 1.0)],
        vec![value(&"n".repeat(256), 1.0)],
        vec![value("m", f64::NAN)],
        vec![value("m", f64::INFINITY)],
        vec![value("m", 2_f64.powi(361))],
        vec![MetricDatum::builder().metric_name("m").build()],
        vec![with(dimension("d", ""))],
        vec![with(dimension("d", "ü"))],
        vec![with(dimension("d", &"v".repeat(1_025)))],
        vec![crowded.build()],
        vec![long.build()],
        vec![uneven],
        vec![at(now - 15 * 24 * hour)],
        vec![at(now + 3 * hour)],
    ];
    for (n, mut data) in bad.into_iter().enumerate() {
        // A good one beside it is lost, too.
        if !data.is_empty() {
            data.insert(0, value("good", 1.0));
        }
        let refused = put(&world, &world.namespace(), data).await;
        assert_eq!(refused.unwrap_err().kind, FaultKind::Invalid, "{n}");
    }
    let aws = put(&world, "AWS/Lambda", vec![value("m", 1.0)]).await;
    assert_eq!(aws.unwrap_err().kind, FaultKind::Invalid);
    assert_eq!(world.metric("good", &[]).await, None);
}
