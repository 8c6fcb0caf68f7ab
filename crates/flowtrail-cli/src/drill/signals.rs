//! Being asked to stop.

use std::io;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// Whether somebody has asked to stop (Ctrl-C, the end of the
/// terminal, or that of the machine). Calls
/// under way are finished, so that what they made is known.
#[derive(Debug, Clone)]
pub(super) struct Stop(watch::Receiver<bool>);

impl Stop {
    /// From now on none of these signals ends the process by itself.
    ///
    /// # Errors
    /// If the system does not take it.
    pub(super) fn listen() -> io::Result<Self> {
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        let mut hang_up = signal(SignalKind::hangup())?;
        let (asked, stop) = watch::channel(false);
        tokio::spawn(async move {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
                _ = hang_up.recv() => {}
            }
            asked.send_replace(true);
        });
        Ok(Self(stop))
    }

    pub(super) fn is_asked(&self) -> bool {
        *self.0.borrow()
    }

    /// Returns when somebody asks; else never.
    pub(super) async fn asked(&self) {
        let mut stop = self.0.clone();
        if stop.wait_for(|asked| *asked).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
