//! A body for code that reads with `std::io::Read`.

use std::io::{self, Read};
use std::time::Instant;

use bytes::{Buf, Bytes};
use tokio::runtime::Handle;

use super::Body;
use crate::fault::{Fault, FaultKind};

/// Reads an object's body from a thread that may block.
///
/// To a scanner a broken connection and a damaged object look alike: reading
/// ends with an error. Afterwards [`ObjectReader::fault`] tells them apart.
#[derive(Debug)]
pub struct ObjectReader {
    body: Body,
    piece: Bytes,
    runtime: Handle,
    fault: Option<Fault>,
}

impl ObjectReader {
    /// A reader of `body`, which `runtime` drives. To be read from a thread of
    /// `spawn_blocking`: the runtime's own threads must not wait, and tokio
    /// panics if they do.
    #[must_use]
    pub const fn new(body: Body, runtime: Handle) -> Self {
        Self {
            body,
            piece: Bytes::new(),
            runtime,
            fault: None,
        }
    }

    /// Why reading ended early, if it was not the object's own doing.
    #[must_use]
    pub const fn fault(&self) -> Option<&Fault> {
        self.fault.as_ref()
    }

    fn end(&mut self, fault: Fault) -> io::Error {
        let kind = match fault.kind {
            FaultKind::Timeout => io::ErrorKind::TimedOut,
            FaultKind::Network => io::ErrorKind::ConnectionAborted,
            FaultKind::NotFound
            | FaultKind::Denied
            | FaultKind::KeyDenied
            | FaultKind::Throttled
            | FaultKind::Invalid
            | FaultKind::Service => io::ErrorKind::Other,
        };
        self.fault = Some(fault.clone());
        io::Error::new(kind, fault)
    }
}

impl Read for ObjectReader {
    /// The deadline holds for bytes that are there already, too: a few of them
    /// can inflate to more than there is time for.
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        if let Some(fault) = self.fault.clone() {
            return Err(self.end(fault));
        }
        if Instant::now() >= self.body.deadline() {
            let fault = Fault::new("GetObject", FaultKind::Timeout, "the time for it is up");
            return Err(self.end(fault));
        }
        if self.piece.is_empty() {
            match self.runtime.block_on(self.body.chunk()) {
                Ok(piece) => self.piece = piece.unwrap_or_default(),
                Err(fault) => return Err(self.end(fault)),
            }
        }
        let len = self.piece.as_ref().read(room)?;
        self.piece.advance(len);
        Ok(len)
    }
}
