//! What the tables of one statement share: its account, and the listings.

use std::sync::{Arc, Mutex, PoisonError};

use datafusion::common::Result;
use datafusion::error::DataFusionError;
use datafusion::execution::config::SessionConfig;
use tokio::sync::OnceCell;

use super::Logs;
use crate::account::Account;
use crate::layout::Wanted;
use crate::store::{ListError, ListSettings, Listing, LogObject, list};

/// One run of one statement. It travels as an extension of the session's
/// configuration, so that every table finds that of its own statement.
#[derive(Debug, Default)]
pub struct Run {
    account: Account,
    listings: Mutex<Vec<(Wanted, bool, Shared)>>,
}

type Shared = Arc<OnceCell<Arc<Listing>>>;

impl Run {
    /// The run that `config` belongs to; one of its own where there is none.
    #[must_use]
    pub fn of(config: &SessionConfig) -> Arc<Self> {
        config.get_extension::<Self>().unwrap_or_default()
    }

    /// What was read and what could not be.
    #[must_use]
    pub const fn account(&self) -> &Account {
        &self.account
    }

    /// The objects of `logs` that `wanted` admits. Tables of a statement that
    /// want the same share one listing.
    ///
    /// # Errors
    /// If a source cannot be looked into at all.
    pub(crate) async fn list(&self, logs: &Logs, wanted: Wanted) -> Result<Arc<Listing>> {
        let listing = self.list_once(logs, wanted).await;
        listing.map_err(|e| DataFusionError::External(Box::new(e)))
    }

    /// The same, with files that no manifest names.
    ///
    /// # Errors
    /// See [`Run::list`].
    pub(crate) async fn list_all(&self, logs: &Logs, wanted: Wanted) -> Result<Arc<Listing>> {
        let listing = self.listed(logs, wanted, true).await;
        listing.map_err(|e| DataFusionError::External(Box::new(e)))
    }

    /// The same for whoever is no table.
    ///
    /// # Errors
    /// See [`Run::list`].
    pub(crate) async fn list_once(
        &self,
        logs: &Logs,
        wanted: Wanted,
    ) -> Result<Arc<Listing>, ListError> {
        self.listed(logs, wanted, false).await
    }

    async fn listed(
        &self,
        logs: &Logs,
        wanted: Wanted,
        strays: bool,
    ) -> Result<Arc<Listing>, ListError> {
        let shared = self.shared(&wanted, strays);
        let listing = shared.get_or_try_init(|| async {
            let settings = ListSettings {
                strays,
                ..logs.listing.clone()
            };
            let mut listing = list(&logs.sources, &wanted, &settings).await?;
            let is_aside = |o: &LogObject| !o.is_given() && logs.aside.iter().any(|p| o.is(p));
            listing.objects.retain(|o| !is_aside(o));
            listing.warnings.extend(listing.doubled(&logs.sources));
            self.account.listing(&listing);
            if listing.too_late > 0 {
                self.account.bounded(&wanted);
            }
            Ok(Arc::new(listing))
        });
        listing.await.map(Arc::clone)
    }

    /// Tells the progress of objects that a table is going to read.
    pub(crate) fn reads<'o>(&self, objects: impl IntoIterator<Item = &'o LogObject>) {
        let (mut count, mut bytes) = (0, 0);
        for object in objects {
            count += 1;
            bytes += object.size();
        }
        self.account.progress().listed(count, bytes);
    }

    fn shared(&self, wanted: &Wanted, strays: bool) -> Shared {
        let mut listings = self.listings.lock().unwrap_or_else(PoisonError::into_inner);
        let mut known = listings.iter();
        if let Some((_, _, shared)) = known.find(|(w, s, _)| w == wanted && *s == strays) {
            return Arc::clone(shared);
        }
        let shared = Shared::default();
        listings.push((wanted.clone(), strays, Arc::clone(&shared)));
        shared
    }
}
