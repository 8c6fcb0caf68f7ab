//! The names of a deployment, and the placeholders that stand for them.

use std::collections::BTreeMap;

use flowtrail_sigma::Level;

use crate::alarm::Kind;

/// Placeholders, each a whole value of a file of alarms.
pub const PLACEHOLDERS: [&str; 7] = [
    NAME,
    REGION,
    NAMESPACE,
    FUNCTION,
    QUEUE,
    DEAD_LETTERS,
    LOG_GROUP,
];
const NAME: &str = "{name}";
pub(crate) const REGION: &str = "{region}";
pub(crate) const NAMESPACE: &str = "{namespace}";
pub(crate) const FUNCTION: &str = "{function}";
pub(crate) const QUEUE: &str = "{queue}";
pub(crate) const DEAD_LETTERS: &str = "{dead_letters}";
const LOG_GROUP: &str = "{log_group}";

/// Characters of a deployment's name: what is made of it has to fit everywhere.
const NAME_CHARS_MAX: usize = 40;

/// What a deployment's things are called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    /// The deployment; also the head of its alarms' names.
    pub name: String,
    /// The region; for dashboards alone.
    pub region: String,
    /// The namespace of the function's metrics.
    pub namespace: String,
    /// The function.
    pub function: String,
    /// The queue that calls it.
    pub queue: String,
    /// The queue of what was given up.
    pub dead_letters: String,
    /// The function's log; for dashboards alone.
    pub log_group: String,
}

/// A deployment's name that can be none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadName;

impl Names {
    /// The names that the Terraform module gives to a deployment called `name`.
    ///
    /// # Errors
    /// If the name is not of 1 to 40 lower-case letters, digits and hyphens.
    pub fn of(name: &str) -> Result<Self, BadName> {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if name.is_empty() || name.len() > NAME_CHARS_MAX || !name.bytes().all(plain) {
            return Err(BadName);
        }
        Ok(Self {
            name: name.to_owned(),
            region: String::new(),
            namespace: "Flowtrail".to_owned(),
            function: name.to_owned(),
            queue: format!("{name}-ingest"),
            dead_letters: format!("{name}-dead-letters"),
            log_group: format!("/aws/lambda/{name}"),
        })
    }

    /// What a placeholder stands for; any other text stands for itself.
    #[must_use]
    pub fn filled<'t>(&'t self, text: &'t str) -> &'t str {
        match text {
            NAME => &self.name,
            REGION => &self.region,
            NAMESPACE => &self.namespace,
            FUNCTION => &self.function,
            QUEUE => &self.queue,
            DEAD_LETTERS => &self.dead_letters,
            LOG_GROUP => &self.log_group,
            _ => text,
        }
    }
}

/// Whom alarms tell: ARNs by level, and by `health`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Actions {
    told: BTreeMap<String, Vec<String>>,
}

impl Actions {
    /// Adds one, written as `critical=arn:…`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn add(&mut self, text: &str) -> Result<(), String> {
        let (who, arn) = text.split_once('=').unwrap_or((text, ""));
        let health = Kind::Health.name();
        if who != health && Level::from_name(who).is_none() {
            let levels: Vec<&str> = Level::ALL.iter().map(|l| l.name()).collect();
            return Err(format!(
                "`{who}` is neither a level ({}) nor `{health}`",
                levels.join(", ")
            ));
        }
        if !arn.starts_with("arn:") {
            return Err(format!(
                "`{arn}` is no ARN; write it as {who}=arn:aws:sns:…"
            ));
        }
        self.told
            .entry(who.to_owned())
            .or_default()
            .push(arn.to_owned());
        Ok(())
    }

    /// Those of a level, or of `health`.
    #[must_use]
    pub fn of(&self, who: &str) -> &[String] {
        self.told.get(who).map_or(&[], Vec::as_slice)
    }

    /// Whether nobody is told of anything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.told.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_module() {
        let names = Names::of("flowtrail").unwrap();
        assert_eq!(names.filled(QUEUE), "flowtrail-ingest");
        assert_eq!(names.filled("corrupt"), "corrupt");
        for bad in ["", "Flow", "a b", &"x".repeat(41), "a${b}"] {
            assert_eq!(Names::of(bad), Err(BadName), "{bad}");
        }
    }

    /// A list in one place and a match in another.
    #[test]
    fn every_placeholder_stands_for_something() {
        let mut names = Names::of("x").unwrap();
        names.region = "r".into();
        assert!(PLACEHOLDERS.iter().all(|p| names.filled(p) != *p));
    }

    #[test]
    fn actions_are_by_level_and_health() {
        let mut actions = Actions::default();
        for good in ["critical=arn:a", "critical=arn:b", "health=arn:c"] {
            actions.add(good).unwrap();
        }
        assert_eq!(actions.of("critical"), ["arn:a", "arn:b"]);
        assert!(actions.of("low").is_empty());
        for bad in ["severe=arn:a", "critical", "critical=topic", ""] {
            assert!(actions.add(bad).is_err(), "{bad}");
        }
    }
}
