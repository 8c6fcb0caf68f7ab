//! Which partitions a destination has.

use std::collections::BTreeSet;

use anyhow::Context as _;
use flowtrail_table::{Day, LogTable, Manifest};

use super::args::Ddl;
use crate::compact::destination;

/// What was found, and what the user expects besides.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) tables: Vec<LogTable>,
    pub(super) accounts: BTreeSet<String>,
    pub(super) regions: BTreeSet<String>,
    pub(super) first_day: Option<Day>,
}

impl Found {
    /// Looks at the manifest of the destination, unless everything is said.
    ///
    /// # Errors
    /// If it can not be read.
    pub(super) fn look(args: &Ddl) -> anyhow::Result<Self> {
        let mut found = Self::said(args);
        let has_accounts = args.inject_accounts || !args.accounts.is_empty();
        let needs_no_look = !args.tables.is_empty()
            && has_accounts
            && !args.regions.is_empty()
            && args.first_day.is_some();
        if needs_no_look {
            return Ok(found);
        }
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .context("cannot start the threads that look")?;
        let dest = destination(&args.dest, true, &runtime)?;
        let manifest = runtime.block_on(Manifest::load(&dest))?;
        let parts = manifest.parts.iter().filter_map(|p| p.partition());
        for part in parts.filter(|p| args.tables.is_empty() || args.tables.contains(&p.table)) {
            found.tables.push(part.table);
            found.accounts.insert(part.account);
            found.regions.insert(part.region);
            let day = part.day.map(Day);
            found.first_day = found.first_day.into_iter().chain(day).min();
        }
        Ok(found)
    }

    /// What the user expects.
    pub(super) fn said(args: &Ddl) -> Self {
        Self {
            tables: args.tables.clone(),
            accounts: args.accounts.iter().cloned().collect(),
            regions: args.regions.iter().cloned().collect(),
            first_day: args.first_day.map(Day::of),
        }
    }
}
