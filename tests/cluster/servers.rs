//! The processes of a cluster, which end with the test that started them.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// How long a server may take to listen.
const READY: Duration = Duration::from_secs(60);
/// How long a query may take. Whoever waits for a cluster that never answers
/// waits for ever.
const ANSWERED: Duration = Duration::from_secs(120);

pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

pub(crate) fn flowtrail(folder: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_flowtrail"));
    command.args(words).current_dir(folder);
    command
}

/// What a run came to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Ran {
    pub(crate) status: Option<i32>,
    pub(crate) out: String,
    pub(crate) said: String,
}

impl Ran {
    pub(crate) fn of(output: Output) -> Self {
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!said.contains("panicked"), "{said}");
        Self {
            status: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            said,
        }
    }

    /// The same without who read.
    pub(crate) fn said_of_logs(&self) -> Vec<&str> {
        let lines = self.said.lines();
        lines.filter(|l| !l.starts_with("note: read by ")).collect()
    }

    /// How many executors read.
    pub(crate) fn readers(&self) -> usize {
        let line = self
            .said
            .lines()
            .find_map(|l| l.strip_prefix("note: read by "));
        line.map_or(0, |l| l.split(' ').next().unwrap().parse().unwrap())
    }
}

/// Runs `command` to its end.
pub(crate) fn run(mut command: Command) -> Ran {
    let child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let id = child.id();
    let begun = Instant::now();
    let (send, ended) = std::sync::mpsc::channel();
    std::thread::spawn(move || send.send(child.wait_with_output()));
    let output = ended.recv_timeout(ANSWERED);
    let output = output.unwrap_or_else(|_| panic!("process {id}: {:?}", begun.elapsed()));
    Ran::of(output.unwrap())
}

/// A process that is killed when nobody needs it any more.
struct Server {
    child: Child,
    said: PathBuf,
}

impl Server {
    fn start(mut command: Command, said: PathBuf) -> Self {
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&said).unwrap())
            .spawn()
            .unwrap();
        Self { child, said }
    }

    fn said(&self) -> String {
        std::fs::read_to_string(&self.said).unwrap()
    }

    /// Where it listens, once it does.
    fn address(&mut self) -> String {
        let begun = Instant::now();
        loop {
            let said = self.said();
            let line = said.lines().find_map(|l| l.split_once(": listening at "));
            if let Some((_, rest)) = line {
                return rest.split(',').next().unwrap().to_owned();
            }
            assert!(begun.elapsed() < READY, "{said}");
            let ended = self.child.try_wait().unwrap();
            assert!(ended.is_none(), "{ended:?}: {said}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _killed = self.child.kill();
        let _ended = self.child.wait();
        if std::thread::panicking() {
            eprintln!("{}:\n{}", self.said.display(), self.said());
        }
    }
}

/// A scheduler and its executors.
pub(crate) struct Cluster {
    pub(crate) scheduler: String,
    executors: Vec<Server>,
    _scheduler: Server,
    _folder: TempDir,
}

impl Cluster {
    /// Two executors of one thread each, with further words for both of them.
    pub(crate) fn start(words: &[&str], variables: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let words_of_scheduler = ["cluster", "scheduler", "--bind", "127.0.0.1:0"];
        let command = flowtrail(&root(), &words_of_scheduler);
        let mut server = Server::start(command, folder.path().join("scheduler"));
        let scheduler = server.address();
        let executor = |name: &str| {
            let spill = folder.path().to_string_lossy();
            let mut all = vec!["cluster", "executor", "--scheduler", &scheduler];
            all.extend(["--bind", "127.0.0.1:0", "--threads", "1", "--spill", &spill]);
            all.extend(words);
            let mut command = flowtrail(&root(), &all);
            command.envs(variables.iter().copied());
            let mut server = Server::start(command, folder.path().join(name));
            server.address();
            server
        };
        Self {
            executors: vec![executor("first"), executor("second")],
            scheduler,
            _scheduler: server,
            _folder: folder,
        }
    }

    /// Kills the last executor, as the system would do that has no memory left.
    pub(crate) fn lose_one(&mut self) {
        drop(self.executors.pop().unwrap());
    }

    /// Runs a query on the cluster, and on this machine.
    pub(crate) fn beside(&self, folder: &Path, words: &[&str]) -> (Ran, Ran) {
        let mut all = vec!["query", "--format", "jsonl"];
        all.extend(words);
        let here = run(flowtrail(folder, &all));
        (self.query(folder, words), here)
    }

    /// Runs a query on the cluster.
    pub(crate) fn query(&self, folder: &Path, words: &[&str]) -> Ran {
        run(self.asking(folder, words))
    }

    pub(crate) fn asking(&self, folder: &Path, words: &[&str]) -> Command {
        let mut all = vec!["query", "--format", "jsonl", "--cluster", &self.scheduler];
        all.extend(["--threads", "4"]);
        all.extend(words);
        flowtrail(folder, &all)
    }
}
