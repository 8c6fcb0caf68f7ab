//! The attacks that can be spliced in, as a closed list.

/// Which logs an attack leaves traces in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trace {
    /// CloudTrail only.
    CloudTrail,
    /// VPC flow logs only.
    Flow,
    /// Both.
    Both,
}

/// An attack. The order is that of an intrusion, and the order in which a plan
/// carries them out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Attack {
    /// One address tries a few passwords on every user's console login.
    PasswordSpray,
    /// Many failed console logins of one user, then a success without MFA.
    ConsoleBruteForce,
    /// The root user signs in without MFA and looks around.
    RootLoginNoMfa,
    /// A new administrator with an access key and a console password.
    BackdoorUser,
    /// A role's trust policy lets a foreign account in.
    BackdoorRoleTrust,
    /// A function gets foreign code and may be invoked by everyone.
    LambdaBackdoor,
    /// `GuardDuty`, the configuration recorder and a flow log are removed.
    GuarddutyOff,
    /// A trail is made to record less, stopped and deleted.
    StopLogging,
    /// SSH is opened to the internet and then used from it.
    OpenSecurityGroup,
    /// SSH passwords are tried against a jump host until one fits.
    SshBruteForce,
    /// An instance's credentials are used from outside of AWS.
    StolenInstanceCredentials,
    /// Every secret is read within minutes.
    SecretsSweep,
    /// One host tries many ports of many others.
    PortScan,
    /// A staging host talks to the production database.
    CrossEnvTraffic,
    /// A disk and a database snapshot are shared with a foreign account.
    ShareSnapshot,
    /// Gigabytes leave for one address outside.
    Exfiltration,
    /// GPU instances in a region that nobody uses, then a mining pool.
    CryptoMining,
    /// Versioning is suspended, objects expire and are deleted.
    S3Ransom,
    /// Keys are disabled and scheduled for deletion.
    KmsKeyDeletion,
    /// The account leaves the organisation.
    LeaveOrganization,
}

impl Attack {
    /// Every attack, in the order in which they are carried out.
    pub const ALL: [Self; 20] = [
        Self::PasswordSpray,
        Self::ConsoleBruteForce,
        Self::RootLoginNoMfa,
        Self::BackdoorUser,
        Self::BackdoorRoleTrust,
        Self::LambdaBackdoor,
        Self::GuarddutyOff,
        Self::StopLogging,
        Self::OpenSecurityGroup,
        Self::SshBruteForce,
        Self::StolenInstanceCredentials,
        Self::SecretsSweep,
        Self::PortScan,
        Self::CrossEnvTraffic,
        Self::ShareSnapshot,
        Self::Exfiltration,
        Self::CryptoMining,
        Self::S3Ransom,
        Self::KmsKeyDeletion,
        Self::LeaveOrganization,
    ];

    /// A stable name for command lines and labels.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::PasswordSpray => "password-spray",
            Self::ConsoleBruteForce => "console-brute-force",
            Self::RootLoginNoMfa => "root-login-no-mfa",
            Self::BackdoorUser => "backdoor-user",
            Self::BackdoorRoleTrust => "backdoor-role-trust",
            Self::LambdaBackdoor => "lambda-backdoor",
            Self::GuarddutyOff => "guardduty-off",
            Self::StopLogging => "stop-logging",
            Self::OpenSecurityGroup => "open-security-group",
            Self::SshBruteForce => "ssh-brute-force",
            Self::StolenInstanceCredentials => "stolen-instance-credentials",
            Self::SecretsSweep => "secrets-sweep",
            Self::PortScan => "port-scan",
            Self::CrossEnvTraffic => "cross-env-traffic",
            Self::ShareSnapshot => "share-snapshot",
            Self::Exfiltration => "exfiltration",
            Self::CryptoMining => "crypto-mining",
            Self::S3Ransom => "s3-ransom",
            Self::KmsKeyDeletion => "kms-key-deletion",
            Self::LeaveOrganization => "leave-organization",
        }
    }

    /// The attack of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|a| a.name() == name)
    }

    /// What happens, in one sentence.
    #[must_use]
    pub const fn doc(self) -> &'static str {
        match self {
            Self::PasswordSpray => {
                "one address tries a few passwords on every user's console login"
            }
            Self::ConsoleBruteForce => {
                "many failed console logins of one user, then a success without MFA"
            }
            Self::RootLoginNoMfa => "the root user signs in without MFA and looks around",
            Self::BackdoorUser => "a new administrator with an access key and a console password",
            Self::BackdoorRoleTrust => {
                "a role's trust policy lets a foreign account in, and it comes in"
            }
            Self::LambdaBackdoor => {
                "a function gets foreign code by hand and may be invoked by everyone"
            }
            Self::GuarddutyOff => {
                "the GuardDuty detector, the configuration recorder and a flow log are removed"
            }
            Self::StopLogging => "a trail is made to record less, then stopped, then deleted",
            Self::OpenSecurityGroup => "SSH is opened to the internet and then used from it",
            Self::SshBruteForce => "SSH passwords are tried against a jump host until one fits",
            Self::StolenInstanceCredentials => {
                "an instance's credentials are used from outside of AWS to look around"
            }
            Self::SecretsSweep => "every secret of an account is read within minutes",
            Self::PortScan => "one host tries many ports of many others",
            Self::CrossEnvTraffic => "a staging host talks to the production database",
            Self::ShareSnapshot => {
                "a disk snapshot and a database snapshot are shared with a foreign account"
            }
            Self::Exfiltration => "gigabytes leave a production host for one address outside",
            Self::CryptoMining => {
                "GPU instances in a region that nobody uses, then traffic to a mining pool"
            }
            Self::S3Ransom => {
                "a bucket's versioning is suspended, its objects are set to expire and deleted"
            }
            Self::KmsKeyDeletion => "keys are disabled and scheduled for deletion",
            Self::LeaveOrganization => "the account leaves the organisation",
        }
    }

    /// The ATT&CK techniques, Cloud matrix version 17.
    #[must_use]
    pub const fn techniques(self) -> &'static [&'static str] {
        match self {
            Self::PasswordSpray => &["T1110.003"],
            Self::ConsoleBruteForce => &["T1110.001", "T1078.004"],
            Self::RootLoginNoMfa => &["T1078.004"],
            Self::BackdoorUser => &["T1136.003", "T1098.001", "T1098.003"],
            Self::BackdoorRoleTrust => &["T1098.003", "T1199"],
            Self::LambdaBackdoor => &["T1648", "T1546"],
            Self::GuarddutyOff => &["T1562.001", "T1562.008"],
            Self::StopLogging => &["T1562.008"],
            Self::OpenSecurityGroup => &["T1562.007", "T1021.004"],
            Self::SshBruteForce => &["T1110.001", "T1021.004"],
            Self::StolenInstanceCredentials => &["T1552.005", "T1078.004", "T1580"],
            Self::SecretsSweep => &["T1555.006"],
            Self::PortScan => &["T1046"],
            Self::CrossEnvTraffic => &["T1021"],
            Self::ShareSnapshot => &["T1537"],
            Self::Exfiltration => &["T1048"],
            Self::CryptoMining => &["T1496.001", "T1535", "T1578.002"],
            Self::S3Ransom => &["T1485", "T1485.001", "T1490"],
            Self::KmsKeyDeletion => &["T1485", "T1490"],
            Self::LeaveOrganization => &["T1666"],
        }
    }

    /// The logs that it leaves traces in.
    #[must_use]
    pub const fn trace(self) -> Trace {
        match self {
            Self::OpenSecurityGroup | Self::CryptoMining => Trace::Both,
            Self::SshBruteForce | Self::PortScan | Self::CrossEnvTraffic | Self::Exfiltration => {
                Trace::Flow
            }
            Self::PasswordSpray
            | Self::ConsoleBruteForce
            | Self::RootLoginNoMfa
            | Self::BackdoorUser
            | Self::BackdoorRoleTrust
            | Self::LambdaBackdoor
            | Self::GuarddutyOff
            | Self::StopLogging
            | Self::StolenInstanceCredentials
            | Self::SecretsSweep
            | Self::ShareSnapshot
            | Self::S3Ransom
            | Self::KmsKeyDeletion
            | Self::LeaveOrganization => Trace::CloudTrail,
        }
    }

    /// What ought to be seen, in a sentence.
    #[must_use]
    pub const fn expected(self) -> &'static str {
        match self {
            Self::PasswordSpray => {
                "failed ConsoleLogin of many users from one address within minutes"
            }
            Self::ConsoleBruteForce => {
                "20 or more failed ConsoleLogin of one user, then ConsoleLogin Success with MFAUsed No from the same address"
            }
            Self::RootLoginNoMfa => {
                "ConsoleLogin of the root user with MFAUsed No, then calls of type Root"
            }
            Self::BackdoorUser => {
                "CreateUser, AttachUserPolicy with AdministratorAccess, CreateAccessKey and CreateLoginProfile for one new user"
            }
            Self::BackdoorRoleTrust => {
                "UpdateAssumeRolePolicy whose document names a foreign account, then AssumeRole by that account"
            }
            Self::LambdaBackdoor => {
                "UpdateFunctionCode by a person instead of the pipeline and AddPermission with principal *"
            }
            Self::GuarddutyOff => {
                "DeleteDetector, StopConfigurationRecorder and DeleteFlowLogs by one principal"
            }
            Self::StopLogging => {
                "PutEventSelectors without management events, StopLogging and DeleteTrail on one trail"
            }
            Self::OpenSecurityGroup => {
                "AuthorizeSecurityGroupIngress of port 22 for 0.0.0.0/0, then accepted flows to port 22 from the internet"
            }
            Self::SshBruteForce => {
                "many short flows of equal size from one address to port 22, then a long one"
            }
            Self::StolenInstanceCredentials => {
                "an i-… session from an address outside of the account's, GetCallerIdentity first, then many distinct denied calls"
            }
            Self::SecretsSweep => {
                "ListSecrets and GetSecretValue for every secret within minutes by one principal"
            }
            Self::PortScan => {
                "rejected flows from one private address to many ports of many hosts within minutes"
            }
            Self::CrossEnvTraffic => {
                "accepted flows from a staging address to port 5432 of a production database"
            }
            Self::ShareSnapshot => {
                "ModifySnapshotAttribute and ModifyDBSnapshotAttribute that name a foreign account"
            }
            Self::Exfiltration => {
                "gigabytes from one production host to one outside address that nothing else talks to"
            }
            Self::CryptoMining => {
                "RunInstances of a large GPU type in a region without any other use, then flows to port 3333"
            }
            Self::S3Ransom => {
                "PutBucketVersioning Suspended, PutBucketLifecycle with one day and dozens of DeleteObject on one bucket"
            }
            Self::KmsKeyDeletion => {
                "DisableKey and ScheduleKeyDeletion with the shortest waiting time for several keys"
            }
            Self::LeaveOrganization => "LeaveOrganization in a member account",
        }
    }
}

impl std::fmt::Display for Attack {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_back() {
        for a in Attack::ALL {
            assert_eq!(Attack::from_name(a.name()), Some(a));
            assert!(a.techniques().iter().all(|t| t.starts_with('T')));
        }
        assert_eq!(Attack::from_name("nothing"), None);
    }

    #[test]
    fn the_list_is_in_order_and_complete() {
        assert!(Attack::ALL.is_sorted());
        assert_eq!(Attack::ALL.last(), Some(&Attack::LeaveOrganization));
    }
}
