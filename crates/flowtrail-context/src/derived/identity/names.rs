//! What the name of a role or user says that it is for.
//!
//! Names are compared word by word: `WizAccess-Role` is Wiz, Access, Role and
//! `wizard` is not Wiz. A name is chosen by whoever may create roles, which is
//! a watched right of its own; a caller who only holds credentials cannot
//! change it.

use super::super::text::same_initial;

/// Tools that deploy, and pipelines that run them. A word that ends with `*`
/// may go on.
const DEPLOYERS: &[&str] = &[
    "terraform*",
    "opentofu*",
    "terragrunt*",
    "pulumi*",
    "cdk",
    "cloudformation*",
    "cloud formation*",
    "cfn",
    "stacksets*",
    "deploy*",
    "cicd*",
    "ci",
    "pipeline*",
    "github*",
    "git hub*",
    "gitlab*",
    "git lab*",
    "jenkins*",
    "atlantis*",
    "spacelift*",
    "env0*",
    "scalr*",
    "circleci*",
    "buildkite*",
    "bitbucket*",
    "azuredevops*",
    "azure dev ops*",
    "azure devops*",
    "teamcity*",
    "argocd*",
    "argo cd*",
    "crossplane*",
];

/// Posture scanners: products that read the whole configuration, often.
const SCANNERS: &[&str] = &[
    "prowler*",
    "scoutsuite*",
    "scout suite*",
    "securityaudit*",
    "security audit*",
    "wiz",
    "lacework*",
    "orca",
    "drata",
    "vanta",
    "secureframe*",
    "datadog integration*",
    "datadog aws integration*",
    "data dog integration*",
    "data dog aws integration*",
    "prismacloud*",
    "prisma cloud*",
    "redlock*",
    "dome9*",
    "cloudguard*",
    "cloud guard*",
    "cloudconformity*",
    "cloud conformity*",
    "cloudsploit*",
    "aquasec*",
    "cspm*",
    "cnapp*",
    "tenable*",
    "qualys*",
    "snyk",
    "steampipe*",
    "cloudquery*",
    "cloud query*",
];

/// Whether the name is that of a deployment tool or a pipeline.
pub(super) fn names_deployer(name: &[u8]) -> bool {
    matches_any(name, DEPLOYERS)
}

/// Whether the name is that of a posture scanner.
pub(super) fn names_scanner(name: &[u8]) -> bool {
    matches_any(name, SCANNERS)
}

/// Whether the words of some pattern follow each other somewhere in `name`.
fn matches_any(name: &[u8], patterns: &[&str]) -> bool {
    let mut rest = words(name);
    loop {
        let from_here = rest.clone();
        let Some(first) = rest.next() else {
            return false;
        };
        let mut candidates = patterns.iter().filter(|p| same_initial(first, p));
        if candidates.any(|pattern| begins(from_here.clone(), pattern)) {
            return true;
        }
    }
}

fn begins<'a>(mut words: impl Iterator<Item = &'a [u8]>, pattern: &str) -> bool {
    pattern.split(' ').all(|wanted| {
        let word = words.next().unwrap_or_default();
        match wanted.strip_suffix('*') {
            Some(stem) => word
                .get(..stem.len())
                .is_some_and(|head| head.eq_ignore_ascii_case(stem.as_bytes())),
            None => word.eq_ignore_ascii_case(wanted.as_bytes()),
        }
    })
}

/// The words of a name: `AWSCodeDeploy_role2` is AWS, Code, Deploy, role2.
fn words(name: &[u8]) -> impl Iterator<Item = &[u8]> + Clone {
    name.split(|b| !b.is_ascii_alphanumeric())
        .flat_map(CamelWords)
}

/// The parts of a word that capital letters begin.
#[derive(Clone)]
struct CamelWords<'a>(&'a [u8]);

impl<'a> Iterator for CamelWords<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        if self.0.is_empty() {
            return None;
        }
        let len = (1..self.0.len())
            .find(|at| begins_word(self.0, *at))
            .unwrap_or(self.0.len());
        let (word, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(word)
    }
}

/// A capital begins a word after a small letter or digit, and, at the end of a
/// run of capitals, before a small letter.
fn begins_word(text: &[u8], at: usize) -> bool {
    let is_capital = |i: usize| text.get(i).is_some_and(u8::is_ascii_uppercase);
    let next_is_small = text.get(at + 1).is_some_and(u8::is_ascii_lowercase);
    is_capital(at) && (!is_capital(at.saturating_sub(1)) || next_is_small)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(name: &str) -> Vec<&str> {
        words(name.as_bytes())
            .map(|w| std::str::from_utf8(w).unwrap())
            .collect()
    }

    #[test]
    fn names_fall_into_words() {
        assert_eq!(
            split("AWSCodeDeploy_role2"),
            ["AWS", "Code", "Deploy", "role2"]
        );
        assert_eq!(
            split("cdk-hnb659fds-cfn-exec"),
            ["cdk", "hnb659fds", "cfn", "exec"]
        );
        assert_eq!(split("CICDDeploy"), ["CICD", "Deploy"]);
        assert_eq!(split("env0Runner"), ["env0", "Runner"]);
        assert_eq!(split("A"), ["A"]);
        assert_eq!(split("--"), [""; 0]);
        assert_eq!(split(""), [""; 0]);
    }

    #[test]
    fn deployers_and_their_near_misses() {
        for name in [
            "terraform",
            "Acme-TerraformRunner",
            "DeploymentRole",
            "CICDDeploy",
            "github-actions",
            "GitHubActionsRole",
            "gitlab_runner",
            "my-ci-role",
            "cdk-hnb659fds-cfn-exec-role-111122223333-us-east-1",
            "AWSCloudFormationStackSetExecutionRole",
            "prod-pipeline",
        ] {
            assert!(names_deployer(name.as_bytes()), "{name}");
        }
        for name in [
            "",
            "ann",
            "employer",
            "redeployed",
            "circus",
            "ciphers",
            "social",
            "LogHub-Pipe-3a2ac",
            "Admin",
            "hubgit",
        ] {
            assert!(!names_deployer(name.as_bytes()), "{name}");
        }
    }

    #[test]
    fn scanners_and_their_near_misses() {
        for name in [
            "prowler",
            "ProwlerExecRole",
            "AwsSecurityAudit",
            "security-audit-role",
            "WizAccess-Role",
            "DatadogIntegrationRole",
            "DatadogAWSIntegrationRole",
            "vanta-auditor",
            "OrcaSecurityRole",
            "CrowdStrikeCSPMReader",
        ] {
            assert!(names_scanner(name.as_bytes()), "{name}");
        }
        for name in [
            "wizard-role",
            "orcastrator",
            "vantage-cost",
            "datadog-agent",
            "SecurityTeam",
            "auditor",
            "security-and-audit",
        ] {
            assert!(!names_scanner(name.as_bytes()), "{name}");
        }
    }
}
