//! Sources below folders whose names say something that is not about the logs.

use std::fs;

use super::*;

/// Folders that somebody made for a case, and a trail of another time in them.
const FRONTS: [&str; 4] = [
    "date=2026-06-05",
    "year=2020/month=01",
    "region=eu-west-1/dt=2020-01-01",
    "aws-service=vpcflowlogs/day=2020-01-01",
];

fn wanted() -> Wanted {
    Wanted {
        accounts: Some(["111111111111".to_owned()].into()),
        regions: Some(["us-east-1".to_owned()].into()),
        logs: Some([LogKind::CloudTrail].into()),
        ..march_second()
    }
}

/// Sources with these logs below a folder, in a bucket and on the disk.
async fn sources(front: &str, folder: &tempfile::TempDir) -> [Source; 2] {
    let keys = ["01", "02"].map(|day| format!("{front}/{}", trail("111111111111", day, 1)));
    for key in &keys {
        let path = folder.path().join(key);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, key).unwrap();
    }
    [
        bucket(filled(&keys).await, front),
        Source::Local(folder.path().join(front)),
    ]
}

#[tokio::test]
async fn the_name_of_a_case_leaves_nothing_out() {
    for front in FRONTS {
        let folder = tempfile::tempdir().unwrap();
        for source in sources(front, &folder).await {
            let listing = found(&[source], &wanted()).await;
            let names = names(&listing);
            assert_eq!(names.len(), 1, "{front}: {names:?}");
            let key = trail("111111111111", "02", 1);
            assert!(names[0].ends_with(&format!("{front}/{key}")), "{names:?}");
            assert_eq!(listing.pruned_folders, 1, "the other day");
            // What a query learns while it runs leaves it in, too.
            let object = &listing.objects[0];
            assert!(object.may_hold(&wanted()));
            let mut other = wanted();
            other.regions = Some(["eu-west-1".to_owned()].into());
            assert!(!object.may_hold(&other));
            let place = object.place();
            assert_eq!(place.account.as_deref(), Some("111111111111"));
            assert_eq!(place.region.as_deref(), Some("us-east-1"));
            assert_eq!(place.day.unwrap().to_string(), "2026-03-02");
        }
    }
}

#[tokio::test]
async fn a_source_in_a_known_layout_is_left_out_by_its_path() {
    let folder = tempfile::tempdir().unwrap();
    let inside = "case 7/AWSLogs/111111111111/CloudTrail/us-east-1/2026/03/01";
    let [_, local] = sources("case 7", &folder).await;
    let Source::Local(local) = local else {
        unreachable!()
    };
    let store = filled([format!("{inside}/1.json.gz")]).await;
    let below = local.join(inside.trim_start_matches("case 7/"));
    for source in [bucket(store.clone(), inside), Source::Local(below)] {
        let listing = found(&[source], &wanted()).await;
        assert_eq!((listing.objects.len(), listing.pruned_folders), (0, 1));
    }
}

#[tokio::test]
async fn what_only_the_path_of_a_source_says_fills_in_for_records() {
    let front = "mine/account=222222222222/region=eu-west-1";
    let store = filled([format!("{front}/x.log")]).await;
    let listing = found(&[bucket(store, front)], &wanted()).await;
    let place = listing.objects[0].place();
    assert_eq!(place.account.as_deref(), Some("222222222222"));
    assert_eq!(place.region.as_deref(), Some("eu-west-1"));
}
