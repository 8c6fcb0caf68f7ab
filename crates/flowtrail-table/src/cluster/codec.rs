//! What each part of a cluster makes of a plan's nodes and functions.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use ballista_core::serde::BallistaPhysicalExtensionCodec;
use datafusion::common::{Result, exec_datafusion_err, exec_err};
use datafusion::execution::TaskContext;
use datafusion::logical_expr::ScalarUDF;
use datafusion::physical_plan::ExecutionPlan;
use datafusion_proto::physical_plan::{PhysicalExtensionCodec, PhysicalProtoConverterExtension};

use super::carrier::{carried, carry};
use super::message::SentScan;
use crate::functions::{Knowledge, sent};
use crate::scan::LogScanExec;
use crate::store::{Bucket, Source};

/// The first byte of a node: whose it is.
const OURS: u8 = b'F';
const BALLISTAS: u8 = b'B';

/// Opens `s3://bucket/prefix` with the credentials that are at hand.
pub type OpenBucket = Arc<dyn Fn(&str) -> std::result::Result<Bucket, String> + Send + Sync>;

/// Which part of a cluster this process is.
#[derive(Debug)]
pub(super) enum Part {
    /// It asks.
    Query,
    /// It divides plans.
    Scheduler,
    /// It reads.
    Executor(Reader),
}

/// What an executor reads with.
pub(super) struct Reader {
    /// How it calls itself.
    name: String,
    knowledge: Arc<Knowledge>,
    open: OpenBucket,
    opened: Mutex<HashMap<String, Bucket>>,
}

impl Reader {
    pub(super) fn new(name: String, knowledge: Arc<Knowledge>, open: OpenBucket) -> Self {
        Self {
            name,
            knowledge,
            open,
            opened: Mutex::default(),
        }
    }

    /// A bucket is opened once: its credentials are asked for once.
    fn source(&self, name: &str) -> std::result::Result<Source, String> {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bucket) = opened.get(name) {
            return Ok(Source::Bucket(bucket.clone()));
        }
        let bucket = (self.open)(name).map_err(|e| format!("cannot open {name}: {e}"))?;
        opened.insert(name.to_owned(), bucket.clone());
        Ok(Source::Bucket(bucket))
    }
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Reader").field(&self.name).finish()
    }
}

/// Writes and reads the nodes of plans.
#[derive(Debug)]
pub(super) struct Codec {
    ballista: BallistaPhysicalExtensionCodec,
    part: Part,
    /// Why a node could not be written: what comes of an error has the whole
    /// plan in it.
    refused: Mutex<Option<String>>,
}

impl Codec {
    pub(super) fn new(part: Part) -> Self {
        Self {
            ballista: BallistaPhysicalExtensionCodec::default(),
            part,
            refused: Mutex::default(),
        }
    }

    /// Why a plan could not be written, if that is for one of our nodes.
    pub(super) fn why(&self) -> Option<String> {
        let refused = self.refused.lock();
        refused.unwrap_or_else(PoisonError::into_inner).take()
    }

    fn read(
        &self,
        bytes: &[u8],
        context: &TaskContext,
    ) -> std::result::Result<Arc<dyn ExecutionPlan>, String> {
        let scan = SentScan::read(bytes)?;
        match &self.part {
            Part::Scheduler => carry(scan),
            Part::Executor(reader) => {
                let scan = scan.scan(context, &reader.name, |name| reader.source(name))?;
                Ok(Arc::new(scan))
            }
            Part::Query => Err("a query is sent no scans".to_owned()),
        }
    }
}

impl PhysicalExtensionCodec for Codec {
    fn try_decode(
        &self,
        bytes: &[u8],
        inputs: &[Arc<dyn ExecutionPlan>],
        context: &TaskContext,
        converter: &dyn PhysicalProtoConverterExtension,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        match bytes.split_first() {
            Some((&OURS, rest)) => {
                let node = self.read(rest, context);
                node.map_err(|e| exec_datafusion_err!("{e}"))
            }
            Some((&BALLISTAS, rest)) => self.ballista.try_decode(rest, inputs, context, converter),
            Some(_) | None => exec_err!(
                "a node of a plan that another program sent\n\
                 hint: use one version for the query, the scheduler and executors"
            ),
        }
    }

    fn try_encode(
        &self,
        node: Arc<dyn ExecutionPlan>,
        bytes: &mut Vec<u8>,
        converter: &dyn PhysicalProtoConverterExtension,
    ) -> Result<()> {
        let scan = match node.downcast_ref::<LogScanExec>() {
            Some(scan) => Some(SentScan::of(scan)),
            None => carried(&node).map(Ok),
        };
        let Some(scan) = scan else {
            bytes.push(BALLISTAS);
            return self.ballista.try_encode(node, bytes, converter);
        };
        match scan.and_then(|scan| scan.write()) {
            Ok(written) => {
                bytes.push(OURS);
                bytes.extend(written);
                Ok(())
            }
            Err(why) => {
                let error = exec_datafusion_err!("{why}");
                let mut refused = self.refused.lock();
                *refused.as_deref_mut().unwrap_or(&mut None) = Some(why);
                Err(error)
            }
        }
    }

    fn try_encode_udf(&self, function: &ScalarUDF, bytes: &mut Vec<u8>) -> Result<()> {
        bytes.extend(sent::encode(function)?);
        Ok(())
    }

    fn try_decode_udf(&self, name: &str, bytes: &[u8]) -> Result<Arc<ScalarUDF>> {
        let here = match &self.part {
            Part::Executor(reader) => Some(&reader.knowledge),
            Part::Query | Part::Scheduler => None,
        };
        sent::decode(name, bytes, here)
    }
}
