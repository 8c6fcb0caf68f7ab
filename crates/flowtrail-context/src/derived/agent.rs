//! `flowtrail.ua_family`: the user agent without versions and systems.
//!
//! One person at one command line shows a hundred user agents in an hour, for
//! the name of the command, of the system and of the API stands in them. A
//! family is what is left to compare. The user agent is what the caller says of
//! itself, so a family describes and never proves.

use super::base::{Base, View};
use super::origin::is_aws_internal;
use super::text::{TextBuf, is_service_name, same_initial, service_labels};

pub(super) const CONSOLE: &str = "console";
pub(super) const AWS_INTERNAL: &str = "aws_internal";
pub(super) const AWS_SERVICE: &str = "aws_service";
pub(super) const CLOUDFORMATION: &str = "cloudformation";
const TERRAFORM: &str = "terraform";
const PULUMI: &str = "pulumi";
const CDK: &str = "cdk";

/// The prefix of a family that is not in the table.
const OTHER: &[u8] = b"other:";

/// Bytes of an agent's own name that are kept; more is not needed to tell
/// agents apart, and the text is the caller's.
const OTHER_BYTES_MAX: usize = 32;

/// Families by the product tokens that show them. An agent names what it is
/// built on as well (the CLI names botocore, Terraform names the Go SDK), so
/// the first line that any token matches wins.
const PRODUCTS: &[(&str, &[&str])] = &[
    (PULUMI, &["pulumi"]),
    (TERRAFORM, &["terraform", "opentofu"]),
    (CDK, &["aws-cdk", "cdk"]),
    ("ansible", &["ansible"]),
    ("s3-console", &["s3console"]),
    (
        "powershell",
        &["awspowershell", "windowspowershell", "powershell"],
    ),
    ("aws-cli", &["aws-cli"]),
    ("boto3", &["boto3"]),
    ("botocore", &["botocore"]),
    (AWS_INTERNAL, &["aws-internal"]),
    ("aws-sdk-java", &["aws-sdk-java", "aws-sdk-android"]),
    ("aws-sdk-go", &["aws-sdk-go"]),
    ("aws-sdk-js", &["aws-sdk-js", "aws-sdk-nodejs"]),
    ("aws-sdk-rust", &["aws-sdk-rust"]),
    ("aws-sdk-ruby", &["aws-sdk-ruby"]),
    ("aws-sdk-php", &["aws-sdk-php"]),
    ("aws-sdk-dotnet", &["aws-sdk-dotnet", "aws-sdk-net"]),
    ("aws-sdk-kotlin", &["aws-sdk-kotlin"]),
    ("aws-sdk-swift", &["aws-sdk-swift", "aws-sdk-ios"]),
    ("aws-sdk-cpp", &["aws-sdk-cpp"]),
    ("python-requests", &["python-requests"]),
    ("curl", &["curl"]),
    ("browser", &["mozilla"]),
];

/// The family, or `other:` with the agent's own name. Absent where there is no
/// agent, which AWS also writes as `-`.
pub(super) fn ua_family(view: View<'_>, out: &mut TextBuf) -> Option<()> {
    let agent = trimmed(view.text(Base::UserAgent)?);
    if let Some(family) = known_family(agent, view) {
        return out.push_all(&[family.as_bytes()]);
    }
    if matches!(agent, b"" | b"-") {
        return None;
    }
    push_other(agent, out)
}

/// Whether the agent is a tool that sets infrastructure up from code. Supporting
/// evidence only: anybody can send this agent.
pub(super) fn is_provisioning_tool(view: View<'_>) -> bool {
    let agent = trimmed(view.text(Base::UserAgent).unwrap_or_default());
    known_family(agent, view).is_some_and(|f| [TERRAFORM, PULUMI, CDK, CLOUDFORMATION].contains(&f))
}

fn known_family(agent: &[u8], view: View<'_>) -> Option<&'static str> {
    if is_aws_internal(agent) {
        let console = view.says(Base::FromConsole, "true");
        return Some(if console { CONSOLE } else { AWS_INTERNAL });
    }
    let first = tokens(agent).next()?;
    if is_service_name(first) && agent.starts_with(first) {
        return Some(service_family(first));
    }
    // Half of the tokens are versions, and no product begins with a digit.
    let names = tokens(agent).filter(|token| token.first().is_some_and(u8::is_ascii_alphabetic));
    let rank = names.filter_map(product_rank).min()?;
    PRODUCTS.get(rank).map(|(family, _)| *family)
}

/// The console (`console.amazonaws.com`, `console.ec2.amazonaws.com`),
/// `CloudFormation`, or another service that calls in its own name.
fn service_family(name: &[u8]) -> &'static str {
    let labels = service_labels(name).unwrap_or_default();
    let is = |label: &[u8], wanted: &str| label.eq_ignore_ascii_case(wanted.as_bytes());
    let mut labels = labels.split(|b| *b == b'.');
    let first = labels.clone().next().unwrap_or_default();
    if is(first, "console") || is(first, "signin") {
        CONSOLE
    } else if labels.any(|label| is(label, CLOUDFORMATION)) {
        CLOUDFORMATION
    } else {
        AWS_SERVICE
    }
}

/// Product names, versions and the like: S3 wraps the agent in brackets, newer
/// SDKs separate with `#`, older ones with spaces and semicolons.
fn tokens(agent: &[u8]) -> impl Iterator<Item = &[u8]> {
    agent
        .split(|b| !is_token_byte(*b))
        .filter(|token| !token.is_empty())
}

const fn is_token_byte(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-')
}

/// The line of [`PRODUCTS`] that a token belongs to.
fn product_rank(token: &[u8]) -> Option<usize> {
    PRODUCTS
        .iter()
        .position(|(_, names)| names.iter().any(|name| is_product(token, name)))
}

/// The product itself or a variant of it: `aws-sdk-go-v2`, `aws-sdk-ruby3`,
/// `AWSPowerShell.Common`; not `aws-sdk-golang`.
fn is_product(token: &[u8], name: &str) -> bool {
    if !same_initial(token, name) {
        return false;
    }
    let Some((head, rest)) = token.split_at_checked(name.len()) else {
        return false;
    };
    head.eq_ignore_ascii_case(name.as_bytes())
        && rest.first().is_none_or(|b| !b.is_ascii_alphabetic())
}

/// Without the brackets of S3 and without spaces around.
fn trimmed(agent: &[u8]) -> &[u8] {
    let agent = agent.trim_ascii();
    let inner = agent.strip_prefix(b"[").and_then(|a| a.strip_suffix(b"]"));
    inner.unwrap_or(agent).trim_ascii()
}

/// `other:` and the agent's first word without version, in a closed alphabet.
/// A word that has nothing of the alphabet is called `unnamed`.
fn push_other(agent: &[u8], out: &mut TextBuf) -> Option<()> {
    let word = agent.split(|b| matches!(b, b'/' | b' ')).next()?;
    out.push(OTHER);
    let mut kept = 0;
    for b in without_version(word).iter().filter(|b| is_token_byte(**b)) {
        if kept == OTHER_BYTES_MAX {
            break;
        }
        out.push(&[b.to_ascii_lowercase()]);
        kept += 1;
    }
    if kept == 0 {
        out.push(b"unnamed");
    }
    Some(())
}

/// Cuts trailing parts that are a version or an id, so that `karpenter-v0.31.2`
/// and `job-3f2a91c4d5` are one family each.
fn without_version(word: &[u8]) -> &[u8] {
    let mut kept = word;
    while let Some(at) = kept.iter().rposition(|b| matches!(b, b'-' | b'_')) {
        let (head, tail) = kept.split_at_checked(at).unwrap_or((kept, &[]));
        if head.is_empty() || !is_version_or_id(tail.get(1..).unwrap_or_default()) {
            break;
        }
        kept = head;
    }
    kept
}

fn is_version_or_id(part: &[u8]) -> bool {
    let number = part.strip_prefix(b"v").unwrap_or(part);
    let version = number.first().is_some_and(u8::is_ascii_digit)
        && number.iter().all(|b| b.is_ascii_digit() || *b == b'.');
    let id = part.len() >= 4
        && part.iter().all(u8::is_ascii_hexdigit)
        && part.iter().any(u8::is_ascii_digit);
    version || id
}

#[cfg(test)]
mod tests {
    use super::super::testing::cloudtrail;

    fn family(agent: &str) -> Option<String> {
        cloudtrail("flowtrail.ua_family", &[("userAgent", agent)])
    }

    fn check(cases: &[(&str, &str)]) {
        for (agent, expected) in cases {
            assert_eq!(family(agent).as_deref(), Some(*expected), "{agent}");
        }
    }

    #[test]
    fn what_an_agent_is_built_on_does_not_hide_it() {
        check(&[
            (
                "APN/1.0 HashiCorp/1.0 Terraform/1.5.5 (+https://www.terraform.io) terraform-provider-aws/5.40.0 (+https://registry.terraform.io/providers/hashicorp/aws) aws-sdk-go-v2/1.25.2 os/linux lang/go#1.21.7",
                "terraform",
            ),
            (
                "APN/1.0 Pulumi/1.0 PulumiAWS/6.0 HashiCorp/1.0 Terraform/1.5 aws-sdk-go-v2/1.2",
                "pulumi",
            ),
            ("aws-sdk-nodejs/2.1 linux/v18.0 aws-cdk/2.99", "cdk"),
            (
                "aws-cli/2.17.32 md/awscrt#0.21.2 ua/2.0 os/linux#5.1 md/command#acm-pca.get-certificate botocore/2.0",
                "aws-cli",
            ),
            (
                "Boto3/1.15.2 Python/3.8.2 Linux/5.6.3-arch1-1 Botocore/1.18.2",
                "boto3",
            ),
            (
                "Botocore/1.34.1 md/Botocore#1.34.1 ua/2.0 os/linux",
                "botocore",
            ),
            ("[Boto3/1.15.2 Python/3.8.2 Botocore/1.18.2]", "boto3"),
            (
                "[S3Console/0.4, aws-internal/3 aws-sdk-java/1.11]",
                "s3-console",
            ),
            (
                "aws-internal/3 aws-sdk-java/1.12.667 Linux/4.14",
                "aws_internal",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0) WindowsPowerShell/5.1.19041",
                "powershell",
            ),
            (
                "AWSPowerShell.Common/4.1.5 .NET_Core/6.0 OS/Linux",
                "powershell",
            ),
        ]);
    }

    #[test]
    fn the_sdks_fold_into_their_languages() {
        check(&[
            (
                "aws-sdk-go/1.44.260 (go1.20.12; linux; amd64) amazon-ssm-agent/",
                "aws-sdk-go",
            ),
            ("aws-sdk-go-v2/1.30.3 os/linux lang/go#1.22.5", "aws-sdk-go"),
            (
                "aws-sdk-java/2.20.74 Linux/5.10 kotlin/1.6.21 io/sync",
                "aws-sdk-java",
            ),
            (
                "aws-sdk-js/3.360.0 ua/2.0 os/linux#5.10 lang/js md/nodejs#14",
                "aws-sdk-js",
            ),
            ("aws-sdk-nodejs/2.1231.0 linux/v16", "aws-sdk-js"),
            ("aws-sdk-ruby3/3.170.0 ruby/2.7", "aws-sdk-ruby"),
            ("aws-sdk-rust/1.0.0 linux/x86_64", "aws-sdk-rust"),
            ("aws-sdk-dotnet-coreclr/3.7 .NET_Core/6", "aws-sdk-dotnet"),
            ("aws-sdk-php/3.2 OS/Linux", "aws-sdk-php"),
            ("aws-sdk-cpp/1.9 Linux", "aws-sdk-cpp"),
            ("aws-sdk-kotlin/1.0.0 ua/2.0", "aws-sdk-kotlin"),
            ("aws-sdk-swift/0.30.0", "aws-sdk-swift"),
            (
                "amazon-vpc-cni-k8s/version/v1.15.4 aws-sdk-go/1.47.0",
                "aws-sdk-go",
            ),
            ("python-requests/2.31.0", "python-requests"),
            ("curl/8.1.2", "curl"),
            (
                "Mozilla/5.0 (X11; Linux x86_64) Chrome/120 Safari/537.36",
                "browser",
            ),
        ]);
    }

    #[test]
    fn services_and_the_console() {
        check(&[
            ("console.amazonaws.com", "console"),
            ("console.ec2.amazonaws.com", "console"),
            ("signin.amazonaws.com", "console"),
            ("cloudformation.amazonaws.com", "cloudformation"),
            (
                "member.org.stacksets.cloudformation.amazonaws.com",
                "cloudformation",
            ),
            ("config.amazonaws.com", "aws_service"),
            ("AWS Internal", "aws_internal"),
        ]);
        let fields = [
            ("userAgent", "AWS Internal"),
            ("sessionCredentialFromConsole", "true"),
        ];
        let from_console = cloudtrail("flowtrail.ua_family", &fields);
        assert_eq!(from_console.as_deref(), Some("console"));
    }

    #[test]
    fn unknown_agents_keep_their_name_in_a_closed_alphabet() {
        check(&[
            ("Go-http-client/1.1", "other:go-http-client"),
            ("ec2-api-tools 1.6.12.2", "other:ec2-api-tools"),
            ("does-not-matter", "other:does-not-matter"),
            ("aws-sdk-golang/1", "other:aws-sdk-golang"),
            ("aws-sdk-python/1.34.0", "other:aws-sdk-python"),
            ("karpenter.sh-v0.31.2", "other:karpenter.sh"),
            ("job-3f2a91c4d5", "other:job"),
            (
                "red-team_60e9ab1e-1f65-4548-84ba-24f72371f174",
                "other:red-team",
            ),
            ("v2", "other:v2"),
            ("tool-3d/1.0", "other:tool-3d"),
            ("my-cafe/1.0", "other:my-cafe"),
            ("=cmd|'/C calc'!A0", "other:cmd"),
            ("<script>alert(1)</script>", "other:scriptalert1"),
            ("\u{1b}[31mred", "other:31mred"),
            ("\u{65e5}\u{672c}", "other:unnamed"),
            ("/", "other:unnamed"),
        ]);
        let long = family(&"x".repeat(500)).unwrap();
        assert_eq!(long, format!("other:{}", "x".repeat(32)));
        assert_eq!(family("-"), None);
        assert_eq!(family("[-]"), None);
        assert_eq!(family("  "), None);
        assert_eq!(family(""), None);
    }
}
