//! The configuration: environment variables, typed and checked before the first
//! invocation.
//!
//! [`SETTINGS`] is the one table of them; the README's is written from it.

use std::time::Duration;

use flowtrail_sigma::Level;

mod settings;
mod values;

pub use settings::{SETTINGS, Setting, table};
use values::Values;

/// What every variable of ours begins with.
const PREFIX: &str = "FLOWTRAIL_";
/// Days that state is kept at most: DynamoDB is no archive.
const STATE_DAYS_MAX: u32 = 400;
/// Rules that may have a metric of their own at most; each costs money.
const RULE_METRICS_MAX: u32 = 500;

/// A bucket and a prefix, which is empty or ends in a slash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The bucket.
    pub bucket: String,
    /// The prefix.
    pub prefix: String,
}

/// What the environment says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Namespace of all metrics.
    pub namespace: String,
    /// Lowest level of findings that are kept.
    pub level: Level,
    /// Lowest level of findings that somebody is told of.
    pub notify_level: Level,
    /// Where findings are written.
    pub findings: Option<Place>,
    /// Whether they are written as OCSF, too.
    pub ocsf: bool,
    /// Whether those of single objects are compressed.
    pub gzip: bool,
    /// The topic.
    pub topic: Option<String>,
    /// The event bus.
    pub event_bus: Option<String>,
    /// URL of the queue for what can never be read.
    pub dead_letters: Option<String>,
    /// The state table.
    pub state_table: Option<String>,
    /// How long state is kept.
    pub state_keep: Duration,
    /// Where the context file is: an object (`s3://…`), or a file of the package.
    pub context: Option<String>,
    /// Where the baseline is: an object (`s3://…`), or a file of the package.
    pub baseline: Option<String>,
    /// Where the files of places are: objects (`s3://…`), or files of the package.
    pub geo: Vec<String>,
    /// Where further rules are.
    pub rules: Option<Place>,
    /// Whether the shipped rules are loaded.
    pub shipped_rules: bool,
    /// Rules with a metric of their own.
    pub rule_metrics: usize,
    /// Columns of flow-log lines without a header.
    pub flow_format: Option<String>,
    /// Objects side by side; `None`: as memory allows.
    pub concurrency: Option<usize>,
    /// Kept back before the deadline.
    pub deadline_margin: Duration,
    /// Longest silence of a download.
    pub stall: Duration,
    /// The filter of the log.
    pub log: String,
}

impl Config {
    /// Reads the variables of the process.
    ///
    /// # Errors
    /// Everything that is wrong, a line each.
    pub fn from_environment() -> Result<Self, ConfigErrors> {
        Self::read(std::env::vars_os().filter_map(|(k, v)| {
            // What is not UTF-8 is not ours.
            Some((k.into_string().ok()?, v.into_string().ok()?))
        }))
    }

    /// Reads variables; those that do not begin with `FLOWTRAIL_` are not looked at.
    ///
    /// # Errors
    /// Everything that is wrong: values, combinations, unknown names.
    pub fn read(
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigErrors> {
        let ours = variables.into_iter().filter(|(k, _)| k.starts_with(PREFIX));
        let mut values = Values {
            given: ours.collect(),
            errors: Vec::new(),
        };
        values.refuse_unknown();
        let days = values.number("FLOWTRAIL_STATE_DAYS", 1, STATE_DAYS_MAX);
        let concurrency = values.number("FLOWTRAIL_CONCURRENCY", 0, 1_000);
        let config = Self {
            namespace: values.namespace(),
            level: values.level("FLOWTRAIL_LEVEL"),
            notify_level: values.level("FLOWTRAIL_NOTIFY_LEVEL"),
            findings: values.place("FLOWTRAIL_FINDINGS"),
            ocsf: values.flag("FLOWTRAIL_FINDINGS_OCSF"),
            gzip: values.flag("FLOWTRAIL_FINDINGS_GZIP"),
            topic: values.option("FLOWTRAIL_TOPIC_ARN"),
            event_bus: values.option("FLOWTRAIL_EVENT_BUS"),
            dead_letters: values.option("FLOWTRAIL_DEAD_LETTER_QUEUE_URL"),
            state_table: values.option("FLOWTRAIL_STATE_TABLE"),
            state_keep: Duration::from_secs(u64::from(days) * 86_400),
            rules: values.place("FLOWTRAIL_RULES"),
            context: values.file("FLOWTRAIL_CONTEXT"),
            baseline: values.file("FLOWTRAIL_BASELINE"),
            geo: values.files("FLOWTRAIL_GEO"),
            shipped_rules: !values.flag("FLOWTRAIL_NO_SHIPPED_RULES"),
            rule_metrics: values.number("FLOWTRAIL_RULE_METRICS", 0, RULE_METRICS_MAX) as usize,
            flow_format: values.option("FLOWTRAIL_FLOW_FORMAT"),
            concurrency: (concurrency > 0).then_some(concurrency as usize),
            deadline_margin: values.seconds("FLOWTRAIL_DEADLINE_MARGIN_SECONDS", 1, 300),
            stall: values.seconds("FLOWTRAIL_STALL_SECONDS", 1, 300),
            log: values.text("FLOWTRAIL_LOG"),
        };
        values.check(&config);
        if config.ocsf && config.findings.is_none() {
            values.wrong("FLOWTRAIL_FINDINGS_OCSF", "needs FLOWTRAIL_FINDINGS");
        }
        if !config.shipped_rules && config.rules.is_none() {
            let why = "leaves no rules; give FLOWTRAIL_RULES as well";
            values.wrong("FLOWTRAIL_NO_SHIPPED_RULES", why);
        }
        if values.errors.is_empty() {
            Ok(config)
        } else {
            Err(ConfigErrors(values.errors))
        }
    }
}

/// Everything that is wrong with the environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigErrors(pub Vec<String>);

impl std::fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the configuration cannot be used: {}", self.0.join("; "))
    }
}

impl std::error::Error for ConfigErrors {}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Config, Vec<String>> {
        let owned = variables.iter().map(|(k, v)| ((*k).into(), (*v).into()));
        Config::read(owned).map_err(|e| e.0)
    }

    #[test]
    fn nothing_set_is_a_configuration() {
        let config = read(&[("PATH", "/bin"), ("FLOWTRAIL_TOPIC_ARN", " ")]).unwrap();
        assert_eq!(config.namespace, "Flowtrail");
        assert_eq!(
            (config.level, config.notify_level),
            (Level::Low, Level::High)
        );
        assert_eq!((config.findings, config.topic), (None, None));
        assert_eq!(config.state_keep, Duration::from_secs(15 * 86_400));
        assert!(config.shipped_rules);
    }

    #[test]
    fn places_and_numbers_are_read() {
        let config = read(&[
            ("FLOWTRAIL_FINDINGS", "s3://found/here"),
            ("FLOWTRAIL_RULES", "s3://mine"),
            ("FLOWTRAIL_CONTEXT", "etc/context.yaml"),
            ("FLOWTRAIL_GEO", "etc/city.mmdb, s3://b/asn.mmdb,"),
            ("FLOWTRAIL_CONCURRENCY", "3"),
            ("FLOWTRAIL_FINDINGS_OCSF", "true"),
        ])
        .unwrap();
        let findings = config.findings.unwrap();
        assert_eq!((&*findings.bucket, &*findings.prefix), ("found", "here/"));
        assert_eq!(config.rules.unwrap().prefix, "");
        assert_eq!(config.context.as_deref(), Some("etc/context.yaml"));
        assert_eq!(config.geo, ["etc/city.mmdb", "s3://b/asn.mmdb"]);
        assert_eq!(config.concurrency, Some(3));
        assert!(config.ocsf);
    }

    #[test]
    fn everything_that_is_wrong_is_said_at_once() {
        let errors = read(&[
            ("FLOWTRAIL_LEVL", "high"),
            ("FLOWTRAIL_LEVEL", "loud"),
            ("FLOWTRAIL_FINDINGS", "bucket"),
            ("FLOWTRAIL_CONTEXT", "s3://bucket"),
            ("FLOWTRAIL_BASELINE", "s3://bucket/a/"),
            ("FLOWTRAIL_GEO", "etc/city.mmdb, s3:///asn.mmdb"),
            ("FLOWTRAIL_STATE_DAYS", "0"),
            ("FLOWTRAIL_NAMESPACE", "AWS/Mine"),
            ("FLOWTRAIL_NO_SHIPPED_RULES", "true"),
            ("FLOWTRAIL_FINDINGS_OCSF", "maybe"),
            ("FLOWTRAIL_LOG", "flowtrail=loudly"),
            ("FLOWTRAIL_FLOW_FORMAT", "$ver"),
        ])
        .unwrap_err();
        let words = [
            "LEVL is no variable",
            "`loud`",
            "s3://bucket/prefix",
            "FLOWTRAIL_CONTEXT is `s3://bucket`, and has the form s3://bucket/key",
            "FLOWTRAIL_BASELINE is `s3://bucket/a/`",
            "FLOWTRAIL_GEO is `s3:///asn.mmdb`",
            "1 to 400",
            "AWS/",
            "leaves no rules",
            "true or false",
            "FLOWTRAIL_LOG is `flowtrail=loudly`",
            "FLOWTRAIL_FLOW_FORMAT cannot be read",
        ];
        for word in words {
            assert!(
                errors.iter().any(|e| e.contains(word)),
                "{word}: {errors:?}"
            );
        }
        assert_eq!(errors.len(), words.len(), "{errors:?}");
    }

    #[test]
    fn prefixes_leave_room_for_keys() {
        let long = |bytes| format!("s3://b/{}", "p".repeat(bytes));
        assert!(read(&[("FLOWTRAIL_FINDINGS", &long(511))]).is_ok());
        for (name, bytes) in [("FLOWTRAIL_FINDINGS", 512), ("FLOWTRAIL_RULES", 1_024)] {
            let errors = read(&[(name, &long(bytes))]).unwrap_err();
            assert!(errors[0].contains("prefix of more than"), "{errors:?}");
        }
    }

    #[test]
    fn defaults_are_values() {
        let defaults: Vec<(&str, &str)> = SETTINGS.iter().map(|s| (s.name, s.default)).collect();
        assert_eq!(read(&defaults), read(&[]));
    }
}
