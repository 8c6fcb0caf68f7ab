//! A run: everything that is new, round by round.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use flowtrail_event::{Limits, Tally};
use flowtrail_scan::{ObjectReport, ScanOptions};

use super::dest::Destination;
use super::manifest::{Commit, Manifest, new_run};
use super::part::Writing;
use super::read::Reading;
use super::round::{Ready, Round, discard};
use super::{CompactError, CompactProgress, SourceObject, Sources, Stop, ledger, publish, sort};

/// Times that a run begins again because another one was faster.
const ATTEMPTS: u32 = 5;
/// How long a run that lost waits before it looks whether the other is at work.
const PAUSE_MIN: Duration = Duration::from_millis(50);
const PAUSE_MAX: Duration = Duration::from_secs(30);

/// How a run works.
#[derive(Debug, Clone)]
pub struct CompactOptions {
    /// Objects read side by side.
    pub jobs: NonZeroUsize,
    /// Memory for sorting; beyond it rows are sorted on disk. Beside it each job
    /// holds a file that it writes and one that it merges with.
    pub memory_bytes: usize,
    /// Where rows are sorted that do not fit into memory.
    pub spill: PathBuf,
    /// Stored bytes of the objects of a round. A round of gzipped logs needs
    /// about three times as many bytes on disk for sorting.
    pub round_bytes: u64,
    /// Objects of a round.
    pub round_objects: usize,
    /// Bytes at which a file ends and the next begins: 128 MiB is what engines
    /// read well in parallel, and it is held in memory while it is written.
    pub part_bytes: usize,
    /// How logs are read.
    pub scan: ScanOptions,
    /// Limits of records and objects.
    pub limits: Limits,
    /// How old the leftovers of a run have to be before another clears them
    /// away: longer than any round takes.
    pub leftovers_after: Duration,
}

impl Default for CompactOptions {
    fn default() -> Self {
        Self {
            jobs: NonZeroUsize::MIN,
            memory_bytes: 1 << 30,
            spill: std::env::temp_dir(),
            round_bytes: 1 << 30,
            round_objects: 200_000,
            part_bytes: 128 << 20,
            scan: ScanOptions::default(),
            limits: Limits::default(),
            leftovers_after: Duration::from_secs(24 * 3600),
        }
    }
}

/// What a run would do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Planned {
    /// Objects to take in, in the order in which they would be.
    pub objects: Vec<SourceObject>,
    /// Their bytes as stored.
    pub bytes: u64,
    /// Objects that were taken in before.
    pub known: u64,
    /// The days that their keys name.
    pub days: BTreeSet<String>,
}

/// What a run did.
#[derive(Debug, Default)]
pub struct Compacted {
    /// The state that holds now.
    pub generation: u64,
    /// Objects that were taken in before.
    pub known: u64,
    /// The sums of the objects that were read.
    pub tally: Tally,
    /// Rows that were added.
    pub rows: u64,
    /// Records that were copies.
    pub duplicates: u64,
    /// Files that the table has now.
    pub parts: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Objects that were not read to their end, or not without skips that are
    /// signs of damage.
    pub problems: Vec<(SourceObject, ObjectReport)>,
    /// Why it ended before all was done. What is told here was committed.
    pub ended: Option<CompactError>,
}

/// Compacts into one destination.
pub struct Compactor {
    /// Where to.
    pub dest: Destination,
    /// Where from.
    pub sources: Arc<dyn Sources>,
    /// How.
    pub options: CompactOptions,
    /// A wish to stop.
    pub stop: Stop,
    /// How far it is.
    pub progress: Arc<CompactProgress>,
}

impl Compactor {
    /// What [`Compactor::run`] would take in. Writes nothing.
    ///
    /// # Errors
    /// If the destination cannot be read.
    pub async fn plan(&self, listed: Vec<SourceObject>) -> Result<Planned, CompactError> {
        let manifest = Manifest::load(&self.dest).await?;
        self.new_objects(&manifest, listed).await
    }

    async fn new_objects(
        &self,
        manifest: &Manifest,
        listed: Vec<SourceObject>,
    ) -> Result<Planned, CompactError> {
        let done = ledger::done(&self.dest, manifest).await?;
        let all = listed.len() as u64;
        let is_new = |o: &SourceObject| !done.contains(&ledger::mark(&o.id, o.bytes, &o.version));
        let mut objects: Vec<SourceObject> = listed.into_iter().filter(is_new).collect();
        objects.sort_by(|a, b| (&a.day, &a.id).cmp(&(&b.day, &b.id)));
        objects.dedup_by(|a, b| a.id == b.id);
        Ok(Planned {
            bytes: objects.iter().map(|o| o.bytes).sum(),
            known: all - objects.len() as u64,
            days: objects.iter().map(|o| o.day.clone()).collect(),
            objects,
        })
    }

    /// Takes in what is new among `listed`. What ends it early stands in
    /// [`Compacted::ended`], beside what was done before.
    pub async fn run(&self, listed: Vec<SourceObject>) -> Compacted {
        let mut done = Compacted::default();
        let mut lost = 0;
        loop {
            let before = self.progress.rounds.load(Ordering::Relaxed);
            let began = Instant::now();
            match self.attempt(&listed, &mut done).await {
                Ok(()) => break,
                Err(CompactError::Lost(_)) => {
                    // What was committed in between was no loss.
                    let won = self.progress.rounds.load(Ordering::Relaxed) > before;
                    lost = if won { 1 } else { lost + 1 };
                    if lost >= ATTEMPTS {
                        done.ended = Some(CompactError::Lost(lost));
                        break;
                    }
                    if let Err(error) = self.let_pass(began.elapsed()).await {
                        done.ended = Some(error);
                        break;
                    }
                }
                Err(error) => {
                    done.ended = Some(error);
                    break;
                }
            }
        }
        done
    }

    /// Waits until the run that was faster commits nothing for some time: two
    /// that do the same work side by side would lose to each other without end.
    async fn let_pass(&self, attempt: Duration) -> Result<(), CompactError> {
        let pause = (attempt * 2).clamp(PAUSE_MIN, PAUSE_MAX);
        let mut known = None;
        loop {
            let now = Manifest::load(&self.dest).await?.generation;
            if known == Some(now) {
                return Ok(());
            }
            known = Some(now);
            tokio::time::sleep(pause).await;
            self.stop.check()?;
        }
    }

    /// Begins with the state that holds and goes on until it is no longer ours
    /// to go on from.
    async fn attempt(
        &self,
        listed: &[SourceObject],
        done: &mut Compacted,
    ) -> Result<(), CompactError> {
        let manifest = Manifest::load(&self.dest).await?;
        let mut generation = manifest.generation;
        let work = async {
            self.begin(&manifest).await?;
            let planned = self.new_objects(&manifest, listed.to_vec()).await?;
            if done.tally.objects == 0 {
                done.known = planned.known;
            }
            self.rounds(manifest, planned.objects, done, &mut generation)
                .await
        };
        let ended = work.await;
        // Another run that went on from our state has deleted what it replaced.
        if let Err(CompactError::Missing { .. }) = &ended
            && Manifest::load(&self.dest).await?.generation > generation
        {
            return Err(CompactError::Lost(1));
        }
        ended
    }

    /// Readies the destination: everything is done that a run before left undone.
    async fn begin(&self, manifest: &Manifest) -> Result<(), CompactError> {
        if self.dest.local().is_some() {
            // Whoever reads the folder as logs passes over what is our own.
            let ignore = format!("{}/\n", super::dest::OWN);
            self.dest.create(".flowtrailignore", ignore.into()).await?;
        }
        if manifest.generation > 0 {
            publish::publish(&self.dest, manifest).await?;
        }
        publish::sweep(&self.dest, manifest, self.options.leftovers_after).await
    }

    async fn rounds(
        &self,
        mut manifest: Manifest,
        objects: Vec<SourceObject>,
        done: &mut Compacted,
        generation: &mut u64,
    ) -> Result<(), CompactError> {
        done.holds(&manifest);
        for objects in self.cut(objects) {
            self.stop.check()?;
            let run = new_run();
            let ready = match self.round(&manifest, objects, &run).await {
                Ok(ready) => ready,
                Err(error) => {
                    discard(&self.dest, &run).await;
                    return Err(error);
                }
            };
            if let Some(next) = self.commit(&manifest, ready, done).await? {
                *generation = next.generation;
                manifest = next;
                done.holds(&manifest);
                self.progress.rounds.fetch_add(1, Ordering::Relaxed);
                publish::publish(&self.dest, &manifest).await?;
                manifest.forget_old(&self.dest).await?;
            }
        }
        Ok(())
    }

    /// One round up to its commit.
    async fn round(
        &self,
        manifest: &Manifest,
        objects: Vec<SourceObject>,
        run: &str,
    ) -> Result<Ready, CompactError> {
        let options = &self.options;
        let round = Round {
            base: manifest,
            reading: Reading {
                sources: Arc::clone(&self.sources),
                scan: options.scan.clone(),
                limits: options.limits.clone(),
                progress: Arc::clone(&self.progress),
                stop: self.stop.clone(),
            },
            writing: Writing {
                dest: self.dest.clone(),
                run: run.to_owned(),
                part_bytes: options.part_bytes,
                limits: options.limits.clone(),
                stop: self.stop.clone(),
            },
            context: sort::context(options.memory_bytes, &options.spill)?,
            jobs: options.jobs.get(),
        };
        round.run(objects).await
    }

    /// Makes a state the one that holds; none if it would change nothing.
    ///
    /// When the store gives no clear answer the state may hold, and what it
    /// needs must not be thrown away: the next run knows, and publishes it or
    /// sweeps it up.
    async fn commit(
        &self,
        manifest: &Manifest,
        ready: Ready,
        done: &mut Compacted,
    ) -> Result<Option<Manifest>, CompactError> {
        let next = ready.next;
        if !ready.is_news {
            discard(&self.dest, &next.run).await;
            done.account(ready.objects, 0, 0);
            return Ok(None);
        }
        if next.commit(&self.dest).await? == Commit::Lost {
            discard(&self.dest, &next.run).await;
            return Err(CompactError::Lost(1));
        }
        let rows = next.totals.rows - manifest.totals.rows;
        let duplicates = next.totals.duplicates - manifest.totals.duplicates;
        done.account(ready.objects, rows, duplicates);
        Ok(Some(next))
    }

    fn cut(&self, objects: Vec<SourceObject>) -> Vec<Vec<SourceObject>> {
        let mut rounds: Vec<Vec<SourceObject>> = Vec::new();
        let mut bytes = 0;
        for object in objects {
            let full = bytes >= self.options.round_bytes;
            match rounds.last_mut() {
                Some(round) if !full && round.len() < self.options.round_objects => {
                    bytes += object.bytes;
                    round.push(object);
                }
                Some(_) | None => {
                    bytes = object.bytes;
                    rounds.push(vec![object]);
                }
            }
        }
        rounds
    }
}

impl Compacted {
    fn holds(&mut self, manifest: &Manifest) {
        self.generation = manifest.generation;
        self.parts = manifest.parts.len() as u64;
        self.bytes = manifest.parts.iter().map(|p| p.bytes).sum();
    }

    fn account(&mut self, objects: Vec<(SourceObject, ObjectReport)>, rows: u64, duplicates: u64) {
        self.rows += rows;
        self.duplicates += duplicates;
        for (object, report) in objects {
            self.tally.add(&report.tally);
            let damaged = flowtrail_event::SkipReason::ALL
                .into_iter()
                .any(|r| !r.is_expected() && report.tally.skipped(r) > 0);
            if report.fault.is_some() || damaged {
                self.problems.push((object, report));
            }
        }
    }
}
