//! Which logs a rule is for.

use flowtrail_event::{Kind, Service};
use rsigma_parser::LogSource;

/// A set of services.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Services(u8);

impl Services {
    /// No service.
    pub const NONE: Self = Self(0);

    /// Whether `service` is in the set.
    #[must_use]
    pub const fn contains(self, service: Service) -> bool {
        self.0 & (1 << service.index()) != 0
    }

    /// The services of the set.
    pub fn iter(self) -> impl Iterator<Item = Service> {
        Service::ALL.into_iter().filter(move |s| self.contains(*s))
    }

    /// The services of the set that are of `kind`.
    #[must_use]
    pub fn of_kind(self, kind: Kind) -> Self {
        Self::from_iter(self.iter().filter(|s| s.kind() == kind))
    }

    /// Whether the set is empty.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl FromIterator<Service> for Services {
    fn from_iter<T: IntoIterator<Item = Service>>(services: T) -> Self {
        Self(
            services
                .into_iter()
                .fold(0, |bits, s| bits | (1 << s.index())),
        )
    }
}

/// The services that a rule's `logsource` names; none if it is for another log.
///
/// `product: aws` with a `service` names one log, without it every log. The
/// generic network sources (`category: network` or `firewall`, `service:
/// connection`, no product) are read from flow logs.
pub(crate) fn services(source: &LogSource) -> Services {
    let product = source.product.as_deref().map(str::to_lowercase);
    let service = source.service.as_deref().map(str::to_lowercase);
    let category = source.category.as_deref().map(str::to_lowercase);
    let network = matches!(
        category.as_deref(),
        Some("network" | "network_connection" | "network-connection" | "firewall")
    );
    match (product.as_deref(), service.as_deref()) {
        (Some("aws") | None, Some("connection" | "conn")) if network || category.is_none() => {
            flows()
        }
        (Some("aws") | None, None) if network => flows(),
        (Some("aws"), None) if category.is_none() => Service::ALL.into_iter().collect(),
        (Some("aws") | None, Some(name)) if category.is_none() => {
            Service::from_name(name).into_iter().collect()
        }
        _ => Services::NONE,
    }
}

fn flows() -> Services {
    [Service::VpcFlow, Service::TgwFlow].into_iter().collect()
}

/// Whether a filter for `filter` applies to a rule for `rule`: whatever the
/// filter names must be named alike by the rule.
pub(crate) fn covers(filter: &LogSource, rule: &LogSource) -> bool {
    let alike = |f: &Option<String>, r: &Option<String>| match (f, r) {
        (None, _) => true,
        (Some(f), Some(r)) => f.eq_ignore_ascii_case(r),
        (Some(_), None) => false,
    };
    alike(&filter.product, &rule.product)
        && alike(&filter.service, &rule.service)
        && alike(&filter.category, &rule.category)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(product: &str, category: &str, service: &str) -> Vec<Service> {
        let some = |s: &str| (!s.is_empty()).then(|| s.to_owned());
        let source = LogSource {
            product: some(product),
            category: some(category),
            service: some(service),
            ..LogSource::default()
        };
        services(&source).iter().collect()
    }

    #[test]
    fn routing() {
        assert_eq!(of("aws", "", "cloudtrail"), [Service::CloudTrail]);
        assert_eq!(of("aws", "", "cloudtrail-insight"), [Service::Insight]);
        assert_eq!(of("aws", "", "vpcflow"), [Service::VpcFlow]);
        assert_eq!(of("aws", "", "").len(), 5);
        assert_eq!(
            of("", "network", "connection"),
            [Service::VpcFlow, Service::TgwFlow]
        );
        assert_eq!(of("", "firewall", ""), [Service::VpcFlow, Service::TgwFlow]);
        assert!(of("windows", "network_connection", "").is_empty());
        assert!(of("windows", "", "security").is_empty());
        assert!(of("aws", "", "route53").is_empty());
        assert!(of("", "", "").is_empty());
    }
}
