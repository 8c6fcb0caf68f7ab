//! The attacks that can be spliced in, as a closed list. One row is one attack;
//! what it does stands in its script under `attacks/`.

use crate::attacks::stage::Stage;
use crate::attacks::{access, credentials, egress, evasion, execution, exposure, flood, foothold};
use crate::attacks::{impact, lateral, network, persistence, ruin};

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

/// Rows of variant, name, trace, script, techniques (Cloud and Network matrix,
/// version 17), what happens and what ought to be seen.
macro_rules! attacks {
    ($($variant:ident $name:literal $trace:ident $script:path, [$($technique:literal),+],
        $doc:literal, $expected:literal;)+) => {
        /// An attack. The order is that of an intrusion, and the order in which
        /// a plan carries them out.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Attack {
            $(
                #[doc = $doc]
                $variant,
            )+
        }

        impl Attack {
            const COUNT: usize = [$($name),+].len();

            /// Every attack, in the order in which they are carried out.
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

            pub(crate) fn carry_out(self, stage: &mut Stage<'_>) {
                match self { $(Self::$variant => $script(stage)),+ }
            }
        }
    };
}

attacks! {
    InternetScan "internet-scan" Flow exposure::internet_scan, ["T1595.001", "T1595.002", "T1133"],
        "one public address tries a thousand ports of a jump host and enters through a forgotten one",
        "a thousand refused flows from one public address to one host, then an accepted conversation on a port above 1024";
    PasswordSpray "password-spray" CloudTrail access::password_spray, ["T1110.003"],
        "one address tries a few passwords on every user's console login",
        "failed ConsoleLogin of many users from one address within minutes";
    ConsoleBruteForce "console-brute-force" CloudTrail access::console_brute_force, ["T1110.001", "T1078.004"],
        "many failed console logins of one user, then a success without MFA",
        "20 or more failed ConsoleLogin of one user, then ConsoleLogin Success with MFAUsed No from the same address";
    RootLoginNoMfa "root-login-no-mfa" CloudTrail access::root_login, ["T1078.004"],
        "the root user signs in without MFA and looks around",
        "ConsoleLogin of the root user with MFAUsed No, then calls of type Root";
    KeyReuse "key-reuse" CloudTrail credentials::key_reuse, ["T1078.004", "T1552.001"],
        "one access key is used from many networks within the hour",
        "one accessKeyId from five or more addresses of different networks within an hour";
    EnumerationBurst "enumeration-burst" CloudTrail credentials::enumeration, ["T1580", "T1526", "T1087.004"],
        "a key is tried on everything within minutes and is refused almost everywhere",
        "dozens of distinct calls that list and describe by one principal within minutes, most of them denied";
    SesEnumerate "ses-enumerate" CloudTrail credentials::mail, ["T1526", "T1496.004"],
        "somebody looks in every region whether mail can be sent and how much",
        "GetSendQuota, ListIdentities and GetAccountSendingEnabled by one user in several regions";
    PrivilegeEscalation "privilege-escalation" CloudTrail foothold::policy_version, ["T1098.003"],
        "a policy gets a new default version that allows everything",
        "CreatePolicyVersion that allows * on * and is made the default at once, after refused calls to IAM";
    BackdoorUser "backdoor-user" CloudTrail persistence::user, ["T1136.003", "T1098.001", "T1098.003"],
        "a new administrator with an access key and a console password",
        "CreateUser, AttachUserPolicy with AdministratorAccess, CreateAccessKey and CreateLoginProfile for one new user";
    AccessKeyForAnother "access-key-for-another" CloudTrail foothold::key_for_another, ["T1098.001", "T1078.004"],
        "an access key is made for another user and used from outside",
        "CreateAccessKey for a user who is not the caller, then calls with the new key from an unknown address";
    MfaRemoved "mfa-removed" CloudTrail foothold::second_factor, ["T1556.006", "T1078.004"],
        "another user's second factor is removed, and that user signs in without one",
        "DeactivateMFADevice and UpdateLoginProfile for another user, then ConsoleLogin of that user with MFAUsed No";
    BackdoorRoleTrust "backdoor-role-trust" CloudTrail persistence::role_trust, ["T1098.003", "T1199"],
        "a role's trust policy lets a foreign account in, and it comes in",
        "UpdateAssumeRolePolicy whose document names a foreign account, then AssumeRole by that account";
    IdentityProvider "identity-provider" CloudTrail foothold::identity_provider, ["T1484.002", "T1606.002"],
        "an outside identity provider is added, with an administrator role for it",
        "CreateSAMLProvider, CreateRole that trusts it, AttachRolePolicy with AdministratorAccess, then AssumeRoleWithSAML";
    RolesAnywhere "roles-anywhere" CloudTrail foothold::roles_anywhere, ["T1484.002", "T1098.001"],
        "a trust anchor lets certificates of an outside authority take a role",
        "CreateTrustAnchor with a certificate bundle and CreateProfile for a role";
    BackdoorRole "backdoor-role" CloudTrail foothold::role, ["T1136.003", "T1098.003"],
        "a new administrator role lets a foreign account in",
        "CreateRole that trusts a foreign account and AttachRolePolicy with AdministratorAccess";
    FederationToken "federation-token" CloudTrail foothold::federation, ["T1550.001", "T1098.001"],
        "a key is turned into a session that outlives it",
        "GetFederationToken by an IAM user with a policy that allows everything, then a FederatedUser signs in";
    IdentityCenterTakeover "identity-center-takeover" CloudTrail foothold::single_sign_on, ["T1136.003", "T1098.003", "T1484.002"],
        "a new user of single sign-on becomes administrator of every account",
        "CreateUser in the directory, a permission set with AdministratorAccess and CreateAccountAssignment for that user, then a sign-in";
    LambdaBackdoor "lambda-backdoor" CloudTrail persistence::function, ["T1648", "T1546"],
        "a function gets foreign code by hand and may be invoked by everyone",
        "UpdateFunctionCode by a person instead of the pipeline and AddPermission with principal *";
    LambdaLayer "lambda-layer" CloudTrail execution::layer, ["T1546", "T1648"],
        "a function loads a layer of a foreign account",
        "UpdateFunctionConfiguration with a layer of a foreign account";
    UserDataSwap "user-data-swap" CloudTrail execution::user_data, ["T1059.009", "T1578.005"],
        "hosts are stopped, get another start-up script and are started again",
        "StopInstances, ModifyInstanceAttribute of userData and StartInstances of the same instance";
    SagemakerLifecycle "sagemaker-lifecycle" CloudTrail execution::notebook, ["T1546", "T1648"],
        "a notebook gets a script that runs when it starts",
        "StopNotebookInstance, UpdateNotebookInstance with another lifecycle configuration and StartNotebookInstance";
    EventbridgeExfil "eventbridge-exfil" CloudTrail execution::events, ["T1537", "T1546"],
        "a rule sends the events of the account to a foreign one",
        "PutRule that takes everything and PutTargets with the event bus of a foreign account";
    GuarddutyOff "guardduty-off" CloudTrail evasion::guardduty_off, ["T1562.001", "T1562.008"],
        "the GuardDuty detector, the configuration recorder and a flow log are removed",
        "DeleteDetector, StopConfigurationRecorder and DeleteFlowLogs by one principal";
    ConfigOff "config-off" CloudTrail evasion::config_off, ["T1562.001", "T1562.008"],
        "AWS Config is stopped and removed, and Security Hub is switched off",
        "StopConfigurationRecorder, DeleteConfigurationRecorder, DeleteDeliveryChannel and DisableSecurityHub by one principal";
    FlowLogDelete "flow-log-delete" CloudTrail evasion::flow_logs, ["T1562.008"],
        "the flow logs of the production networks are removed",
        "DescribeFlowLogs and DeleteFlowLogs for every flow log of the account";
    StopLogging "stop-logging" CloudTrail evasion::stop_logging, ["T1562.008"],
        "a trail is made to record less, then stopped, then deleted",
        "PutEventSelectors without management events, StopLogging and DeleteTrail on one trail";
    LogBucketTamper "log-bucket-tamper" CloudTrail evasion::log_bucket, ["T1562.008", "T1485.001", "T1070"],
        "the bucket that holds the logs is set to forget them",
        "PutBucketVersioning Suspended, DeleteBucketPolicy and PutBucketLifecycle with one day on the bucket of the trail, then DeleteObjects";
    DnsLogDelete "dns-log-delete" CloudTrail evasion::dns_logs, ["T1562.008"],
        "the logging of DNS queries is taken away",
        "DisassociateResolverQueryLogConfig and DeleteResolverQueryLogConfig";
    OpenSecurityGroup "open-security-group" Both network::open_security_group, ["T1562.007", "T1021.004"],
        "SSH is opened to the internet and then used from it",
        "AuthorizeSecurityGroupIngress of port 22 for 0.0.0.0/0, then accepted flows to port 22 from the internet, soon from dozens of addresses";
    ExposedRemoteDesktop "exposed-remote-desktop" Flow exposure::remote_desktop, ["T1133", "T1110.001", "T1021.001"],
        "a remote desktop is open to the world, and one of the many who find it guesses the password",
        "conversations with port 3389 from a hundred public addresses, many short ones from one of them, then a long one";
    ExposedDatabase "exposed-database" Flow exposure::database, ["T1190", "T1110.001", "T1048"],
        "a database is reached from the internet, its password guessed and its contents taken",
        "many short flows from a public address to port 5432, then gigabytes back to it";
    ExposedContainerApi "exposed-container-api" Flow exposure::container_api, ["T1133", "T1610", "T1613"],
        "a container host takes orders from the internet and passes them on inside",
        "accepted flows from a public address to ports 2375 and 10250, then from that host to port 2375 of another";
    ExposedFileShare "exposed-file-share" Flow exposure::file_share, ["T1133", "T1039"],
        "a file share is reached from the internet and copied",
        "accepted flows from a public address to ports 445 and 2049";
    SshBruteForce "ssh-brute-force" Flow network::ssh_brute_force, ["T1110.001", "T1021.004"],
        "SSH passwords are tried against a jump host until one fits",
        "many short flows of equal size from one address to port 22, then a long one";
    StolenInstanceCredentials "stolen-instance-credentials" CloudTrail access::stolen_instance_credentials, ["T1552.005", "T1078.004", "T1580"],
        "an instance's credentials are used from outside of AWS to look around",
        "an i-… session from an address outside of the account's, GetCallerIdentity first, then many distinct denied calls";
    SsmCommands "ssm-commands" CloudTrail execution::commands, ["T1651", "T1021.008"],
        "shell commands run on every host through Systems Manager, then sessions on some",
        "SendCommand with AWS-RunShellScript for every instance and StartSession on three or more within minutes";
    SerialConsole "serial-console" CloudTrail execution::serial_console, ["T1021.008", "T1098.004"],
        "the serial console is opened and keys are pushed to hosts",
        "EnableSerialConsoleAccess, then SendSerialConsoleSSHPublicKey and SendSSHPublicKey for several instances";
    PasswordData "password-data" CloudTrail credentials::passwords, ["T1552"],
        "the passwords of Windows hosts are asked for, one after another",
        "GetPasswordData for dozens of instances by one session, most of them refused";
    UserDataRead "user-data-read" CloudTrail credentials::scripts, ["T1580", "T1552"],
        "the start-up scripts of all hosts are read",
        "DescribeInstanceAttribute of userData for a dozen instances by one session";
    SecretsSweep "secrets-sweep" CloudTrail access::secrets_sweep, ["T1555.006"],
        "every secret of an account is read within minutes",
        "ListSecrets and GetSecretValue for every secret within minutes by one principal";
    SecretsBatch "secrets-batch" CloudTrail credentials::batch, ["T1555.006"],
        "secrets are fetched by filter, twenty at a time",
        "BatchGetSecretValue with filters, again and again";
    ParametersSweep "parameters-sweep" CloudTrail credentials::parameters, ["T1555.006", "T1552.001"],
        "every parameter of an account is decrypted within minutes",
        "DescribeParameters, then GetParameters with decryption, ten at a time";
    RoleChain "role-chain" CloudTrail credentials::role_chain, ["T1550.001", "T1021.007"],
        "a session takes a role in the next account, and from there in another",
        "AssumeRole from account to account within minutes, each with the session that the one before gave, from an outside address";
    PortScan "port-scan" Flow network::port_scan, ["T1046"],
        "one host tries many ports of many others",
        "rejected flows from one private address to many ports of many hosts within minutes";
    InternalBruteForce "internal-brute-force" Flow lateral::brute_force, ["T1110.001", "T1021.004"],
        "a host inside tries SSH passwords on another one",
        "many short flows of equal size from one private address to port 22 of another";
    SshSpread "ssh-spread" Flow lateral::ssh_spread, ["T1021.004", "T1570"],
        "with a key that it found, one host logs in to a dozen others",
        "accepted SSH conversations from one private address to twelve others within minutes";
    WormSpread "worm-spread" Flow lateral::worm, ["T1210", "T1021.002", "T1018"],
        "three hosts one after another search the network for file shares",
        "unanswered flows to port 445 of dozens of private addresses from three hosts";
    SshAroundBastion "ssh-around-bastion" Flow lateral::ssh_around_bastion, ["T1021.004"],
        "a staging host logs in to a production host directly",
        "accepted flows to port 22 of a production host from a host that is no bastion";
    CrossEnvTraffic "cross-env-traffic" Flow network::cross_environment, ["T1021"],
        "a staging host talks to the production database",
        "accepted flows from a staging address to port 5432 of a production database";
    GraphDatabaseAccess "graph-database-access" Flow lateral::graph_database, ["T1213.006"],
        "a host that is no application server reads the graph database",
        "accepted flows to ports 7687 and 7474 of the graph database from a search host";
    LedgerSearchTraffic "ledger-search-traffic" Flow lateral::ledger_search, ["T1021"],
        "the ledger and the search tier, which must not know of each other, talk",
        "accepted flows between search and ledger hosts in both directions";
    CleartextTraffic "cleartext-traffic" Flow lateral::cleartext, ["T1040"],
        "a database is queried and a site is served without encryption",
        "accepted flows to a database port with encryption-status 0, and much content from port 80";
    EgressProbe "egress-probe" Flow egress::probe, ["T1046", "T1571"],
        "a host looks for a port and an address through which it may leave",
        "refused flows from one private address to dozens of public ones within minutes";
    DnsTunnel "dns-tunnel" Flow egress::dns_tunnel, ["T1071.004", "T1572", "T1048"],
        "data leaves in queries to a name server outside",
        "steady flows of megabytes from one host to port 53 of one public address, and some to port 853";
    CovertChannel "covert-channel" Flow egress::covert_channel, ["T1095", "T1572", "T1048.003"],
        "data leaves in echo requests and in packets to a time server",
        "large ICMP flows to one public address, then large flows to UDP port 123";
    TorClient "tor-client" Flow egress::tor, ["T1090.003"],
        "a host keeps connections with relays of an anonymity network",
        "flows to port 9001 of several public addresses";
    LdapCallback "ldap-callback" Flow egress::callback, ["T1190", "T1187"],
        "a server is made to fetch code by LDAP and to sign in to a file share outside",
        "accepted flows from a private address to ports 1389 and 445 of a public one";
    ShareSnapshot "share-snapshot" CloudTrail impact::share_snapshot, ["T1537"],
        "a disk snapshot and a database snapshot are shared with a foreign account",
        "ModifySnapshotAttribute and ModifyDBSnapshotAttribute that name a foreign account";
    AmiShare "ami-share" CloudTrail impact::share_image, ["T1537"],
        "a machine image is shared with a foreign account",
        "ModifyImageAttribute whose launchPermission adds a foreign account";
    BucketBackdoor "bucket-backdoor" CloudTrail impact::open_bucket, ["T1537", "T1530"],
        "a bucket is opened to a foreign account, which reads it",
        "PutBucketPolicy that names a foreign account, then GetObject by that account";
    Exfiltration "exfiltration" Flow network::exfiltration, ["T1048"],
        "gigabytes leave a production host for one address outside",
        "gigabytes from one production host to one outside address that nothing else talks to";
    SshUpload "ssh-upload" Flow egress::ssh_upload, ["T1048.002"],
        "a dozen gigabytes are copied out by SSH",
        "one long conversation of a private host with port 22 of a public address, and gigabytes in it";
    Ipv6Exfiltration "ipv6-exfiltration" Flow egress::ipv6, ["T1048"],
        "gigabytes leave over IPv6, past the gateway that is watched",
        "an IPv6 conversation of one host with one public address, and gigabytes in it";
    CryptoMining "crypto-mining" Both impact::crypto_mining, ["T1496.001", "T1535", "T1578.002"],
        "GPU instances in a region that nobody uses, then traffic to a mining pool",
        "RunInstances of a large GPU type in a region without any other use, then flows to port 3333";
    BedrockAbuse "bedrock-abuse" CloudTrail execution::models, ["T1496.004"],
        "access to models is opened and used at the cost of the account",
        "PutUseCaseForModelAccess, CreateFoundationModelAgreement and PutFoundationModelEntitlement, then dozens of InvokeModel with the key of a user";
    OutboundScan "outbound-scan" Flow flood::outbound_scan, ["T1595.001", "T1110"],
        "a host that was taken over tries logins all over the internet",
        "flows from one private address to ports 22, 23 and 3389 of dozens of public ones";
    SpamRun "spam-run" Flow flood::spam, ["T1496"],
        "a host that was taken over delivers mail to many servers",
        "flows from one private address to port 25 of many public ones";
    FloodSent "flood-sent" Flow flood::sent, ["T1498.001"],
        "a host that was taken over floods two addresses until it is cut off",
        "millions of UDP packets to one public address, a thousand unanswered SYN to another, then SKIPDATA and NODATA";
    Reflection "reflection" Flow flood::reflection, ["T1498.002"],
        "servers of the internet are made to flood a host, and a host to flood others",
        "large UDP flows from source ports 53, 123, 389 and 11211 to one host, and from port 1900 of another";
    S3Ransom "s3-ransom" CloudTrail impact::s3_ransom, ["T1485", "T1485.001", "T1490"],
        "a bucket's versioning is suspended, its objects are set to expire and deleted",
        "PutBucketVersioning Suspended, PutBucketLifecycle with one day and dozens of DeleteObject on one bucket";
    S3RansomSsec "s3-ransom-ssec" CloudTrail ruin::customer_key, ["T1486"],
        "the objects of a bucket are written anew under a key that S3 does not keep",
        "dozens of CopyObject with a customer-provided key on one bucket, then a note";
    S3BatchDelete "s3-batch-delete" CloudTrail ruin::by_the_thousand, ["T1485", "T1490"],
        "the objects of a bucket are deleted by the thousand",
        "ListObjects and dozens of DeleteObjects on one bucket within minutes";
    DynamodbUnprotect "dynamodb-unprotect" CloudTrail ruin::tables, ["T1490", "T1485"],
        "tables lose their point-in-time recovery and their protection, and one is deleted",
        "UpdateContinuousBackups with recovery off, UpdateTable without deletion protection and DeleteTable";
    AmiDeregister "ami-deregister" CloudTrail ruin::images, ["T1485", "T1490"],
        "the machine images of the account and their snapshots are removed",
        "DeregisterImage and DeleteSnapshot for every image within minutes";
    TerraformStateTamper "terraform-state-tamper" CloudTrail ruin::state, ["T1565.001", "T1552.001"],
        "the state of the infrastructure is read, replaced and its lock removed by hand",
        "GetObject, PutObject and DeleteObject on the state of the pipeline by somebody else than the pipeline";
    KmsKeyDeletion "kms-key-deletion" CloudTrail impact::kms_key_deletion, ["T1485", "T1490"],
        "keys are disabled and scheduled for deletion",
        "DisableKey and ScheduleKeyDeletion with the shortest waiting time for several keys";
    LeaveOrganization "leave-organization" CloudTrail evasion::leave_organization, ["T1666"],
        "the account leaves the organisation",
        "LeaveOrganization in a member account";
}

impl Attack {
    /// The attack of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|a| a.name() == name)
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
    fn the_list_is_in_order_and_names_are_unique() {
        assert!(Attack::ALL.is_sorted());
        assert_eq!(Attack::ALL.last(), Some(&Attack::LeaveOrganization));
        let names: std::collections::BTreeSet<_> = Attack::ALL.iter().map(|a| a.name()).collect();
        assert_eq!(names.len(), Attack::ALL.len());
        let kebab = |n: &str| {
            n.bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        };
        assert!(names.iter().all(|n| kebab(n)));
    }
}
