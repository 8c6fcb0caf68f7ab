//! Takes a notification, scans what it names, publishes, reports what failed.
//!
//! ```text
//! payload ─▶ Trigger::read ─▶ Job::run, several side by side ─▶ tell, claim, publish ─▶ answer
//!                               open ▸ scan ▸ commit ▸ findings
//! ```
//!
//! What can be done twice without harm has names that rest on what was read;
//! what must be done once is claimed in the state table first. The crate's
//! README tells what is left if the function is cut off anywhere.

pub mod account;
pub mod answer;
pub mod config;
mod finish;
pub mod function;
pub mod log;
pub mod memory;
pub mod outlet;
pub mod pool;
pub mod rules;
mod settle;
pub mod startup;
pub mod trigger;
pub mod windows;
pub mod work;

#[cfg(test)]
mod tests {
    const README: &str = include_str!("../README.md");

    #[test]
    fn the_readme_has_the_table_of_variables() {
        let table = super::config::table();
        assert!(README.contains(&table), "it should have\n{table}");
    }
}
