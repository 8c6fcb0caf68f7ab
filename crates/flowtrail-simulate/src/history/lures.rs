//! Hard negatives of long histories: ordinary life that looks like what detectors
//! look for. Each kind is met several times, and each time is labelled.

mod cloud;
mod network;

use super::deed::Deed;

/// A kind of lure.
pub(super) struct Lure {
    pub(super) name: &'static str,
    /// Why it might be taken for an attack, and is none.
    pub(super) doc: &'static str,
    /// The detectors that it might mislead.
    pub(super) detectors: &'static [&'static str],
    /// Once in so many days.
    pub(super) every_days: u64,
    pub(super) script: fn(&mut Deed<'_>),
}

const fn lure(
    name: &'static str,
    detectors: &'static [&'static str],
    every_days: u64,
    script: fn(&mut Deed<'_>),
    doc: &'static str,
) -> Lure {
    Lure {
        name,
        doc,
        detectors,
        every_days,
        script,
    }
}

/// Every kind.
pub(super) const LURES: &[Lure] = &[
    lure(
        "business-trip",
        &["C1", "C2", "C6"],
        12,
        cloud::business_trip,
        "one of the staff works from a hotel abroad, having flown there",
    ),
    lure(
        "phone-and-laptop",
        &["C5", "C1"],
        9,
        cloud::phone_and_laptop,
        "a session goes on over a telephone's network while the office's is down",
    ),
    lure(
        "new-hire",
        &["C1", "C2", "C11"],
        30,
        cloud::first_weeks,
        "somebody who has just begun does everything for the first time",
    ),
    lure(
        "new-service",
        &["C1", "C2"],
        22,
        cloud::new_service,
        "a new program goes live with a role of its own",
    ),
    lure(
        "region-roll-out",
        &["C10", "C1"],
        45,
        cloud::region_roll_out,
        "the company begins to work in another region, by its pipeline",
    ),
    lure(
        "release-day",
        &["C9", "C12"],
        14,
        cloud::release_day,
        "a release of everything changes in an hour what is else changed in a week",
    ),
    lure(
        "broken-permission",
        &["C7"],
        8,
        cloud::broken_permission,
        "a program that lost a right tries the same call hundreds of times",
    ),
    lure(
        "first-look",
        &["C7", "C8"],
        10,
        cloud::first_look,
        "one of the staff opens pages of the console that were never needed, and may not see half of them",
    ),
    lure(
        "night-on-call",
        &["C11", "C9"],
        11,
        cloud::on_call,
        "something broke at night, and whoever was on call mends it",
    ),
    lure(
        "load-test",
        &["C9"],
        20,
        cloud::load_test,
        "a program does in an hour what it does in a day, announced and in staging",
    ),
    lure(
        "clean-up",
        &["C9"],
        18,
        cloud::clean_up,
        "a job deletes what is too old, all at once",
    ),
    lure(
        "secret-rotation",
        &["C1", "C9"],
        15,
        cloud::secret_rotation,
        "every secret is read and replaced by the pipeline within minutes",
    ),
    lure(
        "key-rotation",
        &["C1", "C14"],
        12,
        cloud::key_rotation,
        "a key is replaced, and the new one is used at once",
    ),
    lure(
        "inventory",
        &["C8", "C1"],
        30,
        cloud::inventory,
        "the security team's program gets more to look at",
    ),
    lure(
        "new-rights",
        &["C1"],
        13,
        cloud::new_rights,
        "somebody is given a role and takes it for the first time",
    ),
    lure(
        "late-delivery",
        &["C13"],
        13,
        cloud::late_delivery,
        "an account's records come hours late, and all of them come",
    ),
    lure(
        "scale-out",
        &["F2", "F8"],
        10,
        network::scale_out,
        "new hosts share the load for some hours and talk as the others do",
    ),
    lure(
        "vulnerability-scan",
        &["F3", "F7"],
        7,
        network::vulnerability_scan,
        "a host of the shared network tries the ports of all hosts, as it does every week",
    ),
    lure(
        "crawler",
        &["F3", "F8"],
        9,
        network::crawler,
        "a host fetches pages of hundreds of addresses, which answer",
    ),
    lure(
        "gone-service",
        &["F3", "F7", "F4"],
        8,
        network::gone_service,
        "a program goes on calling a service that was switched off",
    ),
    lure(
        "pool-storm",
        &["F4"],
        7,
        network::pool_storm,
        "a pool of connections to a database is filled anew, again and again",
    ),
    lure(
        "configuration-run",
        &["F4", "F2"],
        10,
        network::configuration_run,
        "one host logs in to all others by SSH, as it does every time",
    ),
    lure(
        "cron-job",
        &["F5", "F8"],
        14,
        network::cron_job,
        "a new job asks a supplier the same every few minutes",
    ),
    lure(
        "metrics-push",
        &["F5"],
        11,
        network::metrics_push,
        "every host reports to monitoring every minute",
    ),
    lure(
        "kept-connection",
        &["F5", "F9"],
        9,
        network::kept_connection,
        "a connection stays open for hours and says that it is alive",
    ),
    lure(
        "upload",
        &["F6"],
        9,
        network::upload,
        "a data set goes to a supplier that gets data every night",
    ),
    lure(
        "new-supplier",
        &["F8", "F5"],
        18,
        network::new_supplier,
        "all hosts of a network begin to talk to a supplier on the same day",
    ),
    lure(
        "planned-way",
        &["X1", "F2"],
        15,
        network::planned_way,
        "the pipeline opens a port and the service behind it is used, as the change says",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_are_given_once_and_every_detector_has_a_lure() {
        let names: BTreeSet<_> = LURES.iter().map(|l| l.name).collect();
        assert_eq!(names.len(), LURES.len());
        let of: BTreeSet<&str> = LURES.iter().flat_map(|l| l.detectors).copied().collect();
        for detector in [
            "C1", "C2", "C5", "C6", "C7", "C8", "C9", "C10", "C11", "C12", "C13", "C14", "F2",
            "F3", "F4", "F5", "F6", "F7", "F8", "F9", "X1",
        ] {
            assert!(of.contains(detector), "{detector}");
        }
    }
}
