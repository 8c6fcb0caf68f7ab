//! Services that act in roles of their own, and what they call their sessions.

/// A role that a service made for itself in the account.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Linked {
    pub(crate) service: &'static str,
    pub(crate) role: &'static str,
    pub(crate) session: &'static str,
    /// Whether it has more to do where customers are served.
    pub(crate) follows_customers: bool,
}

const fn made_by(service: &'static str, role: &'static str, session: &'static str) -> Linked {
    Linked {
        service,
        role,
        session,
        follows_customers: false,
    }
}

impl Linked {
    const fn following_customers(mut self) -> Self {
        self.follows_customers = true;
        self
    }
}

pub(crate) const CONFIG: Linked = made_by(
    "config.amazonaws.com",
    "AWSServiceRoleForConfig",
    "AWSConfig-Describe",
);
pub(crate) const SCALING: Linked = made_by(
    "autoscaling.amazonaws.com",
    "AWSServiceRoleForAutoScaling",
    "AutoScaling",
)
.following_customers();
pub(crate) const CLUSTER: Linked = made_by(
    "eks.amazonaws.com",
    "AWSServiceRoleForAmazonEKS",
    "AmazonEKS",
)
.following_customers();
pub(crate) const NODE_GROUPS: Linked = made_by(
    "eks-nodegroup.amazonaws.com",
    "AWSServiceRoleForAmazonEKSNodegroup",
    "EKS",
);
pub(crate) const HUB: Linked = made_by(
    "securityhub.amazonaws.com",
    "AWSServiceRoleForSecurityHub",
    "securityhub",
);
pub(crate) const GUARD: Linked = made_by(
    "guardduty.amazonaws.com",
    "AWSServiceRoleForAmazonGuardDuty",
    "GuardDuty",
);
pub(crate) const ANALYZER: Linked = made_by(
    "access-analyzer.amazonaws.com",
    "AWSServiceRoleForAccessAnalyzer",
    "access-analyzer",
);
pub(crate) const ADVISOR: Linked = made_by(
    "trustedadvisor.amazonaws.com",
    "AWSServiceRoleForTrustedAdvisor",
    "TrustedAdvisor",
);
pub(crate) const EXPLORER: Linked = made_by(
    "resource-explorer-2.amazonaws.com",
    "AWSServiceRoleForResourceExplorer",
    "resource-explorer-2",
);
pub(crate) const INSPECTOR: Linked = made_by(
    "inspector2.amazonaws.com",
    "AWSServiceRoleForAmazonInspector2",
    "inspector2",
);
pub(crate) const SIGN_ON: Linked = made_by("sso.amazonaws.com", "AWSServiceRoleForSSO", "AWS-SSO");
pub(crate) const SUPPORT: Linked = made_by(
    "support.amazonaws.com",
    "AWSServiceRoleForSupport",
    "AWS-Support",
);
pub(crate) const SCANS_DISKS: Linked = made_by(
    "malware-protection.guardduty.amazonaws.com",
    "AWSServiceRoleForAmazonGuardDutyMalwareProtection",
    "MalwareProtection",
);
