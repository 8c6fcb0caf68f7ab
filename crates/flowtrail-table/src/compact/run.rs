//! A run: everything that is new, round by round.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use flowtrail_event::{Limits, ObjectFault, SkipReason, Tally};
use flowtrail_scan::{ObjectReport, ScanOptions};

use super::dest::Destination;
use super::manifest::{Commit, Manifest, latest, new_run};
use super::part::Writing;
use super::read::Reading;
use super::round::{Ready, Round, discard};
use super::{CompactError, CompactProgress, SourceObject, Sources, Stop, ledger, publish, sort};
use crate::account::{self, Problem};

/// Objects of which something is to be said that are kept one by one; all are
/// counted.
const TOLD_MAX: usize = 1000;
/// What is said of an object whose damage lies behind so many other skips that
/// it is not listed.
const SOME_SKIPPED: &str = "records of it were skipped";
/// Times that a run begins again because another one was faster.
const ATTEMPTS: u32 = 5;
/// How long a run that lost waits for the other to make one more state, before
/// it takes it for done or gone: twice the length of the round that it lost,
/// since the other works on the like of it, within these bounds.
const PAUSE_MIN: Duration = Duration::from_millis(50);
const PAUSE_MAX: Duration = Duration::from_secs(2 * 3600);
/// How often it looks, and whether somebody wants it to stop.
const LOOK: Duration = Duration::from_secs(10);
const WISH: Duration = Duration::from_millis(500);

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
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Planned {
    /// Objects to take in.
    pub objects: u64,
    /// Their bytes as stored.
    pub bytes: u64,
    /// Objects that were taken in before.
    pub known: u64,
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
    /// Objects that are no logs: met in a folder, and left aside.
    pub not_logs: u64,
    /// Objects that were not read to their end; of those that were named
    /// themselves also what is no log, or has records that are none.
    pub problems: Told,
    /// Other objects with records that were skipped because they are damaged.
    pub remarks: Told,
    /// Why it ended before all was done. What is told here was committed.
    pub ended: Option<CompactError>,
}

/// What is to be said of objects.
#[derive(Debug, Default)]
pub struct Told {
    /// The first thousand that were met.
    pub listed: Vec<Problem>,
    /// How many there are.
    pub total: u64,
}

impl Told {
    fn keep(&mut self, problem: Problem) {
        self.total += 1;
        if self.listed.len() < TOLD_MAX {
            self.listed.push(problem);
        }
    }
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
    pub async fn plan(&self, listed: &[SourceObject]) -> Result<Planned, CompactError> {
        let manifest = Manifest::load(&self.dest).await?;
        let objects = self.new_objects(&manifest, listed).await?;
        Ok(Planned {
            objects: objects.len() as u64,
            bytes: objects.iter().map(|o| o.bytes).sum(),
            known: (listed.len() - objects.len()) as u64,
        })
    }

    /// The objects to take in, in the order in which they are. Of millions there
    /// is one list, which this one points into.
    async fn new_objects<'l>(
        &self,
        manifest: &Manifest,
        listed: &'l [SourceObject],
    ) -> Result<Vec<&'l SourceObject>, CompactError> {
        let done = ledger::done(&self.dest, manifest).await?;
        let is_new = |o: &&SourceObject| !done.contains(&ledger::mark(&o.id, o.bytes, &o.version));
        let mut objects: Vec<&SourceObject> = listed.iter().filter(is_new).collect();
        objects.sort_by(|a, b| (&a.day, &a.id).cmp(&(&b.day, &b.id)));
        objects.dedup_by(|a, b| a.id == b.id);
        Ok(objects)
    }

    /// Takes in what is new among `listed`. What ends it early stands in
    /// [`Compacted::ended`], beside what was done before.
    pub async fn run(&self, listed: &[SourceObject]) -> Compacted {
        let mut done = Compacted::default();
        let mut lost = 0;
        loop {
            let before = self.progress.rounds.load(Ordering::Relaxed);
            let began = Instant::now();
            let ended = self.attempt(listed, &mut done).await;
            let Err(CompactError::Lost(_)) = ended else {
                done.ended = ended.err();
                break;
            };
            // What was committed in between was no loss.
            let won = self.progress.rounds.load(Ordering::Relaxed) - before;
            lost = if won > 0 { 1 } else { lost + 1 };
            if lost >= ATTEMPTS {
                done.ended = Some(CompactError::Lost(lost));
                break;
            }
            let rounds = u32::try_from(won + 1).unwrap_or(u32::MAX);
            if let Err(error) = self.let_pass(began.elapsed() / rounds).await {
                done.ended = Some(error);
                break;
            }
        }
        done
    }

    /// Waits until the run that was faster commits nothing for some time: two
    /// that do the same work side by side would lose to each other without end.
    async fn let_pass(&self, round: Duration) -> Result<(), CompactError> {
        let pause = round.saturating_mul(2).clamp(PAUSE_MIN, PAUSE_MAX);
        let mut known = latest(&self.dest).await?;
        let mut since = Instant::now();
        let mut looked = since;
        loop {
            let left = pause.saturating_sub(since.elapsed());
            tokio::time::sleep(left.min(WISH)).await;
            self.stop.check()?;
            if since.elapsed() < pause && looked.elapsed() < LOOK {
                continue;
            }
            looked = Instant::now();
            let now = latest(&self.dest).await?;
            if now == known {
                if since.elapsed() >= pause {
                    return Ok(());
                }
                continue;
            }
            known = now;
            since = looked;
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
            let objects = self.new_objects(&manifest, listed).await?;
            if done.tally.objects == 0 {
                done.known = (listed.len() - objects.len()) as u64;
            }
            self.rounds(manifest, &objects, done, &mut generation).await
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
        objects: &[&SourceObject],
        done: &mut Compacted,
        generation: &mut u64,
    ) -> Result<(), CompactError> {
        done.holds(&manifest);
        for objects in self.cut(objects) {
            self.stop.check()?;
            let run = new_run();
            let objects = objects.iter().map(|o| (*o).clone()).collect();
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

    fn cut<'o, 'l>(&self, objects: &'o [&'l SourceObject]) -> Vec<&'o [&'l SourceObject]> {
        let mut rounds = Vec::new();
        let mut rest = objects;
        while !rest.is_empty() {
            let mut bytes = 0;
            let fits = |object: &&&SourceObject| {
                let fits = bytes < self.options.round_bytes;
                bytes += object.bytes;
                fits
            };
            let most = self.options.round_objects.max(1);
            // The first always fits, or nothing would ever be taken in.
            let len = rest.iter().take(most).take_while(fits).count().max(1);
            let (round, behind) = rest.split_at_checked(len).unwrap_or((rest, &[]));
            rounds.push(round);
            rest = behind;
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
            let fault = report.fault.as_ref().map(|f| f.kind);
            if fault == Some(ObjectFault::NotALog) && !object.given {
                self.not_logs += 1;
                continue;
            }
            let damaged = SkipReason::ALL
                .into_iter()
                .any(|r| !r.is_expected() && report.tally.skipped(r) > 0);
            let lacks = account::is_lacking(object.given, &report);
            let told = if lacks || (object.given && damaged) {
                &mut self.problems
            } else if damaged {
                &mut self.remarks
            } else {
                continue;
            };
            let message = account::words(&report);
            told.keep(Problem {
                name: object.name,
                fault,
                message: message.unwrap_or_else(|| SOME_SKIPPED.to_owned()),
            });
        }
    }
}
