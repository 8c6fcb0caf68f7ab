use crate::engine::Engine;
use crate::engine::sandbox::{over, plan, rows_as_they_come};

/// Three records: of two resources, of none, and without the list.
fn engine() -> (tempfile::TempDir, Engine) {
    let folder = tempfile::TempDir::new().unwrap();
    let log = r#"{"Records":[
{"eventVersion":"1.11","eventName":"A","eventTime":"2026-03-01T00:00:00Z","requestParameters":{"names":["x","y"]},
 "resources":[{"ARN":"arn:1","type":"T"},{"ARN":"arn:2","type":"U"}]},
{"eventVersion":"1.11","eventName":"B","eventTime":"2026-03-01T00:00:01Z","resources":[]},
{"eventVersion":"1.11","eventName":"C","eventTime":"2026-03-01T00:00:02Z","requestParameters":{"names":["z"]}}]}"#;
    std::fs::write(folder.path().join("a.json"), log).unwrap();
    let engine = over(&[folder.path()]);
    (folder, engine)
}

#[tokio::test]
async fn each_element_is_a_row() {
    let (_folder, engine) = engine();
    for (sql, expected) in [
        (
            "SELECT eventname, r.arn FROM cloudtrail CROSS JOIN UNNEST(resources) AS t(r) ORDER BY 2",
            &["A|arn:1", "A|arn:2"][..],
        ),
        (
            "SELECT eventname, u.entry.ARN FROM cloudtrail c CROSS JOIN UNNEST(c.resources) u (entry) WHERE u.entry.type = 'U'",
            &["A|arn:2"],
        ),
        (
            "SELECT eventname, r.arn FROM cloudtrail, UNNEST(resources) AS t(r) ORDER BY 2",
            &["A|arn:1", "A|arn:2"],
        ),
        (
            "SELECT eventname, r.arn FROM cloudtrail JOIN UNNEST(resources) AS t(r) ON r.type = 'T'",
            &["A|arn:1"],
        ),
        (
            "SELECT eventname, r.arn FROM cloudtrail LEFT JOIN UNNEST(resources) AS t(r) ON true ORDER BY 1, 2",
            &["A|arn:1", "A|arn:2", "B|", "C|"],
        ),
        (
            "SELECT eventname, name FROM cloudtrail \
             CROSS JOIN UNNEST(json_values(requestparameters, '$.names')) AS t(name) ORDER BY 2",
            &["A|x", "A|y", "C|z"],
        ),
        (
            "SELECT eventname, name FROM cloudtrail CROSS JOIN \
             UNNEST(CAST(json_extract(requestparameters, '$.names') AS ARRAY<VARCHAR>)) AS t(name) ORDER BY 2",
            &["A|x", "A|y", "C|z"],
        ),
        (
            "SELECT eventname, name, r.arn FROM cloudtrail CROSS JOIN UNNEST(resources) AS t(r) \
             CROSS JOIN UNNEST(json_values(requestparameters, '$.names')) AS s(name) ORDER BY 2, 3",
            &["A|x|arn:1", "A|x|arn:2", "A|y|arn:1", "A|y|arn:2"],
        ),
        (
            "SELECT eventname, r.arn, name FROM cloudtrail \
             CROSS JOIN UNNEST(resources, json_values(requestparameters, '$.names')) AS t(r, name) ORDER BY 1, 3",
            &["A|arn:1|x", "A|arn:2|y", "C||z"],
        ),
        (
            "SELECT r.type, count(*) FROM cloudtrail CROSS JOIN UNNEST(resources) AS t(r) GROUP BY r.type ORDER BY 1",
            &["T|1", "U|1"],
        ),
        (
            "SELECT eventname FROM cloudtrail WHERE EXISTS (SELECT 1 FROM cloudtrail c \
             CROSS JOIN UNNEST(c.resources) AS t(r) WHERE r.type = 'U' AND c.eventname = cloudtrail.eventname)",
            &["A"],
        ),
        (
            "SELECT x FROM UNNEST(make_array(1, 2)) AS t(x)",
            &["1", "2"],
        ),
    ] {
        assert_eq!(rows_as_they_come(&engine, sql).await, expected, "{sql}");
    }
}

/// What is not asked for is not read, and filters on the row go down.
#[tokio::test]
async fn the_scan_stays_narrow() {
    let (_folder, engine) = engine();
    let plan = plan(
        &engine,
        "SELECT r.arn FROM cloudtrail CROSS JOIN UNNEST(resources) AS t(r) WHERE eventname = 'A'",
    )
    .await;
    assert!(plan.contains("columns=[resources]"), "{plan}");
    assert!(
        plan.contains("filters=[cloudtrail.eventname = Utf8"),
        "{plan}"
    );
    assert!(!plan.contains("Join"), "{plan}");
}
