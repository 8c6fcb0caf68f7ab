//! What is planted in long histories, as a closed list. One row is one kind; what
//! it does stands in its script.

use super::deed::Deed;
use super::{access, beacons, breaches, egress, explore, misuse, scans, silence};
use crate::attack::Trace;

/// Rows of variant, name, trace, script, detectors, techniques (ATT&CK 17), what
/// happens and what ought to be seen.
macro_rules! anomalies {
    ($($variant:ident $name:literal $trace:ident $script:path, [$($detector:literal),+], [$($technique:literal),+],
        $doc:literal, $expected:literal;)+) => {
        /// Something unusual. No record of it is out of the ordinary by itself.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Anomaly {
            $(
                #[doc = $doc]
                $variant,
            )+
        }

        impl Anomaly {
            const COUNT: usize = [$($name),+].len();

            /// Every kind.
            pub const ALL: [Self; Self::COUNT] = [$(Self::$variant),+];

            /// A stable name for command lines and labels.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            /// What happens, in one sentence.
            #[must_use]
            pub const fn doc(self) -> &'static str {
                match self { $(Self::$variant => $doc),+ }
            }

            /// The detectors that should tell of it (`C4`), any of which will do.
            #[must_use]
            pub const fn detectors(self) -> &'static [&'static str] {
                match self { $(Self::$variant => &[$($detector),+]),+ }
            }

            /// The ATT&CK techniques, version 17.
            #[must_use]
            pub const fn techniques(self) -> &'static [&'static str] {
                match self { $(Self::$variant => &[$($technique),+]),+ }
            }

            /// The logs that it leaves traces in.
            #[must_use]
            pub const fn trace(self) -> Trace {
                match self { $(Self::$variant => Trace::$trace),+ }
            }

            /// What ought to be seen, in a sentence.
            #[must_use]
            pub const fn expected(self) -> &'static str {
                match self { $(Self::$variant => $expected),+ }
            }

            pub(super) fn carry_out(self, deed: &mut Deed<'_>) {
                match self { $(Self::$variant => $script(deed)),+ }
            }
        }
    };
}

anomalies! {
    StolenSession "stolen-session" CloudTrail access::stolen_session, ["C1", "C2", "C5"], ["T1550.001", "T1078.004"],
        "a session of one of the staff is used from another network beside its owner",
        "one session from a network that its principal never came from, with calls that the principal never made";
    InstanceCredentials "instance-credentials" CloudTrail access::instance_credentials, ["C4", "C1", "C2"], ["T1552.005", "T1078.004"],
        "credentials of an instance are used from outside, with care and no refused calls",
        "a session of an instance from a network other than the one that it came from";
    ImpossibleTravel "impossible-travel" CloudTrail access::impossible_travel, ["C6", "C1"], ["T1078.004"],
        "one of the staff signs in here, and within the hour on another continent",
        "two sign-ins of one person too far apart for the time between them";
    ManyNetworks "many-networks" CloudTrail access::many_networks, ["C5"], ["T1090.003", "T1078.004"],
        "a session is used through proxies that change all the time",
        "one session from several networks within half an hour";
    KeyNewNetwork "key-new-network" CloudTrail access::key_new_network, ["C1", "C2"], ["T1552.001", "T1078.004"],
        "the key of a program is used from outside, for what the program does",
        "a lasting access key from a network that it was never used from";
    DormantKey "dormant-key" CloudTrail access::dormant_key, ["C14", "C1"], ["T1078.004", "T1552.001"],
        "a key that was used in the first week, and was then forgotten, is used again",
        "a lasting access key that is used for the first time in weeks, from another network";
    OldKey "old-key" CloudTrail access::old_key, ["C14"], ["T1078.004"],
        "a key goes on being used more than ninety days after it was made",
        "calls with a lasting access key more than ninety days after its CreateAccessKey";
    RoleNewAssumer "role-new-assumer" CloudTrail misuse::role_new_assumer, ["C1"], ["T1550.001", "T1098"],
        "a role of the deployments is taken by a program that never took it",
        "AssumeRole of a role by a principal that never took it";
    ForeignCaller "foreign-caller" CloudTrail misuse::foreign_caller, ["C1"], ["T1199", "T1550.001"],
        "an account that never called into this one takes one of its roles",
        "calls of an account that is neither of the organisation nor known";
    NewRegion "new-region" CloudTrail misuse::new_region, ["C10", "C1"], ["T1535"],
        "hosts and a key pair are made in a region in which nobody works",
        "the first changes in a region";
    SecretsSlowly "secrets-slowly" CloudTrail misuse::secrets_slowly, ["C1", "C9"], ["T1555.006"],
        "a program reads secrets that are not its own, one now and one then",
        "a principal reads secrets that it never read";
    RareAgain "rare-again" CloudTrail misuse::rare_again, ["C3"], ["T1098", "T1548"],
        "a program makes changes that it made once, weeks ago",
        "calls that their principal made in one hour only before";
    NewProgram "new-program" CloudTrail misuse::new_program, ["C1", "C2"], ["T1195", "T1059.009"],
        "on the runner of the pipelines somebody works by hand with its role",
        "a role with a sort of program and with calls that it never had";
    QuietAccountLooks "quiet-account-looks" CloudTrail explore::quiet_account, ["C8", "C1", "C2"], ["T1580", "T1087.004"],
        "a user that only ever stored files begins to look around",
        "dozens of calls that list and describe by a principal that never made any of them";
    SlowDiscovery "slow-discovery" CloudTrail explore::slowly, ["C1"], ["T1580", "T1526"],
        "a program looks around for two days, a call now and a call then",
        "dozens of calls that list and describe, new for their principal, over days";
    DiscoveryBurst "discovery-burst" CloudTrail explore::burst, ["C8", "C2"], ["T1580", "T1526"],
        "one of the staff, or who has taken the session, asks for everything in a minute",
        "dozens of distinct calls that list and describe within a minute";
    DeniedFast "denied-fast" CloudTrail explore::denied_fast, ["C7"], ["T1580", "T1069.003"],
        "a role is tried on many calls within minutes and refused",
        "many distinct refused calls of one principal within minutes";
    DeniedSlow "denied-slow" CloudTrail explore::denied_slow, ["C7", "C1"], ["T1580", "T1069.003"],
        "a role is tried on many calls over hours and refused",
        "many distinct refused calls of one principal over hours";
    SessionSequence "session-sequence" CloudTrail explore::sequence, ["C12", "C2"], ["T1087.004", "T1098.001"],
        "who am I, what is here, and then a key for a user that nobody looks at",
        "an identity check, discovery, then persistence within one session";
    NightBurst "night-burst" CloudTrail misuse::night_burst, ["C9", "C11"], ["T1078.004", "T1530"],
        "hundreds of objects are read at night in the session of one of the staff",
        "far more calls of a person in an hour than usual, in an hour in which the person never works";
    NightWork "night-work" CloudTrail misuse::night_work, ["C11", "C2"], ["T1078.004"],
        "somebody with the credentials of one of the staff works on a Sunday night",
        "calls of a person in hours of the week in which the person never works";
    DeleteRate "delete-rate" CloudTrail misuse::delete_rate, ["C9"], ["T1485"],
        "a program deletes far more objects than it ever does",
        "far more deletions of a principal in an hour than usual";
    TrailSilence "trail-silence" CloudTrail silence::trail, ["C13"], ["T1562.008"],
        "nothing is recorded in an account for hours",
        "no event of an account for hours, between hours full of them";
    FlowSilence "flow-silence" Flow silence::flow_log, ["F11"], ["T1562.008"],
        "a flow log records nothing for hours",
        "no line of a flow log for hours, between hours full of them";
    LateralEdge "lateral-edge" Flow scans::lateral, ["F2"], ["T1021"],
        "a host opens connections to a neighbour on a port that it never used",
        "accepted flows between two hosts that never talked";
    PortScanFast "port-scan-fast" Flow scans::ports_fast, ["F3"], ["T1046"],
        "one host tries the ports of another within minutes",
        "refused flows from one host to dozens of ports of another";
    PortScanSlow "port-scan-slow" Flow scans::ports_slow, ["F3"], ["T1046"],
        "one host tries the ports of a few others, one in minutes",
        "refused flows from one host to dozens of ports over hours";
    HostScanFast "host-scan-fast" Flow scans::hosts_fast, ["F3"], ["T1018", "T1046"],
        "one host tries one port at every address of a network",
        "unanswered and refused flows from one host to dozens of others within minutes";
    HostScanSlow "host-scan-slow" Flow scans::hosts_slow, ["F3"], ["T1018", "T1046"],
        "one host tries one port at the addresses of a network, one in minutes",
        "unanswered and refused flows from one host to dozens of others over hours";
    SshGuessing "ssh-guessing" Flow scans::ssh_guessing, ["F4", "F2"], ["T1110.001", "T1021.004"],
        "one host guesses the SSH passwords of another",
        "many short flows of about equal size to port 22 of one host";
    DatabaseGuessing "database-guessing" Flow scans::database_guessing, ["F4"], ["T1110.001"],
        "an application server guesses the passwords of other users of its database",
        "many short flows of about equal size to the port of a database, beside the usual long ones";
    SteadyBeacon "steady-beacon" Flow beacons::steady, ["F5", "F8"], ["T1071.001", "T1573"],
        "a host reports to a machine outside at about equal intervals",
        "connections of about equal size at about equal intervals to an address that nobody else talks to";
    JitteryBeacon "jittery-beacon" Flow beacons::jittery, ["F5", "F8"], ["T1071.001", "T1029"],
        "a host reports to a machine outside at intervals that vary by up to two fifths",
        "connections at varied intervals to an address that nobody else talks to";
    SlowBeacon "slow-beacon" Flow beacons::slow, ["F5", "F8"], ["T1071.001", "T1029"],
        "a host reports to a machine outside about once in half an hour, for days",
        "dozens of connections a day to an address that nobody else talks to";
    ExfiltrationBurst "exfiltration-burst" Flow egress::burst, ["F6", "F8"], ["T1048"],
        "a host sends gigabytes to a machine outside within an hour",
        "far more bytes than usual from one host to an address that nobody else talks to";
    ExfiltrationSlow "exfiltration-slow" Flow egress::slowly, ["F6", "F8"], ["T1048", "T1030"],
        "a host sends its data to a machine outside over many hours",
        "more bytes than usual, hour after hour, to an address that nobody else talks to";
    RejectSpike "reject-spike" Flow egress::rejected, ["F7"], ["T1046", "T1571"],
        "a host looks for a way out and is refused hundreds of times",
        "far more refused flows of an interface in an hour than usual";
    RareDestination "rare-destination" Flow egress::rare, ["F8"], ["T1071.001"],
        "a host talks now and then to a machine outside that nobody else knows",
        "connections to an address outside that no other host and no day before has";
    MinerPool "miner-pool" Flow egress::miner, ["F9", "F8"], ["T1496.001"],
        "a host works for a mining pool",
        "a connection of hours to a rare address on a port that pools have";
    ResolverBypass "resolver-bypass" Flow egress::resolver, ["F10"], ["T1071.004", "T1048.003"],
        "a host asks a name server outside",
        "flows to port 53 of an address outside";
    OpenedThenEntered "opened-then-entered" Both breaches::opened, ["X1", "F2"], ["T1562.007", "T1021"],
        "a security group is opened between two networks, and used within the hour",
        "a change of a security group, then a new edge that it allows";
    StolenThenSent "stolen-then-sent" Both breaches::stolen, ["X2", "C4", "F6"], ["T1552.005", "T1048"],
        "an instance's credentials are used from outside, and then the instance sends data there",
        "an instance's session from outside, then much data from the same instance to a rare address";
}

impl Anomaly {
    /// The kind of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|a| a.name() == name)
    }
}

impl std::fmt::Display for Anomaly {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_come_back_and_are_given_once() {
        for a in Anomaly::ALL {
            assert_eq!(Anomaly::from_name(a.name()), Some(a));
            assert!(crate::Attack::from_name(a.name()).is_none(), "{a}");
            assert!(a.techniques().iter().all(|t| t.starts_with('T')));
        }
        let names: BTreeSet<_> = Anomaly::ALL.iter().map(|a| a.name()).collect();
        assert_eq!(names.len(), Anomaly::ALL.len());
        assert_eq!(Anomaly::from_name("nothing"), None);
    }

    #[test]
    fn every_detector_has_something_to_find() {
        let of: BTreeSet<&str> = Anomaly::ALL
            .iter()
            .flat_map(|a| a.detectors())
            .copied()
            .collect();
        let trail = (1..=14).map(|n| format!("C{n}"));
        let flow = (2..=11).map(|n| format!("F{n}"));
        let all = trail.chain(flow).chain(["X1".to_owned(), "X2".to_owned()]);
        for detector in all {
            assert!(of.contains(detector.as_str()), "{detector}");
        }
    }
}
