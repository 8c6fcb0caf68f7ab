//! Every case of every named query, on two executors and on one machine.

use std::fs;

use crate::servers::{Cluster, flowtrail, root, run};

/// The words of a case's line, which blanks part but within quotes.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    for c in line.chars() {
        match quote {
            Some(q) if c == q => quote = None,
            None if c == '\'' || c == '"' => quote = Some(c),
            None if c == ' ' => words.push(String::new()),
            Some(_) | None => words.last_mut().unwrap().push(c),
        }
    }
    words.retain(|w| !w.is_empty());
    words
}

/// What the cases of a file are asked of, and the cases.
fn cases(text: &str) -> Vec<Vec<String>> {
    let head = |name: &str| {
        let line = text.lines().find_map(|l| l.strip_prefix(name));
        line.map(|l| l.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
            .unwrap_or_default()
    };
    let mut about = Vec::new();
    for logs in head("# logs: ") {
        about.extend(["--source".to_owned(), logs]);
    }
    for context in head("# context: ") {
        about.extend(["--context".to_owned(), context]);
    }
    let runs = text.lines().filter_map(|l| l.strip_prefix(".run "));
    runs.map(|run| {
        let mut all = about.clone();
        for (at, word) in words(run).into_iter().enumerate() {
            let flag = if at == 0 { "--name" } else { "--param" };
            all.extend([flag.to_owned(), word]);
        }
        all
    })
    .collect()
}

#[test]
fn two_executors_answer_named_queries_as_one_machine_does() {
    let cluster = Cluster::start(&["--context", "sample-logs/context.yaml"], &[]);
    let mut paths: Vec<_> = fs::read_dir(root().join("tests/cases/queries"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "slt"))
        .collect();
    paths.sort();
    assert!(paths.len() > 50);
    let (mut asked, mut by_both, mut rows) = (0, 0, 0);
    for path in paths {
        for case in cases(&fs::read_to_string(&path).unwrap()) {
            let case: Vec<&str> = case.iter().map(String::as_str).collect();
            let (there, here) = cluster.beside(&root(), &case);
            assert_eq!(there.out, here.out, "{case:?}: {}", there.said);
            assert_eq!(there.status, here.status, "{case:?}");
            assert_eq!(there.said_of_logs(), here.said_of_logs(), "{case:?}");
            asked += 1;
            rows += here.out.lines().count();
            by_both += usize::from(there.readers() == 2);
        }
    }
    println!("{asked} queries with {rows} rows, {by_both} of them read by both executors");
    assert!(by_both * 2 > asked, "{by_both} of {asked}");
}

/// What named queries do not use.
#[test]
fn two_executors_answer_other_statements_as_one_machine_does() {
    let cluster = Cluster::start(&[], &[]);
    for sql in [
        // A join of tables that share their objects, and a subquery.
        "SELECT c.eventname, count(*) AS n FROM cloudtrail c JOIN vpcflow v \
         ON c.account = v.account AND date_trunc('hour', c.time) = date_trunc('hour', v.time) \
         WHERE c.readonly = 'false' GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 7",
        "SELECT eventname FROM cloudtrail WHERE useridentity.accesskeyid NOT IN \
         (SELECT useridentity.accesskeyid FROM cloudtrail WHERE errorcode IS NOT NULL) \
         GROUP BY 1 ORDER BY 1",
        // A function of ours that has the name of another's, in a window.
        "SELECT DISTINCT split_part(sourceipaddress, '.', 1) AS a, \
         count(*) OVER (PARTITION BY split_part(sourceipaddress, '.', 1)) AS n \
         FROM cloudtrail ORDER BY 2 DESC, 1 LIMIT 9",
        "SELECT max_by(eventname, time) AS last, count_if(errorcode IS NULL) AS good, \
         approx_distinct(eventid) AS events FROM cloudtrail",
        "SELECT eventid FROM cloudtrail WHERE time >= TIMESTAMP '2026-03-03' \
         ORDER BY eventid LIMIT 20",
        "SELECT count(*) AS n FROM cloudtrail WHERE eventname = 'NoSuchCall'",
        "SELECT r.title FROM rules r WHERE r.title LIKE 'Root%' ORDER BY 1",
        "SELECT record FROM cloudtrail ORDER BY eventid LIMIT 3",
        "SELECT count(*) AS n FROM (SELECT * FROM cloudtrail LIMIT 10)",
    ] {
        let (there, here) = cluster.beside(&root(), &[sql, "sample-logs"]);
        assert_eq!(there.out, here.out, "{sql}: {}", there.said);
        assert_eq!((there.status, here.status), (Some(0), Some(0)), "{sql}");
    }
}

/// Compacted files are named by a manifest, and lie wherever they have come to.
#[test]
fn two_executors_read_compacted_logs_as_one_machine_does() {
    let folder = tempfile::tempdir().unwrap();
    // What stands in front of the logs is about no record of them.
    let lake = folder.path().join("region=ap-south-1/lake");
    let lake = lake.to_str().unwrap();
    for logs in ["sample-logs", "tests/cases/queries/logs"] {
        let ran = run(flowtrail(&root(), &["compact", logs, "--to", lake]));
        assert_eq!(ran.status, Some(0), "{}", ran.said);
    }
    let cluster = Cluster::start(&[], &[]);
    for sql in [
        "SELECT account, region, day, count(*) AS n FROM cloudtrail GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
        "SELECT record FROM cloudtrail WHERE day = DATE '2026-03-03' ORDER BY eventid LIMIT 5",
        "SELECT sum(bytes) AS bytes, count(*) AS n FROM vpcflow",
        "SELECT eventid, time FROM cloudtrail ORDER BY time DESC, eventid LIMIT 5",
    ] {
        let (there, here) = cluster.beside(&root(), &[sql, lake]);
        assert_eq!(there.out, here.out, "{sql}: {}", there.said);
        assert_eq!((there.status, here.status), (Some(0), Some(0)), "{sql}");
        assert!(!here.out.is_empty(), "{sql}");
    }
}
