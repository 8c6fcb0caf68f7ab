//! Reads single values, and gathers everything that is wrong with them.

use std::collections::BTreeMap;
use std::time::Duration;

use flowtrail_aws::publish::FINDINGS_PREFIX_MAX;
use flowtrail_flowlog::Format;
use flowtrail_sigma::Level;
use tracing_subscriber::EnvFilter;

use super::{Config, Place, SETTINGS};

/// Bytes of a key in S3.
const KEY_BYTES_MAX: usize = 1_024;

/// The variables that are given, and what is wrong with them.
pub(super) struct Values {
    pub(super) given: BTreeMap<String, String>,
    pub(super) errors: Vec<String>,
}

impl Values {
    pub(super) fn wrong(&mut self, name: &str, why: &str) {
        self.errors.push(format!("{name} {why}"));
    }

    pub(super) fn refuse_unknown(&mut self) {
        let known = |name: &str| SETTINGS.iter().any(|s| s.name == name);
        let unknown: Vec<String> = self.given.keys().filter(|k| !known(k)).cloned().collect();
        for name in unknown {
            self.wrong(&name, "is no variable of Flowtrail");
        }
    }

    /// What can only be told by whoever will use it.
    pub(super) fn check(&mut self, config: &Config) {
        if let Err(error) = EnvFilter::try_new(&config.log) {
            let why = format!("is `{}`: {error}", config.log);
            self.wrong("FLOWTRAIL_LOG", &why);
        }
        if let Some(Err(error)) = config.flow_format.as_deref().map(Format::parse) {
            self.wrong("FLOWTRAIL_FLOW_FORMAT", &format!("cannot be read: {error}"));
        }
        let places = [
            ("FLOWTRAIL_FINDINGS", &config.findings, FINDINGS_PREFIX_MAX),
            ("FLOWTRAIL_RULES", &config.rules, KEY_BYTES_MAX),
        ];
        for (name, place, max) in places {
            if place.as_ref().is_some_and(|p| p.prefix.len() > max) {
                self.wrong(name, &format!("has a prefix of more than {max} bytes"));
            }
        }
    }

    /// The value, or the default. An empty variable is one that is not set.
    pub(super) fn text(&self, name: &str) -> String {
        let given = self.given.get(name).map(|v| v.trim());
        let default = SETTINGS.iter().find(|s| s.name == name);
        let default = default.map_or("", |s| s.default);
        given
            .filter(|v| !v.is_empty())
            .unwrap_or(default)
            .to_owned()
    }

    pub(super) fn option(&self, name: &str) -> Option<String> {
        Some(self.text(name)).filter(|v| !v.is_empty())
    }

    pub(super) fn flag(&mut self, name: &str) -> bool {
        match self.text(name).to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" => true,
            "false" | "0" | "no" => false,
            other => {
                self.wrong(name, &format!("is `{other}`, and can be true or false"));
                false
            }
        }
    }

    pub(super) fn number(&mut self, name: &str, min: u32, max: u32) -> u32 {
        let text = self.text(name);
        let number = text.parse().ok().filter(|n| (min..=max).contains(n));
        number.unwrap_or_else(|| {
            self.wrong(name, &format!("is `{text}`, and can be {min} to {max}"));
            min
        })
    }

    pub(super) fn seconds(&mut self, name: &str, min: u32, max: u32) -> Duration {
        Duration::from_secs(u64::from(self.number(name, min, max)))
    }

    pub(super) fn level(&mut self, name: &str) -> Level {
        let text = self.text(name);
        Level::from_name(&text).unwrap_or_else(|| {
            let known: Vec<&str> = Level::ALL.iter().map(|l| l.name()).collect();
            self.wrong(
                name,
                &format!("is `{text}`, and can be {}", known.join(", ")),
            );
            Level::Low
        })
    }

    /// CloudWatch's own rules for a namespace.
    pub(super) fn namespace(&mut self) -> String {
        let name = "FLOWTRAIL_NAMESPACE";
        let text = self.text(name);
        let allowed = |c: char| c.is_ascii_alphanumeric() || "._-/#: ".contains(c);
        if text.len() > 255 || !text.chars().all(allowed) {
            self.wrong(name, "has at most 255 letters, digits and . - _ / # :");
        } else if text.starts_with("AWS/") || text.starts_with(':') {
            self.wrong(name, "must not begin with AWS/ or a colon");
        }
        text
    }

    /// An object of S3, or a path.
    pub(super) fn file(&mut self, name: &str) -> Option<String> {
        let text = self.option(name)?;
        self.object(name, text)
    }

    /// Several of them, with commas between.
    pub(super) fn files(&mut self, name: &str) -> Vec<String> {
        let text = self.text(name);
        let each = text.split(',').map(str::trim).filter(|t| !t.is_empty());
        each.filter_map(|t| self.object(name, t.to_owned()))
            .collect()
    }

    fn object(&mut self, name: &str, text: String) -> Option<String> {
        let is_whole = |path: &str| match path.split_once('/') {
            Some((bucket, key)) => !(bucket.is_empty() || key.is_empty() || key.ends_with('/')),
            None => false,
        };
        if text.strip_prefix("s3://").is_none_or(is_whole) {
            return Some(text);
        }
        let why = format!("is `{text}`, and has the form s3://bucket/key");
        self.wrong(name, &why);
        None
    }

    pub(super) fn place(&mut self, name: &str) -> Option<Place> {
        let text = self.option(name)?;
        let path = text.strip_prefix("s3://").unwrap_or("");
        let (bucket, prefix) = path.split_once('/').unwrap_or((path, ""));
        if bucket.is_empty() {
            self.wrong(
                name,
                &format!("is `{text}`, and has the form s3://bucket/prefix"),
            );
            return None;
        }
        let mut prefix = prefix.to_owned();
        if !prefix.is_empty() && !prefix.ends_with('/') {
            prefix.push('/');
        }
        Some(Place {
            bucket: bucket.to_owned(),
            prefix,
        })
    }
}
