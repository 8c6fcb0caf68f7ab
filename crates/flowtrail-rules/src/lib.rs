//! The rules that ship: each a Sigma file with its cases beside it. Data, no logic.
//!
//! The files under `rules/` are embedded when the crate is built, so that every
//! binary carries the same set. How a rule and its cases are written stands in
//! the crate's `README.md`; reading and running them is the work of
//! `flowtrail-sigma` and `flowtrail-detect`.

/// One rule file, as it lies under `rules/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuleFile {
    /// Its path below `rules/`, with forward slashes: `cloudtrail/root_used.yml`.
    pub path: &'static str,
    /// Its text: one or more YAML documents, each a Sigma rule or correlation.
    pub text: &'static str,
    /// The text of its cases (`root_used.cases.yml` beside it): a YAML list.
    pub cases: Option<&'static str>,
}

/// Every rule file that ships, sorted by path.
pub static RULE_FILES: &[RuleFile] = include!(concat!(env!("OUT_DIR"), "/rule_files.rs"));

/// A page that tells what to do about findings of a sort.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Runbook {
    /// As rules refer to it: `runbooks/log_tampering.md`.
    pub path: &'static str,
    /// Its text, in Markdown.
    pub text: &'static str,
}

/// Every runbook, sorted by path.
pub static RUNBOOKS: &[Runbook] = include!(concat!(env!("OUT_DIR"), "/runbooks.rs"));

#[cfg(test)]
mod tests;
