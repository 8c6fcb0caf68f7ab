//! Files that are damaged, gone, foreign, or not named.

use super::*;
use crate::account::Sums;
use crate::compact::Manifest;

const COUNT: &str = "SELECT count(eventname), count(record) FROM cloudtrail";

/// The path of a file of `cloudtrail` that has rows, and how many.
async fn some_part(both: &Both) -> (PathBuf, u64) {
    let manifest = Manifest::load(&both.dest()).await.unwrap();
    let parts = manifest.parts.iter().filter(|p| p.table == "cloudtrail");
    let part = parts.max_by_key(|p| p.rows).unwrap();
    (both.to().join(&part.path), part.rows)
}

async fn total(both: &Both) -> u64 {
    let all = rows(&over(&[&both.raw()]), "SELECT count(*) FROM cloudtrail").await;
    all[0].parse().unwrap()
}

fn counts(answer: &[String]) -> u64 {
    let (names, records) = answer[0].split_once('|').unwrap();
    assert_eq!(names, records);
    names.parse().unwrap()
}

fn lacks_one(sums: &Sums, path: &Path) {
    assert!(sums.is_partial());
    let problems: Vec<_> = sums.problems().collect();
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert_eq!(problems[0].name, path.to_string_lossy());
    assert!(!problems[0].message.is_empty(), "{problems:?}");
    assert_eq!((sums.lacking, sums.tally.objects_failed), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_gone_makes_the_answer_partial() {
    let both = both(once()).await;
    let (path, rows_of_it) = some_part(&both).await;
    fs::remove_file(&path).unwrap();
    for engine in [over(&[&both.to()]), by_rows(&both.to())] {
        let (answer, sums) = rows_and_sums(&engine, COUNT).await;
        assert_eq!(counts(&answer), total(&both).await - rows_of_it);
        lacks_one(&sums, &path);
    }
    let fault = "SELECT fault, lacking FROM objects WHERE fault IS NOT NULL";
    assert_eq!(
        rows(&over(&[&both.to()]), fault).await,
        ["cannot_open|true"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_file_makes_the_answer_partial() {
    let both = both(once()).await;
    let (path, rows_of_it) = some_part(&both).await;
    let sound = fs::read(&path).unwrap();
    let total = total(&both).await;
    let mut cases: Vec<(Vec<u8>, bool)> = vec![
        (sound[..sound.len() / 2].to_vec(), true),
        (Vec::new(), true),
        (b"no Parquet at all".to_vec(), true),
    ];
    for at in (4..sound.len()).step_by(sound.len() / 60) {
        let mut damaged = sound.clone();
        let end = (at + 8).min(sound.len());
        damaged[at..end].fill(0xA5);
        cases.push((damaged, false));
    }
    let (mut told, tried) = (0, cases.len());
    for (bytes, all_is_lost) in cases {
        fs::write(&path, &bytes).unwrap();
        // Each has a session of its own, and so no footer that it remembers.
        let (answer, sums) = rows_and_sums(&over(&[&both.to()]), COUNT).await;
        let (names, records) = answer[0].split_once('|').unwrap();
        let has: u64 = names.parse().unwrap();
        assert!(has <= total && has >= total - rows_of_it, "{has}");
        assert!(has == total && names == records || sums.is_partial());
        if all_is_lost {
            assert_eq!(has, total - rows_of_it);
        }
        if sums.is_partial() {
            lacks_one(&sums, &path);
            told += 1;
        }
    }
    println!("{told} of {tried} damages were met by the columns that are read");
    assert!(told > 3, "{told} of {tried}");
    fs::write(&path, &sound).unwrap();
    let (answer, sums) = rows_and_sums(&over(&[&both.to()]), COUNT).await;
    assert!(counts(&answer) == total && !sums.is_partial());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_of_the_statement_is_no_fault_of_a_file() {
    let both = shapes().await;
    for sql in [
        "SELECT eventname FROM cloudtrail WHERE CAST(eventname AS INT) = 1",
        "SELECT CAST(eventname AS INT) FROM cloudtrail",
        "SELECT eventname FROM cloudtrail WHERE 1 / (length(eventname) - 1) = 1",
    ] {
        for folder in [both.raw(), both.to()] {
            let engine = over(&[&folder]);
            let query = engine.sql(sql).await.unwrap();
            let run = std::sync::Arc::clone(query.run());
            let ended = match query.stream().await {
                Ok(stream) => datafusion::physical_plan::common::collect(stream).await,
                Err(error) => Err(error),
            };
            assert!(ended.is_err(), "{sql}");
            assert!(!run.account().is_partial(), "{sql}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_the_manifest_does_not_name_is_no_log() {
    let both = both(once()).await;
    let (path, _) = some_part(&both).await;
    let copy = path.with_file_name("part-copy.parquet");
    fs::copy(&path, &copy).unwrap();
    let engine = over(&[&both.to()]);
    let (answer, sums) = rows_and_sums(&engine, COUNT).await;
    assert_eq!(counts(&answer), total(&both).await);
    assert!(!sums.is_partial());
    let sql = "SELECT name, fault, message, lacking FROM objects WHERE fault IS NOT NULL";
    let (strays, sums) = rows_and_sums(&engine, sql).await;
    assert_eq!(strays.len(), 1, "{strays:?}");
    assert!(
        strays[0].starts_with(&*copy.to_string_lossy()),
        "{strays:?}"
    );
    assert!(strays[0].contains("|not_in_manifest|the manifest does not name it"));
    assert!(strays[0].ends_with("|false") && !sums.is_partial());
    // Whoever names it gets it.
    let alone = rows_and_sums(&over(&[&copy]), COUNT).await.0;
    assert!(counts(&alone) > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_of_a_place_is_read_by_the_manifest_too() {
    let both = both(once()).await;
    let (path, _) = some_part(&both).await;
    fs::copy(&path, path.with_file_name("part-copy.parquet")).unwrap();
    let table = both.to().join("table=cloudtrail");
    let (answer, _) = rows_and_sums(&over(&[&table]), COUNT).await;
    assert_eq!(counts(&answer), total(&both).await);
    let account = path.ancestors().nth(3).unwrap();
    let name = account.file_name().unwrap().to_string_lossy();
    let name = name.strip_prefix("account=").unwrap();
    let (answer, _) = rows_and_sums(&over(&[account]), COUNT).await;
    let sql = format!("{COUNT} WHERE account = '{name}'");
    assert_eq!(answer, rows(&over(&[&both.raw()]), &sql).await);
    // Above it, beside raw logs.
    let (answer, _) = rows_and_sums(&over(&[both.folder.path()]), COUNT).await;
    assert_eq!(counts(&answer), 2 * total(&both).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_manifest_files_are_objects_and_a_damaged_one_is_an_error() {
    let both = both(once()).await;
    let states = both.to().join("_flowtrail/manifest");
    let state = states.join("00000000000000000001.json");
    let sound = fs::read(&state).unwrap();
    let later = String::from_utf8(sound.clone()).unwrap();
    let later = later.replacen("\"layout\":", "\"layout\":9", 1);
    for (bytes, words) in [
        (&sound[..sound.len() / 2], "damaged"),
        (later.as_bytes(), "layout 9"),
    ] {
        fs::write(&state, bytes).unwrap();
        let engine = over(&[&both.to()]);
        let error = match engine.sql(COUNT).await.unwrap().stream().await {
            Err(error) => engine.explain(&error).to_string(),
            Ok(_) => panic!("it was read"),
        };
        assert!(
            error.contains(words) && error.contains("its manifest"),
            "{error}"
        );
    }
    fs::remove_dir_all(&states).unwrap();
    let (answer, sums) = rows_and_sums(&over(&[&both.to()]), COUNT).await;
    assert_eq!(counts(&answer), total(&both).await);
    assert!(!sums.is_partial());
}
